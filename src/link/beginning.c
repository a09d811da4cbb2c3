/* SPDX-License-Identifier: Apache-2.0 */
/* How a source begins. Who sends in bursts has several short episodes at first, until his
 * pauses are known, and the first of them shows next to nothing of what he does. As a successor
 * he is judged by the one that tells most, and began when the first of them did. The parts of a
 * plan begin together when their sources come to work, not in one of a hundred bursts. */
#include "link/linker_state.h"

#define BEGINNING_US DAY_US       /* a dynamic address may be another's on the next day */
#define EPISODES_MAX 64           /* in a day; more are no bursts */
#define RUN_PAUSE_US (3 * DAY_US) /* a weekend */

/* One program, as far as one can see. */
static bool goes_with(const struct digest *first, const struct digest *later)
{
    if (first->tool_key != 0 && later->tool_key != first->tool_key)
        return false;
    return first->instances[0] == 0 || digest_share_instance(first, later);
}

uint32_t beginning_of(const struct linker *l, uint32_t number)
{
    const struct digest *d = &l->digests[number];
    uint32_t first = number;

    for (unsigned i = 0; i < EPISODES_MAX && !l->digests[first].newcomer; i++) {
        first = l->digests[first].previous;
        if (first == LINK_NONE)
            return LINK_NONE;
    }

    const struct digest *f = &l->digests[first];

    return f->newcomer && d->start_us - f->first_us <= BEGINNING_US && goes_with(f, d)
               ? first
               : LINK_NONE;
}

uint32_t beginning_next(const struct linker *l, uint32_t first, uint32_t number)
{
    const struct digest *f = &l->digests[first];
    uint32_t next = l->digests[number].next;

    for (unsigned i = 0; i < EPISODES_MAX && next != LINK_NONE; i++) {
        if (l->digests[next].start_us - f->first_us > BEGINNING_US)
            break;
        if (goes_with(f, &l->digests[next]))
            return next;
        next = l->digests[next].next;
    }
    return LINK_NONE;
}

const struct digest *beginning_told(const struct linker *l, const struct digest *first)
{
    const struct digest *most = first;
    uint32_t number = (uint32_t)(first - l->digests), next = number;

    if (!first->newcomer)
        return first;
    for (unsigned i = 0; i < EPISODES_MAX; i++) {
        next = beginning_next(l, number, next);
        if (next == LINK_NONE)
            break;
        if (l->digests[next].sessions > most->sessions && l->digests[next].set != 0)
            most = &l->digests[next];
    }
    return most;
}

/* Its source has worked with one tool since then, with pauses. */
static int64_t begin_of_run(const struct linker *l, const struct digest *d)
{
    for (unsigned i = 0; i < EPISODES_MAX && d->previous != LINK_NONE; i++) {
        const struct digest *before = &l->digests[d->previous];

        if (d->first_us - before->last_us > RUN_PAUSE_US || before->tool_key != d->tool_key)
            break;
        d = before;
    }
    return d->first_us;
}

int64_t beginning_apart(const struct linker *l, const struct digest *a, const struct digest *b)
{
    return begin_of_run(l, b) - begin_of_run(l, a);
}
