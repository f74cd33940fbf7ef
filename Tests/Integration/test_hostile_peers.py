"""No input of an application, an upstream or a collector ends the process."""

import random

import pytest

from stage.scripted import answering
from stage.wire import Closed, request

ANSWERS = {
    "nothing": b"",
    "no status": b"HTTP/1.1\r\n\r\n",
    "letters for a status": b"HTTP/1.1 abc OK\r\n\r\n",
    "status 0": b"HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n",
    "status 99": b"HTTP/1.1 99 No\r\nContent-Length: 0\r\n\r\n",
    "status 99999": b"HTTP/1.1 99999 No\r\nContent-Length: 0\r\n\r\n",
    "status 101": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nraw",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "HTTP/0.9": b"<html>old</html>",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "length beyond 64 bits": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nx",
    "largest length": b"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nx",
    "chunk beyond 64 bits": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    "largest chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFFFFFFFFFF\r\nx",
    "chunk of nonsense": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "field without colon": b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n",
    "NUL in a field": b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "bare CR in a field": b"HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: stolen=1\r\nContent-Length: 0\r\n\r\n",
    "folded field": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "endless head": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000,
    "one enormous field": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2_000_000 + b"\r\n\r\n",
    "endless interim answers": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 20_000,
    "unknown transfer coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
    "more than promised": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
    "body on 204": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    "bad Retry-After": b"HTTP/1.1 429 No\r\nRetry-After: 99999999999999999999999\r\nContent-Length: 0\r\n\r\n",
    "bytes that are not text": b"HTTP/1.1 200 \xff\xfe\r\nX: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("role", ["primary", "mirror"])
@pytest.mark.parametrize("bytes", ANSWERS.values(), ids=ANSWERS.keys())
def test_whatever_an_upstream_answers_the_next_call_is_served(scripted, sidecar, role, bytes):
    def hostile(conversation):
        request = conversation.take()
        if request.target == "/after":
            conversation.answer(body=b"sound")
        else:
            conversation.send(bytes)
            conversation.finish_sending()
            conversation.socket.settimeout(1)
            conversation.rest()

    odd, sound = scripted(hostile), scripted(answering(body=b"sound"))
    block = {"timeout": {"first_byte": "2s", "total": "3s"}}
    first, second = (odd, sound) if role == "primary" else (sound, odd)
    one = sidecar({"a": {"url": first.url} | block, "b": {"url": second.url} | block}, drain="1s")
    with one.wire() as wire:
        wire.send(request("GET", "/odd"))
        try:
            reply = wire.reply()
            assert role == "primary" or reply.body == b"sound"
            assert b"forged" not in reply.body and reply.get("set-cookie") is None, reply
        except (Closed, ConnectionResetError, ValueError):
            assert role == "primary", "the primary's answer was lost for a mirror's"
    assert one.call("GET", "/after").content == b"sound"
    assert one.running


@pytest.mark.parametrize("seed", range(3))
def test_mutated_requests_never_end_it(pair, seed):
    """Sound requests with bytes changed, dropped, doubled or cut: a refusal, an answer or a closed connection, never a crash."""
    draw = random.Random(seed)
    sidecar, _, _ = pair(limits={"header_timeout": "200ms", "body_timeout": "200ms"}, drain="500ms",
                         a_block={"timeout": {"first_byte": "2s", "total": "3s"}})
    sound = [
        request("GET", "/a?b=c", [("Accept", "*/*"), ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]),
        request("POST", "/a", [("baggage", "a=b"), ("tracestate", "a=1,b=2")], b"hello"),
        b"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"PUT /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    ]
    for _ in range(150):
        bytes_ = bytearray(draw.choice(sound) * draw.choice([1, 1, 2]))
        for _ in range(draw.randint(1, 4)):
            place = draw.randrange(len(bytes_))
            match draw.randrange(4):
                case 0: bytes_[place] = draw.randrange(256)
                case 1: del bytes_[place:place + draw.randint(1, 10)]
                case 2: bytes_[place:place] = bytes_[place:place + draw.randint(1, 10)]
                case 3: bytes_[place:place] = draw.choice([b"\r\n", b"\x00", b"\n", b":", b" ", b"\xff", b"Content-Length: 9\r\n"])
            if not bytes_:
                break
        with sidecar.wire(limit=10) as wire:
            try:
                wire.send(bytes(bytes_))
                wire.finish_sending()
                wire.rest()
            except OSError:
                pass
        assert sidecar.running, f"seed {seed}: {bytes(bytes_)!r}\n{sidecar.told}"
    assert sidecar.call("GET", "/after").status_code == 200


def test_random_bytes_never_end_it(pair):
    draw = random.Random(7)
    sidecar, _, _ = pair(limits={"header_timeout": "200ms"}, drain="500ms")
    for _ in range(50):
        with sidecar.wire(limit=10) as wire:
            try:
                wire.send(draw.randbytes(draw.choice([1, 10, 1000, 70_000])))
                wire.finish_sending()
                wire.rest()
            except OSError:
                pass
    assert sidecar.call("GET", "/after").status_code == 200


def test_many_clients_that_go_away_at_any_moment_leave_nothing_behind(pair):
    draw = random.Random(11)
    sidecar, _, _ = pair(a="delay=1ms..30ms,body=100KiB", b="delay=1ms..30ms")
    whole = request("POST", "/x", body=b"x" * 50_000)
    for _ in range(200):
        wire = sidecar.wire()
        wire.send(whole[:draw.choice([10, 100, 20_000, len(whole)])])
        draw.choice([wire.close, wire.reset])()
    assert sidecar.call("GET", "/after").status_code == 200
    for name in ("a", "b"):
        sidecar.await_metric(0, "pantograph_upstream_in_flight", upstream=name)
        sidecar.await_metric(0, "pantograph_deliveries_pending", upstream=name)
    assert sidecar.descriptors() < 200
