#!/usr/bin/env bash
# The tests under the thread sanitizer, target by target, or those of one FILTER; fails where it finds a race. Debug,
# in a build folder of its own: about 15 minutes to build on two cores. Left out: simulations, which are one thread, and
# a test of time. Programs that tests start are the usual ones: some get an environment without threads.c.
. "$(dirname "$0")/prelude.sh"

readonly build=.throughgate/races-build
readonly reports=.throughgate/races
readonly alone='Simulation|RebalanceStorm|Torture|Fuzz|LongRecord'

scripts/setup.sh
scripts/clients.sh
scripts/promtool.sh
command -v cc >/dev/null || stop 69 "no C compiler; run: apt-get install -y gcc libc6-dev"
mkdir -p "$reports"
rm -f "$reports"/*
scripts/build.sh --product throughgate
export THROUGHGATE_BINARY=$PWD/.build/release/throughgate
say "building with the thread sanitizer"
swift build --build-tests --sanitize=thread --scratch-path "$build" >"$reports/build.log" 2>&1 ||
    stop 70 "the build failed; its output is in $reports/build.log"
cc -O1 -Wall -Werror -shared -fPIC -o "$reports/threads.so" Tests/Sanitizing/threads.c

# run NAME WORDS...: with what the sanitizer does not see by itself (Tests/Sanitizing/threads.c) loaded before.
run() {
    local name=$1
    shift
    LD_PRELOAD=$PWD/$reports/threads.so TSAN_OPTIONS="halt_on_error=0 log_path=$PWD/$reports/$name.race" \
        "$build/debug/throughgatePackageTests.xctest" --testing-library swift-testing --skip-build --no-parallel \
        --skip "$alone" "$@" >"$reports/$name.log" 2>&1 || failed+=("$name")
    say "$name: $(grep -o 'Test run with .*' "$reports/$name.log" || echo 'ended early')"
}

failed=()
if [ $# -gt 0 ]; then
    run filtered --filter "$1"
else
    for target in Postgres ExactlyOnceKafka LocalServers HandoverPipeline Gateway Throughgate; do
        run "${target}Tests" --filter "^${target}Tests\."
    done
fi
found=$(cat "$reports"/*.race.* 2>/dev/null | grep -c '^SUMMARY' || true)
[ "$found" = 0 ] || stop 70 "$found reports of a race: see $reports/*.race.*"
[ ${#failed[@]} = 0 ] || stop 70 "no race was found, but tests failed: ${failed[*]}; see $reports/*.log"
say "no race was found"
