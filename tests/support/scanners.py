#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packets as scanners build them, as a capture: written from the descriptions of the tools (docs of each,
published sources), and from nothing of Nightjar's, so that its labels are tested from outside.

    scanners.py FILE.pcap [LINK] [SEED] [LOSS]   LINK: raw ether sll sll2 null ppp vlan 80211 erf
    scanners.py --truth                          lines "SOURCE TOOL": what each source is; -: no tool
    scanners.py --fragments A.pcap B.pcap        a datagram, its first fragment in A, its last in B 0.9 s later
"""
import random
import struct
import sys

T0 = 1714521600.0
NET = 0xC0000200  # 192.0.2.0/24, the telescope


def csum(b):
    if len(b) % 2:
        b += b"\0"
    s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


def ip4(src, dst, proto, body, ident, ttl, df=False, tos=0):
    h = struct.pack("!BBHHHBBHII", 0x45, tos, 20 + len(body), ident & 0xFFFF, 0x4000 if df else 0, ttl, proto, 0, src, dst)
    return h[:10] + struct.pack("!H", csum(h)) + h[12:] + body


def tcp(src, dst, sport, dport, seq, ack, flags, window, options=b"", urg=0, data=b""):
    options += b"\0" * (-len(options) % 4)
    h = struct.pack("!HHIIBBHHH", sport & 0xFFFF, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (5 + len(options) // 4) << 4, flags, window, 0, urg) + options + data
    c = csum(struct.pack("!IIBBH", src, dst, 0, 6, len(h)) + h)
    return h[:16] + struct.pack("!H", c) + h[18:]


def udp(src, dst, sport, dport, data, summed=True):
    h = struct.pack("!HHHH", sport & 0xFFFF, dport, 8 + len(data), 0) + data
    if not summed:
        return h
    return h[:6] + struct.pack("!H", csum(struct.pack("!IIBBH", src, dst, 0, 17, len(h)) + h)) + h[8:]


def icmp(kind, code, ident, seq, data):
    h = struct.pack("!BBHHH", kind, code, 0, ident & 0xFFFF, seq & 0xFFFF) + data
    return h[:2] + struct.pack("!H", csum(h)) + h[4:]


MSS = b"\x02\x04\x05\xb4"
WIN = MSS + b"\x01\x03\x03\x08\x01\x01\x04\x02"
SYN, ACK, FIN, RST, PSH, URG = 2, 16, 1, 4, 8, 32


def linux_options(ts):
    return MSS + b"\x04\x02\x08\x0a" + struct.pack("!II", ts & 0xFFFFFFFF, 0) + b"\x01\x03\x03\x07"


class Maker:
    """One source and its run of a tool: what stays the same, the order of targets, chance"""

    def __init__(self, src, rng):
        self.src, self.r = src, rng
        self.order = list(range(256))
        rng.shuffle(self.order)
        self.key = rng.getrandbits(32)
        self.port = rng.randrange(1024, 65535)
        self.win = rng.getrandbits(16) or 1
        self.n = 0

    def dst(self):
        d = NET + self.order[self.n % 256]
        self.n += 1
        return d

    def rnd(self, bits=32):
        return self.r.getrandbits(bits)

    def syn(self, dst, dport, sport, seq, window, ident, ttl, options=b"", df=False, ack=0, flags=SYN, urg=0, tos=0):
        return ip4(self.src, dst, 6, tcp(self.src, dst, sport, dport, seq, ack, flags, window, options, urg), ident, ttl, df, tos)


def t_zmap_2(m):
    d = m.dst()
    return m.syn(d, 443, 32768 + m.rnd() % 28233, m.rnd(), 65535, 54321, 242)


def t_zmap_3(m):
    d = m.dst()
    return m.syn(d, 22, 32768 + m.rnd() % 28233, m.rnd(), 65535, 54321, 238, MSS)


def t_zmap_4(m):
    d = m.dst()
    return m.syn(d, 8080, 32768 + m.rnd() % 28233, m.rnd(), 65535, m.rnd(16), 48, WIN)


def t_zmap_4_ports(m):
    d = m.dst()
    return m.syn(d, [80, 443, 8080, 8443][m.n % 4], 32768 + m.rnd() % 28233, m.rnd(), 65535, m.rnd(16), 48, WIN)


def t_zmap_smallest(m):
    d = m.dst()
    return m.syn(d, 8080, 32768 + m.rnd() % 28233, m.rnd(), 65535, m.rnd(16), 52, MSS)


def t_zmap_linux(m):
    d = m.dst()
    return m.syn(d, 8080, 32768 + m.rnd() % 28233, m.rnd(), 65535, m.rnd(16), 50, linux_options(int(T0) - 500))


def t_zmap_bsd(m):
    d = m.dst()
    o = MSS + b"\x01\x03\x03\x06\x01\x01\x08\x0a" + struct.pack("!II", int(T0) - 700, 0) + b"\x04\x02\0\0"
    return m.syn(d, 8080, 32768 + m.rnd() % 28233, m.rnd(), 65535, m.rnd(16), 50, o)


def t_zmap_icmp(m):
    d = m.dst()
    return ip4(m.src, d, 1, icmp(8, 0, m.rnd(16), m.rnd(16), b"\0" * 20), m.rnd(16), 50)


def t_zmap_udp_old(m):
    d = m.dst()
    return ip4(m.src, d, 17, udp(m.src, d, 32768 + m.rnd() % 28233, 1900, b"GET / HTTP/1.1\r\n\r\n", False), 54321, 244)


def t_zmap_udp(m):  # from 4.1 on
    d = m.dst()
    return ip4(m.src, d, 17, udp(m.src, d, 32768 + m.rnd() % 28233, 123, b"\xe3" + b"\0" * 47, False), m.rnd(16), 50)


QUESTION = b"\1\0\0\1\0\0\0\0\0\0\7version\4bind\0\0\x10\0\3"


def t_xmap_dns(m):
    d = m.dst()
    i = m.rnd(16)  # in the byte order of its machine
    return ip4(m.src, d, 17, udp(m.src, d, 32768 + i % 28233, 53, struct.pack("<H", i) + QUESTION), 54321, 244)


def t_xmap_udp(m):
    d = m.dst()
    return ip4(m.src, d, 17, udp(m.src, d, 32768 + m.rnd() % 28233, 1900, b"GET / HTTP/1.1\r\n\r\n"), 54321, 244)


def t_xmap_icmp(m):
    d = m.dst()
    return ip4(m.src, d, 1, icmp(8, 0, m.rnd(16), m.rnd(16), b"\0" * 8), 54321, 244)


def t_masscan_udp(m):
    d = m.dst()
    c = m.rnd(16)
    p, data = [(53, struct.pack("!H", c) + QUESTION), (11211, struct.pack("!H", c) + b"\0\0\0\1\0\0stats\r\n"),
               (5683, b"@\1" + struct.pack("!H", c) + b"\xbb.well-known\x04core")][m.n % 3]
    return ip4(m.src, d, 17, udp(m.src, d, 40000 + m.key % 20000, p, data), (d ^ p ^ c) & 0xFFFF, 240)


def t_hping_icmp(m):
    m.n += 1
    return ip4(m.src, NET + 7, 1, icmp(8, 0, m.port, (m.n & 0xFF) << 8 | m.n >> 8, b""), m.rnd(16), 56)


def t_hping_udp(m):
    m.n += 1
    return ip4(m.src, NET + 7, 17, udp(m.src, NET + 7, 1500 + m.n, 0, b""), m.rnd(16), 56)


def t_zmap_synack(m):
    d = m.dst()
    return m.syn(d, 80, 32768 + m.rnd() % 28233, m.rnd(), 65535, m.rnd(16), 51, MSS, ack=m.rnd(), flags=SYN | ACK)


def t_masscan(m, sport=None, window=1024, options=b""):
    d = m.dst()
    p = [80, 443, 22, 3389][m.rnd() % 4]
    s = m.rnd()
    return m.syn(d, p, 40000 + m.key % 20000 if sport is None else sport, s, window, (d ^ p ^ s) & 0xFFFF, 240, options)


def t_masscan_ports(m):
    return t_masscan(m, 20000 + (m.rnd() & 4095))


def t_masscan_new(m):
    return t_masscan(m, None, 1025, MSS)


def t_masscan_icmp(m):
    d = m.dst()
    return ip4(m.src, d, 1, icmp(8, 0, m.rnd(16), m.rnd(16), bytes(range(8, 0x38))), m.rnd(16), 240)


def t_nmap(m, flags=SYN, retry=True):
    t = 1 if retry and m.n % 4 == 3 else 0
    d = m.dst()
    v = m.key ^ (t << 16 | t)
    seq, ack = (0, v) if flags & ACK else (v, 0)
    return m.syn(d, [80, 443, 22, 21, 25, 23][m.rnd() % 6], 40000 + m.key % 20000 + t, seq, 1024, m.rnd(16),
                 m.r.randrange(27, 50), MSS if flags & SYN else b"", ack=ack, flags=flags)


def t_nmap_vertical(m):
    m.n += 1
    return m.syn(NET + 9, m.r.randrange(1, 10000), 41000, m.key, 1024, m.rnd(16), m.r.randrange(27, 50), MSS)


def t_nmap_port(m):  # -g 53 --ttl 64
    d = m.dst()
    return m.syn(d, [80, 443, 22][m.rnd() % 3], 53, m.key, 1024, m.rnd(16), 55, MSS)


def t_unicornscan(m):
    d = m.dst()
    sp, dp = m.r.randrange(4096, 65535), [80, 443, 21][m.rnd() % 3]
    b = struct.unpack("<I", struct.pack(">I", d))[0]
    return m.syn(d, dp, sp, m.key ^ b ^ (dp << 16 | sp), 4128, m.rnd(16), 240, MSS)


def t_hping_s(m):
    m.n += 1
    return m.syn(NET + 7, 80, 1500 + m.n, m.rnd(), 512, m.rnd(16), 56, b"", ack=m.rnd() | 1)


def t_hping_scan(m):
    m.n += 1
    return m.syn(NET + 8, 1 + m.n, 1800 + m.n, m.rnd(), 512, m.rnd(16), 56, b"", ack=m.rnd() | 1)


def t_hping_ack(m):
    m.n += 1
    return m.syn(NET + 7, 80, 2100 + m.n, m.rnd() | 1, 512, m.rnd(16), 56, b"", ack=m.rnd() | 1, flags=ACK)


def t_nping(m):
    d = m.dst()
    return m.syn(d, 80, m.port, m.key, 1480, m.rnd(16), 53)


def t_scapy(m):
    d = m.dst()
    return m.syn(d, 80, 20, 0, 8192, 1, 54)


def t_scapy_port(m):
    d = m.dst()
    return m.syn(d, 80, m.r.randrange(1024, 65535), 0, 8192, 1, 54)


def t_naabu(m):
    m.key = (m.key & 0xFFFF) + m.r.randrange(1, 300)
    d = m.dst()
    return m.syn(d, [80, 443, 8080][m.rnd() % 3], m.port, m.key, 1024, m.rnd(16), 50, MSS, df=True)


def t_xmap(m):
    d = m.dst()
    s = m.rnd()
    low = (s & 0xFF) << 8 | s >> 8 & 0xFF
    return m.syn(d, 443, 32768 + low % 28233, s, 65535, 54321, 245)


def t_mirai(m):
    d = NET + m.rnd(8)
    m.n += 1
    return m.syn(d, 2323 if m.rnd() % 10 == 0 else 23, m.port, d, m.win, m.rnd(16), 46)


def t_mirai_fork(m):
    d = NET + m.rnd(8)
    k = m.n % 3  # modules, each with its own port and window
    m.n += 1
    return m.syn(d, [5555, 37215, 60001][k], m.port + k & 0xFFFF, d, (m.win * (k + 1)) & 0xFFFF, m.rnd(16), 46)


def t_mirai_half(m):
    d = NET + m.rnd(8)
    m.n += 1
    if m.n % 2:
        return m.syn(d, 23, m.port, d, m.win, m.rnd(16), 46)
    return m.syn(d, 22, m.r.randrange(1024, 65535), m.rnd(), m.rnd(16), m.rnd(16), 46)


def t_linux(m):
    d = m.dst()
    return m.syn(d, 22, m.r.randrange(16384, 30500) * 2, m.rnd(), 64240, m.rnd(16), 47, linux_options(m.rnd()), df=True)


def t_windows(m):
    m.n += 1
    d = NET + m.order[m.n % 256]
    return m.syn(d, 445, 49152 + m.n, m.rnd(), 64240, 1000 + m.n, 110, WIN, df=True)


def t_macos(m):
    d = m.dst()
    o = MSS + b"\x01\x03\x03\x06\x01\x01\x08\x0a" + struct.pack("!II", m.rnd(), 0) + b"\x04\x02\0\0"
    return m.syn(d, 22, m.r.randrange(49152, 65535), m.rnd(), 65535, 0, 49, o, df=True)


def t_freebsd(m):
    d = m.dst()
    o = MSS + b"\x01\x03\x03\x06\x04\x02\x08\x0a" + struct.pack("!II", m.rnd(), 0)
    return m.syn(d, 22, m.r.randrange(10000, 65535), m.rnd(), 65535, m.rnd(16), 49, o, df=True)


def t_random(m):
    d = m.dst()
    return m.syn(d, m.r.randrange(1, 65535), m.r.randrange(1024, 65535), m.rnd(), m.rnd(16), m.rnd(16), 45)


def t_random_mss(m):
    d = m.dst()
    return m.syn(d, 80, m.r.randrange(1024, 65535), m.rnd(), 1024, m.rnd(16), 45, MSS)


def t_victim(m):
    return m.syn(m.dst(), m.r.randrange(1024, 65535), 443, m.rnd(), 65535, 0, 50, MSS, df=True, ack=m.rnd(), flags=SYN | ACK)


def t_victim_no_df(m):
    return m.syn(m.dst(), m.r.randrange(1024, 65535), 50000, m.rnd(), 65535, m.rnd(16), 50, MSS, ack=m.rnd(), flags=SYN | ACK)


def t_victim_rst(m):
    return m.syn(m.dst(), m.r.randrange(1024, 65535), 80, 0, 0, m.rnd(16), 240, b"", ack=m.rnd(), flags=RST | ACK)


def t_nmap_udp(m, ttl=None):
    d = m.dst()
    p, data = [(53, b"\0\0\x10" + b"\0" * 9), (520, b"\1\1" + b"\0" * 21 + b"\x10"), (631, b""), (1434, b"")][m.rnd() % 4]
    return ip4(m.src, d, 17, udp(m.src, d, 41000 + (m.n % 5 == 4), p, data), m.rnd(16), ttl or m.r.randrange(27, 50))


def t_nmap_ping(m):
    d = m.dst()
    return ip4(m.src, d, 1, icmp(8, 0, m.rnd(16), 0, b""), m.rnd(16), m.r.randrange(27, 50))


def t_unicornscan_udp(m):
    d = m.dst()
    return ip4(m.src, d, 17, udp(m.src, d, m.r.randrange(4096, 65535), 53, b"\0\x10" + QUESTION), m.rnd(16), 240)


def t_ping(m):
    m.n += 1
    return ip4(m.src, NET + 3, 1, icmp(8, 0, m.port, m.n, b"\0" * 16 + bytes(range(16, 56))), m.rnd(16), 50, True)


def t_resolver(m):
    return ip4(m.src, NET + 3, 17, udp(m.src, NET + 3, m.r.randrange(1024, 65535), 53, struct.pack("!H", m.rnd(16)) + QUESTION), m.rnd(16), 50)


def t_forged(m):  # questions in the name of a victim, from machines at many distances
    d = m.dst()
    return ip4(m.src, d, 17, udp(m.src, d, 80, 53, struct.pack("!H", m.rnd(16)) + QUESTION, False), m.rnd(16), m.r.randrange(30, 58))


# Who makes the packets of a source, and the tool that most of its sessions must be told to be of
TOOLS = [
    (t_zmap_2, "zmap"), (t_zmap_3, "zmap"), (t_zmap_4, "zmap"), (t_zmap_4_ports, "zmap"), (t_zmap_smallest, "zmap"),
    (t_zmap_linux, "zmap"), (t_zmap_bsd, "zmap"), (t_zmap_icmp, "zmap"), (t_zmap_udp_old, "zmap"), (t_zmap_synack, "zmap"),
    (t_masscan, "masscan"), (t_masscan_ports, "masscan"), (t_masscan_new, "masscan"), (t_masscan_icmp, "masscan"),
    (t_nmap, "nmap"), (lambda m: t_nmap(m, ACK), "nmap"), (lambda m: t_nmap(m, FIN), "nmap"), (lambda m: t_nmap(m, 0), "nmap"),
    (lambda m: t_nmap(m, FIN | PSH | URG), "nmap"), (lambda m: t_nmap(m, FIN | ACK), "nmap"), (t_nmap_vertical, "nmap"),
    (t_nmap_port, "nmap"), (t_nmap_udp, "nmap"), (lambda m: t_nmap_udp(m, 48), "-"), (t_nmap_ping, "nmap"),
    (t_unicornscan, "unicornscan"), (t_hping_s, "hping3"), (t_hping_scan, "hping3"), (t_hping_ack, "hping3"), (t_nping, "nping"), (t_scapy, "scapy"),
    (t_scapy_port, "scapy"), (t_naabu, "naabu"), (t_xmap, "xmap"), (t_mirai, "mirai"), (t_mirai_fork, "mirai"),
    (t_mirai_half, "mixed"),
    (t_zmap_udp, "zmap"), (t_xmap_dns, "xmap"), (t_xmap_udp, "xmap"), (t_xmap_icmp, "xmap"), (t_masscan_udp, "masscan"),
    (t_hping_icmp, "hping3"), (t_hping_udp, "hping3"), (t_unicornscan_udp, "-"), (t_ping, "-"), (t_resolver, "-"), (t_forged, "-"),
    (t_linux, "connect"), (t_windows, "connect"), (t_macos, "connect"), (t_freebsd, "connect"),
    (t_random, "-"), (t_random_mss, "-"), (t_victim, "-"), (t_victim_no_df, "-"), (t_victim_rst, "-"),
]


def extras(rng):
    """Sources that are told by more than a packet each: decoys, repeats of a kernel, two phases"""
    out = []
    real, false, kernel, phases = (0xCB0071C8 + i for i in range(4))
    key = rng.getrandbits(32)
    for n in range(20):  # nmap -D: the same probes from both
        d, ident, ttl = NET + n, rng.getrandbits(16), rng.randrange(27, 50)
        for k, s in enumerate((real, false)):
            out.append((T0 + n * 2 + k * 0.001, ip4(s, d, 6, tcp(s, d, 41000, 80, key, 0, SYN, 1024, MSS), ident, ttl)))
    for n in range(8):
        d, seq, port = NET + n, rng.getrandbits(32), 33000 + 2 * n
        for k, late in enumerate((0, 1, 3, 7)):
            p = tcp(kernel, d, port, 22, seq, 0, SYN, 64240, linux_options(5000 + n * 20000 + late * 1000))
            out.append((T0 + n * 20 + late, ip4(kernel, d, 6, p, 100 * n + k, 50, True)))
    for n in range(4):
        d = NET + n
        out.append((T0 + n * 9, ip4(phases, d, 6, tcp(phases, d, 50000 + n, 22, rng.getrandbits(32), 0, SYN, 65535), 54321, 240)))
        p = tcp(phases, d, 40000 + 2 * n, 22, rng.getrandbits(32), 0, SYN, 64240, linux_options(77777))
        out.append((T0 + n * 9 + 1, ip4(phases, d, 6, p, 7 * n, 50, True)))
    return out


def frame(link, p):
    v6 = p[0] >> 4 == 6
    et = b"\x86\xdd" if v6 else b"\x08\0"
    if link == "ether":
        return 1, b"\2\0\0\0\0\1\2\0\0\0\0\2" + et + p + b"\0" * max(0, 46 - len(p))
    if link == "vlan":
        return 1, b"\2\0\0\0\0\1\2\0\0\0\0\2\x88\xa8\0\7\x81\0\0\5" + et + p
    if link == "sll":
        return 113, b"\0\0\0\1\0\6\2\0\0\0\0\2\0\0" + et + p
    if link == "sll2":
        return 276, et + b"\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\2\0\0" + p
    if link == "null":
        return 0, struct.pack("<I", 2) + p
    if link == "ppp":
        return 9, b"\xff\3\0\x21" + p
    if link == "80211":
        return 105, b"\x08\x01\0\0" + b"\2\0\0\0\0\1" * 3 + b"\0\0" + b"\xaa\xaa\3\0\0\0" + et + p
    if link == "erf":  # Ethernet with one further header, or IP by itself
        r = (b"\x82\4", b"\x10" + b"\0" * 9 + b"\2\0\0\0\0\1\2\0\0\0\0\2" + et + p) if p[9] & 1 else (bytes([23 if v6 else 22, 4]), p)
        return 197, b"\0" * 8 + r[0] + struct.pack("!HHH", 16 + len(r[1]), 0, len(p)) + r[1]
    return 101, p


def write(name, link, packets):
    with open(name, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, frame(link, packets[0][1])[0]))
        for t, p in packets:
            b = frame(link, p)[1]
            f.write(struct.pack("<IIII", int(t), int(t % 1 * 1e6), len(b), len(b)) + b)


def fragment(src, dst, ident, offset, more, body):
    h = ip4(src, dst, 17, body, ident, 60)
    h = h[:6] + struct.pack("!H", (0x2000 if more else 0) | offset // 8) + h[8:10] + b"\0\0" + h[12:20]
    return h[:10] + struct.pack("!H", csum(h)) + h[12:] + body


def fragments(first, second):
    s, d = 0xCB007163, NET + 5
    one = udp(s, d, 4000, 161, b"A" * 1000)
    write(first, "raw", [(T0, fragment(s, d, 77, 0, True, one[:504]))])
    write(second, "raw", [(T0 + 0.9, fragment(s, d, 77, 504, False, one[504:]))])


def main():
    if sys.argv[1] == "--fragments":
        fragments(sys.argv[2], sys.argv[3])
        return
    link = sys.argv[2] if len(sys.argv) > 2 else "raw"
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    loss = float(sys.argv[4]) if len(sys.argv) > 4 else 0.0
    sources = [(0xCB007101 + i, make, tool) for i, (make, tool) in enumerate(TOOLS)]
    if sys.argv[1] == "--truth":
        for s, make, tool in sources:
            print("203.0.113.%d %s" % (s & 255, tool))
        return
    rng = random.Random(seed)
    out = []
    for s, make, _ in sources:
        m = Maker(s, random.Random(rng.getrandbits(64)))
        t = T0 + rng.random() * 60
        for _ in range(90):
            t += rng.random() * 4
            p = make(m)
            if rng.random() >= loss:
                out.append((t, p))
                if rng.random() < loss / 4:  # the network doubled it
                    out.append((t + 0.002, p))
    out += extras(rng)
    out.sort(key=lambda x: x[0])
    write(sys.argv[1], link, out)


main()
