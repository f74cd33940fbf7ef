"""A real OpenTelemetry collector, rotel, from PyPI: it takes OTLP in, prints what it understood of it, and can pass that on."""

import importlib.util
import re
from pathlib import Path

from .processes import Child, free_port, plain_environment
from .waiting import until


def binary():
    """The program that the package ships: its own launcher does no more than start it."""
    return Path(importlib.util.find_spec("rotel").origin).parent / "rotel-agent"


class Rotel(Child):
    """Keeps nothing: what it took in is found in what it prints, and in the store that it passes it on to."""

    def __init__(self, signal="none", store=None):
        self.port = free_port()
        super().__init__(
            [binary(), "start", "--otlp-http-endpoint", f"127.0.0.1:{self.port}", "--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}",
             *(["--exporter", "otlp", "--otlp-exporter-protocol", "http", "--otlp-exporter-endpoint", store] if store
               else ["--exporter", "blackhole"]), "--debug-log", signal, "--debug-log-verbosity", "detailed"],
            env=plain_environment(), name="rotel")
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def text(self):
        return "\n".join(self.stdout + self.stderr)

    def await_text(self, pattern):
        return until(lambda: re.search(pattern, self.text), lambda: f"{pattern} in what rotel printed:\n{self.text}")
