#!/usr/bin/env bash
# layers.sh LOG: reads what `swift test` printed, and says which layers ran (the word before the colon in a suite's
# name), which tests were skipped, and how many passed. Fails when no test ran.
set -euo pipefail
awk '
    function name(line) { sub(/^[^"]*"/, "", line); sub(/".*$/, "", line); return line }
    / Suite ".*" (passed|failed) after / {
        layer = name($0)
        if (layer !~ /:/) next
        sub(/:.*/, "", layer)
        if (!(layer in suites)) order[++layers] = layer
        suites[layer]++
        if ($0 ~ /" failed after /) broken[layer]++
    }
    / Suite .* skipped/ { left[++lefts] = "suite " ($0 ~ /"/ ? name($0) : $4) }
    / Test .* skipped/ { skipped++; left[++lefts] = ($0 ~ /"/ ? name($0) : $3) }
    / Test [^r].* (passed|failed) after / && !/ Test case / && !/ Test run / {
        if ($0 ~ / passed after /) passed++; else failed++
    }
    END {
        print ""
        for (i = 1; i <= layers; i++)
            printf "layer %-16s %3d suites%s\n", order[i], suites[order[i]], \
                broken[order[i]] ? ", " broken[order[i]] " FAILED" : ""
        for (i = 1; i <= lefts; i++) print "skipped: " left[i]
        printf "tests: %d passed, %d failed, %d skipped\n", passed, failed, skipped
        if (passed + failed == 0) exit 1
    }
' "$1"
