"""Traefik with its mirroring service, without and with its OpenTelemetry tracing."""

import json
import os
from pathlib import Path

from stage.processes import Child, plain_environment

from ..machine import free_port
from .proxy import Place, Proxy


class Traefik(Proxy):
    def __init__(self, name, title, tracing):
        super().__init__(name, title)
        self.tracing = tracing

    def start(self, place: Place):
        port = free_port()
        routes, file = place.folder / "routes.yaml", place.folder / "traefik.yaml"
        routes.write_text(json.dumps(_routes(place), indent=2))
        file.write_text(json.dumps(self._configuration(place, port, routes), indent=2))
        program = Path(os.environ["BENCHMARK_PEERS"]) / "bin" / "traefik"
        child = Child(
            place.pinned([program, f"--configFile={file}"]), env=plain_environment(GOMAXPROCS=1), cwd=place.folder, name=self.title)
        child.port = port
        return child

    def _configuration(self, place, port, routes):
        settings = {
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "log": {"level": "FATAL"},
            "entryPoints": {"in": {"address": f"127.0.0.1:{port}"}},
            "providers": {"file": {"filename": str(routes), "watch": False}}}
        if self.tracing:
            endpoint = f"http://127.0.0.1:{place.collector.port}/v1/traces"
            settings["tracing"] = {"serviceName": "benchmark", "sampleRate": 1.0, "otlp": {"http": {"endpoint": endpoint}}}
        return settings


def _routes(place):
    services = {"a": _service(place.primary, place)}
    entry = "a"
    if place.mirror:
        services["b"] = _service(place.mirror, place)
        services["both"] = {"mirroring": {"service": "a", "mirrorBody": True, "mirrors": [{"name": "b", "percent": 100}]}}
        entry = "both"
    http = {"routers": {"all": {"rule": "PathPrefix(`/`)", "service": entry, "entryPoints": ["in"]}}, "services": services}
    transport = {"maxIdleConnsPerHost": 4096} if place.is_unbounded else {}
    if place.authority:
        transport |= {"serverName": "localhost", "rootCAs": [str(place.authority)]}
    if transport:
        http["serversTransports"] = {"upstreams": transport}
    return {"http": http}


def _service(upstream, place):
    balancer = {"servers": [{"url": upstream.url}]}
    if place.is_unbounded or place.authority:
        balancer["serversTransport"] = "upstreams"
    return {"loadBalancer": balancer}
