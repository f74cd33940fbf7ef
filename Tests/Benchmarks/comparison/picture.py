"""The results as one picture: CPU for each call, a panel for each scenario, a bar for each proxy."""

from html import escape

from . import proxies, scenarios
from .results import Results

WIDTH, MARGIN, LABEL, FIGURE = 760, 16, 190, 150
BAR, GAP, TITLE, HEAD = 16, 8, 40, 84

# Readable on a light page and on a dark one, and by people who see no colours: lightness alone tells the two apart.
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328; } .title { font-size: 17px; font-weight: 600; }
  .panel { font-size: 13px; font-weight: 600; } .quiet { fill: #59636e; } .page { fill: #ffffff; }
  .user { fill: #6aa5f8; } .system { fill: #1f4e9c; } .ours .user { fill: #f2a154; } .ours .system { fill: #a34d07; }
  .range { stroke: #1f2328; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9198a1; } .page { fill: #0d1117; } .range { stroke: #e6edf3; }
    .user { fill: #3d74c7; } .system { fill: #9cc5ff; } .ours .user { fill: #b9691c; } .ours .system { fill: #ffcf9e; }
  }
"""


def draw(results: Results):
    """Scenarios without a figure for CPU have no panel, nor those of a series, which the table compares."""
    panels, y = [], HEAD
    for name in results.scenarios():
        if scenarios.ALL[name].series:
            continue
        bars = [(proxy, results.spread(name, proxy, "cpu")) for proxy in results.proxies(name)]
        bars = [(proxy, spread) for proxy, spread in bars if spread]
        if bars:
            panels.append(_panel(results, name, bars, y))
            y += TITLE + len(bars) * (BAR + GAP) + GAP
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + MARGIN}" width="{WIDTH}" role="img" aria-labelledby="title">
<title id="title">CPU time for each mirrored call, by proxy and scenario</title>
<style>{STYLE}</style>
<rect class="page" width="{WIDTH}" height="{y + MARGIN}"/>
<text class="title" x="{MARGIN}" y="32">CPU time for each mirrored call, µs</text>
{_legend()}
{"".join(panels)}</svg>
"""


def _legend():
    words = "median of the repetitions; the line spans the smallest and the largest"
    return (f'<g class="ours"><rect class="user" x="{MARGIN}" y="46" width="12" height="12"/>'
            f'<rect class="system" x="{MARGIN + 60}" y="46" width="12" height="12"/></g>'
            f'<text x="{MARGIN + 18}" y="56">user</text><text x="{MARGIN + 78}" y="56">system</text>'
            f'<text class="quiet" x="{MARGIN + 140}" y="56">{words}</text>')


def _panel(results, name, bars, y):
    longest = max(spread.largest for _, spread in bars)
    scale = (WIDTH - MARGIN - LABEL - FIGURE) / longest
    scenario = scenarios.ALL[name]
    unit = " (for each event)" if scenario.parts > 1 else ""
    lines = [f'<text class="panel" x="{MARGIN}" y="{y + 24}">{escape(scenario.title + unit)}</text>\n']
    for row, (proxy, spread) in enumerate(bars):
        lines.append(_bar(results, name, proxy, spread, scale, y + TITLE + row * (BAR + GAP)))
    return "".join(lines)


def _bar(results, name, proxy, spread, scale, y):
    user, system = (results.spread(name, proxy, part).median for part in ("user", "system"))
    # The parts' medians need not add up to the median of the sum.
    share = user / (user + system) if user + system else 0
    whole = spread.median * scale
    begin, middle = MARGIN + LABEL, y + BAR / 2
    ours = " ours" if proxy.startswith("pantograph") else ""
    return f"""<g class="bar{ours}">
<text x="{begin - 8}" y="{y + 12}" text-anchor="end">{escape(proxies.ALL[proxy].title)}</text>
<rect class="user" x="{begin}" y="{y}" width="{whole * share:.1f}" height="{BAR}"/>
<rect class="system" x="{begin + whole * share:.1f}" y="{y}" width="{whole * (1 - share):.1f}" height="{BAR}"/>
<line class="range" x1="{begin + spread.smallest * scale:.1f}" x2="{begin + spread.largest * scale:.1f}" y1="{middle}" y2="{middle}"/>
<text x="{begin + spread.largest * scale + 8:.1f}" y="{y + 12}">{spread.median:,.0f} <tspan class="quiet">({spread.smallest:,.0f}–{spread.largest:,.0f})</tspan></text>
</g>
"""
