"""What was sent, what the spans tell, what the metrics count and what the upstreams saw are the same numbers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from stage.otlp import CLIENT, SERVER
from stage.waiting import LIMIT, until

MIX = "ok:85;status=500:4;status=429:4;status=404:3;reset:2;close:1;body=64KiB,reset-after=1KiB:1"


def send(sidecar, number, workers=8):
    """So many requests, one connection for each worker; how many got an answer, whole or cut."""
    def work(share):
        with requests.Session() as session:
            session.trust_env = False
            for each in range(share):
                try:
                    session.request("POST" if each % 3 else "GET", f"{sidecar.url}/{each % 7}", data=b"x" * 100, timeout=LIMIT)
                except requests.exceptions.RequestException:
                    # An answer that breaks off half-way, as the mix has it.
                    pass
    shares = [number // workers + (place < number % workers) for place in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, shares))


def account(sidecar, a, b, collector, figures, number):
    """Each column must hold the same number for its row."""
    for name in ("a", "b"):
        sidecar.await_metric(number, "pantograph_deliveries_total", limit=300, upstream=name)
    exposition = sidecar.metrics()
    sidecar.stop(limit=300)
    spans = collector.spans()
    table = {
        "exchanges": {
            "sent by the application": number,
            "SERVER spans": sum(span.kind == SERVER for span in spans),
            "pantograph_exchange_duration_seconds_count": exposition.sum("pantograph_exchange_duration_seconds_count"),
        },
    }
    for name, upstream in (("a", a), ("b", b)):
        table[f"attempts at {name}"] = {
            "pantograph_upstream_attempt_duration_seconds_count":
                exposition.sum("pantograph_upstream_attempt_duration_seconds_count", upstream=name),
            "CLIENT spans": sum(span.kind == CLIENT and span["pantograph.upstream"] == name for span in spans),
            "the upstream's own count": upstream.stats()["requests"],
        }
        answered = {labels["code"]: value for labels, value in exposition.samples("pantograph_upstream_responses_total", upstream=name)}
        table[f"429s of {name}"] = {
            "pantograph_upstream_rate_limited_total": exposition.sum("pantograph_upstream_rate_limited_total", upstream=name),
            "pantograph_upstream_responses_total": answered.get("429", 0),
            "spans with error.type 429": sum(s.kind == CLIENT and s["pantograph.upstream"] == name and s.get("error.type") == "429" for s in spans),
            "the upstream's own count": upstream.stats()["by_status"].get("429", 0),
        }
        errors = exposition.sum("pantograph_upstream_errors_total", upstream=name)
        table[f"errors of {name}"] = {
            "pantograph_upstream_errors_total": errors,
            "CLIENT spans with an error": sum(s.kind == CLIENT and s["pantograph.upstream"] == name and s.status == 2 for s in spans),
        }
    figures.table(f"{number} requests, accounted for", [
        (f"{what}: {source}", int(value)) for what, row in table.items() for source, value in row.items()])
    for what, row in table.items():
        assert len(set(row.values())) == 1, (what, row)
    assert table["429s of a"]["the upstream's own count"] > 0 and table["errors of b"]["pantograph_upstream_errors_total"] > 0
    assert len({span.span_id for span in spans}) == len(spans), "a span was exported twice"
    assert exposition.sum("pantograph_otlp_spans_total", result="dropped") == 0


def run(upstream, sidecar, collector, figures, number):
    a, b = upstream("a", mix=MIX, seed=1, record=0), upstream("b", mix=MIX, seed=2, record=0)
    retry = {"attempts": 3, "backoff": "10ms", "on": ["429", "5xx"]}
    one = sidecar({"a": a.url, "b": {"url": b.url, "retry": retry}}, telemetry={"log": {"level": "warning"}},
                  limits={"mirror": {"calls": 100_000}})
    send(one, number)
    account(one, a, b, collector, figures, number)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_1000_requests_are_accounted_for(upstream, sidecar, collector, figures):
    run(upstream, sidecar, collector, figures, 1_000)


@pytest.mark.drill
@pytest.mark.timeout(1200)
def test_10000_requests_are_accounted_for(upstream, sidecar, collector, figures):
    run(upstream, sidecar, collector, figures, 10_000)


def test_pending_deliveries_are_in_the_account_until_they_end(pair):
    sidecar, _, b = pair(b="hang", drain="200ms")
    for number in range(5):
        assert sidecar.call("GET", f"/{number}").status_code == 200
    until(lambda: b.stats()["requests"] == 5, "five calls at the mirror")
    exposition = sidecar.metrics()
    assert exposition.sum("pantograph_deliveries_total", upstream="b") + exposition.sum("pantograph_deliveries_pending", upstream="b") == 5
