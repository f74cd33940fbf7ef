#!/usr/bin/env bash
# Lays pantograph's code out by what is run: examples/layout.sh FOLDER, where build.sh has put pantograph and its playground.
#
# A call runs through some 100 KiB of code, three times what a processor's first cache holds, and most of what lies between is
# never run: other cases, errors, starting. BOLT (https://github.com/llvm/llvm-project/tree/main/bolt) counts what a load of some
# seconds runs, over loopback, and moves that together. It halves the cache's misses, and takes some fifteen to twenty per cent off
# the time that a call spends in the program.
set -euo pipefail

folder=$1
linked=$folder/pantograph
laid=$folder/pantograph.laid-out
playground=$folder/pantograph-playground

say() { printf 'layout: %s\n' "$*"; }
fail() { printf 'layout: %s\nlayout: %s is as the linker wrote it: it works, and is slower\n' "$*" "$linked" >&2; exit 1; }

if [[ $(uname -m) != x86_64 ]]; then
    say "left as the linker wrote it: this has been tried on x86_64 alone"
    exit
fi
if ! bolt=$(command -v llvm-bolt-19); then
    say "there is no llvm-bolt-19, without which a call costs about a tenth more; Debian 12 has it in the package bolt-19"
    exit
fi
# Where it looks for its own library depends on the path that it was called by.
bolt=$(readlink -f "$bolt")

fingerprint() { sha256sum "$@" | sha256sum; }
# Puts what was laid out in the program's place, at once: it may be running. What was linked stays beside it, for build.sh.
use() { cp "$laid" "$linked.new" && ln -f "$linked" "$linked.linked" && mv "$linked.new" "$linked"; }

# Where neither the program nor this script has changed, what was made of it last time is still right.
if [[ -f $laid ]]; then
    cmp -s "$linked" "$laid" && exit
    if [[ $(cat "$laid.of") == "$(fingerprint "$linked" "$0")" ]]; then use && exit; fi
fi

scratch=$(mktemp -d)
children=()
# Ends every child by its id, pantograph, the last one, first.
clean_up() {
    local code=$? place
    trap - EXIT
    for ((place = ${#children[@]} - 1; place >= 0; place--)); do
        kill -TERM "${children[place]}" 2>/dev/null || true
        wait "${children[place]}" 2>/dev/null || true
    done
    rm -rf "$scratch"
    exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# run NAME COMMAND...: what it says goes to a file, which is shown where it fails.
run() {
    local log=$scratch/$1.log
    shift
    "$@" >"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "this failed: $*"; }
}

# start NAME PATTERN COMMAND...: in the background; `told` is what the pattern's group finds once in what it says.
start() {
    local log=$scratch/$1.log pattern=$2 tries
    shift 2
    : >"$log"
    "$@" >"$log" 2>&1 &
    children+=("$!")
    for ((tries = 0; tries < 200; tries++)); do
        told=$(sed -n "s/$pattern/\\1/p" "$log" | head -n 1)
        [[ -z $told ]] || return 0
        kill -0 "${children[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$log" >&2
    fail "this did not start: $*"
}

call() { run client "$playground" client --url "http://$address" --timeout 30s "$@"; }

say "counting what a load of some seconds runs"
# Swift's code, without its asynchronous functions: their jumps are not what BOLT takes them for. No call needs Foundation. Of what
# is C and C++ in it only what Swift's code does all the time: counting references, taking memory and giving it back.
nm --defined-only "$linked" | awk '
    $2 ~ /^[tT]$/ && ($3 ~ /^\$s/ && $3 !~ /T[YQ][0-9]+_|TA|Foundation/ || $3 ~ /^__swift_|RefCounts.*doDecrement/ ||
        $3 ~ /^_?swift_(retain|release|bridgeObject|isUniquely|alloc|dealloc|slow|makeBox|once|array)/) {
        print $3; print $3 "/1"
    }' >"$scratch/functions"
run instrument "$bolt" "$linked" -instrument --runtime-instrumentation-lib=libbolt_rt_instr.a \
    -instrumentation-file="$scratch/profile" --instrumentation-binpath="$scratch/counting" \
    --funcs-file-no-regex="$scratch/functions" -o "$scratch/counting"

start a '.*"port":\([0-9]*\).*' "$playground" upstream --name a --record 0
a=$told
start b '.*"port":\([0-9]*\).*' "$playground" upstream --name b --record 0
b=$told
# What the environment says of telemetry is meant for another program.
unset "${!OTEL_@}"
start collector '.*"port":\([0-9]*\).*' "$playground" collector --port 0 --print none
export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$told
start pantograph '.*"listen":"\([0-9.:]*\)".*' "$scratch/counting" run --listen 127.0.0.1:0 --admin 127.0.0.1:0 \
    --upstream "a=http://127.0.0.1:$a" --upstream "b=http://127.0.0.1:$b"
address=$told
# Most of it is what most calls are: short, and many at once.
call --requests 30000 --connections 64
call --requests 5000 --connections 64 --method GET --body 0
call --requests 500 --connections 8 --body 64KiB --header x-playground-a:body=64KiB
call --requests 500 --connections 8 --header x-playground-b:status=503
call --rate 500 --duration 2s
kill -TERM "${children[-1]}"
wait "${children[-1]}" || { tail -n 20 "$scratch/pantograph.log" >&2; fail "pantograph did not end as it should"; }
unset 'children[-1]'
[[ -s $scratch/profile ]] || fail "nothing was counted"

say "moving it together"
run move "$bolt" "$linked" -data="$scratch/profile" -reorder-blocks=ext-tsp -reorder-functions=cdsort -split-functions \
    -split-strategy=cdsplit -split-all-cold -plt=hot -o "$scratch/pantograph"
run version "$scratch/pantograph" version
rm -f "$laid"
fingerprint "$linked" "$0" >"$laid.of"
cp "$scratch/pantograph" "$laid.new"
mv "$laid.new" "$laid"
use
