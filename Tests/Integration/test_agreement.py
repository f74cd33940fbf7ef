"""Mirrors' answers are compared with the primary's where a route says so; the application's answer is not touched by it."""

import gzip
import json
import threading

import pytest

from stage.processes import binary, run
from stage.scripted import answering
from stage.waiting import until
from stage.wire import request

METRIC = "pantograph_agreement_total"
JSON = [("Content-Type", "application/json")]


def telling(document, status=200, headers=JSON, wait=None):
    """A script that answers each request with what `document(target)` gives, in order, as JSON unless it is bytes."""
    def script(conversation):
        while True:
            taken = conversation.take()
            if wait is not None:
                assert wait.wait(20)
            body = document(taken.target) if callable(document) else document
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            conversation.answer(status, headers, b"" if taken.method == "HEAD" else body)
    return script


@pytest.fixture
def comparing(scripted, sidecar):
    """A sidecar that compares b with a: comparing(script of a, script of b, {keys of compare}) gives (sidecar, a, b)."""

    def make(a, b, compare=True, b_block=None, route=None, **more):
        first, second = scripted(a), scripted(b)
        rule = {"name": "all", "match": {"path": "/**"}, "respond": "a", "compare": compare} | (route or {})
        return sidecar({"a": first.url, "b": {"url": second.url} | (b_block or {})}, routes=[rule], **more), first, second

    return make


def results(sidecar):
    metrics = sidecar.metrics()
    return {result: metrics.sum(METRIC, result=result) for result in ("match", "status", "headers", "body")}


def mirror(sidecar):
    [route] = sidecar.api("agreement").json()["routes"]
    [one] = route["mirrors"]
    return one


def await_mirror(sidecar, **members):
    def there():
        one = mirror(sidecar)
        return one if all(one[key] == value for key, value in members.items()) else None
    return until(there, lambda: f"{members}; there is {mirror(sidecar)}")


def test_counters_exist_from_the_start_where_answers_are_compared(comparing):
    sidecar, _, _ = comparing(telling({}), telling({}))
    samples = sidecar.metrics().samples(METRIC)
    assert len(samples) == 4 and results(sidecar) == {"match": 0, "status": 0, "headers": 0, "body": 0}
    assert mirror(sidecar)["compared"] == 0


def test_without_compare_there_is_nothing_of_it(pair):
    sidecar, _, b = pair()
    sidecar.call("GET", "/")
    b.await_requests(1)
    assert sidecar.metrics().sum(METRIC) == 0 and METRIC not in "".join(str(name) for name in sidecar.metrics().samples(METRIC))
    assert sidecar.api("agreement").json() == {"routes": []}


CASES = {
    "the same": ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}, {}, "match", []),
    "another value": ({"a": {"b": 1}}, {"a": {"b": 2}}, {}, "body", [("/a/b", "1", "2")]),
    "missing": ({"a": 1}, {}, {}, "body", [("/a", "1", None)]),
    "ignored": ({"items": [{"id": 1}, {"id": 2}]}, {"items": [{"id": 3}, {"id": 4}]}, {"ignore": ["/items/*/id"]}, "match", []),
    "within tolerance": ({"p": 100.0}, {"p": 100.05}, {"tolerance": 0.001}, "match", []),
    "beyond it": ({"p": 100.0}, {"p": 100.2}, {"tolerance": 0.001}, "body", [("/p", "100.0", "100.2")]),
    "a set": ({"tags": ["x", "y"]}, {"tags": ["y", "x"]}, {"sets": ["/tags"]}, "match", []),
    "a list": ({"tags": ["x", "y"]}, {"tags": ["y", "x"]}, {}, "body", [("/tags/*", '"x"', '"y"')]),
    "a password": ({"password": "p-one"}, {"password": "p-two"}, {}, "body", [("/password", "REDACTED", "REDACTED")]),
    "bytes": (b"one", b"two", {}, "body", [("body", "3 bytes, another from byte 0 on", "3 bytes, another from byte 0 on")]),
    "no bodies": (b"one", b"two", {"body": "none"}, "match", []),
}


