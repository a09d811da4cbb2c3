/* SPDX-License-Identifier: Apache-2.0 */
/* What the numbers of a walk are is two questions: which number a port has (view.h), and which
 * one an address (numbering.h). First all is taken as most scans have it: one port, the default
 * list, those of before and since 2024 being one for most telescopes. */
#include "order/search.h"

#include <math.h>
#include <stdlib.h>

#include "order/view.h"

#define NEAR_COST 3u /* narrow searches among far targets */
#define THOROUGH_COST 24u
#define GUESS_COST 2u
#define DEAR_GUESS_COST 4u  /* of more than 16 ports: logarithms modulo 2^40 + 15 */
#define SPREAD_ENOUGH 4096u /* targets spread so far: the first ten are close on any walk */

/* A numbering is looked at with its first targets only, unless they look like a walk. */
#define SCOUTS_FAR 6u
#define SCOUTS_NEAR 9u
/* In a group of 2^32; as many more as a group has more bits: a lattice makes any targets so
 * near to each other. */
#define SCOUT_BITS 8.0f

struct searcher {
    struct lattice_memory memory;
    struct nj_logs *logs[ZMAP_SIZES]; /* made when the first search needs them */
};

struct searcher *searcher_new(void)
{
    return calloc(1, sizeof(struct searcher));
}

void searcher_free(struct searcher *searcher)
{
    if (searcher == NULL)
        return;
    for (unsigned i = 0; i < ZMAP_SIZES; i++)
        nj_logs_free(searcher->logs[i]);
    free(searcher);
}

/* ---- one walk ---- */

struct attempt {
    const struct target_sample *sample;
    const struct view *view;
    struct nj_logs *logs;
    struct lattice_memory *memory;
    const struct zmap_size *size;
    struct numbering numbering;
    uint32_t residue; /* besides those of the view */
    enum walk_effort effort;
};

static void fill(const struct attempt *a, unsigned from, unsigned count, struct walk_point *ret)
{
    for (unsigned i = from; i < count; i++) {
        unsigned member = a->view->member[i];
        int64_t time_ns = a->sample->time_ns[member];

        ret[i] = (struct walk_point){
            .number = 1 + (numbering_index(&a->numbering, a->sample->dst[member])
                               << a->view->port_bits |
                           a->view->residue[i] | a->residue),
            .time_s = (double)(time_ns - a->sample->time_ns[0]) / 1e9,
        };
    }
}

/* @param charge  bits for the choice among such attempts */
static bool try_walk(const struct attempt *a, float charge, struct walk_point *points,
                     unsigned filled, struct search_found *ret)
{
    fill(a, filled, a->view->count, points);
    if (!walk_find(a->logs, a->memory, points, a->view->count, SEARCH_BITS + charge, a->effort,
                   &ret->walk))
        return false;
    ret->walk.bits -= charge;
    ret->size = a->size;
    ret->targets = a->view->count;
    ret->numbering = a->numbering;
    return true;
}

static bool scout(const struct attempt *a, float charge, struct search_found *ret)
{
    struct walk_point points[WALK_POINTS_MAX];
    bool far = a->effort == WALK_FAR;
    unsigned count = far ? SCOUTS_FAR : SCOUTS_NEAR;
    struct attempt all = *a;
    struct walk walk;

    if (count > a->view->count)
        return false;
    fill(a, 0, count, points);
    all.effort = far ? WALK_FAR : WALK_THOROUGH;
    return walk_find(a->logs, a->memory, points, count,
                     SCOUT_BITS + (a->size->bits > 32 ? a->size->bits - 32 : 0),
                     far ? WALK_FAR : WALK_LINE, &walk) &&
           try_walk(&all, charge, points, count, ret);
}

static int prepare(struct searcher *searcher, struct attempt *attempt, struct nj_err *err)
{
    const struct zmap_size *size =
        zmap_size_for(attempt->numbering.ip_bits + attempt->view->port_bits);
    struct nj_logs **logs;

    attempt->size = size;
    if (size == NULL)
        return 0;
    logs = &searcher->logs[size - zmap_sizes];
    if (*logs == NULL)
        *logs = nj_logs_new(size->group);
    if (*logs == NULL)
        return nj_fail(err, NJ_NOMEM, "tables of logarithms");
    attempt->logs = *logs;
    attempt->memory = &searcher->memory;
    return 1;
}

/* ---- the default lists ---- */

enum list { LIST_NEW, LIST_OLD, LIST_NONE, LISTS };

