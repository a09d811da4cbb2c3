# shellcheck shell=bash
# Packets for the system tests, as text that text2pcap makes a capture of: raw IPv4 (LINKTYPE_RAW),
# one packet a line, checksums 0.
#
#   {
#       syn 2020-05-01T10:00:00Z 203.0.113.7 40000 192.0.2.1 23
#   } | capture a.pcap

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
    local time=$1 proto=$2 src=$3 dst=$4
    shift 4
    # shellcheck disable=SC2068
    set -- $@
    printf '%s\n0000 45 00 %s 00 01 00 00 40 %02x 00 00 %s %s %s\n' "$time" \
        "$(hex2 $((20 + $#)))" "$proto" "$(hex4 "$src")" "$(hex4 "$dst")" "$*"
}

# tcp TIME FLAGS SRC SPORT DST DPORT SEQ
tcp() {
    ip "$1" 6 "$3" "$5" "$(hex2 "$4") $(hex2 "$6") $(hex2 $(($7 >> 16))) $(hex2 $(($7 & 65535)))" \
        "00 00 00 00 50 $2 04 00 00 00 00 00"
}

# syn TIME SRC SPORT DST DPORT [SEQ]
syn() {
    tcp "$1" 02 "$2" "$3" "$4" "$5" "${6:-1}"
}

# udp TIME SRC SPORT DST DPORT
udp() {
    ip "$1" 17 "$2" "$4" "$(hex2 "$3") $(hex2 "$5") 00 0c 00 00 6e 6a 6e 6a"
}

# ping TIME SRC DST ID
ping() {
    ip "$1" 1 "$2" "$3" "08 00 00 00 $(hex2 "$4") 00 01"
}

# capture FILE [pcapng]
capture() {
    text2pcap -q -F "${2:-pcap}" -l 101 -t ISO - "$1" 2>/dev/null
}

# clock SECONDS: that long after noon of 1 May 2020
clock() {
    date -u -d "@$((1588334400 + $1))" +%Y-%m-%dT%H:%M:%SZ
}
