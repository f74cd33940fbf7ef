"""Figures that are quoted: start-up, size, memory when ready and while a large body passes."""

import statistics
import time
from pathlib import Path

import pytest
import requests

from stage.processes import binary
from stage.sidecar import Sidecar, configuration

MEBIBYTE = 1 << 20


@pytest.mark.drill
@pytest.mark.timeout(300)
def test_start_up_memory_when_ready_and_size(upstream, tmp_path, figures):
    a, b = upstream("a"), upstream("b")
    settings = configuration({"a": a.url, "b": b.url})
    starts, ready = [], []
    for _ in range(10):
        started = time.monotonic()
        one = Sidecar(settings, tmp_path, {"OTEL_SDK_DISABLED": "true"})
        starts.append(time.monotonic() - started)
        ready.append(one.memory())
        assert one.terminate() == 0
        one.close()
    figures.table("start-up and size", [
        ("start to /readyz 200, ms, median of 10", statistics.median(starts) * 1000),
        ("memory when ready, MiB, median of 10", statistics.median(ready) / MEBIBYTE),
        ("release binary, MiB", Path(binary("pantograph")).stat().st_size / MEBIBYTE),
    ])
    assert statistics.median(starts) < 5


class Zeros:
    """A body of so many bytes."""

    def __init__(self, size):
        self.left, self.size = size, size

    def __len__(self):
        return self.size

    def read(self, count=-1):
        count = self.left if count < 0 else min(count, self.left)
        self.left -= count
        return bytes(count)


@pytest.mark.drill
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mebibytes", [100, 1000])
def test_memory_while_a_large_body_passes(upstream, sidecar, figures, mebibytes):
    a, b = upstream("a", behave=f"body={mebibytes}MiB"), upstream("b")
    one = sidecar({"a": a.url, "b": b.url}, limits={"body": "2GiB"})
    before = one.memory()
    started = time.monotonic()
    with requests.post(one.url + "/large", data=Zeros(mebibytes * MEBIBYTE), stream=True, timeout=300) as reply:
        size = sum(len(part) for part in reply.iter_content(1 << 16))
    seconds = time.monotonic() - started
    assert size == mebibytes * MEBIBYTE
    peak = one.memory("VmHWM")
    figures.table(f"{mebibytes} MiB up and {mebibytes} MiB down", [
        ("seconds", seconds), ("memory before, MiB", before / MEBIBYTE), ("memory at most, MiB", peak / MEBIBYTE)])
    assert peak - before < 64 * MEBIBYTE
