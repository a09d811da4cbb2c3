/* SPDX-License-Identifier: Apache-2.0 */
/* From the state of a source to what is shown of it: contributions, receipt, grade, stage. */
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "score/stage.h"
#include "score/state.h"

/* A source's own contributions; evasion is what its facts and its links say together. */
static double own_value(const struct score_table *table, uint32_t number,
                        const struct record *record, enum risk_group group, int64_t at_s,
                        struct decay_factors *factors)
{
    const struct decayed *own = &record->own[group];
    double weight = risk_weights[RISK_EVASION], facts, links, both;
    struct evasion evasion;
    int64_t newer_s;

    if (group != RISK_EVASION || table->entries[number].heads == 0)
        return decay_by(factors, group, own->value, at_s - own->at_s);
    graph_evasion(table, number, record->touched_s, &evasion);
    if (evasion.strength == 0)
        return decay(group, own->value, at_s - own->at_s);
    newer_s = own->at_s > evasion.at_s ? own->at_s : evasion.at_s;
    facts = decay(group, own->value / weight, newer_s - own->at_s);
    links = decay(group, evasion.strength, newer_s - evasion.at_s);
    both = weight * (1 - (1 - facts) * (1 - links));
    return decay(group, both, at_s - newer_s);
}

/* What it can be at any time. */
static double most_value(const struct score_table *table, uint32_t number,
                         const struct record *record, enum risk_group group)
{
    return group == RISK_EVASION && table->entries[number].heads != 0
               ? risk_weights[RISK_EVASION]
               : record->own[group].value;
}

void entry_view(const struct score_table *table, uint32_t number, const struct record *record,
                int64_t at_s, struct view *ret)
{
    struct reach reach[REACH_MAX];
    struct record room;
    unsigned count = graph_reach(table, number, reach);
    struct decay_factors factors = {0};

    memset(ret, 0, sizeof(*ret)); /* gaps between members too: views are compared */
    ret->path.base_s = at_s;
    ret->path.limits.declared = record->notes.declared;
    ret->path.limits.cold =
        record->notes.packets < RISK_COLD_PACKETS && !record->notes.whole_session;
    ret->path.limits.exploit_strength = (double)record->notes.exploit_strength;
    ret->path.limits.exploit_sessions = record->notes.exploits;
    for (unsigned i = 0; i < count; i++) {
        uint32_t from = reach[i].entry;
        const struct record *its = i == 0 ? record : record_see(table, from, &room);

        for (unsigned k = 0; k < RISK_GROUPS; k++) {
            double value;

            if (reach[i].probability * most_value(table, from, its, k) <= ret->path.value[k])
                continue; /* most of a chain is */
            value = reach[i].probability * own_value(table, from, its, k, at_s, &factors);
            if (value > ret->path.value[k]) {
                ret->path.value[k] = value;
                ret->from[k] = from;
                ret->by[k] = reach[i].probability;
                if (k == RISK_EXPLOIT) {
                    ret->path.limits.exploit_strength = (double)its->notes.exploit_strength;
                    ret->path.limits.exploit_sessions = its->notes.exploits;
                }
            }
        }
    }
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        ret->path.value[k] = risk_state_value(ret->path.value[k]);
}

/* ---- the receipt ---- */

static enum fact_hop hop_of(const struct node *hop, const struct evasion *evasion)
{
    return hop->hop == HOP_RETURN  ? FACT_RETURN
           : evasion->second       ? FACT_SECOND_HOP
           : hop->hop == HOP_SPLIT ? FACT_SPLIT
                                   : FACT_HOP;
}

/* What links say of a source's evasion, beside what its facts say. */
static void add_evasion(const struct score_table *table, uint32_t number, int64_t touched_s,
                        struct risk_fact *fact)
{
    struct evasion evasion;

