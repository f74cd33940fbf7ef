"""Header fields on their way out and back: RFC 9110, 7.6, and what an upstream's block sets and removes."""

import pytest

from stage.playground import header, names
from stage.scripted import answering
from stage.wire import request


def carried(scripted, sidecar, headers, block=None, target="/", **more):
    """The request as the upstream sees it, when the application sends these fields."""
    upstream = scripted(answering())
    one = sidecar({"a": {"url": upstream.url} | (block or {})}, **more)
    with one.wire() as wire:
        wire.send(request("GET", target, headers))
        assert wire.reply().status == 200
    return upstream.await_requests(1)[0]


def test_fields_keep_their_bytes_and_their_order(scripted, sidecar):
    sent = [("X-Case", "Mixed"), ("x-case", "again"), ("Accept", "a/b;q=0.5,  c/d"), ("X-Latin", "caf\xe9"), ("X-Empty", ""),
            ("User-Agent", "own/1"), ("X-Quote", '"a\\"b"'), ("Accept-Encoding", "br")]
    taken = carried(scripted, sidecar, sent)
    assert [(name, value) for name, value in taken.headers if (name, value) in sent] == sent


def test_nothing_is_added_but_via_and_the_trace(scripted, sidecar):
    taken = carried(scripted, sidecar, [])
    assert {name.lower() for name, _ in taken.headers} <= {"host", "via", "traceparent"}, taken.headers


def test_via_is_added_to_the_request(scripted, sidecar):
    taken = carried(scripted, sidecar, [("Via", "1.0 elsewhere")])
    members = [member.strip() for value in taken.all("via") for member in value.split(",")]
    assert members[0] == "1.0 elsewhere" and members[1].startswith("1.1 ") and len(members) == 2


def test_via_is_added_to_the_answer(scripted, sidecar):
    upstream = scripted(answering(200, [("Via", "1.1 behind")]))
    one = sidecar({"a": upstream.url})
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        members = [member.strip() for value in wire.reply().all("via") for member in value.split(",")]
    assert members[0] == "1.1 behind" and len(members) == 2


def test_hop_by_hop_fields_do_not_go_upstream(scripted, sidecar):
    taken = carried(scripted, sidecar, [
        ("Connection", "keep-alive, X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"), ("TE", "gzip"),
        ("Proxy-Connection", "keep-alive"), ("Upgrade", "h2c"), ("X-End", "1")])
    seen = {name.lower() for name, _ in taken.headers}
    assert not seen & {"x-hop", "keep-alive", "te", "proxy-connection", "upgrade", "transfer-encoding"}, seen
    assert taken.get("x-end") == "1" and "x-hop" not in (taken.get("connection") or "").lower()


def test_hop_by_hop_fields_do_not_come_back(scripted, sidecar):
    upstream = scripted(answering(200, [
        ("Connection", "X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"), ("Proxy-Connection", "x"), ("Upgrade", "h2c"),
        ("X-End", "1")]))
    one = sidecar({"a": upstream.url})
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        reply = wire.reply()
    seen = {name.lower() for name, _ in reply.headers}
    assert not seen & {"x-hop", "keep-alive", "proxy-connection", "upgrade"} and reply.get("x-end") == "1", reply


def test_connection_cannot_take_away_what_belongs_to_the_message(scripted, sidecar):
    """A Connection field that names Host or Content-Length must not make the message unreadable."""
    upstream = scripted(answering())
    one = sidecar({"a": upstream.url})
    with one.wire() as wire:
        wire.send(request("POST", "/", [("Connection", "Host, Content-Length")], b"hello"))
        reply = wire.reply("POST")
    if reply.status == 200:
        [taken] = upstream.await_requests(1)
        assert taken.get("host") and taken.body == b"hello"
    else:
        assert reply.status == 400


