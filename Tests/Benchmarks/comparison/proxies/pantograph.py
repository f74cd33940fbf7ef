"""pantograph with everything on, or with its telemetry off."""

import json
import re
import urllib.request

from stage.processes import Child, binary, plain_environment

from ..machine import free_port
from .proxy import Place, Proxy

SPANS = re.compile(r'^pantograph_otlp_spans_total\{result="(\w+)"\} (\d+)', re.MULTILINE)
SKIPPED = re.compile(r'^pantograph_deliveries_skipped_total\{.*?reason="(\w+)".*?\} (\d+)', re.MULTILINE)


class Pantograph(Proxy):
    def __init__(self, name, title, telemetry, mirror_answer="small"):
        super().__init__(name, title, mirror_answer)
        self.telemetry = telemetry

    def start(self, place: Place):
        port, admin = free_port(), free_port()
        file = place.folder / "pantograph.yaml"
        # JSON is YAML too.
        settings = self.settings(place, port, admin)
        # The variable holds where the file says nothing.
        environment = {} if self.telemetry else {"OTEL_SDK_DISABLED": "true"}
        file.write_text(json.dumps(settings, indent=2))
        child = Child(
            self.command(place, [binary("pantograph"), "run", "--config", file]), env=plain_environment(**environment),
            cwd=place.folder, name="pantograph")
        child.port, child.admin = port, admin
        return child

    def settings(self, place, port, admin):
        telemetry = {"telemetry": {"otlp": {"endpoint": f"http://127.0.0.1:{place.collector.port}"}}} if self.telemetry else {}
        return _configuration(place, port, admin) | telemetry

    def command(self, place, words):
        return place.pinned(words)

    def notes(self, child):
        with urllib.request.urlopen(f"http://127.0.0.1:{child.admin}/metrics", timeout=10) as answer:
            metrics = answer.read().decode()
        spans = {result: int(number) for result, number in SPANS.findall(metrics)}
        skipped = sum(int(number) for _, number in SKIPPED.findall(metrics))
        return {"spans_dropped": spans.get("dropped", 0) + spans.get("rejected", 0), "spans_exported": spans.get("exported", 0),
                "skipped": skipped}


def _configuration(place, port, admin):
    upstreams = {"a": _upstream(place, place.primary)}
    if place.mirror:
        upstreams["b"] = _upstream(place, place.mirror)
    limits = {"connections": 8192, "mirror": {"calls": 65536, "memory": "1GiB"}} if place.is_unbounded else {}
    return {
        "listen": f"127.0.0.1:{port}", "admin": f"127.0.0.1:{admin}", "threads": 1, "upstreams": upstreams, "limits": limits}


def _upstream(place, upstream):
    block = {"url": upstream.url}
    if place.authority:
        block["tls"] = {"ca_file": str(place.authority)}
    if place.is_unbounded:
        block["limit"] = {"in_flight": 65536, "connections": 4096}
    return block
