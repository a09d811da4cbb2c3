/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables of the same places (trw_state.h): of sources, and of what passed between a source
 * and one of our addresses, beside what our hosts are known to offer. A queue holds the
 * contacts that await an answer, in the order in which they came, since all wait
 * equally long. */
#include "classify/trw.h"

#include "classify/trw_state.h"

#define WAIT_NS (3 * INT64_C(1000000000)) /* a SYN that was lost comes again after 1 s */

/* ---- silence ---- */

/* The last ACK of a connection has no answer. Whoever has been answered here may
 * have sent it. */
static bool never_answered(const struct trw *trw, const struct wait *wait)
{
    const struct memo *source =
        trw_find(&trw->sources, trw_source_key(wait->sensor, wait->src));

    return source == NULL || source->answered == 0;
}

/* Nobody answered in time: a failure, if an answer would have been seen and was to
 * be expected. */
static int end_wait(struct trw *trw, const struct wait *wait, int64_t now_ns,
                    struct nj_err *err)
{
    struct memo *contact =
        trw_find(&trw->contacts, trw_contact_key(wait->sensor, wait->own, wait->src));
    bool silent;

    if (contact == NULL || contact->port != wait->port)
        contact = trw_find(&trw->contacts,
                           trw_further_key(wait->sensor, wait->own, wait->src, wait->port));
    if (contact == NULL || !trw_is_open(contact))
        return 0;
    silent = contact->state != CONTACT_HALF &&
             (contact->state != CONTACT_ACK || never_answered(trw, wait));
    contact->state = CONTACT_OVER;
    if (!silent || now_ns < wait->time_ns ||
        trw_is_fresh(
            trw, trw_port_key(ABOUT_SERVICE, wait->sensor, wait->own, wait->proto, wait->port),
            wait->time_ns) ||
        !trw_is_fresh(trw, trw_way_out_key(wait->sensor), wait->time_ns))
        return 0;
    return trw_step(trw, wait->src, wait->sensor, FAILED, now_ns, err);
}

static int end_waits(struct trw *trw, int64_t now_ns, struct nj_err *err)
{
    while (trw->waiting > 0) {
        struct wait *wait = &trw->queue[trw->first];

        /* an older file after a newer one: what waits has nothing to do with it */
        if (now_ns - wait->time_ns < WAIT_NS && wait->time_ns - now_ns < TRW_HOUR_NS)
            break;
        trw->first = (trw->first + 1) % QUEUE_MAX;
        trw->waiting--;
        if (end_wait(trw, wait, now_ns, err) < 0)
            return -1;
    }
    return 0;
}

static void await(struct trw *trw, struct memo *contact, const struct packet *packet,
                  enum contact_state state)
{
    if (trw->waiting == QUEUE_MAX) {
        trw->counts.forgotten++;
        contact->state = CONTACT_OVER;
        return;
    }
    contact->state = (uint8_t)state;
    trw->queue[(trw->first + trw->waiting++) % QUEUE_MAX] = (struct wait){
        .src = packet->src,
        .own = packet->dst,
        .time_ns = packet->time_ns,
        .sensor = packet->sensor,
        .port = packet->dport,
        .proto = packet->proto,
    };
}

/* ---- packets ---- */

#define OPENING (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)

static bool scans(const struct packet *packet)
{
    return packet->class == CLASS_SCAN || packet->class == CLASS_EXPLOIT ||
           packet->class == CLASS_CREDENTIAL;
}

static bool opens(const struct packet *packet)
{
    if (packet->fragment || packet->joined || !scans(packet))
        return false;
    return packet->proto != PROTO_TCP || packet->row ||
           (packet->tcp_flags & OPENING) == TCP_SYN;
}

/* An ACK alone, to where services are and not from there: a scan that asks what a firewall lets
 * through, or somebody's connection that began before. */
static bool is_bare_ack(const struct packet *packet)
{
    return (packet->tcp_flags & (OPENING | TCP_PSH | TCP_URG)) == TCP_ACK &&
           packet->payload_length == 0 && packet->sport >= 1024 &&
           (packet->dport < 1024 || packet->sport > packet->dport);
}

