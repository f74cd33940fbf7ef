"""Logs: one JSON line for each thing that matters, with its trace, and never a secret."""

import json
import re

import pytest
import requests

from stage.processes import free_port
from stage.waiting import LIMIT

SECRET = "planted-secret-8d1f"


def test_every_line_is_json_with_time_level_and_message(pair):
    sidecar, _, _ = pair(a="reset", telemetry={"log": {"level": "debug"}})
    sidecar.call("GET", "/")
    sidecar.stop()
    assert sidecar.stdout == []
    for line in sidecar.logs:
        assert line["message"] and line["level"] in ("debug", "info", "notice", "warning", "error", "critical"), line
        assert any(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", str(value)) for value in line.values()), line


def test_it_says_where_it_listens_and_that_it_ends(pair):
    sidecar, _, _ = pair()
    sidecar.stop()
    assert any(line.get("listen") == sidecar.listen and line.get("admin") == sidecar.admin for line in sidecar.logs)
    assert len(sidecar.logs) >= 2


def test_a_failed_call_is_told_with_its_trace(pair, collector):
    sidecar, _, _ = pair(b="reset")
    sidecar.call("GET", "/orders")
    line = sidecar.await_log(lambda line: line.get("upstream") == "b")
    [server] = [collector.server_span()]
    assert line["trace_id"] == server.trace_id and re.fullmatch("[0-9a-f]{16}", line["span_id"])
    assert line["exchange_id"] == server["pantograph.exchange.id"]
    assert line["level"] in ("warning", "error", "notice", "info")


def test_the_level_is_followed(pair):
    sidecar, _, _ = pair(b="reset", telemetry={"log": {"level": "error"}})
    sidecar.call("GET", "/")
    sidecar.await_metric(1, "pantograph_deliveries_total", upstream="b")
    sidecar.stop()
    assert {line["level"] for line in sidecar.logs} <= {"error", "critical"}


def test_access_lines_come_only_when_asked_for(pair):
    sidecar, _, _ = pair(telemetry={"log": {"access": True}})
    sidecar.call("GET", "/orders/7?token=abc")
    line = sidecar.await_log(lambda line: "trace_id" in line)
    text = json.dumps(line)
    assert "GET" in text and "200" in text and "/orders/7" in text


def test_no_access_lines_by_default(pair):
    sidecar, _, _ = pair()
    for _ in range(5):
        sidecar.call("GET", "/quiet")
    sidecar.stop()
    assert not any("/quiet" in line for line in sidecar.stderr)


def test_many_failures_do_not_make_many_lines(upstream, sidecar):
    """A mirror that is down for good is worth a word, not one for each call."""
    one = sidecar({"a": upstream("a").url, "b": f"http://127.0.0.1:{free_port()}"})
    for _ in range(300):
        assert one.call("GET", "/").status_code == 200
    one.await_metric(300, "pantograph_deliveries_total", upstream="b")
    one.stop()
    assert len(one.stderr) <= 310


@pytest.mark.parametrize("level", ["info", "debug"])
def test_no_secret_is_ever_told(upstream, sidecar, collector, level):
    """Planted in every place that a secret comes from, looked for in every place that something is told."""
    a, b = upstream("a", behave="echo"), upstream("b", behave="reset")
    blocks = {
        "a": {"url": a.url, "credentials": {"bearer": {"env": "BEARER"}}},
        "b": {"url": b.url, "credentials": {"basic": {"user": "me", "password": {"env": "PASSWORD"}}}},
        "c": {"url": f"http://127.0.0.1:{free_port()}", "credentials": {"header": {"name": "X-Key", "value": {"env": "KEY"}}}},
    }
    import base64
    environment = {"BEARER": f"{SECRET}-bearer", "PASSWORD": f"{SECRET}-password", "KEY": f"{SECRET}-key",
                   "OTEL_EXPORTER_OTLP_HEADERS": f"x-collector-key={SECRET}-collector"}
    one = sidecar(blocks, env=environment, telemetry={"log": {"level": level, "access": True}},
                  secrets=[SECRET, base64.b64encode(f"me:{SECRET}-password".encode()).decode()])
    for method in ("GET", "POST"):
        one.call(method, f"/x?sig={SECRET}-query&X-Amz-Signature={SECRET}-amz", data=f"{SECRET}-body".encode(), headers={
            "Authorization": f"Bearer {SECRET}-own", "Cookie": f"s={SECRET}-cookie", "Proxy-Authorization": f"Basic {SECRET}-proxy",
            "X-Api-Key": f"{SECRET}-api-key"})
    collector.client_spans(6)
    told = {
        "spans": b"".join(batch.body for batch in collector.batches).decode(),
        "metrics": requests.get(f"{one.admin_url}/metrics", headers={"Accept": "application/openmetrics-text"}, timeout=LIMIT).text,
        "configuration": requests.get(f"{one.admin_url}/api/config", timeout=LIMIT).text,
    }
    one.stop()
    for place, text in (told | {"logs": "\n".join(one.stderr)}).items():
        for secret in one.secrets:
            assert secret not in text, (place, [line for line in text.splitlines() if secret in line][:3])
