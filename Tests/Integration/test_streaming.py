"""Answers and bodies stream: part by part as they come, and large ones in constant memory."""

import hashlib
import threading

import pytest
import requests

from stage.scripted import answering
from stage.waiting import LIMIT
from stage.wire import Closed, request

MEBIBYTE = 1 << 20


def test_server_sent_events_arrive_one_by_one(scripted, sidecar):
    """The upstream sends each event only when the application has told that it holds the one before."""
    taken = [threading.Event() for _ in range(5)]

    def script(conversation):
        conversation.take()
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number, confirmed in enumerate(taken):
            conversation.send_chunk(b"data: %d\n\n" % number)
            assert confirmed.wait(60), f"event {number} was held back"
        conversation.send(b"0\r\n\r\n")

    one = sidecar({"a": scripted(script).url, "b": scripted(answering()).url})
    with requests.get(one.url + "/events", stream=True, timeout=LIMIT) as reply:
        assert reply.headers["Content-Type"] == "text/event-stream"
        lines = (line for line in reply.iter_lines(chunk_size=1) if line)
        for number, confirmed in enumerate(taken):
            assert next(lines) == b"data: %d" % number
            confirmed.set()
        assert list(lines) == []


def test_the_head_arrives_before_the_body_has_begun(scripted, sidecar):
    seen = threading.Event()

    def script(conversation):
        conversation.take()
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Head: yes\r\n\r\n")
        assert seen.wait(60), "the head was held back"
        conversation.send(b"body")

    one = sidecar({"a": scripted(script).url})
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        head = wire.head()
        assert head.get("x-head") == "yes"
        seen.set()
        assert wire.body_of(head) == b"body"


def test_both_directions_at_once(scripted, sidecar):
    """An upstream that answers while the body still comes: each part sent is echoed before the next goes out."""
    def script(conversation):
        conversation.take_head()
        conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in conversation.chunks():
            conversation.send_chunk(part.upper())
        conversation.send(b"0\r\n\r\n")

    one = sidecar({"a": scripted(script).url})
    with one.wire() as wire:
        wire.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n")
        wire.head()
        assert wire.chunk() == b"NO"
        for word in (b"one", b"two", b"three"):
            wire.send(b"%x\r\n%s\r\n" % (len(word), word))
            assert wire.chunk() == word.upper()
        wire.send(b"0\r\n\r\n")
        assert wire.chunk() == b""


def test_the_playgrounds_events_come_through_whole(pair):
    sidecar, _, _ = pair(a="sse=5/20ms")
    reply = sidecar.call("GET", "/")
    assert reply.headers["Content-Type"].startswith("text/event-stream") and reply.text.count("data:") == 5


@pytest.mark.parametrize("cut", ["body=1MiB,reset-after=300KiB", "body=1MiB,close-after=300KiB", "chunked,body=1MiB,reset-after=300KiB"])
def test_an_answer_that_breaks_off_breaks_off_for_the_application_too(pair, cut):
    sidecar, _, _ = pair(a=cut)
    with sidecar.wire() as wire:
        wire.send(request("GET", "/"))
        head = wire.head()
        assert head.status == 200
        with pytest.raises((Closed, ConnectionResetError)):
            wire.body_of(head)
    sidecar.await_metric(1, "pantograph_upstream_responses_total", upstream="a", code="200")
    assert sidecar.metrics().sum("pantograph_upstream_errors_total", upstream="a") == 1


class Hashing:
    """A body of so many bytes that is made while it is read."""

    PART = bytes(range(256)) * 256

    def __init__(self, size):
        self.size, self.hash = size, hashlib.sha256()

    def __iter__(self):
        for start in range(0, self.size, len(self.PART)):
            part = self.PART[:min(len(self.PART), self.size - start)]
            self.hash.update(part)
            yield part


def received(reply):
    digest, size = hashlib.sha256(), 0
    for part in reply.iter_content(1 << 16):
        digest.update(part)
        size += len(part)
    return size, digest.hexdigest()


@pytest.mark.long
def test_long_answers_on_a_kept_connection_come_whole(scripted, sidecar):
    """An answer may be there before anything was wanted of its connection, and be longer than what is read ahead of the
    application: reading then pauses in the call that began the transfer, and the connection must not be taken for an idle one."""
    body = bytes(range(256)) * 8192
    upstream = scripted(answering(body=body))
    one = sidecar({"a": upstream.url})
    for _ in range(80):
        assert one.call("GET", "/").content == body
    assert one.metrics().sum("pantograph_upstream_errors_total") == 0


def test_100_mebibytes_each_way_in_constant_memory(pair, figures):
    sidecar, a, b = pair(a="body=100MiB")
    assert sidecar.call("GET", "/warm", headers={"x-playground-a": "ok"}).status_code == 200
    before = sidecar.memory("VmRSS")
    body = Hashing(100 * MEBIBYTE)
    with requests.post(sidecar.url + "/large", data=iter(body), stream=True, timeout=120) as reply:
        size, _ = received(reply)
    assert size == 100 * MEBIBYTE
    taken = [r for r in a.await_requests(2) if r["target"] == "/large"]
    assert [(r["body_bytes"], r["body_sha256"]) for r in taken] == [(100 * MEBIBYTE, body.hash.hexdigest())]
    peak = sidecar.memory("VmHWM")
    figures.table("100 MiB up and 100 MiB down, MiB of memory", [("before", before / MEBIBYTE), ("at most", peak / MEBIBYTE)])
    assert peak - before < 64 * MEBIBYTE
    sidecar.await_metric(1, "pantograph_deliveries_skipped_total", upstream="b", reason="body_too_large")


@pytest.mark.long
def test_an_application_that_reads_slowly_does_not_fill_the_memory(scripted, sidecar):
    """The upstream writes as fast as it can; what the application has not read may not pile up here."""
    stalled, sent = threading.Event(), []

    def script(conversation):
        conversation.take()
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (200 * MEBIBYTE))
        conversation.socket.settimeout(2)
        try:
            for number in range(200):
                conversation.send(b"x" * MEBIBYTE)
                sent.append(number)
        except TimeoutError:
            stalled.set()

    one = sidecar({"a": scripted(script).url})
    before = one.memory("VmRSS")
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        wire.head()
        assert stalled.wait(60), "the upstream could write everything while nobody read it"
        assert len(sent) < 100
        assert one.memory("VmHWM") - before < 64 * MEBIBYTE


@pytest.mark.long
def test_a_primary_that_reads_slowly_does_not_fill_the_memory(scripted, sidecar):
    release = threading.Event()

    def script(conversation):
        conversation.take_head()
        release.wait(60)

    one = sidecar({"a": scripted(script).url})
    before = one.memory("VmRSS")
    with one.wire(limit=2) as wire:
        wire.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (200 * MEBIBYTE))
        sent = 0
        with pytest.raises(TimeoutError):
            for _ in range(200):
                wire.send(b"x" * MEBIBYTE)
                sent += 1
        assert sent < 100
        assert one.memory("VmHWM") - before < 64 * MEBIBYTE
    release.set()
