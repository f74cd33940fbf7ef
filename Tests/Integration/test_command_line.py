"""What a person and a script get from the command line."""

import re

import pytest
import yaml

from stage.processes import binary, plain_environment, run

CONFIGURATION = """\
listen: 127.0.0.1:4100
admin: 127.0.0.1:4101
upstreams:
  inventory:
    url: https://inventory.example.com/v2
    credentials: { bearer: { env: INVENTORY_TOKEN } }
  shipping:
    url: https://api.shipping.example
routes:
  - name: orders
    match: { methods: [POST], path: /orders }
    respond: shipping
    to: [inventory, shipping]
  - name: everything-else
    match: { path: /** }
    respond: inventory
    to: [inventory, shipping]
"""


def pantograph(*arguments, **options):
    return run([binary("pantograph"), *arguments], **options)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "pantograph.yaml"
    path.write_text(CONFIGURATION)
    return path


def test_version_prints_a_version_and_exits_0():
    done = pantograph("version")
    assert done.code == 0 and re.search(r"\d+\.\d+\.\d+", done.out), done
    assert done.err == ""


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["check", "--help"], ["init", "--help"]])
def test_help_teaches_and_exits_0(arguments):
    done = pantograph(*arguments)
    assert done.code == 0 and "USAGE" in done.out.upper(), done


def test_help_names_every_subcommand():
    done = pantograph("--help")
    for word in ("run", "check", "init", "version"):
        assert re.search(rf"^\s+{word}\b", done.out, re.MULTILINE), done


@pytest.mark.parametrize("arguments", [["rum"], ["run", "--konfig", "x"], ["check", "one", "two"]])
def test_a_command_that_is_not_known_is_an_error_in_one_place(arguments):
    done = pantograph(*arguments)
    assert done.code not in (0, 1) and done.out == "" and done.err, done


def test_check_prints_what_it_understood_in_order(file):
    done = pantograph("check", "--config", file, env=plain_environment(INVENTORY_TOKEN="token-of-inventory"))
    assert done.code == 0, done
    assert done.out.index("orders") < done.out.index("everything-else")
    for word in ("inventory", "shipping", "https://inventory.example.com/v2", "127.0.0.1:4100", "127.0.0.1:4101"):
        assert word in done.out, (word, done)
    assert "primary" in done.out.lower() and "mirror" in done.out.lower(), done


def test_check_never_prints_a_secret(file):
    done = pantograph("check", "--config", file, env=plain_environment(INVENTORY_TOKEN="token-of-inventory"))
    assert done.code == 0 and "token-of-inventory" not in done.text, done


def test_check_warns_of_a_mirror_that_would_be_called_without_credentials(file):
    done = pantograph("check", "--config", file, env=plain_environment(INVENTORY_TOKEN="t"))
    warnings = [line for line in done.text.splitlines() if "shipping" in line and "credentials" in line.lower()]
    assert warnings, done


def test_init_writes_a_commented_file_that_check_accepts(tmp_path):
    done = pantograph("init", cwd=tmp_path)
    assert done.code == 0, done
    [made] = [path for path in tmp_path.iterdir() if path.suffix in (".yaml", ".yml")]
    text = made.read_text()
    assert text.count("#") >= 5
    assert {"listen", "upstreams"} <= yaml.safe_load(text).keys()
    checked = pantograph("check", "--config", made, env=plain_environment(**_named_variables(text)))
    assert checked.code == 0, checked


def test_init_never_overwrites_a_file(tmp_path):
    assert pantograph("init", cwd=tmp_path).code == 0
    [made] = [path for path in tmp_path.iterdir() if path.suffix in (".yaml", ".yml")]
    made.write_text("mine: true\n")
    done = pantograph("init", cwd=tmp_path)
    assert done.code != 0 and made.name in done.err, done
    assert made.read_text() == "mine: true\n"


def test_a_configuration_needs_no_file_when_flags_name_the_upstreams(upstream, tmp_path, ends):
    from stage.sidecar import Sidecar
    from stage.processes import free_port
    a, b = upstream("a"), upstream("b")
    ports = free_port(), free_port()
    flags = ["--upstream", f"a={a.url}", "--upstream", f"b={b.url}",
             "--listen", f"127.0.0.1:{ports[0]}", "--admin", f"127.0.0.1:{ports[1]}"]
    sidecar = ends.keep(Sidecar.from_flags(flags, tmp_path, env={"OTEL_SDK_DISABLED": "true"}))
    assert sidecar.call("GET", "/x").status_code == 200
    [at_a], [at_b] = a.await_requests(1), b.await_requests(1)
    assert at_a["target"] == at_b["target"] == "/x"


def _named_variables(text):
    """A value for each environment variable that the file takes a secret from."""
    return {name: "x" for name in re.findall(r"env:\s*([A-Z_]+)", text) + re.findall(r"\$\{([A-Z_]+)\}", text)}
