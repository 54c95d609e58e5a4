#!/usr/bin/env bash
# Takes the pictures of the pages that the README shows, from the demo's invented people.
# THROUGHGATE_BINARY names a program that is built already.
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
scripts/clients.sh
[ -n "${THROUGHGATE_BINARY:-}" ] || scripts/build.sh --product throughgate
readonly program=${THROUGHGATE_BINARY:-.build/release/throughgate}
readonly pictures=Sources/throughgate/Throughgate.docc/Resources
python=${THROUGHGATE_TEST_PYTHON:-.throughgate/clients/bin/python}
command -v chromium >/dev/null || stop 69 "chromium is not here; install Debian's package chromium"
[ -x "$python" ] || stop 69 "the Python clients are not here; see scripts/clients.sh"

said=$("$program" demo --people 200 --seconds 6 --quiet --keep)
keeper=$(sed -n 's/^ *kill \([0-9]*\) .*/\1/p' <<<"$said" | head -n 1)
settings=$(sed -n 's/.*--config \(.*settings\.yaml\)$/\1/p' <<<"$said" | head -n 1)
trap 'kill "$keeper" 2>/dev/null || :' EXIT
[ -n "$settings" ] || stop 70 "the demo left nothing running"
address=$(sed -n 's/.*address: "\(.*\)"/\1/p' "$settings")
mkdir -p "$pictures"
for scope in "--recipient prov-kirklees" "--prison LEI" "--ops operator"; do
    # shellcheck disable=SC2086
    "$program" token create $scope --config "$settings" 2>/dev/null
done | "$python" -I scripts/clients/screenshots.py "http://$address" "$pictures"
