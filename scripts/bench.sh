#!/usr/bin/env bash
# Sets up, builds, and measures the main job. Words are passed to `throughgate bench`.
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
scripts/build.sh --product throughgate
exec .build/release/throughgate bench "$@"
