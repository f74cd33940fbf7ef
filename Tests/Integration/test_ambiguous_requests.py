"""A request that could be read two ways gets 400, the connection closes, and nothing of it reaches an upstream (RFC 9112)."""

import pytest

HOST = b"Host: api.test\r\n"

AMBIGUOUS = {
    "length and chunks": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "two lengths in one field": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5, 6\r\n\r\nhello!",
    "length with sign": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +5\r\n\r\nhello",
    "negative length": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\nhello",
    "length in hexadecimal": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 0x5\r\n\r\nhello",
    "empty length": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: \r\n\r\nhello",
    "length with space": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1 0\r\n\r\nhello",
    "length beyond 64 bits": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 18446744073709551621\r\n\r\nhello",
    "bare LF after a field": b"GET / HTTP/1.1\r\nHost: api.test\nX: y\r\n\r\n",
    "bare LF after the request line": b"GET / HTTP/1.1\nHost: api.test\r\n\r\n",
    "bare LF everywhere": b"GET / HTTP/1.1\nHost: api.test\n\n",
    "bare CR in a value": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n\r\n",
    "NUL in a value": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
    "folded line": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "folded line with tab": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n\tb\r\n\r\n",
    "space before the first field": b"GET / HTTP/1.1\r\n Host: api.test\r\n\r\n",
    "space before the colon": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length : 5\r\n\r\nhello",
    "tab before the colon": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "name with a space": b"GET / HTTP/1.1\r\n" + HOST + b"X Y: z\r\n\r\n",
    "empty name": b"GET / HTTP/1.1\r\n" + HOST + b": z\r\n\r\n",
    "no colon": b"GET / HTTP/1.1\r\n" + HOST + b"nonsense\r\n\r\n",
    "chunked not last": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked twice": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked in two fields": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked hidden by identity": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked with a vertical tab": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "quoted chunked": b'POST / HTTP/1.1\r\n' + HOST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\nX: y\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "bad host": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "control character in the target": b"GET /a\x01b HTTP/1.1\r\n" + HOST + b"\r\n",
    "space in the target": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "tab for a space": b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "no target": b"GET HTTP/1.1\r\n" + HOST + b"\r\n",
    "target without slash": b"GET orders HTTP/1.1\r\n" + HOST + b"\r\n",
    "bad method": b"G(T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "lower-case version": b"GET / http/1.1\r\n" + HOST + b"\r\n",
    "odd version": b"GET / HTTP/1.1x\r\n" + HOST + b"\r\n",
}

# Those whose head is sound: the fault is in the body, so the primary may have seen its beginning, but never a whole request.
BAD_CHUNKS = {
    "no digits": b";x\r\nhello\r\n0\r\n\r\n",
    "sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "space before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "bare LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "no CRLF after the data": b"5\r\nhelloX\r\n0\r\n\r\n",
    "bare LF after the data": b"5\r\nhello\n0\r\n\r\n",
    "size beyond 64 bits": b"FFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
    "size near 64 bits": b"7FFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
}


@pytest.fixture
def served(pair):
    return pair()


@pytest.mark.parametrize("bytes", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_it_is_refused_and_closed_and_nothing_reaches_an_upstream(bytes, served):
    sidecar, a, b = served
    with sidecar.wire() as wire:
        # A request smuggled behind the ambiguous one must not be answered either.
        wire.send(bytes + b"GET /smuggled HTTP/1.1\r\nHost: api.test\r\n\r\n")
        reply = wire.reply()
        # A coding that is not known may be told as such (RFC 9112, 6.1): 501.
        assert reply.status == (501 if b"identity" in bytes else 400), reply
        assert reply.get("content-type") == "application/problem+json" and reply.get("proxy-status"), reply
        assert wire.is_closed()
    # One more exchange shows that whatever would have been forwarded had the time to arrive.
    assert sidecar.call("GET", "/after").status_code == 200
    assert [r["target"] for r in a.await_requests(1)] == ["/after"]
    assert [r["target"] for r in b.await_requests(1)] == ["/after"]


@pytest.mark.parametrize("chunks", BAD_CHUNKS.values(), ids=BAD_CHUNKS.keys())
def test_a_chunk_that_could_be_read_two_ways_never_makes_a_whole_request(chunks, served):
    sidecar, a, b = served
    with sidecar.wire() as wire:
        wire.send(b"POST /chunks HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
                  + b"GET /smuggled HTTP/1.1\r\nHost: api.test\r\n\r\n")
        answered = wire.rest()
    assert answered == b"" or answered.startswith(b"HTTP/1.1 4"), answered
    assert sidecar.call("GET", "/after").status_code == 200
    for upstream in (a, b):
        upstream.await_requests(1)
        whole = [r["target"] for r in upstream.requests() if r["complete"]]
        assert whole == ["/after"], whole


@pytest.mark.parametrize("version, status", [("HTTP/2.0", {400, 505}), ("HTTP/1.2", {200, 400, 505}), ("HTTP/0.9", {400, 505})])
def test_other_versions_are_refused(version, status, served):
    with served[0].wire() as wire:
        wire.send(f"GET / {version}\r\nHost: api.test\r\n\r\n")
        assert wire.reply().status in status


def test_the_same_length_twice_is_no_ambiguity_or_refused(served):
    """RFC 9112, 6.3: identical values may be taken as one or refused."""
    with served[0].wire() as wire:
        wire.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello")
        assert wire.reply("POST").status in (200, 400)


def test_a_refused_request_is_counted_and_has_a_span(served, collector):
    with served[0].wire() as wire:
        wire.send(AMBIGUOUS["two lengths"])
        assert wire.reply().status == 400
    served[0].await_metric(1, "pantograph_exchange_duration_seconds_count", code="400")
    span = collector.server_span()
    assert span["http.response.status_code"] == 400 and span["pantograph.error.class"] == "protocol"
