"""The reader that every exported batch goes through refuses what a strict OTLP receiver would refuse or misread."""

import copy
import json

import pytest

from stage.otlp import CLIENT, ERROR, NotOTLP, parse

SOUND = {
    "resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]},
        "scopeSpans": [{
            "scope": {"name": "pantograph", "version": "0.1.0"},
            "spans": [{
                "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331",
                "parentSpanId": "00f067aa0ba902b7", "flags": 257, "name": "GET", "kind": 3,
                "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000000000005",
                "attributes": [
                    {"key": "http.response.status_code", "value": {"intValue": "429"}},
                    {"key": "http.request.header.x", "value": {"arrayValue": {"values": [{"stringValue": "y"}]}}},
                ],
                "events": [{"timeUnixNano": "1700000000000000003", "name": "retry"}],
                "status": {"code": 2, "message": "no"},
            }],
        }],
    }],
}


def changed(change):
    document = copy.deepcopy(SOUND)
    change(document, document["resourceSpans"][0]["scopeSpans"][0]["spans"][0])
    return json.dumps(document).encode()


def test_a_sound_batch_is_read_whole():
    [span] = parse(json.dumps(SOUND).encode())
    assert (span.name, span.kind, span.status, span.flags) == ("GET", CLIENT, ERROR, 257)
    assert (span.trace_id, span.span_id, span.parent_id) == (
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7")
    assert span["http.response.status_code"] == 429 and span["http.request.header.x"] == ["y"]
    assert span.resource == {"service.name": "checkout"} and span.scope == "pantograph"
    assert [event.name for event in span.events] == ["retry"]


UNSOUND = {
    "base64 id": lambda d, s: s.update(traceId="CvdlGRbNQ92ESOshHIAxnA=="),
    "upper-case id": lambda d, s: s.update(spanId="B7AD6B7169203331"),
    "id of zeros": lambda d, s: s.update(traceId="0" * 32),
    "short id": lambda d, s: s.update(spanId="b7ad6b71692033"),
    "empty parent": lambda d, s: s.update(parentSpanId=""),
    "no span id": lambda d, s: s.pop("spanId"),
    "number for 64 bits": lambda d, s: s.update(startTimeUnixNano=1700000000000000000),
    "fraction of nanoseconds": lambda d, s: s.update(endTimeUnixNano="1700000000000000005.5"),
    "number for intValue": lambda d, s: s["attributes"][0]["value"].update(intValue=429),
    "name of an enumeration": lambda d, s: s.update(kind="SPAN_KIND_CLIENT"),
    "unknown kind": lambda d, s: s.update(kind=9),
    "unknown field": lambda d, s: s.update(startTime="1"),
    "snake case": lambda d, s: s.update(trace_id=s.pop("traceId")),
    "end before start": lambda d, s: s.update(endTimeUnixNano="1"),
    "event outside": lambda d, s: s["events"][0].update(timeUnixNano="1800000000000000000"),
    "attribute twice": lambda d, s: s["attributes"].append(s["attributes"][0]),
    "attribute without value": lambda d, s: s["attributes"][0].update(value={}),
    "message without error": lambda d, s: s["status"].update(code=0),
    "no name": lambda d, s: s.update(name=""),
    "no service.name": lambda d, s: d["resourceSpans"][0]["resource"].update(attributes=[]),
    "empty envelope": lambda d, s: d["resourceSpans"][0]["scopeSpans"][0].update(spans=[]),
    "attributes as object": lambda d, s: s.update(attributes={"a": "b"}),
    "flags beyond 32 bits": lambda d, s: s.update(flags=1 << 32),
}


@pytest.mark.parametrize("change", UNSOUND.values(), ids=UNSOUND.keys())
def test_an_unsound_batch_is_refused(change):
    with pytest.raises(NotOTLP):
        parse(changed(change))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"resourceSpans":[{}],"resourceSpans":[]}', b'{"resourceSpans":[]}'])
def test_what_is_no_batch_is_refused(body):
    with pytest.raises((NotOTLP, AttributeError)):
        parse(body)
