"""What calls the proxies: wrk in a closed loop, the playground's client at a fixed rate, and connections that do nothing."""

import json
import socket
from pathlib import Path

from stage.processes import binary, run

# wrk's own report is for people; this one is for programs.
WRK_REPORT = """
done = function(summary, latency, requests)
    local e = summary.errors
    io.write(string.format(
        '\\n{"answered": %d, "seconds": %f, "bytes": %d, "failed": %d, "refused": %d, "p50": %f, "p99": %f, "p999": %f}\\n',
        summary.requests, summary.duration / 1e6, summary.bytes, e.connect + e.read + e.write + e.timeout, e.status,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3))
end
"""


def closed_loop(url, folder: Path, cores, *, method, body, connections, seconds):
    """As many calls as there are connections, each followed by the next at once. Latencies are in ms."""
    script = folder / f"{method}-{body}.lua"
    script.write_text(
        f'wrk.method = "{method}"\n'
        + (f'wrk.headers["Content-Type"] = "application/json"\nwrk.body = string.rep("x", {body})\n' if body else "")
        + WRK_REPORT)
    words = ["wrk", "--threads", 1, "--connections", connections, "--duration", f"{seconds}s", "--timeout", "30s",
             "--script", script, f"{url}/orders"]
    done = run(cores.pinned(words), limit=seconds + 60)
    assert done.code == 0, done
    report = json.loads(done.out.splitlines()[-1])
    return report | {"rate": report["answered"] / report["seconds"]}


def counted(url, cores, *, method, body, connections, calls):
    """A closed loop that ends with the last answer of so many calls."""
    return _client(
        url, cores, calls / 10 + 60, requests=calls, connections=connections, method=method, body=body, timeout="60s")


def open_loop(url, cores, *, method, body, connections, rate, seconds, timeout="10s", uses_all=False, is_uneven=False):
    """Calls at their times whether or not earlier ones were answered, each timed from when it was due. ms.

    They go over as few connections as they need, or over all of them in turn.
    """
    flags = [flag for flag, is_set in (("--use-all", uses_all), ("--uneven", is_uneven)) if is_set]
    return _client(
        url, cores, seconds + 60, *flags, rate=rate, duration=f"{seconds}s", connections=connections,
        method=method, body=body, timeout=timeout)


def _client(url, cores, limit, *flags, **options):
    words = [binary("pantograph-playground"), "client", "--url", url, "--json", *flags]
    for name, value in options.items():
        words += [f"--{name}", value]
    # It exits with 1 where no call was answered, which is a result here.
    done = run(cores.pinned(words), limit=limit)
    assert done.out, done
    report = json.loads(done.out)
    latency = report["latency_ms"]
    return {
        "answered": report["answered"], "failed": report["failed"], "unsent": report["unsent"],
        "refused": report["answered"] - report["by_status"].get("200", 0), "rate": report["requests_per_second"],
        "p50": latency["p50"], "p99": latency["p99"], "p999": latency["p999"]}


class IdleConnections:
    """So many connections, each of which has made one call and is kept."""

    def __init__(self, port, number):
        self._sockets = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(number)]
        for one in self._sockets:
            one.sendall(b"GET /idle HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = one.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200"), answer[:200]

    def close(self):
        for one in self._sockets:
            one.close()
