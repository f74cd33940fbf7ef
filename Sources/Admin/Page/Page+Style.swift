extension Page {
    /// The style, light and dark; every colour of text has a contrast of 4.5 or more with what is behind it (WCAG 2.2, 1.4.3).
    static let style = #"""
        :root {
          color-scheme: light dark;
          --ground: #f6f5f1; --card: #fffefb; --ink: #1d2125; --muted: #586069; --line: #d8d5cc; --accent: #0b5f66; --on-accent: #fff;
          --good: #14622f; --warn: #7a4b00; --bad: #ab1a20; --mid: #8a5a00; --high: #8d2a6b; --bar: #c9d9da;
        }
        @media (prefers-color-scheme: dark) { :root {
          --ground: #131519; --card: #1b1e24; --ink: #e7e9ec; --muted: #a2abb5; --line: #343942; --accent: #7fcbd2; --on-accent: #10181a;
          --good: #6fd58c; --warn: #e8b64c; --bad: #ff9490; --mid: #e8b64c; --high: #e39ad0; --bar: #35555a;
        } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 90rem; padding: 0 1rem 3rem; background: var(--ground); color: var(--ink);
          font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        a { color: var(--accent); text-underline-offset: 2px; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
        main:focus, h1:focus { outline: none; }
        h1 { font-size: 1.3rem; margin: 1.2rem 0 .6rem; }
        h2 { font-size: 1.1rem; margin: 0; }
        h3, .part { font-size: .85rem; margin: 1rem 0 .3rem; font-weight: 600; color: var(--muted); }
        p { margin: .4rem 0; }
        .skip { position: absolute; left: -99rem; padding: .5rem 1rem; background: var(--card); z-index: 2; }
        .skip:focus { left: 1rem; top: .5rem; }
        header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .3rem 1.5rem; padding: .8rem 0 .4rem;
          border-bottom: 1px solid var(--line); }
        .name { font-weight: 700; margin: 0; }
        .name span { font-weight: 400; font-size: .85rem; }
        nav { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; }
        nav a { padding: .25rem 0; text-decoration: none; color: var(--ink); border-bottom: 2px solid transparent; }
        nav a:hover { border-color: var(--line); }
        nav a[aria-current] { border-color: var(--accent); font-weight: 600; }
        .count:not(:empty) { font-size: .8rem; padding: 0 .4rem; border-radius: 1rem; border: 1px solid currentColor; color: var(--bad); }
        .muted, small { color: var(--muted); }
        small { font-size: .85rem; }
        code, pre, .mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85rem; }
        #summary { margin: .8rem 0; padding: .55rem .8rem; min-height: 4.1rem; background: var(--card); border: 1px solid var(--line);
          border-left: 5px solid var(--muted); border-radius: 4px; }
        #summary.good { border-left-color: var(--good); }
        #summary.warn { border-left-color: var(--warn); }
        #summary.bad { border-left-color: var(--bad); }
        #summary b { margin-right: .3rem; }
        .good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
        #summary { color: var(--ink); }
        .cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 23rem), 1fr)); }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .9rem 1rem; min-width: 0; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.3rem, 1fr)); gap: .6rem; margin: .8rem 0; }
        .facts div { min-width: 0; }
        .facts dt { font-size: .8rem; color: var(--muted); }
        .facts dd { margin: 0; font-size: 1.05rem; font-weight: 600; white-space: nowrap; }
        .chart { position: relative; margin: .7rem 0 1.4rem 3.4rem; height: 9rem; border-bottom: 1px solid var(--line); }
        .chart.low { height: 4.5rem; }
        .chart svg { display: block; width: 100%; height: 100%; overflow: visible; }
        .chart svg * { vector-effect: non-scaling-stroke; }
        .chart span { position: absolute; font-size: .75rem; color: var(--muted); white-space: nowrap; }
        .chart .y { right: calc(100% + .4rem); transform: translateY(-50%); }
        .chart .x { top: calc(100% + .1rem); }
        .chart .none { inset: 0; display: grid; place-items: center; font-size: .85rem; white-space: normal; text-align: center; }
        .grid { stroke: var(--line); stroke-width: 1; }
        .p50, .p95, .p99 { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; stroke: var(--accent); }
        .p95 { stroke: var(--mid); stroke-dasharray: 6 4; }
        .p99 { stroke: var(--high); stroke-dasharray: 1 4; }
        .calls { fill: var(--bar); } .failed { fill: var(--bad); }
        .legend { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; margin: 0; padding: 0; list-style: none; }
        .legend svg { width: 1.8rem; height: .6rem; margin-right: .35rem; }
        .legend b { display: inline-block; min-width: 3.6rem; }
        .bars { list-style: none; margin: 0; padding: 0; min-height: 3rem; }
        .bars li { display: grid; grid-template-columns: 9rem 1fr 3.5rem; gap: .6rem; align-items: center; font-size: .9rem; }
        .bars i { height: .6rem; background: var(--bad); border-radius: 2px; min-width: 2px; }
        .bars b { text-align: right; font-weight: 600; }
        .paths code { font-weight: 600; }
        .stack { display: grid; gap: 1rem; }
        .filters { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin: .6rem 0; }
        .filters label { font-size: .8rem; color: var(--muted); }
        select, input, button { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--muted);
          border-radius: 4px; padding: .3rem .6rem; min-height: 2.1rem; }
        select, input:not([type=checkbox]) { display: block; }
        input[type=checkbox] { vertical-align: middle; margin: 0 .2rem;
          width: 1.1rem; height: 1.1rem; min-height: 0; accent-color: var(--accent); }
        button { cursor: pointer; }
        button.strong { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
        button:disabled { cursor: default; border: 1px dashed var(--muted); color: var(--muted); background: none; }
        .buttons { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
        table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
        th { text-align: left; font-size: .8rem; font-weight: 600; color: var(--muted); }
        th, td { padding: .45rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
        td time { white-space: nowrap; }
        tbody tr:hover { background: color-mix(in srgb, var(--accent) 6%, transparent); }
        .chips { display: flex; flex-wrap: wrap; gap: .25rem .4rem; }
        .chip { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .55rem; font-size: .85rem; }
        .delivered { color: var(--good); } .dead { color: var(--bad); } .pending { color: var(--accent); }
        .chip.delivered { border-color: var(--line); }
        .skipped { color: var(--warn); } .compensated, .pale { color: var(--high); }
        .fall { margin-top: 1rem; }
        .row { display: grid; grid-template-columns: 20rem 1fr; gap: .1rem 1rem; padding: 0; align-items: center; }
        .row > :first-child { padding: .25rem 0; }
        .track { position: relative; align-self: stretch; min-height: 1.1rem; min-width: 0;
          background: repeating-linear-gradient(90deg, var(--line) 0 1px, transparent 1px 25%); border-right: 1px solid var(--line); }
        .track.axis { background: none; border: 0; font-size: .75rem; color: var(--muted); }
        .track.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
        .track.axis span:first-child { transform: none; } .track.axis span:last-child { transform: translateX(-100%); }
        .track i { position: absolute; top: calc(50% - .35rem);
          height: .7rem; min-width: 4px; border-radius: 2px; background: currentColor; }
        .track i.wait { top: calc(50% - 1px); height: 2px; min-width: 0; border-radius: 0; opacity: .75; }
        .leg { border-top: 1px solid var(--line); margin-top: .5rem; padding-top: .5rem; }
        pre { margin: .3rem 0; padding: .6rem; background: var(--ground); border: 1px solid var(--line); border-radius: 4px;
          white-space: pre-wrap; max-height: 20rem; overflow: auto; }
        dl.pairs { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .2rem 1rem; margin: .5rem 0; }
        dl.pairs dt { color: var(--muted); } dl.pairs dd { margin: 0; min-width: 0; }
        .tree, .tree ul { list-style: none; margin: 0; padding-left: 1.1rem; border-left: 1px solid var(--line); }
        .tree { padding-left: 0; border: 0; columns: 22rem; column-gap: 2rem; }
        .tree li { padding: .1rem 0; }
        summary { cursor: pointer; }
        dialog { color: inherit; background: var(--card); border: 1px solid var(--muted); border-radius: 8px; max-width: min(32rem, 92vw);
          padding: 1.2rem; }
        dialog .buttons { margin: .8rem 0 0; }
        dialog::backdrop { background: rgb(0 0 0 / .5); }
        .tools { margin-bottom: .7rem; }
        @media (max-width: 46rem) {
          body { padding: 0 .7rem 3rem; }
          thead { display: none; }
          table, tbody, tr, td { display: block; }
          tr { padding: .4rem 0; border-bottom: 1px solid var(--line); }
          td { border: 0; padding: .1rem .7rem; }
          .row { grid-template-columns: 1fr; }
          td { display: inline-block; vertical-align: middle; }
          td:has(a, .chips) { display: block; }
          .letters tr { position: relative; padding-left: 2.2rem; }
          .letters td:first-child { position: absolute; left: 0; top: .5rem; }
          .exchanges tr { display: flex; flex-wrap: wrap; }
          .exchanges td:nth-child(odd) { order: -1; }
          .exchanges td:nth-child(even) { width: 100%; }
          .paths tr { display: grid; grid-template-columns: repeat(3, 1fr); }
          .paths td:nth-child(4n + 1) { grid-column: 1 / -1; }
          [data-of]::before { content: attr(data-of); display: block; font-size: .8rem; color: var(--muted); }
          .legend { column-gap: .4rem; font-size: .85rem; }
          .legend svg { width: 1.2rem; }
          .legend b { min-width: 0; }
          .never { display: none; }
        }
        @media (prefers-reduced-motion: reduce) { * { scroll-behavior: auto; } }
        """#
}
