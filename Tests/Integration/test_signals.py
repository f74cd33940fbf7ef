"""Traces that the sampler passes over and the tail rule keeps."""

from stage.otlp import SERVER
from stage.waiting import until


def unsampled(tail=None):
    return {"sampler": "always_off"} | ({} if tail is None else {"tail": tail})


def tail_spans(sidecar, result):
    return sidecar.metrics().sum("pantograph_tail_spans_total", result=result)


def test_a_trace_with_a_failed_mirror_is_kept_whole_although_nothing_is_sampled(pair, collector):
    sidecar, _, second = pair(b="status=503", telemetry=unsampled(True))
    sidecar.call("GET", "/orders/7")
    spans = collector.await_spans(3)
    (server,) = [span for span in spans if span.kind == SERVER]
    assert {(span.trace_id, span.parent_id) for span in spans if span is not server} == {(server.trace_id, server.span_id)}
    assert {span.get("pantograph.upstream") for span in spans} == {None, "a", "b"}
    assert all(span.flags & 1 == 0 for span in spans), "the sampler's decision stands"
    sidecar.await_metric(3, "pantograph_tail_spans_total", result="kept")
    sidecar.await_metric(3, "pantograph_otlp_spans_total", result="exported")


def test_a_trace_in_which_nothing_happened_goes_after_its_wait(pair, collector):
    sidecar, _, _ = pair(telemetry=unsampled({"wait": "50ms"}))

    def dropped():
        sidecar.call("GET", "/quiet")
        return tail_spans(sidecar, "dropped") >= 3
    until(dropped, "the spans of the first call dropped")
    sidecar.stop()
    assert not collector.spans()


def test_each_reason_can_be_had_alone(pair, collector):
    sidecar, _, _ = pair(
        a="delay=300ms", b="status=429", telemetry=unsampled({"errors": False, "rate_limited": False, "slower_than": "200ms"}))
    sidecar.call("GET", "/slow")
    assert len(collector.await_spans(3)) == 3


def test_a_full_buffer_lets_the_oldest_go_and_counts_them(pair, collector):
    sidecar, _, _ = pair(telemetry=unsampled({"buffer": 3, "wait": "1h"}))
    for _ in range(4):
        sidecar.call("GET", "/")
    sidecar.await_metric(9, "pantograph_tail_spans_total", result="overflowed")
    sidecar.stop()
    assert not collector.spans()


def test_without_the_rule_an_unsampled_trace_is_not_exported(pair, collector):
    sidecar, _, _ = pair(b="status=503", telemetry=unsampled())
    sidecar.call("GET", "/")
    assert "pantograph_tail_spans_total" not in sidecar.metrics().names
    sidecar.stop()
    assert not collector.spans()
