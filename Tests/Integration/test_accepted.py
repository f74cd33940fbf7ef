"""`respond: accepted`: 202 once the call is in the spool, and every upstream gets it from there, each on its own."""

import re
import threading

import pytest

from stage.otlp import CLIENT, INTERNAL, SERVER
from stage.playground import header
from stage.scripted import answering
from stage.waiting import until

QUICK = {"attempts": 5, "backoff": "10ms", "max_backoff": "100ms", "on": ["connect", "timeout", "reset", "429", "5xx"]}


def key(request):
    return request.get("idempotency-key") if hasattr(request, "get") and not isinstance(request, dict) else header(request, "idempotency-key")


def test_the_application_gets_202_and_both_upstreams_the_call(upstream, accepting):
    a, b = upstream("a"), upstream("b")
    one = accepting({"a": a.url + "/v2", "b": b.url})
    reply = one.call("POST", "/orders?x=1", data=b"the order", headers={"X-Mine": "kept", "Content-Type": "text/x"})
    assert reply.status_code == 202
    document = reply.json()
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", document["id"])
    assert set(document) >= {"id", "status", "deliveries"} and set(document["deliveries"]) == {"a", "b"}
    assert reply.headers["Location"] == f"{one.admin_url}/api/exchanges/{document['id']}"
    [first], [second] = a.await_requests(1), b.await_requests(1)
    assert first["target"] == "/v2/orders?x=1" and second["target"] == "/orders?x=1"
    for request in (first, second):
        assert request["method"] == "POST" and request["body_bytes"] == 9
        assert header(request, "x-mine") == "kept" and header(request, "content-type") == "text/x"
    states = one.await_states(document["id"], a="delivered", b="delivered")
    assert states["route"] == "all" and states["deliveries"]["a"]["attempts"] == 1 and states["deliveries"]["a"]["last_status"] == 200
    assert one.metrics().sum("pantograph_deliveries_total", result="delivered") == 2
    assert one.metrics().sum("pantograph_deliveries_pending") == 0


def test_a_call_without_a_body_and_one_with_an_empty_body(upstream, accepting):
    a = upstream("a")
    one = accepting({"a": a.url})
    for method, data in (("GET", None), ("DELETE", None), ("POST", b""), ("PUT", iter([b"chunk", b"ed"]))):
        assert one.call(method, "/x", data=data).status_code == 202
    sizes = {request["method"]: request["body_bytes"] for request in a.await_requests(4)}
    assert sizes == {"GET": 0, "DELETE": 0, "POST": 0, "PUT": 7}


def test_every_attempt_carries_the_same_key_and_a_span_of_its_own(scripted, accepting, collector):
    left = [2]

    def failing(conversation):
        while True:
            conversation.take()
            left[0] -= 1
            conversation.answer(503 if left[0] >= 0 else 200)

    a = scripted(failing)
    one = accepting({"a": {"url": a.url, "retry": QUICK}})
    id = one.call("POST", "/orders", data=b"x").json()["id"]
    exchange = one.await_states(id, a="delivered")
    assert exchange["deliveries"]["a"]["attempts"] == 3
    requests = a.await_requests(3)
    assert {request.get("idempotency-key") for request in requests} == {f'"{id}"'}
    assert len({request.get("traceparent") for request in requests}) == 3
    assert len({request.get("traceparent")[3:35] for request in requests}) == 1

    spans = collector.await_spans(5)
    [server] = [span for span in spans if span.kind == SERVER]
    [internal] = [span for span in spans if span.kind == INTERNAL]
    clients = [span for span in spans if span.kind == CLIENT]
    assert internal.name == "deliver a" and internal.parent_id == server.span_id and internal.trace_id == server.trace_id
    assert all(span.parent_id == internal.span_id and span.trace_id == server.trace_id for span in clients)
    assert sorted(span.attributes.get("http.request.resend_count", 0) for span in clients) == [0, 1, 2]
    assert internal.attributes["pantograph.delivery.result"] == "delivered"
    assert one.metrics().sum("pantograph_retries_total", upstream="a", **{"class": "http_5xx"}) == 2


