"""The process is killed again and again under load: every call that was answered with 202 reaches both upstreams."""

import json
import os
import random
import signal
import threading
from collections import Counter

import pytest
import requests

from stage.processes import free_port
from stage.sidecar import Sidecar, configuration
from stage.waiting import until

KILLS, CALLERS = 50, 8
SEED = int(os.environ.get("PANTOGRAPH_CRASH_SEED", random.SystemRandom().randrange(1 << 32)))


class Callers:
    """Applications that call without pause, whatever happens to the sidecar, and remember each 202."""

    def __init__(self, url):
        self.url, self.accepted, self.refused = url, [], Counter()
        self._lock, self._stop, self._number = threading.Lock(), threading.Event(), 0
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        with requests.Session() as session:
            session.trust_env = False
            while not self._stop.is_set():
                with self._lock:
                    self._number += 1
                    number = self._number
                try:
                    reply = session.post(f"{self.url}/orders/{number}", data=b"order %d" % number, timeout=20)
                except requests.RequestException:
                    # It is down: the next one will be up in a moment.
                    self._stop.wait(0.01)
                    continue
                with self._lock:
                    if reply.status_code == 202:
                        self.accepted.append((number, reply.json()["id"]))
                    else:
                        self.refused[reply.status_code] += 1

    def end(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_202_is_delivered_to_both_upstreams_though_the_process_is_killed(ends, upstream, tmp_path, figures):
    chance = random.Random(SEED)
    print(f"PANTOGRAPH_CRASH_SEED={SEED}")
    a, b = upstream("a", record=1_000_000), upstream("b", record=1_000_000, behave="delay=1ms..5ms")
    retry = {"attempts": 1000, "backoff": "10ms", "max_backoff": "100ms"}
    settings = configuration(
        {"a": {"url": a.url, "retry": retry, "limit": {"in_flight": 32}}, "b": {"url": b.url, "retry": retry, "limit": {"in_flight": 32}}},
        routes=[{"name": "all", "match": {"path": "/**"}, "respond": "accepted", "to": ["a", "b"]}],
        spool={"path": str(tmp_path / "spool")}, telemetry={"log": {"level": "warning"}})
    settings |= {"listen": f"127.0.0.1:{free_port()}", "admin": f"127.0.0.1:{free_port()}"}
    text = json.dumps(settings)
    callers = Callers(f"http://{settings['listen']}")

    def start():
        one = ends.keep(Sidecar(text, tmp_path, {"OTEL_SDK_DISABLED": "true"}, awaits=False))
        one.serves_at(settings["listen"], settings["admin"])
        return one

    for _ in range(KILLS):
        one = start()
        threading.Event().wait(chance.uniform(0.02, 0.3))
        one.signal(signal.SIGKILL)
        one.expected_exit = -signal.SIGKILL
        one.wait()
    last = start()
    threading.Event().wait(0.5)
    callers.end()
    until(lambda: last.metrics().sum("pantograph_deliveries_pending") == 0, "nothing pending", limit=120)

    counts = {}
    for one in (a, b):
        seen = one.requests()
        keys = Counter(next(value for name, value in request["headers"] if name.lower() == "idempotency-key") for request in seen)
        targets = {}
        for request in seen:
            key = next(value for name, value in request["headers"] if name.lower() == "idempotency-key")
            targets.setdefault(request["target"], set()).add(key)
        lost = [id for _, id in callers.accepted if f'"{id}"' not in keys]
        assert lost == [], f"lost at {one.name}: {lost[:10]} (PANTOGRAPH_CRASH_SEED={SEED})"
        # A call that comes twice comes under the key that it had first.
        assert all(len(of_one) == 1 for of_one in targets.values())
        counts[one.name] = (len(keys), sum(keys.values()) - len(keys))
        # What was on the wire at a kill may come again, and nothing else: 32 at most, each time.
        assert counts[one.name][1] <= KILLS * 32
    figures.table(f"{KILLS} times killed under load", [
        ("accepted with 202", len(callers.accepted)),
        ("answered otherwise", sum(callers.refused.values())),
        ("exchanges that reached a", counts["upstream a"][0]),
        ("exchanges that reached b", counts["upstream b"][0]),
        ("came again at a", counts["upstream a"][1]),
        ("came again at b", counts["upstream b"][1]),
        ("lost", 0),
    ])
    assert len(callers.accepted) > KILLS
