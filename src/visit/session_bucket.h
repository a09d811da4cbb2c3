/* SPDX-License-Identifier: Apache-2.0 */
/* A bucket is one cache line:
 *
 *   tag       3 x 32  flow hash: 30 bits of the flow, 2 of the side
 *   seq       3 x 32  sequence number of the SYN, else 0
 *   meta      3 x 32  kind 2, answered 1, label 18, low bits of the position 11
 *   last_low  3 x 32  latest packet, microseconds, with last_high 40 bits
 *   delta     3 x 32  how long before it the latest SYN (SYN) or own packet (PLAIN) was
 *   last_high 3 x 8
 *   state     1 x 8   bit 0: the neighbour holds entries of this bucket ("spilled"); from
 *                     bit 1: the place to fill next, if its entry is old
 *
 * The position's low bits let the table double without knowing the packets again.
 *
 * Inside of visit/session.c only: how its entries are packed, and their times compared. */
#ifndef NJ_VISIT_SESSION_BUCKET_H
#define NJ_VISIT_SESSION_BUCKET_H

#include "visit/flow.h"
#include "visit/label.h"
#include "visit/session.h"

#define WAYS 3
/* A table has 2^10 pairs of buckets at least, which tell the other bits of a position. */
#define PAIR_BITS_MIN 10
#define US_MASK ((1ull << SESSION_US_BITS) - 1)
#define DELTA_MAX ((1u << SESSION_DELTA_BITS) - 1)

#define META_KIND 3u
#define META_ANSWERED 4u
#define META_LABEL_SHIFT 3
#define META_POSITION_SHIFT (META_LABEL_SHIFT + LABEL_BITS)
#define POSITION_LOW_BITS (FLOW_POSITION_BITS - PAIR_BITS_MIN)

_Static_assert(META_POSITION_SHIFT + POSITION_LOW_BITS == 32, "meta is 32 bits");

struct bucket {
    uint32_t tag[WAYS];
    uint32_t seq[WAYS];
    uint32_t meta[WAYS];
    uint32_t last_low[WAYS];
    uint32_t delta[WAYS];
    uint8_t last_high[WAYS];
    uint8_t state;
};

#define STATE_SPILLED 1u
#define STATE_TURN_SHIFT 1

_Static_assert(sizeof(struct bucket) == 64, "a bucket is one cache line");

/* A place in the table; bucket NULL is none. */
struct place {
    struct bucket *bucket;
    unsigned way;
};

static inline uint64_t low_us(int64_t time_us)
{
    return (uint64_t)time_us & US_MASK;
}

/* a - b, for 40-bit times less than six days apart */
static inline int64_t difference(uint64_t a_us, uint64_t b_us)
{
    return (int64_t)((a_us - b_us) << (64 - SESSION_US_BITS)) >> (64 - SESSION_US_BITS);
}

static inline bool is_near(uint64_t a_us, uint64_t b_us, int64_t limit_us)
{
    int64_t apart = difference(a_us, b_us);

    return apart < limit_us && apart > -limit_us;
}

static inline enum session_kind kind_of(struct place p)
{
    return p.bucket->meta[p.way] & META_KIND;
}

static inline uint32_t label_of(struct place p)
{
    return p.bucket->meta[p.way] >> META_LABEL_SHIFT & (LABELS_MAX - 1);
}

static inline uint64_t last_of(struct place p)
{
    return (uint64_t)p.bucket->last_high[p.way] << 32 | p.bucket->last_low[p.way];
}

static inline void set_last(struct place p, uint64_t last_us)
{
    p.bucket->last_low[p.way] = (uint32_t)last_us;
    p.bucket->last_high[p.way] = (uint8_t)(last_us >> 32);
}

/* The mark is the time that decides on a new session: of the latest SYN, or of the latest
 * packet from the session's own side. */
static inline bool mark_is_near(struct place p, uint64_t now_us, int64_t limit_us)
{
    return is_near(now_us, last_of(p) - p.bucket->delta[p.way], limit_us);
}

/* A packet at now_us that leaves the mark alone. */
static inline void touch(struct place p, uint64_t now_us)
{
    int64_t later = difference(now_us, last_of(p));

    if (later <= 0)
        return;
    set_last(p, now_us);
    later += p.bucket->delta[p.way];
    p.bucket->delta[p.way] = later > DELTA_MAX ? DELTA_MAX : (uint32_t)later;
}

/* A packet at now_us that moves the mark. */
static inline void touch_mark(struct place p, uint64_t now_us)
{
    int64_t behind;

    touch(p, now_us);
    behind = difference(last_of(p), now_us);
    if (behind < p.bucket->delta[p.way])
        p.bucket->delta[p.way] = (uint32_t)behind;
}

static inline void fill(struct place p, const struct session_record *record)
{
    p.bucket->tag[p.way] = record->tag;
    p.bucket->seq[p.way] = record->seq;
    p.bucket->meta[p.way] = (uint32_t)record->kind | (record->answered ? META_ANSWERED : 0) |
                            record->label << META_LABEL_SHIFT |
                            record->position << META_POSITION_SHIFT;
    p.bucket->delta[p.way] = record->delta_us;
    set_last(p, record->last_us);
}

/* How far an entry is from a time; more than any for no entry. */
static inline uint64_t distance(const struct bucket *bucket, unsigned way, uint64_t now_us)
{
    uint64_t last = (uint64_t)bucket->last_high[way] << 32 | bucket->last_low[way];
    int64_t apart = difference(now_us, last);
    uint64_t far = (uint64_t)(apart < 0 ? -apart : apart);

    return (bucket->meta[way] & META_KIND) == SESSION_NONE ? UINT64_MAX : far;
}

#endif
