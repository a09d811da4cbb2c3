/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables of the same places (trw_state.h): of sources, and of what passed between a source
 * and one of our addresses, beside what our hosts are known to offer. A queue holds the
 * contacts that await an answer, in the order in which they came, since all wait equally long.
 */
#include "classify/trw.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "classify/login.h"
#include "classify/trw_state.h"

#define WAIT_NS (3 * INT64_C(1000000000)) /* a SYN that was lost comes again after 1 s */
#define HOUR_NS                                                                                \
    (3600 * INT64_C(1000000000)) /* how long a service or a way out is believed in */

#define BITS_LIT 2
#define BITS_DARK 6
#define BITS_SCANNER 17  /* log2(0.99 / 1e-5) is 16.6 */
#define BITS_BENIGN (-7) /* log2(0.01) is -6.6 */

#define CONTACTS_OF_SOURCE 4
#define SEED                                                                                   \
    UINT64_C(0x7e57ed0fa1a1ca11) /* who stays in a full set must not depend on chance */

/* What a key is about, so that keys of different things differ. */
enum about {
    ABOUT_SOURCE,
    ABOUT_CONTACT,
    ABOUT_SERVICE,
    ABOUT_OWN_PORT,
    ABOUT_WAY_OUT,
    ABOUT_FURTHER_PORT,
};

static uint64_t key_of(enum about about, uint32_t sensor, struct addr own, struct addr other,
                       uint32_t proto_port)
{
    uint64_t words[6] = {
        (uint64_t)about << 32 | sensor, own.hi, own.lo, other.hi, other.lo, proto_port};

    return XXH3_64bits_withSeed(words, sizeof(words), SEED) | 1; /* 0: nobody */
}

static const struct addr nobody = {.hi = 0, .lo = 0};

static uint64_t contact_key(uint32_t sensor, struct addr own, struct addr other)
{
    return key_of(ABOUT_CONTACT, sensor, own, other, 0);
}

static uint64_t further_key(uint32_t sensor, struct addr own, struct addr other, uint16_t port)
{
    return key_of(ABOUT_FURTHER_PORT, sensor, own, other, port);
}

static uint64_t port_key(enum about about, uint32_t sensor, struct addr own, uint8_t proto,
                         uint16_t port)
{
    return key_of(about, sensor, own, nobody, (uint32_t)proto << 16 | port);
}

/* ---- places -------------------------------------------------------------------------------
 */

static struct memo *set_of(const struct memos *memos, uint64_t key)
{
    return &memos->places[((size_t)(key >> 20) & (memos->sets - 1)) * MEMO_SET];
}

static struct memo *memo_find(const struct memos *memos, uint64_t key)
{
    struct memo *set = set_of(memos, key);

    for (unsigned i = 0; i < MEMO_SET; i++)
        if (set[i].key == key)
            return &set[i];
    return NULL;
}

/* The one with the key, made if there is none. */
static struct memo *memo_need(struct trw *trw, struct memos *memos, uint64_t key,
                              int64_t time_ns)
{
    struct memo *memo = memo_find(memos, key), *set = set_of(memos, key);

    if (memo == NULL) {
        memo = &set[0];
        for (unsigned i = 0; i < MEMO_SET && memo->key != 0; i++)
            if (set[i].key == 0 || set[i].last_ns < memo->last_ns)
                memo = &set[i];
        trw->counts.forgotten += memo->key != 0 && memos == &trw->contacts &&
                                 (memo->state == CONTACT_WAITS || memo->state == CONTACT_HALF);
        *memo = (struct memo){.key = key};
    }
    memo->last_ns = time_ns;
    return memo;
}

static bool is_fresh(const struct trw *trw, uint64_t key, int64_t time_ns)
{
    const struct memo *memo = memo_find(&trw->contacts, key);

    return memo != NULL && time_ns - memo->last_ns < HOUR_NS &&
           memo->last_ns - time_ns < HOUR_NS;
}

int trw_new(size_t max_sources, trait_fn sink, void *sink_ctx, struct trw **ret_trw,
            struct nj_err *err)
{
    struct trw *trw = calloc(1, sizeof(*trw));
    size_t sets = 1;

