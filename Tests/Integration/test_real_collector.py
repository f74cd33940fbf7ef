"""A real collector takes every signal in, and what it understood is what was sent."""

import json

from stage.rotel import Rotel
from stage.sidecar import configuration

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_trace_is_found_again_by_its_id(upstream, sidecar, ends):
    rotel = ends.keep(Rotel("traces"))
    rotel.await_text("Starting Rotel")
    one = sidecar(json.dumps(configuration(
        {"a": upstream("a").url, "b": upstream("b", behave="status=503").url}, telemetry={"otlp": {"endpoint": rotel.url}})))
    reply = one.call("POST", "/orders", data=b"x", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    assert reply.status_code == 200
    one.await_metric(3, "pantograph_otlp_spans_total", result="exported")
    rotel.await_text(rf"Trace ID +: {TRACE}\n +Parent ID +: 00f067aa0ba902b7[^#]*SPAN_KIND_SERVER")
    rotel.await_text(rf"Trace ID +: {TRACE}[^#]*SPAN_KIND_CLIENT[^#]*pantograph.upstream: Str\(\"?b\"?\)")


def test_metrics_and_logs_are_understood(upstream, sidecar, ends):
    collectors = {signal: ends.keep(Rotel(signal)) for signal in ("metrics", "logs")}
    for rotel in collectors.values():
        rotel.await_text("Starting Rotel")
    one = sidecar(
        json.dumps(configuration({"a": upstream("a").url})),
        env={"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp",
             "OTEL_METRIC_EXPORT_INTERVAL": "100",
             "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": collectors["metrics"].url + "/v1/metrics",
             "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": collectors["logs"].url + "/v1/logs"})
    one.call("GET", "/")
    collectors["metrics"].await_text(r"http\.server\.request\.duration")
    collectors["metrics"].await_text(r"pantograph\.deliveries")
    collectors["metrics"].await_text(r"process\.cpu\.time")
    collectors["metrics"].await_text(r"pantograph\.upstream_latency")
    collectors["logs"].await_text(r"listening")
