"""One run: the proxies under one scenario's load, and what was measured of each, as numbers by name.

CPU is in µs for each call (or part of an answer), latencies in ms, memory in MiB, shares between 0 and 1.
"""

import subprocess
import sys
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from stage.waiting import until

from .load import IdleConnections, closed_loop, counted, open_loop
from .machine import CPUTime, memory
from .scene import scene

MEBIBYTE = 1 << 20
# A client's patience with a primary that a slow mirror stops.
PATIENCE = "3s"
# How often its latency is measured without a mirror and with one, and how many turns go before: a proxy that has hundreds of calls
# to a mirror under way grows for some ten seconds until it has what it needs for them.
SLOW_TURNS = 8
SLOW_WARM_UP = 4
# Seconds after which a proxy that has nothing to do is at rest.
SETTLES = 5
# What of several turns adds up; of all else their median stands.
SUMS = {"answered", "calls", "failed", "refused", "unsent", "seconds", "bytes"}


class Outcome(dict):
    """Each proxy's values by its name. One that fails does not cost the others theirs: `error` is its only one."""

    @contextmanager
    def of(self, proxy):
        try:
            yield
        except (AssertionError, OSError, subprocess.TimeoutExpired) as failure:
            print(failure, file=sys.stderr)
            self[proxy.name] = {"error": str(failure).splitlines()[0]}


def run(scenario, proxies, cores, lengths):
    if scenario.kind in LOADS:
        return _in_turns(scenario, proxies, cores, lengths)
    measure, outcome = {"memory": _memory, "slow": _slow, "growth": _growth}[scenario.kind], Outcome()
    for proxy in proxies:
        with outcome.of(proxy):
            outcome[proxy.name] = measure(scenario, proxy, cores, lengths)
    return outcome


