"""An upstream whose every connection follows a script: for what no well-behaved server can be made to do."""

import socket
import threading

from .waiting import LIMIT, until
from .wire import Closed, Wire


class Received:
    """A request as it came over the wire."""

    def __init__(self, method, target, headers, body, raw):
        self.method, self.target, self.headers, self.body, self.raw = method, target, headers, body, raw

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None


class Conversation(Wire):
    """The upstream's end of one connection."""

    def __init__(self, connection, upstream):
        super().__init__(connection)
        self.upstream = upstream

    def take_head(self):
        raw = self.until(b"\r\n\r\n")
        lines = raw.decode("latin-1").split("\r\n")[:-2]
        method, target, _ = lines[0].split(" ")
        headers = [(name, value.strip(" \t")) for name, value in (line.split(":", 1) for line in lines[1:])]
        request = Received(method, target, headers, b"", raw)
        self.upstream._received(request)
        return request

    def take(self):
        """A whole request, its body read by its framing."""
        request = self.take_head()
        if (request.get("transfer-encoding") or "").lower() == "chunked":
            request.body = b"".join(self.chunks())
        elif request.get("content-length"):
            request.body = self.exactly(int(request.get("content-length")))
        return request

    def answer(self, status=200, headers=(), body=b"", reason="OK"):
        lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
        if status not in (204, 304):
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def send_chunk(self, data):
        self.send(b"%x\r\n%s\r\n" % (len(data), data))


def answering(status=200, headers=(), body=b""):
    """A script that answers every request of a connection in the same way."""
    def script(conversation):
        while True:
            conversation.take()
            conversation.answer(status, headers, body)
    return script


class ScriptedUpstream:
    """Listens, and runs `script(conversation)` for each connection. What it raises is raised again by `check`."""

    def __init__(self, script, host="127.0.0.1"):
        self.script = script
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((host, 0))
        self._listener.listen(1024)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        self._lock = threading.Lock()
        self._requests, self._failures, self._open = [], [], set()
        self.connections = 0
        self.closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection):
        try:
            self.script(Conversation(connection, self))
        except (Closed, ConnectionError, TimeoutError, OSError):
            pass
        except Exception as error:
            with self._lock:
                self._failures.append(error)
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _received(self, request):
        with self._lock:
            self._requests.append(request)

    @property
    def requests(self):
        with self._lock:
            return list(self._requests)

    def await_requests(self, number, limit=LIMIT):
        until(lambda: len(self.requests) >= number, lambda: f"{number} requests; there are {len(self.requests)}", limit)
        return self.requests

    def check(self):
        if self._failures:
            raise self._failures[0]

    def close(self):
        self.closed.set()
        # A blocked accept only returns when the listening socket is shut down first.
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
