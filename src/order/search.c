/* SPDX-License-Identifier: Apache-2.0 */
/* A scan of one port walks the addresses. One of several ports walks pairs of address and port
 * (since 4.0): the targets of one of its ports are still a part of that walk, as one residue
 * class of the numbers; which one is tried, since the order of the ports is the user's.
 *
 * Block lists move the addresses: today's default one, that until 2024 (4096 addresses at a
 * time), and none. For most telescopes the first two are one. */
#include "order/search.h"

#include <math.h>
#include <stdlib.h>

#define PORTS_MAX 16u
#define NEAR_COST 3u /* narrow searches among far targets */
#define THOROUGH_COST 24u
#define SPREAD_ENOUGH 4096u /* targets spread so far: the first ten are close on any walk */

struct searcher {
    struct nj_logs *logs[ZMAP_SPACES]; /* made when the first search needs them */
};

struct searcher *searcher_new(void)
{
    return calloc(1, sizeof(struct searcher));
}

void searcher_free(struct searcher *searcher)
{
    if (searcher == NULL)
        return;
    for (unsigned i = 0; i < ZMAP_SPACES; i++)
        nj_logs_free(searcher->logs[i]);
    free(searcher);
}

/* The targets of one port, and how many ports there are. */
struct choice {
    unsigned count, ports;
    unsigned member[WALK_POINTS_MAX];
};

static void choose(const struct target_sample *sample, struct choice *ret)
{
    uint16_t ports[ORDER_TARGETS], best = 0;
    unsigned counts[ORDER_TARGETS] = {0}, most = 0;

    *ret = (struct choice){.count = 0};
    for (unsigned i = 0; i < sample->count; i++) {
        unsigned k = 0;

        while (k < ret->ports && ports[k] != sample->port[i])
            k++;
        if (k == ret->ports)
            ports[ret->ports++] = sample->port[i];
        if (++counts[k] > most) {
            most = counts[k];
            best = sample->port[i];
        }
    }
    for (unsigned i = 0; i < sample->count && ret->count < WALK_POINTS_MAX; i++)
        if (sample->port[i] == best)
            ret->member[ret->count++] = i;
}

enum list { LIST_NEW, LIST_OLD, LIST_NONE, LISTS };

static uint32_t index_of(uint32_t dst, enum list list)
{
    return list == LIST_NONE  ? dst
           : list == LIST_OLD ? zmap_index(dst, ZMAP_BLOCK_OLD)
                              : zmap_index(dst, ZMAP_BLOCK);
}

/* Whether a list gives other differences than the one before does: logarithms would differ. */
static bool says_other(const struct target_sample *sample, const struct choice *choice,
                       enum list list)
{
    for (unsigned i = 0; i < choice->count; i++) {
        uint32_t dst = sample->dst[choice->member[i]];

        if (index_of(dst, list) != index_of(dst, list - 1))
            return true;
    }
    return false;
}

static bool is_spread(const struct target_sample *sample)
{
    for (unsigned i = 1; i < sample->count; i++)
        if ((sample->dst[i] > sample->dst[0]
                 ? sample->dst[i] - sample->dst[0]
                 : sample->dst[0] - sample->dst[i]) >= SPREAD_ENOUGH / 2)
            return true;
    return false;
}

struct attempt {
    const struct target_sample *sample;
    const struct choice *choice;
    const struct nj_logs *logs;
    const struct zmap_space *space;
    enum list list;
    uint32_t residue; /* the port's number */
    enum walk_effort effort;
};

static bool try_walk(const struct attempt *a, float bits, struct search_found *ret)
{
    struct walk_point points[WALK_POINTS_MAX];

    for (unsigned i = 0; i < a->choice->count; i++) {
        unsigned member = a->choice->member[i];
        uint64_t number = (uint64_t)index_of(a->sample->dst[member], a->list)
                              << a->space->port_bits |
                          a->residue;

        points[i] = (struct walk_point){
            .log = nj_log(a->logs, number + 1),
            .time_s = (double)(a->sample->time_ns[member] - a->sample->time_ns[0]) / 1e9,
        };
    }
    if (!walk_find(nj_logs_group(a->logs), points, a->choice->count, bits, a->effort,
                   &ret->walk))
        return false;
    ret->space = a->space;
    ret->targets = a->choice->count;
    return true;
}

static int prepare(struct searcher *searcher, unsigned space, struct attempt *attempt,
                   struct nj_err *err)
{
    if (searcher->logs[space] == NULL)
        searcher->logs[space] = nj_logs_new(zmap_spaces[space].group);
    if (searcher->logs[space] == NULL)
        return nj_fail(err, NJ_NOMEM, "tables of logarithms");
    attempt->logs = searcher->logs[space];
    attempt->space = &zmap_spaces[space];
    return 0;
}

/* Walks over pairs of address and port, today's block list. */
static int search_pairs(struct searcher *searcher, struct attempt *attempt,
                        struct search_found *ret, struct nj_err *err)
{
    unsigned ports = attempt->choice->ports, space = 1;

    while (1u << space < ports)
        space++;
    if (prepare(searcher, space, attempt, err) < 0)
        return -1;
    attempt->list = LIST_NEW;
    attempt->effort = WALK_NEAR;
    for (attempt->residue = 0; attempt->residue < ports; attempt->residue++)
        if (try_walk(attempt, SEARCH_BITS + log2f((float)ports), ret)) {
            ret->walk.bits -= log2f((float)ports);
            return 1;
        }
    return 0;
}

static bool has_pairs(const struct choice *choice)
{
    return choice->ports >= 2 && choice->ports <= PORTS_MAX;
}

unsigned search_cost(const struct target_sample *sample, enum search_depth depth)
{
    struct choice choice;

    if (depth == SEARCH_NARROW)
        return is_spread(sample) ? 1 : NEAR_COST;
    choose(sample, &choice);
    return has_pairs(&choice) ? THOROUGH_COST + choice.ports * NEAR_COST : THOROUGH_COST;
}

int search_walk(struct searcher *searcher, const struct target_sample *sample,
                enum search_depth depth, struct search_found *ret, struct nj_err *err)
{
    struct choice choice;
    struct attempt attempt = {.sample = sample, .choice = &choice};
    float lists = log2f(LISTS);

    choose(sample, &choice);
    if (choice.count < WALK_POINTS_LEAST)
        return 0;
    if (prepare(searcher, 0, &attempt, err) < 0)
        return -1;
    for (; attempt.list <= (depth == SEARCH_NARROW ? LIST_OLD : LIST_NONE); attempt.list++) {
        if (attempt.list > 0 && !says_other(sample, &choice, attempt.list))
            continue;
        attempt.effort = depth == SEARCH_THOROUGH && attempt.list == LIST_NEW ? WALK_THOROUGH
                         : is_spread(sample)                                  ? WALK_FAR
                                                                              : WALK_NEAR;
        if (try_walk(&attempt, SEARCH_BITS + lists, ret)) {
            ret->walk.bits -= lists;
            return 1;
        }
    }
    if (depth == SEARCH_NARROW || !has_pairs(&choice))
        return 0;
    return search_pairs(searcher, &attempt, ret, err);
}
