#!/usr/bin/env bash
# Starts pantograph between a client and two upstreams that misbehave a little, with a collector that shows the traces.
# For Debian 12 with Swift: what else is needed is installed by apt-get, as root or by sudo. Ctrl-C ends all of it.
#
# Environment:
#   QUICKSTART_SECONDS         ends by itself so long after the first call
#   QUICKSTART_RATE            calls in a second (20)
#   QUICKSTART_BIN             a directory with pantograph and pantograph-playground: nothing is installed or built
#   QUICKSTART_PORT            and _ADMIN_PORT, _INVENTORY_PORT, _SHIPPING_PORT, _COLLECTOR_PORT (4100, 4101, 4110, 4111, 4318)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-}" in
    "") ;;
    --help | -h) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' examples/quickstart.sh; exit 0 ;;
    *) echo "examples/quickstart.sh: it takes no arguments but --help; there is $1" >&2; exit 64 ;;
esac

export QUICKSTART_PORT="${QUICKSTART_PORT:-4100}"
export QUICKSTART_ADMIN_PORT="${QUICKSTART_ADMIN_PORT:-4101}"
export QUICKSTART_INVENTORY_PORT="${QUICKSTART_INVENTORY_PORT:-4110}"
export QUICKSTART_SHIPPING_PORT="${QUICKSTART_SHIPPING_PORT:-4111}"
export QUICKSTART_COLLECTOR_PORT="${QUICKSTART_COLLECTOR_PORT:-4318}"
# Spans go out every half second, so that a trace is seen soon after its call.
export OTEL_BSP_SCHEDULE_DELAY="${OTEL_BSP_SCHEDULE_DELAY:-500}"

rate="${QUICKSTART_RATE:-20}"
run_for="${QUICKSTART_SECONDS:-}"
admin="http://127.0.0.1:$QUICKSTART_ADMIN_PORT"
collector="http://127.0.0.1:$QUICKSTART_COLLECTOR_PORT"
began="$EPOCHREALTIME"
scratch=""
children=()

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'quickstart: %s\n' "$*" >&2; exit 1; }
elapsed() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", to - from }'; }