static const struct numbering lists[LISTS] = {
    [LIST_NEW] = {.ip_bits = 32, .block = ZMAP_BLOCK},
    [LIST_OLD] = {.ip_bits = 32, .block = ZMAP_BLOCK_OLD},
    [LIST_NONE] = {.ip_bits = 32},
};

/* Whether a list gives other numbers than the one before does. */
static bool says_other(const struct target_sample *sample, const struct view *view,
                       enum list list)
{
    for (unsigned i = 0; i < view->count; i++) {
        uint32_t dst = sample->dst[view->member[i]];

        if (numbering_index(&lists[list], dst) != numbering_index(&lists[list - 1], dst))
            return true;
    }
    return false;
}

static enum walk_effort usual_effort(const struct target_sample *sample,
                                     const struct view *view)
{
    struct numbering_piece piece = view_piece(sample, view);

    return piece.high - piece.low >= SPREAD_ENOUGH / 2 ? WALK_FAR : WALK_NEAR;
}

/* How a view of several ports is looked at: there are as many places as addresses and ports. */
static enum walk_effort pairs_effort(const struct target_sample *sample,
                                     const struct view *view)
{
    struct numbering_piece piece = view_piece(sample, view);

    return (piece.high - piece.low + UINT64_C(1)) * view->ports >= SPREAD_ENOUGH ? WALK_FAR
                                                                                 : WALK_NEAR;
}

/* The commonest port's targets are a residue class of the numbers: try which one. */
static int search_classes(struct searcher *searcher, const struct target_sample *sample,
                          const struct view *one, float charge, struct search_found *ret,
                          struct nj_err *err)
{
    struct walk_point points[WALK_POINTS_MAX];
    struct view view = *one;
    struct attempt attempt = {
        .sample = sample, .view = &view, .numbering = lists[LIST_NEW], .effort = WALK_NEAR};

    view.port_bits = view_port_bits(one->ports);
    if (view.count < WALK_POINTS_LEAST || !view_has_pairs(one))
        return 0;
    if (prepare(searcher, &attempt, err) < 0)
        return -1;
    for (; attempt.residue < one->ports; attempt.residue++)
        if (try_walk(&attempt, charge, points, 0, ret))
            return 1;
    return 0;
}

/* Some ports were not seen. */
static int search_guesses(struct searcher *searcher, const struct target_sample *sample,
                          float charge, struct search_found *ret, struct nj_err *err)
{
    const unsigned count = view_guesses(sample);

    for (unsigned i = 0; i < count; i++) {
        struct view view;
        struct attempt attempt = {
            .sample = sample, .view = &view, .numbering = lists[LIST_NEW]};

        if (!view_guess(sample, i, &view))
            continue;
        attempt.effort = pairs_effort(sample, &view);
        if (prepare(searcher, &attempt, err) < 0)
            return -1;
        if (scout(&attempt, charge, ret))
            return 1;
    }
    return 0;
}

/* Walks over pairs of address and port, today's block list. */
static int search_pairs(struct searcher *searcher, const struct target_sample *sample,
                        const struct view *one, struct search_found *ret, struct nj_err *err)
{
    const float charge = log2f((float)(one->ports + 1 + view_guesses(sample))) + log2f(LISTS);
    struct walk_point points[WALK_POINTS_MAX];
    struct view view;
    struct attempt attempt = {
        .sample = sample, .view = &view, .numbering = lists[LIST_NEW], .effort = WALK_NEAR};
    int rc;

    if (one->ports < 2)
        return 0;
    if (view_pairs(sample, one, &view)) {
        if (prepare(searcher, &attempt, err) < 0)
            return -1;
        if (try_walk(&attempt, charge, points, 0, ret))
            return 1;
    }
    rc = search_classes(searcher, sample, one, charge, ret, err);
    return rc != 0 ? rc : search_guesses(searcher, sample, charge, ret, err);
}

unsigned search_cost(const struct target_sample *sample, enum search_depth depth)
{
    struct view view;

    view_one_port(sample, &view);
    if (depth == SEARCH_NARROW)
        return usual_effort(sample, &view) == WALK_FAR ? 1 : NEAR_COST;
    if (view.ports < 2)
        return THOROUGH_COST;
    if (!view_has_pairs(&view))
        return THOROUGH_COST + view_guesses(sample) * DEAR_GUESS_COST;
    return 2 * THOROUGH_COST + view.ports * NEAR_COST + view_guesses(sample) * GUESS_COST;
}

