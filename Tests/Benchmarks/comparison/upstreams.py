"""What stands behind the proxies: two APIs, and a collector that takes spans and forgets them."""

import json
import urllib.request
from pathlib import Path

from stage.processes import Child, binary

from .machine import free_port
from .nginx import NginxProcess

# Some 200 bytes, as an API answers.
SMALL = json.dumps({
    "order": "019e3c55-7d2e-7a41-9c7e-3f1f0b8a6d42", "status": "accepted", "items": 3,
    "total": {"amount": "129.90", "currency": "EUR"}, "warehouse": "north-2", "note": "ships within two days"})

# `return` answers without having read a body. Only `mirror` makes nginx read one without handing it on, and only what
# has no file answers after it: a POST to a file is 405, and that page is the answer.
READS_THE_BODY = """
        location / {{ mirror /read; mirror_request_body on; root {folder}; error_page 403 404 405 =200 @answer; }}
        location = /read {{ internal; return 204; }}
        location @answer {{ {answer} }}
"""


class Upstream(NginxProcess):
    """An API that answers at once. `answer` is "small", "large" (64 KiB) or "nothing" (204)."""

    def __init__(self, name, folder: Path, command, answer="small", tls=None, http2=False):
        self.port, self.count_port = free_port(), free_port()
        self.scheme = "https" if tls else "http"
        listen = f"listen 127.0.0.1:{self.port} backlog=4096"
        if tls:
            key, certificate = tls
            listen += f" ssl {'http2' if http2 else ''}; ssl_certificate {certificate}; ssl_certificate_key {key}"
        super().__init__(name, folder, [self.port, self.count_port], f"""
    # Head and body of a small call are read at once.
    client_header_buffer_size 4k;
    http2_max_concurrent_streams 1024;
    server {{
        {listen};
        default_type application/json;
{_locations(answer, folder)}
    }}
    server {{
        listen 127.0.0.1:{self.count_port};
        location / {{ stub_status; }}
    }}
""", command)
        self._asked = 0

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def arrived(self):
        """Requests so far, less those that asked for this number."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.count_port}/", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        self._asked += 1
        return int(lines[2].split()[2]) - self._asked


def _locations(answer, folder):
    if answer == "nothing":
        return "        location / { return 204; }"
    if answer == "small":
        return f"        location / {{ return 200 '{SMALL}'; }}"
    # A word of the configuration is at most 4 KiB long: 16 times 4,000 bytes and what is missing to 64 KiB.
    large = f"set $part '{'x' * 4000}'; set $rest '{'x' * (65536 - 16 * 4000)}'; return 200 '{'$part' * 16}$rest';"
    return READS_THE_BODY.format(folder=folder, answer=large)


class Collector(NginxProcess):
    """Takes every batch of spans whole and answers 200, as cheaply as can be."""

    def __init__(self, folder: Path, command):
        self.port, self.count_port = free_port(), free_port()
        super().__init__("collector", folder, [self.port, self.count_port], f"""
    server {{
        listen 127.0.0.1:{self.port};
        default_type application/json;
{READS_THE_BODY.format(folder=folder, answer="return 200 '{}';")}
    }}
    server {{
        listen 127.0.0.1:{self.count_port};
        location / {{ stub_status; }}
    }}
""", command)
        self._asked = 0

    arrived = Upstream.arrived


class ScriptedUpstream(Child):
    """The playground's: hangs, waits, or sends server-sent events, as `behave` says."""

    scheme = "http"

    def __init__(self, name, command, behave):
        words = [binary("pantograph-playground"), "upstream", "--name", name, "--behave", behave, "--record", "0"]
        super().__init__(command(words), name=name)
        self.port = self.await_line(lambda line: json.loads(line)["port"], "stdout")
        self.url = f"http://127.0.0.1:{self.port}"

    def arrived(self):
        with urllib.request.urlopen(f"{self.url}/__playground/stats", timeout=10) as answer:
            return json.load(answer)["requests"]
