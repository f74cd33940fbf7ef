"""What an application may do on a connection, by HTTP/1.1 as it is."""

import os
import socket

import pytest

from stage.scripted import answering
from stage.wire import Closed, request


def test_a_connection_is_kept(pair):
    sidecar, a, _ = pair()
    with sidecar.wire() as wire:
        for number in range(5):
            wire.send(request("GET", f"/{number}"))
            assert wire.reply().status == 200
    assert [r["target"] for r in a.await_requests(5)] == ["/0", "/1", "/2", "/3", "/4"]


def test_connection_close_is_followed(pair):
    sidecar, _, _ = pair()
    with sidecar.wire() as wire:
        wire.send(request("GET", "/", [("Connection", "close")]))
        reply = wire.reply()
        assert reply.status == 200 and reply.get("connection").lower() == "close"
        assert wire.is_closed()


def test_pipelined_requests_are_answered_in_order(scripted, sidecar):
    def script(conversation):
        while True:
            taken = conversation.take()
            conversation.answer(body=taken.target.encode())
    one = sidecar({"a": scripted(script).url})
    with one.wire() as wire:
        wire.send(b"".join(request("GET", f"/{number}") for number in range(50)))
        assert [wire.reply().body for _ in range(50)] == [f"/{number}".encode() for number in range(50)]


def test_a_request_that_comes_byte_by_byte_is_read(pair):
    sidecar, a, _ = pair(a="echo")
    with sidecar.wire() as wire:
        wire.drip(request("POST", "/slow", [("X-Note", "a b")], b"hello"))
        assert wire.reply("POST").status == 200
    [taken] = a.await_requests(1)
    assert (taken["method"], taken["target"], taken["body_bytes"]) == ("POST", "/slow", 5)


def test_empty_lines_before_a_request_are_ignored(pair):
    """RFC 9112, 2.2."""
    sidecar, _, _ = pair()
    with sidecar.wire() as wire:
        wire.send(b"\r\n" + request("GET", "/"))
        assert wire.reply().status == 200


def test_chunked_bodies_are_carried_whole(scripted, sidecar):
    upstream = scripted(answering())
    one = sidecar({"a": upstream.url, "b": upstream.url})
    with one.wire() as wire:
        wire.send(b"POST /c HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n"
                  b"5;note=x\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n")
        assert wire.reply("POST").status == 200
        wire.send(request("GET", "/next"))
        assert wire.reply().status == 200
    taken = [r for r in upstream.await_requests(4) if r.target == "/c"]
    assert [r.body for r in taken] == [b"hello world"] * 2


def test_head_is_answered_without_a_body_and_the_connection_goes_on(pair):
    sidecar, a, _ = pair(a="body=1KiB")
    with sidecar.wire() as wire:
        wire.send(request("HEAD", "/h"))
        reply = wire.reply("HEAD")
        assert reply.status == 200 and reply.get("content-length") == "1024"
        wire.send(request("GET", "/g"))
        assert len(wire.reply().body) == 1024
    assert a.await_requests(2)[0]["method"] == "HEAD"


@pytest.mark.parametrize("target", ["/o", "*"])
def test_options_is_carried(pair, target):
    sidecar, a, _ = pair()
    with sidecar.wire() as wire:
        wire.send(request("OPTIONS", target))
        assert wire.reply("OPTIONS").status == 200
    [taken] = a.await_requests(1)
    assert (taken["method"], taken["target"]) == ("OPTIONS", target)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "X-OWN"])
def test_methods_are_carried_as_they_are(scripted, sidecar, method):
    a, b = scripted(answering()), scripted(answering())
    one = sidecar({"a": a.url, "b": b.url})
    with one.wire() as wire:
        wire.send(request(method, "/m", body=b"body" if method != "GET" else None))
        assert wire.reply(method).status == 200
    assert a.await_requests(1)[0].method == method and b.await_requests(1)[0].method == method


