/* SPDX-License-Identifier: Apache-2.0 */
/* The linker's steps, in the order in which they are read. Positions in its tables are keyed by
 * a secret of the process; nothing that comes out depends on them. */
#include "link/linker.h"

#include <stdlib.h>
#include <sys/random.h>

#include "link/linker_state.h"

#define EPISODES_MIN 1024u
#define VALUES_PER_EPISODE 6u
#define WORTH_ANOTHER_LOOK 0.02

int linker_new(const struct linker_options *options, struct linker **ret_linker,
               struct nj_err *err)
{
    struct linker *l = calloc(1, sizeof(*l));
    uint64_t secret = 0;

    if (l == NULL)
        return nj_fail(err, NJ_NOMEM, "linker");
    if (getrandom(&secret, sizeof(secret), GRND_NONBLOCK) < 0)
        secret = (uintptr_t)l; /* early in the boot: still unlike that of other runs */
    l->options = *options;
    if (l->options.max_episodes < EPISODES_MIN)
        l->options.max_episodes = EPISODES_MIN;
    if (l->options.max_episodes > UINT32_MAX / 16)
        l->options.max_episodes = UINT32_MAX / 16;

    uint32_t max = (uint32_t)l->options.max_episodes;

    l->free = l->oldest = l->newest = LINK_NONE;
    l->next_link = 1;
    likeness_init(&l->likeness);
    acceptance_init(&l->acceptance);
    link_pairs_init(&l->pairs, max / 2);
    if (link_map_init(&l->by_id, secret, err) < 0 ||
        link_map_init(&l->by_source, secret, err) < 0 ||
        background_init(&l->background, max * VALUES_PER_EPISODE, secret, err) < 0 ||
        candidates_init(&l->candidates, secret, err) < 0 ||
        actors_init(&l->actors, max, secret, err) < 0) {
        linker_free(l);
        return -1;
    }
    *ret_linker = l;
    return 0;
}

void linker_free(struct linker *l)
{
    if (l == NULL)
        return;
    link_map_done(&l->by_id);
    link_map_done(&l->by_source);
    background_done(&l->background);
    candidates_done(&l->candidates);
    link_pairs_done(&l->pairs);
    actors_done(&l->actors);
    for (uint32_t i = 0; i < l->made; i++)
        free(l->digests[i].ports);
    free(l->digests);
    free(l->change);
    free(l->seen);
    free(l->dirty.list);
    free(l->touched.list);
    free(l->changed.list);
    free(l);
}

int linker_episode(struct linker *l, enum episode_change change, const struct episode *episode,
                   struct nj_err *err)
{
    return remember_episode(l, change, episode, err);
}

/* An empty list may have no memory. */
void numbers_sort(struct linker *l, struct numbers *numbers,
                  int (*order)(const void *, const void *, void *))
{
    if (numbers->count > 1)
        qsort_r(numbers->list, numbers->count, sizeof(*numbers->list), order, l);
}

static int by_id(const void *x, const void *y, void *ctx)
{
    const struct linker *l = ctx;
    uint64_t a = l->digests[*(const uint32_t *)x].id, b = l->digests[*(const uint32_t *)y].id;

    return a < b ? -1 : a > b;
}

static int look_at_dirty(struct linker *l, struct nj_err *err)
{
    numbers_sort(l, &l->dirty, by_id);
    for (size_t i = 0; i < l->dirty.count; i++)
        if (remember_settle(l, l->dirty.list[i], err) < 0)
            return -1;
    for (size_t i = 0; i < l->dirty.count; i++) {
        uint32_t number = l->dirty.list[i];

        if (partner_look(l, number, l->change[number], err) < 0)
            return -1;
        l->change[number] = 0;
        l->digests[number].dirty = false;
    }
    l->dirty.count = 0;
    return 0;
}

/* What is usual has become known better, too: for what was stated, and for what nearly was. */
static int touch_stated(struct linker *l, struct nj_err *err)
{
    for (uint32_t i = 0; i < l->pairs.made; i++) {
        const struct pair *p = &l->pairs.list[i];

        if (p->used && (p->state != PAIR_SILENT || p->probability >= WORTH_ANOTHER_LOOK) &&
            partner_weigh(l, i, err) < 0)
            return -1;
    }
    return 0;
}