def test_the_applications_own_key_goes_on(upstream, accepting):
    a, b = upstream("a"), upstream("b")
    one = accepting({"a": a.url, "b": {"url": b.url, "idempotency": {"header": "X-Request-Key"}}})
    one.call("POST", "/x", data=b"1", headers={"Idempotency-Key": "mine-1"})
    assert header(a.await_requests(1)[0], "idempotency-key") == "mine-1"
    assert header(b.await_requests(1)[0], "x-request-key").strip('"') == "mine-1"


@pytest.mark.parametrize("status, state", [(200, "delivered"), (204, "delivered"), (302, "delivered"), (400, "dead"), (404, "dead"), (501, "dead")])
def test_what_an_answer_makes_of_a_delivery(upstream, accepting, status, state):
    a = upstream("a", behave=f"status={status}")
    one = accepting({"a": {"url": a.url, "retry": QUICK}})
    exchange = one.await_states(one.call("POST", "/x", data=b"1").json()["id"], a=state)
    assert exchange["deliveries"]["a"]["attempts"] == 1 and exchange["deliveries"]["a"]["last_status"] == status


@pytest.mark.parametrize("behave, cls", [("status=500", "http_5xx"), ("status=408", "http_4xx"), ("reset", "reset"), ("hang", "first_byte_timeout")])
def test_attempts_are_used_up_and_the_delivery_is_dead(upstream, accepting, behave, cls):
    a = upstream("a", behave=behave)
    one = accepting({"a": {"url": a.url, "retry": QUICK | {"attempts": 3, "on": ["connect", "timeout", "reset", "408", "5xx"]},
                           "timeout": {"first_byte": "100ms"}}})
    exchange = one.await_states(one.call("POST", "/x", data=b"1").json()["id"], a="dead")
    assert exchange["deliveries"]["a"]["attempts"] == 3 and exchange["deliveries"]["a"]["last_class"] == cls
    assert a.stats()["requests"] == 3
    assert one.metrics().sum("pantograph_deliveries_total", upstream="a", result="dead") == 1


def test_an_upstream_that_is_down_holds_up_no_other(upstream, accepting):
    b = upstream("b")
    one = accepting({"a": {"url": "http://127.0.0.1:1", "retry": {"attempts": 100, "backoff": "1m", "max_backoff": "1m"}}, "b": b.url})
    ids = [one.call("POST", f"/{n}", data=b"1").json()["id"] for n in range(50)]
    for id in ids:
        one.await_states(id, a="pending", b="delivered")
    assert one.metrics().sum("pantograph_deliveries_pending", upstream="a") == 50
    assert one.metrics().sum("pantograph_deliveries_pending", upstream="b") == 0
    until(lambda: one.metrics().sum("pantograph_delivery_lag_seconds", upstream="a") > 0, "lag at a")


def test_credentials_go_to_whom_they_are_for(upstream, accepting, tmp_path):
    a, b = upstream("a"), upstream("b")
    one = accepting({"a": {"url": a.url, "credentials": {"bearer": "a-secret"}}, "b": b.url}, secrets=["applications-secret", "a-secret"])
    one.call("POST", "/x", data=b"1", headers={"Authorization": "Bearer applications-secret", "Cookie": "applications-secret"})
    assert header(a.await_requests(1)[0], "authorization") == "Bearer a-secret"
    [request] = b.await_requests(1)
    assert header(request, "authorization") is None and header(request, "cookie") is None
    kept = b"".join(path.read_bytes() for path in (tmp_path / "spool").iterdir())
    assert b"applications-secret" not in kept and b"a-secret" not in kept


def test_an_upstream_that_inherits_gets_them(upstream, accepting):
    a, b = upstream("a"), upstream("b")
    one = accepting({"a": a.url, "b": {"url": b.url, "inherit_credentials": True}})
    one.call("POST", "/x", data=b"1", headers={"Authorization": "Bearer of-the-application"})
    assert header(b.await_requests(1)[0], "authorization") == "Bearer of-the-application"
    assert header(a.await_requests(1)[0], "authorization") is None


def test_a_body_over_max_body_is_refused_and_kept_nowhere(upstream, accepting):
    a = upstream("a")
    one = accepting({"a": a.url}, spool={"max_body": "64KiB"})
    assert one.call("POST", "/x", data=b"x" * 65536).status_code == 202
    for data in (b"x" * 65537, iter([b"x" * 40000] * 2)):
        reply = one.call("POST", "/x", data=data)
        assert reply.status_code == 413 and reply.json()["class"] == "body_too_large"
    one.await_metric(1, "pantograph_deliveries_total")
    assert len(a.requests()) == 1


