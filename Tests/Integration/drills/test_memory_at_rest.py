"""A sidecar that has nothing to do but to be scraped and probed holds at most 20 MiB from its third minute on."""

import pytest
import requests

from stage.waiting import holds, until

MEBIBYTE = 1 << 20


def look(sidecar):
    """What Prometheus and an orchestrator do, and what is held then."""
    assert sidecar.is_ready()
    assert requests.get(f"{sidecar.admin_url}/metrics", timeout=60).status_code == 200
    return sidecar.memory()


@pytest.mark.drill
@pytest.mark.timeout(300)
def test_scraped_it_holds_at_most_20_mebibytes(pair, figures):
    sidecar, _, _ = pair(threads=2)
    until(lambda: sidecar.memory() <= 20 * MEBIBYTE, lambda: f"at most 20 MiB in memory; there are {sidecar.memory() / MEBIBYTE:.1f}")
    settled = sidecar.memory()
    for _ in range(10):
        scraped = look(sidecar)
    # Given back a second time.
    until(lambda: sidecar.memory() < 0.8 * scraped, lambda: f"less than {scraped / MEBIBYTE:.1f} MiB in memory", limit=180)
    again = sidecar.memory()
    assert holds(lambda: look(sidecar) <= 20 * MEBIBYTE, 20)
    figures.table("memory at rest, MiB", [
        ("once settled", settled / MEBIBYTE), ("scraped in the first minutes", scraped / MEBIBYTE),
        ("given back again", again / MEBIBYTE), ("scraped from then on", sidecar.memory() / MEBIBYTE),
        ("of it its own", sidecar.memory("RssAnon") / MEBIBYTE)])
