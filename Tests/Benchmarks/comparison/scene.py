"""Everything that one run needs, started in order and ended whatever happens."""

import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stage.certificates import Authority

from .machine import end
from .proxies import Place
from .upstreams import Collector, ScriptedUpstream, Upstream
from .waiting import await_answer


@dataclass
class Scene:
    folder: Path
    cores: object
    primary: object
    mirror: object
    collector: Collector
    # None where the load goes to the primary itself.
    proxy: object | None
    url: str

    def arrived(self):
        """Calls that the primary and the mirror have got, once no more come."""
        before = None
        for _ in range(40):
            now = (self.primary.arrived(), self.mirror.arrived())
            if now == before:
                return now
            before = now
            time.sleep(0.25)
        return before


@contextmanager
def scene(scenario, proxy, cores, has_mirror=True):
    """A fresh proxy between fresh upstreams, in a folder of their own, ready for calls."""
    started = []

    def keep(child):
        started.append(child)
        return child

    with tempfile.TemporaryDirectory(prefix="pantograph-benchmark-") as name:
        folder = Path(name)
        try:
            authority = Authority(folder / "authority") if scenario.tls else None
            primary = keep(_upstream("a", scenario, folder, cores, authority, scenario.answer, scenario.both_behave))
            answer = "nothing" if proxy.mirror_answer == "nothing" else scenario.answer
            behaves = scenario.mirror_behaves or scenario.both_behave
            mirror = keep(_upstream("b", scenario, folder, cores, authority, answer, behaves))
            collector = keep(Collector(folder / "collector", cores.pinned))
            place = Place(
                folder, cores, primary, mirror if has_mirror else None, collector, authority.certificate if authority else None,
                scenario.http2, is_unbounded=scenario.kind != "slow")
            child, url = None, primary.url
            if proxy.is_proxy:
                child = keep(proxy.start(place))
                await_answer(child.port, child)
                url = f"http://127.0.0.1:{child.port}"
            yield Scene(folder, cores, primary, mirror, collector, child, url)
        finally:
            for child in reversed(started):
                end(child)


def _upstream(name, scenario, folder, cores, authority, answer, behaves):
    if behaves:
        return ScriptedUpstream(name, cores.pinned, behaves)
    tls = authority.issue(name) if authority else None
    return Upstream(name, folder / name, cores.pinned, answer, tls, scenario.http2)
