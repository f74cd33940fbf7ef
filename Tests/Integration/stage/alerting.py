"""What alerts of a real Prometheus do while something goes on."""

import threading
import time

import requests


class AlertWatch:
    """Asks Prometheus each second which alerts are raised, and tells `note(text)` of each change."""

    def __init__(self, prometheus, note):
        self._prometheus, self._note = prometheus, note
        self._over = threading.Event()
        self._standing = {}
        # (alert, labels, state, when): each change, "resolved" among the states.
        self.changes = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._over.wait(1):
            try:
                self._look()
            except requests.RequestException as failure:
                self._note(f"Prometheus does not answer: {failure}")

    def _look(self):
        now = {}
        for alert in self._prometheus.alerts():
            labels = {key: value for key, value in alert["labels"].items() if key not in ("job", "instance")}
            now[tuple(sorted(labels.items()))] = (alert["state"], alert["annotations"]["summary"])
        for key in self._standing.keys() | now.keys():
            before, state = (side.get(key, ("none", ""))[0] for side in (self._standing, now))
            if before != state:
                self._changed(dict(key), "resolved" if state == "none" else state, now.get(key, ("", ""))[1])
        self._standing = now

    def _changed(self, labels, state, summary):
        name = labels.pop("alertname")
        self.changes.append((name, labels, state, time.time()))
        words = " ".join(f"{key}={value}" for key, value in sorted(labels.items()))
        self._note(f"alert {state:8} {name} ({words})" + (f": {summary}" if state == "firing" else ""))

    @property
    def is_quiet(self):
        """Whether none is raised now, not even one that still waits."""
        return not self._prometheus.alerts()

    def names(self, state):
        return {name for name, _, reached, _ in self.changes if reached == state}

    def stop(self):
        self._over.set()
        self._thread.join(60)

    close = stop