# ---- Keys ------------------------------------------------------------------------------------------------------------


def test_the_same_key_and_content_is_the_same_exchange(upstream, accepting):
    a = upstream("a")
    one = accepting({"a": a.url})
    replies = [one.call("POST", "/x?y", data=b"1", headers={"Idempotency-Key": name}) for name in ("k1", '"k1"', "k1")]
    assert [reply.status_code for reply in replies] == [202] * 3
    assert len({reply.json()["id"] for reply in replies}) == 1 and len({reply.headers["Location"] for reply in replies}) == 1
    one.await_metric(1, "pantograph_deliveries_total")
    assert len(a.requests()) == 1


@pytest.mark.parametrize("method, target, data", [("POST", "/x", b"2"), ("POST", "/y", b"1"), ("PUT", "/x", b"1")])
def test_the_same_key_with_other_content_is_422(upstream, accepting, method, target, data):
    one = accepting({"a": upstream("a").url})
    assert one.call("POST", "/x", data=b"1", headers={"Idempotency-Key": "k"}).status_code == 202
    reply = one.call(method, target, data=data, headers={"Idempotency-Key": "k"})
    assert reply.status_code == 422 and reply.headers["Content-Type"] == "application/problem+json"


def test_a_key_that_is_required_and_missing_is_400(upstream, accepting):
    one = accepting({"a": upstream("a").url}, route={"idempotency": {"required": True}})
    reply = one.call("POST", "/x", data=b"1")
    assert reply.status_code == 400 and "Idempotency-Key" in reply.json()["detail"]
    assert one.call("POST", "/x", data=b"1", headers={"Idempotency-Key": "k"}).status_code == 202


