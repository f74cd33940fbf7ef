extension Page {
    /// Elements, requests, numbers and times: what every view stands on.
    static let ground = #"""
        'use strict';
        const $ = (id) => document.getElementById(id);

        // el('a', { href: '#/', text: 'words', onclick: f }, child, …): what comes from the API is only ever text here.
        function dress(node, attributes, children) {
          for (const [key, value] of Object.entries(attributes)) {
            if (key === 'text') node.textContent = value;
            else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
            else if (value === true) node.setAttribute(key, '');
            else if (value != null && value !== false) node.setAttribute(key, value);
          }
          node.append(...children.filter((child) => child != null && child !== ''));
          return node;
        }
        const el = (name, attributes = {}, ...children) => dress(document.createElement(name), attributes, children);
        const svg = (name, attributes = {}, ...children) =>
          dress(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

        // A live region speaks and the page is laid out again only where something has changed.
        function tell(node, text) {
          if (node.textContent !== text) node.textContent = text;
        }

        // Puts nodes into their order and moves as few as it can, so that what has the focus keeps it.
        function arrange(parent, nodes) {
          nodes.forEach((node, place) => {
            if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
          });
          while (parent.children.length > nodes.length) parent.lastElementChild.remove();
        }

        // ---- The API --------------------------------------------------------------------------------------------------------

        class Problem extends Error {
          constructor(status, detail) {
            super(detail);
            this.status = status;
          }
        }

        let asking = null;
        function askToken(refused) {
          if (sessionStorage.getItem('token') !== refused) return Promise.resolve();
          asking ??= new Promise((resolve) => {
            const dialog = $('token');
            tell($('token-text'), refused ? 'That token was not taken.' : "This sidecar's API wants a token.");
            $('token-value').value = '';
            dialog.oncancel = (event) => event.preventDefault();
            dialog.onclose = () => {
              sessionStorage.setItem('token', $('token-value').value);
              asking = null;
              resolve();
            };
            dialog.showModal();
          });
          return asking;
        }

        async function ask(path, options = {}) {
          const token = sessionStorage.getItem('token');
          const headers = { Accept: 'application/json', ...options.headers };
          if (token) headers.Authorization = `Bearer ${token}`;
          const answer = await fetch(path, { cache: 'no-store', ...options, headers });
          if (answer.status !== 401) return answer;
          await askToken(token);
          return ask(path, options);
        }

        async function read(path, options) {
          const answer = await ask(path, options);
          const content = answer.status === 204 ? {} : await answer.json().catch(() => null);
          if (!answer.ok || content === null) throw new Problem(answer.status, content?.detail ?? `The sidecar answered ${answer.status}.`);
          return content;
        }

        const query = (values) => {
          const text = new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
          return text ? `?${text}` : '';
        };

        // ---- Numbers and times as people read them --------------------------------------------------------------------------

        function span(seconds) {
          if (seconds == null) return '–';
          if (seconds < 0.0995) return `${Number((seconds * 1000).toPrecision(2))} ms`;
          if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
          if (seconds < 59.95) return `${Number(seconds.toPrecision(3))} s`;
          const whole = Math.round(seconds);
          for (const [size, unit, smaller, small] of [[86400, 'd', 3600, 'h'], [3600, 'h', 60, 'min'], [60, 'min', 1, 's']]) {
            if (whole < size) continue;
            const rest = whole < 10 * size ? Math.floor((whole % size) / smaller) : 0;
            return `${Math.floor(whole / size)} ${unit}${rest ? ` ${rest} ${small}` : ''}`;
          }
          return '–';
        }
        const number = (value) => (value == null ? '–' : value.toLocaleString('en'));
        const perSecond = (rate) => (rate == null ? '–' : `${Number(rate.toPrecision(rate < 100 ? 2 : 3))}/s`);
        function share(ratio) {
          if (ratio == null) return '–';
          // What failed at all is never rounded up to all.
          return ratio === 1 ? '100 %' : `${(Math.floor(ratio * 1000) / 10).toFixed(1)} %`;
        }

        function ago(moment) {
          const seconds = Math.round((Date.now() - moment) / 1000);
          if (Math.abs(seconds) < 2) return 'now';
          const size = Math.abs(seconds);
          const words = size < 60 ? `${size} s` : size < 3600 ? `${Math.floor(size / 60)} min` : size < 172800
            ? `${Math.floor(size / 3600)} h` : `${Math.floor(size / 86400)} d`;
          return seconds < 0 ? `in ${words}` : `${words} ago`;
        }
        const when = (text) => (text ? el('time', { datetime: text, title: text, text: ago(Date.parse(text)) }) : '–');
        setInterval(() => {
          for (const node of document.querySelectorAll('time')) tell(node, ago(Date.parse(node.dateTime)));
        }, 1000);

        const marks = { pending: '◷', delivered: '✓', dead: '✕', skipped: '↷', compensated: '↺' };
        const plural = (count, word) => `${number(count)} ${word}${count === 1 ? '' : 's'}`;
        const words = (name) => document.body.dataset[name].split(' ');
        """#
}
