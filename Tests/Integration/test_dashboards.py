"""Every query of the dashboard and every rule has an answer: a real Prometheus scraped a sidecar that had much to endure."""

import json
import math
import re
import threading
import time
from collections import Counter

import pytest
import yaml

from stage.collector import Answer
from stage.processes import REPOSITORY
from stage.prometheus import Prometheus
from stage.waiting import until

DASHBOARDS = REPOSITORY / "dashboards"
DASHBOARD = json.loads((DASHBOARDS / "grafana" / "pantograph.json").read_text())
RULES = [DASHBOARDS / "prometheus" / name for name in ("recording.rules.yml", "alerts.rules.yml")]
# What this traffic raises, were there no waiting.
EXPECTED = {"PantographSuccessDrop", "PantographRateLimited", "PantographMirrorsSkipped", "PantographSpansLost", "PantographDeadLetters"}
# What must have happened, so that a panel shows more than zeros.
ENDURED = [
    'pantograph_upstream_retry_after_seconds{upstream="shipping"}', 'pantograph_upstream_quota_remaining{upstream="shipping"}',
    'pantograph_upstream_throttled_seconds_total{upstream="shipping"}', 'pantograph_upstream_rate_limited_total{upstream="shipping"}',
    'pantograph_upstream_breaker_state{upstream="broken"} == 2', 'pantograph_dead_letters', 'pantograph_retries_total{class="http_429"}',
    *(f'pantograph_deliveries_skipped_total{{reason="{reason}"}}' for reason in ("rate_limited", "paused", "breaker_open")),
    *(f'pantograph_deliveries_total{{result="{result}"}}' for result in ("delivered", "dead", "skipped")),
    *(f'pantograph_otlp_spans_total{{result="{result}"}}' for result in ("exported", "rejected")),
    'pantograph_agreement_total{upstream="broken",result="status"}',
]
QUICK = {"attempts": 2, "backoff": "20ms", "max_backoff": "50ms", "on": ["connect", "timeout", "reset", "429", "5xx"]}


def panels():
    """Those that ask something."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def substituted(expression, **chosen):
    """As Grafana does it: what is chosen of several is joined for a regular expression, and "All" is the variable's own."""
    everything = {variable["name"]: variable.get("allValue") for variable in DASHBOARD["templating"]["list"]}
    values = everything | {name: f"({'|'.join(words)})" for name, words in chosen.items()} | {"__rate_interval": "10s"}
    whole = re.sub(r"\$(\w+)", lambda match: values[match[1]], expression)
    assert "$" not in whole, whole
    return whole


def configured(upstream, scripted):
    """Upstreams that fail in every way a panel tells of, and routes to them."""
    def throttling(conversation):
        number = 0
        while True:
            conversation.take()
            number += 1
            if number % 3 == 0:
                conversation.answer(429, [("Retry-After", "1"), ("RateLimit", '"default";r=7;t=30')])
            else:
                conversation.answer(200, [("RateLimit", '"default";r=9;t=30')])

    breaker = {"failure_ratio": 0.5, "window": "5s", "minimum": 5, "open_for": "500ms"}
    upstreams = {
        "inventory": {"url": upstream("inventory", mix="ok:80;status=503:10;status=404:6;reset:4").url, "retry": QUICK,
                      "health": {"path": "/", "interval": "100ms"}},
        "shipping": {"url": scripted(throttling).url, "retry": QUICK, "breaker": breaker, "limit": {"rate": "20/1s", "burst": 5}},
        "broken": {"url": upstream("broken", mix="status=500:9;ok:1").url, "retry": QUICK, "breaker": breaker},
    }
    routes = [
        {"name": "orders", "match": {"methods": ["POST"], "path": "/orders"}, "respond": "accepted", "to": ["inventory", "shipping"]},
        {"name": "rest", "match": {"path": "/**"}, "respond": "inventory", "to": ["inventory", "shipping", "broken"], "compare": True},
    ]
    return upstreams, routes


class Traffic:
    """Calls that go on until the test has seen enough."""

    def __init__(self, sidecar):
        self._sidecar, self._over = sidecar, threading.Event()
        self._thread = threading.Thread(target=self._call, daemon=True)
        self._thread.start()

    def _call(self):
        while not self._over.wait(0.02):
            self._sidecar.call("GET", "/stock")
            self._sidecar.call("POST", "/orders", data=b"1")

    def stop(self):
        self._over.set()
        self._thread.join(60)

    close = stop


