"""SIGTERM finishes what is in flight within `drain`, flushes spans and exits 0; a second signal ends at once."""

import signal
import socket
import threading
import time

import pytest
import requests

from stage.otlp import CLIENT, SERVER
from stage.scripted import answering
from stage.waiting import until
from stage.wire import request


def refuses(sidecar):
    try:
        socket.create_connection(sidecar.address, timeout=5).close()
        return False
    except OSError:
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_sidecar_ends_at_once_with_0(pair, number):
    sidecar, _, _ = pair()
    sidecar.call("GET", "/")
    sidecar.signal(number)
    assert sidecar.wait() == 0


def test_kept_connections_do_not_hold_it(pair):
    sidecar, _, _ = pair(drain="60s")
    with sidecar.wire() as wire:
        wire.send(request("GET", "/"))
        assert wire.reply().status == 200
        sidecar.signal(signal.SIGTERM)
        assert wire.is_closed()
        assert sidecar.wait(30) == 0


def test_what_is_in_flight_is_finished_and_nothing_new_is_taken(scripted, sidecar, collector):
    release = threading.Event()

    def script(conversation):
        conversation.take()
        release.wait(60)
        conversation.answer(body=b"finished")

    upstream = scripted(script)
    one = sidecar({"a": upstream.url}, drain="60s")
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        upstream.await_requests(1)
        one.signal(signal.SIGTERM)
        until(lambda: refuses(one), "the listener closed")
        release.set()
        reply = wire.reply()
        assert reply.status == 200 and reply.body == b"finished"
        assert wire.is_closed()
    assert one.wait() == 0
    assert [span.kind for span in collector.spans(kind=SERVER)] == [SERVER] and collector.spans(kind=CLIENT)


def test_readyz_says_why_not_while_it_drains(scripted, sidecar):
    release = threading.Event()

    def script(conversation):
        conversation.take()
        release.wait(60)
        conversation.answer()

    upstream = scripted(script)
    one = sidecar({"a": upstream.url}, drain="60s")
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        upstream.await_requests(1)
        one.signal(signal.SIGTERM)
        until(lambda: requests.get(one.admin_url + "/readyz", timeout=10).status_code == 503, "/readyz 503")
        assert requests.get(one.admin_url + "/livez", timeout=10).status_code == 200
        release.set()
        assert wire.reply().status == 200
    assert one.wait() == 0


def test_mirrors_in_flight_are_finished_too(scripted, upstream, sidecar, collector):
    release = threading.Event()

    def script(conversation):
        conversation.take()
        release.wait(60)
        conversation.answer()

    second = scripted(script)
    one = sidecar({"a": upstream("a").url, "b": second.url}, drain="60s")
    assert one.call("POST", "/", data=b"x").status_code == 200
    second.await_requests(1)
    one.signal(signal.SIGTERM)
    until(lambda: refuses(one), "the listener closed")
    release.set()
    assert one.wait() == 0
    [span] = [s for s in collector.spans(kind=CLIENT) if s["pantograph.upstream"] == "b"]
    assert span["pantograph.delivery.result"] == "delivered"


def test_what_is_not_done_within_drain_is_cut_and_told(pair, collector):
    sidecar, a, _ = pair(a="hang", drain="300ms")
    with sidecar.wire() as wire:
        wire.send(request("GET", "/"))
        a.await_requests(1)
        started = time.monotonic()
        sidecar.signal(signal.SIGTERM)
        wire.rest()
        assert sidecar.wait() == 0
        assert time.monotonic() - started >= 0.25
    spans = [span for span in collector.spans(kind=CLIENT) if span["pantograph.upstream"] == "a"]
    # Given up on purpose, so no error of the upstream's; the class says what it was.
    assert [span["pantograph.error.class"] for span in spans] == ["cancelled"]
    assert len(collector.spans(kind=SERVER)) == 1


def test_a_mirror_that_hangs_holds_it_no_longer_than_drain(pair, collector):
    sidecar, _, b = pair(b="hang", drain="300ms")
    assert sidecar.call("GET", "/").status_code == 200
    b.await_requests(1)
    sidecar.signal(signal.SIGTERM)
    assert sidecar.wait(30) == 0
    assert len(collector.spans(kind=CLIENT)) == 2


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(pair, second):
    sidecar, a, _ = pair(a="hang", drain="10m")
    with sidecar.wire() as wire:
        wire.send(request("GET", "/"))
        a.await_requests(1)
        sidecar.signal(signal.SIGTERM)
        until(lambda: refuses(sidecar), "the listener closed")
        sidecar.signal(second)
        code = sidecar.wait(30)
    assert code != 0
    sidecar.expected_exit = code


def test_a_streaming_answer_is_finished(scripted, sidecar):
    go_on = threading.Event()

    def script(conversation):
        conversation.take()
        conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        conversation.send_chunk(b"first")
        go_on.wait(60)
        conversation.send_chunk(b"second")
        conversation.send(b"0\r\n\r\n")

    one = sidecar({"a": scripted(script).url}, drain="60s")
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        wire.head()
        assert wire.chunk() == b"first"
        one.signal(signal.SIGTERM)
        until(lambda: refuses(one), "the listener closed")
        go_on.set()
        assert list(wire.chunks()) == [b"second"]
    assert one.wait() == 0


def test_a_request_that_never_began_does_not_hold_it(pair):
    sidecar, _, _ = pair(drain="60s", limits={"header_timeout": "10m"})
    with sidecar.wire() as wire:
        wire.send(request("GET", "/"))
        assert wire.reply().status == 200
        wire.send(b"GET /half HTTP/1.1\r\nHo")
        sidecar.signal(signal.SIGTERM)
        sidecar.wait(90)


def test_the_port_can_be_used_again_at_once(scripted, sidecar):
    upstream = scripted(answering())
    first = sidecar({"a": upstream.url})
    with first.wire() as wire:
        wire.send(request("GET", "/"))
        assert wire.reply().status == 200
        first.stop()
    second = sidecar({"a": upstream.url}, listen=first.listen, admin=first.admin)
    assert second.call("GET", "/").status_code == 200
