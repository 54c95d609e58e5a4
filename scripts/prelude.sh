# Sourced by the other scripts: strict mode, the repository's root, and how to say things.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "throughgate: $*"; }

# stop CODE TEXT...: one line that says what to do, and an exit code of sysexits.h (69: something is unavailable).
stop() {
    local code=$1
    shift
    printf '%s\n' "throughgate: $*" >&2
    exit "$code"
}
