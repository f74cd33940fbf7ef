"""Waiting until a process can be called."""

import http.client
import socket

from stage.waiting import until

LIMIT = 30.0


def await_port(port, child):
    until(lambda: _listens(port) or not child.running, lambda: f"{child.name} listening\n{child.told}", LIMIT)
    assert child.running, f"{child.name} ended\n{child.told}"


def await_answer(port, child):
    """A proxy listens before it can carry a call."""
    until(lambda: _answers(port) or not child.running, lambda: f"an answer by {child.name}\n{child.told}", LIMIT)
    assert child.running, f"{child.name} ended\n{child.told}"


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def _answers(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/probe")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