    if (trw == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for walks");
    while (sets < SETS_MAX && sets * 2 * MEMO_SET <= max_sources)
        sets *= 2;
    trw->sink = sink;
    trw->sink_ctx = sink_ctx;
    trw->sources.sets = sets;
    trw->contacts.sets = sets * CONTACTS_OF_SOURCE;
    trw->sources.places = calloc(trw->sources.sets * MEMO_SET, sizeof(struct memo));
    trw->contacts.places = calloc(trw->contacts.sets * MEMO_SET, sizeof(struct memo));
    trw->queue = calloc(QUEUE_MAX, sizeof(*trw->queue));
    if (trw->sources.places == NULL || trw->contacts.places == NULL || trw->queue == NULL) {
        trw_free(trw);
        return nj_fail(err, NJ_NOMEM, "no memory for walks");
    }
    *ret_trw = trw;
    return 0;
}

void trw_free(struct trw *trw)
{
    if (trw == NULL)
        return;
    free(trw->sources.places);
    free(trw->contacts.places);
    free(trw->queue);
    free(trw);
}

const struct trw_counts *trw_counts(const struct trw *trw)
{
    return &trw->counts;
}

/* ---- the walk -----------------------------------------------------------------------------
 */

enum outcome { ANSWERED, FAILED, FAILED_DARK };

static const int steps[] = {
    [ANSWERED] = -BITS_LIT, [FAILED] = BITS_LIT, [FAILED_DARK] = BITS_DARK};

static const char *const verdict_names[] = {
    [VERDICT_CLIENT] = "client", [VERDICT_UNDECIDED] = "undecided",
    [VERDICT_BENIGN] = "benign", [VERDICT_SCANNER] = "scanner",
    [VERDICT_OWN] = "own host",  [VERDICT_USER] = "user",
};

/* Who guesses is let in after many tries, who mistypes after few. */
static bool logged_in(const struct memo *source)
{
    return (source->logins & LOGINS_IN) != 0 && source->logins / LOGINS_OUT < LOGINS_GUESSES;
}

static enum verdict verdict_of(const struct memo *source)
{
    if (source->state == VERDICT_SCANNER || source->bits >= BITS_SCANNER)
        return VERDICT_SCANNER;
    if (source->state == VERDICT_OWN)
        return VERDICT_OWN;
    if (source->bits <= BITS_BENIGN)
        return logged_in(source) ? VERDICT_USER : VERDICT_BENIGN;
    if (source->bits < 0 && source->dark == 0)
        return logged_in(source) ? VERDICT_USER : VERDICT_CLIENT;
    return source->state == VERDICT_NONE ? VERDICT_NONE : VERDICT_UNDECIDED;
}

static int tell(struct trw *trw, const struct memo *source, struct addr src, uint32_t sensor,
                int64_t time_ns, struct nj_err *err)
{
    struct trait trait = {
        .time_ns = time_ns,
        .src = src,
        .sensor = sensor,
        .packets = source->answered + source->failed + source->dark,
        .bits = (float)abs(source->bits),
        .kind = "trw",
    };

    if (source->state == VERDICT_CLIENT && source->failed == 0)
        (void)snprintf(trait.value, sizeof(trait.value), "client; %u of our addresses answered",
                       source->answered);
    else
        (void)snprintf(trait.value, sizeof(trait.value), "%s; %u answered, %u failed, %u dark",
                       verdict_names[source->state], source->answered, source->failed,
                       source->dark);
    return trw->sink == NULL ? 0 : trw->sink(trw->sink_ctx, &trait, err);
}

static struct memo *source_of(struct trw *trw, struct addr src, uint32_t sensor,
                              int64_t time_ns)
{
    return memo_need(trw, &trw->sources, key_of(ABOUT_SOURCE, sensor, nobody, src, 0), time_ns);
}

/* Something has changed about it: tell a new verdict. */
static int reconsider(struct trw *trw, struct memo *source, struct addr src, uint32_t sensor,
                      int64_t time_ns, struct nj_err *err)
{
    enum verdict verdict = verdict_of(source);

    if (verdict == source->state)
        return 0;
    source->state = (uint8_t)verdict;
    return tell(trw, source, src, sensor, time_ns, err);
}

/* A walk is not to run so far that it could not come back: a benign source may begin to scan.
 */
static int step(struct trw *trw, struct addr src, uint32_t sensor, enum outcome outcome,
                int64_t time_ns, struct nj_err *err)
{
    struct memo *source = source_of(trw, src, sensor, time_ns);

    source->answered += outcome == ANSWERED;
    source->failed += outcome == FAILED;
    source->dark += outcome == FAILED_DARK;
    source->bits = (int16_t)(source->bits + steps[outcome]);
    if (source->bits > BITS_SCANNER + BITS_DARK)
        source->bits = BITS_SCANNER + BITS_DARK;
    if (source->bits < BITS_BENIGN - BITS_LIT)
        source->bits = BITS_BENIGN - BITS_LIT;
    return reconsider(trw, source, src, sensor, time_ns, err);
}

/* What passed between our `own` address and a source is over, with an outcome. */
static int judge(struct trw *trw, struct memo *contact, struct addr src,
                 const struct packet *packet, enum outcome outcome, struct nj_err *err)
{
    contact->state = CONTACT_OVER;
    return step(trw, src, packet->sensor, outcome, packet->time_ns, err);
}

/* ---- silence ------------------------------------------------------------------------------
 */

static bool is_open(const struct memo *contact)
{
    return contact->state == CONTACT_WAITS || contact->state == CONTACT_HALF ||
           contact->state == CONTACT_STRAY || contact->state == CONTACT_ACK;
}

/* The last ACK of a connection has no answer. Whoever has been answered here may have sent it.
 */
static bool never_answered(const struct trw *trw, const struct wait *wait)
{
    const struct memo *source =
        memo_find(&trw->sources, key_of(ABOUT_SOURCE, wait->sensor, nobody, wait->src, 0));

    return source == NULL || source->answered == 0;
}

/* Nobody answered in time: a failure, if an answer would have been seen and was to be expected.
 */
static int end_wait(struct trw *trw, const struct wait *wait, int64_t now_ns,
                    struct nj_err *err)
{
    struct memo *contact =
        memo_find(&trw->contacts, contact_key(wait->sensor, wait->own, wait->src));
    bool silent;

