/* SPDX-License-Identifier: Apache-2.0 */
/* From the state of a source to what is shown of it: contributions, receipt, grade, stage. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/stage.h"
#include "score/state.h"

#define US_PER_S 1000000

/* A source's own contributions; evasion is what its facts and its links say together. */
static double own_value(const struct score_table *table, uint32_t number, enum risk_group group,
                        int64_t at_s, struct decay_factors *factors)
{
    const struct entry *entry = &table->entries[number];
    const struct decayed *own = &entry->own[group];
    double weight = risk_weights[RISK_EVASION], facts, links, both;
    struct evasion evasion;
    int64_t newer_s;

    if (group != RISK_EVASION || entry->first_link == 0)
        return decay_by(factors, group, own->value, at_s - own->at_s);
    graph_evasion(table, number, &evasion);
    if (evasion.strength == 0)
        return decay(group, own->value, at_s - own->at_s);
    newer_s = own->at_s > evasion.at_s ? own->at_s : evasion.at_s;
    facts = decay(group, own->value / weight, newer_s - own->at_s);
    links = decay(group, evasion.strength, newer_s - evasion.at_s);
    both = weight * (1 - (1 - facts) * (1 - links));
    return decay(group, both, at_s - newer_s);
}

void entry_view(const struct score_table *table, uint32_t number, int64_t at_s,
                struct view *ret)
{
    const struct entry *entry = &table->entries[number];
    const struct notes *exploit;
    struct reach reach[REACH_MAX];
    unsigned count = graph_reach(table, number, reach);
    struct decay_factors factors = {0};

    memset(ret, 0, sizeof(*ret)); /* gaps between members too: views are compared */
    ret->path.base_s = at_s;
    for (unsigned i = 0; i < count; i++) {
        for (unsigned k = 0; k < RISK_GROUPS; k++) {
            double value =
                reach[i].probability * own_value(table, reach[i].entry, k, at_s, &factors);

            if (value > ret->path.value[k]) {
                ret->path.value[k] = value;
                ret->from[k] = reach[i].entry;
                ret->by[k] = reach[i].probability;
            }
        }
    }
    exploit =
        &table->entries[ret->from[RISK_EXPLOIT] != 0 ? ret->from[RISK_EXPLOIT] : number].notes;
    ret->path.limits.declared = entry->notes.declared;
    ret->path.limits.cold =
        entry->notes.packets < RISK_COLD_PACKETS && !entry->notes.whole_session;
    ret->path.limits.exploit_strength = (double)exploit->exploit_strength;
    ret->path.limits.exploit_sessions = exploit->exploits;
}

/* ---- the receipt ---- */

/* Append to a text that ends where its room ends. */
__attribute__((format(printf, 3, 4))) static void append(char *text, size_t size,
                                                         const char *format, ...)
{
    size_t length = strlen(text);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text + length, size - length, format, args);
    va_end(args);
}

static void evasion_text(const struct score_table *table, uint32_t number, size_t size,
                         char *ret_text)
{
    char facts[120], address[ADDR_TEXT_MAX];
    struct evasion evasion;

    ret_text[0] = '\0';
    graph_evasion(table, number, &evasion);
    if (evasion.hop != 0) {
        const struct node *hop = &table->nodes[evasion.hop];

        append(ret_text, size, "%s from %s (p %.3f)",
               hop->hop == HOP_RETURN  ? "returned"
               : evasion.second        ? "second or later hop,"
               : hop->hop == HOP_SPLIT ? "one of several that carry on,"
                                       : "hop",
               addr_text(table->entries[hop->end[0]].src, address), hop->probability);
    }
    if (evasion.group != 0 && evasion.group != evasion.hop) {
        const struct node *group = &table->nodes[evasion.group];
        unsigned other = group->end[0] == number;

        append(ret_text, size, "%sone of a group, as with %s (p %.3f)",
               ret_text[0] != '\0' ? "; " : "",
               addr_text(table->entries[group->end[other]].src, address), group->probability);
    }
    if (evasion.decoys)
        append(ret_text, size, "%ssends decoys", ret_text[0] != '\0' ? "; " : "");
    facts_text(RISK_EVASION, &table->entries[number].notes, &table->options, sizeof(facts),
               facts);
    if (facts[0] != '\0')
        append(ret_text, size, "%s%s", ret_text[0] != '\0' ? "; " : "", facts);
    if (ret_text[0] == '\0')
        append(ret_text, size, "was slow on purpose or took turns with stacks");
}

