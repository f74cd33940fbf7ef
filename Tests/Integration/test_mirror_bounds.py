"""What waits for mirrors is bounded, and a mirror's call that does not fit is skipped and counted; the primary's never is."""

import threading

from stage.scripted import answering
from stage.waiting import until


def skipped(sidecar, **labels):
    return sidecar.metrics().sum("pantograph_deliveries_skipped_total", **labels)


def test_a_body_over_mirror_body_goes_to_the_primary_alone(pair):
    sidecar, a, b = pair(limits={"mirror": {"body": "16KiB", "memory": "1MiB", "calls": 100}})
    assert sidecar.call("POST", "/fits", data=b"x" * 16384).status_code == 200
    assert sidecar.call("POST", "/over", data=b"x" * 16385).status_code == 200
    sidecar.await_metric(1, "pantograph_deliveries_skipped_total", upstream="b", reason="body_too_large")
    sidecar.await_metric(1, "pantograph_deliveries_total", upstream="b", result="delivered")
    assert [r["target"] for r in b.await_requests(1)] == ["/fits"]
    assert [r["target"] for r in a.await_requests(2)] == ["/fits", "/over"]


def test_a_chunked_body_over_mirror_body_goes_to_the_primary_alone(pair):
    sidecar, a, b = pair(limits={"mirror": {"body": "16KiB"}})
    assert sidecar.call("POST", "/over", data=iter([b"x" * 4096] * 10)).status_code == 200
    sidecar.await_metric(1, "pantograph_deliveries_skipped_total", upstream="b", reason="body_too_large")
    assert a.await_requests(1)[0]["body_bytes"] == 40960
    assert b.stats()["requests"] == 0


def test_calls_over_mirror_calls_are_skipped_and_the_count_comes_out_even(pair):
    sidecar, a, b = pair(b="hang", limits={"mirror": {"body": "1MiB", "memory": "64MiB", "calls": 5}}, drain="200ms")
    assert [sidecar.call("GET", f"/{n}").status_code for n in range(20)] == [200] * 20
    sidecar.await_metric(15, "pantograph_deliveries_skipped_total", upstream="b", reason="mirror_queue_full")
    until(lambda: b.stats()["requests"] == 5, "five calls at the mirror")
    assert sidecar.metrics().sum("pantograph_deliveries_pending", upstream="b") == 5
    assert a.stats()["requests"] == 20


def test_bytes_over_mirror_memory_are_skipped(pair):
    sidecar, a, b = pair(b="hang", limits={"mirror": {"body": "256KiB", "memory": "1MiB", "calls": 1000}}, drain="200ms")
    assert [sidecar.call("POST", f"/{n}", data=b"x" * 200_000).status_code for n in range(20)] == [200] * 20
    until(lambda: skipped(sidecar, upstream="b", reason="mirror_queue_full") >= 14, "skips for want of memory")
    counted = skipped(sidecar, upstream="b")
    until(lambda: b.stats()["requests"] + counted == 20, "mirrored and skipped together are what was sent")
    assert a.stats()["requests"] == 20


def test_room_comes_back_when_a_mirrors_call_has_ended(scripted, upstream, sidecar):
    release = threading.Event()

    def mirror(conversation):
        while True:
            conversation.take()
            release.wait(60)
            conversation.answer()

    second = scripted(mirror)
    one = sidecar({"a": upstream("a").url, "b": second.url}, limits={"mirror": {"calls": 1}})
    assert one.call("GET", "/1").status_code == 200
    second.await_requests(1)
    assert one.call("GET", "/2").status_code == 200
    one.await_metric(1, "pantograph_deliveries_skipped_total", upstream="b", reason="mirror_queue_full")
    release.set()
    one.await_metric(1, "pantograph_deliveries_total", upstream="b", result="delivered")
    assert one.call("GET", "/3").status_code == 200
    one.await_metric(2, "pantograph_deliveries_total", upstream="b", result="delivered")