@pytest.mark.parametrize("one, other, keys, result, paths", CASES.values(), ids=CASES.keys())
def test_bodies(comparing, one, other, keys, result, paths):
    sidecar, _, _ = comparing(telling(one), telling(other), {"noise": 0} | keys)
    assert sidecar.call("POST", "/", data=b"x").content == (one if isinstance(one, bytes) else json.dumps(one).encode())
    found = await_mirror(sidecar, compared=1)
    assert found[result] == 1 and [(path["path"], path["primary"], path["mirror"]) for path in found["paths"]] == paths
    sidecar.await_metric(1, METRIC, route="all", upstream="b", result=result)


def test_a_status_and_a_header_count_before_bodies(comparing):
    sidecar, _, _ = comparing(telling({}), telling({"x": 1}, status=404))
    sidecar.call("GET", "/")
    [path] = await_mirror(sidecar, status=1)["paths"]
    assert (path["path"], path["primary"], path["mirror"]) == ("status", "200", "404")
    other, _, _ = comparing(telling({}), telling({"x": 1}, headers=[("Content-Type", "text/json")]))
    other.call("GET", "/")
    [path] = await_mirror(other, headers=1)["paths"]
    assert (path["path"], path["primary"], path["mirror"]) == ("header content-type", "application/json", "text/json")


def test_gzip_is_undone_and_other_codings_are_not_guessed_at(comparing):
    def packed(document, level):
        return gzip.compress(json.dumps(document).encode(), level)
    coded = JSON + [("Content-Encoding", "gzip")]
    sidecar, _, _ = comparing(telling(packed({"a": "x" * 500}, 1), headers=coded), telling({"a": "x" * 500}, headers=JSON))
    sidecar.call("GET", "/")
    await_mirror(sidecar, match=1)
    brotli = JSON + [("Content-Encoding", "br")]
    other, _, _ = comparing(telling(b"one", headers=brotli), telling(b"two", headers=brotli))
    other.call("GET", "/")
    assert await_mirror(other, not_compared={"encoding": 1})["compared"] == 0


def test_a_long_answer_is_streamed_whole_and_not_compared(comparing):
    body = bytes(range(256)) * 800
    sidecar, _, _ = comparing(telling(body), telling(body), {"max_body": "4KiB", "noise": 0})
    for number in range(3):
        assert sidecar.call("GET", f"/{number}").content == body
    assert await_mirror(sidecar, not_compared={"body_too_large": 3})["compared"] == 0


def test_what_no_mirror_answered_is_not_compared(comparing):
    def closing(conversation):
        conversation.take()
    sidecar, _, _ = comparing(telling({}), closing, {"noise": 0})
    for number in range(3):
        assert sidecar.call("POST", f"/{number}", data=b"x").status_code == 200
    sidecar.await_metric(3, "pantograph_deliveries_total", upstream="b", result="dead")
    found = mirror(sidecar)
    assert (found["compared"], found["not_compared"]) == (0, {})


def test_a_sample_is_a_sample(comparing):
    sidecar, _, b = comparing(telling({}), telling({}), {"sample": 0.2, "noise": 0})
    for number in range(200):
        sidecar.call("GET", f"/{number}")
    sidecar.await_metric(200, "pantograph_deliveries_total", upstream="b", result="delivered")
    # Of 200 at 0.2, 40 are expected; beyond 10 and 80 chance does not get within the age of the universe.
    assert 10 < until(lambda: mirror(sidecar)["compared"], "a comparison") < 80


def test_only_the_last_attempt_of_a_mirror_is_compared(comparing):
    turns = iter([503, 503, 200])
    lock = threading.Lock()

    def failing(conversation):
        while True:
            conversation.take()
            with lock:
                status = next(turns)
            conversation.answer(status, JSON, b'{"a":1}')
    sidecar, _, b = comparing(telling({"a": 1}), failing, {"noise": 0}, b_block={"retry": {"attempts": 3, "backoff": "1ms"}})
    sidecar.call("GET", "/")
    b.await_requests(3)
    assert await_mirror(sidecar, match=1)["compared"] == 1


def test_the_mirrors_span_tells_of_a_disagreement(comparing, collector):
    answered = threading.Event()
    sidecar, _, _ = comparing(
        telling({"a": 1, "b": [{"c": 1}]}), telling({"a": 2, "b": [{"c": 3}]}, wait=answered), {"noise": 0})
    assert sidecar.call("POST", "/", data=b"x").status_code == 200
    sidecar.await_metric(1, "pantograph_deliveries_total", upstream="a", result="delivered")
    answered.set()
    [span] = [span for span in collector.client_spans(2) if span["pantograph.role"] == "mirror"]
    [event] = span.events
    assert event.name == "pantograph.disagreement"
    assert event.attributes["pantograph.agreement.result"] == "body" and event.attributes["pantograph.agreement.paths"] == "/a /b/*/c"
    [path, _] = mirror(sidecar)["paths"]
    assert path["trace_id"] == span.trace_id


