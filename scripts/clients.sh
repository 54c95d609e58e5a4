#!/usr/bin/env bash
# Fetches the Python clients that tests of the HTTP doors use, into an environment of their own. Where they cannot be
# had, says so and goes on: those tests are then skipped by name. The same for the browser that looks at the pages.
. "$(dirname "$0")/prelude.sh"

install_chromium() {
    local as_root=()
    ! command -v chromium >/dev/null || return 0
    command -v apt-get >/dev/null || return 0
    [ "$(id -u)" = 0 ] || as_root=(sudo -n)
    say "installing chromium for the tests of the pages (90 MB)"
    mkdir -p .throughgate
    as_root+=(env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8)
    local log=.throughgate/chromium.log
    "${as_root[@]}" apt-get update -qq >"$log" 2>&1 || :
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >>"$log" 2>&1 ||
        say "chromium could not be installed ($log); the tests with it will be skipped"
}

install_chromium
readonly clients=.throughgate/clients
wanted=$(sha256sum <scripts/requirements-clients.txt)
[ "$(cat "$clients/complete" 2>/dev/null)" != "$wanted" ] || exit 0
say "fetching Python clients for the tests (27 MB)"
python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3)
rm -rf "$clients"
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_VIRTUALENV
if "$python" -I -m venv "$clients" && "$clients/bin/python" -I -m pip install --quiet --no-input \
    --disable-pip-version-check --no-user --require-hashes --no-deps --only-binary :all: \
    -r scripts/requirements-clients.txt; then
    printf '%s\n' "$wanted" >"$clients/complete"
else
    rm -rf "$clients"
    say "not available here; the tests with independent clients will be skipped"
fi
