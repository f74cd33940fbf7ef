"""What acceptance costs, beside what the disk itself can do; what a hundred thousand waiting deliveries cost; what a rate holds."""

import json
import os
import signal
import time
from collections import Counter, deque

import pytest

from stage.playground import client
from stage.processes import free_port
from stage.scripted import ScriptedUpstream
from stage.sidecar import Sidecar, configuration
from stage.waiting import until

MEBIBYTE = 1 << 20
PACED = {"OTEL_SDK_DISABLED": "true"}


def accepting_settings(upstreams, folder, **more):
    return configuration(
        upstreams, routes=[{"name": "all", "match": {"path": "/**"}, "respond": "accepted", "to": list(upstreams)}],
        spool={"path": str(folder)} | more.pop("spool", {}), telemetry={"log": {"level": "warning"}}, **more)


def processor_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def syncs_per_second(folder, seconds=2):
    """How often a second the disk takes 4 KiB for good, one after the other."""
    with open(folder / "syncs", "wb", buffering=0) as file:
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            count += 1
    (folder / "syncs").unlink()
    return count / seconds


@pytest.mark.drill
@pytest.mark.timeout(900)
def test_what_acceptance_costs(upstream, ends, tmp_path, figures):
    rows = []
    for connections in (1, 16, 256):
        a, b = upstream("a", record=0), upstream("b", record=0)
        one = ends.keep(Sidecar(accepting_settings({"a": a.url, "b": b.url}, tmp_path / f"spool-{connections}"), tmp_path, PACED))
        client(one.url, duration="1s", connections=connections)
        syncs = syncs_per_second(tmp_path)
        before, began = processor_seconds(one.pid), one.metrics().sum("pantograph_deliveries_total")
        result = client(one.url, duration="8s", connections=connections)
        until(lambda: one.metrics().sum("pantograph_deliveries_pending") == 0, "everything delivered", limit=300)
        spent = processor_seconds(one.pid) - before
        delivered = (one.metrics().sum("pantograph_deliveries_total") - began) / 2
        exposition = one.metrics()
        commits = exposition.sum("pantograph_spool_commit_seconds_count")
        assert result["failed"] == 0 and set(result["by_status"]) == {"202"}
        rows.append((connections, syncs, result["sent"] / 8, result["latency_ms"]["p50"], result["latency_ms"]["p99"], 1e6 * spent / delivered,
                     exposition.sum("pantograph_spool_committed_operations_total") / commits))
        assert one.metrics().sum("pantograph_deliveries_total", result="delivered") == exposition.sum("pantograph_deliveries_total")
        one.stop()
    figures.table("accepting 1 KiB calls for two upstreams, synchronous: full, as fast as the connections allow for 8 s", [
        ("fdatasync of 4 KiB a second, one after the other", [row[1] for row in rows]),
        ("accepted a second", [row[2] for row in rows]),
        ("202, p50, ms", [row[3] for row in rows]),
        ("202, p99, ms", [row[4] for row in rows]),
        ("CPU for one accepted and delivered to both, µs", [row[5] for row in rows]),
        ("operations in one commit", [row[6] for row in rows]),
    ], columns=[f"{row[0]} connection{'s' * (row[0] > 1)}" for row in rows])


@pytest.mark.drill
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_waiting_deliveries(upstream, ends, tmp_path, figures):
    number = int(os.environ.get("PANTOGRAPH_WAITING", 100_000))
    retry = {"attempts": 10_000, "backoff": "10ms", "max_backoff": "1s"}
    port = free_port()
    settings = accepting_settings(
        {"a": {"url": f"http://127.0.0.1:{port}", "retry": retry, "breaker": {"minimum": 5, "open_for": "1s"}}}, tmp_path / "spool",
        spool={"max_size": "8GiB"})
    settings |= {"listen": f"127.0.0.1:{free_port()}", "admin": f"127.0.0.1:{free_port()}"}
    text = json.dumps(settings)

    def start():
        began = time.monotonic()
        one = ends.keep(Sidecar(text, tmp_path, PACED, awaits=False))
        one.serves_at(settings["listen"], settings["admin"])
        return one, time.monotonic() - began

    one, empty = start()
    at_rest = one.memory()
    result = client(one.url, requests=number, connections=64, limit=1200)
    assert result["sent"] == number and result["failed"] == 0
    one.await_metric(number, "pantograph_deliveries_pending", upstream="a")
    loaded = one.memory()
    scraped = time.monotonic()
    one.metrics()
    scrape = time.monotonic() - scraped
    one.signal(signal.SIGKILL)
    one.expected_exit = -signal.SIGKILL
    one.wait()
    two, again = start()
    assert two.metrics().sum("pantograph_deliveries_pending", upstream="a") == number
    rested = two.memory()
    back = upstream("a", port=port, record=0)
    began = time.monotonic()
    until(lambda: back.stats()["requests"] > 0, "the first delivery")
    first = time.monotonic() - began
    two.await_metric(0, "pantograph_deliveries_pending", upstream="a", limit=600)
    took = time.monotonic() - began
    assert two.metrics().sum("pantograph_deliveries_total", upstream="a", result="delivered") == number
    figures.table(f"{number} deliveries of 1 KiB waiting for an upstream that is down", [
        ("memory at rest, MiB", at_rest / MEBIBYTE),
        ("memory with all of them waiting, MiB", loaded / MEBIBYTE),
        ("memory after a restart, MiB", rested / MEBIBYTE),
        ("memory at most while they are delivered, MiB", two.memory("VmHWM") / MEBIBYTE),
        ("one scrape, ms", scrape * 1000),
        ("start to ready, empty, ms", empty * 1000),
        ("start to ready after a kill, ms", again * 1000),
        ("upstream back to first delivery, ms (its breaker tries each second)", first * 1000),
        ("all delivered, s", took),
        ("delivered a second", number / took),
        ("the spool's file, MiB", (tmp_path / "spool" / "spool.db").stat().st_size / MEBIBYTE),
    ])


