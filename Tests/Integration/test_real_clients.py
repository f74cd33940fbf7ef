"""Real clients with only their base URL changed."""

import json

import httpx
import openai
import pytest
import requests

from stage.completions import Completions
from stage.playground import header
from stage.processes import REPOSITORY, plain_environment, run


@pytest.fixture
def served(pair):
    return pair(a="echo")


def test_curl(served, tmp_path):
    sidecar, a, b = served
    body = tmp_path / "body"
    body.write_bytes(b"0123456789" * 20_000)
    done = run(["curl", "--silent", "--show-error", "--fail", "--write-out", "%{http_code} %{http_version} %{num_connects}",
                "--output", "/dev/null", "--data-binary", f"@{body}", f"{sidecar.url}/orders?x=1"])
    assert done.out == "200 1.1 1", done
    assert a.await_requests(1)[0]["body_bytes"] == b.await_requests(1)[0]["body_bytes"] == 200_000


def test_curl_uploads_and_asks_for_a_head(served, tmp_path):
    sidecar, a, _ = served
    body = tmp_path / "body"
    body.write_bytes(b"x" * 3_000_000)
    done = run(["curl", "--silent", "--show-error", "--upload-file", body, "--header", "Transfer-Encoding: chunked",
                "--output", "/dev/null", "--write-out", "%{http_code}", f"{sidecar.url}/up"])
    assert done.out == "200" and a.await_requests(1)[0]["body_bytes"] == 3_000_000
    assert run(["curl", "--silent", "--head", f"{sidecar.url}/h"]).out.startswith("HTTP/1.1 200")


def test_curl_over_a_unix_domain_socket(upstream, sidecar, tmp_path):
    a = upstream("a")
    sidecar({"a": a.url}, listen=f"unix:{tmp_path}/p.sock")
    done = run(["curl", "--silent", "--unix-socket", tmp_path / "p.sock", "http://any/x"])
    assert done.code == 0 and json.loads(done.out)["upstream"] == "a"


def test_requests(served):
    sidecar, a, b = served
    with requests.Session() as session:
        session.trust_env = False
        for number in range(10):
            reply = session.post(f"{sidecar.url}/orders/{number}", json={"number": number}, auth=("me", "secret"))
            assert reply.status_code == 200 and reply.headers["Content-Type"].startswith("application/json")
    assert len(a.await_requests(10)) == 10
    assert all(header(r, "Authorization") is None for r in b.await_requests(10))
    assert all(header(r, "Authorization") for r in a.requests())


def test_requests_with_files_and_chunks(served):
    sidecar, a, _ = served
    assert requests.post(sidecar.url + "/f", files={"file": ("x.bin", b"\x00" * 100_000)}, timeout=60).status_code == 200
    assert requests.post(sidecar.url + "/c", data=iter([b"a" * 1000] * 50), timeout=60).status_code == 200
    assert a.await_requests(2)[1]["body_bytes"] == 50_000


def test_httpx(served):
    sidecar, a, b = served
    with httpx.Client(base_url=sidecar.url, trust_env=False) as client:
        for number in range(10):
            assert client.put(f"/orders/{number}", content=b"x" * 100).status_code == 200
        with client.stream("GET", "/s", headers={"x-playground-a": "sse=3/20ms"}) as reply:
            assert sum(line.startswith("data:") for line in reply.iter_lines()) == 3
    assert len(a.await_requests(11)) == len(b.await_requests(11)) == 11


def test_httpx_with_many_calls_at_once(served):
    import asyncio
    sidecar, a, _ = served

    async def all_of_them():
        async with httpx.AsyncClient(base_url=sidecar.url, trust_env=False, timeout=60) as client:
            return await asyncio.gather(*(client.post(f"/{number}", json={"n": number}) for number in range(100)))
    assert {reply.status_code for reply in asyncio.run(all_of_them())} == {200}
    assert len(a.await_requests(100)) == 100


def openai_client(url):
    return openai.OpenAI(base_url=url + "/v1", api_key="key-of-the-application", max_retries=0, timeout=60)


def test_an_openai_client_streams_word_by_word(ends, upstream, sidecar):
    """The API holds each word back until the application has taken the one before."""
    api, mirror = ends.keep(Completions(confirms=True)), upstream("b")
    one = sidecar({"a": api.url, "b": mirror.url}, secrets=["key-of-the-application"])
    words = []
    with openai_client(one.url) as client:
        for chunk in client.chat.completions.create(model="small", messages=[{"role": "user", "content": "count"}], stream=True):
            words.append(chunk.choices[0].delta.content)
            api.confirmed.release()
    assert words == ["one", "two", "three", "four"]
    [(path, headers, body)] = api.requests
    assert path == "/v1/chat/completions" and headers["authorization"] == "Bearer key-of-the-application" and body["stream"]
    taken = mirror.await_requests(1)[0]
    assert taken["target"] == "/v1/chat/completions" and header(taken, "Authorization") is None


def test_an_openai_client_without_streaming(ends, sidecar):
    api = ends.keep(Completions())
    with openai_client(sidecar({"a": api.url}).url) as client:
        reply = client.chat.completions.create(model="small", messages=[{"role": "user", "content": "count"}])
    assert reply.choices[0].message.content == "one two three four"


def test_an_openai_client_understands_our_own_errors_as_errors(sidecar):
    from stage.processes import free_port
    one = sidecar({"a": f"http://127.0.0.1:{free_port()}"})
    with openai_client(one.url) as client, pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model="small", messages=[])
    assert raised.value.status_code == 502


@pytest.mark.parametrize("program, number", [("orders.py", 10), ("orders.sh", 3)])
def test_the_applications_of_the_examples(served, program, number):
    sidecar, a, b = served
    path = REPOSITORY / "examples" / "application" / program
    command = ["python3", path] if program.endswith(".py") else ["bash", path]
    done = run(command, env=plain_environment(ORDERS_URL=sidecar.url))
    assert done.code == 0 and done.out.count("200") >= number, done
    assert len(a.await_requests(number)) == len(b.await_requests(number)) == number
