#!/usr/bin/env bash
# Lays the sources out as `make lint` wants them.
. "$(dirname "$0")/prelude.sh"

swift format --in-place --recursive --parallel --configuration .swift-format Package.swift Sources Tests
