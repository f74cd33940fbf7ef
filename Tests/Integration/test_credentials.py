"""Credentials go where they belong and nowhere else."""

import base64

import pytest

from stage.playground import header, names

OWN = {"Authorization": "Bearer of-the-application", "Cookie": "session=of-the-application", "Proxy-Authorization": "Basic b2Y="}


def called(sidecar, a, b, **headers):
    assert sidecar.call("GET", "/", headers=headers or OWN).status_code == 200
    return a.await_requests(1)[-1], b.await_requests(1)[-1]


def test_the_applications_own_credentials_go_to_the_primary_and_to_no_mirror(pair):
    at_a, at_b = called(*pair())
    for name, value in OWN.items():
        assert header(at_a, name) == value, name
        assert name.lower() not in names(at_b)


def test_several_cookies_stay_away_from_mirrors_too(pair):
    sidecar, a, b = pair()
    with sidecar.wire() as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: h\r\ncookie: a=1\r\nCOOKIE: b=2\r\nauthorization: x\r\n\r\n")
        assert wire.reply().status == 200
    assert [name for name in names(a.await_requests(1)[0]) if name == "cookie"] == ["cookie"] * 2
    assert not {"cookie", "authorization"} & set(names(b.await_requests(1)[0]))


def test_inherit_credentials_gives_them_to_a_mirror(pair):
    _, at_b = called(*pair(b_block={"inherit_credentials": True}))
    assert header(at_b, "Authorization") == OWN["Authorization"] and header(at_b, "Cookie") == OWN["Cookie"]


KINDS = {
    "bearer": ({"bearer": {"env": "SECRET"}}, "Authorization", "Bearer planted-secret"),
    "basic": ({"basic": {"user": "me", "password": {"env": "SECRET"}}}, "Authorization",
              "Basic " + base64.b64encode(b"me:planted-secret").decode()),
    "header": ({"header": {"name": "X-Api-Key", "value": {"env": "SECRET"}}}, "X-Api-Key", "planted-secret"),
}


@pytest.mark.parametrize("credentials, name, value", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("role", ["primary", "mirror"])
def test_an_upstreams_own_credentials_replace_the_applications(pair, role, credentials, name, value):
    block = {"credentials": credentials}
    options = {"a_block": block} if role == "primary" else {"b_block": block}
    sidecar, a, b = pair(env={"SECRET": "planted-secret"}, secrets=["planted-secret"], **options)
    at_a, at_b = called(sidecar, a, b, **OWN | {"X-Api-Key": "of-the-application"})
    taken = at_a if role == "primary" else at_b
    assert [v for k, v in taken["headers"] if k.lower() == name.lower()] == [value]
    if name == "Authorization":
        assert OWN["Authorization"] not in [v for _, v in taken["headers"]]


def test_a_secret_from_a_file_is_taken_without_its_last_newline(pair, tmp_path):
    file = tmp_path / "token"
    file.write_text("from-a-file\n")
    _, at_b = called(*pair(b_block={"credentials": {"bearer": {"file": str(file)}}}, secrets=["from-a-file"]))
    assert header(at_b, "Authorization") == "Bearer from-a-file"


def test_a_secret_file_that_changes_is_read_again(pair, tmp_path):
    """Replaced in one step, as Kubernetes does with a mounted secret."""
    from stage.waiting import until
    file = tmp_path / "token"
    file.write_text("first-secret")
    sidecar, a, b = pair(a_block={"credentials": {"bearer": {"file": str(file)}}}, secrets=["first-secret", "second-secret"])
    assert sidecar.call("GET", "/").status_code == 200
    assert header(a.await_requests(1)[0], "Authorization") == "Bearer first-secret"
    replaced = tmp_path / "token.new"
    replaced.write_text("second-secret")
    replaced.rename(file)

    def second():
        assert sidecar.call("GET", "/").status_code == 200
        return header(a.requests()[-1], "Authorization") == "Bearer second-secret"
    until(second, "the new secret in use")


def test_a_secret_file_that_vanishes_leaves_the_last_secret_in_use(pair, tmp_path):
    file = tmp_path / "token"
    file.write_text("only-secret")
    sidecar, a, _ = pair(a_block={"credentials": {"bearer": {"file": str(file)}}}, secrets=["only-secret"])
    assert sidecar.call("GET", "/").status_code == 200
    file.unlink()
    assert sidecar.call("GET", "/").status_code == 200
    assert {header(r, "Authorization") for r in a.await_requests(2)} == {"Bearer only-secret"}


def test_credentials_in_the_answer_are_the_applications_affair(pair):
    """Set-Cookie of the primary reaches the application; a mirror's never does."""
    sidecar, _, _ = pair(a="header=Set-Cookie:from=a", b="header=Set-Cookie:from=b")
    assert sidecar.call("GET", "/").headers["Set-Cookie"] == "from=a"
