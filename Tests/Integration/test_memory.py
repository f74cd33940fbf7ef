"""What the start alone needed is given back: a sidecar at rest holds little."""

from pathlib import Path

import pytest

from stage.waiting import until

MEBIBYTE = 1 << 20


def test_at_rest_it_holds_at_most_20_mebibytes_and_then_works(pair):
    sidecar, a, b = pair(threads=2)
    until(lambda: sidecar.memory() <= 20 * MEBIBYTE, lambda: f"at most 20 MiB in memory; there are {sidecar.memory() / MEBIBYTE:.1f}")
    # The most that it ever held is what the start took: without that, there would have been nothing to give back.
    assert sidecar.memory("VmHWM") > 20 * MEBIBYTE
    assert sidecar.call("POST", "/orders", data=b"1").status_code == 200
    assert len(a.await_requests(1)) == 1 and len(b.await_requests(1)) == 1
    sidecar.await_metric(2, "pantograph_deliveries_total", result="delivered")


@pytest.mark.parametrize("own, expected", [
    (None, "glibc.malloc.tcache_count=64"),
    ("glibc.malloc.perturb=7", "glibc.malloc.perturb=7:glibc.malloc.tcache_count=64"),
    ("glibc.malloc.tcache_count=5", "glibc.malloc.tcache_count=5"),
])
def test_it_begins_with_larger_caches_of_freed_blocks_unless_told_otherwise(own, expected, pair):
    sidecar, a, b = pair(env={} if own is None else {"GLIBC_TUNABLES": own})
    process = Path("/proc") / str(sidecar.pid)
    # Where glibc reads the variable it ends each tunable in it with a zero byte.
    assert f":GLIBC_TUNABLES={expected}:" in f":{(process / 'environ').read_text()}".replace("\0", ":")
    assert (process / "comm").read_text() == "pantograph\n"
    assert sidecar.call("GET", "/").status_code == 200
    assert len(a.await_requests(1)) == 1 and len(b.await_requests(1)) == 1
    sidecar.await_metric(2, "pantograph_deliveries_total", result="delivered")
