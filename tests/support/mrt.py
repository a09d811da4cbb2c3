#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an MRT file (RFC 6396) for tests, from lines on standard input:

    rib UNIXTIME PREFIX=AS,AS,... ...      a TABLE_DUMP_V2 dump as two peers see it
    announce UNIXTIME PREFIX AS,AS,...     BGP4MP_MESSAGE_AS4 updates by both peers, the second
    withdraw UNIXTIME PREFIX               a minute behind the first
    one UNIXTIME PREFIX AS,AS,...          an update by the first peer only
"""
import socket
import struct
import sys


def record(time, kind, subtype, body):
    return struct.pack(">IHHI", time, kind, subtype, len(body)) + body


def prefix(text):
    address, length = text.split("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    length = int(length)
    return bytes([length]) + socket.inet_pton(family, address)[: (length + 7) // 8]


def attributes(path):
    segment = bytes([2, len(path)]) + b"".join(struct.pack(">I", x) for x in path)
    return (
        bytes([0x40, 1, 1, 0])
        + bytes([0x40, 2, len(segment)])
        + segment
        + bytes([0x40, 3, 4])
        + socket.inet_aton("192.0.2.1")
    )


def rib(time, routes):
    peers = ["192.0.2.1", "192.0.2.2"]
    table = socket.inet_aton("192.0.2.254") + struct.pack(">HH", 0, len(peers))
    for peer in peers:
        table += bytes([2]) + socket.inet_aton(peer) * 2 + struct.pack(">I", 64496)
    out = record(time, 13, 1, table)
    for number, route in enumerate(routes):
        net, path = route.split("=")
        subtype = 4 if ":" in net else 2
        found = attributes([int(x) for x in path.split(",")])
        entries = b"".join(
            struct.pack(">HIH", i, time, len(found)) + found for i in range(len(peers))
        )
        body = struct.pack(">I", number) + prefix(net) + struct.pack(">H", len(peers)) + entries
        out += record(time, 13, subtype, body)
    return out


def update(time, announced, withdrawn, path, peer=1):
    gone = b"".join(prefix(x) for x in withdrawn)
    found = attributes(path) if announced else b""
    body = struct.pack(">H", len(gone)) + gone + struct.pack(">H", len(found)) + found
    body += b"".join(prefix(x) for x in announced)
    message = b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 2) + body
    peers = socket.inet_aton(f"192.0.2.{peer}") + socket.inet_aton("192.0.2.254")
    return record(time, 16, 4, struct.pack(">IIHH", 64496, 64499, 0, 1) + peers + message)


for line in sys.stdin:
    words = line.split()
    out = b""
    if words[0] == "rib":
        out = rib(int(words[1]), words[2:])
    else:
        net = [words[2]]
        path = [int(x) for x in words[3].split(",")] if len(words) > 3 else []
        for peer in (1,) if words[0] == "one" else (1, 2):
            time = int(words[1]) + 60 * (peer - 1)
            out += update(time, net if path else [], [] if path else net, path, peer)
    sys.stdout.buffer.write(out)
