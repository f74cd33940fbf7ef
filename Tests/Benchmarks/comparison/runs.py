"""One run: a proxy under one scenario's load, and what was measured, as numbers by name.

CPU is in µs for each call (or part of an answer), latencies in ms, memory in MiB, shares between 0 and 1.
"""

import time
from statistics import median

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


def run(scenario, proxy, cores, lengths):
    return {"closed": _closed, "events": _events, "open": _open, "memory": _memory, "slow": _slow, "growth": _growth}[scenario.kind](
        scenario, proxy, cores, lengths)


def _closed(scenario, proxy, cores, lengths):
    with scene(scenario, proxy, cores) as here:
        load = _shape(scenario) | {"folder": here.folder, "cores": cores}
        closed_loop(here.url, seconds=lengths.warm_up, **load)
        return _measured(scenario, proxy, here, lambda: closed_loop(here.url, seconds=lengths.load, **load))


def _events(scenario, proxy, cores, lengths):
    """Whole answers alone, as each takes long: what is cut off at the end would be paid for and not counted."""
    with scene(scenario, proxy, cores) as here:
        load = _shape(scenario) | {"cores": cores}
        counted(here.url, calls=scenario.connections, **load)
        return _measured(scenario, proxy, here, lambda: counted(here.url, calls=scenario.connections * lengths.load, **load))


def _open(scenario, proxy, cores, lengths):
    with scene(scenario, proxy, cores) as here:
        load = _shape(scenario) | {"cores": cores, "rate": scenario.rate, "uses_all": scenario.uses_all}
        open_loop(here.url, seconds=lengths.warm_up, **load)
        return _measured(scenario, proxy, here, lambda: open_loop(here.url, seconds=lengths.load, **load))


def _shape(scenario):
    return {"method": scenario.method, "body": scenario.body, "connections": scenario.connections}


def _measured(scenario, proxy, here, load):
    """What the load tells, and what the proxy used meanwhile."""
    if here.proxy is None:
        return load()
    arrived_before, started, busy, before = here.arrived(), time.monotonic(), here.cores.busy(), CPUTime.of(here.proxy)
    report = load()
    used, busy, seconds = CPUTime.of(here.proxy) - before, here.cores.busy() - busy, time.monotonic() - started
    calls = max(1, report["answered"] * scenario.parts)
    values = report | {
        "cpu": used.total / calls * 1e6, "user": used.user / calls * 1e6, "system": used.system / calls * 1e6,
        "busy": used.total / seconds, "disturbed": max(0.0, busy - used.total) / seconds}
    at_primary, at_mirror = (now - before for now, before in zip(here.arrived(), arrived_before))
    values["lost"] = _lost(at_primary, at_mirror, report["answered"], scenario.connections)
    return values | proxy.notes(here.proxy) | {"exports": here.collector.arrived()}


def _lost(at_primary, at_mirror, answered, connections):
    """The share of calls that did not arrive at both. What was cut off at the load's end may be at one of them alone."""
    missing = max(answered - at_primary, at_primary - at_mirror)
    return missing / at_primary if missing > connections else 0.0


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