def test_connect_is_refused(pair):
    sidecar, a, _ = pair()
    with sidecar.wire() as wire:
        wire.send(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
        assert wire.reply().status in (400, 405, 501)


def test_targets_go_on_byte_for_byte(scripted, sidecar):
    upstream = scripted(answering())
    one = sidecar({"a": upstream.url})
    targets = ["/a/../b", "/a//b", "/%2e%2E/%41", "/?", "/?a=b&a=c&%zz", "/x;p=1?q=/../", "/~'()!$*+,:@"]
    with one.wire() as wire:
        for target in targets:
            wire.send(request("GET", target))
            assert wire.reply().status == 200, target
    assert [r.target for r in upstream.requests] == targets


def test_expect_100_continue_is_answered_before_the_body_is_sent(pair):
    sidecar, a, _ = pair()
    with sidecar.wire() as wire:
        wire.send(b"POST /e HTTP/1.1\r\nHost: api.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert wire.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        wire.send(b"hello")
        assert wire.reply("POST").status == 200
    [taken] = a.await_requests(1)
    assert taken["body_bytes"] == 5


def test_another_expectation_gets_417_or_is_carried(pair):
    sidecar, _, _ = pair()
    with sidecar.wire() as wire:
        wire.send(b"GET /e HTTP/1.1\r\nHost: api.test\r\nExpect: tea\r\n\r\n")
        assert wire.reply().status in (200, 417)


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_body_leaves_the_connection_in_order(pair, status):
    sidecar, _, _ = pair(a=f"status={status}")
    with sidecar.wire() as wire:
        for _ in range(2):
            wire.send(request("GET", "/n"))
            reply = wire.reply()
            assert reply.status == status and reply.get("transfer-encoding") is None
            if status == 204:
                assert reply.get("content-length") is None


def test_interim_answers_are_passed_on(pair):
    sidecar, _, _ = pair(a="interim=103,header=X-Final:yes")
    with sidecar.wire() as wire:
        wire.send(request("GET", "/early"))
        reply = wire.reply()
        assert [interim.status for interim in reply.interim] == [103]
        assert reply.status == 200 and reply.get("x-final") == "yes"


def test_http_1_0_gets_an_answer_that_it_can_read(pair):
    sidecar, _, _ = pair(a="chunked,body=100")
    with sidecar.wire() as wire:
        wire.send(b"GET / HTTP/1.0\r\nHost: api.test\r\n\r\n")
        reply = wire.reply()
        assert reply.status == 200 and reply.get("transfer-encoding") is None
        assert len(reply.body) == 100
        assert wire.is_closed()


def test_http_1_0_without_a_host_is_carried(pair):
    sidecar, _, _ = pair()
    with sidecar.wire() as wire:
        wire.send(b"GET / HTTP/1.0\r\n\r\n")
        assert wire.reply().status == 200


def test_http_1_0_keep_alive_is_followed_or_closed_cleanly(pair):
    sidecar, _, _ = pair()
    with sidecar.wire() as wire:
        wire.send(b"GET / HTTP/1.0\r\nHost: api.test\r\nConnection: keep-alive\r\n\r\n")
        reply = wire.reply()
        assert reply.status == 200
        if (reply.get("connection") or "").lower() == "keep-alive":
            wire.send(b"GET / HTTP/1.0\r\nHost: api.test\r\n\r\n")
            assert wire.reply().status == 200
        else:
            assert wire.is_closed()


def test_an_absolute_target_is_read_as_its_path(pair):
    sidecar, a, _ = pair()
    with sidecar.wire() as wire:
        wire.send(b"GET http://api.test/abs?x=1 HTTP/1.1\r\nHost: api.test\r\n\r\n")
        assert wire.reply().status == 200
    assert a.await_requests(1)[0]["target"] == "/abs?x=1"


def test_ipv6_loopback(upstream, sidecar):
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("this machine has no IPv6")
    one = sidecar({"a": upstream("a").url}, listen="[::1]:0", admin="[::1]:0")
    assert one.call("GET", "/six").status_code == 200


def test_an_upstream_on_ipv6(scripted, sidecar):
    if not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("this machine has no IPv6")
    upstream = scripted(answering(body=b"six"), host="::1")
    assert sidecar({"a": upstream.url}).call("GET", "/").text == "six"


def test_a_unix_domain_socket(upstream, sidecar, tmp_path):
    a = upstream("a")
    path = tmp_path / "p.sock"
    one = sidecar({"a": a.url}, listen=f"unix:{path}")
    with one.wire() as wire:
        wire.send(request("GET", "/unix"))
        assert wire.reply().status == 200
    assert a.await_requests(1)[0]["target"] == "/unix"
    one.stop()
    assert not path.exists()


def test_a_socket_file_left_by_a_crash_is_no_obstacle(upstream, sidecar, tmp_path):
    path = tmp_path / "p.sock"
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(path))
    left.close()
    one = sidecar({"a": upstream("a").url}, listen=f"unix:{path}")
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        assert wire.reply().status == 200


def test_too_many_header_bytes_get_431(pair):
    sidecar, a, _ = pair(limits={"headers": {"bytes": "8KiB", "count": 100}})
    with sidecar.wire() as wire:
        wire.send(request("GET", "/big", [("X-Big", "x" * 9000)]))
        assert wire.reply().status == 431
        assert wire.is_closed()
    with sidecar.wire() as wire:
        wire.send(request("GET", "/fits", [("X-Big", "x" * 7000)]))
        assert wire.reply().status == 200
    assert [r["target"] for r in a.await_requests(1)] == ["/fits"]


def test_too_many_fields_get_431(pair):
    sidecar, a, _ = pair(limits={"headers": {"bytes": "64KiB", "count": 20}})
    with sidecar.wire() as wire:
        wire.send(request("GET", "/many", [(f"X-{n}", "y") for n in range(21)]))
        assert wire.reply().status == 431
    with sidecar.wire() as wire:
        wire.send(request("GET", "/fits", [(f"X-{n}", "y") for n in range(15)]))
        assert wire.reply().status == 200
    assert [r["target"] for r in a.await_requests(1)] == ["/fits"]


def test_an_endless_request_line_is_refused(pair):
    sidecar, _, _ = pair(limits={"headers": {"bytes": "8KiB", "count": 100}})
    with sidecar.wire() as wire:
        try:
            wire.send(b"GET /" + b"a" * 200_000)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answered = wire.rest()
        assert answered == b"" or answered.split(b" ")[1] in (b"414", b"431", b"400")


def test_a_sized_body_over_the_bound_gets_413_and_nothing_is_sent(pair):
    sidecar, a, b = pair(limits={"body": "64KiB"})
    with sidecar.wire() as wire:
        wire.send(b"POST /big HTTP/1.1\r\nHost: api.test\r\nContent-Length: 70000\r\n\r\n")
        reply = wire.reply("POST")
        assert reply.status == 413 and b"body_too_large" in reply.body
    assert sidecar.call("POST", "/fits", data=b"x" * 65536).status_code == 200
    assert [r["target"] for r in a.await_requests(1)] == ["/fits"]
    assert [r["target"] for r in b.await_requests(1)] == ["/fits"]


def test_a_chunked_body_over_the_bound_gets_413_and_is_never_whole_at_an_upstream(pair):
    sidecar, a, b = pair(limits={"body": "64KiB"})
    with sidecar.wire() as wire:
        wire.send(b"POST /big HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(40):
                wire.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            assert wire.reply("POST").status == 413
        except (Closed, ConnectionResetError):
            pass
    assert sidecar.call("GET", "/after").status_code == 200
    for one in (a, b):
        one.await_requests(1)
        assert [r["target"] for r in one.requests() if r["complete"]] == ["/after"]


def test_connections_over_the_bound_wait_or_are_refused_and_the_others_go_on(pair):
    sidecar, _, _ = pair(limits={"connections": 4})
    wires = [sidecar.wire() for _ in range(4)]
    for wire in wires:
        wire.send(request("GET", "/in"))
        assert wire.reply().status == 200
    with sidecar.wire(limit=2) as extra:
        extra.send(request("GET", "/over"))
        try:
            answered = extra.rest()
            assert answered == b"" or answered.startswith(b"HTTP/1.1 503"), answered
        except TimeoutError:
            pass
    for wire in wires:
        wire.send(request("GET", "/still"))
        assert wire.reply().status == 200
        wire.close()


def test_a_head_that_does_not_come_in_time_gets_408_or_is_closed(pair):
    sidecar, a, _ = pair(limits={"header_timeout": "300ms"})
    with sidecar.wire() as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: a")
        answered = wire.rest()
        assert answered == b"" or answered.startswith(b"HTTP/1.1 408"), answered


def test_a_body_that_stops_coming_gets_408_or_is_closed(pair):
    sidecar, a, b = pair(limits={"body_timeout": "300ms"})
    with sidecar.wire() as wire:
        wire.send(b"POST /stalled HTTP/1.1\r\nHost: api.test\r\nContent-Length: 10\r\n\r\nhel")
        answered = wire.rest()
        assert answered == b"" or answered.startswith(b"HTTP/1.1 408"), answered
    assert sidecar.call("GET", "/after").status_code == 200
    b.await_requests(1)
    assert [r["target"] for r in a.requests() if r["complete"]] == ["/after"]


def test_an_idle_connection_is_closed(pair):
    sidecar, _, _ = pair(limits={"idle_timeout": "300ms"})
    with sidecar.wire() as wire:
        wire.send(request("GET", "/"))
        assert wire.reply().status == 200
        assert wire.is_closed()


def test_an_answer_before_the_request_is_complete_reaches_the_application(pair):
    sidecar, _, _ = pair(a="early,status=403")
    with sidecar.wire() as wire:
        wire.send(b"POST /early HTTP/1.1\r\nHost: api.test\r\nContent-Length: 1000000\r\n\r\nonly the beginning")
        assert wire.reply("POST").status == 403


def test_a_half_closed_connection_still_gets_its_answer(pair):
    """RFC 9112, 9.6: a client may close its sending side after its last request; either reading of it must be clean."""
    sidecar, _, _ = pair(a="delay=100ms")
    with sidecar.wire() as wire:
        wire.send(request("GET", "/half", [("Connection", "close")]))
        wire.finish_sending()
        answered = wire.rest()
        assert answered == b"" or answered.startswith(b"HTTP/1.1 200")
