extension Page {
    /// Whether mirrors answer as the primary does, and where they differ.
    static let agreement = #"""
        // ---- Agreement ------------------------------------------------------------------------------------------------------

        const results = { compared: ['Compared'], match: ['Agree'], body: ['Other body', 'pale'], headers: ['Other headers', 'warn'],
          status: ['Other status', 'bad'] };

        // 1 only where nothing differed, null where nothing was compared.
        const agreed = (mirrors) => {
          const total = (key) => mirrors.reduce((all, mirror) => all + mirror[key], 0);
          return total('compared') ? total('match') / total('compared') : null;
        };

        // One path as a row whose words change and which stays, so that its link keeps the focus.
        function difference(path, primary, mirror) {
          const cells = ['Answers', primary, mirror].map((of) => el('td', { 'data-of': of }));
          const link = el('a', { text: 'exchange', 'aria-label': `The last exchange that differed in ${path}` });
          const update = (one, compared) => {
            tell(cells[0], `${number(one.count)} of ${number(compared)}`);
            tell(cells[1], one.primary ?? 'nothing');
            tell(cells[2], one.mirror ?? 'nothing');
            link.setAttribute('href', `#/exchanges/${one.exchange_id}`);
          };
          return { node: el('tr', {}, el('td', {}, el('code', { text: path })), ...cells, el('td', {}, link)), update };
        }

        function comparison({ route, primary }, { upstream }) {
          const facts = Object.entries(results).map(([key, [title, kind]]) => ({ ...fact(title), key, kind }));
          const [none, noise, rest] = ['', '', ''].map(() => el('p', { class: 'muted' }));
          const body = el('tbody');
          const titles = ['Differs in', 'Answers', `${primary} said last`, `${upstream} said last`, 'Seen in'];
          const table = el('table', { class: 'paths' }, el('thead', {}, el('tr', {},
            ...titles.map((text) => el('th', { scope: 'col', text })))), body);
          const rows = new Map();
          const update = ({ noise_probes: probes, ignored }, mirror) => {
            for (const one of facts) says(one, number(mirror[one.key]), mirror[one.key] ? one.kind : '');
            const ratio = agreed([mirror]);
            says(facts[1], share(ratio), ratio === 1 ? 'good' : '');
            arrange(body, mirror.paths.map((one) => {
              if (!rows.has(one.path)) rows.set(one.path, difference(one.path, primary, upstream));
              rows.get(one.path).update(one, mirror.compared);
              return rows.get(one.path).node;
            }));
            table.hidden = !mirror.paths.length;
            tell(none, table.hidden ? (mirror.compared ? 'No difference so far.' : 'Nothing compared yet.') : '');
            const paths = ignored.map((one) => `${one.path} (${number(one.count)} ×)`).join(', ');
            tell(noise, `Learnt as noise from ${plural(probes, 'call')} sent to ${primary} twice: ${paths || 'nothing'}.`);
            const reasons = Object.entries(mirror.not_compared).map(([reason, count]) => `${reason} ${number(count)}`).join(', ');
            tell(rest, reasons && `Not compared: ${reasons}.`);
          };
          return { update, node: el('section', { class: 'card', 'aria-label': `${route}, ${upstream}` },
            el('h2', { text: route }), el('small', { text: `${upstream} compared with the primary ${primary}` }),
            el('dl', { class: 'facts' }, ...facts.map((one) => one.node)), none, table, noise, rest) };
        }

        function agreement() {
          const cards = new Map();
          const room = el('div', { class: 'stack' });
          const note = el('p', { class: 'muted' });
          const update = () => {
            const legs = known.agreement.flatMap((route) => route.mirrors.map((mirror) => [route, mirror]));
            tell(note, legs.length ? 'Since the start.'
              : 'No route compares: `compare: true` tells whether mirrors answer as the primary does.');
            arrange(room, legs.map((leg) => {
              const key = `${leg[0].route} ${leg[1].upstream}`;
              if (!cards.has(key)) cards.set(key, comparison(...leg));
              cards.get(key).update(...leg);
              return cards.get(key).node;
            }));
          };
          return { title: 'Agreement', nodes: [note, room], update };
        }
        """#
}
