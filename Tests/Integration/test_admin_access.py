"""Who may ask on the admin listener: by its token, and under which names."""

import pytest
import requests

from stage.processes import binary, plain_environment, run
from stage.waiting import LIMIT, until

TOKEN = "let-me-in"
COMMANDS = [["status"], ["top", "--once"], ["exchanges"], ["agreement"], ["dead-letters", "list"], ["tap"]]


def cli(one, *arguments, token=None):
    """As `pantograph` on this machine, with the token in its environment or none."""
    environment = plain_environment(**{} if token is None else {"PANTOGRAPH_ADMIN_TOKEN": token})
    return run([binary("pantograph"), *arguments, "--admin", one.admin], env=environment)


def status_of(one, path, token=None, **fields):
    headers = fields | ({"Authorization": f"Bearer {token}"} if token else {})
    return requests.get(one.admin_url + path, headers=headers, timeout=LIMIT).status_code


@pytest.fixture
def guarded(pair):
    one, _, _ = pair(env={"TOKEN": TOKEN}, secrets=[TOKEN], admin={"listen": "127.0.0.1:0", "token": {"env": "TOKEN"}})
    return one


def test_the_token_guards_the_api_and_nothing_else(guarded):
    for path in ("/api/config", "/api/upstreams", "/api/exchanges", "/api/history", "/api/agreement", "/api/tap", "/api/dead-letters"):
        assert status_of(guarded, path) == 401 and status_of(guarded, path, "another") == 401, path
    assert status_of(guarded, "/api/config", TOKEN) == 200
    for path in ("/", "/metrics", "/livez", "/readyz"):
        assert status_of(guarded, path) == 200, path


def test_what_is_told_of_the_configuration_does_not_tell_the_token(guarded):
    reply = requests.get(guarded.admin_url + "/api/config", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=LIMIT)
    assert TOKEN not in reply.text and reply.json()["admin"] == {
        "listen": "127.0.0.1:0", "token": "(redacted, from the environment: TOKEN)", "hosts": [], "recent": 1000}
    checked = run([binary("pantograph"), "check", "--config", guarded.file], env=plain_environment(TOKEN=TOKEN))
    assert checked.code == 0 and TOKEN not in checked.text and "TOKEN)" in checked.out, checked


def test_a_token_in_a_file_is_exchanged_while_it_runs(pair, tmp_path):
    file = tmp_path / "admin-token"
    file.write_text("the-first\n")
    file.chmod(0o600)
    one, _, _ = pair(admin={"listen": "127.0.0.1:0", "token": {"file": str(file)}})
    assert status_of(one, "/api/config", "the-first") == 200
    file.write_text("the-second\n")
    until(lambda: status_of(one, "/api/config", "the-second") == 200, "the second token taken")
    assert status_of(one, "/api/config", "the-first") == 401


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_without_the_token_says_what_to_set(guarded, command):
    done = cli(guarded, *command)
    assert done.code == 1 and done.out == "" and len(done.err.splitlines()) == 1, done
    assert "PANTOGRAPH_ADMIN_TOKEN" in done.err and "--token-file" in done.err and "--config" in done.err, done


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_with_another_token_says_whose_it_was(guarded, command):
    done = cli(guarded, *command, token="let-me-out")
    assert done.code == 1 and "PANTOGRAPH_ADMIN_TOKEN" in done.err and "let-me-out" not in done.text, done


def test_a_command_takes_the_token_of_the_environment_of_a_file_or_of_the_configuration(guarded, tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    configuration = tmp_path / "asked.yaml"
    # The secret of its upstream is not there where the question is asked, and need not be.
    configuration.write_text(
        f"admin: {{ listen: {guarded.admin}, token: {{ file: token }} }}\n"
        "upstreams: { a: { url: http://a.test, credentials: { bearer: { env: NOWHERE } } } }\n")
    assert cli(guarded, "exchanges", token=TOKEN).code == 0
    for arguments in (["--admin", guarded.admin, "--token-file", file], ["--config", configuration]):
        done = run([binary("pantograph"), "exchanges", *arguments], env=plain_environment())
        assert done.code == 0 and done.out == "There was no exchange yet.\n", done
    # What is closer to hand wins, and then the configuration's need not be there.
    configuration.write_text(f"admin: {{ listen: {guarded.admin}, token: {{ env: NOWHERE }} }}\n")
    asked = [binary("pantograph"), "exchanges", "--config", configuration]
    assert run(asked, env=plain_environment(PANTOGRAPH_ADMIN_TOKEN=TOKEN)).code == 0
    assert run([*asked, "--token-file", file], env=plain_environment(PANTOGRAPH_ADMIN_TOKEN="another")).code == 0
    missing = run(asked, env=plain_environment())
    assert missing.code == 78 and "admin.token.env: the environment variable NOWHERE is not set" in missing.err, missing


def test_a_token_file_that_can_not_be_read_is_named(guarded, tmp_path):
    done = run([binary("pantograph"), "status", "--admin", guarded.admin, "--token-file", tmp_path / "nowhere"], env=plain_environment())
    assert done.code == 64 and str(tmp_path / "nowhere") in done.err and len(done.err.splitlines()) == 1, done


def test_the_page_and_the_api_are_there_under_the_names_that_hosts_lists(pair):
    one, _, _ = pair(admin={"listen": "127.0.0.1:0", "hosts": ["Pantograph.internal"]})
    for path in ("/", "/api/upstreams"):
        for host in ("pantograph.internal", "PANTOGRAPH.internal:8443", "localhost"):
            assert status_of(one, path, Host=host) == 200, (path, host)
        reply = requests.get(one.admin_url + path, headers={"Host": "evil.test"}, timeout=LIMIT)
        assert reply.status_code == 403 and "'hosts' of 'admin'" in reply.json()["detail"]


def test_recent_says_how_many_exchanges_are_remembered(pair):
    one, _, _ = pair(admin={"listen": "127.0.0.1:0", "recent": 3}, threads=1)
    for number in range(5):
        assert one.call("GET", f"/{number}").status_code == 200
    until(lambda: [it["target"] for it in one.api("exchanges").json()["exchanges"]] == ["/4", "/3", "/2"], "the last three")
