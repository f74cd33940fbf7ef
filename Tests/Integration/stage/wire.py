"""HTTP/1.1 spoken by hand: what is sent is exactly these bytes, and what comes back is kept as it came."""

import socket
import struct

from .waiting import LIMIT


class Closed(Exception):
    """The peer closed the connection before what was awaited had come whole."""


class Reply:
    def __init__(self, status, reason, version, headers, body=b"", interim=()):
        self.status, self.reason, self.version, self.headers, self.body = status, reason, version, headers, body
        self.interim = list(interim)

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None

    def __repr__(self):
        return f"{self.status} {self.reason} {self.headers} {self.body[:300]!r}"


class Wire:
    """One connection: to (host, port), or to the path of a Unix-domain socket."""

    def __init__(self, address, limit=LIMIT):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(limit)
            self.socket.connect(address)
        elif isinstance(address, socket.socket):
            self.socket = address
            self.socket.settimeout(limit)
        else:
            self.socket = socket.create_connection(address, timeout=limit)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def drip(self, data):
        """Sends the bytes one at a time."""
        for place in range(len(data)):
            self.send(data[place:place + 1])

    def _more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise Closed(f"closed after {self.buffer[:300]!r}")
        self.buffer += data

    def until(self, mark):
        """Everything up to and with `mark`."""
        while mark not in self.buffer:
            self._more()
        place = self.buffer.index(mark) + len(mark)
        taken, self.buffer = self.buffer[:place], self.buffer[place:]
        return taken

    def exactly(self, count):
        parts, have = [self.buffer], len(self.buffer)
        while have < count:
            data = self.socket.recv(1 << 16)
            if not data:
                self.buffer = b"".join(parts)
                raise Closed(f"closed after {have} of {count} bytes")
            parts.append(data)
            have += len(data)
        whole = b"".join(parts)
        self.buffer = whole[count:]
        return whole[:count]

    def rest(self):
        """Everything until the peer closes; a reset counts as closing."""
        try:
            while True:
                self._more()
        except (Closed, ConnectionResetError):
            taken, self.buffer = self.buffer, b""
            return taken

    def head(self):
        """A reply's head, interim ones before it collected."""
        interim = []
        while True:
            lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")[:-2]
            version, status, reason = (lines[0].split(" ", 2) + [""])[:3]
            headers = [tuple(line.split(":", 1)) for line in lines[1:]]
            reply = Reply(int(status), reason, version, [(name, value.strip(" \t")) for name, value in headers], interim=interim)
            if reply.status >= 200 or reply.status == 101:
                return reply
            interim = interim + [reply]

    def reply(self, method="GET"):
        """A whole reply to a request of this method, read by its framing (RFC 9112, 6.3)."""
        reply = self.head()
        reply.body = self.body_of(reply, method)
        return reply

    def body_of(self, reply, method="GET"):
        if method == "HEAD" or reply.status in (204, 304):
            return b""
        if (reply.get("transfer-encoding") or "").lower() == "chunked":
            return b"".join(self.chunks())
        if reply.get("content-length") is not None:
            return self.exactly(int(reply.get("content-length")))
        return self.rest()

    def chunk(self):
        """One chunk's data, empty for the last, whose trailers are read too."""
        size = int(self.until(b"\r\n").split(b";")[0], 16)
        if size == 0:
            while self.until(b"\r\n") != b"\r\n":
                pass
            return b""
        data = self.exactly(size)
        assert self.exactly(2) == b"\r\n", "a chunk does not end in CRLF"
        return data

    def chunks(self):
        while data := self.chunk():
            yield data

    def is_closed(self):
        """Waits for the peer to close, and says whether it did so without another byte."""
        return self.rest() == b""

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Ends the connection with a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()


def request(method, target, headers=(), body=None, host="api.test"):
    """The bytes of one request; a body is framed by Content-Length."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers)]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")
