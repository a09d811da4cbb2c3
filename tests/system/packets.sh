# shellcheck shell=bash
# Packets for the system tests, as text that text2pcap makes a capture of: raw IPv4 (LINKTYPE_RAW),
# one packet a line, checksums 0. A TIME is an instant, or "+SECONDS" behind noon of 1 May 2020.
# A test makes thousands of packets, so that none of these functions starts a process.
#
#   {
#       syn +0 203.0.113.7 40000 192.0.2.1 23
#   } | capture a.pcap
export TZ=UTC

# The bytes of an address or of a 16-bit number, in hex
hex4() {
    # shellcheck disable=SC2086
    printf '%02x %02x %02x %02x' ${1//./ }
}
hex2() {
    printf '%02x %02x' $(($1 >> 8)) $(($1 & 255))
}

# ip TIME PROTO SRC DST BYTES...: what stands behind the IPv4 header, in hex
ip() {
    local time=$1 proto=$2 src=$3 dst=$4 length
    shift 4
    # shellcheck disable=SC2068
    set -- $@
    length=$((20 + $#))
    [[ $time != +* ]] || printf -v time '%(%Y-%m-%dT%H:%M:%SZ)T' $((1588334400 + time))
    # shellcheck disable=SC2086
    printf '%s\n0000 45 00 %02x %02x 00 01 00 00 40 %02x 00 00 %02x %02x %02x %02x %02x %02x %02x %02x %s\n' \
        "$time" $((length >> 8)) $((length & 255)) "$proto" ${src//./ } ${dst//./ } "$*"
}

# tcp TIME FLAGS SRC SPORT DST DPORT SEQ
tcp() {
    local segment
    printf -v segment '%02x %02x %02x %02x %02x %02x %02x %02x 00 00 00 00 50 %s 04 00 00 00 00 00' \
        $(($4 >> 8)) $(($4 & 255)) $(($6 >> 8)) $(($6 & 255)) \
        $(($7 >> 24 & 255)) $(($7 >> 16 & 255)) $(($7 >> 8 & 255)) $(($7 & 255)) "$2"
    ip "$1" 6 "$3" "$5" "$segment"
}

# syn TIME SRC SPORT DST DPORT [SEQ]
syn() {
    tcp "$1" 02 "$2" "$3" "$4" "$5" "${6:-1}"
}

# udp TIME SRC SPORT DST DPORT
udp() {
    local datagram
    printf -v datagram '%02x %02x %02x %02x 00 0c 00 00 6e 6a 6e 6a' \
        $(($3 >> 8)) $(($3 & 255)) $(($5 >> 8)) $(($5 & 255))
    ip "$1" 17 "$2" "$4" "$datagram"
}

# ping TIME SRC DST ID
ping() {
    local message
    printf -v message '08 00 00 00 %02x %02x 00 01' $(($4 >> 8)) $(($4 & 255))
    ip "$1" 1 "$2" "$3" "$message"
}

# capture FILE [pcapng]
capture() {
    text2pcap -q -F "${2:-pcap}" -l 101 -t ISO - "$1" 2>/dev/null
}

# clock SECONDS: the instant that "+SECONDS" stands for
clock() {
    printf '%(%Y-%m-%dT%H:%M:%SZ)T\n' $((1588334400 + $1))
}
