#!/usr/bin/env bash
# Sets up, builds, and runs the tests; ends with the layers that ran and the tests that were skipped, by name.
# A first word is a filter for `swift test`.
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
scripts/clients.sh
scripts/promtool.sh
scripts/build.sh --build-tests

log=.throughgate/test.log
filter=()
[ $# -eq 0 ] || filter=(--filter "$1")
# One after another: the servers are shared, and two cores are not many.
status=0
swift test -c release --skip-build --no-parallel --disable-xctest "${filter[@]}" 2>&1 | tee "$log" || status=$?
scripts/layers.sh "$log" || status=1
exit "$status"