int search_walk(struct searcher *searcher, const struct target_sample *sample,
                enum search_depth depth, struct search_found *ret, struct nj_err *err)
{
    struct walk_point points[WALK_POINTS_MAX];
    struct view view;
    struct attempt attempt = {.sample = sample, .view = &view};

    view_one_port(sample, &view);
    for (enum list list = LIST_NEW; view.count >= WALK_POINTS_LEAST &&
                                    list <= (depth == SEARCH_NARROW ? LIST_OLD : LIST_NONE);
         list++) {
        if (list > 0 && !says_other(sample, &view, list))
            continue;
        attempt.numbering = lists[list];
        attempt.effort = depth == SEARCH_THOROUGH && list != LIST_NONE
                             ? WALK_THOROUGH
                             : usual_effort(sample, &view);
        if (prepare(searcher, &attempt, err) < 0)
            return -1;
        if (try_walk(&attempt, log2f(LISTS), points, 0, ret))
            return 1;
    }
    return depth == SEARCH_NARROW ? 0 : search_pairs(searcher, sample, &view, ret, err);
}

/* ---- all other numberings ---- */

struct hunt {
    struct searcher *searcher;
    struct attempt attempt;
    struct view view;
    uint32_t *tries;
    struct search_found *ret;
};

/* @return 1: found; 0; -1 */
static int try_numbering(struct hunt *hunt, const struct numbering *numbering, float charge,
                         struct nj_err *err)
{
    int rc;

    hunt->attempt.numbering = *numbering;
    rc = prepare(hunt->searcher, &hunt->attempt, err);
    if (rc <= 0)
        return rc;
    --*hunt->tries;
    return scout(&hunt->attempt, charge, hunt->ret);
}

static int try_few(struct hunt *hunt, const struct numbering_memory *memory,
                   enum search_reach reach, struct nj_err *err)
{
    const struct numbering_piece piece = view_piece(hunt->attempt.sample, &hunt->view);
    struct numbering plausible[NUMBERINGS_PLAUSIBLE];
    unsigned count;
    int rc = 0;

    for (unsigned i = 0; i<memory->count && * hunt->tries> 0 && rc == 0; i++)
        if (numbering_fits(&memory->learned[i], piece))
            rc = try_numbering(hunt, &memory->learned[i], NUMBERINGS_PLAUSIBLE_BITS, err);
    if (reach == REACH_LEARNED || rc != 0)
        return rc;
    count = numbering_plausible(piece, plausible);
    for (unsigned i = 0; i<count && * hunt->tries> 0 && rc == 0; i++)
        rc = try_numbering(hunt, &plausible[i], NUMBERINGS_PLAUSIBLE_BITS + 1, err);
    return rc;
}

/* Where the last source left off, and at most once round. */
static int try_all(struct hunt *hunt, struct numbering_memory *memory, struct nj_err *err)
{
    const struct numbering_piece piece = view_piece(hunt->attempt.sample, &hunt->view);
    int rc = 0;

    for (uint32_t n = 0; n<NUMBERINGS && * hunt->tries> 0 && rc == 0; n++) {
        struct numbering numbering;

        if (numbering_enumerated(piece, memory->cursor, &numbering))
            rc = try_numbering(hunt, &numbering, NUMBERINGS_BITS, err);
        memory->cursor = (memory->cursor + 1) % NUMBERINGS;
    }
    return rc;
}

int search_numberings(struct searcher *searcher, const struct target_sample *sample,
                      struct numbering_memory *memory, enum search_reach reach, uint32_t *tries,
                      struct search_found *ret, struct nj_err *err)
{
    struct hunt hunt = {.searcher = searcher, .tries = tries, .ret = ret};
    struct view one, pairs;
    bool has = false;
    int rc = 0;

    view_one_port(sample, &one);
    has = view_pairs(sample, &one, &pairs);
    for (int i = has ? 0 : 1; i < 2 && rc == 0; i++) {
        hunt.view = i == 0 ? pairs : one;
        view_narrow(sample, &hunt.view);
        if (hunt.view.count < WALK_POINTS_LEAST)
            continue;
        hunt.attempt = (struct attempt){
            .sample = sample, .view = &hunt.view, .effort = usual_effort(sample, &hunt.view)};
        rc = try_few(&hunt, memory, reach, err);
        if (rc == 0 && reach == REACH_ALL && i == 1)
            rc = try_all(&hunt, memory, err);
    }
    if (rc > 0)
        numbering_learn(memory, &ret->numbering);
    return rc;
}
