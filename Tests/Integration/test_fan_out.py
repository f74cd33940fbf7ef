"""The primary's answer is the application's, byte for byte, and no mirror can delay, fail or alter it."""

import hashlib
import threading

import pytest

from stage.scripted import answering
from stage.wire import Closed, request

BODY = bytes(range(256)) * 64


def test_both_upstreams_get_the_same_request(pair):
    sidecar, a, b = pair()
    assert sidecar.call("POST", "/orders?x=1", data=BODY, headers={"X-Note": "ä".encode()}).status_code == 200
    [at_a], [at_b] = a.await_requests(1), b.await_requests(1)
    for taken in (at_a, at_b):
        assert (taken["method"], taken["target"]) == ("POST", "/orders?x=1")
        assert taken["body_sha256"] == hashlib.sha256(BODY).hexdigest()
    assert a.stats()["requests"] == b.stats()["requests"] == 1


@pytest.mark.parametrize("status", [200, 201, 207, 299, 301, 302, 400, 401, 403, 404, 409, 418, 422, 429, 500, 502, 503, 599])
def test_the_primarys_answer_goes_back_byte_for_byte(scripted, sidecar, status):
    fields = [("X-One", "a"), ("x-one", "b"), ("Set-Cookie", "s=1; Path=/"), ("Set-Cookie", "t=2"), ("X-Latin", "caf\xe9"),
              ("Date", "Tue, 01 Jan 2030 00:00:00 GMT"), ("ETag", 'W/"x"'), ("Content-Type", "application/octet-stream")]
    primary, mirror = scripted(answering(status, fields, BODY)), scripted(answering(200, (), b"the mirror's"))
    one = sidecar({"a": primary.url, "b": mirror.url})
    with one.wire() as wire:
        wire.send(request("GET", "/"))
        reply = wire.reply()
    assert reply.status == status and reply.body == BODY
    assert [(name, value) for name, value in reply.headers if (name, value) in fields] == fields
    mirror.await_requests(1)


MISBEHAVING = {
    "hangs": "hang",
    "answers after 10 s": "delay=10s",
    "resets when the request is complete": "reset",
    "resets at the head": "reset-early",
    "resets half-way through its answer": "body=1KiB,reset-after=512",
    "closes without an answer": "close",
    "sends garbage": "garbage",
    "reads one byte a second": "slow-read=1/1s",
    "answers one byte a second": "body=1KiB,trickle=1/1s",
    "answers at the head and reads nothing": "early,status=500",
    "fails": "status=500",
    "is overrun": "status=429,retry-after=60",
    "redirects": "status=302,header=Location:http://127.0.0.1:1/",
    "answers with 64 MiB": "body=64MiB",
    "closes each kept connection": "close-idle",
}


@pytest.mark.parametrize("behaviour", MISBEHAVING.values(), ids=MISBEHAVING.keys())
def test_whatever_a_mirror_does_the_primary_answers(pair, behaviour):
    sidecar, a, _ = pair(b=behaviour, drain="200ms")
    with sidecar.wire() as wire:
        for number in range(20):
            wire.send(request("POST", f"/{number}", body=BODY))
            reply = wire.reply("POST")
            assert reply.status == 200 and b'"a"' in reply.body, (number, reply)
    assert a.stats()["requests"] == 20


def test_a_mirror_that_refuses_connections_changes_nothing(upstream, sidecar):
    from stage.processes import free_port
    a = upstream("a")
    one = sidecar({"a": a.url, "b": f"http://127.0.0.1:{free_port()}"})
    assert [one.call("POST", f"/{n}", data=BODY).status_code for n in range(20)] == [200] * 20
    one.await_metric(20, "pantograph_upstream_errors_total", upstream="b", role="mirror", **{"class": "connect_refused"})


def test_a_mirror_with_a_name_that_does_not_resolve_changes_nothing(upstream, sidecar):
    one = sidecar({"a": upstream("a").url, "b": "http://no-such-host.invalid"})
    assert [one.call("GET", f"/{n}").status_code for n in range(5)] == [200] * 5
    one.await_metric(5, "pantograph_upstream_errors_total", upstream="b", role="mirror", **{"class": "dns"})


def test_the_primary_is_not_kept_waiting_for_a_mirror(scripted, sidecar):
    """The mirror does not answer before the application has the primary's answer in hand: only a deadlock could fail this."""
    answered = threading.Event()

    def mirror(conversation):
        conversation.take()
        assert answered.wait(60), "the primary's answer did not come while the mirror was still at work"
        conversation.answer(body=b"late")

    primary, late = scripted(answering(body=b"prompt")), scripted(mirror)
    one = sidecar({"a": primary.url, "b": late.url})
    assert one.call("GET", "/").content == b"prompt"
    late.await_requests(1)
    answered.set()
    one.await_metric(1, "pantograph_deliveries_total", upstream="b", result="delivered")


def test_a_mirror_goes_on_while_the_primary_hangs(scripted, sidecar):
    mirrored = threading.Event()

    def primary(conversation):
        conversation.take()
        assert mirrored.wait(60), "the mirror had to wait for the primary"
        conversation.answer(body=b"at last")

    def mirror(conversation):
        conversation.take()
        mirrored.set()
        conversation.answer()

    one = sidecar({"a": scripted(primary).url, "b": scripted(mirror).url})
    assert one.call("POST", "/", data=b"x").content == b"at last"


