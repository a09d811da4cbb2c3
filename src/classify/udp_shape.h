/* SPDX-License-Identifier: Apache-2.0 */
/* What a UDP payload looks like: the answer of a service (backscatter of a forged query), or
 * a request to one. Each reads the packet's payload only, which may be cut short anywhere; the
 * ports are the business of the table of rules. */
#ifndef NJ_CLASSIFY_UDP_SHAPE_H
#define NJ_CLASSIFY_UDP_SHAPE_H

#include "model/packet.h"

bool udp_dns_response(const struct packet *packet);
bool udp_dns_query(const struct packet *packet);
bool udp_ntp_response(const struct packet *packet);
bool udp_ntp_query(const struct packet *packet);
bool udp_snmp_response(const struct packet *packet);
bool udp_snmp_request(const struct packet *packet);
bool udp_ldap_response(const struct packet *packet);
bool udp_ldap_request(const struct packet *packet);
bool udp_ssdp_response(const struct packet *packet);
bool udp_ssdp_search(const struct packet *packet);
bool udp_memcached_response(const struct packet *packet);
bool udp_memcached_request(const struct packet *packet);
bool udp_wsd_response(const struct packet *packet);
bool udp_wsd_probe(const struct packet *packet);
bool udp_ike_response(const struct packet *packet);
bool udp_ike_request(const struct packet *packet);
bool udp_sip_response(const struct packet *packet);
bool udp_sip_request(const struct packet *packet);
bool udp_rpc_reply(const struct packet *packet);
bool udp_rpc_call(const struct packet *packet);
bool udp_stun_response(const struct packet *packet);
bool udp_stun_request(const struct packet *packet);
bool udp_quic_long(const struct packet *packet);
bool udp_coap_request(const struct packet *packet);
bool udp_tftp_request(const struct packet *packet);
bool udp_rmcp_request(const struct packet *packet);
bool udp_sql_browser_request(const struct packet *packet);

/** At least 16 bytes, all of them text (RFC 864 character generator, RFC 865 quotes). */
bool udp_text(const struct packet *packet);

#endif
