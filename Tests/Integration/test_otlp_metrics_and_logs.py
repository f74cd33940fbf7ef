"""Metrics and logs by OTLP, where they are asked for: by the conventions' names, read by the official schema."""

import json

from stage.otlp import Record
from stage.sidecar import configuration
from stage.waiting import until
from stage.wire import request

QUICK = {"OTEL_METRIC_EXPORT_INTERVAL": "100", "OTEL_BLRP_SCHEDULE_DELAY": "50"}
BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]


def exporting(collector, **more):
    return {"otlp": {"endpoint": collector.url, "metrics": True, "logs": True}} | more


def await_point(collector, metric, attributes, holds=lambda point: True):
    def there():
        return next((point for point in collector.points(metric, attributes) if holds(point)), None)
    return until(there, lambda: f"{metric} with {attributes}; there is {collector.points(metric)}")


def test_nothing_but_spans_goes_out_unasked(pair, collector):
    sidecar, _, _ = pair(env=QUICK)
    sidecar.call("GET", "/")
    collector.server_span()
    sidecar.stop()
    assert {batch.path for batch in collector.batches} == {"/v1/traces"}
    assert "pantograph_otlp_data_points_total" not in json.dumps(sidecar.stderr)


def test_durations_go_by_the_conventions_names_and_buckets(pair, collector):
    sidecar, a, b = pair(b="status=503", env=QUICK, telemetry=exporting(collector))
    sidecar.call("POST", "/orders", data=b"x")
    server = await_point(collector, "http.server.request.duration", {"http.request.method": "POST", "http.response.status_code": 200})
    assert server.unit == "s" and server.bounds == BOUNDS and server.count == 1 and server.get("url.scheme") == "http"
    assert server.get("http.route") and server.get("error.type") is None
    good = await_point(collector, "http.client.request.duration", {"pantograph.upstream": "a"})
    assert (good.get("server.port"), good.get("http.request.method"), good.get("error.type")) == (a.port, "POST", None)
    bad = await_point(collector, "http.client.request.duration", {"pantograph.upstream": "b"})
    assert (bad.get("http.response.status_code"), bad.get("error.type"), bad.get("pantograph.role")) == (503, "503", "mirror")


def test_an_application_that_went_away_got_no_status(pair, collector):
    sidecar, a, _ = pair(a="hang", env=QUICK, telemetry=exporting(collector))
    with sidecar.wire() as wire:
        wire.send(request("GET", "/"))
        a.await_requests(1)
    point = await_point(collector, "http.server.request.duration", {"error.type": "cancelled"})
    assert point.get("http.response.status_code") is None and point.get("http.request.method") == "GET"


def test_what_has_no_convention_goes_by_its_own_name(pair, collector):
    sidecar, _, _ = pair(b="status=503", env=QUICK, telemetry=exporting(collector))
    for _ in range(3):
        sidecar.call("GET", "/")
    delivered = await_point(
        collector, "pantograph.deliveries", {"pantograph.upstream": "a", "pantograph.result": "delivered"}, lambda point: point.value == 3)
    assert delivered.kind == "sum" and delivered.is_monotonic
    pending = await_point(collector, "pantograph.deliveries_pending", {"pantograph.upstream": "a"})
    assert pending.kind == "gauge"
    errors = await_point(
        collector, "pantograph.upstream_errors", {"pantograph.upstream": "b", "pantograph.error.class": "http_5xx"},
        lambda point: point.value == 3)
    assert errors.start == delivered.start, "everything is counted since the start of the process"


def test_the_last_metrics_are_sent_at_the_end(pair, collector):
    sidecar, _, _ = pair(env={"OTEL_METRIC_EXPORT_INTERVAL": "3600000"}, telemetry=exporting(collector))
    sidecar.call("GET", "/")
    sidecar.stop()
    (point,) = collector.points("http.server.request.duration")
    assert point.count == 1


