"""Spans tell the story of an exchange by OpenTelemetry's HTTP semantic conventions (1.44)."""

import re
import time

import pytest

from stage.otlp import CLIENT, ERROR, INTERNAL, SERVER, UNSET
from stage.processes import free_port
from stage.scripted import answering
from stage.wire import request

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def by_upstream(spans):
    return {span["pantograph.upstream"]: span for span in spans}


def test_an_exchange_is_one_server_span_and_one_client_span_for_each_upstream(pair, collector):
    sidecar, _, _ = pair()
    sidecar.call("POST", "/orders?x=1", data=b"12345", headers={"User-Agent": "app/1"})
    clients = collector.client_spans(2)
    server = collector.server_span()
    assert len(collector.spans()) == 3 and not collector.spans(kind=INTERNAL)
    assert by_upstream(clients).keys() == {"a", "b"}
    for client in clients:
        assert (client.trace_id, client.parent_id) == (server.trace_id, server.span_id)
        assert client.start >= server.start
    assert len({span.span_id for span in collector.spans()}) == 3


def test_times_are_calendar_times(pair, collector):
    sidecar, _, _ = pair(a="delay=200ms")
    before = time.time_ns()
    sidecar.call("GET", "/")
    after = time.time_ns()
    server, client = collector.server_span(), by_upstream(collector.client_spans(2))["a"]
    assert before <= server.start <= client.start <= client.end <= after
    assert server.start <= server.end <= after + 50_000_000
    assert client.seconds >= 0.2 and server.seconds >= 0.2


def test_attributes_of_a_server_span(pair, collector):
    sidecar, _, _ = pair()
    with sidecar.wire() as wire:
        host, port = wire.socket.getsockname()
        wire.send(request("POST", "/orders/7?x=1&y", [("User-Agent", "app/1")], b"12345", host="shop.local:8080"))
        assert wire.reply("POST").status == 200
    span = collector.server_span()
    expected = {
        "http.request.method": "POST", "url.path": "/orders/7", "url.query": "x=1&y", "url.scheme": "http",
        "http.response.status_code": 200, "server.address": "shop.local", "server.port": 8080,
        "client.address": host, "user_agent.original": "app/1", "network.protocol.version": "1.1",
    }
    assert {key: span.get(key) for key in expected} == expected
    assert UUID7.fullmatch(span["pantograph.exchange.id"]) and span["pantograph.route"]
    assert span.status == UNSET and span.get("error.type") is None
    assert span.name.startswith("POST") and "/orders/7" not in span.name


def test_attributes_of_client_spans(pair, collector):
    sidecar, a, b = pair()
    sidecar.call("PUT", "/orders/7?x=1", data=b"12345")
    spans = by_upstream(collector.client_spans(2))
    for name, upstream, role in (("a", a, "primary"), ("b", b, "mirror")):
        span = spans[name]
        expected = {
            "http.request.method": "PUT", "url.full": f"{upstream.url}/orders/7?x=1", "server.address": "127.0.0.1",
            "server.port": upstream.port, "http.response.status_code": 200, "network.peer.address": "127.0.0.1",
            "network.peer.port": upstream.port, "network.protocol.version": "1.1", "pantograph.role": role,
            "pantograph.delivery.result": "delivered",
        }
        assert {key: span.get(key) for key in expected} == expected, span
        assert span.status == UNSET and span.get("error.type") is None and span.get("http.request.resend_count") is None
        assert span.name.startswith("PUT") and "/orders/7" not in span.name


def test_the_resource_tells_the_service(pair, collector):
    sidecar, _, _ = pair(telemetry={"service_name": "checkout"}, env={"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,team=a%20b"})
    sidecar.call("GET", "/")
    span = collector.server_span()
    assert span.resource["service.name"] == "checkout"
    assert span.resource["deployment.environment.name"] == "test" and span.resource["team"] == "a b"
    assert span.resource["telemetry.sdk.language"] == "swift" and span.scope


def test_otel_service_name_is_honoured(pair, collector):
    sidecar, _, _ = pair(env={"OTEL_SERVICE_NAME": "from-the-environment"})
    sidecar.call("GET", "/")
    assert collector.server_span().resource["service.name"] == "from-the-environment"


@pytest.mark.parametrize("status, server_status", [(404, UNSET), (429, UNSET), (500, ERROR), (503, ERROR)])
def test_a_failing_answer_is_an_error_on_the_client_span_and_5xx_on_both(pair, collector, status, server_status):
    sidecar, _, _ = pair(a=f"status={status}")
    sidecar.call("GET", "/")
    spans = by_upstream(collector.client_spans(2))
    assert spans["a"].status == ERROR and spans["a"]["error.type"] == str(status)
    assert spans["a"]["pantograph.error.class"] == {404: "http_4xx", 429: "http_429"}.get(status, "http_5xx")
    assert spans["a"]["pantograph.delivery.result"] == "dead" and spans["b"].status == UNSET
    server = collector.server_span()
    assert server.status == server_status and server["http.response.status_code"] == status
    assert server.get("error.type") == (str(status) if server_status == ERROR else None)


def test_a_mirrors_failure_is_on_its_own_span_alone(pair, collector):
    sidecar, _, _ = pair(b="status=503")
    sidecar.call("GET", "/")
    spans = by_upstream(collector.client_spans(2))
    assert spans["b"].status == ERROR and spans["b"]["pantograph.role"] == "mirror"
    assert spans["a"].status == UNSET and collector.server_span().status == UNSET