    graph_evasion(table, number, touched_s, &evasion);
    if (evasion.hop != 0) {
        const struct node *hop = &table->nodes[evasion.hop];

        fact->evasion.hop = hop_of(hop, &evasion);
        fact->evasion.hop_from = entry_src(table, hop->end[0]);
        fact->evasion.hop_probability = hop->probability;
    }
    if (evasion.group != 0 && evasion.group != evasion.hop) {
        const struct node *group = &table->nodes[evasion.group];
        unsigned other = group->end[0] == number;

        fact->evasion.like = entry_src(table, group->end[other]);
        fact->evasion.like_probability = group->probability;
    }
    fact->evasion.decoys = evasion.decoys;
}

static void fill_fact(const struct score_table *table, const struct view *view, uint32_t number,
                      const struct record *record, enum risk_group group, struct risk_fact *ret)
{
    uint32_t from = view->from[group];
    struct record room;
    const struct record *its = from == number ? record : record_see(table, from, &room);

    facts_of(group, &its->notes, &table->options, ret);
    if (group == RISK_EVASION)
        add_evasion(table, from, its->touched_s, ret);
    if (from != number) {
        ret->from = entry_src(table, from);
        ret->probability = view->by[group];
    }
}

/* Most points first; among equals the group that comes first. */
static bool comes_before(const struct receipt_line *left, const struct receipt_line *right)
{
    if (left->points > right->points || left->points < right->points)
        return left->points > right->points;
    return left->group < right->group;
}

static void insert_line(struct receipt *receipt, enum risk_group group, int points)
{
    const struct receipt_line line = {.group = group, .points = points / 100.0};
    uint32_t at = receipt->line_count++;

    for (; at > 0 && comes_before(&line, &receipt->lines[at - 1]); at--)
        receipt->lines[at] = receipt->lines[at - 1];
    receipt->lines[at] = line;
}

static void write_receipt(const struct score_table *table, uint32_t number,
                          const struct record *record, const struct view *view, int64_t at_us,
                          struct receipt *ret)
{
    double contributions[RISK_GROUPS];
    int points[RISK_GROUPS], uncapped, score;
    enum risk_cap cap =
        path_score(&view->path, at_us / US_PER_S, contributions, &uncapped, &score);

    *ret = (struct receipt){.version = RISK_VERSION,
                            .score = score / 100.0,
                            .uncapped = uncapped / 100.0,
                            .at_us = at_us};
    risk_points(contributions, uncapped, points);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if (points[k] != 0)
            insert_line(ret, k, points[k]);
    if (cap != RISK_CAP_NONE)
        insert_line(ret, RISK_CAP_LINE, score - uncapped);
    for (uint32_t i = 0; i < ret->line_count; i++)
        if (ret->lines[i].group != RISK_CAP_LINE)
            fill_fact(table, view, number, record, ret->lines[i].group, &ret->lines[i].fact);
}

/* ---- the whole ---- */

void entry_suspect(const struct score_table *table, uint32_t number,
                   const struct record *record, const struct view *view,
                   const struct level_state *level, int64_t at_us, struct suspect *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->src = entry_src(table, number);
    ret->state.path = view->path;
    ret->state.level = *level;
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if (view->from[k] != 0 && view->from[k] != number)
            ret->state.inherited |= (uint16_t)(1u << k);
    ret->before = level->level;
    write_receipt(table, number, record, view, at_us, &ret->receipt);
    ret->receipt.level = level->level;
    ret->previous_level = level->previous;
    ret->changed_us = level->changed_s * US_PER_S;
    ret->shown = ret->receipt.score;
    ret->shown_level = level->level;
    if (record->override != NULL) {
        ret->override = *record->override;
        ret->shown_level = record->override->level;
        if (record->override->has_score)
            ret->shown = record->override->score;
    }
    grade_of(&record->grade, record->crowd, &ret->reason);
    ret->grade = grade_of_form(ret->reason.form);
    ret->stage = stage_of(ret->src, &record->notes);
}

static bool is_line(const char *text, size_t size)
{
    size_t length = strnlen(text, size);

    if (length == 0 || length == size)
        return false;
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    }
    return true;
}

bool override_valid(const struct risk_override *override)
{
    if ((unsigned) override->level >= RISK_LEVELS || !is_line(override->author, 48) ||
        !is_line(override->reason, 128))
        return false;
    return !override->has_score || (override->score >= 0 && override->score <= 100);
}
