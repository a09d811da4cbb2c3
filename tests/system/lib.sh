# shellcheck shell=bash
# Helpers of the system tests. A test is an executable tests/system/NN-NAME:
#
#   #!/usr/bin/env bash
#   . "$(dirname "$0")/lib.sh"
#   run "$NIGHTJAR" ingest a.pcap
#   expect_status "a capture is taken in" 0
#   expect_eq "all sessions are stored" 42 "$(json out '.[0].sessions')"
#
# scripts/test runs it in an empty folder with NIGHTJAR and NIGHTJAR_SIM naming the programs,
# NIGHTJAR_SOURCE the source tree, and HOME inside the folder. It prints a line per promise,
# `ok NAME` or `FAIL NAME`; `skip REASON` leaves the whole test out (status 77).
set -euo pipefail
failures=0

ok() {
    printf 'ok %s\n' "$1"
}

# fail NAME [DETAIL...]: details are shown below, one a line
fail() {
    printf 'FAIL %s\n' "$1"
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/    /'
    failures=$((failures + 1))
}

skip() {
    printf 'skip %s\n' "$1"
    trap - EXIT
    [ $failures -eq 0 ] || exit 1 # what failed before counts
    exit 77
}

# run COMMAND...: standard output to the file `out`, errors to `err`, its exit status to $status
run() {
    status=0
    "$@" >out 2>err || status=$?
}

# expect_status NAME WANTED: of the last `run`
expect_status() {
    if [ "$status" = "$2" ]; then
        ok "$1"
    else
        fail "$1" "exit status $status, expected $2" "$(head -n 20 err)"
    fi
}

# expect_eq NAME WANTED FOUND
expect_eq() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        fail "$1" "expected: $2" "found:    $3"
    fi
}

# expect_has NAME TEXT FILE: the file contains the text as it stands
expect_has() {
    if grep -qF -- "$2" "$3"; then
        ok "$1"
    else
        fail "$1" "not found: $2" "in $3:" "$(head -n 20 "$3")"
    fi
}

# json FILE FILTER: what jq says, plain text without quotes; "not JSON" when the file is not
json() {
    jq -r "$2" "$1" 2>/dev/null || echo "not JSON: $(head -c 200 "$1")"
}

# within SECONDS COMMAND...: once it succeeds, and not later. A machine may be busy: give it a minute
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 0 # what is expected next says what is missing
        sleep 0.1
    done
}

finish() {
    local last=$?
    if [ $last -ne 0 ] && [ $failures -eq 0 ]; then
        fail "the script runs to its end" "it stopped with status $last"
    fi
    [ $failures -eq 0 ] || exit 1
}
trap finish EXIT
