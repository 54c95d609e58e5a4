#!/usr/bin/env bash
# Decoders of outside bytes under libFuzzer and the address sanitizer, MINUTES each, two at a time, or one TARGET.
# Starts from Tests/Fuzzing/corpus; what was found lies in .throughgate/fuzz. Shares .build: dependencies stay compiled.
. "$(dirname "$0")/prelude.sh"

minutes=${1:-1}
case $minutes in '' | *[!0-9]*) stop 64 "MINUTES must be a whole number" ;; esac
scripts/setup.sh
THROUGHGATE_FUZZ=1 scripts/build.sh --product FuzzDriver
driver=.build/release/FuzzDriver
targets=${2:-$("$driver")}
for target in $targets; do
    [ -d "Tests/Fuzzing/corpus/$target" ] || stop 64 "no target is named $target; there are $("$driver")"
done
mkdir -p .throughgate/fuzz
rm -f .throughgate/fuzz/*.failed

fuzz() {
    local target=$1 found=.throughgate/fuzz/$1 log=.throughgate/fuzz/$1.log runs edges
    mkdir -p "$found"
    THROUGHGATE_FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no nice -n 10 \
        "$driver" "$found" "Tests/Fuzzing/corpus/$target" \
        -max_total_time=$((minutes * 60)) -timeout=5 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 \
        -artifact_prefix="$found-" >"$log" 2>&1 || touch "$found.failed"
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2)
    say "fuzz: $target: ${runs:-?} inputs, ${edges:-?} edges"
}

running=0
for target in $targets; do
    fuzz "$target" &
    running=$((running + 1))
    [ "$running" -lt 2 ] || { wait -n; running=$((running - 1)); }
done
wait
failed=$(cd .throughgate/fuzz && find . -maxdepth 1 -name '*.failed' -printf '%f ')
[ -z "$failed" ] || stop 70 "fuzz: $failed: see .throughgate/fuzz/*.log; the input lies beside it"