def test_log_lines_are_records_with_severity_and_ids(pair, collector):
    sidecar, _, _ = pair(b="status=503", env=QUICK, telemetry=exporting(collector))
    sidecar.call("GET", "/")
    line = sidecar.await_log(lambda line: line["message"] == "a delivery failed")
    (record,) = until(lambda: collector.records(**{"pantograph.upstream": "b"}), "the line as a record")
    assert isinstance(record, Record) and record.body == "a delivery failed"
    assert (record.severity, record.severity_text) == (13, "warning")
    assert (record.trace_id, record.span_id) == (line["trace_id"], line["span_id"])
    expected = {
        "pantograph.upstream": "b", "pantograph.role": "mirror", "pantograph.error.class": "http_5xx", "http.response.status_code": 503,
        "pantograph.exchange.id": line["exchange_id"], "pantograph.route": line["route"],
    }
    assert {key: record.attributes.get(key) for key in expected} == expected
    assert not {"trace_id", "exchange_id", "class"} & record.attributes.keys()
    until(lambda: [record for record in collector.records() if record.body == "listening"], "lines from before the export began")
    sidecar.await_metric(0, "pantograph_otlp_log_records_total", result="dropped")


def test_access_lines_are_records_where_they_are_asked_for(pair, collector):
    sidecar, _, _ = pair(env=QUICK, telemetry=exporting(collector, log={"access": True}))
    sidecar.call("POST", "/orders/7?token=hush", data=b"12345")
    (record,) = until(lambda: [record for record in collector.records() if record.body == "exchange"], "the access line as a record")
    line = sidecar.await_log(lambda line: line["message"] == "exchange")
    expected = {
        "http.request.method": "POST", "url.path": "/orders/7", "http.response.status_code": 200, "http.request.body.size": 5,
        "pantograph.route": line["route"], "pantograph.exchange.id": line["exchange_id"],
    }
    assert {key: record.attributes.get(key) for key in expected} == expected
    assert (record.trace_id, record.span_id, record.severity) == (line["trace_id"], line["span_id"], 9)
    assert abs(record.attributes["pantograph.duration_ms"] - line["duration_ms"]) < 0.001
    assert "hush" not in str(record)


def test_access_lines_are_no_records_unasked(pair, collector):
    sidecar, _, _ = pair(env=QUICK, telemetry=exporting(collector))
    sidecar.call("GET", "/")
    sidecar.stop()
    assert collector.records() and not [record for record in collector.records() if record.body == "exchange"]


def test_the_process_goes_by_the_conventions_names(pair, collector):
    sidecar, _, _ = pair(env=QUICK, telemetry=exporting(collector))
    cpu = [await_point(collector, "process.cpu.time", {"cpu.mode": mode}) for mode in ("user", "system")]
    assert all(point.kind == "sum" and point.is_monotonic and point.unit == "s" and point.value >= 0 for point in cpu)
    memory = await_point(collector, "process.memory.usage", {})
    assert (memory.kind, memory.is_monotonic, memory.unit) == ("sum", False, "By") and memory.value > 1_000_000
    uptime = await_point(collector, "process.uptime", {}, lambda point: point.value > 0)
    assert (uptime.kind, uptime.unit) == ("gauge", "s")
    for name in ("process.memory.virtual", "process.thread.count", "process.unix.file_descriptor.count"):
        assert await_point(collector, name, {}).value > 0


def test_percentiles_are_a_summary(pair, collector):
    sidecar, _, _ = pair(a="delay=50ms", env=QUICK, telemetry=exporting(collector))
    for _ in range(5):
        sidecar.call("GET", "/")
    point = await_point(
        collector, "pantograph.upstream_latency", {"pantograph.upstream": "a", "pantograph.role": "primary"}, lambda point: point.count == 5)
    assert point.kind == "summary" and point.unit == "s" and point.sum >= 0.25
    assert set(point.quantiles) == {0.5, 0.9, 0.95, 0.99, 0.999} and point.quantiles[0.5] >= 0.0495


def test_the_environment_asks_for_them_and_says_where(upstream, sidecar, collector):
    one = sidecar(
        json.dumps(configuration({"a": upstream("a").url})),
        env=QUICK | {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp",
                     "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_METRICS_HEADERS": "x-key=m"})
    one.call("GET", "/")
    await_point(collector, "http.server.request.duration", {"http.request.method": "GET"})
    until(lambda: collector.records(), "log records")
    assert {(batch.path, batch.headers.get("x-key")) for batch in collector.batches} == {("/v1/metrics", "m"), ("/v1/logs", None)}


def test_a_collector_that_is_gone_costs_no_call(pair, collector):
    sidecar, _, _ = pair(env=QUICK, telemetry={"otlp": {"endpoint": "http://127.0.0.1:1", "metrics": True, "logs": True}})
    sidecar.await_log(lambda line: line["message"].startswith("Metrics do not reach the collector"))
    sidecar.await_log(lambda line: line["message"].startswith("Logs do not reach the collector"))
    assert sidecar.call("GET", "/").status_code == 200
