"""Envoy with a route that mirrors, without and with its OpenTelemetry tracer as it is by default."""

import json
import os
from pathlib import Path

from stage.processes import Child

from ..machine import free_port
from .proxy import Place, Proxy

TYPES = "type.googleapis.com/envoy"


class Envoy(Proxy):
    def __init__(self, name, title, tracing):
        super().__init__(name, title)
        self.tracing = tracing

    def start(self, place: Place):
        port = free_port()
        file = place.folder / "envoy.json"
        file.write_text(json.dumps(self._configuration(place, port), indent=2))
        child = Child(place.pinned([
            _binary(), "--config-path", file, "--concurrency", 1, "--disable-hot-restart", "--log-level", "error"]), name=self.title)
        child.port = port
        return child

    def _configuration(self, place, port):
        clusters = [_cluster("a", place.primary.port, place), _cluster("collector", place.collector.port)]
        route = {"cluster": "a"}
        if place.mirror:
            clusters.append(_cluster("b", place.mirror.port, place))
            route["request_mirror_policies"] = [{"cluster": "b"}]
        manager = {
            "@type": f"{TYPES}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "in",
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
                {"match": {"prefix": "/"}, "route": route}]}]},
            "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {
                "@type": f"{TYPES}.extensions.filters.http.router.v3.Router"}}]}
        if self.tracing:
            manager["tracing"] = {"provider": _tracer(place.collector.port)}
        listener = {"address": _address(port), "filter_chains": [{"filters": [
            {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}]}
        return {"node": {"id": "benchmark", "cluster": "benchmark"},
                "static_resources": {"listeners": [listener], "clusters": clusters}}


def _binary():
    """The package's command is a Python script around the program, which is beside it."""
    script = Path(os.environ["BENCHMARK_PEERS"])
    return next(script.glob("lib/python3*/site-packages/envoy/_bin/envoy"))


def _address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _tracer(port):
    return {"name": "envoy.tracers.opentelemetry", "typed_config": {
        "@type": f"{TYPES}.config.trace.v3.OpenTelemetryConfig",
        "service_name": "benchmark",
        "http_service": {"http_uri": {"uri": f"http://127.0.0.1:{port}/v1/traces", "cluster": "collector", "timeout": "5s"}}}}


def _cluster(name, port, place=None):
    """`place` tells of an upstream's TLS, HTTP version and bounds; the collector has none of these."""
    cluster = {"name": name, "type": "STATIC", "connect_timeout": "2s", "load_assignment": {
        "cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(port)}}]}]}}
    if place is None or place.is_unbounded:
        bounds = ("max_connections", "max_pending_requests", "max_requests")
        cluster["circuit_breakers"] = {"thresholds": [{bound: 1_000_000 for bound in bounds}]}
    if place and place.authority:
        cluster["transport_socket"] = {"name": "envoy.transport_sockets.tls", "typed_config": {
            "@type": f"{TYPES}.extensions.transport_sockets.tls.v3.UpstreamTlsContext", "sni": "localhost",
            "common_tls_context": {"validation_context": {"trusted_ca": {"filename": str(place.authority)}}}}}
    if place and place.http2:
        cluster["typed_extension_protocol_options"] = {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": f"{TYPES}.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {}}}}
    return cluster
