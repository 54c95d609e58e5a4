#!/usr/bin/env bash
# The suites that start threads, under the thread sanitizer. A build of its own: 20 minutes on two cores the first time.
# A first word is a filter in place of the suites named here.
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
scripts/clients.sh
say "building for the thread sanitizer; the first time takes about $(((40 + $(nproc) - 1) / $(nproc))) minutes"
swift build --build-tests --sanitize=thread --scratch-path .build/tsan >.throughgate/tsan-build.log 2>&1 ||
    stop 70 "the build failed; see .throughgate/tsan-build.log"
log=.throughgate/tsan.log
suites=${1:-ExactlyOnceKafkaTests|PostgresTests|HandoverPipelineTests|GatewayTests|ThroughgateTests}
status=0
TSAN_OPTIONS="suppressions=$PWD/scripts/tsan.supp halt_on_error=0 exitcode=0 second_deadlock_stack=1" \
    swift test --skip-build --sanitize=thread --scratch-path .build/tsan --no-parallel --disable-xctest \
    --filter "$suites" >"$log" 2>&1 || status=$?
races=$(grep -c '^WARNING: ThreadSanitizer' "$log" || true)
grep '^SUMMARY: ThreadSanitizer' "$log" | sort | uniq -c | sort -rn | head -n 20 || true
[ "$races" = 0 ] || stop 70 "tsan: $races reports; see $log"
[ "$status" = 0 ] || stop 70 "tsan: no race, but a test failed; see $log"
say "tsan: no race"