def once_b_has_answered(sidecar, event):
    """A thread, under way, that sets the event when the mirror's answer has been counted."""
    def release():
        sidecar.await_metric(1, "pantograph_upstream_responses_total", upstream="b")
        event.set()
    waiting = threading.Thread(target=release)
    waiting.start()
    return waiting


def test_the_span_of_a_mirror_that_answered_first_tells_of_it_too(comparing, collector):
    answered = threading.Event()
    sidecar, _, _ = comparing(telling({"a": 1}, wait=answered), telling({"a": 2}), {"noise": 0})

    waiting = once_b_has_answered(sidecar, answered)
    assert sidecar.call("GET", "/").status_code == 200
    waiting.join()
    [span] = [span for span in collector.client_spans(2) if span["pantograph.role"] == "mirror"]
    assert [event.name for event in span.events] == ["pantograph.disagreement"]
    sidecar.await_metric(1, "pantograph_upstream_attempt_duration_seconds_count", upstream="b")


def test_a_mirror_that_waits_for_a_primary_without_an_answer_keeps_its_span(comparing, collector):
    gone = threading.Event()

    def broken(conversation):
        conversation.take()
        # The connection is closed without an answer.
        assert gone.wait(20)
    sidecar, _, _ = comparing(broken, telling({"a": 2}), {"noise": 0})

    waiting = once_b_has_answered(sidecar, gone)
    assert sidecar.call("GET", "/").status_code == 502
    waiting.join()
    [span] = [span for span in collector.client_spans(2) if span["pantograph.role"] == "mirror"]
    assert not span.events and span["http.response.status_code"] == 200


