"""Processes that a test starts: their output is read as it comes, and they end by their own id."""

import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

from .waiting import LIMIT, Overdue

REPOSITORY = Path(__file__).resolve().parents[3]
BINARIES = Path(os.environ.get("PANTOGRAPH_BINARIES", REPOSITORY / ".build" / "release"))


def binary(name):
    path = BINARIES / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: examples/build.sh --product {name}")
    return str(path)


def free_port(host="127.0.0.1"):
    """A port that was free a moment ago, for the few programs that can't take port 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def plain_environment(**more):
    """The environment of a program under test: nothing of the tester's own OpenTelemetry or proxy settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {name: str(value) for name, value in more.items()}


class Child:
    """One process. Its lines can be awaited while it runs and read when it has ended."""

    def __init__(self, command, *, env=None, cwd=None, name=None):
        self.name = name or Path(command[0]).name
        self.command = [str(word) for word in command]
        self._news = threading.Condition()
        self.stdout, self.stderr = [], []
        self._open = 2
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=plain_environment() if env is None else env, cwd=cwd)
        self._readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr))
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, pipe, lines):
        try:
            for line in pipe:
                with self._news:
                    lines.append(line.decode("utf-8", "surrogateescape").rstrip("\n"))
                    self._news.notify_all()
        except ValueError:
            # The pipe was closed while a child of the child still held its other end.
            pass
        with self._news:
            self._open -= 1
            self._news.notify_all()

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process.poll() is None

    def await_line(self, matches, stream="stderr", limit=LIMIT):
        """What `matches` makes of the first line for which it is true."""
        lines = getattr(self, stream)
        seen = 0
        with self._news:
            def found():
                nonlocal seen
                while seen < len(lines):
                    result = matches(lines[seen])
                    seen += 1
                    if result:
                        return result
                return "ended" if self._open == 0 else None

            result = self._news.wait_for(found, limit)
        if result == "ended":
            raise AssertionError(f"{self.name} ended with {self.process.wait()} before the awaited line\n{self.told}")
        if not result:
            raise Overdue(f"{self.name}: the awaited line did not come within {limit} s\n{self.told}")
        return result

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, limit=LIMIT):
        """The exit code; every line has been read when this returns."""
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Overdue(f"{self.name} still runs after {limit} s\n{self.told}") from None
        for reader in self._readers:
            reader.join(limit)
        return code

    def terminate(self, limit=LIMIT):
        if self.running:
            self.signal(signal.SIGTERM)
        return self.wait(limit)

    def close(self):
        if self.running:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(5)
        self.process.stdout.close()
        self.process.stderr.close()

    @property
    def told(self):
        """The last lines of both streams, for messages about failures."""
        with self._news:
            return "\n".join(["-- stdout", *self.stdout[-20:], "-- stderr", *self.stderr[-40:]])

    def memory(self, field="VmRSS"):
        """Bytes, of /proc/PID/status: VmRSS is what is in memory now, VmHWM the most that ever was."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"{self.name}: no {field}; did it end?\n{self.told}")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


def run(command, *, env=None, cwd=None, limit=LIMIT, stdin=None):
    """Runs a command to its end: an object with `code`, `out` and `err`."""
    done = subprocess.run(
        [str(word) for word in command], input=stdin, capture_output=True, text=True, timeout=limit, cwd=cwd,
        env=plain_environment() if env is None else env)
    return Finished(done.returncode, done.stdout, done.stderr)


class Finished:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def text(self):
        return self.out + self.err

    def __repr__(self):
        return f"exit code {self.code}\n-- stdout\n{self.out}\n-- stderr\n{self.err}"