FAILURES = {"reset": "reset", "garbage": "protocol", "close": "reset"}


@pytest.mark.parametrize("behaviour, word", FAILURES.items(), ids=FAILURES.keys())
def test_a_call_without_an_answer_names_its_class(pair, collector, behaviour, word):
    sidecar, _, _ = pair(a=behaviour)
    assert sidecar.call("GET", "/").status_code == 502
    span = by_upstream(collector.client_spans(2))["a"]
    assert span.status == ERROR and span["pantograph.error.class"] in (word, "protocol") and span["error.type"]
    assert span.get("http.response.status_code") is None
    server = collector.server_span()
    assert server.status == ERROR and server["http.response.status_code"] == 502 and server["error.type"]


def test_a_refused_connection_names_its_class(sidecar, collector):
    one = sidecar({"a": f"http://127.0.0.1:{free_port()}"})
    assert one.call("GET", "/").status_code == 502
    [span] = collector.client_spans(1)
    assert span["pantograph.error.class"] == "connect_refused" and span.status == ERROR


def test_an_unknown_method_is_other_and_keeps_its_name_beside(pair, collector):
    sidecar, _, _ = pair()
    sidecar.call("PROPFIND", "/")
    server = collector.server_span()
    assert server["http.request.method"] == "_OTHER" and server["http.request.method_original"] == "PROPFIND"
    assert server.name.split(" ")[0] == "HTTP"
    for client in collector.client_spans(2):
        assert client["http.request.method"] == "_OTHER" and client["http.request.method_original"] == "PROPFIND"


SENSITIVE = ["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature"]


@pytest.mark.parametrize("key", SENSITIVE)
def test_query_values_of_sensitive_keys_are_redacted_in_spans_and_go_upstream_as_they_are(scripted, sidecar, collector, key):
    upstream = scripted(answering())
    one = sidecar({"a": upstream.url}, secrets=["planted-value"])
    one.call("GET", f"/s?a=1&{key}=planted-value&b=2")
    assert upstream.await_requests(1)[0].target == f"/s?a=1&{key}=planted-value&b=2"
    assert collector.server_span()["url.query"] == f"a=1&{key}=REDACTED&b=2"
    assert collector.client_spans(1)[0]["url.full"].endswith(f"/s?a=1&{key}=REDACTED&b=2")


def test_each_retry_is_a_client_span_with_its_count(scripted, sidecar, collector):
    statuses = iter([503, 503, 200])

    def script(conversation):
        while True:
            conversation.take()
            conversation.answer(next(statuses))

    upstream = scripted(script)
    one = sidecar({"a": {"url": upstream.url, "retry": {"attempts": 5, "backoff": "10ms", "on": ["5xx"]}}})
    assert one.call("GET", "/").status_code == 200
    spans = sorted(collector.client_spans(3), key=lambda span: span.start)
    assert [span.get("http.request.resend_count") for span in spans] == [None, 1, 2]
    assert [span["http.response.status_code"] for span in spans] == [503, 503, 200]
    assert [span.get("pantograph.delivery.result") for span in spans] == [None, None, "delivered"]
    server = collector.server_span()
    assert {span.parent_id for span in spans} == {server.span_id} and server.status == UNSET
    parents = [r.get("traceparent").split("-")[2] for r in upstream.requests]
    assert parents == [span.span_id for span in spans] and len(set(parents)) == 3
    events = [event.name for span in [server, *spans] for event in span.events]
    assert sum("retry" in name for name in events) == 2, events


def test_a_cancelled_exchange_says_so(pair, collector):
    sidecar, a, _ = pair(a="hang")
    wire = sidecar.wire()
    wire.send(request("GET", "/"))
    a.await_requests(1)
    wire.reset()
    spans = by_upstream(collector.client_spans(2))
    assert spans["a"]["pantograph.error.class"] == "cancelled"
    server = collector.server_span()
    assert server["pantograph.error.class"] == "cancelled" and server.get("http.response.status_code") is None


def test_the_flags_say_whether_the_parent_was_remote(pair, collector):
    sidecar, _, _ = pair()
    sidecar.call("GET", "/", headers={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
    clients, server = collector.client_spans(2), collector.server_span()
    assert server.flags & 0x1 and server.flags & 0x300 == 0x300
    for client in clients:
        assert client.flags & 0x1 and client.flags & 0x300 in (0x000, 0x100)


def test_hostile_text_arrives_as_sound_json(scripted, sidecar, collector):
    """Quotes, backslashes, control characters and bytes that are not UTF-8: the strict reader must take all of it."""
    one = sidecar({"a": scripted(answering()).url})
    with one.wire() as wire:
        wire.send(b'GET /%00"\\\xff\xfe?q=\xc3\x28"<> HTTP/1.1\r\nHost: h\r\nUser-Agent: a"b\\c\t\xff\xe2\x82\r\n\r\n')
        status = wire.reply().status
    if status == 200:
        assert collector.server_span().get("user_agent.original") is not None
    else:
        assert status == 400
    collector.await_batches(1)
    collector.check()


def test_kinds_are_server_and_client_only(pair, collector):
    sidecar, _, _ = pair(b="status=500")
    for _ in range(3):
        sidecar.call("GET", "/")
    collector.client_spans(6)
    assert {span.kind for span in collector.spans()} == {SERVER, CLIENT}
