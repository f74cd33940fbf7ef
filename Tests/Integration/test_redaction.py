"""What the configuration names besides what is never shown appears with its value nowhere."""

import json

import pytest
import requests

from stage.scripted import answering
from stage.waiting import LIMIT, until

KEY, FIELD, AGENT = "k3y-of-a-query-5b1c", "value-of-a-field-77aa", "agent-with-a-number-90d2"
SECRETS = [KEY, FIELD, AGENT]
REDACT = {"query": ["api_key"], "headers": ["X-Customer", "User-Agent"]}
TARGET = f"/orders?API_Key={KEY}&page=2"
FIELDS = {"X-Customer": FIELD, "User-Agent": AGENT, "Referer": f"http://shop.local/?api_key={KEY}"}


def nothing_in(text, where):
    assert not [secret for secret in SECRETS if secret in text], f"{where}: {text}"


def nothing_exported(collector):
    for batch in collector.batches:
        nothing_in(batch.body.decode(), batch.path)


@pytest.fixture
def redacting(collector):
    """The `telemetry:` of a sidecar that shows as much as it can, but for what is redacted."""
    otlp = {"endpoint": collector.url, "metrics": True, "logs": True}
    return {"telemetry": {"redact": REDACT, "otlp": otlp, "log": {"level": "debug", "access": True}}, "secrets": SECRETS}


def test_a_call_that_is_carried_at_once(pair, collector, redacting):
    sidecar, _, b = pair(b="status=503", **redacting)
    sidecar.call("GET", TARGET, headers=FIELDS)
    server, clients = collector.server_span(), collector.client_spans(2)
    assert server["url.query"] == "API_Key=REDACTED&page=2" and server.get("user_agent.original") is None
    assert all(span["url.full"].endswith("/orders?API_Key=REDACTED&page=2") for span in clients)
    listed = sidecar.api("exchanges").text
    assert "API_Key=REDACTED&page=2" in listed
    one = sidecar.api(f"exchanges/{server['pantograph.exchange.id']}").text
    configuration = sidecar.api("config").text
    assert json.loads(configuration)["telemetry"]["redact"] == REDACT
    for where, text in {"list": listed, "one": one, "config": configuration, "upstreams": sidecar.api("upstreams").text}.items():
        nothing_in(text, where)
    assert KEY in json.dumps(b.requests()), "the upstream gets what the application sent"
    sidecar.stop()
    nothing_exported(collector)


def test_what_is_followed_live(pair, redacting):
    sidecar, _, _ = pair(**redacting)
    with requests.get(f"{sidecar.admin_url}/api/tap", stream=True, timeout=LIMIT) as stream:
        sidecar.call("GET", TARGET, headers=FIELDS)
        line = next(line for line in stream.iter_lines() if line).decode()
    assert "API_Key=REDACTED&page=2" in line
    nothing_in(line, "tap")


def test_a_dead_letter(accepting, upstream, collector, redacting):
    one = accepting({"a": {"url": upstream("a", behave="status=400").url}}, **redacting)
    id = one.call("POST", TARGET, data=b"x", headers=FIELDS).json()["id"]
    letter = one.await_states(id, a="dead")["deliveries"]["a"]["dead_letter_id"]
    shown = one.api(f"dead-letters/{letter}")
    fields = {field["name"].lower(): field["value"] for field in shown.json()["headers"]}
    assert fields["x-customer"] == fields["user-agent"] == "REDACTED"
    assert fields["referer"] == "http://shop.local/?api_key=REDACTED"
    assert shown.json()["target"] == "/orders?API_Key=REDACTED&page=2"
    for text in [shown.text, one.api("dead-letters").text, one.api(f"exchanges/{id}").text, one.api("exchanges").text]:
        nothing_in(text, "API")
    one.stop()
    nothing_exported(collector)


def test_where_mirrors_disagree(scripted, sidecar, collector, redacting):
    def told(field, path):
        return answering(headers=[("Content-Type", "application/json"), ("X-Customer", field), ("Location", path)], body=b"{}")
    a, b = scripted(told(FIELD, f"/a?api_key={KEY}")), scripted(told("other", "/b"))
    rule = {"name": "all", "match": {"path": "/**"}, "respond": "a", "compare": {"headers": ["X-Customer", "Location"], "noise": 0}}
    one = sidecar({"a": a.url, "b": b.url}, routes=[rule], **redacting)
    one.call("GET", TARGET, headers=FIELDS)
    one.await_metric(1, "pantograph_agreement_total", result="headers")
    shown = one.api("agreement").text
    assert "REDACTED" in shown and "/a?api_key=REDACTED" in shown
    nothing_in(shown, "agreement")
    one.stop()
    nothing_exported(collector)


def test_without_the_rules_the_same_call_is_shown(pair, collector):
    """The tests here can fail."""
    sidecar, _, _ = pair()
    sidecar.call("GET", TARGET, headers=FIELDS)
    server = until(collector.server_span, "the span")
    assert KEY in server["url.query"] and server["user_agent.original"] == AGENT
    assert KEY in sidecar.api("exchanges").text
