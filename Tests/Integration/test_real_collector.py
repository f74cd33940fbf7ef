"""A real collector takes every signal in, and what it understood is what was sent."""

import json

from stage.collector import Collector
from stage.otlp import ERROR, SERVER
from stage.rotel import Rotel
from stage.sidecar import configuration
from stage.waiting import until

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


def test_all_three_signals_are_found_again_by_query_behind_it(upstream, sidecar, ends):
    """It passes on what it understood, by protobuf, to a store that is asked by trace, by attributes and by name."""
    store = ends.keep(Collector())
    rotel = ends.keep(Rotel(store=store.url))
    rotel.await_text("Starting Rotel")
    one = sidecar(
        json.dumps(configuration(
            {"a": upstream("a").url, "b": upstream("b", behave="status=503").url},
            telemetry={"otlp": {"endpoint": rotel.url, "metrics": True, "logs": True}, "log": {"access": True}})),
        env={"OTEL_METRIC_EXPORT_INTERVAL": "1000", "OTEL_BLRP_SCHEDULE_DELAY": "50"})
    one.call("POST", "/orders", data=b"x", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})

    spans = until(lambda: len(found := [span for span in store.spans() if span.trace_id == TRACE]) == 3 and found, "the trace by its id")
    (server,) = [span for span in spans if span.kind == SERVER]
    assert server.parent_id == "00f067aa0ba902b7" and server["http.response.status_code"] == 200
    (failed,) = [span for span in spans if span.get("pantograph.upstream") == "b"]
    assert (failed.status, failed["error.type"], failed.parent_id) == (ERROR, "503", server.span_id)

    records = until(lambda: {record.body: record for record in store.records() if record.trace_id == TRACE}.keys() >= {"exchange", "a delivery failed"}
                    and {record.body: record for record in store.records() if record.trace_id == TRACE}, "the trace's log records")
    assert records["exchange"].span_id == server.span_id and records["exchange"].attributes["url.path"] == "/orders"
    assert records["a delivery failed"].span_id == failed.span_id
    assert records["a delivery failed"].attributes["pantograph.error.class"] == "http_5xx"

    def point(name, **attributes):
        wanted = {key.replace("_", "."): value for key, value in attributes.items()}
        return until(lambda: next(iter(store.points(name, wanted)), None), lambda: f"{name} with {wanted}; there is {store.points(name)}")
    # Its reader of JSON, Rust's opentelemetry-proto before 0.32, loses what has 64-bit integers as the decimal strings that the
    # specification demands (opentelemetry-rust, issue 2434): histograms and summaries come through by their names alone.
    assert point("pantograph.deliveries", pantograph_upstream="b", pantograph_result="dead").value == 1
    assert point("pantograph.upstream_errors", pantograph_upstream="b", pantograph_error_class="http_5xx").value == 1
    assert point("pantograph.deliveries_pending", pantograph_upstream="a").kind == "gauge"
    assert point("process.cpu.time", cpu_mode="user").is_monotonic and point("process.uptime").value > 0
    assert point("process.memory.usage").value > 1_000_000
