#!/usr/bin/env bash
# Formatting, habits, and warnings: all as errors.
#
# The strict build shares .build and the release configuration with demo and tests: dependencies are compiled once, only
# our own targets are compiled anew when strictness changes. (A build folder of its own would compile everything twice.)
. "$(dirname "$0")/prelude.sh"

scripts/setup.sh
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
# What takes seconds comes first, and what it finds is seen together.
failed=0
python3 scripts/make-reference.py --check || failed=1
python3 scripts/tidy.py --notes || failed=1
python3 scripts/compatible-test.py --quiet || failed=1
python3 scripts/compatible.py || failed=1
swift format lint --strict --recursive --parallel --configuration .swift-format Package.swift Sources Tests || failed=1
[ "$failed" = 0 ] || stop 70 "lint: see above"
THROUGHGATE_STRICT=1 scripts/build.sh --build-tests
say "lint: clean"
