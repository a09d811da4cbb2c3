/* SPDX-License-Identifier: Apache-2.0 */
/* Saving and loading of walks, places included, so that the same ones make room later on. */
#include <string.h>

#include "base/saved.h"
#include "classify/trw_state.h"

#define MAGIC "NJTRW\0\0\1"

#define STATE_BITS 4 /* logins stand above them */

static void walk_memo(struct nj_saved *saved, struct memo *memo, uint8_t states)
{
    uint16_t bits = (uint16_t)memo->bits;
    uint8_t state = (uint8_t)(memo->state | memo->logins << STATE_BITS);

    nj_saved_u64(saved, &memo->key);
    nj_saved_i64(saved, &memo->last_ns);
    nj_saved_u32(saved, &memo->answered);
    nj_saved_u32(saved, &memo->failed);
    nj_saved_u32(saved, &memo->dark);
    nj_saved_u16(saved, &bits);
    nj_saved_u8(saved, &state);
    memo->state = state & ((1u << STATE_BITS) - 1);
    memo->logins = state >> STATE_BITS & 7;
    memo->bits = (int16_t)bits;
    nj_saved_check(saved, memo->key != 0 && memo->state < states && memo->bits > -64 &&
                              memo->bits < 64);
}

/* Loading into a smaller table keeps what falls on free places. */
static void walk_memos(struct nj_saved *saved, struct memos *memos, uint8_t states)
{
    size_t places = memos == NULL ? 0 : memos->sets * MEMO_SET;
    uint32_t count = 0;

    for (size_t i = 0; i < places; i++)
        count += memos->places[i].key != 0;
    nj_saved_u32(saved, &count);
    for (size_t i = 0; i < places && !nj_saved_reading(saved); i++) {
        uint8_t place = (uint8_t)(i % MEMO_SET);

        if (memos->places[i].key == 0)
            continue;
        nj_saved_u8(saved, &place);
        walk_memo(saved, &memos->places[i], states);
    }
    for (uint32_t n = 0; nj_saved_reading(saved) && n < count && !nj_saved_bad(saved); n++) {
        struct memo one = {.key = 0};
        uint8_t place = 0;

        nj_saved_u8(saved, &place);
        walk_memo(saved, &one, states);
        nj_saved_check(saved, place < MEMO_SET);
        if (!nj_saved_bad(saved) && memos != NULL)
            memos->places[((size_t)(one.key >> 20) & (memos->sets - 1)) * MEMO_SET + place] =
                one;
    }
}

static void walk_queue(struct nj_saved *saved, struct trw *trw)
{
    uint32_t count = trw == NULL ? 0 : trw->waiting;

    nj_saved_u32(saved, &count);
    nj_saved_check(saved, count <= QUEUE_MAX);
    for (uint32_t i = 0; i < count && !nj_saved_bad(saved); i++) {
        struct wait none = {.port = 0};
        struct wait *wait = trw == NULL ? &none : &trw->queue[(trw->first + i) % QUEUE_MAX];

        nj_saved_u64(saved, &wait->src.hi);
        nj_saved_u64(saved, &wait->src.lo);
        nj_saved_u64(saved, &wait->own.hi);
        nj_saved_u64(saved, &wait->own.lo);
        nj_saved_i64(saved, &wait->time_ns);
        nj_saved_u32(saved, &wait->sensor);
        nj_saved_u16(saved, &wait->port);
        nj_saved_u8(saved, &wait->proto);
    }
    if (nj_saved_reading(saved) && trw != NULL)
        trw->waiting = nj_saved_bad(saved) ? 0 : count;
}

static int walk(struct nj_saved *saved, void *state, struct nj_err *err)
{
    struct trw *trw = *(struct trw **)state;

    (void)err;
    walk_memos(saved, trw == NULL ? NULL : &trw->sources, VERDICT_COUNT);
    walk_memos(saved, trw == NULL ? NULL : &trw->contacts, CONTACT_STATES);
    walk_queue(saved, trw);
    return 0;
}

int trw_save(struct trw *trw, FILE *out, struct nj_err *err)
{
    return nj_saved_write(out, MAGIC, NULL, walk, &trw, err);
}

int trw_load(struct trw *trw, FILE *in, struct nj_err *err)
{
    int rc = nj_saved_read(in, MAGIC, NULL, walk, &trw, err);

    if (rc < 0 && trw != NULL) {
        memset(trw->sources.places, 0, trw->sources.sets * MEMO_SET * sizeof(struct memo));
        memset(trw->contacts.places, 0, trw->contacts.sets * MEMO_SET * sizeof(struct memo));
        trw->waiting = 0;
    }
    return rc;
}
