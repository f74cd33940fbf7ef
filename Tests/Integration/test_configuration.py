"""The configuration's keys, their defaults, and where each comes from."""

import json
import re

import pytest
import requests
import yaml

from stage.processes import REPOSITORY, binary, plain_environment, run
from stage.scripted import answering
from stage.sidecar import QUICK_EXPORT, configuration
from stage.waiting import LIMIT, until

SMALLEST = "upstreams:\n  a: { url: http://127.0.0.1:1 }\n  b: { url: http://127.0.0.1:2, credentials: none }\n"


def understood(text, tmp_path, **environment):
    """What `check --json` says of a file."""
    file = tmp_path / "pantograph.yaml"
    file.write_text(text)
    done = run([binary("pantograph"), "check", "--json", "--config", file], env=plain_environment(**environment))
    assert done.code == 0, done
    return json.loads(done.out)


def documented():
    """The table of the README: (key path, default) of each row whose default is a value."""
    section = re.search(r"\n## Configuration\n(.*?)\n## ", (REPOSITORY / "README.md").read_text(), re.DOTALL).group(1)
    parent = ""
    for keys, default in re.findall(r"^\| (`[^|]+) \|([^|]*)\|", section, re.MULTILINE):
        names, values = re.findall(r"`([^`]+)`", keys), re.findall(r"`([^`]+)`", default)
        if not names[0].startswith("…") and "." in names[0]:
            parent = names[0].rsplit(".", 1)[0]
        full = [names[0].replace("….", parent + ".")] + [names[0].rsplit(".", 1)[0] + "." + name for name in names[1:]]
        if len(full) == len(values):
            yield from zip(full, values, strict=True)


DOCUMENTED = dict(documented())


def test_the_table_of_the_readme_is_read():
    assert {"listen", "drain", "limits.connections", "limits.idle_timeout", "upstreams.NAME.timeout", "upstreams.NAME.limit"} <= DOCUMENTED.keys()


@pytest.mark.parametrize("key", [key for key in DOCUMENTED if not key.startswith(("routes", "threads", "telemetry.otlp"))])
def test_a_default_of_the_readme_is_the_default(key, tmp_path):
    shown = understood(SMALLEST, tmp_path)["configuration"]
    for part in key.replace("NAME", "a").split("."):
        shown = shown[part]
    text = DOCUMENTED[key]
    value = yaml.safe_load("{" + text + "}" if re.match(r"\w+: ", text) else text)
    expected = str(value) if not isinstance(value, (dict, bool, int)) else value
    assert shown == expected or (expected, shown) == ("60s", "1m"), (key, shown)


def test_without_routes_there_is_one_for_every_path_with_the_first_as_primary(tmp_path):
    [route] = understood(SMALLEST, tmp_path)["configuration"]["routes"]
    assert (route["primary"], route["mirrors"], route["match"]["path"]) == ("a", ["b"], "/**")


def test_variables_are_put_in_and_have_defaults(tmp_path):
    text = "upstreams:\n  a: { url: 'http://${HOST_OF_A:-127.0.0.1}:${PORT_OF_A}' }\ndrain: ${DRAIN:-7s}\n"
    shown = understood(text, tmp_path, PORT_OF_A=81)["configuration"]
    assert shown["upstreams"]["a"]["url"] == "http://127.0.0.1:81" and shown["drain"] == "7s"
    shown = understood(text, tmp_path, PORT_OF_A=82, HOST_OF_A="127.0.0.2", DRAIN="8s")["configuration"]
    assert shown["upstreams"]["a"]["url"] == "http://127.0.0.2:82" and shown["drain"] == "8s"


def test_a_relative_path_begins_at_the_files_directory(tmp_path):
    (tmp_path / "token").write_text("secret-in-a-file")
    file = tmp_path / "pantograph.yaml"
    file.write_text("upstreams: { a: { url: http://127.0.0.1:1, credentials: { bearer: { file: token } } } }\n")
    done = run([binary("pantograph"), "check", "--config", file], cwd="/")
    assert done.code == 0 and "secret-in-a-file" not in done.text, done


def test_the_file_wins_over_the_environment_and_the_environment_over_the_default(tmp_path):
    text = SMALLEST + "telemetry: { service_name: of-the-file }\n"
    shown = understood(text, tmp_path, OTEL_SERVICE_NAME="of-the-environment", OTEL_TRACES_SAMPLER="always_off")["configuration"]["telemetry"]
    assert (shown["service_name"], shown["sampler"]) == ("of-the-file", "always_off")
    shown = understood(SMALLEST, tmp_path, OTEL_SERVICE_NAME="of-the-environment")["configuration"]["telemetry"]
    assert shown["service_name"] == "of-the-environment"


def test_a_file_in_the_working_directory_is_found(tmp_path):
    (tmp_path / "pantograph.yaml").write_text(SMALLEST)
    done = run([binary("pantograph"), "check"], cwd=tmp_path)
    assert done.code == 0 and "pantograph.yaml" in done.out, done


def test_without_any_configuration_it_says_what_to_do(tmp_path):
    done = run([binary("pantograph"), "run"], cwd=tmp_path)
    assert done.code == 78 and "pantograph init" in done.err and "--upstream" in done.err, done


def test_what_runs_is_what_check_says(upstream, sidecar, tmp_path):
    one = sidecar({"a": upstream("a").url}, drain="3s", limits={"body": "2MiB"})
    running = requests.get(one.admin_url + "/api/config", timeout=LIMIT).json()
    done = run([binary("pantograph"), "check", "--json", "--config", one.file], env=plain_environment(**QUICK_EXPORT))
    assert running == json.loads(done.out)["configuration"]


def test_exporting_can_be_switched_off(upstream, sidecar):
    one = sidecar(json.dumps(configuration({"a": upstream("a").url}, telemetry={"otlp": False})))
    assert one.call("GET", "/").status_code == 200
    one.stop()
    assert all(line["level"] in ("debug", "info", "notice") for line in one.logs), one.told


def test_an_idempotency_key_is_made_where_the_configuration_says_so(scripted, sidecar):
    a, b = scripted(answering()), scripted(answering())
    one = sidecar({"a": {"url": a.url, "idempotency": {"key": "generate"}}, "b": b.url})
    assert one.call("POST", "/", data=b"x").status_code == 200
    assert one.call("POST", "/", data=b"x", headers={"Idempotency-Key": '"own"'}).status_code == 200
    made, own = [r.get("idempotency-key") for r in a.await_requests(2)]
    assert re.fullmatch(r'"[^"]+"', made) and own == '"own"'
    assert sorted(str(r.get("idempotency-key")) for r in b.await_requests(2)) == ['"own"', "None"]


@pytest.mark.parametrize("threads", [1, 4])
def test_any_number_of_event_loops_serves(upstream, sidecar, threads):
    one = sidecar({"a": upstream("a").url}, threads=threads)
    assert [one.call("GET", f"/{n}").status_code for n in range(20)] == [200] * 20


@pytest.mark.parametrize("http", ["1.1", "auto"])
def test_the_protocol_to_an_upstream_can_be_chosen(upstream, nginx, sidecar, authority, http):
    behind = upstream("a")
    server = nginx(behind.url, http2=True)
    one = sidecar({"a": {"url": server.url, "http": http, "tls": {"ca_file": str(authority.certificate)}}})
    assert one.call("GET", "/").status_code == 200
    # nginx writes its line after the answer has gone out.
    assert until(lambda: server.protocols, "nginx's access log") == ["HTTP/1.1" if http == "1.1" else "HTTP/2.0"]