def _in_turns(scenario, proxies, cores, lengths):
    """All proxies are up at once and take turns: what else the machine does lasts longer than a turn, and slows all of them."""
    load, turn = LOADS[scenario.kind]
    # Each turn would open all connections anew.
    turns = 1 if turn is None or scenario.uses_all else max(1, lengths.load // turn)
    measured, outcome = {}, Outcome()
    with ExitStack() as stack:
        for proxy in proxies:
            with outcome.of(proxy):
                here = stack.enter_context(scene(scenario, proxy, cores))
                load(scenario, here, lengths.warm_up)
                measured[proxy] = _Measured(scenario, here)
        order = deque(measured)
        for _ in range(turns):
            for proxy in order:
                if proxy.name not in outcome:
                    with outcome.of(proxy):
                        measured[proxy].turn(load, lengths.load // turns)
            order.rotate(-1)
        for proxy, one in measured.items():
            if proxy.name not in outcome:
                with outcome.of(proxy):
                    outcome[proxy.name] = one.values() | (proxy.notes(one.here.proxy) if proxy.is_proxy else {})
    return outcome


@dataclass(frozen=True)
class _Use:
    """What a proxy and its core had used at some moment, in seconds."""

    at: float
    core: float
    proxy: CPUTime

    @classmethod
    def by(cls, here):
        return cls(time.monotonic(), here.cores.busy(), CPUTime.of(here.proxy))

    def since(self, earlier, calls, ended):
        """`calls` were carried meanwhile, the last of them at `ended`."""
        used = self.proxy - earlier.proxy
        others = self.core - earlier.core - used.total
        return {
            "cpu": used.total, "user": used.user, "system": used.system, "calls": calls, "busy": used.total / (ended - earlier.at),
            "disturbed": max(0.0, others) / (self.at - earlier.at)}


class _Measured:
    """What a load in several turns tells of one proxy, and what the proxy used meanwhile."""

    def __init__(self, scenario, here):
        self._scenario, self.here = scenario, here
        self._arrived_before = here.arrived()
        self._reports = []

    def turn(self, load, seconds):
        if self.here.proxy is None:
            self._reports.append(load(self._scenario, self.here, seconds))
        elif self._scenario.uses_all:
            self._reports.append(self._turn_once_open(load, seconds))
        else:
            begun = _Use.by(self.here)
            report = load(self._scenario, self.here, seconds)
            ended = time.monotonic()
            # What the last calls leave to be done is theirs too.
            self.here.arrived()
            self._reports.append(report | _Use.by(self.here).since(begun, report["answered"], ended))

    def _turn_once_open(self, load, seconds):
        """A turn that is measured from when every connection has made a call until the last but a few: what it costs to open a
        thousand connections, and to close them, is not a call's."""
        connections, rate = self._scenario.connections, self._scenario.rate
        with ThreadPoolExecutor(1) as pool:
            before = self.here.primary.arrived()
            # A second more, so that all are open still when what is measured ends.
            running = pool.submit(load, self._scenario, self.here, -(-connections // rate) + seconds + 1)
            first = self._await_arrivals(before + connections)
            begun = _Use.by(self.here)
            calls = self._await_arrivals(first + seconds * rate) - first
            used = _Use.by(self.here).since(begun, calls, time.monotonic())
            return running.result() | used

    def _await_arrivals(self, number):
        """How many calls have arrived at the primary, once they are so many."""
        def enough():
            arrived = self.here.primary.arrived()
            return arrived if arrived >= number else None

        return until(enough, f"{number} calls at the primary")

    def values(self):
        reports, values = self._reports, {}
        for name in reports[0]:
            each = [report[name] for report in reports]
            values[name] = sum(each) if name in SUMS else median(each)
        if self.here.proxy is None:
            return values
        calls = max(1, values.pop("calls") * self._scenario.parts)
        for name in ("cpu", "user", "system"):
            values[name] = sum(report[name] for report in reports) / calls * 1e6
        at_primary, at_mirror = (now - before for now, before in zip(self.here.arrived(), self._arrived_before))
        lost = _lost(at_primary, at_mirror, values["answered"], self._scenario.connections * len(reports))
        return values | {"lost": lost, "exports": self.here.collector.arrived()}


def _closed(scenario, here, seconds):
    return closed_loop(here.url, folder=here.folder, cores=here.cores, seconds=seconds, **_shape(scenario))


def _events(scenario, here, seconds):
    """Whole answers alone, as each takes long: what is cut off at the end would be paid for and not counted."""
    return counted(here.url, cores=here.cores, calls=scenario.connections * seconds, **_shape(scenario))


def _open(scenario, here, seconds):
    return open_loop(here.url, cores=here.cores, seconds=seconds, rate=scenario.rate, uses_all=scenario.uses_all, **_shape(scenario))


# By kind: a load, and the seconds of a turn, or None where one turn is all. At a fixed rate a turn of a second would have too few of
# the kernel's ticks to tell what was used.
LOADS = {"closed": (_closed, 1), "open": (_open, 3), "events": (_events, None)}


def _shape(scenario):
    return {"method": scenario.method, "body": scenario.body, "connections": scenario.connections}


def _lost(at_primary, at_mirror, answered, cut_off):
    """The share of calls that did not arrive at both. What was cut off at the end of a turn may be at one of them alone."""
    missing = max(answered - at_primary, at_primary - at_mirror)
    return missing / at_primary if missing > cut_off else 0.0


def _memory(scenario, proxy, cores, lengths):
    with scene(scenario, proxy, cores) as here:
        # What a start needed goes in the seconds after it.
        time.sleep(SETTLES)
        values = {"rest": memory(here.proxy) / MEBIBYTE, "rest_anonymous": memory(here.proxy, "RssAnon") / MEBIBYTE}
        idle = IdleConnections(here.proxy.port, 1000)
        try:
            here.arrived()
            values["idle"] = memory(here.proxy) / MEBIBYTE
            values["idle_anonymous"] = memory(here.proxy, "RssAnon") / MEBIBYTE
        finally:
            idle.close()
        return values


def _slow(scenario, proxy, cores, lengths):
    """The primary's latency without a mirror and with the slow one, and what that does to the proxy.

    Both are measured in short turns: what else the machine does lasts longer, and slows both. Calls come at scattered moments, or
    the answers of a mirror that takes a whole second would all come together with calls.
    """
    load = _shape(scenario) | {"cores": cores, "rate": scenario.rate, "timeout": PATIENCE, "is_uneven": True}
    turn = load | {"seconds": lengths.slow}
    with scene(scenario, proxy, cores, has_mirror=False) as alone, scene(scenario, proxy, cores) as here:
        for one in (alone, here):
            open_loop(one.url, **load | {"seconds": SLOW_WARM_UP * lengths.slow})
        before, arrived_before = memory(here.proxy), here.mirror.arrived()
        without, with_mirror = [], []
        pair = [(alone, without), (here, with_mirror)]
        for _ in range(SLOW_TURNS):
            for one, reports in pair:
                reports.append(open_loop(one.url, **turn))
            pair.reverse()
        seconds = SLOW_TURNS * lengths.slow
        due, answered = seconds * scenario.rate, sum(report["answered"] for report in with_mirror)
        p99_alone, p99_with = (median(report["p99"] for report in reports) for reports in (without, with_mirror))
        values = {
            "p99_alone": p99_alone, "p99_with": p99_with, "ratio": p99_with / p99_alone if answered else 0,
            "unanswered": 1 - answered / due, "growth": (memory(here.proxy) - before) / MEBIBYTE / seconds}
        arrived = here.mirror.arrived() - arrived_before
        return values | {"not_mirrored": max(0.0, 1 - arrived / due)} | proxy.notes(here.proxy)


def _growth(scenario, proxy, cores, lengths):
    """Memory after each tenth of the calls: after the first, every buffer has its size."""
    with scene(scenario, proxy, cores) as here:
        load = _shape(scenario) | {"cores": cores, "calls": lengths.growth // 10}
        answered, values = 0, {}
        for tenth in range(1, 11):
            answered += counted(here.url, **load)["answered"]
            values[f"after_{tenth}"] = memory(here.proxy) / MEBIBYTE
            values[f"anonymous_{tenth}"] = memory(here.proxy, "RssAnon") / MEBIBYTE
        return values | proxy.notes(here.proxy) | {"answered": answered}
