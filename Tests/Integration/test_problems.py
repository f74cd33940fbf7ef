"""An error made here is told apart from an upstream's: RFC 9457 problems and RFC 9209 Proxy-Status."""

import re

import pytest

from stage.processes import free_port
from stage.wire import request

# RFC 9651, 4.2: an item or token with parameters, as far as Proxy-Status uses them.
PARAMETER = r'; ?[a-z*][a-z0-9_.*-]*=(?:[A-Za-z*][A-Za-z0-9_/:.!#$%&\'*+^`|~-]*|"(?:[ !#-\[\]-~]|\\["\\])*"|-?[0-9]+)'
PROXY_STATUS = re.compile(rf'(?:[A-Za-z*][A-Za-z0-9_/:.!#$%&\'*+^`|~-]*|"[^"]*")(?:{PARAMETER})*')

REGISTERED = {
    "dns_timeout", "dns_error", "destination_not_found", "destination_unavailable", "destination_ip_prohibited",
    "destination_ip_unroutable", "connection_refused", "connection_terminated", "connection_timeout", "connection_read_timeout",
    "connection_write_timeout", "connection_limit_reached", "tls_protocol_error", "tls_certificate_error", "tls_alert_received",
    "http_request_error", "http_request_denied", "http_response_incomplete", "http_response_header_section_size",
    "http_response_header_size", "http_response_body_size", "http_response_trailer_section_size", "http_response_trailer_size",
    "http_response_transfer_coding", "http_response_content_coding", "http_response_timeout", "http_upgrade_failed",
    "http_protocol_error", "proxy_internal_response", "proxy_internal_error", "proxy_configuration_error", "proxy_loop_detected",
}

FAST = {"timeout": {"connect": "300ms", "first_byte": "900ms", "total": "30s"}}

# What the primary does: the status, class and Proxy-Status error that the application gets.
ERRORS = {
    "dns": ("http://no-such-host.invalid", None, 502, "dns", "dns_error"),
    "connect_refused": ("refused", None, 502, "connect_refused", "connection_refused"),
    "first_byte_timeout": ("playground", "hang", 504, "first_byte_timeout", "http_response_timeout"),
    "reset": ("playground", "reset", 502, "reset", "connection_terminated"),
    "close": ("playground", "close", 502, "reset", "connection_terminated"),
    "garbage": ("playground", "garbage", 502, "protocol", "http_protocol_error"),
}


def checked(status, headers, document, expected_status, expected_class):
    assert headers["Content-Type"] == "application/problem+json"
    assert status == expected_status == document["status"]
    assert document["class"] == expected_class
    assert document["type"] and document["title"] and document["detail"]
    assert PROXY_STATUS.fullmatch(headers["Proxy-Status"]), headers["Proxy-Status"]
    error = re.search(r"error=([a-z_]+)", headers["Proxy-Status"]).group(1)
    assert error in REGISTERED
    return error


@pytest.mark.parametrize("where, behaviour, status, error_class, error", ERRORS.values(), ids=ERRORS.keys())
def test_each_class_has_its_problem_and_its_proxy_status(upstream, sidecar, collector, where, behaviour, status, error_class, error):
    url = {"refused": f"http://127.0.0.1:{free_port()}"}.get(where, where)
    if where == "playground":
        url = upstream("a", behave=behaviour).url
    reply = sidecar({"a": {"url": url} | FAST}).call("GET", "/x")
    document = reply.json()
    assert checked(reply.status_code, reply.headers, document, status, error_class) == error
    assert document["upstream"] == "a" and 'next-hop="a"' in reply.headers["Proxy-Status"]
    server = collector.server_span()
    assert document["trace_id"] == server.trace_id and document["exchange_id"] == server["pantograph.exchange.id"]
    assert server["pantograph.error.class"] == error_class


def test_a_connection_that_is_never_accepted_is_a_connect_timeout(sidecar):
    """A listener whose queue is full leaves new connections waiting."""
    import socket
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        reply = sidecar({"a": {"url": f"http://127.0.0.1:{listener.getsockname()[1]}"} | FAST}).call("GET", "/")
        for one in waiting:
            one.close()
    assert checked(reply.status_code, reply.headers, reply.json(), 504, "connect_timeout") == "connection_timeout"


def test_an_answer_that_takes_too_long_breaks_off(upstream, sidecar):
    """The head is out already, so the application sees its answer cut; the class is in metrics and spans."""
    a = upstream("a", behave="body=1KiB,trickle=1/50ms")
    one = sidecar({"a": {"url": a.url, "timeout": {"connect": "500ms", "first_byte": "600ms", "total": "600ms"}}})
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        assert wire.head().status == 200
        wire.rest()
    one.await_metric(1, "pantograph_upstream_errors_total", upstream="a", **{"class": "total_timeout"})


def test_an_upstreams_own_error_is_passed_on_as_its_own(pair):
    sidecar, _, _ = pair(a="status=502,header=Content-Type:text/plain,body=10")
    reply = sidecar.call("GET", "/")
    assert reply.status_code == 502 and reply.headers.get("Proxy-Status") is None
    assert reply.headers["Content-Type"] != "application/problem+json" and len(reply.content) == 10


OWN = {
    "no route": ("GET", "/elsewhere", {}, None, 404, "no_route"),
    "body too large": ("POST", "/in", {}, b"x" * 2000, 413, "body_too_large"),
}


@pytest.mark.parametrize("method, target, headers, body, status, error_class", OWN.values(), ids=OWN.keys())
def test_errors_before_any_upstream_name_none(upstream, sidecar, method, target, headers, body, status, error_class):
    one = sidecar({"a": upstream("a").url}, limits={"body": "1KiB"},
                  routes=[{"name": "r", "match": {"path": "/in"}, "respond": "a", "to": ["a"]}])
    reply = one.call(method, target, headers=headers, data=body)
    checked(reply.status_code, reply.headers, reply.json(), status, error_class)
    assert "upstream" not in reply.json() and "next-hop" not in reply.headers["Proxy-Status"]


def test_a_problem_without_a_body_for_head(sidecar):
    one = sidecar({"a": f"http://127.0.0.1:{free_port()}"})
    with one.wire() as wire:
        for _ in range(2):
            wire.send(request("HEAD", "/"))
            reply = wire.reply("HEAD")
            assert reply.status == 502 and int(reply.get("content-length")) > 0


def test_the_connection_is_kept_after_a_problem(sidecar):
    one = sidecar({"a": f"http://127.0.0.1:{free_port()}"})
    with one.wire() as wire:
        for _ in range(5):
            wire.send(request("POST", "/", body=b"x" * 1000))
            assert wire.reply("POST").status == 502