def test_a_skip_is_in_the_log_or_the_span_with_its_reason(pair, collector):
    sidecar, _, _ = pair(limits={"mirror": {"body": "1KiB"}})
    assert sidecar.call("POST", "/over", data=b"x" * 2000).status_code == 200
    span = collector.server_span()
    [event] = [event for event in span.events if "skip" in event.name]
    assert "body_too_large" in event.attributes.values() and "b" in event.attributes.values(), event


def test_an_upstreams_own_in_flight_bound_skips_a_mirror_and_answers_503_for_a_primary(scripted, sidecar):
    release = threading.Event()

    def slow(conversation):
        while True:
            conversation.take()
            release.wait(60)
            conversation.answer()

    first, second = scripted(slow), scripted(slow)
    block = {"limit": {"in_flight": 1}}
    one = sidecar({"a": {"url": first.url} | block, "b": {"url": second.url} | block})
    replies = []
    caller = threading.Thread(target=lambda: replies.append(one.call("GET", "/1")))
    caller.start()
    first.await_requests(1)
    second.await_requests(1)
    refused = one.call("GET", "/2")
    assert refused.status_code == 503 and refused.json()["class"] == "rate_limited"
    one.await_metric(1, "pantograph_deliveries_skipped_total", upstream="b", reason="rate_limited")
    release.set()
    caller.join(60)
    assert replies[0].status_code == 200


def test_a_call_that_waits_in_vain_for_a_connection_was_never_on_the_wire(pair):
    """It is our own limit that stopped it: skipped, and no attempt in metrics or spans that the upstream never saw."""
    # Two answers go on for longer than anybody waits for a first byte.
    sidecar, _, b = pair(b="sse=1000/10ms", drain="1s", b_block={
        "timeout": {"connect": "300ms", "first_byte": "1s", "total": "2s"}, "limit": {"connections": 2, "in_flight": 100}})
    assert [sidecar.call("GET", f"/{n}").status_code for n in range(10)] == [200] * 10
    sidecar.await_metric(0, "pantograph_deliveries_pending", upstream="b")
    exposition = sidecar.metrics()
    attempts = exposition.sum("pantograph_upstream_attempt_duration_seconds_count", upstream="b")
    assert attempts == b.stats()["requests"] == 2
    assert exposition.sum("pantograph_deliveries_skipped_total", upstream="b", reason="rate_limited") == 8


def test_a_primarys_call_that_waits_in_vain_for_a_connection_is_answered_503(scripted, sidecar):
    release = threading.Event()

    def streaming(conversation):
        conversation.take()
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n.")
        release.wait(60)
        conversation.send(b".")

    primary = scripted(streaming)
    one = sidecar({"a": {"url": primary.url, "timeout": {"first_byte": "400ms"}, "limit": {"connections": 1}}})
    replies = []
    caller = threading.Thread(target=lambda: replies.append(one.call("GET", "/1")))
    caller.start()
    primary.await_requests(1)
    refused = one.call("GET", "/2")
    assert refused.status_code == 503 and refused.json()["class"] == "rate_limited" and refused.headers["Retry-After"] == "1"
    assert "limit.connections" in refused.json()["detail"]
    one.await_metric(1, "pantograph_deliveries_skipped_total", upstream="a", reason="rate_limited")
    release.set()
    caller.join(60)
    assert replies[0].content == b".." and len(primary.requests) == 1


def test_every_delivery_is_accounted_for(pair):
    """The invariant: opened = delivered + dead + skipped + pending, for each upstream."""
    sidecar, _, b = pair(b="status=503", limits={"mirror": {"body": "1KiB"}})
    for number in range(30):
        sidecar.call("POST", f"/{number}", data=b"x" * (2000 if number % 3 == 0 else 10))
    sidecar.await_metric(30, "pantograph_deliveries_total", upstream="b")
    sidecar.await_metric(30, "pantograph_deliveries_total", upstream="a")
    exposition = sidecar.metrics()
    results = {labels["result"]: value for labels, value in exposition.samples("pantograph_deliveries_total", upstream="b") if value}
    assert results == {"dead": 20, "skipped": 10}
    assert exposition.sum("pantograph_deliveries_skipped_total", upstream="b") == 10
    assert exposition.sum("pantograph_deliveries_pending") == 0
