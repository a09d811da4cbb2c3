/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a packet obeys the relation of a tool: the tests of tool_rule.c's table, in its
 * order, and called by that alone. What they compare the packet with was kept of others by
 * tool_rule_remember; one that needs it is false without. */
#ifndef NJ_FINGERPRINT_TOOL_TEST_H
#define NJ_FINGERPRINT_TOOL_TEST_H

#include "fingerprint/tool_rule.h"

typedef bool tool_test(const struct evidence *evidence, const struct tool_probe *probe);

tool_test tool_test_mirai;
tool_test tool_test_xmap;
tool_test tool_test_xmap_v6;
tool_test tool_test_zmap_id;
tool_test tool_test_masscan;
tool_test tool_test_unicornscan;
tool_test tool_test_nmap_same;
tool_test tool_test_nmap_try;
tool_test tool_test_hping3;
tool_test tool_test_hping3_far;
tool_test tool_test_naabu;
tool_test tool_test_naabu_far;
tool_test tool_test_furious;
tool_test tool_test_scapy;
tool_test tool_test_scapy_id;
tool_test tool_test_nping;
tool_test tool_test_zmap_v6;
tool_test tool_test_masscan_v6;
tool_test tool_test_zmap_smallest;
tool_test tool_test_zmap_syn_ack;
tool_test tool_test_nmap_os;
tool_test tool_test_zmap_windows;
tool_test tool_test_zmap_start;
tool_test tool_test_ordinary_stack;

/* tool_datagram.c */
tool_test tool_test_xmap_dns;
tool_test tool_test_xmap_dns_v6;
tool_test tool_test_xmap_udp;
tool_test tool_test_xmap_echo;
tool_test tool_test_xmap_echo_v6;
tool_test tool_test_zmap_echo;
tool_test tool_test_zmap_echo_v6;
tool_test tool_test_zmap_udp;
tool_test tool_test_masscan_echo;
tool_test tool_test_masscan_udp;
tool_test tool_test_hping3_echo;
tool_test tool_test_hping3_udp;
tool_test tool_test_nmap_udp;
tool_test tool_test_nmap_echo;

/** Keep of a datagram what the next one is compared with, as long as last_sport is that of the
 * one before. */
void tool_test_remember_datagram(struct evidence *evidence, const struct packet *packet);

/** A port of ZMap's default range that neither stays nor counts. */
bool tool_test_zmap_port(const struct evidence *evidence, const struct packet *packet);

/** The source port that XMap cuts from the same two bytes of its hash as `cut`. */
uint16_t tool_test_xmap_port(uint16_t cut);

/** What all tries of a phase of nmap's have in common. */
uint16_t tool_test_nmap_invariant(uint32_t seq);

#endif
