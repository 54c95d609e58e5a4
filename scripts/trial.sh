#!/usr/bin/env bash
# Sets up, builds, and tries the hub on real processes: `trial.sh torture …` under faults, `trial.sh soak …` for long,
# `trial.sh healthy …` at rest.
# THROUGHGATE_BINARY names a program that is built already.
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
if [ -z "${THROUGHGATE_BINARY:-}" ]; then
    scripts/build.sh --product throughgate
fi
exec "${THROUGHGATE_BINARY:-.build/release/throughgate}" "$@"
