"""The quickstart, with the binaries that are there: what it shows within its first seconds."""

import re
import signal

import pytest

from stage.processes import BINARIES, REPOSITORY, Child, free_port, plain_environment, run

SCRIPT = REPOSITORY / "examples" / "quickstart.sh"


def environment(**more):
    names = ("QUICKSTART_PORT", "QUICKSTART_ADMIN_PORT", "QUICKSTART_INVENTORY_PORT", "QUICKSTART_SHIPPING_PORT", "QUICKSTART_COLLECTOR_PORT")
    return plain_environment(**{name: free_port() for name in names} | {"QUICKSTART_BIN": BINARIES} | more)


@pytest.mark.long
def test_it_shows_latencies_errors_429s_and_a_trace_and_ends_by_itself():
    done = run(["bash", SCRIPT], env=environment(QUICKSTART_SECONDS=12, QUICKSTART_RATE=50), limit=120)
    assert done.code == 0, done
    for words in (r"First trace received [\d.]+ s after the first call", r"http://127\.0\.0\.1:\d+/metrics", r"Ctrl-C",
                  r"inventory +primary +\d+ +[\d.]+ +[\d.]+ +[\d.]+", r"shipping +mirror +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +[1-9]\d*", r"http_429 \d+",
                  r"POST"):
        assert re.search(words, done.out), (words, done)
    rest = done.out.split("What the client saw")
    assert len(rest) == 2 and "latency" in rest[1], done


@pytest.mark.long
def test_ctrl_c_ends_all_of_it():
    variables = environment()
    child = Child(["bash", SCRIPT], env=variables, name="quickstart")
    try:
        child.await_line(lambda line: line.startswith("First trace received"), "stdout")
        child.signal(signal.SIGINT)
        assert child.wait() == 130, child.told
        # Its ports are free again, so all that it started has ended.
        again = run(["bash", SCRIPT], env=variables | {"QUICKSTART_SECONDS": "1"}, limit=120)
        assert again.code == 0, again
    finally:
        child.close()


def test_a_port_in_use_is_told_before_anything_is_started():
    import socket
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(["bash", SCRIPT], env=environment(QUICKSTART_PORT=port), limit=60)
    assert done.code == 1 and str(port) in done.err and "QUICKSTART_PORT" in done.err, done
