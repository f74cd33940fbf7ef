"""nginx with its `mirror` directive, which speaks HTTP/1.1 to both upstreams."""

from ..machine import free_port
from ..nginx import NginxProcess
from .proxy import Place, Proxy


class NginxMirror(Proxy):
    """It closes a mirror's connection where the answer has a body, which it does not read."""

    def cannot(self, scenario):
        return "it speaks no HTTP/2 to an upstream" if scenario.http2 else super().cannot(scenario)

    def start(self, place: Place):
        port = free_port()
        mirror = "mirror /mirror; mirror_request_body on;" if place.mirror else ""
        blocks = [_group("a", place.primary)]
        if place.mirror:
            blocks.append(_group("b", place.mirror))
        blocks.append(f"""
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    {_tls(place)}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ {mirror} proxy_pass {place.primary.scheme}://a; }}
        {_mirror(place)}
    }}
""")
        # Each of a thousand calls at once has a connection on either side, and one to the mirror; memory is taken for all at the start.
        child = NginxProcess(
            self.title, place.folder / "nginx-proxy", [port], "".join(blocks), place.pinned, log_level="crit", connections=4096)
        child.port = port
        return child


def _group(name, upstream):
    return f"""
    upstream {name} {{
        server 127.0.0.1:{upstream.port}; keepalive 2048; keepalive_requests 1000000000; keepalive_timeout 3600s;
    }}
"""


def _mirror(place):
    if not place.mirror:
        return ""
    return f"location = /mirror {{ internal; proxy_pass {place.mirror.scheme}://b$request_uri; }}"


def _tls(place):
    if not place.authority:
        return ""
    return f"proxy_ssl_verify on; proxy_ssl_trusted_certificate {place.authority}; proxy_ssl_name localhost;"
