extension Page {
    /// Latency and calls over 15 minutes, as SVG.
    static let charts = #"""
        // ---- Charts: every upstream's on one scale, so that they compare at a glance ------------------------------------------

        const WINDOW = 15 * 60 * 1000;
        const roles = ['primary', 'mirror'];
        const percentiles = ['p50', 'p95', 'p99'];
        const HIGH = 100;
        const WIDE = 1000;

        // Decades of seconds that hold every percentile of every upstream.
        function latencyScale(points) {
          const values = points.flatMap((point) => Object.values(point.upstreams)).flatMap((one) =>
            roles.flatMap((role) => percentiles.map((name) => one[role]?.[name]))).filter((value) => value > 0);
          const low = Math.floor(Math.log10(values.length ? Math.min(...values) : 0.001));
          const high = Math.max(low + 1, Math.ceil(Math.log10(values.length ? Math.max(...values) : 1)));
          const ticks = [];
          for (let power = low; power <= high; power += 1) {
            ticks.push(10 ** power);
            if (high - low === 1 && power < high) ticks.push(2 * 10 ** power, 5 * 10 ** power);
          }
          return { ticks, at: (value) => HIGH * (1 - (Math.log10(value) - low) / (high - low)) };
        }

        const across = (moment, end) => WIDE * (1 - (end - moment) / WINDOW);
        const place = (text, kind, side, percent) => {
          const label = el('span', { class: kind, text });
          label.style[side] = `${percent}%`;
          return label;
        };
        const timeLabels = () => [place('15 min ago', 'x', 'left', 0), place('now', 'x', 'right', 0)];

        function line(points, end, value, at) {
          let path = '';
          let isDrawing = false;
          for (const point of points) {
            const y = value(point);
            if (y > 0) path += `${isDrawing ? 'L' : 'M'}${across(point.at, end).toFixed(1)} ${at(y).toFixed(1)}h.01`;
            isDrawing = y > 0;
          }
          return path;
        }

        function drawLatency(chart, name, role, points, scale, end) {
          const lines = percentiles.map((which) => {
            const d = line(points, end, (point) => point.upstreams[name]?.[role]?.[which], scale.at);
            return svg('path', { class: which, d });
          });
          const isEmpty = lines.every((one) => !one.getAttribute('d'));
          const grid = scale.ticks.map((tick) => svg('path', { class: 'grid', d: `M0 ${scale.at(tick)}H${WIDE}` }));
          const labels = scale.ticks.map((tick) => place(span(tick), 'y', 'top', scale.at(tick)));
          const none = isEmpty ? [el('span', { class: 'none', text: `No answers as ${role} in the last 15 minutes` })] : [];
          chart.replaceChildren(
            svg('svg', { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: 'none', role: 'img',
              'aria-label': `Latency of ${name} as ${role} over 15 minutes` }, ...grid, ...lines),
            ...labels, ...timeLabels(), ...none);
        }

        const sum = (counts) => Object.values(counts ?? {}).reduce((total, count) => total + count, 0);
        const failedIn = (one) => roles.reduce((total, role) => total + sum(one?.[role]?.errors), 0);
        function rateIn(one) {
          const rates = roles.map((role) => one?.[role]?.rate).filter((rate) => rate != null);
          return rates.length ? rates.reduce((total, rate) => total + rate) : null;
        }

        // Calls upwards, failures downwards, on the same scale.
        function drawCalls(chart, name, points, interval, end, most) {
          const wide = WIDE * interval * 1000 / WINDOW;
          const bars = (value, up) => points.map((point) => {
            const share = value(point.upstreams[name]) / most;
            const high = share > 0 ? Math.max(2, 50 * share) : 0;
            const x = across(point.at, end) - wide;
            return high > 0 ? `M${x.toFixed(1)} 50v${(up ? -high : high).toFixed(2)}h${(wide * 0.85).toFixed(2)}V50z` : '';
          }).join('');
          chart.replaceChildren(
            svg('svg', { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: 'none', role: 'img',
              'aria-label': `Calls of ${name} and how many failed, over 15 minutes` },
            svg('path', { class: 'calls', d: bars((one) => rateIn(one) ?? 0, true) }),
            svg('path', { class: 'failed', d: bars((one) => failedIn(one) / interval, false) }),
            svg('path', { class: 'grid', d: `M0 50H${WIDE}` })),
            place(perSecond(most), 'y', 'top', 0), place('0', 'y', 'top', 50), place('failed', 'y', 'top', 100), ...timeLabels());
        }
        """#
}
