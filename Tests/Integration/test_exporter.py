"""Spans leave in batches by OTLP/HTTP JSON, and a collector that misbehaves costs the application nothing."""

import json
import time

import pytest

from stage.collector import Answer
from stage.otlp import CLIENT, SERVER
from stage.processes import free_port
from stage.sidecar import configuration
from stage.waiting import until

OTLP_SPANS = "pantograph_otlp_spans_total"


def counted(sidecar, result):
    return sidecar.metrics().sum(OTLP_SPANS, result=result)


def test_a_batch_is_zipped_json_with_its_headers(pair, collector):
    sidecar, _, _ = pair(telemetry={"otlp": {"endpoint": collector.url, "headers": {"X-Tenant": "one"}, "compression": "gzip"}})
    sidecar.call("GET", "/")
    collector.server_span()
    batch = collector.batches[0]
    assert batch.path == "/v1/traces"
    assert batch.headers["content-type"] == "application/json" and batch.headers["content-encoding"] == "gzip"
    assert batch.raw[:2] == b"\x1f\x8b" and batch.headers["x-tenant"] == "one"
    assert "pantograph" in batch.headers["user-agent"].lower()


@pytest.mark.parametrize("asked, coding", [("gzip", "gzip"), ("none", None), ("", None)])
def test_compression_is_the_environments_and_none_to_this_machine(pair, collector, asked, coding):
    sidecar, _, _ = pair(env={"OTEL_EXPORTER_OTLP_COMPRESSION": asked})
    sidecar.call("GET", "/")
    collector.server_span()
    assert collector.batches[0].headers.get("content-encoding") == coding


