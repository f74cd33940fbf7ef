extension Page {
    /// A card for each upstream.
    static let overview = #"""
        // ---- Overview -------------------------------------------------------------------------------------------------------

        function fact(title) {
          const value = el('dd', { text: '–' });
          return { node: el('div', {}, el('dt', { text: title }), value), value };
        }

        function says(fact, text, kind = '') {
          tell(fact.value, text);
          fact.value.className = kind;
        }

        const breakerWords = { closed: ['✓ closed', 'good'], open: ['✕ open', 'bad'], half_open: ['◷ probing', 'warn'] };

        class Card {
          constructor(name) {
            this.name = name;
            this.about = el('small');
            this.facts = Object.fromEntries([
              ['rate', 'Calls'], ['success', 'Success'], ['limited', '429s'], ['breaker', 'Breaker'], ['pause', 'Pause'],
              ['quota', 'Quota left'], ['flight', 'In flight'], ['pending', 'Pending'], ['lag', 'Oldest waits'],
            ].map(([key, title]) => [key, fact(title)]));
            this.letters = el('a', { href: `#/dead-letters${query({ upstream: name })}` });
            const dead = fact('Dead letters');
            dead.value.replaceChildren(this.letters);
            this.agrees = fact('Agrees');
            this.agreement = el('a', { href: '#/agreement' });
            this.agrees.value.replaceChildren(this.agreement);
            this.charts = el('div');
            this.calls = el('div', { class: 'chart low' });
            this.bars = el('ul', { class: 'bars' });
            this.node = el('section', { class: 'card', 'aria-label': name }, el('h2', { text: name }), this.about,
              el('dl', { class: 'facts' }, ...Object.values(this.facts).map((one) => one.node), dead.node, this.agrees.node),
              this.charts, el('h3', { text: 'Calls per second, failures below' }), this.calls,
              el('h3', { text: 'Errors and 429s in the last 15 minutes' }), this.bars);
            this.latency = {};
          }

          latencyOf(role) {
            if (!this.latency[role]) {
              const chart = el('div', { class: 'chart' });
              const values = percentiles.map(() => el('b'));
              const legend = el('ul', { class: 'legend' }, ...percentiles.map((which, place) => el('li', {},
                svg('svg', { viewBox: '0 0 30 10', 'aria-hidden': 'true' }, svg('path', { class: which, d: 'M1 5H29' })),
                `${which} `, values[place])));
              const node = el('div', {}, el('h3', { text: `Latency as ${role}` }), legend, chart);
              this.latency[role] = { node, chart, values };
            }
            return this.latency[role];
          }

          update(one, shared) {
            const { points, end, interval, errors } = shared;
            const all = Object.entries(one.routes);
            tell(this.about, `${one.url} · ${all.length ? all.map(([route, role]) => `${role} of ${route}`).join(', ') : 'on no route'}`);
            const { rate, success } = lastMinute(one.name);
            says(this.facts.rate, perSecond(rate));
            says(this.facts.success, share(success), success == null || success === 1 ? '' : success < FEW ? 'bad' : 'warn');
            const limited = errors[one.name].http_429 ?? 0;
            says(this.facts.limited, number(limited), limited ? 'warn' : '');
            says(this.facts.breaker, ...(breakerWords[one.breaker] ?? ['none', 'muted']));
            says(this.facts.pause, one.paused_for_s ? span(Math.ceil(one.paused_for_s)) : 'no', one.paused_for_s ? 'warn' : '');
            says(this.facts.quota, number(one.quota_remaining), one.quota_remaining === 0 ? 'warn' : '');
            says(this.facts.flight, number(one.in_flight));
            says(this.facts.pending, number(one.pending));
            says(this.facts.lag, one.pending ? span(one.lag_s) : '–', one.lag_s > 60 ? 'warn' : '');
            tell(this.letters, number(one.dead_letters));
            this.letters.className = one.dead_letters ? 'bad' : '';
            // On every card or on none, so that what is side by side stays so.
            this.agrees.node.hidden = !known.agreement.length;
            const agrees = agreed(known.agreement.flatMap((route) => route.mirrors).filter((mirror) => mirror.upstream === one.name));
            tell(this.agreement, share(agrees));
            this.agreement.className = agrees == null || agrees === 1 ? '' : 'warn';
            this.drawLatencies(one, shared);
            drawCalls(this.calls, one.name, points, interval, end, shared.most);
            this.drawErrors(shared);
          }

          drawLatencies(one, { points, scale, end }) {
            // Every card has the same charts, so that what is side by side compares; a narrow page leaves out the empty ones.
            const isThere = (role, name) => points.some((point) => point.upstreams[name]?.[role]?.p50 != null);
            const isMeant = (role, other) => Object.values(other.routes).includes(role) || other.latency[role] || isThere(role, other.name);
            arrange(this.charts, roles.filter((role) => known.upstreams.some((other) => isMeant(role, other))).map((role) => {
              const part = this.latencyOf(role);
              part.node.classList.toggle('never', !isMeant(role, one));
              percentiles.forEach((which, place) => tell(part.values[place], span(one.latency[role]?.[which])));
              drawLatency(part.chart, one.name, role, points, scale, end);
              return part.node;
            }));
          }

          drawErrors({ errors, mostErrors }) {
            const counts = Object.entries(errors[this.name]).sort((left, right) => right[1] - left[1]);
            this.bars.replaceChildren(...counts.map(([name, count]) => {
              const bar = el('i');
              bar.style.width = `${100 * count / mostErrors}%`;
              return el('li', {}, el('span', { text: name }), bar, el('b', { text: number(count) }));
            }), ...(counts.length ? [] : [el('li', { class: 'muted', text: 'none' })]));
          }
        }

        // Below this ratio of success more than a few failed.
        const FEW = 0.95;

        // Calls per second and the ratio of success, each null where it is not known, and how many attempts failed.
        function lastMinute(name) {
          const latest = known.points.filter((point) => point.at > Date.now() - 65000).map((point) => point.upstreams[name]);
          const rates = latest.map(rateIn).filter((rate) => rate != null);
          const calls = rates.reduce((total, rate) => total + rate * known.interval, 0);
          const failed = latest.reduce((total, point) => total + failedIn(point), 0);
          return { rate: rates.length ? calls / (rates.length * known.interval) : null,
            success: calls > 0 ? Math.max(0, 1 - failed / calls) : null, failed };
        }

        // What all cards have in common: the window, its points, the scales.
        function sharedScales() {
          const end = Date.now();
          const points = known.points.filter((point) => point.at > end - WINDOW);
          const ones = points.flatMap((point) => Object.values(point.upstreams));
          const errors = {};
          for (const one of known.upstreams) {
            errors[one.name] = {};
            const sources = points.flatMap((point) => roles.map((role) => point.upstreams[one.name]?.[role]?.errors ?? {}));
            for (const [name, count] of sources.flatMap(Object.entries)) {
              if (count) errors[one.name][name] = (errors[one.name][name] ?? 0) + count;
            }
          }
          const { interval } = known;
          return { end, points, interval, scale: latencyScale(points), errors,
            most: Math.max(1, ...ones.map((one) => Math.max(rateIn(one) ?? 0, failedIn(one) / interval))),
            mostErrors: Math.max(1, ...Object.values(errors).flatMap(Object.values)) };
        }

        function overview() {
          const cards = new Map();
          const grid = el('div', { class: 'cards' });
          const update = () => {
            const shared = sharedScales();
            arrange(grid, known.upstreams.map((one) => {
              if (!cards.has(one.name)) cards.set(one.name, new Card(one.name));
              cards.get(one.name).update(one, shared);
              return cards.get(one.name).node;
            }));
          };
          return { title: 'Overview', nodes: [grid], update };
        }
        """#
}
