"""The machine: which process runs on which core, and what the kernel says that it used."""

import itertools
import os
import resource
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from stage.processes import Child

TICK = os.sysconf("SC_CLK_TCK")

# Below the range from which the kernel takes the ports of outgoing connections, so that none of them holds one of these.
_ports = itertools.cycle(range(20_000, 30_000))


@dataclass(frozen=True)
class Cores:
    """The proxy has one core alone; everything else shares the others."""

    proxy: int
    others: tuple[int, ...]

    @classmethod
    def of_this_machine(cls, proxy=None):
        available = sorted(os.sched_getaffinity(0))
        if len(available) < 2:
            raise SystemExit("the benchmark needs two cores: one for the proxy alone, one for everything else")
        proxy = available[1] if proxy is None else proxy
        if proxy not in available:
            raise SystemExit(f"there is no core {proxy}; there are {', '.join(map(str, available))}")
        return cls(proxy, tuple(core for core in available if core != proxy))

    def leave_the_proxys(self):
        """Keeps this process and the children to come away from the proxy's core."""
        os.sched_setaffinity(0, self.others)

    def busy(self):
        """Seconds that the proxy's core has worked for processes, the proxy's own among them, or for another machine."""
        line = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith(f"cpu{self.proxy} "))
        user, nice, system, _, _, _, _, steal, *_ = map(int, line.split()[1:])
        return (user + nice + system + steal) / TICK

    def pinned(self, command, is_proxy=False):
        cores = [self.proxy] if is_proxy else self.others
        return ["taskset", "--cpu-list", ",".join(map(str, cores)), *command]


def free_port():
    for port in itertools.islice(_ports, 10_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no port is free")


def allow_many_descriptors():
    """A thousand connections are three thousand descriptors of a proxy: children inherit what is allowed here."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def family(pid):
    """The process and all its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except FileNotFoundError:
            # The thread has ended since it was listed.
            continue
        for child in children:
            found += family(int(child))
    return found


@dataclass(frozen=True)
class CPUTime:
    """Seconds of all threads of a process and its children, those that have ended too."""

    user: float
    system: float

    @classmethod
    def of(cls, child: Child):
        user = system = 0
        for pid in family(child.pid):
            # The name, in brackets, may have spaces; what follows is counted from the third field on.
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            user, system = user + int(fields[11]), system + int(fields[12])
        return cls(user / TICK, system / TICK)

    @property
    def total(self):
        return self.user + self.system

    def __sub__(self, earlier):
        return CPUTime(self.user - earlier.user, self.system - earlier.system)


def memory(child: Child, field="VmRSS"):
    """Bytes of a process and its children; what they share is counted for each."""
    total = 0
    for pid in family(child.pid):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                total += int(line.split()[1]) * 1024
    return total


def end(child: Child):
    """Ends the process and its children by their ids: kindly at first."""
    members = family(child.pid) if child.running else []
    if child.running:
        child.signal(signal.SIGTERM)
        try:
            child.process.wait(5)
        except subprocess.TimeoutExpired:
            pass
    for pid in members[1:]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    child.close()
