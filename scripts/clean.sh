#!/usr/bin/env bash
# Ends the servers that runs left behind, then removes everything that was made here: .throughgate, .build, and the
# folders below the system's temporary directory that a private PostgreSQL used when run as root.
. "$(dirname "$0")/prelude.sh"

# alive PID START BOOT: whether that very process runs, not another that was given its number.
alive() {
    [ "$3" = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown)" ] &&
        [ "$2" = "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20)" ]
}

# children PID: whom it started (procps need not be installed).
children() {
    local stat
    for stat in /proc/[0-9]*/stat; do
        sed 's/^\([0-9]*\) .*) /\1 /' "$stat" 2>/dev/null || true
    done | awk -v parent="$1" '$3 == parent { print $1 }'
}

# family PID: the process and its descendants.
family() {
    local child
    echo "$1"
    for child in $(children "$1"); do family "$child"; done
}

if [ -d .throughgate ]; then
    # A demo that was kept: its process owns the servers and ends them with itself.
    keeper=$(head -n 1 .throughgate/kept/pid 2>/dev/null || true)
    if [ -n "$keeper" ] && tr '\0' ' ' <"/proc/$keeper/cmdline" 2>/dev/null | grep -q -- '--keeper'; then
        say "ending the demo that was kept, process $keeper"
        kill -TERM "$keeper" 2>/dev/null || true
        for _ in $(seq 100); do kill -0 "$keeper" 2>/dev/null || break; sleep 0.1; done
    fi
    while IFS= read -r -d '' record; do
        read -r word pid start boot <"$record" || true
        if [ "${word:-}" = server ] && alive "$pid" "$start" "$boot"; then
            say "ending the server $pid that ${record##*/} names"
            # shellcheck disable=SC2046
            kill -KILL $(family "$pid") 2>/dev/null || true
        fi
    done < <(find .throughgate -maxdepth 4 -name '*.server' -print0)
    while IFS= read -r -d '' record; do
        read -r folder <"$record" || true
        case ${folder##*/} in throughgate-pg.*) rm -rf -- "$folder" ;; esac
    done < <(find .throughgate -maxdepth 4 \( -name cluster-folder -o -path '*/clusters/*' -type f \) -print0)
fi
rm -rf .throughgate .build .build-release
