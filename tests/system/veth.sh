# shellcheck shell=bash
# A veth pair between two network namespaces for tests of live capture, behind lib.sh and
# packets.sh: nja0 in $from sends, njb0 in $to is captured.
#
#   veth                          makes it, or leaves the test out
#   begin capture -i njb0 ...     the program in $to; waits until it has begun; $program, program.err
#   send [PPS]                    the 1,000 packets of a.pcap, of 60 sources
#   ends                          SIGTERM; $status
export NIGHTJAR_STORE=$PWD/store
ip=$(type -P ip || true) # packets.sh has a function of that name
from=nj$$a
to=nj$$b
program=

clean() {
    [ -z "${program:-}" ] || kill -9 "$program" 2>/dev/null || true
    "$ip" netns del "$from" 2>/dev/null || true
    "$ip" netns del "$to" 2>/dev/null || true
}

connect() {
    "$ip" link add nja0 netns "$from" type veth peer name njb0 netns "$to" 2>/dev/null || return 1
    "$ip" -n "$from" link set nja0 up
    "$ip" -n "$to" link set njb0 up
}

veth() {
    [ -n "$ip" ] && command -v tcpreplay >/dev/null || skip "tcpreplay is not installed (scripts/setup test)"
    "$ip" netns add "$from" 2>/dev/null || skip "network namespaces are not permitted here"
    trap 'last=$?; set +e; clean; (exit $last); finish' EXIT
    "$ip" netns add "$to"
    for ns in "$from" "$to"; do # nothing but what is sent
        for which in all default; do
            "$ip" netns exec "$ns" sh -c "echo 1 >/proc/sys/net/ipv6/conf/$which/disable_ipv6" 2>/dev/null || true
        done
        "$ip" -n "$ns" link set lo up
    done
    connect || skip "veth pairs are not permitted here"
    # 1,000 packets of 60 sources on Ethernet
    for ((i = 0; i < 1000; i++)); do
        syn +0 "203.0.113.$((i % 60 + 1))" $((20000 + i)) "192.0.2.$((i % 250))" $((i % 5 + 20)) "$i"
    done >packets
    text2pcap -q -F pcap -e 0x0800 -t ISO packets a.pcap 2>/dev/null || true
    # text2pcap's -e puts a header in front; its IP packets are ours
    [ -s a.pcap ] || fail "the capture is made"
}

begun() { grep -qsE "capturing|listening" program.err || ! kill -0 $program 2>/dev/null; }
begin() { # OPTIONS...
    rm -f program.err
    "$ip" netns exec "$to" "$NIGHTJAR" "$@" >program.out 2>program.err &
    program=$!
    within 60 begun
    kill -0 $program 2>/dev/null || fail "nightjar $* begins" "$(cat program.err)"
}
send() { # [PPS]
    "$ip" netns exec "$from" tcpreplay -q -i nja0 --pps="${1:-5000}" a.pcap >replayed 2>&1
}
ends() {
    kill -TERM $program
    status=0
    wait $program || status=$?
    program=
}
stored() {
    "$NIGHTJAR" sql "select coalesce(sum($1), 0)::BIGINT as n from visits ${2:-}" --format json | jq '.[0].n'
}