    if (contact == NULL || contact->port != wait->port)
        contact = memo_find(&trw->contacts,
                            further_key(wait->sensor, wait->own, wait->src, wait->port));
    if (contact == NULL || !is_open(contact))
        return 0;
    silent = contact->state != CONTACT_HALF &&
             (contact->state != CONTACT_ACK || never_answered(trw, wait));
    contact->state = CONTACT_OVER;
    if (!silent || now_ns < wait->time_ns ||
        is_fresh(trw, port_key(ABOUT_SERVICE, wait->sensor, wait->own, wait->proto, wait->port),
                 wait->time_ns) ||
        !is_fresh(trw, key_of(ABOUT_WAY_OUT, wait->sensor, nobody, nobody, 0), wait->time_ns))
        return 0;
    return step(trw, wait->src, wait->sensor, FAILED, now_ns, err);
}

static int end_waits(struct trw *trw, int64_t now_ns, struct nj_err *err)
{
    while (trw->waiting > 0) {
        struct wait *wait = &trw->queue[trw->first];

        /* an older file after a newer one: what waits has nothing to do with it */
        if (now_ns - wait->time_ns < WAIT_NS && wait->time_ns - now_ns < HOUR_NS)
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

/* ---- packets ------------------------------------------------------------------------------
 */

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
    struct memo *contact = memo_need(trw, &trw->contacts, key, packet->time_ns);
    enum contact_state stray = strays(packet);
    uint64_t service =
        port_key(ABOUT_SERVICE, packet->sensor, packet->dst, packet->proto, packet->dport);

    trw->counts.contacts++;
    contact->state = CONTACT_OVER;
    contact->port = packet->dport;
    if (dst == SENSOR_DARK) /* what a victim sends to forged addresses may look like an ACK */
        return judge(trw, contact, packet->src, packet,
                     stray == CONTACT_ACK ? FAILED : FAILED_DARK, err);
    if (packet->proto == PROTO_UDP && is_fresh(trw,
                                               port_key(ABOUT_OWN_PORT, packet->sensor,
                                                        packet->dst, PROTO_UDP, packet->dport),
                                               packet->time_ns))
        return 0;
    if (!packet->row) {
        await(trw, contact, packet, stray == CONTACT_OVER ? CONTACT_WAITS : stray);
        return 0;
    }
    if (packet->answered) {
        (void)memo_need(trw, &trw->contacts, service, packet->time_ns);
        /* the place of the contact may be the service's now; it was over */
        return step(trw, packet->src, packet->sensor, ANSWERED, packet->time_ns, err);
    }
    return is_fresh(trw, service, packet->time_ns)
               ? 0
               : judge(trw, contact, packet->src, packet, FAILED, err);
}

/* A further port of an address that the source has contacted already. That it is answered says
 * nothing new; that it is not, does. Who is known to scan needs no more places. */
static int open_further(struct trw *trw, const struct packet *packet, struct nj_err *err)
{
    struct memo *further;
    uint64_t key = further_key(packet->sensor, packet->dst, packet->src, packet->dport);
    const struct memo *source =
        memo_find(&trw->sources, key_of(ABOUT_SOURCE, packet->sensor, nobody, packet->src, 0));
    enum contact_state stray = strays(packet);

    if (packet->proto != PROTO_TCP || (!opens(packet) && stray == CONTACT_OVER) ||
        (source != NULL && source->state == VERDICT_SCANNER) ||
        memo_find(&trw->contacts, key) != NULL)
        return 0;
    further = memo_need(trw, &trw->contacts, key, packet->time_ns);
    if (!packet->row) {
        await(trw, further, packet, stray == CONTACT_OVER ? CONTACT_WAITS : stray);
        return 0;
    }
    further->state = CONTACT_OVER;
    key = port_key(ABOUT_SERVICE, packet->sensor, packet->dst, packet->proto, packet->dport);
    if (packet->answered || is_fresh(trw, key, packet->time_ns))
        return 0;
    return step(trw, packet->src, packet->sensor, FAILED, packet->time_ns, err);
}

/* Our host's answer on a further port of its. */
static int answer_further(struct trw *trw, const struct packet *packet, struct nj_err *err)
{
    struct memo *further;

    further = memo_find(&trw->contacts,
                        further_key(packet->sensor, packet->src, packet->dst, packet->sport));
    if (further == NULL || !is_open(further) ||
        (further->state == CONTACT_WAITS && (packet->tcp_flags & (TCP_SYN | TCP_RST)) == 0))
        return 0;
    if ((packet->tcp_flags & TCP_RST) != 0)
        return judge(trw, further, packet->dst, packet, FAILED, err);
    further->state = CONTACT_OVER;
    return 0;
}

/* What is remembered of the port of our address that a TCP packet goes to or comes from. */
static struct memo *contact_of_port(struct trw *trw, struct memo *contact, uint32_t sensor,
                                    struct addr own, struct addr other, uint16_t port)
{
    return contact->port == port
               ? contact
               : memo_find(&trw->contacts, further_key(sensor, own, other, port));
}

/* Somebody wants to be let in: the next words of our host may say whether he was. */
static void await_login(struct trw *trw, struct memo *contact, const struct packet *packet)
{
    struct memo *memo;

    if (packet->class != CLASS_CREDENTIAL || packet->proto != PROTO_TCP || packet->row ||
        !login_asks(packet->payload, packet->payload_length))
        return;
    memo =
        contact_of_port(trw, contact, packet->sensor, packet->dst, packet->src, packet->dport);
    if (memo != NULL)
        memo->logins = 1;
}

static int answer_login(struct trw *trw, struct memo *contact, const struct packet *packet,
                        struct nj_err *err)
{
    struct memo *source, *memo = contact_of_port(trw, contact, packet->sensor, packet->src,
                                                 packet->dst, packet->sport);
    enum login_answer answer;

    if (memo == NULL || memo->logins == 0)
        return 0;
    answer = login_answer(packet->payload, packet->payload_length);
    if (answer == LOGIN_UNTOLD)
        return 0;
    memo->logins = 0;
    source = source_of(trw, packet->dst, packet->sensor, packet->time_ns);
    if (answer == LOGIN_IN)
        source->logins |= LOGINS_IN;
    else if (source->logins / LOGINS_OUT < LOGINS_GUESSES)
        source->logins = (uint8_t)(source->logins + LOGINS_OUT);
    return reconsider(trw, source, packet->dst, packet->sensor, packet->time_ns, err);
}

static int add_in(struct trw *trw, const struct packet *packet, enum sensor_place dst,
                  struct nj_err *err)
{
    uint64_t key = contact_key(packet->sensor, packet->dst, packet->src);
    struct memo *contact = memo_find(&trw->contacts, key);

    if (contact == NULL || (contact->state == CONTACT_MID && opens(packet))) {
        if (!opens(packet) && strays(packet) == CONTACT_OVER)
            return 0;
        if (open_contact(trw, key, packet, dst, err) < 0)
            return -1;
        contact = memo_find(&trw->contacts, key);
        if (contact != NULL)
            await_login(trw, contact, packet);
        return 0;
    }
    contact->last_ns = packet->time_ns;
    await_login(trw, contact, packet);
    if (contact->state == CONTACT_MID) /* a client's words where our host has spoken before */
        return contact->port == packet->dport && strays(packet) == CONTACT_STRAY
                   ? judge(trw, contact, packet->src, packet, ANSWERED, err)
                   : 0;
    if (contact->state != CONTACT_OWN && contact->port != packet->dport && dst == SENSOR_LIT &&
        open_further(trw, packet, err) < 0)
        return -1;
    if (contact->state != CONTACT_HALF || packet->proto != PROTO_TCP ||
        (packet->tcp_flags & TCP_SYN) != 0)
        return 0;
    return judge(trw, contact, packet->src, packet,
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
    contact = memo_need(trw, &trw->contacts, key, packet->time_ns);
    contact->state = CONTACT_OWN;
    if (packet->proto == PROTO_TCP && !packet->row && (packet->tcp_flags & TCP_SYN) == 0) {
        contact->state = CONTACT_MID;
        contact->port = packet->sport;
    }
    if (packet->proto == PROTO_UDP)
        (void)memo_need(
            trw, &trw->contacts,
            port_key(ABOUT_OWN_PORT, packet->sensor, packet->src, PROTO_UDP, packet->sport),
            packet->time_ns);
}

static void note_service(struct trw *trw, const struct packet *packet)
{
    (void)memo_need(
        trw, &trw->contacts,
        port_key(ABOUT_SERVICE, packet->sensor, packet->src, packet->proto, packet->sport),
        packet->time_ns);
}

/* Our host's answer to what began in the middle: it knows of no such connection, or goes on. */
static int answer_stray(struct trw *trw, struct memo *contact, const struct packet *packet,
                        struct nj_err *err)
{
    if ((packet->tcp_flags & TCP_RST) != 0)
        return judge(trw, contact, packet->dst, packet, FAILED, err);
    if (contact->state == CONTACT_ACK) { /* who of both began is not known yet */
        contact->state = CONTACT_MID;
        return 0;
    }
    if (judge(trw, contact, packet->dst, packet, ANSWERED, err) < 0)
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
    uint64_t key = contact_key(packet->sensor, packet->src, packet->dst);
    struct memo *contact;

    (void)memo_need(trw, &trw->contacts,
                    key_of(ABOUT_WAY_OUT, packet->sensor, nobody, nobody, 0), packet->time_ns);
    if (packet->proto == PROTO_TCP &&
        (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
        note_service(trw, packet);
    contact = memo_find(&trw->contacts, key);
    if (contact == NULL) {
        begin_own(trw, key, packet);
        return 0;
    }
    contact->last_ns = packet->time_ns;
    if (packet->proto == PROTO_TCP && packet->payload_length > 0 &&
        answer_login(trw, contact, packet, err) < 0)
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
            return judge(trw, contact, packet->dst, packet, FAILED, err);
        if ((packet->tcp_flags & TCP_SYN) != 0)
            contact->state = (packet->tcp_flags & TCP_ACK) != 0 ? CONTACT_HALF : CONTACT_OWN;
        return 0;
    }
    if (is_icmp(packet) && !icmp_answer(packet))
        return packet->quoted_proto == 0
                   ? 0
                   : judge(trw, contact, packet->dst, packet, FAILED, err);
    if (is_icmp(packet)) { /* no service was used: what comes next counts */
        *contact = (struct memo){.key = 0};
        return 0;
    }
    if (judge(trw, contact, packet->dst, packet, ANSWERED, err) < 0)
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

    if (!packet->row && memo_find(&trw->contacts, contact_key(packet->sensor, packet->src,
                                                              packet->dst)) != NULL)
        return add_out(trw, packet, err);
    if (scans(packet)) {
        source = source_of(trw, packet->src, packet->sensor, packet->time_ns);
        if (source->state == VERDICT_NONE) {
            source->state = VERDICT_OWN;
            if (tell(trw, source, packet->src, packet->sensor, packet->time_ns, err) < 0)
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
