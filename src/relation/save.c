/* SPDX-License-Identifier: Apache-2.0 */
/* The state as a walk (base/saved.h): families, light sources, lent ones, each list in the
 * order of its coming. */
#include <math.h>
#include <string.h>

#include "base/saved.h"
#include "relation/state.h"

#define MAGIC "NJRELAT2"

static void walk_u16(struct nj_saved *saved, uint16_t *value, uint16_t before)
{
    uint16_t change = *value ^ before;

    nj_saved_u16(saved, &change);
    *value = change ^ before;
}

static void walk_u32(struct nj_saved *saved, uint32_t *value, uint32_t before)
{
    uint32_t change = *value ^ before;

    nj_saved_u32(saved, &change);
    *value = change ^ before;
}

/* What changed since the one before: most of a source's fields are often the same. */
static void walk_sight(struct nj_saved *saved, struct sight *s, const struct sight *before)
{
    walk_u32(saved, &s->dst, before->dst);
    walk_u32(saved, &s->seq, before->seq);
    walk_u32(saved, &s->ack, before->ack);
    walk_u16(saved, &s->dport, before->dport);
    walk_u16(saved, &s->sport, before->sport);
    walk_u16(saved, &s->id, before->id);
    walk_u16(saved, &s->window, before->window);
    walk_u32(saved, &s->group, before->group);
}

static void walk_sights(struct nj_saved *saved, struct sight *sights, unsigned count)
{
    const struct sight none = {.dst = 0}, *before = &none;

    for (unsigned i = 0; i < count && !nj_saved_bad(saved); i++) {
        walk_sight(saved, &sights[i], before);
        before = &sights[i];
    }
}

static void walk_law(struct nj_saved *saved, struct law *law)
{
    uint32_t rows = law->rows.count;

    nj_saved_u8(saved, &law->kind);
    nj_saved_u8(saved, &law->x);
    nj_saved_u8(saved, &law->y);
    nj_saved_bool(saved, &law->swapped);
    nj_saved_bool(saved, &law->plus);
    nj_saved_u32(saved, &law->number);
    nj_saved_u32(saved, &law->second);
    nj_saved_u32(saved, &rows);
    nj_saved_check(saved, law->kind < LAW_KINDS && law->x < WORDS && law->y < WORDS &&
                              rows <= FIND_ROWS_MAX && (law->kind == LAW_BITS) == (rows > 0));
    if (nj_saved_bad(saved))
        return;
    law->rows.count = rows;
    for (unsigned i = 0; i < rows; i++) {
        for (unsigned k = 0; k < COLUMN_WORDS; k++)
            nj_saved_u64(saved, &law->rows.row[i].word[k]);
        /* a row says something, and of columns that there are */
        nj_saved_check(saved, !columns_none(&law->rows.row[i]) &&
                                  (law->rows.row[i].word[2] & UINT32_MAX) == 0);
    }
}

/* The tool is not stored: it follows from the law. */
static void name_tool(const struct relations *r, struct family *family)
{
    for (unsigned i = 0; i < KNOWN_LAWS; i++)
        if (law_hash(&r->known[i].law) == family->hash)
            family->tool = r->known[i].tool;
}

static void walk_families(struct nj_saved *saved, struct relations *r)
{
    uint32_t count = (uint32_t)r->family_count;

    nj_saved_u32(saved, &count);
    nj_saved_check(saved, count <= r->max_families);
    for (uint32_t i = 0; i < count && !nj_saved_bad(saved); i++) {
        struct family *family = &r->families[i];

        if (nj_saved_reading(saved))
            memset(family, 0, sizeof(*family));
        walk_law(saved, &family->law);
        nj_saved_u64(saved, &family->used);
        nj_saved_i64(saved, &family->told_day);
        if (!nj_saved_reading(saved) || nj_saved_bad(saved))
            continue;
        family->hash = law_hash(&family->law);
        nj_saved_check(saved, families_find(r, family->hash) == FAMILY_NONE);
        name_tool(r, family);
        r->family_count = i + 1;
    }
}

