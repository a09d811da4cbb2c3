/* SPDX-License-Identifier: Apache-2.0 */
/* Sources that are looked into: room for their packets, and when what is looked for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relation/state.h"

#define FEW 48u         /* packets with which sums, steps and halves are looked for first */
#define PART_LEAST 32u  /* packets of a part of a mixture */
#define PARTS_MAX 6u    /* of one kind that are looked into */
#define GROUPS_MAX 8u   /* more of them are one program's that draws its window anew */
#define SPORTS_NEAR 16u /* source ports so near to each other are one program's */
#define PART_SHARE 0.1  /* of the packets: fewer that obey a known family are no mixture */
#define PART_BITS 40.0f

struct lent *lent_begin(struct relations *r, const struct light *light)
{
    const struct lent *leaver = roster_leaver(r->lent);
    struct lent *lent;

    r->counts.evicted += leaver != NULL && leaver->state == LENT_LOOKING;
    lent = roster_put(r->lent, &light->head);
    lent->number = light->number;
    lent->family = light->family;
    r->counts.lent++;
    return lent;
}

/* ---- saying it ---- */

static int say(struct relations *r, struct lent *lent, int64_t time_ns,
               const struct statement *said, struct nj_err *err)
{
    const struct family *family = &r->families[said->family];

    if (lent->state != LENT_FOUND) {
        r->counts.found++;
        r->counts.mixed += said->mixed;
    }
    lent->family = family->hash;
    lent->told_bits = said->bits;
    return families_tell(r, &lent->head, time_ns, said, err);
}

/* ---- one program ---- */

/* Whether each group of packets has enough of them to bear a relation by itself. Where one
 * program's packets are many and alike and another one's few and random, all together have
 * enough, and yet the few decide nothing. */
static bool groups_suffice(const struct sight *sights, unsigned count)
{
    struct group {
        const struct sight *first;
        struct columns varying;
        unsigned count;
    } groups[GROUPS_MAX];
    unsigned known = 0;

    for (unsigned i = 0; i < count; i++) {
        struct columns now = sight_columns(&sights[i]), first;
        unsigned k = 0;

        while (k < known && groups[k].first->group != sights[i].group)
            k++;
        if (k == GROUPS_MAX)
            return true;
        if (k == known)
            groups[known++] = (struct group){.first = &sights[i]};
        first = sight_columns(groups[k].first);
        for (unsigned w = 0; w < COLUMN_WORDS; w++)
            groups[k].varying.word[w] |= now.word[w] ^ first.word[w];
        groups[k].count++;
    }
    for (unsigned k = 0; k < known && known > 1; k++)
        if (groups[k].count < columns_count(&groups[k].varying) + FIND_SPARE)
            return false;
    return true;
}

/* Whether more holds if the constants have changed now and then: then what holds through all of
 * them is a part of it, and another one for each set of constants.
 * @param all  of find_relations; it is replaced
 * @return LOOK_...; *ret_more: packets that are missing to say so */
enum { LOOK_SAME, LOOK_CHANGING, LOOK_LATER };

static int look_for_changes(const struct sight *sights, unsigned count, struct finding *all,
                            unsigned *ret_more)
{
    struct finding changing = *all;

    if (!find_changing(sights, count, &changing) || changing.family.count <= all->family.count)
        return LOOK_SAME;
    if (changing.bits < (float)FIND_SPARE) {
        *ret_more = (unsigned)((float)FIND_SPARE - changing.bits) + 1;
        return count + *ret_more <= FIND_SIGHTS ? LOOK_LATER : LOOK_SAME;
    }
    *all = changing;
    return LOOK_CHANGING;
}

/* What holds for all of some packets. @return whether something does; *ret_needed is set to the
 * packets that are needed to know */
static bool look(struct relations *r, const struct sight *sights, unsigned count,
                 struct statement *ret, unsigned *ret_needed)
{
    const float least = (float)FIND_SPARE;
    struct finding finding;
    bool found = find_relations(sights, count, &finding);
    int changes = LOOK_SAME;
    unsigned more = 0;
    struct law law;
    float bits;