def test_set_and_remove_hold_for_their_upstream_alone(pair):
    sidecar, a, b = pair(b_block={"headers": {"set": {"X-Source": "checkout", "X-New": "1"}, "remove": ["X-Internal"]}})
    assert sidecar.call("GET", "/", headers={"X-Source": "app", "X-Internal": "i"}).status_code == 200
    [at_a], [at_b] = a.await_requests(1), b.await_requests(1)
    assert header(at_a, "X-Source") == "app" and header(at_a, "X-Internal") == "i" and header(at_a, "X-New") is None
    assert [v for k, v in at_b["headers"] if k.lower() == "x-source"] == ["checkout"]
    assert header(at_b, "X-New") == "1" and "x-internal" not in names(at_b)


def test_host_is_the_upstreams_own(scripted, sidecar):
    upstream = scripted(answering())
    one = sidecar({"a": upstream.url})
    with one.wire() as wire:
        wire.send(request("GET", "/", host="of.the.application"))
        assert wire.reply().status == 200
    assert upstream.requests[0].all("host") == [upstream.url.removeprefix("http://")]


def test_keep_host_passes_the_applications_host_on(scripted, sidecar):
    upstream = scripted(answering())
    one = sidecar({"a": {"url": upstream.url, "keep_host": True}})
    with one.wire() as wire:
        wire.send(request("GET", "/", host="of.the.application"))
        assert wire.reply().status == 200
    assert upstream.requests[0].all("host") == ["of.the.application"]


@pytest.mark.parametrize("prefix, target, expected", [
    ("", "/orders", "/orders"), ("/", "/orders", "/orders"), ("/v2", "/orders?x=1", "/v2/orders?x=1"),
    ("/v2/", "/orders", "/v2/orders"), ("/v2", "/", "/v2/"), ("/a/b", "//c/../d", "/a/b//c/../d"), ("/v%202", "/x", "/v%202/x"),
])
def test_the_base_urls_path_goes_before_the_target(scripted, sidecar, prefix, target, expected):
    upstream = scripted(answering())
    one = sidecar({"a": upstream.url + prefix})
    with one.wire() as wire:
        wire.send(request("GET", target))
        assert wire.reply().status == 200
    assert upstream.requests[0].target == expected


def test_a_request_that_has_been_here_already_gets_508(sidecar):
    """Two sidecars whose upstreams are each other would pass a request on for ever."""
    from stage.processes import free_port
    ports = free_port(), free_port()
    one = sidecar({"other": f"http://127.0.0.1:{ports[1]}"}, listen=f"127.0.0.1:{ports[0]}")
    sidecar({"one": f"http://127.0.0.1:{ports[0]}"}, listen=f"127.0.0.1:{ports[1]}")
    reply = one.call("GET", "/loop")
    assert reply.status_code == 508 and reply.json()["class"] == "loop", reply.text
    one.await_metric(2, "pantograph_exchange_duration_seconds_count", code="508")


def test_a_request_that_has_been_at_another_sidecar_goes_on(upstream, sidecar):
    """A chain of two sidecars is no loop."""
    a = upstream("a")
    inner = sidecar({"a": a.url})
    outer = sidecar({"inner": inner.url})
    assert outer.call("GET", "/chain").status_code == 200
    assert len([v for k, v in a.await_requests(1)[0]["headers"] if k.lower() == "via"]) >= 1


def test_trailers_neither_break_the_answer_nor_the_connection(scripted, sidecar):
    def script(conversation):
        while True:
            conversation.take()
            conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                              b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n")
    one = sidecar({"a": scripted(script).url})
    with one.wire() as wire:
        for _ in range(2):
            wire.send(request("GET", "/"))
            assert wire.reply().body == b"hello"


def test_an_answer_that_ends_with_its_connection_is_whole(scripted, sidecar):
    def script(conversation):
        conversation.take()
        conversation.send(b"HTTP/1.0 200 OK\r\nX-Old: yes\r\n\r\nuntil the end")
    one = sidecar({"a": scripted(script).url})
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        reply = wire.reply()
        assert reply.body == b"until the end" and reply.get("x-old") == "yes"
