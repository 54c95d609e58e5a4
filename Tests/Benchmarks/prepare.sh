#!/usr/bin/env bash
# Puts what `throughgate bench-peers` runs beside the hub into .throughgate/bench: the compiled floor.c, and a Python
# environment for peer.py.
. "$(dirname "$0")/../../scripts/prelude.sh"

readonly bench=.throughgate/bench
mkdir -p "$bench"
command -v cc >/dev/null || stop 69 "no C compiler; run: apt-get install -y gcc libc6-dev"
# shellcheck disable=SC2046
cc -O2 -Wall -Wextra -o "$bench/floor" Tests/Benchmarks/floor.c $(pkg-config --cflags --libs rdkafka libpq) -lpthread

wanted=$(sha256sum <Tests/Benchmarks/requirements.txt)
[ "$(cat "$bench/python/complete" 2>/dev/null)" != "$wanted" ] || exit 0
say "fetching what the Python program needs (16 MB)"
python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3)
rm -rf "$bench/python"
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_VIRTUALENV
"$python" -I -m venv "$bench/python"
"$bench/python/bin/python" -I -m pip install --quiet --no-input --disable-pip-version-check --no-user \
    --require-hashes --no-deps --only-binary :all: -r Tests/Benchmarks/requirements.txt ||
    stop 69 "the Python program's packages could not be fetched; PyPI must be reachable, or as pip is configured"
printf '%s\n' "$wanted" >"$bench/python/complete"
