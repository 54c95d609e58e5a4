#!/usr/bin/env bash
# Sets up, builds, and runs the main job on a simulated prison estate. Words are passed to `throughgate demo`.
# THROUGHGATE_BINARY names a program that is built already.
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
if [ -z "${THROUGHGATE_BINARY:-}" ]; then
    scripts/build.sh --product throughgate
fi
exec "${THROUGHGATE_BINARY:-.build/release/throughgate}" demo "$@"
