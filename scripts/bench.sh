#!/usr/bin/env bash
# Sets up, builds, and measures: `bench.sh bench-peers …` the hub beside a C floor and a Python program,
# `bench.sh bench …` whole custody spells, `bench.sh bench-cost …` the cost of one more event,
# `bench.sh bench-growth …` the main job as people, backlog, hubs or recipients grow,
# `bench.sh bench-doors …` the HTTP doors beside the main job, `bench.sh bench-watch …` what watching the hub costs.
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
scripts/build.sh --product throughgate
[ "${1-}" != bench-peers ] || Tests/Benchmarks/prepare.sh
exec .build/release/throughgate "$@"
