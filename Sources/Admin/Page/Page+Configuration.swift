extension Page {
    /// The configuration as a tree.
    static let configuration = #"""
        // ---- Configuration --------------------------------------------------------------------------------------------------

        function branch(key, value) {
          const entries = value === null || typeof value !== 'object' ? [] : Object.entries(value);
          // A list of words stands on one line.
          const isList = Array.isArray(value) && value.every((one) => one === null || typeof one !== 'object');
          if (!entries.length || isList) {
            const text = isList ? value.join(', ') : value === null || typeof value === 'object' ? '' : String(value);
            return el('li', {}, el('span', { class: 'muted', text: `${key}: ` }), el('code', { text: text || 'none' }));
          }
          const title = typeof value.name === 'string' ? `${key}: ${value.name}` : key;
          return el('li', {}, el('details', { open: true }, el('summary', { text: title }), el('ul', {}, 
            ...entries.map(([name, inner]) => branch(name, inner)))));
        }

        function configuration() {
          const room = el('div', { class: 'card' }, el('p', { class: 'muted', text: 'Reading…' }));
          let isShown = false;
          const update = async () => {
            if (isShown) return;
            try {
              const settings = await read('/api/config');
              room.replaceChildren(el('ul', { class: 'tree' }, ...Object.entries(settings).map(([key, value]) => branch(key, value))));
              isShown = true;
            } catch (problem) {
              room.replaceChildren(el('p', { text: problem.message }));
            }
          };
          const note = el('p', { class: 'muted', text: 'As it was understood at the start; secrets are redacted.' });
          return { title: 'Configuration', nodes: [note, room], update };
        }
        """#
}
