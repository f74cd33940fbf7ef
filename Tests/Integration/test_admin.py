"""The admin listener."""

import pytest
import requests

from stage.playground import header
from stage.waiting import LIMIT, until
from stage.wire import Wire


def get(sidecar, path, method="GET", **options):
    return requests.request(method, sidecar.admin_url + path, timeout=LIMIT, **options)


def test_livez_and_readyz_are_200_when_it_serves(pair):
    sidecar, _, _ = pair()
    for path in ("/livez", "/readyz"):
        assert get(sidecar, path).status_code == 200
        assert get(sidecar, path, "HEAD").status_code == 200


def test_it_is_ready_whatever_its_upstreams_do(pair):
    sidecar, a, _ = pair()
    a.terminate()
    assert sidecar.call("GET", "/").status_code == 502
    assert get(sidecar, "/readyz").status_code == 200


def test_api_config_tells_the_configuration_without_its_secrets(pair):
    sidecar, _, _ = pair(a_block={"credentials": {"bearer": {"env": "SECRET"}}}, env={"SECRET": "planted-secret"},
                         secrets=["planted-secret"], drain="7s")
    reply = get(sidecar, "/api/config")
    assert reply.status_code == 200 and reply.headers["Content-Type"].startswith("application/json")
    document = reply.json()
    assert set(document["upstreams"]) == {"a", "b"} and document["drain"] == "7s"
    assert "planted-secret" not in reply.text


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/metrics/x"])
def test_an_unknown_path_is_a_404_problem(pair, path):
    reply = get(pair()[0], path)
    assert reply.status_code == 404 and reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json()["status"] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_another_method_is_405_with_allow(pair, method):
    reply = get(pair()[0], "/metrics", method)
    assert reply.status_code == 405 and "GET" in reply.headers["Allow"]


def test_the_admin_listener_never_forwards(pair):
    sidecar, a, b = pair()
    get(sidecar, "/orders")
    assert a.stats()["requests"] == b.stats()["requests"] == 0


def test_the_application_listener_serves_no_admin_path(pair):
    sidecar, a, _ = pair()
    assert sidecar.call("GET", "/metrics").status_code == 200
    assert a.await_requests(1)[0]["target"] == "/metrics" and header(a.requests()[0], "via")


@pytest.mark.parametrize("bytes", [b"\x00\xff\x00\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /metrics HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                                   b"A" * 200_000])
def test_nonsense_does_not_hurt_it(pair, bytes):
    sidecar, _, _ = pair()
    host, port = sidecar.admin.rsplit(":", 1)
    with Wire((host, int(port))) as wire:
        try:
            wire.send(bytes)
            wire.finish_sending()
        except OSError:
            pass
        wire.rest()
    assert get(sidecar, "/livez").status_code == 200


def test_connections_to_it_are_bounded_and_leave_the_application_alone(pair):
    sidecar, _, _ = pair()
    host, port = sidecar.admin.rsplit(":", 1)
    wires = [Wire((host, int(port))) for _ in range(100)]
    assert sidecar.call("GET", "/").status_code == 200
    for wire in wires:
        wire.close()
    until(lambda: sidecar.is_ready(), "room for another connection")
