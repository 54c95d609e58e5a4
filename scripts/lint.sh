#!/usr/bin/env bash
# Formatting and warnings, both as errors.
#
# The strict build shares .build and the release configuration with demo and tests: dependencies are compiled once, only
# our own targets are compiled anew when strictness changes. (A build folder of its own would compile everything twice.)
. "$(dirname "$0")/common.sh"

swift format lint --strict --recursive --parallel --configuration .swift-format Package.swift Sources Tests
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
scripts/setup.sh
THROUGHGATE_STRICT=1 scripts/build.sh --build-tests
say "lint: clean"
