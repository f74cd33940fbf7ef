"""Where one upstream took the exchange and the other's delivery ended dead, a compensating call makes it good."""

from stage.playground import header
from stage.scripted import answering
from stage.waiting import holds

QUICK = {"attempts": 2, "backoff": "5ms", "max_backoff": "10ms"}


def test_the_upstream_that_took_it_gets_a_compensating_call(scripted, accepting):
    def took(conversation):
        while True:
            conversation.take()
            conversation.answer(201, [("Content-Type", "application/json")], b'{"reservation": "r-17"}')

    a, b = scripted(took), scripted(answering(422))
    one = accepting({"a": {"url": a.url, "retry": QUICK}, "b": {"url": b.url, "retry": QUICK}}, route={"on_partial_failure": {
        "method": "POST", "path": "/orders/{body:/order}/cancel", "headers": {"Content-Type": "application/json"},
        "body": '{"exchange": "{id}", "reservation": "{answer:/reservation}"}'}})
    id = one.call("POST", "/orders", data=b'{"order": 12}', headers={"Content-Type": "application/json"}).json()["id"]
    one.await_states(id, a="compensated", b="dead")
    order, cancel = a.await_requests(2)
    assert cancel.method == "POST" and cancel.target == "/orders/12/cancel"
    assert cancel.body == b'{"exchange": "%s", "reservation": "r-17"}' % id.encode()
    assert cancel.get("idempotency-key") != order.get("idempotency-key")
    assert cancel.get("traceparent")[3:35] == order.get("traceparent")[3:35]
    one.await_metric(1, "pantograph_deliveries_total", result="compensated")
    assert holds(lambda: len(a.requests) == 2 and len(b.requests) == 1, 0.3)


def test_no_call_is_made_where_all_succeed_or_all_fail(scripted, accepting):
    a, b = scripted(answering(200)), scripted(answering(200))
    rule = {"on_partial_failure": {"method": "DELETE", "path": "/undo"}}
    one = accepting({"a": a.url, "b": b.url}, route=rule)
    one.await_states(one.call("POST", "/", data=b"1").json()["id"], a="delivered", b="delivered")
    assert holds(lambda: len(a.requests) == 1 and len(b.requests) == 1, 0.2)


def test_a_compensating_call_that_dies_is_a_dead_letter(scripted, accepting):
    def script(conversation):
        while True:
            conversation.answer(200 if conversation.take().target == "/orders" else 400)

    a, b = scripted(script), scripted(answering(400))
    one = accepting({"a": a.url, "b": b.url}, route={"on_partial_failure": {"method": "DELETE", "path": "/undo"}})
    id = one.call("POST", "/orders", data=b"1").json()["id"]
    one.await_metric(2, "pantograph_deliveries_total", result="dead")
    assert one.exchange(id)["deliveries"]["a"]["state"] == "delivered"
    assert {letter["upstream"] for letter in one.api("dead-letters").json()["dead_letters"]} == {"a", "b"}