def test_the_body_streams_to_the_primary_while_it_arrives(scripted, sidecar):
    """The primary confirms each part before the application sends the next."""
    parts = [threading.Event() for _ in range(5)]

    def primary(conversation):
        conversation.take_head()
        for part in parts:
            assert conversation.exactly(4) == b"part"
            part.set()
        conversation.answer(body=b"all five")

    one = sidecar({"a": scripted(primary).url, "b": scripted(answering()).url})
    with one.wire() as wire:
        wire.send(b"POST /s HTTP/1.1\r\nHost: api.test\r\nContent-Length: 20\r\n\r\n")
        for part in parts:
            wire.send(b"part")
            assert part.wait(60), "a part did not reach the primary before the next was sent"
        assert wire.reply("POST").body == b"all five"


def test_with_three_upstreams_both_mirrors_get_the_call(upstream, sidecar):
    a, b, c = upstream("a"), upstream("b"), upstream("c")
    one = sidecar({"a": a.url, "b": b.url, "c": c.url})
    assert one.call("PUT", "/x", data=b"1").status_code == 200
    for each in (a, b, c):
        assert each.await_requests(1)[0]["method"] == "PUT"


def test_one_upstream_alone_is_a_plain_proxy(upstream, sidecar):
    one = sidecar({"a": upstream("a", behave="status=201,body=10").url})
    reply = one.call("POST", "/x", data=b"1")
    assert reply.status_code == 201 and len(reply.content) == 10


def test_routes_decide_by_method_and_path_in_their_order(upstream, sidecar):
    a, b = upstream("a"), upstream("b")
    one = sidecar({"a": a.url, "b": b.url}, routes=[
        {"name": "orders", "match": {"methods": ["POST"], "path": "/orders/**"}, "respond": "b", "to": ["b", "a"]},
        {"name": "reports", "match": {"path": "/reports/*"}, "respond": "b", "to": ["b"]},
        {"name": "rest", "match": {"path": "/**"}, "respond": "a", "to": ["a"]},
    ])
    expected = {("POST", "/orders/7"): "b", ("GET", "/orders/7"): "a", ("GET", "/reports/1"): "b", ("GET", "/reports/1/2"): "a",
                ("GET", "/"): "a"}
    for (method, target), name in expected.items():
        assert one.call(method, target).json()["upstream"] == name, (method, target)
    a.await_requests(4)
    assert {r["target"] for r in b.requests()} == {"/orders/7", "/reports/1"}
    exposition = one.metrics()
    assert {labels["route"] for labels, value in exposition.samples("pantograph_exchange_duration_seconds_count") if value} == {
        "orders", "reports", "rest"}


def test_without_a_route_that_matches_the_answer_is_404_and_no_upstream_is_called(upstream, sidecar):
    a = upstream("a")
    one = sidecar({"a": a.url}, routes=[{"name": "orders", "match": {"path": "/orders"}, "respond": "a", "to": ["a"]}])
    reply = one.call("GET", "/other")
    assert reply.status_code == 404 and reply.json()["class"] == "no_route"
    assert a.stats()["requests"] == 0


# ---- An application that goes away ----------------------------------------------------------------------------------

@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_client_that_goes_away_cancels_the_primary(scripted, sidecar, leave):
    cancelled = threading.Event()

    def primary(conversation):
        conversation.take()
        try:
            conversation.exactly(1)
        except (Closed, ConnectionError):
            cancelled.set()
            raise

    upstream = scripted(primary)
    one = sidecar({"a": upstream.url})
    wire = one.wire()
    wire.send(request("GET", "/"))
    upstream.await_requests(1)
    getattr(wire, leave)()
    assert cancelled.wait(60), "the primary's connection stayed open"
    one.await_metric(1, "pantograph_upstream_errors_total", upstream="a", **{"class": "cancelled"})


@pytest.mark.parametrize("goes_on", [True, False])
def test_mirrors_go_on_or_not_when_the_client_goes_away(scripted, upstream, sidecar, goes_on):
    """The application leaves while the mirror's call is under way: it ends whole, or cut, as the route says."""
    gone, outcome, settled = threading.Event(), [], threading.Event()

    def mirror(conversation):
        conversation.take()
        gone.wait(60)
        try:
            if goes_on:
                conversation.answer()
                outcome.append("answered")
            else:
                conversation.exactly(1)
        except (Closed, ConnectionError):
            outcome.append("cut")
        finally:
            settled.set()

    primary, second = upstream("a", behave="hang"), scripted(mirror)
    one = sidecar({"a": primary.url, "b": second.url}, routes=[
        {"name": "r", "match": {"path": "/**"}, "respond": "a", "to": ["a", "b"], "mirror_when_cancelled": goes_on}])
    wire = one.wire()
    wire.send(request("POST", "/", body=b"x"))
    second.await_requests(1)
    primary.await_requests(1)
    wire.reset()
    one.await_metric(1, "pantograph_upstream_errors_total", upstream="a", **{"class": "cancelled"})
    gone.set()
    assert settled.wait(60) and outcome == ["answered" if goes_on else "cut"]
    one.await_metric(1, "pantograph_deliveries_total", upstream="b", result="delivered" if goes_on else "dead")


def test_a_body_that_never_came_whole_is_skipped_by_the_mirror(upstream, sidecar):
    a, b = upstream("a"), upstream("b")
    one = sidecar({"a": a.url, "b": b.url})
    wire = one.wire()
    wire.send(b"POST /half HTTP/1.1\r\nHost: api.test\r\nContent-Length: 100\r\n\r\nonly this")
    wire.reset()
    one.await_metric(1, "pantograph_deliveries_skipped_total", upstream="b", reason="cancelled")
    assert one.call("GET", "/after").status_code == 200
    assert [r["target"] for r in b.await_requests(1)] == ["/after"]
