/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered for the walks (trw_state.h), and the step that an outcome takes. */
#include <stdlib.h>
#include <xxhash.h>

#include "classify/trw_state.h"

#define BITS_LIT 2 /* these two: trw.h */
#define BITS_DARK 6
#define BITS_SCANNER 17  /* log2(0.99 / 1e-5) is 16.6 */
#define BITS_BENIGN (-7) /* log2(0.01) is -6.6 */

#define CONTACTS_OF_SOURCE 4
/* Fixed: who stays in a full set must not depend on chance. */
#define SEED UINT64_C(0x7e57ed0fa1a1ca11)

static uint64_t trw_key(enum about about, uint32_t sensor, struct addr own, struct addr other,
                        uint32_t proto_port)
{
    uint64_t words[6] = {
        (uint64_t)about << 32 | sensor, own.hi, own.lo, other.hi, other.lo, proto_port};

    return XXH3_64bits_withSeed(words, sizeof(words), SEED) | 1; /* 0: nobody */
}

static const struct addr nobody = {.hi = 0, .lo = 0};

uint64_t trw_source_key(uint32_t sensor, struct addr src)
{
    return trw_key(ABOUT_SOURCE, sensor, nobody, src, 0);
}

uint64_t trw_way_out_key(uint32_t sensor)
{
    return trw_key(ABOUT_WAY_OUT, sensor, nobody, nobody, 0);
}

uint64_t trw_contact_key(uint32_t sensor, struct addr own, struct addr other)
{
    return trw_key(ABOUT_CONTACT, sensor, own, other, 0);
}

uint64_t trw_further_key(uint32_t sensor, struct addr own, struct addr other, uint16_t port)
{
    return trw_key(ABOUT_FURTHER_PORT, sensor, own, other, port);
}

uint64_t trw_port_key(enum about about, uint32_t sensor, struct addr own, uint8_t proto,
                      uint16_t port)
{
    return trw_key(about, sensor, own, nobody, (uint32_t)proto << 16 | port);
}

/* ---- places ---- */

static struct memo *set_of(const struct memos *memos, uint64_t key)
{
    return &memos->places[((size_t)(key >> 20) & (memos->sets - 1)) * MEMO_SET];
}

struct memo *trw_find(const struct memos *memos, uint64_t key)
{
    struct memo *set = set_of(memos, key);

    for (unsigned i = 0; i < MEMO_SET; i++)
        if (set[i].key == key)
            return &set[i];
    return NULL;
}

/* The one with the key, made if there is none. */
struct memo *trw_need(struct trw *trw, struct memos *memos, uint64_t key, int64_t time_ns)
{
    struct memo *memo = trw_find(memos, key), *set = set_of(memos, key);

    if (memo == NULL) {
        memo = &set[0];
        for (unsigned i = 0; i < MEMO_SET && memo->key != 0; i++)
            if (set[i].key == 0 || set[i].last_ns < memo->last_ns)
                memo = &set[i];
        trw->counts.forgotten += memo->key != 0 && memos == &trw->contacts && trw_is_open(memo);
        *memo = (struct memo){.key = key};
    }
    memo->last_ns = time_ns;
    return memo;
}

bool trw_is_fresh(const struct trw *trw, uint64_t key, int64_t time_ns)
{
    const struct memo *memo = trw_find(&trw->contacts, key);

    return memo != NULL && time_ns - memo->last_ns < TRW_HOUR_NS &&
           memo->last_ns - time_ns < TRW_HOUR_NS;
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

/* ---- the walk ---- */

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

int trw_tell(struct trw *trw, const struct memo *source, struct addr src, uint32_t sensor,
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

struct memo *trw_source(struct trw *trw, struct addr src, uint32_t sensor, int64_t time_ns)
{
    return trw_need(trw, &trw->sources, trw_source_key(sensor, src), time_ns);
}

/* Something has changed about it: tell a new verdict. */
int trw_reconsider(struct trw *trw, struct memo *source, struct addr src, uint32_t sensor,
                   int64_t time_ns, struct nj_err *err)
{
    enum verdict verdict = verdict_of(source);

    if (verdict == source->state)
        return 0;
    source->state = (uint8_t)verdict;
    return trw_tell(trw, source, src, sensor, time_ns, err);
}

/* A walk is not to run so far that it could not come back: a benign source may
 * begin to scan. */
int trw_step(struct trw *trw, struct addr src, uint32_t sensor, enum outcome outcome,
             int64_t time_ns, struct nj_err *err)
{
    struct memo *source = trw_source(trw, src, sensor, time_ns);

    source->answered += outcome == ANSWERED;
    source->failed += outcome == FAILED;
    source->dark += outcome == FAILED_DARK;
    source->bits = (int16_t)(source->bits + steps[outcome]);
    if (source->bits > BITS_SCANNER + BITS_DARK)
        source->bits = BITS_SCANNER + BITS_DARK;
    if (source->bits < BITS_BENIGN - BITS_LIT)
        source->bits = BITS_BENIGN - BITS_LIT;
    return trw_reconsider(trw, source, src, sensor, time_ns, err);
}

/* What passed between our `own` address and a source is over, with an outcome. */
int trw_judge(struct trw *trw, struct memo *contact, struct addr src,
              const struct packet *packet, enum outcome outcome, struct nj_err *err)
{
    contact->state = CONTACT_OVER;
    return trw_step(trw, src, packet->sensor, outcome, packet->time_ns, err);
}
