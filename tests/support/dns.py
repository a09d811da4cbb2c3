#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A name server for tests, on loopback: `dns.py FILE LOG`. It prints the port that it listens
on and answers from the lines of FILE, each "NAME TYPE VALUE" (TYPE is A, AAAA or PTR; a name may
hold \\DDD for a byte), or "NAME servfail" or "NAME silent". What stands nowhere is NXDOMAIN. The
names that it is asked for, and how many questions were open at once, go to LOG."""
import re
import socket
import struct
import sys
import threading
import time

TYPES = {"A": 1, "PTR": 12, "AAAA": 28}
records, fates = {}, {}
for line in open(sys.argv[1], encoding="utf-8"):
    words = line.split()
    if len(words) == 2:
        fates[words[0].lower()] = words[1]
    elif len(words) == 3:
        records.setdefault((words[0].lower(), TYPES[words[1]]), []).append(words[2])
log = open(sys.argv[2], "w", buffering=1, encoding="utf-8")
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)


def encode(name):
    out = b""
    for label in name.rstrip(".").split("."):
        raw = re.sub(rb"\\(\d{3})", lambda m: bytes([int(m[1])]), label.encode())
        out += bytes([len(raw)]) + raw
    return out + b"\0"


def value(kind, text):
    if kind == 12:
        return encode(text)
    return socket.inet_pton(socket.AF_INET if kind == 1 else socket.AF_INET6, text)


lock, open_now = threading.Lock(), 0


def answer(packet, peer):
    global open_now
    at, labels = 12, []
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode("latin-1"))
        at += packet[at] + 1
    kind = struct.unpack(">H", packet[at + 1 : at + 3])[0]
    name = ".".join(labels).lower()
    with lock:
        open_now += 1
        log.write(f"{name} {kind} {open_now}\n")
    time.sleep(0.05)
    with lock:
        open_now -= 1
    fate = fates.get(name)
    if fate == "silent":
        return
    found = records.get((name, kind), []) if fate is None else []
    known = any(key[0] == name for key in records)
    code = 2 if fate == "servfail" else 0 if known else 3
    out = packet[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(found), 0, 0)
    out += packet[12 : at + 5]
    for text in found:
        data = value(kind, text)
        out += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
    server.sendto(out, peer)


while True:
    threading.Thread(target=answer, args=server.recvfrom(4096), daemon=True).start()
