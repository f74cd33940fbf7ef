"""An upstream that behaves as it is told until it is told otherwise."""

import threading

from .scripted import ScriptedUpstream

BODY = b'{"stock":7}'
JSON = ("Content-Type", "application/json")
MOODS = {
    "well": (200, (JSON,), BODY),
    "429": (429, (JSON, ("Retry-After", "5")), b'{"error":"too many"}'),
    "500": (500, (JSON,), b'{"error":"out of order"}'),
}


class MoodyUpstream(ScriptedUpstream):
    """`mood` is one of `MOODS`, or "hangs": nothing is answered, and who waits is let go when the mood changes."""

    def __init__(self, mood="well"):
        self._change = threading.Condition()
        self._mood = mood
        self.answered = []
        super().__init__(self._script)

    @property
    def mood(self):
        return self._mood

    @mood.setter
    def mood(self, mood):
        with self._change:
            self._mood = mood
            self._change.notify_all()

    def _script(self, conversation):
        while True:
            taken = conversation.take()
            mood = self._mood
            if mood == "hangs":
                with self._change:
                    self._change.wait_for(lambda: self._mood != "hangs")
                return
            status, headers, body = MOODS[mood]
            conversation.answer(status, headers, body)
            with self._change:
                self.answered.append((taken.method, taken.target, status))

    def close(self):
        self.mood = "well"
        super().close()
