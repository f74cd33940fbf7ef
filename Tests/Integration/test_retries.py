"""A call is repeated only where the configuration and RFC 9110, 9.2.2 allow it, and only before an answer has begun."""

import pytest

from stage.scripted import answering
from stage.waiting import holds

RETRY = {"attempts": 4, "backoff": "10ms", "max_backoff": "50ms", "on": ["connect", "timeout", "reset", "429", "5xx"]}


def failing(times, status=503):
    """A script that fails so often and then answers."""
    left = [times]

    def script(conversation):
        while True:
            conversation.take()
            if left[0] > 0:
                left[0] -= 1
                if status == "reset":
                    conversation.reset()
                    return
                conversation.answer(status, body=b"no")
            else:
                conversation.answer(body=b"yes")
    return script


@pytest.mark.parametrize("failure", [503, 429, "reset"])
def test_an_idempotent_call_is_repeated(scripted, sidecar, failure):
    upstream = scripted(failing(2, failure))
    one = sidecar({"a": {"url": upstream.url, "retry": RETRY}})
    assert one.call("PUT", "/x", data=b"body").content == b"yes"
    assert [r.body for r in upstream.requests] == [b"body"] * 3
    assert one.metrics().sum("pantograph_retries_total", upstream="a") == 2


def test_the_last_answer_is_the_applications_when_all_attempts_failed(scripted, sidecar):
    upstream = scripted(failing(10))
    one = sidecar({"a": {"url": upstream.url, "retry": RETRY}})
    reply = one.call("GET", "/x")
    assert reply.status_code == 503 and reply.content == b"no" and len(upstream.requests) == 4


def test_without_a_retry_block_there_is_one_attempt(scripted, sidecar):
    upstream = scripted(failing(1))
    one = sidecar({"a": upstream.url})
    assert one.call("GET", "/x").status_code == 503 and len(upstream.requests) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_call_that_is_not_idempotent_is_not_repeated(scripted, sidecar, method):
    upstream = scripted(failing(1))
    one = sidecar({"a": {"url": upstream.url, "retry": RETRY}})
    assert one.call(method, "/x", data=b"body").status_code == 503 and len(upstream.requests) == 1


def test_an_idempotency_key_makes_it_safe_and_stays_the_same(scripted, sidecar):
    upstream = scripted(failing(2))
    one = sidecar({"a": {"url": upstream.url, "retry": RETRY}})
    assert one.call("POST", "/x", data=b"body", headers={"Idempotency-Key": '"k1"'}).content == b"yes"
    assert [(r.get("idempotency-key"), r.body) for r in upstream.requests] == [('"k1"', b"body")] * 3


def test_what_is_not_listed_is_not_repeated(scripted, sidecar):
    upstream = scripted(failing(1, 503))
    one = sidecar({"a": {"url": upstream.url, "retry": RETRY | {"on": ["connect"]}}})
    assert one.call("GET", "/x").status_code == 503 and len(upstream.requests) == 1


def test_an_answer_that_has_begun_is_never_repeated(scripted, sidecar):
    def script(conversation):
        conversation.take()
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        conversation.reset()
    upstream = scripted(script)
    one = sidecar({"a": {"url": upstream.url, "retry": RETRY}})
    with one.wire() as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert wire.rest().endswith(b"\r\n\r\nhalf")
    assert len(upstream.requests) == 1


def test_a_kept_connection_that_died_does_not_send_a_call_twice(scripted, sidecar):
    """The upstream reads the request on a kept connection and closes without an answer: it must not see it again."""
    connections = []

    def script(conversation):
        connections.append(1)
        conversation.take()
        conversation.answer(body=b"first")
        conversation.take()

    upstream = scripted(script)
    # Each event loop has connections of its own: with one, the second call goes over the first one's.
    one = sidecar({"a": upstream.url}, threads=1)
    assert one.call("POST", "/1", data=b"x").content == b"first"
    reply = one.call("POST", "/2", data=b"y")
    assert reply.status_code == 502 and reply.json()["class"] == "reset"
    assert [r.target for r in upstream.requests] == ["/1", "/2"]


def test_a_mirror_is_repeated_by_its_own_block(scripted, upstream, sidecar):
    second = scripted(failing(2))
    one = sidecar({"a": upstream("a").url, "b": {"url": second.url, "retry": RETRY}})
    assert one.call("GET", "/x").status_code == 200
    one.await_metric(1, "pantograph_deliveries_total", upstream="b", result="delivered")
    assert len(second.requests) == 3


def test_attempts_count_in_all_upstream_metrics(scripted, sidecar):
    upstream = scripted(failing(2))
    one = sidecar({"a": {"url": upstream.url, "retry": RETRY}})
    assert one.call("GET", "/x").status_code == 200
    exposition = one.metrics()
    assert exposition.sum("pantograph_upstream_attempt_duration_seconds_count", upstream="a") == 3
    assert exposition.sum("pantograph_upstream_responses_total", upstream="a", code="503") == 2
    assert exposition.sum("pantograph_exchange_duration_seconds_count") == 1
    assert holds(lambda: len(upstream.requests) == 3, 0.2)


def test_a_large_body_that_cannot_be_kept_is_sent_once(scripted, sidecar):
    """What was not kept can't be repeated: the application gets the failure, and the upstream no half request."""
    upstream = scripted(failing(1))
    one = sidecar({"a": {"url": upstream.url, "retry": RETRY}}, limits={"mirror": {"body": "16KiB"}})
    body = b"z" * (4 << 20)
    reply = one.call("PUT", "/x", data=body)
    assert reply.status_code in (200, 503)
    assert all(r.body in (body, b"") for r in upstream.requests)


def test_answers_of_a_well_behaved_upstream_are_never_repeated(scripted, sidecar):
    upstream = scripted(answering(404))
    one = sidecar({"a": {"url": upstream.url, "retry": RETRY}})
    assert one.call("GET", "/x").status_code == 404 and len(upstream.requests) == 1
