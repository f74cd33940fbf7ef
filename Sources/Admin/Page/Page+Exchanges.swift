extension Page {
    /// The list of exchanges.
    static let exchanges = #"""
        // ---- Exchanges ------------------------------------------------------------------------------------------------------

        function chip(upstream, delivery) {
          const reason = delivery.state === 'delivered' ? delivery.last_status
            : delivery.skip_reason ?? [delivery.last_status, delivery.last_class].filter(Boolean).join(' ');
          const times = delivery.attempts > 1 ? ` ×${delivery.attempts}` : '';
          return el('span', { class: `chip ${delivery.state}`, title: delivery.state },
            `${marks[delivery.state] ?? ''} ${upstream} ${delivery.state}${reason ? ` · ${reason}` : ''}${times}`);
        }

        // Selects that stand in the address, so that a filtered list can be kept and passed on.
        function filters(path, names, values) {
          const choices = { state: words('states'), class: words('classes'), upstream: known.upstreams.map((one) => one.name),
            route: [...new Set(known.upstreams.flatMap((one) => Object.keys(one.routes)))].sort() };
          const selects = names.map((name) => {
            const options = [...new Set([...choices[name], ...(values[name] ? [values[name]] : [])])];
            const select = el('select', { name, onchange: () => {
              location.hash = `#/${path}${query(Object.fromEntries(selects.map((one) => [one.name, one.value])))}`;
            } }, el('option', { value: '', text: 'any' }), ...options.map((value) =>
              el('option', { value, text: value, selected: value === values[name] })));
            return select;
          });
          return el('form', { class: 'filters', 'aria-label': 'Filters' }, ...selects.map((select, place) =>
            el('label', {}, names[place][0].toUpperCase() + names[place].slice(1), select)));
        }

        function isMeant(exchange, { route, upstream, state, class: errorClass }) {
          return (!route || exchange.route === route) && Object.entries(exchange.deliveries ?? {}).some(([name, one]) =>
            (!upstream || upstream === name) && (!state || one.state === state) && (!errorClass || one.last_class === errorClass));
        }

        function exchangeRow(exchange) {
          const result = exchange.status ? [' → ', el('b', { text: exchange.status }), ` ${span(exchange.duration_ms / 1000)}`] : [];
          return el('tr', {}, el('td', {}, when(exchange.received_at)),
            el('td', {}, el('a', { href: `#/exchanges/${encodeURIComponent(exchange.id)}`, class: 'mono',
              text: `${exchange.method ?? ''} ${exchange.target ?? exchange.id}` }), ...result),
            el('td', { text: exchange.route }),
            el('td', {}, el('div', { class: 'chips' },
              ...Object.entries(exchange.deliveries ?? {}).map(([name, one]) => chip(name, one)))));
        }

        function exchanges(values) {
          const note = el('p', { class: 'muted', text: 'Reading…' });
          const body = el('tbody');
          const titles = ['Received', 'Request', 'Route', 'Deliveries'].map((text) => el('th', { scope: 'col', text }));
          const table = el('table', { class: 'exchanges' }, el('thead', {}, el('tr', {}, ...titles)), body);
          const older = el('p', { class: 'buttons' });
          const rows = new Map();
          let kept = [];
          let complaint = '';
          const draw = () => {
            const live = values.before ? [] : [...known.tapped.values()].filter((one) => isMeant(one, values));
            const byID = new Map([...live, ...kept].map((one) => [one.id, { ...known.tapped.get(one.id), ...one }]));
            const list = [...byID.values()].sort((left, right) => (left.id < right.id ? 1 : -1)).slice(0, 200);
            const used = new Set();
            arrange(body, list.map((one) => {
              const key = JSON.stringify(one);
              used.add(key);
              if (!rows.has(key)) rows.set(key, exchangeRow(one));
              return rows.get(key);
            }));
            for (const key of rows.keys()) if (!used.has(key)) rows.delete(key);
            table.hidden = !list.length;
            tell(note, complaint || (!list.length ? 'No exchange matches.' : values.before ? `${list.length} older ones.`
              : scrollY < 80 ? 'Live, newest first.' : 'Live again at the top of the list.'));
          };
          const update = async () => {
            if (scrollY >= 80) return draw.isDone && tell(note, 'Live again at the top of the list.');
            try {
              const page = await read(`/api/exchanges${query(values)}`);
              kept = page.exchanges;
              complaint = '';
              const next = page.next && new URL(page.next, location.href).searchParams.get('before');
              const href = next && `#/exchanges${query({ ...values, before: next })}`;
              if (!next) older.replaceChildren();
              else if (older.firstChild?.getAttribute('href') !== href) older.replaceChildren(el('a', { href, text: 'Older exchanges' }));
            } catch (problem) {
              complaint = problem.message;
            }
            draw();
            draw.isDone = true;
          };
          const choice = filters('exchanges', ['route', 'upstream', 'state', 'class'], values);
          return { title: 'Exchanges', nodes: [choice, note, table, older], update };
        }
        """#
}
