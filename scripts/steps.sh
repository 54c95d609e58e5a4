#!/usr/bin/env bash
# Counts the instructions of each step of the hub's own work under valgrind, and fails where one needs more than
# Tests/Benchmarks/instructions.txt allows. Counted, not timed: the same on a busy machine as on a quiet one.
. "$(dirname "$0")/prelude.sh"

readonly limits=Tests/Benchmarks/instructions.txt
readonly few=200 many=1200
readonly work=.throughgate/steps

scripts/setup.sh
scripts/build.sh --product throughgate
if ! command -v valgrind >/dev/null; then
    [ "$(id -u)" = 0 ] || stop 69 "valgrind is not here; run this once: sudo apt-get install valgrind"
    say "installing valgrind"
    apt-get update -qq >.throughgate/valgrind.log 2>&1 || say "apt-get update failed; trying with the lists at hand"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends valgrind libc6-dbg \
        >>.throughgate/valgrind.log 2>&1 || stop 69 "valgrind could not be installed; see .throughgate/valgrind.log"
fi
mkdir -p "$work"
# Without the debugging information: valgrind need not read a hundred megabytes of it, and does not know all its forms.
objcopy --strip-debug .build/release/throughgate "$work/throughgate"

# instructions STEP COUNT: of the whole process.
instructions() {
    SWIFT_DETERMINISTIC_HASHING=1 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$work/throughgate" bench-steps --step "$1" --count "$2" 2>&1 >/dev/null |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

status=0
printf '%-8s %12s %12s\n' step instructions allowed
while read -r step allowed; do
    [ "${step#\#}" = "$step" ] && [ -n "$step" ] || continue
    less=$(instructions "$step" "$few")
    more=$(instructions "$step" "$many")
    [ -n "$less" ] && [ -n "$more" ] || stop 70 "valgrind counted nothing for $step"
    each=$(((more - less) / (many - few)))
    printf '%-8s %12d %12d\n' "$step" "$each" "$allowed"
    [ "$each" -le "$allowed" ] || status=1
done <"$limits"
[ "$status" = 0 ] || stop 70 "a step needs more instructions than $limits allows; make it leaner, or say there why not"
say "each step is within its instructions"
