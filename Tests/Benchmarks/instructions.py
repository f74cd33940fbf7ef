"""Instructions of user space for each mirrored call, counted by callgrind: figures that do not depend on how busy the machine is.

A run's count has the start and the end of the process in it, so two runs with different numbers of calls are made, and the
difference is divided by the difference of the numbers. What remains of chance is in which events fall into one wake-up; with
eight calls at once that is less than with one.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from comparison import scenarios
from comparison.load import counted
from comparison.proxies.pantograph import Pantograph
from comparison.scene import scene
from stage.processes import binary, run

HERE = Path(__file__).resolve().parent
THRESHOLDS = HERE / "thresholds.json"
RENEW = "Tests/Benchmarks/run.sh instructions --renew"

CONNECTIONS = 8
# Calls of the shorter run and of the longer one.
FEW, MANY = 200, 1000
COLLECTED = re.compile(r"Collected : (\d+)")

# What is counted, by name: one of the comparison's scenarios, and whether telemetry is on.
COUNTED = {
    "post": ("post", True),
    "post without telemetry": ("post", False),
    "get": ("get", True),
    "64 KiB each way": ("large", True),
    "https": ("https", True),
}


class Anywhere:
    """Processes of a counted run need no core of their own."""

    @staticmethod
    def pinned(command, is_proxy=False):
        return list(command)


class Counted(Pantograph):
    """pantograph under callgrind. Its spans leave by number and at the end, not by time, which is another here."""

    def __init__(self, program, shim, telemetry):
        super().__init__("pantograph", "pantograph", telemetry)
        self._program, self._shim = program, shim

    def settings(self, place, port, admin):
        settings = super().settings(place, port, admin)
        for upstream in settings["upstreams"].values():
            # Callgrind is some fifty times slower than the processor.
            upstream["timeout"] = {"connect": "60s", "first_byte": "60s", "total": "120s"}
            # A mirror that falls behind would open more connections, by chance, and each handshake is worth many calls.
            upstream["limit"]["connections"] = CONNECTIONS
        return settings

    def command(self, place, words):
        settings = [
            f"LD_PRELOAD={self._shim}", "OTEL_BSP_MAX_QUEUE_SIZE=100000", "OTEL_BSP_SCHEDULE_DELAY=600000",
            # As the program tells itself, by starting anew: callgrind would lose it there.
            "GLIBC_TUNABLES=glibc.malloc.tcache_count=64"]
        counting = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={place.folder / 'callgrind.out'}"]
        return ["env", *settings, *counting, self._program, *words[1:]]


def is_laid_out(program):
    """Whether examples/layout.sh has moved what is run together: BOLT keeps the linker's code under this name."""
    return b".bolt.org.text" in Path(program).read_bytes()


@contextmanager
def counter(telemetry=True):
    """A function from a scenario and a number of calls to all instructions of a run."""
    with tempfile.TemporaryDirectory(prefix="pantograph-instructions-") as name:
        program, shim = Path(name) / "pantograph", Path(name) / "sigsuspend.so"
        shutil.copy(binary("pantograph"), program)
        compiler = shutil.which("clang") or "cc"
        commands = [[compiler, "-shared", "-fPIC", "-O1", "-o", shim, HERE / "sigsuspend.c"]]
        if not is_laid_out(program):
            # Valgrind 3.19 can't read all of DWARF 5, and needs none of it to count. A program that is laid out has none left.
            commands.append(["strip", "--strip-debug", program])
        for command in commands:
            done = run(command, env=dict(os.environ))
            assert done.code == 0, done
        yield lambda scenario, calls: _count(scenario, Counted(program, shim, telemetry), calls)


def _count(scenario, proxy, calls):
    with scene(scenario, proxy, Anywhere) as here:
        report = counted(
            here.url, Anywhere, method=scenario.method, body=scenario.body, connections=CONNECTIONS, calls=calls)
        assert report["answered"] == calls and report["refused"] == 0, report
        at_primary, at_mirror = here.arrived()
        assert at_primary == at_mirror >= calls, f"{at_primary} calls arrived at the primary, {at_mirror} at the mirror"
        code = here.proxy.terminate()
        assert code == 0, here.proxy.told
        return int(COLLECTED.search(here.proxy.told).group(1))


def per_call(name):
    """Instructions for each mirrored call of what `COUNTED` has by this name."""
    scenario, telemetry = COUNTED[name]
    with counter(telemetry) as count:
        few, many = (count(scenarios.ALL[scenario], calls) for calls in (FEW, MANY))
    return round((many - few) / (MANY - FEW))


def thresholds():
    return json.loads(THRESHOLDS.read_text())


def main():
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/run.sh instructions", description=__doc__.splitlines()[0])
    parser.add_argument("--renew", action="store_true", help="keep what is counted now as the thresholds")
    parser.add_argument("--repetitions", type=int, default=1, help="the median of so many, and their spread")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(COUNTED)}")
    options = parser.parse_args()
    kept = thresholds() if THRESHOLDS.exists() else {"tolerance": 0.05, "instructions": {}}
    for name in options.names or COUNTED:
        counts = sorted(per_call(name) for _ in range(options.repetitions))
        count, before = counts[len(counts) // 2], kept["instructions"].get(name)
        spread = f", spread {(counts[-1] - counts[0]) / count:.1%}" if len(counts) > 1 else ""
        print(f"{name}: {count:,} instructions{spread}" + (f", {count / before - 1:+.1%} of the threshold" if before else ""), flush=True)
        kept["instructions"][name] = count
    if options.renew:
        THRESHOLDS.write_text(json.dumps(kept, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
