"""A configuration that can't hold is refused with 78 and one clear sentence, before any socket is bound."""

import re
import socket

import pytest

from stage.processes import binary, free_port, plain_environment, run

ADDRESSES = "listen: 127.0.0.1:{listen}\nadmin: 127.0.0.1:{admin}\n"
UPSTREAMS = "upstreams:\n  a: {{ url: http://127.0.0.1:1 }}\n  b: {{ url: http://127.0.0.1:2 }}\n"


# Each: the file, and what its message must contain beside the file's name: the line where one can be named, the key path,
# and what to write instead.
REFUSED = {
    "unknown key, nearest named": (ADDRESSES + UPSTREAMS + "drian: 10s\n", ["6", "drian", "drain"]),
    "unknown key deep inside": (
        ADDRESSES + "upstreams:\n  a:\n    url: http://127.0.0.1:1\n    timeout: {{ conect: 2s }}\n",
        ["6", "upstreams.a.timeout", "conect", "connect"]),
    "unknown key of a route": (
        ADDRESSES + UPSTREAMS + "routes:\n  - name: r\n    match: {{ path: /** }}\n    respnd: a\n    to: [a, b]\n",
        ["9", "respnd", "respond"]),
    "wrong type": (ADDRESSES + UPSTREAMS + "threads: many\n", ["6", "threads"]),
    "list where a mapping is meant": (ADDRESSES + "upstreams: [a, b]\n", ["3", "upstreams"]),
    "duration without unit": (ADDRESSES + UPSTREAMS + "drain: 10\n", ["6", "drain", "2s"]),
    "size that is none": (ADDRESSES + UPSTREAMS + "limits: {{ body: 1 potato }}\n", ["6", "limits.body"]),
    "negative number": (ADDRESSES + UPSTREAMS + "threads: -1\n", ["6", "threads"]),
    "no upstream": (ADDRESSES, ["upstreams"]),
    "an upstream without url": (ADDRESSES + "upstreams:\n  a: {{ keep_host: true }}\n", ["upstreams.a", "url"]),
    "a url without scheme": (ADDRESSES + "upstreams:\n  a: {{ url: api.example.com }}\n", ["4", "upstreams.a.url", "https"]),
    "a url with another scheme": (ADDRESSES + "upstreams:\n  a: {{ url: ftp://api.example.com }}\n", ["4", "upstreams.a.url", "https"]),
    "a url with a query": (ADDRESSES + "upstreams:\n  a: {{ url: 'http://127.0.0.1:1/?x=1' }}\n", ["4", "upstreams.a.url"]),
    "a url with port 0": (ADDRESSES + "upstreams:\n  a: {{ url: 'http://127.0.0.1:99999/' }}\n", ["4", "upstreams.a.url"]),
    "a route to an unknown upstream": (
        ADDRESSES + UPSTREAMS + "routes:\n  - {{ name: r, match: {{ path: /** }}, respond: a, to: [a, bb] }}\n", ["7", "bb", "b"]),
    "a primary that the route does not go to": (
        ADDRESSES + UPSTREAMS + "routes:\n  - {{ name: r, match: {{ path: /** }}, respond: a, to: [b] }}\n", ["7", "respond", "a"]),
    "two routes of one name": (
        ADDRESSES + UPSTREAMS + "routes:\n  - {{ name: r, match: {{ path: /x }}, respond: a, to: [a] }}\n"
        "  - {{ name: r, match: {{ path: /** }}, respond: a, to: [a] }}\n", ["8", "r"]),
    "an upstream twice": (
        ADDRESSES + "upstreams:\n  a: {{ url: http://127.0.0.1:1 }}\n  a: {{ url: http://127.0.0.1:2 }}\n", ["a"]),
    "not YAML": (ADDRESSES + "upstreams: {{ a: \n", ["4"]),
    "a missing environment variable of a secret": (
        ADDRESSES + "upstreams:\n  a: {{ url: http://127.0.0.1:1, credentials: {{ bearer: {{ env: NOT_SET_ANYWHERE }} }} }}\n",
        ["NOT_SET_ANYWHERE", "upstreams.a.credentials"]),
    "a missing file of a secret": (
        ADDRESSES + "upstreams:\n  a: {{ url: http://127.0.0.1:1, credentials: {{ bearer: {{ file: /nowhere/token }} }} }}\n",
        ["/nowhere/token", "upstreams.a.credentials"]),
    "a missing variable in a value": (ADDRESSES + "upstreams:\n  a: {{ url: 'http://${{NOT_SET_ANYWHERE}}/' }}\n", ["NOT_SET_ANYWHERE"]),
    "a missing CA file": (
        ADDRESSES + "upstreams:\n  a: {{ url: https://127.0.0.1:1, tls: {{ ca_file: /nowhere/ca.pem }} }}\n",
        ["/nowhere/ca.pem", "upstreams.a.tls.ca_file"]),
    "two kinds of credentials": (
        ADDRESSES + "upstreams:\n  a:\n    url: http://127.0.0.1:1\n    credentials:\n      bearer: {{ env: HOME }}\n"
        "      basic: {{ user: u, password: {{ env: HOME }} }}\n", ["upstreams.a.credentials"]),
    "a non-loopback listen": ("listen: 0.0.0.0:{listen}\nadmin: 127.0.0.1:{admin}\n" + UPSTREAMS, ["listen", "allow_remote"]),
    "a non-loopback admin": ("listen: 127.0.0.1:{listen}\nadmin: '[::]:{admin}'\n" + UPSTREAMS, ["admin", "allow_remote"]),
    "an address without port": ("listen: 127.0.0.1\nadmin: 127.0.0.1:{admin}\n" + UPSTREAMS, ["1", "listen"]),
    "both listeners on one address": (
        "listen: 127.0.0.1:{listen}\nadmin: 127.0.0.1:{listen}\n" + UPSTREAMS, ["admin", "listen"]),
}


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("text, words", REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_with_78_and_says_what_to_change(text, words, command, tmp_path):
    file = tmp_path / "pantograph.yaml"
    ports = {"listen": free_port(), "admin": free_port()}
    file.write_text(text.format(**ports))
    done = run([binary("pantograph"), command, "--config", file])
    assert done.code == 78, done
    assert "pantograph.yaml" in done.err, done
    for word in words:
        assert re.search(rf"(?<![A-Za-z0-9_]){re.escape(word)}(?![A-Za-z0-9_])", done.err), (word, done)
    assert "Fatal" not in done.text and done.out == "", done
    # One sentence for each fault, a hint below it: never a wall of text.
    assert len(done.err.splitlines()) <= 6, done


def test_a_certificate_that_cannot_be_read_is_refused(tmp_path):
    broken = tmp_path / "ca.pem"
    broken.write_text("this is no certificate\n")
    file = tmp_path / "pantograph.yaml"
    file.write_text(ADDRESSES.format(listen=free_port(), admin=free_port())
                    + f"upstreams:\n  a: {{ url: https://127.0.0.1:1, tls: {{ ca_file: {broken} }} }}\n")
    done = run([binary("pantograph"), "run", "--config", file])
    assert done.code == 78 and str(broken) in done.err, done


def test_a_file_that_is_not_there_is_named(tmp_path):
    done = run([binary("pantograph"), "run", "--config", tmp_path / "nowhere.yaml"])
    assert done.code == 78 and "nowhere.yaml" in done.err, done


@pytest.mark.parametrize("flag", ["inventory", "inventory=", "=http://127.0.0.1:1", "inventory=example.com", "a b=http://127.0.0.1:1"])
def test_an_upstream_flag_that_cannot_be_read_is_refused(flag):
    done = run([binary("pantograph"), "run", "--upstream", flag])
    assert done.code in (64, 78) and done.err, done


def test_nothing_is_bound_before_the_configuration_holds(tmp_path):
    """A configuration error is reported even where the port is taken: the port has not been asked for yet."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        file = tmp_path / "pantograph.yaml"
        file.write_text(f"listen: 127.0.0.1:{taken.getsockname()[1]}\nadmin: 127.0.0.1:{free_port()}\nupstreams:\n  a: {{ url: x }}\n")
        done = run([binary("pantograph"), "run", "--config", file])
    assert done.code == 78 and "in use" not in done.err, done


@pytest.mark.parametrize("which", ["listen", "admin"])
def test_a_port_in_use_ends_it_with_1_and_names_the_port(which, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"listen": free_port(), "admin": free_port()} | {which: port}
        file = tmp_path / "pantograph.yaml"
        file.write_text((ADDRESSES + UPSTREAMS).format(**ports))
        done = run([binary("pantograph"), "run", "--config", file], env=plain_environment(OTEL_SDK_DISABLED="true"))
    assert done.code == 1, done
    assert str(port) in done.err and re.search("in use|uses this port", done.err), done


def test_a_socket_path_that_cannot_be_made_ends_it_with_1(tmp_path):
    file = tmp_path / "pantograph.yaml"
    file.write_text(f"listen: unix:{tmp_path}/nowhere/p.sock\nadmin: 127.0.0.1:{free_port()}\n" + UPSTREAMS.format())
    done = run([binary("pantograph"), "run", "--config", file], env=plain_environment(OTEL_SDK_DISABLED="true"))
    assert done.code in (1, 78) and "p.sock" in done.err, done
