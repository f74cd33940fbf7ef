"""Fixtures: each makes its processes for one test and ends them with it, checking what must hold of them at their end."""

import json
import signal

import pytest

from stage.certificates import Authority
from stage.collector import Collector
from stage.figures import Figures
from stage.nginx import Nginx
from stage.playground import PlaygroundUpstream
from stage.processes import binary, run
from stage.scripted import ScriptedUpstream
from stage.sidecar import Sidecar, configuration


# A shell starts what it puts in the background with SIGINT ignored, and every child would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


FIGURES = Figures()


@pytest.fixture
def figures():
    """Where a test puts what it has measured: shown at the end of the run."""
    return FIGURES


def pytest_terminal_summary(terminalreporter):
    if FIGURES.sections or FIGURES.texts:
        terminalreporter.section("figures")
        for line in FIGURES.lines():
            terminalreporter.write_line(line)


class Ends:
    """What must be closed at a test's end, the last made first; `check` of each is called before anything is closed."""

    def __init__(self):
        self._made = []

    def keep(self, made):
        self._made.append(made)
        return made

    def close(self):
        failures = []
        for step in ("stop", "check", "close"):
            for made in reversed(self._made):
                try:
                    if step != "stop" or isinstance(made, Sidecar):
                        getattr(made, step, lambda: None)()
                except Exception as failure:
                    failures.append(failure)
        if failures:
            raise failures[0]


@pytest.fixture
def ends():
    ends = Ends()
    yield ends
    ends.close()


@pytest.fixture
def collector(ends):
    """Every batch that comes here in a test is read strictly by the official schema when the test ends."""
    return ends.keep(Collector())


@pytest.fixture
def upstream(ends):
    """Makes the playground's upstreams: upstream("a", behave="status=503")."""
    return lambda name="a", **options: ends.keep(PlaygroundUpstream(name, **options))


@pytest.fixture
def scripted(ends):
    """Makes upstreams that follow a Python script for each connection."""
    return lambda script, **options: ends.keep(ScriptedUpstream(script, **options))


@pytest.fixture
def sidecar(ends, collector, tmp_path):
    """Makes running sidecars that export to the test's collector: sidecar({"a": url, "b": {…}}, drain="2s")."""

    def make(upstreams, env=None, secrets=(), awaits=True, **more):
        if isinstance(upstreams, str):
            settings = upstreams
        else:
            telemetry = {"otlp": {"endpoint": collector.url}} | more.pop("telemetry", {})
            settings = configuration(upstreams, telemetry=telemetry, **more)
        return ends.keep(Sidecar(settings, tmp_path, env, secrets, awaits))

    return make


@pytest.fixture
def pair(upstream, sidecar):
    """A sidecar with primary a and mirror b, both well-behaved unless told otherwise: (sidecar, a, b)."""

    def make(a=None, b=None, a_block=None, b_block=None, **more):
        first, second = upstream("a", behave=a), upstream("b", behave=b)
        upstreams = {"a": {"url": first.url} | (a_block or {}), "b": {"url": second.url} | (b_block or {})}
        return sidecar(upstreams, **more), first, second

    return make


@pytest.fixture
def accepting(sidecar, tmp_path):
    """A sidecar whose every call is accepted and carried to each upstream: accepting({"a": url, "b": {…}}, route={…})."""

    def make(upstreams, route=None, spool=None, **more):
        rule = {"name": "all", "match": {"path": "/**"}, "respond": "accepted", "to": list(upstreams)} | (route or {})
        return sidecar(upstreams, routes=[rule], spool={"path": str(tmp_path / "spool")} | (spool or {}), **more)

    return make


@pytest.fixture
def refused(tmp_path):
    """What `pantograph run` says where it does not start: refused({"a": url}, spool={…}, respond="accepted")."""

    def make(upstreams, spool, respond="accepted"):
        file = tmp_path / "refused.yaml"
        rule = {"name": "all", "match": {"path": "/**"}, "respond": respond, "to": list(upstreams)}
        file.write_text(json.dumps(configuration(upstreams, routes=[rule], spool=spool)))
        done = run([binary("pantograph"), "run", "--config", file], limit=30)
        assert done.code == 1 and len(done.err.splitlines()) == 1, done
        return done.err

    return make


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("other-authority"), name="another authority")


@pytest.fixture
def nginx(ends, tmp_path, authority):
    """Puts nginx before a server: nginx(to=url, http2=True)."""

    def make(to, http2=True, names="DNS:localhost,IP:127.0.0.1"):
        key, certificate = authority.issue(f"nginx{len(list(tmp_path.glob('nginx*')))}", names)
        return ends.keep(Nginx(tmp_path / f"nginx-{http2}-{to.rsplit(':', 1)[1]}", key, certificate, to, http2))

    return make
