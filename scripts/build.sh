#!/usr/bin/env bash
# Builds what demo and tests share: one configuration (release), so that neither waits for a second cold build.
# Words are passed to `swift build`: --product throughgate, or --build-tests.
. "$(dirname "$0")/prelude.sh"

if [ ! -e .build/release/throughgate ]; then
    cores=$(nproc)
    say "building; the first time takes about $(((20 + cores - 1) / cores)) minutes on $cores cores"
fi
# Errors and the last line matter; the list of what is compiled is for a terminal only.
if [ -t 1 ]; then
    swift build -c release "$@"
else
    log=.throughgate/build.log
    mkdir -p .throughgate
    started=$SECONDS
    if ! swift build -c release "$@" >"$log" 2>&1; then
        grep -E '(error|warning):' "$log" | sort -u | head -n 60 >&2 || true
        tail -n 15 "$log" >&2
        stop 70 "the build failed; all of its output is in $log"
    fi
    say "built in $((SECONDS - started)) s"
fi
