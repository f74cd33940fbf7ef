"""A disk that is full, read-only or damaged never makes a false 202, says so once, and is recovered from."""

import contextlib
import os
import sqlite3
import subprocess

import pytest

from stage.waiting import until

DOWN = {"url": "http://127.0.0.1:1", "retry": {"attempts": 10000, "backoff": "1h", "max_backoff": "1h"}}
PATIENT = {"attempts": 10000, "backoff": "100ms", "max_backoff": "200ms"}


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 4 MiB."""
    if os.geteuid() != 0:
        pytest.skip("a small file system is mounted by root")
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)


def fill(folder):
    with open(folder / "ballast", "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 65536)
        except OSError:
            pass
        try:
            while True:
                file.write(b"x" * 512)
        except OSError:
            pass


def test_a_full_disk_is_503_and_recovered_from_once_there_is_room(upstream, accepting, small_disk):
    a = upstream("a")
    one = accepting({"a": {"url": a.url, "retry": PATIENT}, "b": DOWN}, spool={"path": str(small_disk / "spool"), "max_size": "1GiB", "max_body": "1MiB"})
    accepted = [one.call("POST", f"/{n}", data=b"x" * 10_000).json()["id"] for n in range(5)]
    fill(small_disk)
    refused = None
    for n in range(200):
        reply = one.call("POST", f"/more/{n}", data=b"x" * 50_000)
        if reply.status_code == 202:
            accepted.append(reply.json()["id"])
        else:
            refused = reply
            break
    assert refused is not None and refused.status_code == 503 and refused.json()["class"] == "spool_full"
    assert int(refused.headers["Retry-After"]) > 0
    one.await_log(lambda line: "spool" in line["message"] and line["level"] == "error")
    assert one.api("exchanges").status_code == 200
    metrics = one.metrics()
    assert metrics.sum("pantograph_spool_failures_total", fault="disk_full") >= 1
    assert metrics.sum("pantograph_spool_failures_total") == metrics.sum("pantograph_spool_failures_total", fault="disk_full")
    (small_disk / "ballast").unlink()

    def again():
        reply = one.call("POST", "/again", data=b"x" * 50_000)
        return reply.json()["id"] if reply.status_code == 202 else None
    accepted.append(until(again, "a call accepted again"))
    for id in accepted:
        one.await_states(id, a="delivered", b="pending")
    assert len([line for line in one.logs if line["level"] == "error" and "spool" in line["message"]]) == 1


def test_max_size_bounds_what_waits(upstream, accepting):
    one = accepting({"a": DOWN}, spool={"max_size": "1MiB", "max_body": "256KiB"})
    replies = [one.call("POST", f"/{n}", data=b"x" * 100_000) for n in range(15)]
    statuses = [reply.status_code for reply in replies]
    assert statuses.count(202) >= 5 and statuses[-1] == 503 and set(statuses) == {202, 503}
    assert replies[-1].json()["class"] == "spool_full" and "Retry-After" in replies[-1].headers
    one.await_metric(statuses.count(202), "pantograph_deliveries_pending", upstream="a")
    assert one.metrics().sum("pantograph_spool_bytes") <= 1 << 20


def test_finished_exchanges_make_room(upstream, accepting, tmp_path):
    a = upstream("a")
    one = accepting({"a": a.url}, spool={"max_size": "1MiB", "max_body": "256KiB"})
    for n in range(30):
        reply = one.call("POST", f"/{n}", data=b"x" * 100_000)
        assert reply.status_code == 202, reply.text
        one.await_metric(n + 1, "pantograph_deliveries_total", upstream="a", result="delivered")
    assert one.metrics().sum("pantograph_spool_bytes") <= 1 << 20
    with contextlib.closing(sqlite3.connect(f"file:{tmp_path / 'spool' / 'spool.db'}?mode=ro", uri=True)) as spool:
        assert 1 <= spool.execute("SELECT count(*) FROM exchanges").fetchone()[0] < 30


def test_a_spool_that_can_not_be_made_ends_the_start_with_a_sentence(refused, upstream, tmp_path):
    (tmp_path / "a-file").write_text("")
    told = refused({"a": upstream("a").url}, {"path": str(tmp_path / "a-file" / "spool")})
    assert "a-file" in told and "spool" in told


def test_a_read_only_disk_ends_the_start_with_a_sentence(refused, upstream, small_disk):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    told = refused({"a": upstream("a").url}, {"path": str(small_disk / "spool")})
    assert str(small_disk) in told and "read-only" in told.lower()


def test_a_damaged_spool_is_told_at_the_start(accepting, refused, upstream, tmp_path):
    a = upstream("a")
    one = accepting({"a": DOWN}, drain="200ms")
    for n in range(50):
        assert one.call("POST", f"/{n}", data=b"x" * 5000).status_code == 202
    one.stop()
    file = tmp_path / "spool" / "spool.db"
    damaged = bytearray(file.read_bytes())
    damaged[4096:] = os.urandom(len(damaged) - 4096)
    file.write_bytes(damaged)
    told = refused({"a": a.url}, {"path": str(tmp_path / "spool")})
    assert "damaged" in told and str(tmp_path / "spool") in told


def test_without_a_route_that_needs_it_there_is_no_spool_and_no_file(pair, tmp_path):
    sidecar, _, _ = pair()
    assert sidecar.call("GET", "/").status_code == 200
    assert sidecar.api("exchanges").status_code == 200 and sidecar.api("dead-letters").status_code == 404
    assert "pantograph_spool_bytes" not in sidecar.metrics().text if hasattr(sidecar.metrics(), "text") else True
    assert not (tmp_path / "spool").exists()