static void walk_light(struct nj_saved *saved, struct light *light)
{
    nj_saved_u64(saved, &light->family);
    nj_saved_u32(saved, &light->number);
    nj_saved_u8(saved, &light->count);
    nj_saved_u8(saved, &light->lent);
    nj_saved_u64(saved, &light->rejected);
    nj_saved_u64(saved, &light->rejected_since);
    nj_saved_check(saved, light->count > 0 && light->count <= LIGHT_SIGHTS &&
                              light->lent == (light->count == LIGHT_SIGHTS));
    if (nj_saved_bad(saved) || light->lent != 0)
        return; /* its sights went to the lent room */
    walk_sights(saved, light->sight, light->count);
}

static void walk_lent(struct nj_saved *saved, struct lent *lent)
{
    nj_saved_u64(saved, &lent->family);
    nj_saved_u32(saved, &lent->number);
    nj_saved_float(saved, &lent->told_bits);
    nj_saved_u16(saved, &lent->count);
    nj_saved_u16(saved, &lent->due);
    nj_saved_u8(saved, &lent->state);
    nj_saved_check(saved,
                   lent->count > 0 && lent->count < FIND_SIGHTS && lent->state < LENT_STATES);
    walk_sights(saved, lent->sight, lent->count);
    for (unsigned i = 0; i < lent->count && !nj_saved_bad(saved); i++) {
        struct columns first, now;

        first = sight_columns(&lent->sight[0]);
        now = sight_columns(&lent->sight[i]);
        for (unsigned k = 0; k < COLUMN_WORDS; k++)
            lent->varying.word[k] |= first.word[k] ^ now.word[k];
    }
}

/* Both rosters: what stands behind the head is walked by `one`. More than there is room for:
 * the first ones leave. */
static void walk_roster(struct nj_saved *saved, struct roster *roster, bool light)
{
    uint32_t count = (uint32_t)roster_count(roster);
    void *entry = NULL;

    nj_saved_u32(saved, &count);
    for (uint32_t i = 0; i < count && !nj_saved_bad(saved); i++) {
        struct roster_head head = {.sensor = 0};

        if (!nj_saved_reading(saved)) {
            entry = roster_next(roster, entry);
            head = *(const struct roster_head *)entry;
        }
        roster_head_walk(saved, &head);
        if (nj_saved_reading(saved)) {
            nj_saved_check(saved, roster_find(roster, &head) == NULL);
            if (nj_saved_bad(saved))
                return;
            entry = roster_put(roster, &head);
        }
        if (light)
            walk_light(saved, entry);
        else
            walk_lent(saved, entry);
    }
}

static int walk(struct nj_saved *saved, void *state, struct nj_err *err)
{
    struct relations *r = state;
    struct relation_counts *c = &r->counts;

    (void)err;
    nj_saved_u64(saved, &r->learned);
    nj_saved_u64(saved, &r->findings);
    nj_saved_u64(saved, &c->lent);
    nj_saved_u64(saved, &c->evicted);
    nj_saved_u64(saved, &c->found);
    nj_saved_u64(saved, &c->mixed);
    nj_saved_u64(saved, &c->recognised);
    nj_saved_u64(saved, &c->families_evicted);
    walk_families(saved, r);
    walk_roster(saved, r->light, true);
    walk_roster(saved, r->lent, false);
    return 0;
}

int relations_save(struct relations *r, FILE *out, struct nj_err *err)
{
    return nj_saved_write(out, MAGIC, NULL, walk, r, err);
}

int relations_load(struct relations *r, FILE *in, struct nj_err *err)
{
    int rc = nj_saved_read(in, MAGIC, NULL, walk, r, err);

    if (rc < 0)
        relations_clear(r);
    r->counts.families = r->family_count;
    return rc;
}
