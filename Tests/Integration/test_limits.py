"""What an upstream is spared: the rate that it allows, a pause that it asks for, and calls while it fails."""

import time

import pytest

from stage.scripted import answering
from stage.waiting import holds, until

QUICK = {"attempts": 50, "backoff": "10ms", "max_backoff": "10s"}


def timed(times, status=200, headers=()):
    def script(conversation):
        while True:
            conversation.take()
            times.append(time.monotonic())
            conversation.answer(status, headers)
    return script


def test_deliveries_are_paced_to_the_rate(scripted, accepting):
    times = []
    one = accepting({"a": {"url": scripted(timed(times)).url, "limit": {"rate": "50/1s", "burst": 5}}})
    began = time.monotonic()
    for n in range(100):
        assert one.call("POST", f"/{n}", data=b"1").status_code == 202
    one.await_metric(100, "pantograph_deliveries_total", upstream="a", result="delivered")
    # How many came within a second says nothing: what is held up on its way comes closer together than it left. But the
    # nth can never come before there is room for it, however slow the machine.
    assert all(at - began >= (n - 5) / 50 - 0.001 for n, at in enumerate(sorted(times), start=1))
    assert one.metrics().sum("pantograph_upstream_errors_total") == 0
    assert one.metrics().sum("pantograph_retries_total") == 0


def test_a_primary_over_its_rate_is_503_and_a_mirror_is_skipped(upstream, sidecar):
    block = {"limit": {"rate": "1/1h", "burst": 2}}
    one = sidecar({"a": upstream("a").url, "b": {"url": upstream("b").url} | block})
    for n in range(5):
        assert one.call("GET", f"/{n}").status_code == 200
    one.await_metric(3, "pantograph_deliveries_skipped_total", upstream="b", reason="rate_limited")
    two = sidecar({"a": {"url": upstream("a").url} | block})
    assert [two.call("GET", f"/{n}").status_code for n in range(4)] == [200, 200, 503, 503]
    refused = two.call("GET", "/x")
    assert refused.json()["class"] == "rate_limited" and int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_pauses_the_whole_upstream(scripted, upstream, accepting, status):
    times = []

    def script(conversation):
        while True:
            conversation.take()
            times.append(time.monotonic())
            conversation.answer(status if len(times) == 1 else 200, [("Retry-After", "1")] if len(times) == 1 else ())

    one = accepting({"a": {"url": scripted(script).url, "retry": QUICK}, "b": upstream("b").url})
    first = one.call("POST", "/1", data=b"1").json()["id"]
    until(lambda: times, "the first attempt")
    until(lambda: one.metrics().sum("pantograph_upstream_retry_after_seconds", upstream="a") > 0, "the pause shown")
    others = [one.call("POST", f"/{n}", data=b"1").json()["id"] for n in range(2, 6)]
    for id in others:
        one.await_states(id, b="delivered")
    for id in [first, *others]:
        one.await_states(id, a="delivered")
    assert len(times) == 6 and times[1] - times[0] >= 0.95
    assert one.metrics().sum("pantograph_upstream_throttled_seconds_total", upstream="a") >= 0.9


def test_an_exhausted_quota_pauses_before_a_429_comes(scripted, accepting):
    times = []

    def script(conversation):
        while True:
            conversation.take()
            times.append(time.monotonic())
            conversation.answer(200, [("RateLimit", f'"default";r={0 if len(times) == 3 else 9};t=1')])

    one = accepting({"a": {"url": scripted(script).url, "retry": QUICK, "limit": {"in_flight": 1}}})
    for n in range(6):
        one.call("POST", f"/{n}", data=b"1")
    one.await_metric(6, "pantograph_deliveries_total", upstream="a", result="delivered")
    assert times[3] - times[2] >= 0.95
    assert one.metrics().sum("pantograph_upstream_quota_remaining", upstream="a") == 9


def test_a_mirror_in_memory_is_skipped_while_its_upstream_is_paused_and_a_primary_is_not(scripted, upstream, sidecar):
    paused = answering(429, [("Retry-After", "30")])
    one = sidecar({"a": scripted(paused).url, "b": scripted(paused).url})
    assert one.call("GET", "/1").status_code == 429
    one.await_metric(1, "pantograph_upstream_rate_limited_total", upstream="b")
    assert one.call("GET", "/2").status_code == 429
    one.await_metric(1, "pantograph_deliveries_skipped_total", upstream="b", reason="paused")
    one.await_metric(2, "pantograph_upstream_rate_limited_total", upstream="a")


BREAKER = {"failure_ratio": 0.5, "window": "10s", "minimum": 4, "open_for": "300ms"}


def test_an_open_breaker_burns_no_attempts_and_one_probe_closes_it(scripted, upstream, accepting):
    is_well = []

    def script(conversation):
        while True:
            conversation.take()
            conversation.answer(200 if is_well else 500)

    a = scripted(script)
    one = accepting({"a": {"url": a.url, "breaker": BREAKER, "retry": QUICK | {"attempts": 100}}})
    ids = [one.call("POST", f"/{n}", data=b"1").json()["id"] for n in range(30)]
    until(lambda: one.metrics().sum("pantograph_upstream_breaker_state", upstream="a") == 2, "the breaker open")
    seen = len(a.requests)
    assert seen <= 40
    # One probe in each 300 ms.
    assert holds(lambda: len(a.requests) <= seen + 6, 1.0)
    is_well.append(True)
    for id in ids:
        one.await_states(id, a="delivered")
    until(lambda: one.metrics().sum("pantograph_upstream_breaker_state", upstream="a") == 0, "the breaker closed")


def test_the_span_of_the_attempt_that_opened_the_breaker_tells_so(scripted, sidecar, collector):
    one = sidecar({"a": {"url": scripted(answering(500)).url, "breaker": BREAKER | {"open_for": "1h"}}})
    assert [one.call("GET", "/").status_code for _ in range(5)] == [500] * 4 + [503]
    spans = collector.client_spans(4)
    opened = [span for span in spans if [event.name for event in span.events] == ["pantograph.breaker.opened"]]
    assert len(opened) == 1 and opened[0]["pantograph.upstream"] == "a"


def test_an_open_breaker_answers_a_primary_at_once_and_skips_a_mirror(scripted, upstream, sidecar):
    failing = scripted(answering(500))
    one = sidecar({"a": {"url": failing.url, "breaker": BREAKER | {"open_for": "1h"}}})
    assert [one.call("GET", f"/{n}").status_code for n in range(4)] == [500] * 4
    refused = one.call("GET", "/x")
    assert refused.status_code == 503 and refused.json()["class"] == "breaker_open" and "Retry-After" in refused.headers
    assert len(failing.requests) == 4
    two = sidecar({"a": upstream("a").url, "b": {"url": failing.url, "breaker": BREAKER | {"open_for": "1h"}}})
    for n in range(4):
        two.call("GET", f"/{n}")
        two.await_metric(n + 1, "pantograph_upstream_responses_total", upstream="b")
    assert two.call("GET", "/x").status_code == 200
    two.await_metric(1, "pantograph_deliveries_skipped_total", upstream="b", reason="breaker_open")