/* Stops of rare set-ups that were hops as likely as not, or more; as far as they can't be
 * copies, which are likely for the same reasons. */
static void count_likely(struct linker *l)
{
    double no_copy = copy_free(l);

    l->rare_likely = 0;
    for (uint32_t i = 0; i < l->pairs.made; i++) {
        struct pair *p = &l->pairs.list[i];

        p->likely = 0;
        if (p->used && p->state == PAIR_TENTATIVE && p->kind == LINK_SUCCESSION &&
            p->hop == HOP_FIRST && !p->refuted && l->digests[p->a].rare &&
            l->digests[p->a].ceased_us != 0)
            p->likely = no_copy * p->probability;
        l->rare_likely += p->likely;
    }
}

/* Ids are given in the order of decision: heaviest first within a step. */
static void give_ids(struct linker *l)
{
    for (size_t i = 0; i < l->changed.count; i++) {
        struct pair *p = &l->pairs.list[l->changed.list[i]];

        if (p->link == 0) {
            p->link = l->next_link++;
            p->first_stated_us = l->now_us;
        }
        p->stated_us = l->now_us;
    }
}

static int by_link(const void *x, const void *y, void *ctx)
{
    const struct linker *l = ctx;
    uint64_t a = l->pairs.list[*(const uint32_t *)x].link;
    uint64_t b = l->pairs.list[*(const uint32_t *)y].link;

    return a < b ? -1 : a > b;
}

static int state_links(struct linker *l, const struct linker_sink *sink, struct nj_err *err)
{
    struct link link;

    give_ids(l);
    numbers_sort(l, &l->changed, by_link);
    for (size_t i = 0; i < l->changed.count; i++) {
        uint32_t number = l->changed.list[i];
        struct pair *p = &l->pairs.list[number];

        explain_pair(l, p, &link);
        if (p->stated_state != 0)
            l->counts.links[p->stated_state - 1]--;
        p->stated_state = (uint8_t)(link.state + 1);
        l->counts.links[link.state]++;
        p->stated_probability = p->probability;
        p->changed = false;
        if (sink->link != NULL && sink->link(sink->ctx, &link, err) < 0)
            return -1;
        if (p->refuted)
            pair_drop(l, number);
    }
    l->changed.count = 0;
    for (uint32_t i = 0; i < l->actors.change_count; i++)
        if (sink->actor != NULL && sink->actor(sink->ctx, &l->actors.changes[i], err) < 0)
            return -1;
    l->actors.change_count = 0;
    return 0;
}

/* Plans are not looked for before it is known what is usual; those of that time are then. */
static int come_of_age(struct linker *l, struct nj_err *err)
{
    if (l->of_age || background_total(&l->background, VALUE_SET, l->now_us) < PARALLEL_SOURCES)
        return 0;
    l->of_age = true;
    for (uint32_t i = 0; i < l->made; i++)
        if (l->digests[i].used && l->digests[i].previous == LINK_NONE &&
            remember_look_again(l, i, err) < 0)
            return -1;
    return 0;
}

int linker_step(struct linker *l, int64_t now_us, const struct linker_sink *sink,
                struct nj_err *err)
{
    l->now_us = now_us;
    background_tick(&l->background, now_us);
    if (acceptance_is_due(&l->acceptance, now_us)) {
        decoy_review(l);
        acceptance_freeze(&l->acceptance, l->options.fdr, now_us);
        copy_count(l);
        count_likely(l);
        if (touch_stated(l, err) < 0)
            return -1;
    }
    if (come_of_age(l, err) < 0 || look_at_dirty(l, err) < 0 || decide_touched(l, err) < 0 ||
        state_links(l, sink, err) < 0)
        return -1;
    return remember_expire(l, err);
}

const struct linker_counts *linker_counts(const struct linker *l)
{
    struct linker_counts *counts = &((struct linker *)(uintptr_t)l)->counts;

    counts->actors = l->actors.living;
    counts->members_evicted = l->actors.evicted;
    counts->joins_refused = l->actors.refused;
    return counts;
}

void linker_fdr(const struct linker *l, struct linker_fdr *ret)
{
    acceptance_tell(&l->acceptance, ret);
}
