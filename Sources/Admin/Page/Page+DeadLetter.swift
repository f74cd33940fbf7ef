extension Page {
    /// One dead letter.
    static let deadLetter = #"""
        function answerOf(attempt) {
          if (attempt.answer) return el('pre', { text: attempt.answer });
          if (attempt.answer_base64) return el('pre', { text: `not text, in base64: ${attempt.answer_base64}` });
          return el('p', { class: 'muted', text: 'No answer was kept.' });
        }

        function letterView(id) {
          const room = el('div', {}, el('p', { class: 'muted', text: 'Reading…' }));
          const result = el('p', { role: 'status' });
          let isShown = false;
          const update = async () => {
            if (isShown) return;
            let letter;
            try {
              letter = await read(`/api/dead-letters/${encodeURIComponent(id)}`);
            } catch (problem) {
              return room.replaceChildren(el('p', { text: problem.message }));
            }
            isShown = true;
            const buttons = ['replay', 'discard'].map((name) => el('button', { type: 'button', class: name === 'replay' ? 'strong' : '',
              text: `${deeds[name].verb}…`, onclick: async () => {
                const words = await act(name, [letter]);
                if (words === null) return;
                tell(result, words);
                isShown = false;
                await update();
              } }));
            room.replaceChildren(
              pairs([['Upstream', letter.upstream], ['Route', letter.route],
                ['Request', el('code', { text: `${letter.method} ${letter.target}` })],
                ['Body', plural(letter.body_bytes, 'byte')], ['Received', when(letter.received_at)], ['Ended', when(letter.settled_at)],
                ['Reason', el('span', { class: 'bad', text: `✕ ${outcome({ status: letter.last_status, class: letter.last_class })}` })],
                ['Trace', copyable(letter.trace_id)], ['Replays', letter.replays || null],
                ['Exchange', el('a', { class: 'mono', href: `#/exchanges/${encodeURIComponent(letter.exchange_id)}`,
                  text: letter.exchange_id })]]),
              el('p', { class: 'buttons' }, ...buttons),
              el('h2', { class: 'part', text: 'Request headers' }), pairs(letter.headers.map(({ name, value }) => [name, value])),
              el('h2', { class: 'part', text: `Attempts (${letter.attempts})` }), ...letter.history.toReversed().map((attempt, place) =>
                el('details', { open: place === 0 }, el('summary', {}, el('span', { class: attempt.class ? 'bad' : 'good',
                  text: `${attempt.class ? '✕' : '✓'} ${attempt.number}. ${outcome(attempt)}` }), ' ',
                when(attempt.started_at), el('small', { text: ` took ${span(attempt.duration_ms / 1000)}. ${attempt.detail ?? ''}` })),
                answerOf(attempt))));
          };
          return { title: `Dead letter ${id}`, nodes: [result, room], update };
        }
        """#
}