@pytest.mark.drill
@pytest.mark.timeout(300)
def test_a_rate_is_held_and_used(ends, accepting, figures):
    times = deque()

    def script(conversation):
        while True:
            conversation.take()
            times.append(time.monotonic())
            conversation.answer()

    a = ends.keep(ScriptedUpstream(script))
    one = accepting({"a": {"url": a.url, "limit": {"rate": "100/1s", "burst": 10}}}, drain="1s")
    client(one.url, requests=7000, connections=16, body="100B")
    until(lambda: times and time.monotonic() - times[0] > 60, "a minute", limit=120)
    seen = [at for at in list(times) if at < times[0] + 60]
    most, recent = 0, deque()
    for at in seen:
        recent.append(at)
        while recent[0] <= at - 1:
            recent.popleft()
        most = max(most, len(recent))
    figures.table("100 calls a second with a burst of 10, for 60 s", [
        ("the most in any second (110 are allowed)", most),
        ("in 60 s (6,010 are allowed)", len(seen)),
        ("of the allowance", len(seen) / 6010),
        ("answered 429", 0),
    ])
    assert most <= 113
    assert 5700 <= len(seen) <= 6010


@pytest.mark.drill
@pytest.mark.timeout(300)
def test_an_upstream_that_is_down_for_the_whole_run_and_then_back(upstream, accepting, figures):
    port = free_port()
    retry = {"attempts": 10_000, "backoff": "50ms", "max_backoff": "1s"}
    b = upstream("b", record=100_000)
    one = accepting({
        "a": {"url": f"http://127.0.0.1:{port}", "retry": retry, "breaker": {"minimum": 5, "window": "10s", "open_for": "1s"}},
        "b": {"url": b.url, "retry": retry}}, route={"order_by": "X-Customer"})
    alone = client(one.url, duration="1s", rate=200, header="X-Customer:warm-up")["sent"]
    began = time.monotonic()
    for number in range(2000):
        reply = one.call("POST", f"/{number}", data=b"1", headers={"X-Customer": str(number % 20)})
        assert reply.status_code == 202
    took = time.monotonic() - began
    until(lambda: one.metrics().sum("pantograph_deliveries_pending", upstream="b") == 0, "b has them all")
    exposition = one.metrics()
    waiting, lag = exposition.sum("pantograph_deliveries_pending", upstream="a"), exposition.sum("pantograph_delivery_lag_seconds", upstream="a")
    opened = exposition.sum("pantograph_upstream_breaker_state", upstream="a")
    tries = exposition.sum("pantograph_upstream_attempt_duration_seconds_count", upstream="a")
    assert waiting == 2000 + alone and opened in (1, 2)
    a = upstream("a", port=port, record=100_000)
    one.await_metric(0, "pantograph_deliveries_pending", upstream="a", limit=200)
    for seen in (a, b):
        order = {}
        for request in seen.await_requests(2000 + alone):
            customer = next(value for name, value in request["headers"] if name.lower() == "x-customer")
            if customer != "warm-up":
                order.setdefault(customer, []).append(int(request["target"][1:]))
        assert all(numbers == sorted(numbers) for numbers in order.values()), "an order was not kept"
        assert Counter(len(numbers) for numbers in order.values()) == {100: 20}
    until(lambda: one.metrics().sum("pantograph_upstream_breaker_state", upstream="a") == 0, "the breaker closed")
    assert one.metrics().sum("pantograph_deliveries_total", result="delivered") == 2 * (2000 + alone)
    assert one.metrics().sum("pantograph_delivery_lag_seconds") == 0
    figures.table("an upstream down for the whole run, the other well, 2,000 ordered exchanges", [
        ("accepted a second, by one caller", 2000 / took),
        ("waiting for the one that is down", int(waiting)),
        ("its lag at the end, s", lag),
        ("attempts spent on it meanwhile", int(tries)),
        ("delivered to both in the end, in order", 2000 + alone),
    ])
