"""The playground's programs: an upstream that misbehaves as it is told, and a client that measures."""

import json

import requests

from .processes import Child, binary, run
from .waiting import LIMIT, until


class PlaygroundUpstream(Child):
    def __init__(self, name, behave=None, mix=None, record=1000, port=0, seed=None):
        command = [binary("pantograph-playground"), "upstream", "--name", name, "--port", port, "--record", record]
        for option, value in (("--behave", behave), ("--mix", mix), ("--seed", seed)):
            if value is not None:
                command += [option, value]
        super().__init__(command, name=f"upstream {name}")
        self.ready = self.await_line(_announcement, "stdout")
        self.port, self.url = self.ready["port"], self.ready["url"].rstrip("/")

    def stats(self):
        return requests.get(f"{self.url}/__playground/stats", timeout=LIMIT).json()

    def requests(self):
        return requests.get(f"{self.url}/__playground/requests", params={"limit": 100000}, timeout=LIMIT).json()["requests"]

    def forget(self):
        requests.delete(f"{self.url}/__playground/requests", timeout=LIMIT)

    def await_requests(self, number, limit=LIMIT, complete=True):
        def there():
            return [r for r in self.requests() if r["complete"] or not complete]
        until(lambda: len(there()) >= number, lambda: f"{number} requests at {self.name}; there are {len(there())}", limit)
        return there()


def header(request, name):
    """The first value of a field in a recorded request."""
    return next((value for key, value in request["headers"] if key.lower() == name.lower()), None)


def names(request):
    return [name.lower() for name, _ in request["headers"]]


def _announcement(line):
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if document.get("ready") == "upstream" else None


def client(url, limit=300, **options):
    """Runs the playground's client to its end and returns its measurements."""
    command = [binary("pantograph-playground"), "client", "--url", url, "--json"]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", value]
    done = run(command, limit=limit)
    assert done.code == 0, done
    return json.loads(done.out)
