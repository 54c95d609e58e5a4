#!/usr/bin/env bash
# Installs what demo and tests need and the machine lacks; says so and exits 69 where it may not. Quick when all is
# there.
. "$(dirname "$0")/prelude.sh"

readonly packages=(pkg-config librdkafka-dev libpq-dev postgresql python3-venv)
readonly venv=.throughgate/venv
readonly swift_least="6.2"

# A locale that was never generated makes perl, apt and PostgreSQL's scripts complain or fail.
export LC_ALL=C.UTF-8
unset LANGUAGE

check_swift() {
    command -v swift >/dev/null ||
        stop 69 "no swift on PATH; install Swift $swift_least or newer from https://www.swift.org/install/linux/"
    local output version
    output=$(swiftc --version 2>&1) ||
        stop 69 "swift does not run here ($(tail -n 1 <<<"$output")); install what its installation page lists"
    version=$(sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' <<<"$output" | head -n 1)
    [ "$(printf '%s\n' "$swift_least" "${version:-0}" | sort -V | head -n 1)" = "$swift_least" ] ||
        stop 69 "Swift ${version:-of unknown version} is too old; install $swift_least or newer"
}

check_disk() {
    local need_mib=2500 free_mib
    [ ! -e .build/release/throughgate ] || need_mib=500
    free_mib=$(df -Pm . | awk 'NR == 2 { print $4 }')
    [ "$free_mib" -ge "$need_mib" ] ||
        stop 69 "$free_mib MiB are free here, the build needs $need_mib; make room before starting"
}

# The names of the packages that dpkg does not report as installed.
missing_packages() {
    local package
    for package in "${packages[@]}"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
    done
}

# Debian's package postgresql makes a cluster on port 5432 and starts it. Ours are private: while the package is being
# installed for the first time a setting says not to, and it is taken away again.
readonly no_cluster=/etc/postgresql-common/createcluster.d/throughgate.conf

install_packages() {
    local as_root=() missing
    read -ra missing <<<"$1"
    if [ "$(id -u)" != 0 ]; then
        as_root=(sudo -n)
        { command -v sudo && sudo -n true; } >/dev/null 2>&1 ||
            stop 69 "run this once: sudo apt-get update && sudo apt-get install -y --no-install-recommends" \
                "${missing[*]}"
    fi
    say "installing ${missing[*]}"
    mkdir -p .throughgate
    local log=.throughgate/apt.log
    as_root+=(env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8)
    "${as_root[@]}" apt-get update -qq >"$log" 2>&1 || say "apt-get update failed; trying with the lists at hand"
    if [[ " ${missing[*]} " == *" postgresql "* ]] && ! compgen -G '/etc/postgresql/*/*' >/dev/null; then
        # shellcheck disable=SC2064
        trap "$(printf '%q ' "${as_root[@]}") sh -c 'rm -f $no_cluster; rmdir --ignore-fail-on-non-empty \
            $(dirname $no_cluster) 2>/dev/null || :'" EXIT
        "${as_root[@]}" sh -c "mkdir -p $(dirname $no_cluster); echo 'create_main_cluster = false' > $no_cluster"
    fi
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        stop 69 "apt-get could not install ${missing[*]}; its output is in $log"
    }
}

check_packages() {
    command -v dpkg-query >/dev/null ||
        stop 69 "this is no Debian: install what ${packages[*]} are here, then use \`swift build\` and \`swift test\`"
    local missing
    missing=$(missing_packages)
    [ -z "$missing" ] || install_packages "$missing"
}

# The local broker lies in a Python environment of its own; nothing of the user's Python is read or changed.
install_broker() {
    local wanted python
    wanted=$(sha256sum <scripts/requirements.txt)
    [ "$(cat "$venv/complete" 2>/dev/null)" != "$wanted" ] || return 0
    say "fetching the local broker (5 MB)"
    python=/usr/bin/python3
    [ -x "$python" ] || python=$(command -v python3)
    rm -rf "$venv"
    mkdir -p .throughgate
    unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_VIRTUALENV
    "$python" -I -m venv "$venv" || stop 69 "python3 cannot make a virtual environment; see its message above"
    "$venv/bin/python" -I -m pip install --quiet --no-input --disable-pip-version-check --no-user \
        --require-hashes --no-deps --only-binary :all: -r scripts/requirements.txt ||
        stop 69 "the local broker could not be fetched; PyPI must be reachable, directly or as pip is configured"
    chmod +x "$venv"/lib/python*/site-packages/noida_db/noida-db
    printf '%s\n' "$wanted" >"$venv/complete"
}

check_swift
check_disk
check_packages
install_broker
