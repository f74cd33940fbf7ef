"""Traces that the sampler passes over and the tail rule keeps."""

import json
import threading
import time
from collections import Counter, defaultdict

from stage.otlp import SERVER
from stage.sidecar import configuration
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
    for n in range(4):
        sidecar.call("GET", "/")
        # One after the other, mirror included, so that what is oldest is known.
        sidecar.await_metric(n + 1, "pantograph_deliveries_total", upstream="b", result="delivered")
    sidecar.await_metric(9, "pantograph_tail_spans_total", result="overflowed")
    sidecar.stop()
    assert not collector.spans()


def test_without_the_rule_an_unsampled_trace_is_not_exported(pair, collector):
    sidecar, _, _ = pair(b="status=503", telemetry=unsampled())
    sidecar.call("GET", "/")
    assert "pantograph_tail_spans_total" not in sidecar.metrics().names
    sidecar.stop()
    assert not collector.spans()


def whole_trace(collector, spans):
    """The spans, of one trace, its SERVER span among them: told by name and upstream."""
    found = collector.await_spans(spans)
    assert len({span.trace_id for span in found}) == 1
    (server,) = [span for span in found if span.kind == SERVER]
    assert {span.parent_id for span in found} <= {span.span_id for span in found} | {server.parent_id}
    return sorted((span.name.split()[0], span.get("pantograph.upstream") or "") for span in found)


def test_a_mirror_that_fails_long_after_the_wait_finds_its_exchanges_spans(pair, collector):
    sidecar, _, _ = pair(
        b="hang", b_block={"timeout": {"first_byte": "1500ms"}}, telemetry=unsampled({"wait": "50ms", "slower_than": "1h"}))
    sidecar.call("GET", "/orders/7", headers={"x-playground-a": "ok"})
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        # What comes meanwhile makes the buffer look at what has waited.
        sidecar.call("GET", "/quiet", headers={"x-playground-b": "ok"})
    assert whole_trace(collector, 3) == [("GET", ""), ("GET", "a"), ("GET", "b")]


def test_a_dead_letter_long_after_the_wait_has_its_server_span(accepting, upstream, collector):
    a = upstream("a", behave="status=429,retry-after=2")
    one = accepting({"a": {"url": a.url, "retry": {"attempts": 2, "backoff": "2s", "max_backoff": "2s"}}},
                    telemetry=unsampled({"wait": "50ms", "slower_than": "1h", "rate_limited": False}))
    first = one.call("POST", "/orders", data=b"x", headers={"x-playground-a": "status=429,retry-after=2"}).json()["id"]
    a.await_requests(1)
    # It waits behind the pause, and then fails for good.
    second = one.call("POST", "/late", data=b"x", headers={"x-playground-a": "delay=300ms,status=400"}).json()["id"]
    one.await_states(second, a="dead")
    spans = [span for span in until(lambda: len(collector.spans()) >= 3 and collector.spans(), "its spans")
             if span["pantograph.exchange.id"] == second]
    assert sorted(span.name.split()[0] for span in spans) == ["POST", "POST", "deliver"]
    assert first != second


def test_one_in_a_hundred_is_sampled_and_every_trace_that_matters_is_whole(upstream, scripted, sidecar, collector, figures):
    """By OpenTelemetry's variables at the head, and the rule at the tail; what is kept agrees with the metrics."""
    def answers(conversation):
        while True:
            taken = conversation.take()
            if taken.target == "/slow":
                time.sleep(0.6)
            body = b'{"n":2}' if taken.target == "/differs" else b'{"n":1}'
            conversation.answer({"/error": 503, "/limited": 429}.get(taken.target, 200), [("Content-Type", "application/json")], body)

    def primary(conversation):
        while True:
            conversation.take()
            conversation.answer(200, [("Content-Type", "application/json")], b'{"n":1}')
    a, b = scripted(primary), scripted(answers)
    rule = {"name": "all", "match": {"path": "/**"}, "respond": "a", "compare": {"noise": 0, "status": False}}
    one = sidecar(json.dumps(configuration(
        {"a": a.url, "b": b.url}, routes=[rule],
        telemetry={"otlp": {"endpoint": collector.url}, "tail": {"slower_than": "500ms", "wait": "300ms"}})),
        env={"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01"})
    plan = ["/error", "/limited", "/differs", "/slow"] * 5 + ["/fine"] * 300
    lanes = [plan[place::4] for place in range(4)]

    def run(lane):
        for target in lane:
            assert one.call("GET", target).status_code == 200
    threads = [threading.Thread(target=run, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one.await_metric(len(plan), "pantograph_agreement_total")
    one.await_metric(len(plan), "pantograph_upstream_responses_total", upstream="b")

    def kept():
        traces = defaultdict(list)
        for span in collector.spans():
            traces[span.trace_id].append(span)
        return [spans for spans in traces.values() if not any(span.flags & 1 for span in spans)], traces

    def path(spans):
        return next((span["url.path"] for span in spans if span.kind == SERVER), None)
    until(lambda: len([spans for spans in kept()[0] if len(spans) == 3]) >= 18, lambda: f"the traces; there are {Counter(map(path, kept()[0]))}")
    metrics = one.metrics()
    one.stop()
    unsampled_traces, traces = kept()
    assert all(len(spans) == 3 for spans in traces.values()), "every trace is whole"
    paths = Counter(path(spans) for spans in traces.values())
    assert {key: count for key, count in paths.items() if key != "/fine"} == {"/error": 5, "/limited": 5, "/differs": 5, "/slow": 5}
    assert all(path(spans) != "/fine" for spans in unsampled_traces), "nothing else is kept"
    assert paths["/fine"] <= 20, "about one in a hundred"
    spans = [span for spans in traces.values() for span in spans if span.get("pantograph.upstream") == "b"]
    counted = {
        "errors": (metrics.sum("pantograph_upstream_errors_total", upstream="b", **{"class": "http_5xx"}), sum(span.get("http.response.status_code") == 503 for span in spans)),
        "429s": (metrics.sum("pantograph_upstream_rate_limited_total", upstream="b"), sum(span.get("http.response.status_code") == 429 for span in spans)),
        "disagreements": (metrics.sum("pantograph_agreement_total", result="body"), sum(any(event.name == "pantograph.disagreement" for event in span.events) for span in spans)),
    }
    figures.table("Tail rule at a head rate of 1 %: counted by metrics, found in spans", [(key, f"{int(one)}, {other}") for key, (one, other) in counted.items()])
    assert all(one == other == 5 for one, other in counted.values()), counted