@pytest.fixture
def watched(sidecar, upstream, scripted, collector, ends, tmp_path):
    """A sidecar under such traffic, scraped, with every rule evaluated and no alert waiting: (sidecar, Prometheus)."""
    collector.usual = Answer(document={"partialSuccess": {"rejectedSpans": "1", "errorMessage": "one of them"}})
    upstreams, routes = configured(upstream, scripted)
    one = sidecar(upstreams, routes=routes, spool={"path": str(tmp_path / "spool")}, telemetry={
        "otlp": {"endpoint": collector.url, "metrics": True, "logs": True}, "log": {"level": "error"}, "sampler": {"ratio": 0.5}, "tail": {"wait": "100ms"}})
    for file in RULES:
        rules = yaml.safe_load(file.read_text())
        for rule in (rule for group in rules["groups"] for rule in group["rules"]):
            rule.pop("for", None)
        (tmp_path / file.name).write_text(yaml.safe_dump(rules))
    prometheus = ends.keep(Prometheus(tmp_path / "prometheus", one.admin, [tmp_path / file.name for file in RULES]))
    traffic = ends.keep(Traffic(one))
    yield one, prometheus
    traffic.stop()


def numbers(prometheus, expression):
    return [(labels, value) for labels, value in prometheus.query(expression) if not math.isnan(value)]


def await_answer(prometheus, expression, what):
    return until(lambda: numbers(prometheus, expression), lambda: f"{what}: {expression}")


@pytest.mark.long
def test_every_query_and_every_rule_returns_data(watched, figures):
    _, prometheus = watched
    started = time.time()
    for expression in ENDURED:
        until(lambda: any(value > 0 for _, value in prometheus.query(expression)), expression)
    table = []
    for panel in panels():
        table.append(panel["title"])
        for target in panel["targets"]:
            expression = substituted(target["expr"])
            series = len(await_answer(prometheus, expression, panel["title"]))
            table.append(f"{series:4} series  {' '.join(target['expr'].split())}")
            chosen = substituted(target["expr"], upstream=["inventory", "shipping"], route=["orders", "rest"])
            await_answer(prometheus, chosen, panel["title"])
            if target.get("exemplar"):
                until(lambda: prometheus.exemplars(expression, started - 60, time.time() + 60), f"exemplars of {panel['title']}")
    figures.text("Panels of the dashboard, each query with the series that it found", table)

    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["definition"]).groups()
            assert any(labels.get(label) for labels, _ in prometheus.query(substituted(selector))), variable["name"]

    recorded = [rule for rule in prometheus.rules() if rule["type"] == "recording"]
    assert recorded and all(rule["health"] == "ok" for rule in prometheus.rules()), prometheus.rules()
    figures.table("Recording rules", [(rule["name"], len(await_answer(prometheus, rule["name"], "rule"))) for rule in recorded], ["series"])

    def raised():
        return [alert for rule in prometheus.rules() if rule["type"] == "alerting" for alert in rule["alerts"]]

    def names():
        return {alert["labels"]["alertname"] for alert in raised()}

    until(lambda: EXPECTED <= names(), lambda: f"{EXPECTED}; there are {names()}")
    alerts = raised()
    for alert in alerts:
        assert not re.search(r"<error|\{\{|<no value>|NaN", " ".join(alert["annotations"].values())), alert
    figures.table("Alerts that this traffic raises, were there no waiting", sorted(
        Counter(alert["labels"]["alertname"] for alert in alerts).items()), ["alerts"])


def test_every_panel_is_whole():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids)) and DASHBOARD["schemaVersion"] >= 38
    for panel in panels():
        assert len(panel["description"]) > 40 and panel["targets"] and panel["fieldConfig"]["defaults"]["unit" if panel["type"] != "state-timeline" else "mappings"]
        assert panel["datasource"]["uid"] == "${datasource}" and panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None
        assert all("instance=~\"$instance\"" in target["expr"] for target in panel["targets"]), panel["title"]


def test_no_panel_covers_another():
    taken = {}
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])):
            assert cell not in taken, f"{panel['title']} covers {taken[cell]}"
            taken[cell] = panel["title"]


def test_the_latency_of_calls_and_attempts_leads_to_traces():
    asking = [target["expr"] for panel in panels() for target in panel["targets"] if target.get("exemplar")]
    for name in ("pantograph_exchange_duration_seconds_bucket", "pantograph_upstream_attempt_duration_seconds_bucket"):
        assert any(name in expression for expression in asking)
    sources = yaml.safe_load((DASHBOARDS / "grafana" / "datasource.yaml").read_text())["datasources"]
    prometheus = next(source for source in sources if source["type"] == "prometheus")
    [link] = prometheus["jsonData"]["exemplarTraceIdDestinations"]
    assert link["name"] == "trace_id" and link["datasourceUid"] in {source["uid"] for source in sources}
