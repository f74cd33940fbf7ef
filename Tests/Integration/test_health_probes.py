"""Upstreams that are probed: what readiness, metrics, the API and the log say of them, and what deliveries do not notice."""

import requests

from stage.playground import PlaygroundUpstream
from stage.processes import free_port
from stage.scripted import answering
from stage.waiting import LIMIT, until

PROBE = {"path": "/healthz", "interval": "100ms", "timeout": "2s"}


def standing(sidecar, name):
    (found,) = [upstream for upstream in sidecar.api("upstreams").json()["upstreams"] if upstream["name"] == name]
    return found["healthy"]


def not_ready(sidecar):
    reply = requests.get(f"{sidecar.admin_url}/readyz", timeout=LIMIT)
    return reply.text if reply.status_code == 503 else None


def test_a_probed_upstream_turns_and_the_others_say_nothing(sidecar, upstream):
    good, bad = upstream("good"), upstream("bad", behave="status=503")
    running = sidecar({
        "good": {"url": good.url, "health": PROBE}, "bad": {"url": bad.url, "health": PROBE},
        "other": good.url})
    running.await_metric(1, "pantograph_upstream_healthy", upstream="good")
    line = running.await_log(lambda line: line["message"] == "the upstream is unhealthy")
    assert line["upstream"] == "bad" and line["detail"] == "it answered 503"
    assert running.metrics().samples("pantograph_upstream_healthy", upstream="bad") == [({"upstream": "bad"}, 0)]
    assert not running.metrics().samples("pantograph_upstream_healthy", upstream="other")
    assert (standing(running, "good"), standing(running, "bad"), standing(running, "other")) == (True, False, None)
    assert running.is_ready(), "no upstream is required"


def test_probes_are_no_attempts(sidecar, upstream, collector):
    bad = upstream("bad", behave="status=503")
    running = sidecar({"bad": {"url": bad.url, "health": PROBE, "breaker": {"minimum": 1, "failure_ratio": 0.1}}})
    running.await_metric(0, "pantograph_upstream_healthy", upstream="bad")
    assert running.metrics().sum("pantograph_upstream_errors_total") == 0
    assert running.metrics().sum("pantograph_upstream_breaker_state", upstream="bad") == 0
    assert not collector.spans()


def test_readiness_follows_a_required_upstream(sidecar, ends):
    port = free_port()
    running = sidecar({"a": {"url": f"http://127.0.0.1:{port}", "health": PROBE | {"required": True}}}, awaits=False)
    line = running.await_log(lambda line: line["message"] == "listening")
    running.admin_url = f"http://{line['admin']}"
    until(lambda: "upstream a is unhealthy" in (not_ready(running) or ""), "not ready, and why")
    ends.keep(PlaygroundUpstream("a", port=port))
    until(running.is_ready, "ready again")
    running.await_log(lambda line: line["message"] == "the upstream is healthy again")


def test_what_a_probe_sends(sidecar, scripted):
    other = scripted(answering(204))
    block = {"url": other.url + "/v2", "health": PROBE | {"expect": 204}, "credentials": {"bearer": {"env": "TOKEN"}}}
    running = sidecar({"a": block}, env={"TOKEN": "hush"}, secrets=["hush"])
    running.await_metric(1, "pantograph_upstream_healthy", upstream="a")
    probe = other.requests[0]
    assert (probe.method, probe.target, probe.body) == ("GET", "/v2/healthz", b"")
    assert probe.get("authorization") == "Bearer hush" and probe.get("user-agent").startswith("pantograph/")


def test_an_upstream_that_hangs_is_unhealthy_after_the_timeout(pair):
    sidecar, _, _ = pair(a="hang", a_block={"health": PROBE | {"timeout": "200ms"}})
    line = sidecar.await_log(lambda line: line["message"] == "the upstream is unhealthy")
    assert line["detail"] == "no answer within health.timeout (0.2 s)"
