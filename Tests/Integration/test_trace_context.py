"""W3C Trace Context, Level 1 and 2, and Baggage: continued, restarted, and never bent."""

import json
import re

import pytest

from stage.otlp import CLIENT, SERVER
from stage.playground import header
from stage.scripted import answering
from stage.sidecar import configuration
from stage.wire import request

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
FORMAT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@pytest.fixture
def traced(scripted, sidecar):
    """Sends one request with these fields, raw, and returns it as primary and mirror got it."""
    def make(headers=(), env=None, **more):
        a, b = scripted(answering()), scripted(answering())
        one = sidecar({"a": a.url, "b": b.url}, env=env, **more)
        with one.wire() as wire:
            wire.send(request("GET", "/t", headers))
            assert wire.reply().status == 200
        return a.await_requests(1)[0], b.await_requests(1)[0]
    return make


def context(taken):
    assert len(taken.all("traceparent")) == 1, taken.headers
    return FORMAT.fullmatch(taken.get("traceparent")).groups()


def state(taken):
    return ",".join(taken.all("tracestate"))


def test_a_trace_is_continued_with_a_new_parent_for_each_upstream(traced, collector):
    ours, theirs = (context(taken) for taken in traced([("traceparent", TRACEPARENT)]))
    assert ours[0] == theirs[0] == TRACE and ours[2] == theirs[2] == "01"
    assert len({ours[1], theirs[1], PARENT}) == 3
    server = collector.server_span()
    clients = collector.client_spans(2)
    assert server.trace_id == TRACE and server.parent_id == PARENT
    assert {client.span_id for client in clients} == {ours[1], theirs[1]}
    assert {client.parent_id for client in clients} == {server.span_id}


def test_without_a_trace_a_new_one_begins(traced, collector):
    trace, _, flags = context(traced()[0])
    assert int(flags, 16) == 0x03, "sampled, and random as Level 2 has it for a new trace id"
    server = collector.server_span()
    assert server.trace_id == trace and server.parent_id is None