def test_the_endpoint_comes_from_the_environment(upstream, sidecar, collector):
    one = sidecar(
        json.dumps(configuration({"a": upstream("a").url})),
        env={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%20b,x-other=c"})
    one.call("GET", "/")
    collector.server_span()
    batch = collector.batches[0]
    assert (batch.path, batch.headers["x-key"], batch.headers["x-other"]) == ("/v1/traces", "a b", "c")


def test_the_endpoint_of_traces_is_used_as_it_stands(upstream, sidecar, collector):
    one = sidecar(
        json.dumps(configuration({"a": upstream("a").url})),
        env={"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.url + "/own/path"})
    one.call("GET", "/")
    collector.server_span()
    assert collector.batches[0].path == "/own/path"


def test_a_batch_is_no_larger_than_said(pair, collector):
    sidecar, _, _ = pair(env={"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10", "OTEL_BSP_SCHEDULE_DELAY": "10000"})
    for number in range(20):
        sidecar.call("GET", f"/{number}")
    sidecar.stop()
    assert len(collector.spans()) == 60
    assert max(len(batch.spans) for batch in collector.batches) <= 10


@pytest.mark.parametrize("answer", [Answer(503), Answer(429), Answer(502), Answer(504), Answer(cut=True)],
                         ids=["503", "429", "502", "504", "connection lost"])
def test_what_may_succeed_later_is_sent_again(pair, collector, answer):
    collector.answer_next(answer)
    sidecar, _, _ = pair()
    sidecar.call("GET", "/")
    collector.client_spans(2)
    collector.server_span()
    assert collector.batches[0].spans[0].span_id in {span.span_id for span in collector.spans()}
    sidecar.await_metric(3, OTLP_SPANS, result="exported")
    assert counted(sidecar, "dropped") == 0


def test_retry_after_is_honoured(pair, collector):
    collector.answer_next(Answer(503, {"Retry-After": "2"}))
    sidecar, _, _ = pair()
    sidecar.call("GET", "/")
    first, second = collector.await_batches(2)[:2]
    assert second.at - first.at >= 1.9


@pytest.mark.parametrize("status", [400, 401, 404, 413, 500, 501])
def test_what_will_never_succeed_is_dropped_and_counted(pair, collector, status):
    collector.usual = Answer(status)
    sidecar, _, _ = pair()
    sidecar.call("GET", "/")
    sidecar.await_metric(3, OTLP_SPANS, result="dropped")
    sent = [span.span_id for batch in collector.batches for span in batch.spans]
    assert len(sent) == len(set(sent)) == 3, "dropped, and not sent again"
    assert counted(sidecar, "exported") == 0


def test_partial_success_is_counted_as_rejected_and_not_sent_again(pair, collector):
    sidecar, _, _ = pair(env={"OTEL_BSP_SCHEDULE_DELAY": "500"})
    collector.usual = Answer(document={"partialSuccess": {"rejectedSpans": "1", "errorMessage": "no more of these"}})
    sidecar.call("GET", "/")
    until(lambda: counted(sidecar, "exported") + counted(sidecar, "rejected") == 3, "three spans settled")
    assert counted(sidecar, "rejected") == len(collector.batches)
    sent = [span.span_id for batch in collector.batches for span in batch.spans]
    assert len(sent) == len(set(sent)) == 3


def test_a_warning_in_partial_success_rejects_nothing(pair, collector):
    collector.usual = Answer(document={"partialSuccess": {"rejectedSpans": 0, "errorMessage": "soon to be refused"}})
    sidecar, _, _ = pair()
    sidecar.call("GET", "/")
    sidecar.await_metric(3, OTLP_SPANS, result="exported")
    assert counted(sidecar, "rejected") == 0


def test_an_answer_that_is_no_json_breaks_nothing(pair, collector):
    collector.usual = Answer(document="\x00<html>")
    sidecar, _, _ = pair()
    for _ in range(3):
        assert sidecar.call("GET", "/").status_code == 200
    until(lambda: counted(sidecar, "exported") + counted(sidecar, "dropped") == 9, "nine spans settled")


def test_a_collector_that_hangs_costs_the_application_nothing_and_tells_it_once(pair, collector):
    collector.usual = Answer(hang=True)
    sidecar, _, _ = pair(env={"OTEL_BSP_MAX_QUEUE_SIZE": "64", "OTEL_EXPORTER_OTLP_TIMEOUT": "500", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "16"},
                         drain="1s")
    for number in range(200):
        assert sidecar.call("GET", f"/{number}").status_code == 200
    until(lambda: counted(sidecar, "dropped") >= 400, "what the queue can't hold dropped")
    sidecar.await_log(about_export)
    assert len([line for line in sidecar.logs if about_export(line)]) <= 3, sidecar.told


def about_export(line):
    return line["level"] in ("warning", "error") and "span" in line["message"].lower()


def test_a_collector_that_is_not_there_is_told_once_and_found_again(pair, collector, ends):
    from stage.collector import Collector
    port = free_port()
    sidecar, _, _ = pair(telemetry={"otlp": {"endpoint": f"http://127.0.0.1:{port}"}})
    for number in range(20):
        assert sidecar.call("GET", f"/{number}").status_code == 200
    sidecar.await_log(lambda line: line["level"] in ("warning", "error"))
    late = ends.keep(Collector(port))
    late.await_spans(20, kind=SERVER)
    late.await_spans(40, kind=CLIENT)
    warnings = [line for line in sidecar.logs if line["level"] in ("warning", "error")]
    assert len(warnings) <= 3, warnings


def test_what_the_queue_cannot_hold_is_dropped_and_counted(pair, collector):
    sidecar, _, _ = pair(env={"OTEL_BSP_MAX_QUEUE_SIZE": "10", "OTEL_BSP_SCHEDULE_DELAY": "60000", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10"})
    collector.usual = Answer(hang=True)
    for number in range(30):
        assert sidecar.call("GET", f"/{number}").status_code == 200
    until(lambda: counted(sidecar, "dropped") >= 60, "drops counted")
    sidecar.signal(15)
    sidecar.signal(15)
    sidecar.expected_exit = sidecar.wait()


def test_every_span_is_exported_when_it_ends(pair, collector):
    sidecar, _, _ = pair(env={"OTEL_BSP_SCHEDULE_DELAY": "3600000"})
    for number in range(50):
        sidecar.call("GET", f"/{number}")
    sidecar.await_metric(50, "pantograph_deliveries_total", upstream="b")
    sidecar.stop()
    assert len(collector.spans(kind=SERVER)) == 50 and len(collector.spans(kind=CLIENT)) == 100


def test_a_hanging_collector_cannot_keep_it_from_ending(pair, collector):
    collector.usual = Answer(hang=True)
    sidecar, _, _ = pair(drain="500ms", env={"OTEL_EXPORTER_OTLP_TIMEOUT": "1000"})
    sidecar.call("GET", "/")
    started = time.monotonic()
    sidecar.stop()
    assert time.monotonic() - started < 30


def test_exports_are_measured(pair, collector):
    sidecar, _, _ = pair()
    sidecar.call("GET", "/")
    sidecar.await_metric(3, OTLP_SPANS, result="exported")
    assert sidecar.metrics().sum("pantograph_otlp_export_duration_seconds_count") >= 1
