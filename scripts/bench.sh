#!/usr/bin/env bash
# Sets up, builds, and measures: `bench.sh bench …` the main job, `bench.sh bench-cost …` the cost of one more event.
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
scripts/build.sh --product throughgate
exec .build/release/throughgate "$@"
