"""The proxies that are compared: each knows its configuration and what it can't do."""

from .direct import Direct
from .envoy import Envoy
from .nginx import NginxMirror
from .pantograph import Pantograph
from .proxy import Place, Proxy
from .traefik import Traefik

# In the order in which they take their turns.
ALL = {proxy.name: proxy for proxy in (
    Direct(),
    Pantograph("pantograph", "pantograph", telemetry=True),
    Pantograph("pantograph-off", "pantograph, telemetry off", telemetry=False),
    Pantograph("pantograph-204", "pantograph, mirror answers 204", telemetry=True, mirror_answer="nothing"),
    NginxMirror("nginx", "nginx", mirror_answer="small"),
    NginxMirror("nginx-204", "nginx, mirror answers 204", mirror_answer="nothing"),
    Envoy("envoy", "Envoy", tracing=False),
    Envoy("envoy-otel", "Envoy, OpenTelemetry", tracing=True),
    Traefik("traefik", "Traefik", tracing=False),
    Traefik("traefik-otel", "Traefik, OpenTelemetry", tracing=True),
)}

__all__ = ["ALL", "Place", "Proxy"]
