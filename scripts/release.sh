#!/usr/bin/env bash
# Builds the program with Swift's libraries inside and without symbols, for a machine that has librdkafka and libpq but
# no toolchain. It links differently from demo and tests, so it has a build folder of its own.
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
say "building for release, from scratch the first time"
swift build -c release --product throughgate --static-swift-stdlib --scratch-path .build-release
mkdir -p .throughgate/release
strip -o .throughgate/release/throughgate .build-release/release/throughgate
say "done: .throughgate/release/throughgate"
