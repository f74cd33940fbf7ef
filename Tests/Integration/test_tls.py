"""Upstreams over TLS, verified; by HTTP/2 where they speak it, HTTP/1.1 where not."""

import pytest

from stage.otlp import CLIENT
from stage.playground import client, header
from stage.waiting import until
from stage.wire import Wire


@pytest.fixture
def secured(upstream, nginx, sidecar, authority):
    def make(http2=True, ca=None, host="localhost", names="DNS:localhost,IP:127.0.0.1", **options):
        behind = upstream("a", **options)
        server = nginx(behind.url, http2, names)
        url = server.url.replace("localhost", host)
        return sidecar({"a": {"url": url, "tls": {"ca_file": str(ca or authority.certificate)}}}), behind, server
    return make


@pytest.mark.parametrize("http2, protocol", [(True, "HTTP/2.0"), (False, "HTTP/1.1")])
def test_calls_go_over_tls_with_the_protocol_that_the_upstream_speaks(secured, collector, http2, protocol):
    sidecar, behind, server = secured(http2=http2)
    for number in range(5):
        reply = sidecar.call("POST", f"/{number}", data=b"x" * 10_000)
        assert reply.status_code == 200
    assert [r["body_bytes"] for r in behind.await_requests(5)] == [10_000] * 5
    assert until(lambda: len(server.protocols) == 5 and set(server.protocols), "nginx's access log") == {protocol}
    spans = collector.client_spans(5)
    assert {span["network.protocol.version"] for span in spans} == {"2" if http2 else "1.1"}
    assert {span["url.full"] for span in spans} == {f"{server.url}/{number}" for number in range(5)}
    assert {span["server.port"] for span in spans} == {server.port}


def test_an_upstream_by_http2_gets_lower_case_names_and_no_connection_fields(secured):
    sidecar, behind, _ = secured(behave="echo")
    reply = sidecar.call("GET", "/", headers={"X-Mixed": "1", "Connection": "keep-alive"})
    assert reply.status_code == 200
    assert header(behind.await_requests(1)[0], "x-mixed") == "1"


@pytest.mark.parametrize("http2", [True, False])
def test_many_calls_at_once_are_all_answered(secured, http2):
    from concurrent.futures import ThreadPoolExecutor
    sidecar, behind, _ = secured(http2, behave="body=20KiB")
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda n: sidecar.call("POST", f"/{n}", data=b"y" * 5000), range(100)))
    assert all(reply.status_code == 200 and len(reply.content) == 20 * 1024 for reply in replies)
    assert len(behind.await_requests(100)) == 100


@pytest.mark.parametrize("http2", [True, False])
def test_large_bodies_go_both_ways(secured, http2):
    sidecar, behind, _ = secured(http2, behave="body=20MiB")
    for number in range(2):
        # By HTTP/1.1 the first call is libcurl's as a whole, and the second is not.
        reply = sidecar.call("POST", "/", data=b"z" * (20 << 20))
        assert len(reply.content) == 20 << 20
        assert behind.await_requests(number + 1)[number]["body_bytes"] == 20 << 20


def test_an_upstream_by_http2_that_answers_before_it_has_a_short_body_is_heard(secured):
    sidecar, _, _ = secured()
    body = b"x" * 2000
    wires = [Wire(sidecar.address) for _ in range(16)]
    for number in range(10):
        for wire in wires:
            wire.send(f"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:number * 100])
        # The beginnings have been read when this is answered.
        assert sidecar.call("GET", "/").status_code == 200
        for wire in wires:
            wire.send(body[number * 100:])
        for wire in wires:
            reply = wire.reply()
            assert (reply.status, reply.body) == (429, b"slow down")
    assert sidecar.metrics().sum("pantograph_upstream_errors_total", upstream="a", **{"class": "http_429"}) == 160
    assert sidecar.metrics().sum("pantograph_upstream_errors_total", upstream="a", **{"class": "reset"}) == 0


def test_an_upstream_by_http2_that_answers_before_it_has_a_long_body_is_counted(secured):
    """libcurl 7.88 forgets some of these answers: then it is said what has happened."""
    sidecar, _, _ = secured()
    replies = [sidecar.call("POST", "/early", data=(b"y" * 65536 for _ in range(16))) for _ in range(20)]
    lost = [reply for reply in replies if reply.status_code != 429]
    for reply in lost:
        assert reply.status_code == 502 and reply.json()["class"] == "reset", reply.text
        assert "answered before it had the whole request" in reply.text, reply.text
    errors = {name: sidecar.metrics().sum("pantograph_upstream_errors_total", upstream="a", **{"class": name}) for name in ("http_429", "reset")}
    assert errors == {"http_429": 20 - len(lost), "reset": len(lost)}


def test_an_upstream_by_http2_that_ends_connections_by_their_requests_loses_none(secured):
    """nginx does so after 1,000 of them, whatever is on its way to it then."""
    sidecar, _, server = secured()
    told = client(sidecar.url, requests=6000, connections=32, body="100B")
    assert told["by_status"] == {"200": 6000}, told
    assert sidecar.metrics().sum("pantograph_upstream_errors_total", upstream="a") == 0
    until(lambda: len(server.connections) == 6000, "nginx's access log")
    requests = [server.connections.count(number) for number in set(server.connections)]
    assert len(requests) > 6 and max(requests) < 1000, requests
    assert sidecar.metrics().sum("pantograph_upstream_connections", upstream="a") <= 2


def refused_certificate(sidecar, behind, collector):
    reply = sidecar.call("GET", "/")
    assert reply.status_code == 502 and reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json()["class"] == "tls" and "tls_certificate_error" in reply.headers["Proxy-Status"], reply.headers
    assert behind.stats()["requests"] == 0
    [span] = collector.await_spans(1, kind=CLIENT)
    assert span["error.type"] == "tls" or span["pantograph.error.class"] == "tls"


def test_a_certificate_of_another_authority_is_refused(secured, other_authority, collector):
    sidecar, behind, _ = secured(ca=other_authority.certificate)
    refused_certificate(sidecar, behind, collector)


def test_a_certificate_of_another_name_is_refused(secured, collector):
    sidecar, behind, _ = secured(names="DNS:elsewhere.example")
    refused_certificate(sidecar, behind, collector)


def test_without_a_ca_file_the_systems_authorities_decide(upstream, nginx, sidecar, collector):
    behind = upstream("a")
    refused_certificate(sidecar({"a": nginx(behind.url).url}), behind, collector)


def test_a_server_that_speaks_no_tls_is_of_class_tls(upstream, sidecar):
    a = upstream("a")
    reply = sidecar({"a": a.url.replace("http:", "https:")}).call("GET", "/")
    assert reply.status_code == 502 and reply.json()["class"] == "tls"
    assert "tls_protocol_error" in reply.headers["Proxy-Status"]


def test_a_mirror_with_a_bad_certificate_changes_nothing(upstream, nginx, sidecar):
    a, b = upstream("a"), upstream("b")
    one = sidecar({"a": a.url, "b": nginx(b.url).url})
    assert one.call("GET", "/").status_code == 200
    one.await_metric(1, "pantograph_upstream_errors_total", upstream="b", **{"class": "tls"})
    assert b.stats()["requests"] == 0
