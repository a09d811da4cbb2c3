/* SPDX-License-Identifier: Apache-2.0 */
/* The list of families, and what is told of them. */
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "relation/state.h"

#define PIECE 100u /* characters of a family's words in one trait */

uint32_t families_find(const struct relations *r, uint64_t hash)
{
    for (size_t i = 0; i < r->family_count; i++)
        if (r->families[i].hash == hash)
            return (uint32_t)i;
    return FAMILY_NONE;
}

/* Put a law into the list if it is not there; a full list loses what was not used longest. */
static uint32_t place(struct relations *r, const struct law *law, const char *tool)
{
    uint64_t hash = law_hash(law);
    uint32_t at = families_find(r, hash);

    if (at == FAMILY_NONE) {
        if (r->family_count < r->max_families) {
            at = (uint32_t)r->family_count++;
        } else {
            at = 0;
            for (size_t i = 1; i < r->family_count; i++)
                if (r->families[i].used < r->families[at].used)
                    at = (uint32_t)i;
            r->counts.families_evicted++;
        }
        r->families[at] =
            (struct family){.law = *law, .hash = hash, .tool = tool, .told_day = INT64_MIN};
        r->learned++;
        r->counts.families = r->family_count;
    }
    r->families[at].used = ++r->findings;
    return at;
}

/* How many relations a family adds to what is trivial, 0 unless all of them hold. */
static unsigned says(const struct finding *finding, const struct law *law)
{
    return law->kind == LAW_BITS ? find_holds(finding, &law->rows) : 0;
}

uint32_t families_meet(struct relations *r, const struct finding *finding)
{
    struct law law = {.kind = LAW_BITS, .rows = finding->family};
    uint32_t best = FAMILY_NONE;
    const char *tool = NULL;
    unsigned most = 0;

    for (unsigned i = 0; i < KNOWN_LAWS; i++) {
        unsigned bits = says(finding, &r->known[i].law);

        if (bits < FIND_BITS)
            continue;
        if (find_explained(finding, &r->known[i].law.rows))
            return place(r, &r->known[i].law, r->known[i].tool);
        tool = bits >= 2 * FIND_BITS ? r->known[i].tool : tool;
    }
    /* the widest one that says nothing else: what one source shows may be a part of what
     * another did, who scanned more ports or more addresses */
    for (size_t i = 0; i < r->family_count; i++) {
        const struct family *family = &r->families[i];
        unsigned wide = 0;

        if (family->law.kind != LAW_BITS || says(finding, &family->law) < FIND_BITS ||
            !find_explained(finding, &family->law.rows))
            continue;
        for (unsigned k = 0; k < family->law.rows.count; k++)
            wide += columns_count(&family->law.rows.row[k]);
        if (wide > most) {
            most = wide;
            best = (uint32_t)i;
        }
    }
    if (best != FAMILY_NONE)
        return place(r, &r->families[best].law, r->families[best].tool);
    return place(r, &law, tool);
}

uint32_t families_meet_law(struct relations *r, const struct law *law)
{
    uint64_t hash = law_hash(law);

    for (unsigned i = 0; i < KNOWN_LAWS; i++)
        if (law_hash(&r->known[i].law) == hash)
            return place(r, law, r->known[i].tool);
    return place(r, law, NULL);
}

/* The constants of a run as a text; "" if they say nothing. @return text */
static char *key_text(const struct law *law, const struct sight *sight, char text[17])
{
    bool any = false;
    uint64_t constants = 0;

    if (law_single(law) && law_bits(law) >= KEY_BITS)
        constants = law_constants(law, sight, &any);
    text[0] = '\0';
    if (any)
        (void)snprintf(text, 17, "%016llx", (unsigned long long)constants);
    return text;
}

static int send(struct relations *r, const struct trait *trait, struct nj_err *err)
{
    return r->sink == NULL ? 0 : r->sink(r->sink_ctx, trait, err);
}

static int tell_words(struct relations *r, struct family *family, struct trait trait,
                      struct nj_err *err)
{
    int64_t day = trait.time_ns / DAY_NS;
    char words[LAW_WORDS_MAX], name[LAW_NAME_MAX];
    size_t length;

    if (family->told_day == day)
        return 0;
    family->told_day = day;
    trait.kind = "family";
    length = strlen(law_words(&family->law, words));
    (void)law_name(&family->law, name);
    for (unsigned i = 0; i * PIECE < length; i++) {
        (void)snprintf(trait.value, sizeof(trait.value), "%s %u %.*s", name, i, (int)PIECE,
                       words + i * PIECE);
        if (send(r, &trait, err) < 0)
            return -1;
    }
    return 0;
}

int families_tell(struct relations *r, const struct roster_head *source, int64_t time_ns,
                  const struct statement *said, struct nj_err *err)
{
    struct family *family = &r->families[said->family];
    char name[LAW_NAME_MAX], key[17];
    struct trait trait = {
        .time_ns = time_ns,
        .src = source->src,
        .sensor = source->sensor,
        .packets = said->packets,
        .bits = said->bits,
        .kind = "relation",
    };

    (void)snprintf(trait.value, sizeof(trait.value), "%s;%s %s %u %s",
                   said->changing ? "" : key_text(&family->law, &said->example, key),
                   law_name(&family->law, name), family->tool == NULL ? "-" : family->tool,
                   law_bits(&family->law), said->mixed ? "mixed" : "whole");
    if (tell_words(r, family, trait, err) < 0)
        return -1;
    return send(r, &trait, err);
}
