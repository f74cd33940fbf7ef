extension Page {
    /// One exchange as a waterfall.
    static let exchange = #"""
        // ---- One exchange: its deliveries and attempts on one axis of time ----------------------------------------------------

        function copyable(text) {
          const code = el('code', { text });
          const button = el('button', { type: 'button', text: 'Copy', 'aria-label': `Copy ${text}`, onclick: async () => {
            try {
              await navigator.clipboard.writeText(text);
              tell(button, 'Copied');
              setTimeout(() => tell(button, 'Copy'), 2000);
            } catch {
              getSelection().selectAllChildren(code);
            }
          } });
          return el('span', { class: 'buttons' }, code, button);
        }

        const pairs = (entries) => el('dl', { class: 'pairs' }, ...entries.filter(([, value]) => value != null && value !== '').flatMap(
          ([name, value]) => [el('dt', { text: name }), el('dd', {}, value instanceof Node ? value : String(value))]));

        function bar(kind, from, to, start, length, title) {
          const node = el('i', { class: kind, title });
          const left = Math.min(100, Math.max(0, 100 * (from - start) / length));
          node.style.left = `min(${left}%, 100% - 4px)`;
          node.style.width = `${Math.min(100 - left, Math.max(0, 100 * (to - from) / length))}%`;
          return node;
        }

        const outcome = (attempt) => [attempt.status, attempt.class].filter(Boolean).join(' ') || 'no answer';
        const attemptEnd = (attempt) => Date.parse(attempt.started_at) + attempt.duration_ms;

        function attemptRow(attempt, start, length) {
          const kind = attempt.class ? 'dead' : 'delivered';
          const offset = (Date.parse(attempt.started_at) - start) / 1000;
          return el('div', { class: 'row' },
            el('div', {}, el('span', { class: kind, text: `${attempt.class ? '✕' : '✓'} ${attempt.number}. ${outcome(attempt)}` }),
              el('small', { text: ` after ${span(Math.max(0, offset))}, took ${span(attempt.duration_ms / 1000)}` }),
              attempt.detail ? el('div', {}, el('small', { text: attempt.detail })) : null),
            el('div', { class: 'track' }, bar(kind, Date.parse(attempt.started_at), attemptEnd(attempt), start, length,
              `${attempt.started_at}, ${span(attempt.duration_ms / 1000)}`)));
        }

        // Of an attempt that succeeded the spool keeps its end alone.
        function lastRow(one, settled, start, length) {
          return el('div', { class: 'row' },
            el('div', {}, el('span', { class: 'delivered', text: `✓ ${one.attempts}. ${one.last_status ?? 'answered'}` }),
              el('small', { text: ' its end, when it began is not kept' })),
            el('div', { class: 'track' }, bar('delivered', settled, settled, start, length, one.settled_at)));
        }

        function deliveryRows(name, one, start, length, end) {
          const settled = one.settled_at ? Date.parse(one.settled_at) : end;
          const isUntold = one.state === 'delivered' && one.history && one.history.every((attempt) => attempt.class);
          const wait = `${one.state} after ${span((settled - start) / 1000)}`;
          const letter = one.dead_letter_id ? [' ', el('a', { href: `#/dead-letters/${one.dead_letter_id}`, text: 'dead letter' })] : [];
          const next = one.state === 'pending' && one.next_attempt_at ? [el('small', {}, ' next attempt ', when(one.next_attempt_at))] : [];
          const replays = one.replays ? [el('small', { text: ` replayed ${one.replays} ×` })] : [];
          return el('div', { class: 'leg' },
            el('div', { class: 'row' }, el('div', {}, chip(name, one),
              el('small', { text: one.settled_at ? ` after ${span((settled - start) / 1000)}` : '' }), ...letter, ...next, ...replays),
              el('div', { class: 'track' }, one.settled_at || one.state === 'pending'
                ? bar(`wait ${one.state}`, start, settled, start, length, wait) : null)),
            ...(one.history ?? []).map((attempt) => attemptRow(attempt, start, length)),
            isUntold ? lastRow(one, settled, start, length) : null);
        }

        function waterfall(exchange) {
          const start = Date.parse(exchange.received_at);
          const legs = Object.entries(exchange.deliveries ?? {});
          const isOpen = legs.some(([, one]) => one.state === 'pending');
          const ends = legs.flatMap(([, one]) => [Date.parse(one.settled_at), ...(one.history ?? []).map(attemptEnd)])
            .filter(Number.isFinite);
          const end = Math.max(start + 1, start + (exchange.duration_ms ?? 0), ...ends, ...(isOpen ? [Date.now()] : []));
          const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => place(span(part * (end - start) / 1000), '', 'left', part * 100));
          return el('section', { class: 'card fall', 'aria-label': 'Deliveries and attempts' },
            el('div', { class: 'row' }, el('small', { text: 'time since it was received' }), el('div', { class: 'track axis' }, ...ticks)),
            ...legs.map(([name, one]) => deliveryRows(name, one, start, end - start, end)));
        }

        function exchangeView(id) {
          const room = el('div', {}, el('p', { class: 'muted', text: 'Reading…' }));
          let shown = '';
          const update = async () => {
            let exchange;
            try {
              exchange = await read(`/api/exchanges/${encodeURIComponent(id)}`);
            } catch (problem) {
              // What was shown stays, though the sidecar may have forgotten it since.
              if (!shown) room.replaceChildren(el('p', { text: problem.message }));
              return;
            }
            // While something is pending the axis grows; what is settled is drawn once.
            const text = JSON.stringify(exchange);
            const isOpen = Object.values(exchange.deliveries ?? {}).some((one) => one.state === 'pending');
            if (shown === text && !isOpen) return;
            const facts = pairs([['Request', el('code', { text: `${exchange.method ?? ''} ${exchange.target ?? ''}` })],
              ['Route', exchange.route],
              ['Answered', exchange.status && `${exchange.status} after ${span(exchange.duration_ms / 1000)}`],
              ['Received', when(exchange.received_at)], ['Finished', exchange.finished_at && when(exchange.finished_at)],
              ['Trace', copyable(exchange.trace_id)], ['Compensates', exchange.compensates
                && el('a', { href: `#/exchanges/${encodeURIComponent(exchange.compensates)}`, text: exchange.compensates })]]);
            if (room.firstElementChild?.tagName !== 'DL' || shown !== text) room.replaceChildren(facts, waterfall(exchange));
            else room.lastElementChild.replaceWith(waterfall(exchange));
            shown = text;
          };
          return { title: 'Exchange', nodes: [el('p', { class: 'mono muted', text: id }), room], update };
        }
        """#
}
