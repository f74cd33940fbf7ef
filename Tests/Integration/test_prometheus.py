"""A real Prometheus scrapes the sidecar, and what people ask of it has answers."""

import math
import time

import pytest

from stage.prometheus import Prometheus
from stage.waiting import until


@pytest.fixture
def scraped(pair, ends, tmp_path):
    sidecar, a, b = pair(a="delay=1ms..20ms", b="status=429")
    prometheus = ends.keep(Prometheus(tmp_path / "prometheus", sidecar.admin))
    until(lambda: prometheus.value("up") == 1, lambda: f"up == 1: {prometheus.target()}")
    return sidecar, prometheus


@pytest.mark.long
def test_prometheus_scrapes_and_answers_what_people_ask(scraped):
    sidecar, prometheus = scraped
    started = time.time()
    calls = 0

    def has(expression, condition=lambda value: not math.isnan(value)):
        """Calls go on until Prometheus has an answer to it."""
        def asked():
            nonlocal calls
            assert sidecar.call("GET", "/").status_code == 200
            calls += 1
            value = prometheus.value(expression)
            return value is not None and condition(value)
        until(asked, expression)

    has('histogram_quantile(0.99, sum by (le) (rate(pantograph_exchange_duration_seconds_bucket[10s])))', lambda v: 0 < v <= 10)
    has('histogram_quantile(0.5, sum by (le, upstream) (rate(pantograph_upstream_attempt_duration_seconds_bucket{upstream="a"}[10s])))',
        lambda v: 0 < v <= 10)
    has('sum(rate(pantograph_upstream_rate_limited_total{upstream="b"}[10s]))', lambda v: v > 0)
    has('sum(rate(pantograph_upstream_errors_total{class="http_429"}[10s])) / sum(rate(pantograph_upstream_responses_total[10s]))',
        lambda v: 0 < v <= 1)
    has('pantograph_upstream_latency_seconds{upstream="a",quantile="0.99"}', lambda v: v > 0)
    sidecar.await_metric(calls, "pantograph_deliveries_total", upstream="b")
    until(lambda: prometheus.value("sum(pantograph_exchange_duration_seconds_count)") == calls, f"{calls} exchanges in Prometheus")
    until(lambda: prometheus.value('pantograph_upstream_rate_limited_total{upstream="b"}') == calls, f"{calls} 429s in Prometheus")

    found = until(lambda: prometheus.exemplars("pantograph_exchange_duration_seconds_bucket", started - 60, time.time() + 60), "exemplars")
    for series in found:
        for exemplar in series["exemplars"]:
            assert len(exemplar["labels"]["trace_id"]) == 32 and len(exemplar["labels"]["span_id"]) == 16
    assert prometheus.target()["lastError"] == "" and prometheus.value("scrape_samples_scraped") > 0
