#!/usr/bin/env bash
# Sets up, builds, and runs the tests; ends with the layers that ran and the tests that were skipped, by name.
# A first word is a filter for `swift test`; without it two halves run side by side, each with servers of its own.
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
scripts/clients.sh
scripts/promtool.sh
scripts/build.sh --build-tests

log=.throughgate/test.log
# The two targets whose tests last as long as all others' together. Most of them wait for servers, not for a core.
readonly long='^(GatewayTests|ThroughgateTests)\.'

# run LOG WORDS...: one after another within a half, because its servers are shared.
run() {
    local to=$1
    shift
    swift test -c release --skip-build --ignore-lock --no-parallel --disable-xctest "$@" 2>&1 | tee "$to"
}

rm -f "$log" "$log.1" "$log.2"
status=0
if [ $# -gt 0 ]; then
    run "$log" --filter "$1" || status=$?
else
    run "$log.1" --filter "$long" &
    first=$!
    # SwiftPM looks for the tests in files that another one at its start may be writing.
    until grep -qs 'Test run started' "$log.1" || ! kill -0 "$first" 2>/dev/null; do sleep 0.2; done
    run "$log.2" --skip "$long" || status=$?
    wait "$first" || status=$?
    cat "$log.1" "$log.2" >"$log"
fi
scripts/layers.sh "$log" || status=1
exit "$status"
