"""What a person sees while it happens: recent exchanges without a spool, the tap, the history, and both in the terminal."""

import json
import os
import pty
import re
import subprocess
import termios
import threading

import pytest
import requests

from stage.processes import binary, run
from stage.waiting import until


def cli(one, *arguments):
    return run([binary("pantograph"), *arguments, "--admin", one.admin])


class Following:
    """`pantograph tap` as a process, with the lines that it has written so far."""

    def __init__(self, one, *arguments):
        self.process = subprocess.Popen(
            [binary("pantograph"), "tap", "--admin", one.admin, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self._reader = threading.Thread(target=lambda: self.lines.extend(iter(self._line, "")), daemon=True)
        self._reader.start()

    def _line(self):
        return self.process.stdout.readline()

    def await_lines(self, one, number):
        """Calls until so many lines have come: nobody is told of what ended before the stream began."""
        until(lambda: one.call("GET", "/probe") and len(self.lines) >= number, lambda: f"{number} lines; there are {self.lines}")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def tap(ends):
    return lambda one, *arguments: ends.keep(Following(one, *arguments))


def test_a_recent_exchange_is_shown_without_a_spool(pair):
    sidecar, _, _ = pair(b="status=503")
    assert sidecar.call("GET", "/orders?sig=hidden").status_code == 200

    def settled():
        exchanges = sidecar.api("exchanges").json()["exchanges"]
        return exchanges and exchanges[0]["deliveries"].get("b", {}).get("state") == "dead" and exchanges[0]

    until(settled, "the mirror's end")
    exchange = settled()
    assert exchange["status"] == 200 and exchange["deliveries"]["a"]["state"] == "delivered" and "hidden" not in json.dumps(exchange)
    whole = sidecar.api(f"exchanges/{exchange['id']}").json()
    [attempt] = whole["deliveries"]["b"]["history"]
    assert attempt["status"] == 503 and attempt["class"] == "http_5xx" and attempt["duration_ms"] >= attempt["first_byte_ms"] >= 0
    shown = cli(sidecar, "exchanges", exchange["id"])
    assert shown.code == 0 and "http_5xx" in shown.out and "attempts to b" in shown.out


def test_a_skipped_mirror_says_why(pair):
    sidecar, _, _ = pair(limits={"mirror": {"body": "1KiB"}})
    assert sidecar.call("POST", "/x", data=b"x" * 4096).status_code == 200
    until(lambda: sidecar.api("exchanges").json()["exchanges"], "the exchange")
    [exchange] = sidecar.api("exchanges").json()["exchanges"]
    assert exchange["deliveries"]["b"]["state"] == "skipped" and exchange["deliveries"]["b"]["skip_reason"] == "body_too_large"


def test_the_tap_shows_a_line_for_each_exchange_with_every_upstream(pair, tap):
    sidecar, _, _ = pair(b="status=503")
    following = tap(sidecar)
    following.await_lines(sidecar, 1)
    assert " GET /probe 200 " in following.lines[0] and "  a 200 " in following.lines[0] and "  b 503 http_5xx " in following.lines[0]


def test_the_tap_is_filtered_and_is_json_for_programs(pair, tap):
    sidecar, _, _ = pair(b="status=503")
    failing, nothing = tap(sidecar, "--json", "--upstream", "b", "--class", "http_5xx"), tap(sidecar, "--upstream", "a", "--class", "http_5xx")
    failing.await_lines(sidecar, 2)
    assert json.loads(failing.lines[0])["deliveries"]["b"]["history"][0]["status"] == 503
    assert nothing.lines == []


def test_the_tap_ends_with_the_sidecar(pair, tap):
    sidecar, _, _ = pair()
    following = tap(sidecar)
    following.await_lines(sidecar, 1)
    sidecar.stop()
    assert following.process.wait(timeout=30) == 0


def test_a_stream_that_is_left_makes_room(pair):
    sidecar, _, _ = pair()
    url = f"http://{sidecar.admin}/api/tap"
    streams = [requests.get(url, stream=True, timeout=30) for _ in range(8)]
    assert [stream.status_code for stream in streams] == [200] * 8
    assert requests.get(url, timeout=30).status_code == 503
    streams.pop().close()

    def has_room():
        with requests.get(url, stream=True, timeout=30) as stream:
            return stream.status_code == 200

    until(has_room, "room for another stream")
    for stream in streams:
        stream.close()


def test_history_and_top_tell_of_both_upstreams(pair):
    sidecar, _, _ = pair(b="status=503")
    for number in range(20):
        sidecar.call("GET", f"/{number}")
    until(lambda: sidecar.api("history").json()["points"], "the first point")
    history = sidecar.api("history").json()
    point = history["points"][0]
    assert history["interval_s"] == 10 and point["upstreams"]["a"]["primary"]["rate"] > 0
    assert point["upstreams"]["b"]["mirror"]["errors"]["http_5xx"] > 0 and point["upstreams"]["b"]["mirror"]["p99"] > 0
    shown = cli(sidecar, "top", "--once")
    assert shown.code == 0 and "http_5xx" in shown.out and "primary" in shown.out and "█" in shown.out and "\x1b" not in shown.out
    assert {"upstreams", "history"} == json.loads(cli(sidecar, "top", "--json").out).keys()


@pytest.mark.parametrize("key", [b"q", b"\x03"], ids=["q", "Ctrl-C"])
def test_top_on_a_terminal_shows_frames_until_it_is_ended_and_leaves_the_terminal_as_it_was(pair, key):
    sidecar, _, _ = pair()
    outer, inner = pty.openpty()
    before = termios.tcgetattr(inner)
    # A session of its own, so that the terminal is its own and Ctrl-C reaches it.
    top = subprocess.Popen(
        ["setsid", "--ctty", binary("pantograph"), "top", "--admin", sidecar.admin], stdin=inner, stdout=inner, stderr=inner)
    try:
        shown = b""
        while shown.count(b"UPSTREAM") < 2:
            shown += os.read(outer, 65536)
        os.write(outer, key)
        while b"\x1b[?1049l" not in shown:
            shown += os.read(outer, 65536)
        assert top.wait(timeout=30) == 0 and termios.tcgetattr(inner) == before
    finally:
        top.kill()
        top.wait()
        os.close(outer)
        os.close(inner)


@pytest.mark.parametrize("command", ["top", "tap"])
def test_where_nobody_listens_it_is_said(command):
    done = run([binary("pantograph"), command, "--admin", "127.0.0.1:1"])
    assert done.code == 69 and "127.0.0.1:1" in done.err


def test_a_class_that_is_none_is_said(pair):
    sidecar, _, _ = pair()
    done = cli(sidecar, "tap", "--class", "http5xx")
    assert done.code == 64 and "http_5xx" in done.err


@pytest.mark.parametrize("filter, meant", [(["--upstream", "bb"], "did you mean 'b'?"), (["--route", "nowhere"], "known here: ")])
def test_what_the_configuration_does_not_name_is_said_and_not_waited_for(pair, filter, meant):
    sidecar, _, _ = pair()
    followed = cli(sidecar, "tap", *filter)
    assert followed.code == 64 and "The sidecar's configuration has no" in followed.err and meant in followed.err, followed
    # What is kept on disk may be of an older configuration: there it is no error.
    listed = cli(sidecar, "exchanges", *filter)
    assert listed.code == 0 and listed.out == "No exchange matches.\n" and meant in listed.err, listed


def test_an_exchange_tells_what_the_application_got_and_when_attempts_began(pair):
    sidecar, _, _ = pair(b="status=503")
    assert sidecar.call("GET", "/orders").status_code == 200
    until(lambda: sidecar.api("exchanges?state=dead").json()["exchanges"], "the mirror's end")
    [exchange] = sidecar.api("exchanges").json()["exchanges"]
    listed = cli(sidecar, "exchanges")
    assert "b dead, 1 delivered" in listed.out, listed
    shown = cli(sidecar, "exchanges", exchange["id"]).out
    assert "answered  200, after " in shown and re.search(r"^1 +\+\d+ms +[\d.]+m?s +503 http_5xx", shown, re.MULTILINE), shown


def test_an_accepted_exchange_shows_the_attempt_that_delivered_it(accepting, upstream):
    one = accepting({"a": upstream("a").url})
    id = one.call("POST", "/orders", data=b"{}").json()["id"]
    one.await_states(id, a="delivered")
    until(lambda: one.exchange(id)["deliveries"]["a"]["history"], "the attempt remembered")
    [attempt] = one.exchange(id)["deliveries"]["a"]["history"]
    assert attempt["number"] == 1 and attempt["status"] == 200 and attempt["class"] is None
    assert "attempts to a" in cli(one, "exchanges", id).out
