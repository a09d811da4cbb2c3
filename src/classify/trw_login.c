/* SPDX-License-Identifier: Apache-2.0 */
/* Logins between a source and one of our addresses, and whether somebody was let in. */
#include "classify/login.h"
#include "classify/trw_state.h"

/* Behind a login whose answer can't be read: who is let in stays, and who is not sees no more
 * than a login screen, which RDP closes after a minute or two. A login that comes meanwhile
 * begins anew, and a connection that comes meanwhile ends it, so that many short ones are never
 * a long one. */
#define LASTS_S 300
#define LASTS_PACKETS 100u

/* What is remembered of the port of our address that a TCP packet goes to or comes from. */
static struct memo *contact_of_port(struct trw *trw, struct memo *contact, uint32_t sensor,
                                    struct addr own, struct addr other, uint16_t port)
{
    return contact->port == port
               ? contact
               : trw_find(&trw->contacts, trw_further_key(sensor, own, other, port));
}

static bool has_logins(const struct packet *packet)
{
    return packet->proto == PROTO_TCP || packet->proto == PROTO_UDP;
}

void trw_await_login(struct trw *trw, struct memo *contact, const struct packet *packet)
{
    struct memo *memo;

    if (packet->class != CLASS_CREDENTIAL || !has_logins(packet) || packet->row ||
        !login_asks(packet->payload, packet->payload_length))
        return;
    memo =
        contact_of_port(trw, contact, packet->sensor, packet->dst, packet->src, packet->dport);
    if (memo == NULL)
        return;
    memo->logins = LOGIN_AWAITS;
    if (login_lasts(packet->payload, packet->payload_length)) {
        memo->logins = LOGIN_MAY_LAST;
        memo->said = 0;
        memo->since_s = (uint32_t)(packet->time_ns / 1000000000);
    }
}

void trw_end_lasting_login(struct trw *trw, struct memo *contact, const struct packet *packet)
{
    struct memo *memo;

    if (packet->proto != PROTO_TCP || packet->row ||
        (packet->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
        return;
    memo =
        contact_of_port(trw, contact, packet->sensor, packet->dst, packet->src, packet->dport);
    if (memo != NULL && memo->logins == LOGIN_MAY_LAST)
        memo->logins = 0;
}

static enum login_answer answer_of(struct memo *memo, const struct packet *packet)
{
    if (memo->logins == LOGIN_AWAITS)
        return login_answer(packet->payload, packet->payload_length);
    memo->said += memo->said < LASTS_PACKETS;
    return memo->said == LASTS_PACKETS &&
                   packet->time_ns / 1000000000 - memo->since_s >= LASTS_S
               ? LOGIN_IN
               : LOGIN_UNTOLD;
}

int trw_answer_login(struct trw *trw, struct memo *contact, const struct packet *packet,
                     struct nj_err *err)
{
    struct memo *source, *memo;
    enum login_answer answer;

    if (!has_logins(packet) || packet->payload_length == 0)
        return 0;
    memo =
        contact_of_port(trw, contact, packet->sensor, packet->src, packet->dst, packet->sport);
    if (memo == NULL || memo->logins == 0)
        return 0;
    answer = answer_of(memo, packet);
    if (answer == LOGIN_UNTOLD)
        return 0;
    memo->logins = 0;
    source = trw_source(trw, packet->dst, packet->sensor, packet->time_ns);
    if (answer == LOGIN_IN)
        source->logins |= LOGINS_IN;
    else if (source->logins / LOGINS_OUT < LOGINS_GUESSES)
        source->logins = (uint8_t)(source->logins + LOGINS_OUT);
    return trw_reconsider(trw, source, packet->dst, packet->sensor, packet->time_ns, err);
}