MALFORMED = {
    "empty": "", "upper case": TRACEPARENT.upper(), "zero trace": f"00-{'0' * 32}-{PARENT}-01", "zero parent": f"00-{TRACE}-{'0' * 16}-01",
    "version ff": f"ff-{TRACE}-{PARENT}-01", "short": f"00-{TRACE[:-1]}-{PARENT}-01", "long": TRACEPARENT + "-x",
    "not hexadecimal": f"00-{'g' * 32}-{PARENT}-01", "no flags": f"00-{TRACE}-{PARENT}", "other separator": TRACEPARENT.replace("-", "_"),
    "higher version, run on": f"01-{TRACE}-{PARENT}-01x",
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_traceparent_restarts_the_trace_and_drops_tracestate(traced, value):
    for taken in traced([("traceparent", value), ("tracestate", "vendor=1")]):
        assert context(taken)[0] not in (TRACE, "0" * 32)
        assert state(taken) == ""


def test_two_traceparents_restart_the_trace(traced):
    taken, _ = traced([("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT)])
    assert context(taken)[0] != TRACE


def test_spaces_around_a_traceparent_are_no_part_of_it(traced):
    assert context(traced([("traceparent", f"  {TRACEPARENT}\t")])[0])[0] == TRACE


@pytest.mark.parametrize("value", [f"01-{TRACE}-{PARENT}-01", f"cc-{TRACE}-{PARENT}-01-what-the-future-holds"])
def test_a_higher_version_is_continued_as_00(traced, value):
    assert context(traced([("traceparent", value)])[0])[::2] == (TRACE, "01")


@pytest.mark.parametrize("came, goes", [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("fc", "00"), ("05", "01")])
def test_flags_are_bits_and_unknown_ones_are_sent_as_0(traced, came, goes):
    assert context(traced([("traceparent", f"00-{TRACE}-{PARENT}-{came}")])[0])[2] == goes


def test_a_trace_that_is_not_sampled_makes_no_spans_but_is_counted(pair, collector):
    sidecar, a, _ = pair()
    assert sidecar.call("GET", "/dark", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"}).status_code == 200
    assert sidecar.call("GET", "/light", headers={"traceparent": TRACEPARENT}).status_code == 200
    collector.client_spans(2)
    collector.server_span()
    sidecar.await_metric(2, "pantograph_exchange_duration_seconds_count")
    assert len(collector.spans()) == 3 and {span["url.path"] for span in collector.spans(kind=SERVER)} == {"/light"}


def test_tracestate_is_passed_on_in_its_order(traced):
    for taken in traced([("traceparent", TRACEPARENT), ("tracestate", "a=1, b@v=2 "), ("tracestate", "c=3")]):
        members = [member.strip(" \t") for member in state(taken).split(",")]
        assert members == ["a=1", "b@v=2", "c=3"]


def test_tracestate_without_traceparent_is_discarded(traced):
    assert state(traced([("tracestate", "a=1")])[0]) == ""


@pytest.mark.parametrize("value", ["a=1,a=2", "A=1", "=1", "a", "a=1=2,b", "a=" + "x" * 257, "k" * 257 + "=1"])
def test_a_malformed_tracestate_is_dropped_and_the_trace_continued(traced, value):
    taken, _ = traced([("traceparent", TRACEPARENT), ("tracestate", value)])
    assert context(taken)[0] == TRACE and value not in state(taken)


def test_32_members_go_on_and_33_never_do(traced):
    full = ",".join(f"k{n}=v" for n in range(32))
    assert state(traced([("traceparent", TRACEPARENT), ("tracestate", full)])[0]) == full
    assert state(traced([("traceparent", TRACEPARENT), ("tracestate", full + ",one=more")])[0]).count("=") <= 32


def test_at_least_512_characters_of_tracestate_go_on(traced):
    value = ",".join(f"key{n}=" + "v" * 50 for n in range(9))
    assert 512 >= len(value) > 480
    assert state(traced([("traceparent", TRACEPARENT), ("tracestate", value)])[0]) == value


def test_baggage_goes_on_whole(traced):
    value = "user=1;prop=a,region=%C3%A9u, x = y"
    for taken in traced([("baggage", value)]):
        assert ",".join(taken.all("baggage")) == value


def test_baggage_at_the_limits_goes_on_whole(traced):
    value = ",".join(f"k{n:02}=" + "v" * 123 for n in range(64))
    assert len(value) == 64 * 127 + 63
    assert traced([("baggage", value)])[0].get("baggage") == value


@pytest.mark.parametrize("sampler, argument, flags", [
    ("always_off", None, "00"), ("always_on", None, "01"), ("traceidratio", "0", "00"), ("traceidratio", "1", "01"),
    ("parentbased_always_off", None, "00"), ("parentbased_always_on", None, "01"), ("parentbased_traceidratio", "0", "00"),
])
def test_the_samplers_of_the_environment_decide_on_new_traces(traced, collector, sampler, argument, flags):
    env = {"OTEL_TRACES_SAMPLER": sampler} | ({"OTEL_TRACES_SAMPLER_ARG": argument} if argument else {})
    sampled = int(context(traced(env=env)[0])[2], 16) & 1
    assert sampled == int(flags)
    if sampled:
        collector.server_span()


@pytest.mark.parametrize("sampler, came, expected", [
    ("always_off", "01", 0), ("always_on", "00", 1), ("parentbased_always_off", "01", 1), ("parentbased_always_on", "00", 0),
])
def test_the_samplers_follow_or_overrule_the_parent(traced, sampler, came, expected):
    taken, _ = traced([("traceparent", f"00-{TRACE}-{PARENT}-{came}")], env={"OTEL_TRACES_SAMPLER": sampler})
    trace, _, flags = context(taken)
    assert trace == TRACE and int(flags, 16) & 1 == expected


def test_a_ratio_samples_about_that_share(pair, collector):
    sidecar, _, _ = pair(env={"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.5"})
    for _ in range(200):
        assert sidecar.call("GET", "/").status_code == 200
    sidecar.stop()
    # 200 throws of a fair coin: outside of these bounds less than once in 10^12.
    assert 50 < len(collector.spans(kind=SERVER)) < 150


def test_propagators_can_be_turned_off(traced):
    taken, _ = traced([("traceparent", TRACEPARENT), ("baggage", "a=1")], env={"OTEL_PROPAGATORS": "none"})
    assert not any(TRACE in value for value in taken.all("traceparent")) or taken.all("traceparent") == [TRACEPARENT]


def test_with_the_sdk_disabled_nothing_is_exported_and_calls_go_on(upstream, sidecar, collector):
    a = upstream("a")
    one = sidecar(json.dumps(configuration({"a": a.url})),
                  env={"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    assert one.call("GET", "/", headers={"traceparent": TRACEPARENT}).status_code == 200
    one.stop()
    assert collector.batches == []
    assert TRACE in header(a.requests()[0], "traceparent")


def test_a_client_span_is_the_parent_of_what_the_upstream_does(traced, collector):
    ours, _ = traced()
    [client] = [span for span in collector.client_spans(2) if span["pantograph.upstream"] == "a"]
    assert client.span_id == context(ours)[1] and client.kind == CLIENT