    /* who has no relation is asked once, since it is not cheap */
    if (found || (count == FIND_SIGHTS && finding.packets >= finding.needed))
        changes = look_for_changes(sights, count, &finding, &more);
    if (changes == LOOK_LATER) {
        *ret_needed = count + more;
        return false;
    }
    if (found || changes == LOOK_CHANGING) {
        if (!groups_suffice(sights, count)) {
            *ret_needed = count + FIND_SPARE;
            return false;
        }
        *ret = (struct statement){.family = families_meet(r, &finding),
                                  .packets = finding.packets,
                                  .bits = finding.bits,
                                  .changing = changes == LOOK_CHANGING};
    } else if ((find_halves(sights, count, &law, &bits) && bits >= least) ||
               (find_arithmetic(sights, count, &law, &bits) && bits >= least) ||
               (finding.packets >= finding.needed && find_times(sights, count, &law, &bits) &&
                bits >= least)) {
        *ret = (struct statement){
            .family = families_meet_law(r, &law), .packets = finding.packets, .bits = bits};
    } else {
        *ret_needed = finding.needed + count - finding.packets; /* repeats say nothing */
        return false;
    }
    ret->example = sights[0];
    return true;
}

/* ---- several programs ---- */

static int by_group(const void *a, const void *b)
{
    const struct sight *x = a, *y = b;

    return x->group < y->group ? -1 : x->group > y->group;
}

static int by_sport(const void *a, const void *b)
{
    const struct sight *x = a, *y = b;

    return (int)x->sport - (int)y->sport;
}

static bool same_part(const struct sight *a, const struct sight *b, bool ports)
{
    return ports ? b->sport - a->sport <= (int)SPORTS_NEAR : a->group == b->group;
}

/* Cut the packets into parts of one group or of neighbouring source ports, and look into each
 * that is large enough. */
static int split(struct relations *r, struct lent *lent, bool ports, int64_t time_ns,
                 unsigned *ret_found, struct nj_err *err)
{
    struct sight sorted[FIND_SIGHTS];
    unsigned parts = 0;

    /* parts keep their own order: equal keys are told apart by nothing, so sort stably */
    memcpy(sorted, lent->sight, lent->count * sizeof(sorted[0]));
    for (unsigned i = 1; i < lent->count; i++) {
        struct sight one = sorted[i];
        unsigned k = i;

        for (; k > 0 && (ports ? by_sport : by_group)(&sorted[k - 1], &one) > 0; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = one;
    }
    for (unsigned from = 0, to; from < lent->count && parts < PARTS_MAX; from = to) {
        struct statement said;
        unsigned needed;

        for (to = from + 1; to < lent->count && same_part(&sorted[to - 1], &sorted[to], ports);
             to++)
            ;
        if (to - from < PART_LEAST || to - from == lent->count)
            continue;
        parts++;
        if (!look(r, sorted + from, to - from, &said, &needed))
            continue;
        said.mixed = true;
        (*ret_found)++;
        if (say(r, lent, time_ns, &said, err) < 0)
            return -1;
        lent->state = LENT_FOUND;
    }
    return 0;
}

/* log2 of how many ways there are to choose k of n. */
static float choices(unsigned n, unsigned k)
{
    return (float)((lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0)) / M_LN2);
}

/* How often the commonest value comes. @param ret_best  its first place */
static unsigned commonest(const uint64_t *values, unsigned count, unsigned *ret_best)
{
    uint16_t slots[2 * FIND_SIGHTS] = {0}, times[FIND_SIGHTS] = {0}; /* by first places */
    unsigned most = 0;

    for (unsigned k = 0; k < count; k++) {
        unsigned at = (unsigned)(law_mix(values[k]) % (2 * FIND_SIGHTS));

        while (slots[at] != 0 && values[slots[at] - 1] != values[k])
            at = (at + 1) % (2 * FIND_SIGHTS);
        if (slots[at] == 0)
            slots[at] = (uint16_t)(k + 1);
        times[slots[at] - 1]++;
    }
    for (unsigned k = 0; k < count; k++)
        if (times[k] > most) {
            most = times[k];
            *ret_best = k;
        }
    return most;
}

/* Packets that obey a known family between others that do not.
 * @param since  number of a finding: what was found after it is said already */
static int try_known(struct relations *r, struct lent *lent, int64_t time_ns, uint64_t since,
                     struct nj_err *err)
{
    unsigned counting = 0;
    bool counted = false;