@pytest.mark.parametrize("waits", [True, False], ids=["once the noise is known", "from the first call on"])
def test_one_wrong_field_in_a_hundred_is_found_beside_a_timestamp_that_always_differs(comparing, figures, waits):
    ticks = iter(range(10**9))
    lock = threading.Lock()

    def tick():
        with lock:
            return next(ticks)

    def telling_stock(target, stock):
        return {"id": int(target[1:]), "timestamp": tick(), "lines": [{"sku": "a", "stock": stock}]}

    def wrong(target):
        return telling_stock(target, 8 if int(target[1:]) % 100 == 50 else 7)

    sidecar, a, _ = comparing(telling(lambda target: telling_stock(target, 7)), telling(wrong))
    count = 1000
    for number in range(count):
        assert sidecar.call("GET", f"/{number}").json()["id"] == number
        if number == 0 and waits:
            until(lambda: sidecar.api("agreement").json()["routes"][0]["noise_probes"] == 1, "the first probe")
    found = await_mirror(sidecar, compared=count)
    paths = {path["path"]: path["count"] for path in found["paths"]}
    alarms = found["body"] - count // 100
    assert paths["/lines/*/stock"] == count // 100 and found["status"] == found["headers"] == 0
    # The first answer may have been compared before it was known that the timestamp differs by itself.
    assert alarms <= 1 or not waits
    assert paths.keys() <= {"/lines/*/stock", "/timestamp"} and paths.get("/timestamp", 0) <= alarms
    [route] = sidecar.api("agreement").json()["routes"]
    assert [noise["path"] for noise in route["ignored"]] == ["/timestamp"]
    assert route["noise_probes"] == count * 0.01 and len(a.requests) == count * 1.01
    when = "once the noise is known" if waits else "from the first call on"
    figures.table(f"agreement, 1 wrong field in 100 beside a timestamp that always differs, {when}", [
        ("calls", count), ("wrong", count // 100), ("found", paths["/lines/*/stock"]), ("false alarms", alarms),
        ("of these still shown as a path", paths.get("/timestamp", 0)), ("calls sent twice to learn the noise", route["noise_probes"])])


def test_a_call_that_is_not_safe_or_has_a_body_is_never_sent_twice(comparing):
    sidecar, a, b = comparing(telling({}), telling({}), {"noise": 1})
    sidecar.call("POST", "/1", data=b"x")
    sidecar.call("DELETE", "/2")
    sidecar.call("GET", "/3", data=b"x")
    sidecar.call("HEAD", "/4")
    await_mirror(sidecar, compared=4)
    until(lambda: len(a.requests) == 5, lambda: f"5 requests; there are {len(a.requests)}")
    assert sorted(taken.target for taken in a.requests) == ["/1", "/2", "/3", "/4", "/4"]


def test_a_call_sent_twice_has_a_span_of_its_own_and_the_applications_credentials(comparing, collector):
    sidecar, a, _ = comparing(telling({}), telling({}), {"noise": 1})
    sidecar.call("GET", "/", headers={"Authorization": "Bearer t"})
    requests = a.await_requests(2)
    assert [taken.get("authorization") for taken in requests] == ["Bearer t"] * 2
    spans = collector.client_spans(3)
    parents = {taken.get("traceparent").split("-")[2] for taken in requests}
    assert len(parents) == 2 and parents < {span.span_id for span in spans}
    [probe] = [span for span in spans if any(event.name == "pantograph.noise_probe" for event in span.events)]
    assert probe["pantograph.upstream"] == "a" and probe["pantograph.role"] == "mirror"


def test_a_hanging_probe_holds_up_nothing_but_itself(comparing):
    """A shutdown waits `drain` for it, and ends it then."""
    hang = threading.Event()

    def hanging(conversation):
        if conversation.take().method == "GET":
            hang.wait(20)
        conversation.answer(200, JSON, b"{}")
        answering(200, JSON, b"{}")(conversation)
    sidecar, a, _ = comparing(hanging, telling({}), {"noise": 1}, drain="200ms", threads=1)
    # Leaves a connection for the call that follows; its probe has to open one, and is the first on it.
    assert sidecar.call("POST", "/", data=b"x").status_code == 200
    assert sidecar.call("GET", "/").status_code == 200
    a.await_requests(3)
    await_mirror(sidecar, match=2)
    sidecar.stop()
    hang.set()


@pytest.mark.parametrize("behaviour", ["hang", "reset", "garbage", "body=1KiB,reset-after=512", "early,status=500", "body=64MiB"])
def test_whatever_a_compared_mirror_does_the_primary_answers(pair, behaviour):
    rule = {"name": "all", "match": {"path": "/**"}, "respond": "a", "compare": True}
    sidecar, a, _ = pair(b=behaviour, drain="200ms", routes=[rule])
    with sidecar.wire() as wire:
        for number in range(20):
            wire.send(request("POST", f"/{number}", body=b"x" * 1000))
            reply = wire.reply("POST")
            assert reply.status == 200 and b'"a"' in reply.body, (number, reply)
    assert a.stats()["requests"] == 20


def test_the_command_shows_what_the_api_says(comparing):
    sidecar, _, _ = comparing(telling({"a": 1}), telling({"a": 2}), {"noise": 0})
    sidecar.call("GET", "/")
    await_mirror(sidecar, compared=1)
    told = run([binary("pantograph"), "agreement", "--admin", sidecar.admin])
    assert told.code == 0, told
    lines = [line.split() for line in told.out.splitlines()]
    assert lines[0][:4] == ["ROUTE", "PRIMARY", "MIRROR", "COMPARED"] and lines[1][:4] == ["all", "a", "b", "1"]
    assert ["all", "b", "1", "/a", "1", "2"] in lines
    document = run([binary("pantograph"), "agreement", "--json", "--admin", sidecar.admin])
    assert json.loads(document.out) == sidecar.api("agreement").json()


@pytest.mark.parametrize("route, why", [
    ({"respond": "accepted"}, "no primary answers its calls"), ({"durable": True}, "its mirrors answer from the spool"),
    ({"to": ["a"]}, "has no mirror to compare"),
])
def test_where_nothing_can_be_compared_the_configuration_is_refused(tmp_path, route, why):
    rule = {"name": "all", "match": {"path": "/**"}, "respond": "a", "compare": True} | route
    file = tmp_path / "p.yaml"
    file.write_text(json.dumps({"upstreams": {"a": {"url": "http://127.0.0.1:1"}, "b": {"url": "http://127.0.0.1:2"}}, "routes": [rule]}))
    told = run([binary("pantograph"), "check", "--config", file])
    assert told.code == 78 and "routes[0].compare" in told.err and why in told.err, told.err