static void line_text(const struct score_table *table, const struct view *view, uint32_t number,
                      enum risk_group group, struct receipt_line *line)
{
    uint32_t from = view->from[group];
    char address[ADDR_TEXT_MAX];
    size_t at = 0;

    line->text[0] = '\0';
    if (from != number) {
        append(line->text, sizeof(line->text),
               "inherited from %s (p %.3f): ", addr_text(table->entries[from].src, address),
               view->by[group]);
        at = strlen(line->text);
    }
    if (group == RISK_EVASION)
        evasion_text(table, from, sizeof(line->text) - at, line->text + at);
    else
        facts_text(group, &table->entries[from].notes, &table->options, sizeof(line->text) - at,
                   line->text + at);
}

static void cap_line(enum risk_cap cap, int points, struct receipt_line *line)
{
    *line = (struct receipt_line){.group = RISK_CAP_LINE, .points = points / 100.0};
    (void)snprintf(line->text, sizeof(line->text), "%s", risk_cap_text(cap));
}

/* Most points first; among equals the group that comes first. */
static bool comes_before(const struct receipt_line *left, const struct receipt_line *right)
{
    if (left->points > right->points || left->points < right->points)
        return left->points > right->points;
    return left->group < right->group;
}

static void sort_lines(struct receipt *receipt)
{
    for (uint32_t i = 1; i < receipt->line_count; i++) {
        for (uint32_t k = i; k > 0; k--) {
            struct receipt_line *line = &receipt->lines[k], swap = *line;

            if (!comes_before(line, line - 1))
                break;
            *line = line[-1];
            line[-1] = swap;
        }
    }
}

static void write_receipt(const struct score_table *table, uint32_t number,
                          const struct view *view, int64_t at_us, bool brief,
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
    for (unsigned k = 0; k < RISK_GROUPS; k++) {
        struct receipt_line *line = &ret->lines[ret->line_count];

        if (points[k] == 0)
            continue;
        line->group = k;
        line->points = points[k] / 100.0;
        ret->line_count++;
    }
    if (cap != RISK_CAP_NONE)
        cap_line(cap, score - uncapped, &ret->lines[ret->line_count++]);
    sort_lines(ret);
    for (uint32_t i = 0; i < ret->line_count && (i == 0 || !brief); i++)
        if (ret->lines[i].group != RISK_CAP_LINE)
            line_text(table, view, number, ret->lines[i].group, &ret->lines[i]);
}

/* ---- the whole ---- */

void entry_suspect(const struct score_table *table, uint32_t number, const struct view *view,
                   const struct level_state *level, int64_t at_us, bool brief,
                   struct suspect *ret)
{
    const struct entry *entry = &table->entries[number];
    struct stage stage;

    memset(ret, 0, sizeof(*ret));
    ret->src = entry->src;
    ret->state.path = view->path;
    ret->state.level = *level;
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if (view->from[k] != 0 && view->from[k] != number)
            ret->state.inherited |= (uint16_t)(1u << k);
    ret->before = level->level;
    write_receipt(table, number, view, at_us, brief, &ret->receipt);
    ret->receipt.level = level->level;
    ret->previous_level = level->previous;
    ret->changed_us = level->changed_s * US_PER_S;
    ret->shown = ret->receipt.score;
    ret->shown_level = level->level;
    if (entry->override != NULL) {
        ret->override = *entry->override;
        ret->shown_level = entry->override->level;
        if (entry->override->has_score)
            ret->shown = entry->override->score;
    }
    grade_of(&entry->grade, entry->crowd, &ret->reason);
    ret->grade = ret->reason.grade;
    if (brief)
        return;
    stage_of(entry->src, &entry->notes, table->options.names, &stage);
    (void)snprintf(ret->stage, sizeof(ret->stage), "%s", stage.stage);
    (void)snprintf(ret->technique, sizeof(ret->technique), "%s", stage.technique);
    (void)snprintf(ret->stage_reason, sizeof(ret->stage_reason), "%s", stage.reason);
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