    for (size_t i = 0; i < r->family_count; i++) {
        const struct law *law = &r->families[i].law;
        struct statement said = {.family = (uint32_t)i, .mixed = true};
        uint64_t constants[FIND_SIGHTS], drawn[FIND_SIGHTS];
        unsigned best = 0, values = 0, before = FIND_SIGHTS, evidence = 0;

        if (r->families[i].used > since || !law_single(law))
            continue;
        for (unsigned k = 0; k < lent->count; k++)
            constants[k] = law_group(law, &lent->sight[k]);
        if (commonest(constants, lent->count, &best) < PART_SHARE * lent->count)
            continue;
        if (!counted)
            counting = find_counting(lent->sight, lent->count);
        counted = true;
        if (law->kind == LAW_BITS && find_only_counts(&law->rows, counting))
            continue;
        for (unsigned k = 0; k < lent->count; k++) {
            uint64_t choice = law_choice(law, &lent->sight[k]);
            bool again = constants[k] != constants[best];

            for (unsigned m = 0; m < values && !again; m++)
                again = drawn[m] == choice;
            if (again)
                continue;
            drawn[values++] = choice;
            if (before != FIND_SIGHTS)
                evidence += law_evidence(law, &lent->sight[before], &lent->sight[k]);
            before = k;
        }
        said.packets = values;
        said.bits =
            (float)evidence - choices(lent->count, values) - log2f((float)r->family_count);
        said.example = lent->sight[best];
        if (said.bits < PART_BITS)
            continue;
        r->families[i].used = ++r->findings;
        if (say(r, lent, time_ns, &said, err) < 0)
            return -1;
        lent->state = LENT_FOUND;
    }
    return 0;
}

/* Whether what does not hold for all may hold for some. */
static bool may_be_mixed(const struct lent *lent)
{
    unsigned near = 0;

    for (unsigned i = 1; i < lent->count; i++) {
        int apart = (int)lent->sight[i].sport - (int)lent->sight[0].sport;

        if (lent->sight[i].group != lent->sight[0].group)
            return true;
        near += abs(apart) <= (int)SPORTS_NEAR;
    }
    return near > 0;
}

/* ---- the whole ---- */

static int look_at_all(struct relations *r, struct lent *lent, int64_t time_ns,
                       struct nj_err *err)
{
    const bool full = lent->count == FIND_SIGHTS;
    const uint64_t since = r->findings;
    struct statement said;
    unsigned needed = lent->count + 1, found = 0;

    if (look(r, lent->sight, lent->count, &said, &needed)) {
        bool again = lent->family == r->families[said.family].hash && !full;

        if (!again && said.bits > lent->told_bits && say(r, lent, time_ns, &said, err) < 0)
            return -1;
        lent->state = LENT_FOUND;
        return 0;
    }
    if (!full && needed > lent->count) {
        lent->due = (uint16_t)(needed < FIND_SIGHTS ? needed : FIND_SIGHTS);
        return 0;
    }
    if (!full) {
        lent->state = LENT_WAITS;
        return 0;
    }
    if (split(r, lent, false, time_ns, &found, err) < 0 ||
        (found == 0 && split(r, lent, true, time_ns, &found, err) < 0) ||
        try_known(r, lent, time_ns, since, err) < 0)
        return -1;
    return 0;
}

/* Whether it is time. A source whose tool has a name is looked into once, with enough packets
 * for a relation over GF(2). */
static bool is_due(const struct lent *lent, bool named)
{
    if (!named && (lent->count == FIND_SIGHTS || lent->count == FEW))
        return true;
    return lent->state == LENT_LOOKING && lent->count >= lent->due &&
           lent->count >= columns_count(&lent->varying) + FIND_SPARE;
}

int lent_add(struct relations *r, struct lent *lent, bool named, int64_t time_ns,
             const struct sight *sight, struct nj_err *err)
{
    struct columns now = sight_columns(sight), first;
    bool looked = false;

    lent->sight[lent->count++] = *sight;
    first = sight_columns(&lent->sight[0]);
    for (unsigned i = 0; i < COLUMN_WORDS; i++)
        lent->varying.word[i] |= now.word[i] ^ first.word[i];
    if (is_due(lent, named)) {
        if (look_at_all(r, lent, time_ns, err) < 0)
            return -1;
        looked = true;
    }
    if (lent->count == FIND_SIGHTS || (looked && lent->state != LENT_LOOKING && named) ||
        (looked && lent->state == LENT_WAITS && !may_be_mixed(lent)))
        roster_drop(r->lent, lent);
    return 0;
}
