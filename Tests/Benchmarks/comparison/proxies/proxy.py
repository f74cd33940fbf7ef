"""What all proxies have in common."""

from dataclasses import dataclass
from pathlib import Path

from stage.processes import Child

from ..machine import Cores


@dataclass(frozen=True)
class Place:
    """What a proxy finds when it starts."""

    folder: Path
    cores: Cores
    primary: object
    # None: a proxy that carries each call to the primary alone.
    mirror: object | None
    collector: object
    # The certificate by which both upstreams are verified, where they speak TLS.
    authority: Path | None
    http2: bool
    # Bounds on connections and on calls in flight are set so high that none is reached; otherwise they are the product's own.
    is_unbounded: bool

    def pinned(self, command):
        return self.cores.pinned(command, is_proxy=True)


class Proxy:
    """`name` is what it is called by on the command line and in files, `title` in the table."""

    # Whether it stands between the load and the upstreams at all.
    is_proxy = True

    def __init__(self, name, title, mirror_answer="small"):
        self.name, self.title, self.mirror_answer = name, title, mirror_answer

    def cannot(self, scenario):
        """Why it can't take part, or None."""
        if self.mirror_answer == "nothing" and not scenario.has_plain_mirror:
            return "the scenario's mirror does not answer 204"
        return None

    def start(self, place: Place) -> Child:
        """A process with `port`, which answers calls soon."""
        raise NotImplementedError

    def notes(self, child) -> dict:
        """What the proxy itself says of a run, by name of the value."""
        return {}
