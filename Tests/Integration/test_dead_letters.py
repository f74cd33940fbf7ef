"""A delivery that ends dead is kept with everything that happened to it, and replayed or discarded by people."""

import json

import pytest

from stage.otlp import CLIENT, INTERNAL
from stage.processes import binary, run
from stage.waiting import until

QUICK = {"attempts": 2, "backoff": "5ms", "max_backoff": "10ms", "on": ["connect", "timeout", "reset", "429", "5xx"]}


def cli(one, *arguments):
    return run([binary("pantograph"), *arguments, "--admin", one.admin])


@pytest.fixture
def failing(scripted, accepting):
    """A sidecar whose upstream a fails until it is mended, with b always well: (sidecar, a, b, mend)."""
    is_mended = []

    def script(conversation):
        while True:
            conversation.take()
            conversation.answer(200 if is_mended else 500, body=b"fine" if is_mended else b"broken: " + b"x" * 4000)

    def well(conversation):
        while True:
            conversation.take()
            conversation.answer()

    a, b = scripted(script), scripted(well)
    one = accepting({"a": {"url": a.url, "retry": QUICK}, "b": {"url": b.url, "retry": QUICK}})
    return one, a, b, lambda: is_mended.append(True)


def kill(one, number, path="/orders"):
    ids = [one.call("POST", f"{path}?n={n}&sig=hidden", data=b"the body", headers={"Cookie": "c"}).json()["id"] for n in range(number)]
    for id in ids:
        one.await_states(id, a="dead", b="delivered")
    return ids


def test_a_dead_letter_tells_everything(failing):
    one, _, _, _ = failing
    [id] = kill(one, 1)
    [letter] = one.api("dead-letters").json()["dead_letters"]
    assert letter["upstream"] == "a" and letter["exchange_id"] == id and letter["last_class"] == "http_5xx" and letter["attempts"] == 2
    shown = one.api(f"dead-letters/{letter['id']}").json()
    assert shown["method"] == "POST" and shown["target"].startswith("/orders?n=0") and shown["body_bytes"] == 8
    assert [entry["status"] for entry in shown["history"]] == [500, 500]
    assert shown["history"][0]["answer"].startswith("broken: ") and len(shown["history"][0]["answer"]) == 2048
    assert shown["trace_id"] == one.exchange(id)["trace_id"]
    assert "hidden" not in json.dumps(shown)
    assert one.metrics().sum("pantograph_dead_letters", upstream="a") == 1


def test_replay_by_id_delivers_and_links_to_the_first_trace(failing, collector):
    one, a, _, mend = failing
    [id] = kill(one, 1)
    first = one.exchange(id)["trace_id"]
    [letter] = one.api("dead-letters").json()["dead_letters"]
    mend()
    done = cli(one, "dead-letters", "replay", str(letter["id"]))
    assert done.code == 0 and "1" in done.out
    exchange = one.await_states(id, a="delivered", b="delivered")
    assert exchange["deliveries"]["a"]["replays"] == 1
    assert len({request.get("idempotency-key") for request in a.requests}) == 1
    assert one.api("dead-letters").json()["dead_letters"] == []
    until(lambda: sum(span.kind == INTERNAL for span in collector.spans()) == 3, "three spans of deliveries")
    [dead] = [s for s in collector.spans() if s.kind == INTERNAL and s.get("pantograph.delivery.result") == "dead"]
    [replayed] = [s for s in collector.spans() if s.kind == INTERNAL and s.links]
    assert dead.trace_id == first and replayed.trace_id != first and replayed.links == [(dead.trace_id, dead.span_id)]
    until(lambda: any(s.kind == CLIENT and s.parent_id == replayed.span_id for s in collector.spans()), "the attempt's span")


def test_replay_by_filter_and_at_a_rate(failing):
    one, _, _, mend = failing
    ids = kill(one, 7)
    mend()
    assert cli(one, "dead-letters", "replay", "--upstream", "b", "--yes").code == 0
    assert len(one.api("dead-letters").json()["dead_letters"]) == 7
    done = cli(one, "dead-letters", "replay", "--upstream", "a", "--class", "http_5xx", "--rate", "100/1s", "--yes", "--json")
    assert done.code == 0 and json.loads(done.out)["replayed"] == 7
    for id in ids:
        one.await_states(id, a="delivered")


def test_a_letter_that_dies_again_is_a_dead_letter_again(failing):
    one, a, _, _ = failing
    [id] = kill(one, 1)
    [letter] = one.api("dead-letters").json()["dead_letters"]
    assert one.api("dead-letters/replay", "POST", json={"ids": [letter["id"]]}).json() == {"replayed": 1}
    until(lambda: len(a.requests) == 4, "two more attempts")
    one.await_states(id, a="dead")
    [again] = one.api("dead-letters").json()["dead_letters"]
    assert len(one.api(f"dead-letters/{again['id']}").json()["history"]) == 4


def test_discard_ends_it(failing):
    one, _, _, _ = failing
    [id] = kill(one, 1)
    [letter] = one.api("dead-letters").json()["dead_letters"]
    assert one.api(f"dead-letters/{letter['id']}", "DELETE").status_code == 204
    assert one.api(f"dead-letters/{letter['id']}", "DELETE").status_code == 404
    assert one.api("dead-letters").json()["dead_letters"] == [] and one.exchange(id)["deliveries"]["a"]["state"] == "dead"
    assert one.metrics().sum("pantograph_dead_letters", upstream="a") == 0


def test_many_are_not_touched_without_being_asked(failing):
    one, _, _, _ = failing
    kill(one, 3)
    refused = cli(one, "dead-letters", "replay")
    assert refused.code != 0 and refused.err
    assert one.api("dead-letters/replay", "POST", json={}).status_code == 400
    unconfirmed = cli(one, "dead-letters", "discard", "--all")
    assert unconfirmed.code != 0 and "--yes" in unconfirmed.err
    assert len(one.api("dead-letters").json()["dead_letters"]) == 3


def test_the_command_line_shows_what_the_api_tells(failing):
    one, _, _, _ = failing
    [id] = kill(one, 1)
    listed = cli(one, "dead-letters", "list")
    assert listed.code == 0 and "http_5xx" in listed.out and "orders" in listed.out
    letter = one.api("dead-letters").json()["dead_letters"][0]["id"]
    shown = cli(one, "dead-letters", "show", str(letter))
    assert shown.code == 0 and id in shown.out and "broken" in shown.out and "hidden" not in shown.out
    assert id in cli(one, "exchanges").out
    assert "dead" in cli(one, "exchanges", id).out
    status = cli(one, "status")
    assert status.code == 0 and "a" in status.out
    assert cli(one, "exchanges", "01890000-0000-7000-8000-000000000000").code == 1
    assert json.loads(cli(one, "exchanges", id, "--json").out)["id"] == id


def test_a_sidecar_that_is_not_there_is_said_so():
    done = run([binary("pantograph"), "status", "--admin", "127.0.0.1:1"])
    assert done.code == 69 and "127.0.0.1:1" in done.err


@pytest.mark.parametrize("origin, host, status", [
    ("http://evil.example", None, 403), (None, "evil.example", 403), (None, None, 200),
])
def test_state_changing_calls_come_from_here_alone(failing, origin, host, status):
    one, _, _, _ = failing
    kill(one, 1)
    headers = {name: value for name, value in (("Origin", origin), ("Host", host)) if value}
    assert one.api("dead-letters/replay", "POST", json={"all": True}, headers=headers).status_code == status