def test_a_key_whose_exchange_is_still_coming_is_409(upstream, accepting):
    one = accepting({"a": upstream("a").url})
    with one.wire() as wire:
        wire.send(b"POST /x HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        # Its body is asked for once its key is taken.
        wire.until(b" 100 Continue\r\n\r\n")
        assert one.call("POST", "/x", data=b"12", headers={"Idempotency-Key": "k"}).status_code == 409
        wire.send(b"12")
        assert wire.reply().status == 202
    assert one.call("POST", "/x", data=b"12", headers={"Idempotency-Key": "k"}).status_code == 202


def test_keys_are_a_routes_own(upstream, sidecar, tmp_path):
    a = upstream("a")
    routes = [{"name": name, "match": {"path": f"/{name}"}, "respond": "accepted", "to": ["a"]} for name in ("one", "two")]
    it = sidecar({"a": a.url}, routes=routes, spool={"path": str(tmp_path / "spool")})
    ids = {it.call("POST", f"/{name}", data=b"1", headers={"Idempotency-Key": "k"}).json()["id"] for name in ("one", "two")}
    assert len(ids) == 2


# ---- Prefer ----------------------------------------------------------------------------------------------------------


def test_respond_async_makes_any_route_accept(upstream, sidecar, tmp_path):
    a, b = upstream("a"), upstream("b")
    one = sidecar({"a": a.url, "b": b.url}, spool={"path": str(tmp_path / "spool")})
    assert one.call("POST", "/x", data=b"1").status_code == 200
    reply = one.call("POST", "/x", data=b"1", headers={"Prefer": "respond-async"})
    assert reply.status_code == 202 and "respond-async" in reply.headers["Preference-Applied"]
    one.await_states(reply.json()["id"], a="delivered", b="delivered")


def test_without_a_spool_the_preference_is_not_applied(pair):
    sidecar, _, _ = pair()
    reply = sidecar.call("POST", "/x", data=b"1", headers={"Prefer": "respond-async"})
    assert reply.status_code == 200 and "Preference-Applied" not in reply.headers


def test_wait_holds_the_answer_until_the_deliveries_have_ended(upstream, accepting):
    one = accepting({"a": upstream("a", behave="delay=300ms").url, "b": upstream("b").url})
    reply = one.call("POST", "/x", data=b"1", headers={"Prefer": "wait=30"})
    assert reply.status_code == 202 and reply.headers["Preference-Applied"] == "wait=30"
    assert {name: of["state"] for name, of in reply.json()["deliveries"].items()} == {"a": "delivered", "b": "delivered"}


def test_wait_ends_with_its_time(upstream, accepting):
    one = accepting({"a": upstream("a", behave="hang").url, "b": upstream("b").url}, drain="200ms")
    reply = one.call("POST", "/x", data=b"1", headers={"Prefer": "wait=1"})
    assert {name: of["state"] for name, of in reply.json()["deliveries"].items()} == {"a": "pending", "b": "delivered"}


# ---- Order -----------------------------------------------------------------------------------------------------------


def test_exchanges_of_one_order_follow_each_other_and_hold_up_no_others(scripted, upstream, accepting):
    failing = threading.Event()

    def script(conversation):
        while True:
            request = conversation.take()
            conversation.answer(503 if request.target == "/first" and not failing.is_set() else 200)

    a = scripted(script)
    one = accepting({"a": {"url": a.url, "retry": QUICK | {"attempts": 100}}}, route={"order_by": "X-Customer"})
    first = one.call("POST", "/first", data=b"1", headers={"X-Customer": "7"}).json()["id"]
    second = one.call("POST", "/second", data=b"1", headers={"X-Customer": "7"}).json()["id"]
    other = one.call("POST", "/other", data=b"1", headers={"X-Customer": "8"}).json()["id"]
    free = one.call("POST", "/free", data=b"1").json()["id"]
    one.await_states(other, a="delivered")
    one.await_states(free, a="delivered")
    a.await_requests(6)
    assert "/second" not in [request.target for request in a.requests]
    failing.set()
    one.await_states(first, a="delivered")
    one.await_states(second, a="delivered")
    targets = [request.target for request in a.requests]
    assert targets.index("/second") > max(place for place, target in enumerate(targets) if target == "/first")


# ---- Restart ---------------------------------------------------------------------------------------------------------


def test_what_is_pending_goes_on_after_a_restart_in_the_same_trace(upstream, accepting, collector):
    down = {"url": "http://127.0.0.1:1", "retry": {"attempts": 100, "backoff": "100ms", "max_backoff": "100ms"}}
    one = accepting({"a": down}, drain="1s")
    replies = [one.call("POST", f"/{n}", data=b"%d" % n) for n in range(20)]
    one.stop()
    a = upstream("a")
    two = accepting({"a": a.url})
    for reply in replies:
        two.await_states(reply.json()["id"], a="delivered")
    assert sorted(request["target"] for request in a.await_requests(20)) == sorted(f"/{n}" for n in range(20))
    assert len(a.requests()) == 20
    exchange = two.exchange(replies[0].json()["id"])
    until(lambda: sum(span.kind == INTERNAL for span in collector.spans()) == 20, "20 spans of deliveries")
    servers = [span for span in collector.spans() if span.kind == SERVER]
    internals = [span for span in collector.spans() if span.kind == INTERNAL]
    assert {span.trace_id for span in internals} == {span.trace_id for span in servers}
    assert {span.parent_id for span in internals} == {span.span_id for span in servers}
    assert exchange["trace_id"] in {span.trace_id for span in internals}


def test_what_waits_for_an_upstream_that_is_no_more_is_told_and_kept(upstream, accepting):
    one = accepting({"gone": "http://127.0.0.1:1", "a": upstream("a").url}, drain="200ms")
    id = one.call("POST", "/x", data=b"1").json()["id"]
    one.await_states(id, a="delivered")
    one.stop()
    two = accepting({"a": upstream("a").url}, drain="200ms")
    line = two.await_log(lambda line: "does not name" in line["message"])
    assert line["upstream"] == "gone" and line["pending"] == "1"
    two.stop()
    back = upstream("gone")
    three = accepting({"gone": back.url, "a": upstream("a").url})
    three.await_states(id, gone="delivered")


def test_a_second_process_on_the_same_spool_is_told_so(upstream, accepting, refused, tmp_path):
    a = upstream("a")
    accepting({"a": a.url})
    told = refused({"a": a.url}, {"path": str(tmp_path / "spool")})
    assert str(tmp_path / "spool") in told and "another process" in told
