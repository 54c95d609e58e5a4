#!/usr/bin/env bash
# Takes promtool out of Debian's package of Prometheus without installing it: no service, nothing outside .throughgate.
# Where it cannot be had, says so and goes on: the tests of the alert rules are then skipped by name.
. "$(dirname "$0")/prelude.sh"

readonly home=.throughgate/promtool
[ ! -x "$home/promtool" ] || exit 0
if command -v promtool >/dev/null; then
    mkdir -p "$home"
    ln -sf "$(command -v promtool)" "$home/promtool"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say "fetching promtool for the tests of the alert rules (19 MB)"
if (cd "$work" && apt-get download prometheus >/dev/null 2>&1 && dpkg -x prometheus_*.deb out) 2>/dev/null; then
    mkdir -p "$home"
    cp "$work/out/usr/bin/promtool" "$home/promtool"
else
    say "not available here; the tests of the alert rules will be skipped"
fi
