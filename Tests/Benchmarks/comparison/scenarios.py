"""What is measured: each scenario is one kind of load with one kind of upstream."""

from dataclasses import dataclass

KIBIBYTE = 1024


@dataclass(frozen=True)
class Scenario:
    """`kind` names the run (runs.py) that measures it."""

    name: str
    title: str
    kind: str = "closed"
    method: str = "POST"
    # Bytes of each call's body.
    body: int = KIBIBYTE
    answer: str = "small"
    tls: bool = False
    http2: bool = False
    connections: int = 64
    # Calls in a second, of a fixed rate.
    rate: int = 0
    # Whether calls of a fixed rate go over all connections in turn, or over no more than they need.
    uses_all: bool = False
    # What the playground's upstream does, where nginx can't.
    mirror_behaves: str = ""
    both_behave: str = ""
    # Scenarios of one series differ in one number, `step`, and share a table that asks whether CPU is flat.
    series: str = ""
    step: int = 0
    # Parts of one answer, where a figure for each part says more than one for the whole.
    parts: int = 1

    @property
    def compares_with_direct(self):
        return self.kind == "open" and not self.series

    @property
    def has_plain_mirror(self):
        """Whether the mirror may as well answer 204."""
        return self.kind in ("closed", "open") and self.answer == "small" and not self.mirror_behaves


SERIES = {
    "connections": "CPU by the number of connections, used in turn, µs for each POST of 1 KiB, 1,000 in a second",
    "callers": "CPU by the number of callers, each with its next call when it has an answer, µs for each POST of 1 KiB",
    "in-flight": "CPU by the number of mirror calls in flight, µs for each POST of 1 KiB, 1,000 in a second",
}

ALL = {scenario.name: scenario for scenario in (
    Scenario("post", "POST of 1 KiB, 64 connections"),
    Scenario("get", "GET, 64 connections", method="GET", body=0),
    Scenario("large", "64 KiB each way, 64 connections", body=64 * KIBIBYTE, answer="large"),
    Scenario("https", "POST of 1 KiB to HTTPS upstreams", tls=True),
    Scenario("http2", "POST of 1 KiB to HTTP/2 upstreams", tls=True, http2=True),
    Scenario(
        "events", "100 server-sent events in an answer, 5 ms apart, 32 connections", kind="events", method="GET", body=0, connections=32,
        both_behave="sse=100/5ms", parts=100),
    Scenario("rate-1000", "POST of 1 KiB, 1,000 in a second", kind="open", rate=1000),
    Scenario("rate-4000", "POST of 1 KiB, 4,000 in a second", kind="open", rate=4000),
    *(Scenario(f"connections-{number}", f"POST of 1 KiB, 1,000 in a second, {number} connections", kind="open", rate=1000,
               connections=number, uses_all=True, series="connections", step=number) for number in (1, 10, 100, 1000)),
    # One caller alone has a proxy sleep and wake for every call; many callers show what is shared between calls.
    *(Scenario(f"callers-{number}", f"POST of 1 KiB, {number} callers", connections=number, series="callers", step=number)
      for number in (1, 10, 100, 1000)),
    # So long as a mirror takes, so many calls to it are under way at 1,000 in a second.
    *(Scenario(f"in-flight-{number}", f"POST of 1 KiB, 1,000 in a second, {number} mirror calls in flight", kind="open", rate=1000,
               connections=2048, mirror_behaves=f"delay={number}ms", series="in-flight", step=number) for number in (1, 10, 100, 1000)),
    Scenario("memory", "Memory at rest and with 1,000 idle connections", kind="memory"),
    Scenario("slow", "A mirror that takes 1 s; 200 calls in a second", kind="slow", rate=200, mirror_behaves="delay=1s"),
    Scenario("hang", "A mirror that never answers; 200 calls in a second", kind="slow", rate=200, mirror_behaves="hang"),
    Scenario("growth", "Memory over a million calls", kind="growth"),
)}