/* TCP that is neither a beginning nor an answer: words of a client, FIN alone, no flag at all,
 * an ACK. @return the state in which it waits, CONTACT_OVER for all else */
static enum contact_state strays(const struct packet *packet)
{
    if (packet->proto != PROTO_TCP || packet->row || packet->fragment || packet->joined ||
        (packet->tcp_flags & TCP_RST) != 0 || (packet->tcp_flags & OPENING) == TCP_SYN ||
        (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
        return CONTACT_OVER;
    if (scans(packet))
        return CONTACT_STRAY;
    return packet->class == CLASS_OTHER && !packet->bad_checksum && is_bare_ack(packet)
               ? CONTACT_ACK
               : CONTACT_OVER;
}

/* The first contact of a source to one of our addresses. */
static int open_contact(struct trw *trw, uint64_t key, const struct packet *packet,
                        enum sensor_place dst, struct nj_err *err)
{
    struct memo *contact = trw_need(trw, &trw->contacts, key, packet->time_ns);
    enum contact_state stray = strays(packet);
    uint64_t service =
        trw_port_key(ABOUT_SERVICE, packet->sensor, packet->dst, packet->proto, packet->dport);

    trw->counts.contacts++;
    contact->state = CONTACT_OVER;
    contact->port = packet->dport;
    if (dst == SENSOR_DARK) /* what a victim sends to forged addresses may look like an ACK */
        return trw_judge(trw, contact, packet->src, packet,
                         stray == CONTACT_ACK ? FAILED : FAILED_DARK, err);
    if (packet->proto == PROTO_UDP &&
        trw_is_fresh(
            trw,
            trw_port_key(ABOUT_OWN_PORT, packet->sensor, packet->dst, PROTO_UDP, packet->dport),
            packet->time_ns))
        return 0;
    if (!packet->row) {
        await(trw, contact, packet, stray == CONTACT_OVER ? CONTACT_WAITS : stray);
        return 0;
    }
    if (packet->answered) {
        (void)trw_need(trw, &trw->contacts, service, packet->time_ns);
        /* the place of the contact may be the service's now; it was over */
        return trw_step(trw, packet->src, packet->sensor, ANSWERED, packet->time_ns, err);
    }
    return trw_is_fresh(trw, service, packet->time_ns)
               ? 0
               : trw_judge(trw, contact, packet->src, packet, FAILED, err);
}

/* A further port of an address that the source has contacted already. That it is answered says
 * nothing new; that it is not, does. Who is known to scan needs no more places. */
static int open_further(struct trw *trw, const struct packet *packet, struct nj_err *err)
{
    struct memo *further;
    uint64_t key = trw_further_key(packet->sensor, packet->dst, packet->src, packet->dport);
    const struct memo *source =
        trw_find(&trw->sources, trw_source_key(packet->sensor, packet->src));
    enum contact_state stray = strays(packet);

    if (packet->proto != PROTO_TCP || packet->untold ||
        (!opens(packet) && stray == CONTACT_OVER) ||
        (source != NULL && source->state == VERDICT_SCANNER) ||
        trw_find(&trw->contacts, key) != NULL)
        return 0;
    further = trw_need(trw, &trw->contacts, key, packet->time_ns);
    if (!packet->row) {
        await(trw, further, packet, stray == CONTACT_OVER ? CONTACT_WAITS : stray);
        return 0;
    }
    further->state = CONTACT_OVER;
    key =
        trw_port_key(ABOUT_SERVICE, packet->sensor, packet->dst, packet->proto, packet->dport);
    if (packet->answered || trw_is_fresh(trw, key, packet->time_ns))
        return 0;
    return trw_step(trw, packet->src, packet->sensor, FAILED, packet->time_ns, err);
}

/* Our host's answer on a further port of its. */
static int answer_further(struct trw *trw, const struct packet *packet, struct nj_err *err)
{
    struct memo *further;

    further = trw_find(&trw->contacts, trw_further_key(packet->sensor, packet->src, packet->dst,
                                                       packet->sport));
    if (further == NULL || !trw_is_open(further) ||
        (further->state == CONTACT_WAITS && (packet->tcp_flags & (TCP_SYN | TCP_RST)) == 0))
        return 0;
    if ((packet->tcp_flags & TCP_RST) != 0)
        return trw_judge(trw, further, packet->dst, packet, FAILED, err);
    further->state = CONTACT_OVER;
    return 0;
}

static int add_in(struct trw *trw, const struct packet *packet, enum sensor_place dst,
                  struct nj_err *err)
{
    uint64_t key = trw_contact_key(packet->sensor, packet->dst, packet->src);
    struct memo *contact = trw_find(&trw->contacts, key);

    if (contact != NULL)
        trw_end_lasting_login(trw, contact, packet);
    if (contact == NULL || (contact->state == CONTACT_MID && opens(packet))) {
        if ((!opens(packet) && strays(packet) == CONTACT_OVER) ||
            (packet->untold && dst != SENSOR_DARK)) /* the next row may tell */
            return 0;
        if (open_contact(trw, key, packet, dst, err) < 0)
            return -1;
        contact = trw_find(&trw->contacts, key);
        if (contact != NULL)
            trw_await_login(trw, contact, packet);
        return 0;
    }
    contact->last_ns = packet->time_ns;
    trw_await_login(trw, contact, packet);
    if (contact->state == CONTACT_MID) /* a client's words where our host has spoken before */
        return contact->port == packet->dport && strays(packet) == CONTACT_STRAY
                   ? trw_judge(trw, contact, packet->src, packet, ANSWERED, err)
                   : 0;
    if (contact->state != CONTACT_OWN && contact->port != packet->dport && dst == SENSOR_LIT &&
        open_further(trw, packet, err) < 0)
        return -1;
    if (contact->state != CONTACT_HALF || packet->proto != PROTO_TCP ||
        (packet->tcp_flags & TCP_SYN) != 0)
        return 0;
    return trw_judge(trw, contact, packet->src, packet,
                     (packet->tcp_flags & TCP_RST) != 0 ? FAILED : ANSWERED, err);
}

/* What one of our hosts sends to whom it has not been contacted by: its own talk. */
static void begin_own(struct trw *trw, uint64_t key, const struct packet *packet)
{
    struct memo *contact;

    if (packet->proto == PROTO_TCP && !packet->row &&
        (packet->tcp_flags & (TCP_RST | TCP_SYN | TCP_ACK)) != TCP_SYN &&
        (packet->tcp_flags & (TCP_RST | TCP_SYN)) != 0)
        return; /* answers to what was not seen */
    if (packet->proto == PROTO_ICMP || packet->proto == PROTO_ICMPV6)
        return;
    contact = trw_need(trw, &trw->contacts, key, packet->time_ns);
    contact->state = CONTACT_OWN;
    if (packet->proto == PROTO_TCP && !packet->row && (packet->tcp_flags & TCP_SYN) == 0) {
        contact->state = CONTACT_MID;
        contact->port = packet->sport;
    }
    if (packet->proto == PROTO_UDP)
        (void)trw_need(
            trw, &trw->contacts,
            trw_port_key(ABOUT_OWN_PORT, packet->sensor, packet->src, PROTO_UDP, packet->sport),
            packet->time_ns);
}

static void note_service(struct trw *trw, const struct packet *packet)
{
    (void)trw_need(
        trw, &trw->contacts,
        trw_port_key(ABOUT_SERVICE, packet->sensor, packet->src, packet->proto, packet->sport),
        packet->time_ns);
}

/* Our host's answer to what began in the middle: it knows of no such connection, or goes on. */
static int answer_stray(struct trw *trw, struct memo *contact, const struct packet *packet,
                        struct nj_err *err)
{
    if ((packet->tcp_flags & TCP_RST) != 0)
        return trw_judge(trw, contact, packet->dst, packet, FAILED, err);
    if (contact->state == CONTACT_ACK) { /* who of both began is not known yet */
        contact->state = CONTACT_MID;
        return 0;
    }
    if (trw_judge(trw, contact, packet->dst, packet, ANSWERED, err) < 0)
        return -1;
    note_service(trw, packet);
    return 0;
}

static bool is_icmp(const struct packet *packet)
{
    return packet->proto == PROTO_ICMP || packet->proto == PROTO_ICMPV6;
}

/* An echo reply, not an error or a question. */
static bool icmp_answer(const struct packet *packet)
{
    return packet->dport >> 8 == (packet->proto == PROTO_ICMP ? 0u : 129u);
}

static int add_out(struct trw *trw, const struct packet *packet, struct nj_err *err)
{
    uint64_t key = trw_contact_key(packet->sensor, packet->src, packet->dst);
    struct memo *contact;

    (void)trw_need(trw, &trw->contacts, trw_way_out_key(packet->sensor), packet->time_ns);
    if (packet->proto == PROTO_TCP &&
        (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
        note_service(trw, packet);
    contact = trw_find(&trw->contacts, key);
    if (contact == NULL) {
        begin_own(trw, key, packet);
        return 0;
    }
    contact->last_ns = packet->time_ns;
    if (trw_answer_login(trw, contact, packet, err) < 0)
        return -1;
    if (packet->proto == PROTO_TCP && contact->port != packet->sport)
        return answer_further(trw, packet, err);
    if (packet->proto == PROTO_TCP &&
        (contact->state == CONTACT_STRAY || contact->state == CONTACT_ACK))
        return answer_stray(trw, contact, packet, err);
    if (contact->state != CONTACT_WAITS)
        return 0;
    if (packet->proto == PROTO_TCP) {
        if ((packet->tcp_flags & TCP_RST) != 0)
            return trw_judge(trw, contact, packet->dst, packet, FAILED, err);
        if ((packet->tcp_flags & TCP_SYN) != 0)
            contact->state = (packet->tcp_flags & TCP_ACK) != 0 ? CONTACT_HALF : CONTACT_OWN;
        return 0;
    }
    if (is_icmp(packet) && !icmp_answer(packet))
        return packet->quoted_proto == 0
                   ? 0
                   : trw_judge(trw, contact, packet->dst, packet, FAILED, err);
    if (is_icmp(packet)) { /* no service was used: what comes next counts */
        *contact = (struct memo){.key = 0};
        return 0;
    }
    if (trw_judge(trw, contact, packet->dst, packet, ANSWERED, err) < 0)
        return -1;
    if (packet->proto == PROTO_UDP)
        note_service(trw, packet);
    return 0;
}

/* Among ourselves: whoever was contacted first answers, and the other is a source like any, but
 * innocent from the start. */
static int add_own(struct trw *trw, const struct packet *packet, enum sensor_place dst,
                   struct nj_err *err)
{
    struct memo *source;

    if (!packet->row && trw_find(&trw->contacts, trw_contact_key(packet->sensor, packet->src,
                                                                 packet->dst)) != NULL)
        return add_out(trw, packet, err);
    if (scans(packet)) {
        source = trw_source(trw, packet->src, packet->sensor, packet->time_ns);
        if (source->state == VERDICT_NONE) {
            source->state = VERDICT_OWN;
            if (trw_tell(trw, source, packet->src, packet->sensor, packet->time_ns, err) < 0)
                return -1;
        }
    }
    return add_in(trw, packet, dst, err);
}

int trw_add(struct trw *trw, const struct packet *packet, enum sensor_place src,
            enum sensor_place dst, struct nj_err *err)
{
    struct packet turned;

    if (end_waits(trw, packet->time_ns, err) < 0)
        return -1;
    if (src == SENSOR_ELSEWHERE)
        return dst == SENSOR_ELSEWHERE ? 0 : add_in(trw, packet, dst, err);
    if (src == SENSOR_DARK)
        return 0; /* forged */
    if (dst != SENSOR_ELSEWHERE)
        return add_own(trw, packet, dst, err);
    if (!packet->row)
        return add_out(trw, packet, err);
    /* A log tells who began, and has rows of what our hosts do elsewhere, which are stored as
     * any: each address there counts as if it were ours. */
    turned = *packet;
    turned.direction = DIRECTION_OUT;
    turned.tcp_flags = TCP_SYN;
    return add_out(trw, &turned, err) < 0 ? -1 : add_own(trw, packet, SENSOR_LIT, err);
}
