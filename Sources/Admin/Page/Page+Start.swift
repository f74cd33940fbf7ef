extension Page {
    /// What is asked for at intervals, the line of summary, and which view an address means.
    static let start = #"""
        // ---- What is known, and how it is asked for ---------------------------------------------------------------------------

        const known = { upstreams: [], points: [], interval: 10, agreement: [], tapped: new Map(), reasons: [], isReached: null };

        async function askAll() {
          try {
            const readiness = fetch('/readyz', { cache: 'no-store' }).then((one) => one.json());
            const [upstreams, history, agreement, ready] = await Promise.all(
              [...['upstreams', 'history', 'agreement'].map((name) => read(`/api/${name}`)), readiness]);
            known.upstreams = upstreams.upstreams;
            known.interval = history.interval_s;
            known.points = history.points.map((point) => ({ ...point, at: Date.parse(point.at) }));
            known.agreement = agreement.routes;
            known.reasons = ready.status === 'ready' ? [] : ready.reasons ?? [ready.status];
            known.isReached = true;
          } catch (problem) {
            known.isReached = false;
            known.failure = problem instanceof Problem ? problem.message
              : 'The sidecar does not answer. What is shown is what was last known.';
          }
          summarize();
        }

        // In words, and without numbers that change all the time: a screen reader speaks it at each change.
        function summarize() {
          const [bad, warn] = [[], []];
          if (!known.isReached) bad.push(known.failure);
          if (known.reasons.length) bad.push(`Not ready: ${known.reasons.join('; ')}.`);
          for (const one of known.upstreams) {
            const { success, failed } = lastMinute(one.name);
            const hasManyFailed = success != null && success < FEW;
            const isOpen = one.breaker === 'open' || one.breaker === 'half_open';
            const ills = [isOpen && `its breaker is ${one.breaker === 'open' ? 'open' : 'probing'}`,
              failed > 0 && `${hasManyFailed ? 'many' : 'some'} attempts failed in the last minute`,
              one.paused_for_s > 0 && 'it asked for a pause', one.lag_s > 60 && 'deliveries wait for more than a minute',
              one.dead_letters > 0 && 'there are dead letters'].filter(Boolean);
            if (ills.length) (isOpen || hasManyFailed ? bad : warn).push(`${one.name}: ${ills.join(', ')}.`);
          }
          const kind = bad.length ? 'bad' : warn.length ? 'warn' : 'good';
          const lead = { bad: '✕ Not all is well.', warn: '! Something to look at.', good: '✓ All is well.' }[kind];
          const text = [...bad, ...warn].join(' ') || `The sidecar is ready, and ${plural(known.upstreams.length, 'upstream')} ${
            known.upstreams.length === 1 ? 'does' : 'do'} without errors.`;
          const line = $('summary');
          if (line.textContent !== lead + text) line.replaceChildren(el('b', { class: kind, text: lead }), text);
          line.className = kind;
          const dead = known.upstreams.reduce((total, one) => total + one.dead_letters, 0);
          tell($('letters'), dead ? number(dead) : '');
        }

        // Server-sent events, read by fetch because EventSource can't send a token.
        const TAPPED = 200;
        async function tap() {
          const answer = await ask('/api/tap', { headers: { Accept: 'text/event-stream' } });
          if (!answer.ok) return;
          let rest = '';
          for (const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader(); ;) {
            const { value, done } = await reader.read();
            if (done) return;
            const events = (rest + value).split(/\r?\n\r?\n/);
            rest = events.pop().slice(-1000000);
            for (const event of events) {
              const data = event.split(/\r?\n/).filter((one) => one.startsWith('data:')).map((one) => one.slice(5)).join('\n');
              const exchange = data && JSON.parse(data);
              if (!exchange?.id) continue;
              known.tapped.delete(exchange.id);
              known.tapped.set(exchange.id, exchange);
              if (known.tapped.size > TAPPED) known.tapped.delete(known.tapped.keys().next().value);
            }
          }
        }

        // ---- Views and their addresses ----------------------------------------------------------------------------------------

        let view = null;
        function route() {
          const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
          const values = Object.fromEntries(new URLSearchParams(search));
          const [name, id] = path.split('/').map(decodeURIComponent);
          const views = { exchanges: () => (id ? exchangeView(id) : exchanges(values)),
            'dead-letters': () => (id ? letterView(id) : deadLetters(values)), agreement, configuration };
          const isFirst = view === null;
          const had = document.activeElement?.name;
          view = (views[name] ?? overview)();
          const title = el('h1', { text: view.title, tabindex: '-1' });
          $('main').replaceChildren(title, ...view.nodes);
          document.title = `${view.title} – pantograph`;
          for (const link of document.querySelectorAll('nav a')) {
            if (link.hash.replace(/^#\/?/, '') === (views[name] ? name : '')) link.setAttribute('aria-current', 'page');
            else link.removeAttribute('aria-current');
          }
          if (!isFirst) {
            // A filter that was changed keeps the focus; a new view begins at its title.
            const same = had && $('main').querySelector(`select[name="${CSS.escape(had)}"]`);
            (same || title).focus({ preventScroll: Boolean(same) });
            if (!same) scrollTo(0, 0);
          }
          return view.update();
        }

        const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        async function keepAsking() {
          for (;;) {
            await pause(3);
            if (document.hidden) continue;
            await askAll();
            await view.update();
          }
        }
        async function keepTapping() {
          for (;; await pause(5)) await tap().catch(() => {});
        }

        addEventListener('hashchange', route);
        $('skip').addEventListener('click', (event) => {
          event.preventDefault();
          $('main').focus();
        });
        askAll().then(route).then(keepAsking);
        keepTapping();
        """#
}