# Ends every child by its id, the client first, and waits for each.
clean_up() {
    local code=$? place pid
    set +e
    trap - EXIT
    trap '' INT TERM HUP
    for ((place = ${#children[@]} - 1; place >= 0; place--)); do
        pid="${children[place]}"
        kill -TERM "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    if [[ -n "$scratch" && -s "$scratch/client" ]]; then
        say "What the client saw"
        cat "$scratch/client"
    fi
    [[ -z "$scratch" ]] || rm -rf "$scratch"
    exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

check_ports() {
    local name port seen=" "
    for name in QUICKSTART_PORT QUICKSTART_ADMIN_PORT QUICKSTART_INVENTORY_PORT QUICKSTART_SHIPPING_PORT QUICKSTART_COLLECTOR_PORT; do
        port="${!name}"
        if ! [[ "$port" =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
            fail "$name=$port is no port: choose 1 to 65535"
        fi
        [[ "$seen" != *" $port "* ]] || fail "port $port is chosen twice: set $name to another one"
        seen+="$port "
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            fail "port $port is in use: end what listens there or set $name to a free one. Nothing was started."
        fi
    done
}

is_installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

install_packages() {
    local package missing=() elevate=()
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "This is not Debian: the headers of libcurl and zlib, pkg-config and curl must be there already."
        return
    fi
    for package in libcurl4-openssl-dev zlib1g-dev libsqlite3-dev pkg-config bolt-19 curl; do
        # A pkgconf of a newer system stands in for pkg-config.
        if [[ "$package" == pkg-config ]] && command -v pkg-config >/dev/null; then continue; fi
        if [[ "$package" == curl ]] && command -v curl >/dev/null; then continue; fi
        is_installed "$package" || missing+=("$package")
    done
    ((${#missing[@]} > 0)) || return 0
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "these packages are missing: ${missing[*]}. Install them as root with apt-get install."
        elevate=(sudo)
    fi
    say "Installing ${missing[*]}"
    "${elevate[@]}" apt-get -qq update
    # Not every system has bolt-19, and the build does without.
    if ! apt-cache show bolt-19 >/dev/null 2>&1; then mapfile -t missing < <(printf '%s\n' "${missing[@]}" | grep -vx bolt-19); fi
    "${elevate[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "${missing[@]}" >/dev/null
}

build() {
    command -v swift >/dev/null || fail "swift is not on the PATH: install Swift 6.1 or later, https://www.swift.org/install/linux/"
    say "Building in release mode; the first time takes some minutes"
    examples/build.sh --product pantograph || fail "pantograph could not be built; why is said above"
    bin="$(examples/build.sh --show-bin-path)"
    echo "Built after $(elapsed "$began")"
}

# start NAME COMMAND...: its output goes to a file that is shown where it ends too soon. Each child has a session of its
# own, so that Ctrl-C reaches this script alone, which ends them in order.
start() {
    local name="$1"
    shift
    setsid "$@" >"$scratch/$name" 2>&1 &
    children+=("$!")
}

# await NAME PID URL: until the address answers.
await() {
    local name="$1" pid="$2" url="$3" tries
    for ((tries = 0; tries < 200; tries++)); do
        if curl -sf -m 2 -o /dev/null "$url"; then return; fi
        if ! kill -0 "$pid" 2>/dev/null; then
            [[ ! -f "$scratch/$name" ]] || cat "$scratch/$name" >&2
            fail "$name has ended instead of starting"
        fi
        sleep 0.1
    done
    fail "$name does not answer at $url after 20 s"
}

spans_seen() { curl -sf -m 2 "$collector/__playground/stats" | sed -n 's/.*"spans":\([0-9]*\).*/\1/p'; }

await_first_trace() {
    local tries seen
    for ((tries = 0; tries < 300; tries++)); do
        seen="$(spans_seen || true)"
        if ((${seen:-0} > 0)); then
            printf 'First trace received %s after the first call, %s after the start of this script.\n\n' "$(elapsed "$called")" "$(elapsed "$began")"
            return
        fi
        check_children
        sleep 0.1
    done
    fail "no span has reached the collector within 30 s: see $admin/metrics"
}

# One line for each upstream and role, read from pantograph's own metrics.
summary() {
    say "$(date +%H:%M:%S)  from $admin/metrics; percentiles of the last 60 s in ms"
    curl -sf -m 5 "$admin/metrics" | awk '
        function label(name,   at, rest) {
            at = index(labels, name "=\"")
            if (at == 0 || (at > 1 && substr(labels, at - 1, 1) !~ /[,{]/)) return ""
            rest = substr(labels, at + length(name) + 2)
            return substr(rest, 1, index(rest, "\"") - 1)
        }
        function milliseconds(key, quantile,   text) {
            text = latency[key, quantile]
            return text == "" || text == "NaN" ? "-" : sprintf("%.1f", text * 1000)
        }
        /^pantograph_/ {
            name = $0; sub(/[{ ].*/, "", name)
            labels = ""
            if (index($0, "{") > 0) { labels = substr($0, index($0, "{")); sub(/}.*/, "}", labels) }
            value = $0; sub(/^[^ {]*({[^}]*})? */, "", value); sub(/ .*/, "", value)
            upstream = label("upstream"); role = label("role"); key = upstream SUBSEP role
            if (name == "pantograph_upstream_attempt_duration_seconds_count") { if (!(key in calls)) order[++rows] = key; calls[key] += value }
            if (name == "pantograph_upstream_latency_seconds") latency[key, label("quantile")] = value
            if (name == "pantograph_upstream_rate_limited_total") limited[key] += value
            if (name == "pantograph_upstream_errors_total" && value > 0) errors[key] = errors[key] (errors[key] == "" ? "" : ", ") label("class") " " value
            if (name == "pantograph_retries_total") retries[upstream] += value
            if (name == "pantograph_deliveries_skipped_total" && value > 0) skipped[upstream] = skipped[upstream] (skipped[upstream] == "" ? "" : ", ") label("reason") " " value
        }
        END {
            format = "%-10s %-8s %7s %8s %8s %8s %6s %8s  %s\n"
            printf format, "upstream", "role", "calls", "p50", "p90", "p99", "429s", "retries", "errors by class"
            for (row = 1; row <= rows; row++) {
                key = order[row]; split(key, part, SUBSEP)
                if (calls[key] == 0) continue
                printf format, part[1], part[2], calls[key], milliseconds(key, "0.5"), milliseconds(key, "0.9"), milliseconds(key, "0.99"), limited[key] + 0, part[2] == "mirror" ? retries[part[1]] + 0 : "", errors[key] == "" ? "none" : errors[key]
            }
            for (upstream in skipped) printf "skipped for %s: %s\n", upstream, skipped[upstream]
        }'
    echo
}

# Ends the script where a child has ended, with the last words of each.
check_children() {
    local pid
    for pid in "${children[@]}"; do
        kill -0 "$pid" 2>/dev/null && continue
        tail -n 5 "$scratch"/* >&2
        fail "process $pid has ended by itself"
    done
}

pause() {
    local until=$((SECONDS + $1))
    while ((SECONDS < until)); do
        check_children
        # A signal ends a `wait` at once; a command in the foreground may swallow it.
        sleep 1 >/dev/null 2>&1 &
        wait "$!"
    done
}

[[ -z "$run_for" || "$run_for" =~ ^[0-9]{1,6}$ ]] || fail "QUICKSTART_SECONDS=$run_for is no whole number"
check_ports
if [[ -n "${QUICKSTART_BIN:-}" ]]; then
    bin="$QUICKSTART_BIN"
else
    install_packages
    build
fi
for program in pantograph pantograph-playground; do
    [[ -x "$bin/$program" ]] || fail "$bin/$program is not there"
done
playground="$bin/pantograph-playground"
scratch="$(mktemp -d)"

say "Starting"
start inventory "$playground" upstream --name inventory --port "$QUICKSTART_INVENTORY_PORT" --record 0 \
    --behave 'delay=2ms..8ms' --mix 'ok:99;status=500:1'
await inventory "${children[-1]}" "http://127.0.0.1:$QUICKSTART_INVENTORY_PORT/__playground/stats"
start shipping "$playground" upstream --name shipping --port "$QUICKSTART_SHIPPING_PORT" --record 0 \
    --behave 'delay=10ms..60ms' --mix 'ok:92;status=500:4;status=429,retry-after=1:3;reset:1'
await shipping "${children[-1]}" "http://127.0.0.1:$QUICKSTART_SHIPPING_PORT/__playground/stats"
# Its trees go straight to the terminal.
setsid "$playground" collector --port "$QUICKSTART_COLLECTOR_PORT" --show 1 --window 5s --no-ready-line &
children+=("$!")
await collector "$!" "$collector/__playground/stats"
start pantograph "$bin/pantograph" run --config examples/quickstart.yaml
await pantograph "${children[-1]}" "$admin/readyz"
called="$EPOCHREALTIME"
start client "$playground" client --url "http://127.0.0.1:$QUICKSTART_PORT" --rate "$rate" --duration 24h \
    --path /orders --body 1KiB --header Content-Type:application/json

cat <<TEXT

    application ──► pantograph ──► inventory   the primary: mostly fine, a few ms
    ($rate calls/s)         └───────► shipping    the mirror: slower, some 500s, 429s and resets

  pantograph   http://127.0.0.1:$QUICKSTART_PORT     the application's base URL; try  curl -i -d '{}' http://127.0.0.1:$QUICKSTART_PORT/orders
  metrics      $admin/metrics
  health       $admin/readyz
  inventory    http://127.0.0.1:$QUICKSTART_INVENTORY_PORT     what it has seen: /__playground/stats
  shipping     http://127.0.0.1:$QUICKSTART_SHIPPING_PORT     the same
  collector    $collector     OTLP/HTTP; shows one trace of every five seconds below
  settings     examples/quickstart.yaml

Stop it all with Ctrl-C${run_for:+; it ends by itself after $run_for s}.
TEXT

await_first_trace
end=$((SECONDS + ${run_for:-2000000000}))
wait_for=10
while ((SECONDS < end)); do
    rest=$((end - SECONDS))
    pause $((rest < wait_for ? rest : wait_for))
    summary
    wait_for=30
done
