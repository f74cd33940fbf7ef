"""`durable: true`: the primary answers at once, and mirrors get the call from the spool, however long that takes."""

import pytest

from stage.waiting import until


@pytest.fixture
def durable(sidecar, tmp_path):
    def make(upstreams, route=None, spool=None, **more):
        rule = {"name": "all", "match": {"path": "/**"}, "respond": next(iter(upstreams)), "to": list(upstreams), "durable": True}
        return sidecar(upstreams, routes=[rule | (route or {})], spool={"path": str(tmp_path / "spool")} | (spool or {}), **more)
    return make


def test_the_mirror_gets_it_when_it_is_back(upstream, durable):
    a = upstream("a")
    b = upstream("b")
    b.terminate()
    one = durable({"a": a.url, "b": {"url": b.url, "retry": {"attempts": 1000, "backoff": "50ms", "max_backoff": "100ms"}}})
    for n in range(10):
        assert one.call("POST", f"/{n}", data=b"x" * n).status_code == 200
    one.await_metric(10, "pantograph_deliveries_pending", upstream="b")
    again = upstream("b", port=b.port)
    assert sorted(r["target"] for r in again.await_requests(10)) == sorted(f"/{n}" for n in range(10))
    one.await_metric(10, "pantograph_deliveries_total", upstream="b", result="delivered")
    assert one.metrics().sum("pantograph_deliveries_total", upstream="a", result="delivered") == 10


def test_bodies_beyond_mirror_body_go_through_the_spool(upstream, durable):
    a, b = upstream("a"), upstream("b")
    one = durable({"a": a.url, "b": b.url}, limits={"mirror": {"body": "1KiB"}}, spool={"max_body": "100KiB"})
    assert one.call("POST", "/fits", data=b"x" * 100_000).status_code == 200
    assert one.call("POST", "/over", data=b"x" * 200_000).status_code == 200
    assert one.call("POST", "/chunked", data=iter([b"x" * 50_000] * 2)).status_code == 200
    one.await_metric(1, "pantograph_deliveries_skipped_total", upstream="b", reason="body_too_large")
    assert sorted((r["target"], r["body_bytes"]) for r in b.await_requests(2)) == [("/chunked", 100_000), ("/fits", 100_000)]
    assert len(a.await_requests(3)) == 3


def test_an_application_that_goes_away_in_mid_body_is_a_counted_skip(upstream, durable):
    one = durable({"a": upstream("a").url, "b": upstream("b").url})
    with one.wire() as wire:
        wire.send(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
        until(lambda: one.metrics().sum("pantograph_upstream_in_flight", upstream="a") == 1, "the primary's call")
    one.await_metric(1, "pantograph_deliveries_skipped_total", upstream="b", reason="cancelled")


def test_a_full_spool_is_a_counted_skip_and_never_the_primarys_trouble(upstream, durable):
    down = {"url": "http://127.0.0.1:1", "retry": {"attempts": 100, "backoff": "1h", "max_backoff": "1h"}}
    one = durable({"a": upstream("a").url, "b": down}, spool={"max_size": "1MiB", "max_body": "256KiB"})
    for n in range(12):
        assert one.call("POST", f"/{n}", data=b"x" * 200_000).status_code == 200
    until(lambda: one.metrics().sum("pantograph_deliveries_skipped_total", upstream="b", reason="spool_full") > 0, "skips")
    skipped = one.metrics().sum("pantograph_deliveries_skipped_total", upstream="b")
    one.await_metric(12 - skipped, "pantograph_deliveries_pending", upstream="b")
