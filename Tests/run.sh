#!/usr/bin/env bash
# All tests, from a clone on Debian 12 with Swift: installs what they need, builds, runs each test once and ends with one
# line that counts them: "N passed, N failed, N skipped". The exit code is 0 only where none failed.
#
#   Tests/run.sh            unit tests, tidiness, and the product against real peers (under 30 minutes on 2 cores)
#   Tests/run.sh --all      the same and the drills: a mirror that hangs for a minute, 10,000 requests counted, an outage of
#                           ten minutes before a real Prometheus, the image
#   Tests/run.sh --quick    the same without what takes longer than a few seconds
#   Tests/run.sh -- ARGS    ARGS go to pytest, such as: -- -k shutdown
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

depth=usual
while (($#)); do
    case $1 in
        --all) depth=all ;;
        --quick) depth=quick ;;
        --help | -h) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        --) shift; break ;;
        *) echo "Tests/run.sh: unknown option $1; known are --all, --quick, --help and --" >&2; exit 64 ;;
    esac
    shift
done

scratch=$PWD/.build-tests
mkdir -p "$scratch"

say() { printf '\n== %s\n' "$*"; }

# ---- What is needed ------------------------------------------------------------------------------------------------

source Tests/packages.sh

packages=(libcurl4-openssl-dev zlib1g-dev libsqlite3-dev pkg-config ca-certificates curl openssl python3-venv prometheus nginx-light systemd)
packages+=(chromium chromium-driver fonts-dejavu-core)
# Lays out the release.
packages+=(bolt-19)
# Counts instructions.
packages+=(valgrind)
[[ $depth != all ]] || packages+=(debootstrap wrk)

say "What the tests need"
need_packages "${packages[@]}"

command -v swift >/dev/null || { echo "Tests/run.sh: no swift on the PATH; Swift 6.1 or later is needed" >&2; exit 1; }

python=$scratch/python/bin/python
wanted=$(sha256sum Tests/Integration/requirements.txt | cut -d ' ' -f 1)
if [[ ! -x $python || $(cat "$scratch/python.stamp" 2>/dev/null) != "$wanted" ]]; then
    echo "installing Python packages into .build-tests/python"
    rm -rf "$scratch/python"
    /usr/bin/python3 -m venv "$scratch/python"
    "$python" -m pip install --quiet --requirement Tests/Integration/requirements.txt
    echo "$wanted" >"$scratch/python.stamp"
fi

# ---- Build ---------------------------------------------------------------------------------------------------------

# A compiler's last lines tell what went wrong; the hundreds before them go to a file.
build() {
    local log=$scratch/build-$1.log
    shift
    if ! "$@" >"$log" 2>&1; then
        grep -E 'error:|warning:' "$log" | sort -u | head -n 60 >&2 || true
        tail -n 20 "$log" >&2
        echo "Tests/run.sh: $* failed" >&2
        exit 1
    fi
}

say "Build"
build release examples/build.sh --product pantograph
build tests swift build --build-tests
echo "built in $SECONDS s"

# ---- Run -----------------------------------------------------------------------------------------------------------

failed=0
rm -f "$scratch"/*.xml

say "Unit tests"
# Freed memory is overwritten (mallopt(3)), so that what is read of it after all is wrong at once and on every machine.
export MALLOC_PERTURB_=165
# One after the other: tests that block a thread or wait for real time would starve their neighbours on two cores.
swift test --skip-build --no-parallel --xunit-output "$scratch/unit.xml" >"$scratch/unit.log" 2>&1 || failed=1
# The same upstream tests where libcurl carries requests as a whole, as it does with HTTP/2.
PANTOGRAPH_TEST_LIBCURL=1 swift test --skip-build --no-parallel --filter UpstreamTests --xunit-output "$scratch/unit-libcurl.xml" \
    >"$scratch/unit-libcurl.log" 2>&1 || failed=1
# And where there is TLS in front of every server.
PANTOGRAPH_TEST_TLS=1 swift test --skip-build --no-parallel --filter UpstreamTests --xunit-output "$scratch/unit-tls.xml" \
    >"$scratch/unit-tls.log" 2>&1 || failed=1
unset MALLOC_PERTURB_
grep -hE '✘|error:|Fatal error|Test run with' "$scratch"/unit*.log | head -n 200 || true

say "Tidiness, and the product against real peers"
case $depth in
    quick) choice="not drill and not long" ;;
    usual) choice="not drill" ;;
    all) choice="" ;;
esac
"$python" -m pytest -c Tests/Integration/pytest.ini --rootdir . --junitxml "$scratch/pytest.xml" -m "$choice" \
    Tests/Tidy Tests/Integration Tests/Benchmarks "$@" || failed=1

say "All tests, in $SECONDS s"
"$python" Tests/Integration/count.py "$scratch" "$failed"
