extension Page {
    /// The list of dead letters, and what is done with them.
    static let deadLetters = #"""
        // ---- Dead letters ---------------------------------------------------------------------------------------------------

        const deeds = {
          replay: { verb: 'Replay', done: 'replayed', text: 'Each is sent to its upstream again, with the same idempotency key.' },
          discard: { verb: 'Discard', done: 'discarded', text: 'They are let go of for good: nothing brings them back.' },
        };

        function confirmed(title, text, verb) {
          const dialog = $('confirm');
          tell($('confirm-title'), title);
          tell($('confirm-text'), text);
          tell($('confirm-yes'), verb);
          dialog.returnValue = '';
          dialog.showModal();
          return new Promise((resolve) => {
            dialog.onclose = () => resolve(dialog.returnValue === 'yes');
          });
        }

        // Asks, does it, and says what came of it; null where nothing was done.
        async function act(name, letters) {
          const deed = deeds[name];
          const counts = {};
          for (const one of letters) counts[one.upstream] = (counts[one.upstream] ?? 0) + 1;
          const which = Object.entries(counts).map(([upstream, count]) => `${number(count)} of ${upstream}`).join(', ');
          const title = `${deed.verb} ${plural(letters.length, 'dead letter')}?`;
          if (!await confirmed(title, `${which}. ${deed.text}`, `${deed.verb} ${number(letters.length)}`)) return null;
          try {
            const answer = await read(`/api/dead-letters/${name}`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
              body: JSON.stringify({ ids: letters.map((one) => one.id) }) });
            return `${plural(answer[deed.done], 'dead letter')} ${deed.done}.`;
          } catch (problem) {
            return `Not ${deed.done}: ${problem.message}`;
          }
        }

        function letterRow(letter, chosen, changed) {
          const request = `${letter.method} ${letter.target}`;
          const label = `Select dead letter ${letter.id} of ${letter.upstream}`;
          const box = el('input', { type: 'checkbox', 'aria-label': label, onchange: () => {
            if (box.checked) chosen.set(letter.id, letter);
            else chosen.delete(letter.id);
            changed();
          } });
          const node = el('tr', {}, el('td', {}, box), el('td', {}, when(letter.settled_at)), el('td', { text: letter.upstream }),
            el('td', {}, el('a', { class: 'mono', href: `#/dead-letters/${letter.id}`, text: request })), el('td', { text: letter.route }),
            el('td', { class: 'bad', text: `✕ ${outcome({ status: letter.last_status, class: letter.last_class })} ×${letter.attempts}` }));
          return { node, box, letter };
        }

        function deadLetters(values) {
          const chosen = new Map();
          const rows = new Map();
          const note = el('p', { class: 'muted', text: 'Reading…' });
          const result = el('p', { role: 'status' });
          const body = el('tbody');
          const everyone = el('input', { type: 'checkbox', id: 'everyone', onchange: () => {
            for (const row of rows.values()) {
              row.box.checked = everyone.checked;
              if (everyone.checked) chosen.set(row.letter.id, row.letter);
            }
            if (!everyone.checked) chosen.clear();
            changed();
          } });
          const button = (name, kind) => el('button', { type: 'button', class: kind, disabled: true, onclick: async () => {
            const words = await act(name, [...chosen.values()]);
            if (words === null) return;
            tell(result, words);
            chosen.clear();
            await update();
          } });
          const [replay, discard] = [button('replay', 'strong'), button('discard', '')];
          const changed = () => {
            for (const [one, name] of [[replay, 'replay'], [discard, 'discard']]) {
              one.disabled = !chosen.size;
              tell(one, chosen.size ? `${deeds[name].verb} ${number(chosen.size)}…` : `${deeds[name].verb}…`);
            }
            everyone.checked = rows.size > 0 && chosen.size === rows.size;
            everyone.indeterminate = chosen.size > 0 && chosen.size < rows.size;
          };
          changed();
          const titles = ['Ended', 'Upstream', 'Request', 'Route', 'Reason'].map((text) => el('th', { scope: 'col', text }));
          const table = el('table', { hidden: true, class: 'letters' }, el('thead', {}, el('tr', {}, el('td'), ...titles)), body);
          const tools = el('div', { class: 'buttons tools' }, el('label', {}, everyone, ' All shown'), replay, discard);
          const more = el('p');
          const update = async () => {
            let page;
            try {
              page = await read(`/api/dead-letters${query({ ...values, limit: 200 })}`);
            } catch (problem) {
              table.hidden = tools.hidden = true;
              return tell(note, problem.message);
            }
            const list = page.dead_letters;
            const present = new Set(list.map((one) => one.id));
            for (const id of [...rows.keys()].filter((one) => !present.has(one))) {
              rows.delete(id);
              chosen.delete(id);
            }
            for (const one of list) {
              if (!rows.has(one.id)) rows.set(one.id, letterRow(one, chosen, changed));
              rows.get(one.id).box.checked = chosen.has(one.id);
            }
            arrange(body, list.map((one) => rows.get(one.id).node));
            table.hidden = tools.hidden = !list.length;
            const next = page.next && new URL(page.next, location.href).searchParams.get('after');
            const href = next && `#/dead-letters${query({ ...values, after: next })}`;
            if (!next) more.replaceChildren();
            else if (more.firstChild?.getAttribute('href') !== href) more.replaceChildren(el('a', { href, text: 'The ones after these' }));
            tell(note, !list.length ? 'No dead letter matches.'
              : `${plural(list.length, 'dead letter')}${next ? ' of more' : ''}, oldest first.`);
            changed();
          };
          return { title: 'Dead letters', update,
            nodes: [filters('dead-letters', ['upstream', 'route', 'class'], values), note, result, tools, table, more] };
        }
        """#
}
