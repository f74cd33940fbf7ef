# Debian packages that tests and benchmarks need: for `source`, with `scratch`, a folder that is there, and `set -e`.

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

# Installs those of the named packages that are missing, or ends the script and says why it could not.
need_packages() {
    local package missing=()
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    if ((${#missing[@]})); then
        echo "installing ${missing[*]}"
        install_packages "${missing[@]}"
    fi
}

# Prometheus and nginx are wanted as programs: their services must neither start now nor hold a port after the next boot.
install_packages() {
    local policy=/usr/sbin/policy-rc.d is_ours=false
    if [[ ! -e $policy ]]; then
        is_ours=true
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    local status=0
    {
        as_root apt-get update -q &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
    } >"$scratch/apt.log" 2>&1 || status=$?
    if $is_ours; then as_root rm -f "$policy"; fi
    if ((status != 0)); then
        tail -n 30 "$scratch/apt.log" >&2
        echo "$0: apt-get could not install: $*" >&2
        exit 1
    fi
    local service
    for service in prometheus nginx; do
        if [[ " $* " == *" $service"* ]] && command -v systemctl >/dev/null; then
            as_root systemctl disable "$service" >/dev/null 2>&1 || true
        fi
    done
}
