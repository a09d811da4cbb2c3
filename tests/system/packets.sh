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

# ip6 TIME PROTO SRC DST BYTES...: the same of IPv6; addresses with all their digits
ip6() {
    local time=$1 proto=$2 digits=${3//:/}${4//:/} pairs="" i
    shift 4
    # shellcheck disable=SC2068
    set -- $@
    [[ $time != +* ]] || printf -v time '%(%Y-%m-%dT%H:%M:%SZ)T' $((1588334400 + time))
    for ((i = 0; i < 64; i += 2)); do
        pairs+="${digits:i:2} "
    done
    printf '%s\n0000 60 00 00 00 %02x %02x %02x 40 %s%s\n' \
        "$time" $(($# >> 8)) $(($# & 255)) "$proto" "$pairs" "$*"
}

# segment_of FLAGS SPORT DPORT SEQ: a TCP header, into the caller's `segment`
segment_of() {
    printf -v segment '%02x %02x %02x %02x %02x %02x %02x %02x 00 00 00 00 50 %s 04 00 00 00 00 00' \
        $(($2 >> 8)) $(($2 & 255)) $(($3 >> 8)) $(($3 & 255)) \
        $(($4 >> 24 & 255)) $(($4 >> 16 & 255)) $(($4 >> 8 & 255)) $(($4 & 255)) "$1"
}

# tcp TIME FLAGS SRC SPORT DST DPORT SEQ
tcp() {
    local segment
    segment_of "$2" "$4" "$6" "$7"
    ip "$1" 6 "$3" "$5" "$segment"
}

# syn TIME SRC SPORT DST DPORT [SEQ]
syn() {
    tcp "$1" 02 "$2" "$3" "$4" "$5" "${6:-1}"
}

# syn6 TIME SRC SPORT DST DPORT [SEQ]
syn6() {
    local segment
    segment_of 02 "$3" "$5" "${6:-1}"
    ip6 "$1" 6 "$2" "$4" "$segment"
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
