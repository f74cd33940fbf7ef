"""An application that calls all the time, at a steady pace, and notes what it is answered."""

import threading
import time

import requests

from .waiting import LIMIT


class Application:
    """Calls `method target` every `interval` seconds until it is stopped; a `#` in `target` is the call's number."""

    def __init__(self, url, method, target, interval):
        self._over = threading.Event()
        self._url, self._method, self._target, self._interval = url, method, target, interval
        # (when it began, seconds it took, status or the name of what went wrong)
        self.calls = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        with requests.Session() as session:
            session.trust_env = False
            due = time.monotonic()
            while not self._over.wait(max(0.0, due - time.monotonic())):
                due += self._interval
                target = self._target.replace("#", str(len(self.calls)))
                began, clock = time.time(), time.monotonic()
                try:
                    data = b'{"count":1}' if self._method == "POST" else None
                    result = session.request(self._method, self._url + target, data=data, timeout=LIMIT, allow_redirects=False).status_code
                except requests.RequestException as failure:
                    result = type(failure).__name__
                self.calls.append((began, time.monotonic() - clock, result))

    def stop(self):
        self._over.set()
        self._thread.join(LIMIT + 5)

    close = stop

    def between(self, begin, end):
        return [call for call in self.calls if begin <= call[0] < end]
