"""An upstream fails in one way after the other while the other is well: what alerts, page, terminal and traces say of it.

The rules are those of dashboards/ as they stand, with their windows and their waiting, in a real Prometheus. The short
course, of about 9 minutes, has a minute of 429s: too little for the alerts that wait longest. PANTOGRAPH_OUTAGE=long takes
about 25 minutes, and every alert fires that such an outage is for.
"""

import os
import time
from dataclasses import dataclass

import pytest

from stage.alerting import AlertWatch
from stage.applications import Application
from stage.moody import MoodyUpstream
from stage.outage import Chronicle, portrait, story
from stage.processes import REPOSITORY, binary, run
from stage.prometheus import Prometheus
from stage.waiting import until

browser_module = pytest.importorskip("stage.browser")
RULES = sorted((REPOSITORY / "dashboards" / "prometheus").glob("*.rules.yml"))
WARM_UP, PORTRAIT = 30, 10


@dataclass
class Course:
    """Seconds of each phase, after which time a delivery is given up, which alerts fire and which do no more than wait."""
    seconds: dict
    gives_up: str
    fires: set
    waits: set


COURSES = {
    "short": Course({"429": 60, "500": 90, "hangs": 90}, "2m",
                    fires={"PantographBreakerOpen", "PantographDeadLetters"}, waits={"PantographRateLimited", "PantographMirrorsSkipped"}),
    "long": Course({"429": 720, "500": 200, "hangs": 180}, "780s",
                   fires={"PantographBreakerOpen", "PantographDeadLetters", "PantographMirrorsSkipped", "PantographRateLimited",
                          "PantographLagGrowing"},
                   waits=set()),
}
# What such an outage may raise as well, by how many attempts and comparisons there were meanwhile.
MAY = {"PantographSuccessDrop", "PantographDisagreement"}
NAME = os.environ.get("PANTOGRAPH_OUTAGE", "short")
COURSE = COURSES[NAME]


@pytest.fixture
def stage(ends, sidecar, collector, tmp_path):
    """(sidecar, a, b, Prometheus): orders are accepted for both, everything else is answered by a and mirrored to b."""
    a, b = ends.keep(MoodyUpstream()), ends.keep(MoodyUpstream())
    troubled = {
        "url": b.url, "timeout": {"connect": "1s", "first_byte": "2s", "total": "5s"},
        "retry": {"attempts": 1000, "backoff": "500ms", "max_backoff": "5s", "give_up_after": COURSE.gives_up,
                  "on": ["connect", "timeout", "reset", "429", "5xx"]},
        "breaker": {"failure_ratio": 0.5, "window": "10s", "minimum": 5, "open_for": "5s"},
    }
    routes = [
        {"name": "orders", "match": {"methods": ["POST"], "path": "/orders/*"}, "respond": "accepted", "to": ["a", "b"]},
        {"name": "rest", "match": {"path": "/**"}, "respond": "a", "to": ["a", "b"], "compare": {"noise": 0}},
    ]
    one = sidecar({"a": {"url": a.url, "breaker": True}, "b": troubled}, routes=routes, spool={"path": str(tmp_path / "spool")},
                  telemetry={"otlp": {"endpoint": collector.url, "logs": True}})
    prometheus = ends.keep(Prometheus(tmp_path / "prometheus", one.admin, RULES, interval="5s"))
    return one, a, b, prometheus


def is_mended(one):
    """Everything that was accepted has ended, b is called as before, and nothing is left to replay."""
    b = next(each for each in one.api("upstreams").json()["upstreams"] if each["name"] == "b")
    return b["breaker"] == "closed" and not b.get("paused_for_s") and b["lag_s"] < 5 and b["dead_letters"] == 0


