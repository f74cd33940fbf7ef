"""The product itself, as a process with a configuration of its own."""

import json
import re
import signal
from pathlib import Path

import requests

from .exposition import Exposition
from .processes import Child, binary, free_port, plain_environment
from .waiting import LIMIT, until
from .wire import Wire

# Spans leave soon, so that tests need not wait for them; the queue holds what a test can send meanwhile.
QUICK_EXPORT = {"OTEL_BSP_SCHEDULE_DELAY": "50", "OTEL_BSP_MAX_QUEUE_SIZE": "100000"}


def configuration(upstreams, **more):
    """A configuration: `upstreams` by name, each its URL or its whole block; `more` are further top-level keys."""
    blocks = {name: {"url": block} if isinstance(block, str) else block for name, block in upstreams.items()}
    return {"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "upstreams": blocks} | more


class Sidecar(Child):
    """A running sidecar. `url` is what an application is given as base URL."""

    def __init__(self, settings, folder: Path, env=None, secrets=(), awaits=True):
        self.secrets = list(secrets)
        is_quiet = not isinstance(settings, str) and settings.get("telemetry", {}).get("log", {}).get("level") in ("warning", "error")
        if is_quiet:
            # At these levels it does not say where it listens, so the ports are chosen for it.
            settings = settings | {"listen": f"127.0.0.1:{free_port()}", "admin": f"127.0.0.1:{free_port()}"}
        self.file = folder / f"pantograph-{id(self)}.yaml"
        # JSON is YAML too.
        self.file.write_text(settings if isinstance(settings, str) else json.dumps(settings, indent=2))
        super().__init__(
            [binary("pantograph"), "run", "--config", self.file], env=plain_environment(**QUICK_EXPORT | (env or {})),
            cwd=folder, name="pantograph")
        self.expected_exit = 0
        if is_quiet:
            self.serves_at(settings["listen"], settings["admin"])
        elif awaits:
            self.await_listening()

    @classmethod
    def from_flags(cls, flags, folder, env=None):
        sidecar = cls.__new__(cls)
        sidecar.secrets, sidecar.expected_exit = [], 0
        Child.__init__(
            sidecar, [binary("pantograph"), "run", *flags], env=plain_environment(**QUICK_EXPORT | (env or {})), cwd=folder,
            name="pantograph")
        sidecar.await_listening()
        return sidecar

    def await_listening(self):
        line = self.await_line(_listening)
        self.serves_at(line["listen"], line["admin"])

    def serves_at(self, listen, admin):
        self.listen, self.admin = listen, admin
        self.admin_url = f"http://{self.admin}"
        self.url = f"http://{self.listen}"
        until(lambda: self.is_ready() or not self.running, "the sidecar ready")
        assert self.running, self.told

    def is_ready(self):
        try:
            return requests.get(f"{self.admin_url}/readyz", timeout=LIMIT).status_code == 200
        except requests.ConnectionError:
            return False

    @property
    def address(self):
        """What `Wire` connects to."""
        if self.listen.startswith("unix:"):
            return self.listen.removeprefix("unix:")
        host, port = self.listen.rsplit(":", 1)
        return host.strip("[]"), int(port)

    def wire(self, limit=LIMIT):
        return Wire(self.address, limit)

    def call(self, method, target, **options):
        """One call of an application, with a client that adds and follows nothing by itself."""
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self.url + target, timeout=options.pop("timeout", LIMIT), allow_redirects=False, **options)

    def api(self, path, method="GET", **options):
        """One request to the admin listener's API."""
        return requests.request(method, f"{self.admin_url}/api/{path}", timeout=LIMIT, **options)

    def exchange(self, id):
        reply = self.api(f"exchanges/{id}")
        assert reply.status_code == 200, reply.text
        return reply.json()

    def await_states(self, id, limit=LIMIT, **states):
        """Waits until the exchange's deliveries are in these states, by upstream."""
        def there():
            exchange = self.exchange(id)
            return exchange if all(exchange["deliveries"][name]["state"] == state for name, state in states.items()) else None
        return until(there, lambda: f"{states}; there is {self.exchange(id)}", limit)

    def metrics(self):
        return Exposition(requests.get(f"{self.admin_url}/metrics", timeout=LIMIT).text)

    def await_metric(self, value, name, limit=LIMIT, **labels):
        """Waits until the sum of the samples with these labels is `value`."""
        until(lambda: self.metrics().sum(name, **labels) == value,
              lambda: f"{name}{labels} == {value}; there is {self.metrics().samples(name)}", limit)

    @property
    def logs(self):
        """Every line of standard error, each of which must be one JSON object."""
        return [json.loads(line) for line in self.stderr if line]

    def await_log(self, matches, limit=LIMIT):
        def read(line):
            document = json.loads(line)
            return document if matches(document) else None
        return self.await_line(read, limit=limit)

    def check(self):
        """What holds for every sidecar at its end: JSON lines alone, nothing of a crash, and no planted secret."""
        for line in self.stderr:
            try:
                assert isinstance(json.loads(line), dict)
            except ValueError:
                raise AssertionError(f"standard error holds a line that is not JSON: {line!r}\n{self.told}") from None
        text = "\n".join(self.stdout + self.stderr)
        assert not re.search(r"Fatal error|Backtrace|Crash:", text), self.told
        for secret in self.secrets:
            assert secret not in text, f"a secret is in the output: {secret}\n{self.told}"

    def stop(self, limit=LIMIT):
        """SIGTERM, and what must be true of a sidecar that ends so."""
        if self.running:
            self.signal(signal.SIGTERM)
        code = self.wait(limit)
        assert code == self.expected_exit, f"exit code {code}\n{self.told}"
        return code


def _listening(line):
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if document.get("message") == "listening" else None