@pytest.mark.drill
@pytest.mark.timeout(3000)
def test_an_outage_is_told_of_harms_no_other_call_and_heals(stage, collector, ends, figures):
    one, a, b, prometheus = stage
    browser = ends.keep(browser_module.Browser())
    chronicle = Chronicle(one, collector, browser, REPOSITORY / ".build-tests" / f"outage-{NAME}")
    until(lambda: prometheus.value("up") == 1 and not prometheus.alerts(), "the first scrape")
    watch = ends.keep(AlertWatch(prometheus, chronicle.note))
    reading = ends.keep(Application(one.url, "GET", "/stock/#", 0.2))
    ordering = ends.keep(Application(one.url, "POST", "/orders/#", 1))

    portraits, borders = {}, [time.time()]
    for mood, seconds in ({"well": WARM_UP} | COURSE.seconds).items():
        b.mood = mood
        chronicle.note(f"== b: {mood}, for {seconds} s")
        endure(seconds - PORTRAIT, collector)
        portraits[mood] = portrait(chronicle, mood)
        time.sleep(max(0.0, borders[-1] + seconds - time.time()))
        borders.append(time.time())
    b.mood = "well"
    chronicle.note("== b: well again")

    until(lambda: not pending(one), "every delivery ended", 300)
    chronicle.note(f"every delivery has ended; dead letters of b: {letters(one)}")
    replayed = run([binary("pantograph"), "dead-letters", "replay", "--upstream", "b", "--rate", "50/1s", "--yes", "--admin", one.admin])
    assert replayed.code == 0, replayed
    chronicle.note(f"pantograph dead-letters replay: {replayed.out.strip().splitlines()[-1]}")
    until(lambda: is_mended(one), lambda: f"b mended; there is {one.api('upstreams').json()}", 300)
    chronicle.note("b is mended: breaker closed, nothing waits, no dead letter")
    until(lambda: watch.is_quiet, lambda: f"no alert; there are {prometheus.alerts()}", 1200)
    portraits["after"] = portrait(chronicle, "after")
    chronicle.note("== no alert is raised any more")
    for application in (reading, ordering, watch):
        application.stop()
    until(lambda: not pending(one), "the last deliveries", 60)
    chronicle.lines += ["", *story(one, collector, "b")]
    chronicle.write()
    figures.text("an outage of b", chronicle.lines)
    figures.table("calls of the application, ms", [
        (f"{name}, {phase}", percentiles(each.between(*times)))
        for name, each in (("GET, answered by a", reading), ("POST, accepted", ordering))
        for phase, times in (("before", borders[:2]), ("b fails", (borders[1], borders[-1])), ("b well again", (borders[-1], time.time())))
    ], columns=("calls", "p50", "p99", "longest", "not as meant"))

    check_calls(reading, ordering, a, b)
    check_alerts(watch)
    check_words(portraits)
    check_traces(collector)


def endure(seconds, collector):
    """Waits, and reads meanwhile what has come to the collector: all of it at the end would take longer than a phase."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(5.0, max(0.0, end - time.monotonic())))
        collector.spans()


def pending(one):
    return one.metrics().sum("pantograph_deliveries_pending", upstream="b") > 3


def letters(one):
    return int(one.metrics().sum("pantograph_dead_letters", upstream="b"))


def percentiles(calls):
    times = sorted(1000 * seconds for _, seconds, _ in calls)
    wrong = sum(result not in (200, 202) for _, _, result in calls)
    return [len(times), times[len(times) // 2], times[len(times) * 99 // 100], times[-1], wrong] if times else [0, 0.0, 0.0, 0.0, 0]


def check_calls(reading, ordering, a, b):
    """The primary's calls were untouched: each is answered, a saw each once; and nothing that was accepted is lost for b."""
    assert {result for _, _, result in reading.calls} == {200} and {result for _, _, result in ordering.calls} == {202}
    targets = [f"/stock/{number}" for number in range(len(reading.calls))] + [f"/orders/{number}" for number in range(len(ordering.calls))]
    assert sorted(taken.target for taken in a.requests) == sorted(targets)
    got = {target for method, target, status in b.answered if method == "POST" and status == 200}
    assert got == {f"/orders/{number}" for number in range(len(ordering.calls))}


def check_alerts(watch):
    fired, raised = watch.names("firing"), watch.names("pending") | watch.names("firing")
    assert COURSE.fires <= fired <= COURSE.fires | MAY, fired
    assert COURSE.waits <= raised <= COURSES["long"].fires | MAY, raised
    assert all(labels.get("upstream") == "b" for _, labels, _, _ in watch.changes), watch.changes


def check_words(portraits):
    """Each phase is named alike by the API, the terminal and the page."""
    well, limited, failing, hanging, after = (portraits[name] for name in ("well", "429", "500", "hangs", "after"))
    for each in (well, after):
        assert each.upstreams["b"]["breaker"] == "closed" and not each.upstreams["b"].get("paused_for_s")
        assert "All is well" in each.summary, each.summary
    assert limited.upstreams["b"]["rate_limited"] > 0 and "http_429" in limited.top and "http_429" in limited.page["b"]
    assert "b: " in limited.summary and "pause" in limited.summary, limited.summary
    assert failing.upstreams["b"]["errors"]["http_5xx"] > 0 and "http_5xx" in failing.page["b"]
    assert hanging.upstreams["b"]["errors"]["first_byte_timeout"] > 0 and "first_byte_timeout" in hanging.page["b"]
    for each in (failing, hanging):
        assert each.upstreams["b"]["breaker"] in ("open", "half_open") and "breaker" in each.summary, each.summary
        assert "open" in each.top or "probing" in each.top or "half" in each.top, each.top
    for each in portraits.values():
        assert "a: " not in each.summary and not each.upstreams["a"]["errors"], each.summary


def check_traces(collector):
    spans = [span for span in collector.spans() if span.get("pantograph.upstream") == "b"]
    assert {"http_429", "http_5xx", "first_byte_timeout"} <= {span.get("pantograph.error.class") for span in spans}
    events = {event.name for span in collector.spans() for event in span.events}
    assert {"pantograph.retry.scheduled", "pantograph.delivery.skipped"} <= events, events
    told = {record.body for record in collector.records()}
    assert {"the upstream asked for a pause", "the breaker opened", "the breaker closed"} <= told, told
    assert not [span for span in collector.spans() if span.get("pantograph.upstream") == "a" and span.get("pantograph.error.class")]
