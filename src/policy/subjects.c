/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/subjects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "model/packet.h"
#include "policy/decide.h"
#include "store/candidates.h"
#include "trend/findings.h"

struct gathering {
    const struct policy *policy;
    struct subject_list list;
};

/* ---- states ---- */

static struct subject *add(struct gathering *g, struct nj_err *err)
{
    if (g->list.count == g->list.room) {
        size_t room = g->list.room * 2 + 1024;
        struct subject *bigger;

        if (g->list.count >= DECISIONS_MAX) {
            (void)nj_fail(err, NJ_LIMIT, "more than %u sources to decide about", DECISIONS_MAX);
            return NULL;
        }
        bigger = reallocarray(g->list.items, room, sizeof(*bigger));
        if (bigger == NULL) {
            (void)nj_fail(err, NJ_NOMEM, "no memory for decisions");
            return NULL;
        }
        g->list.items = bigger;
        g->list.room = room;
    }
    return &g->list.items[g->list.count++];
}

/* An action was said at `from`, and lasts until `until`; the milder ones last as long. A state
 * that began when all was over (its score fell in the silence) says nothing. Hops come behind
 * the states and may be older than these. */
static void extend(struct subject *subject, enum action action, int rule, int from_subject,
                   int64_t from, int64_t until, int64_t for_us)
{
    if (until <= from)
        return;
    for (int a = ACTION_MONITOR; a <= (int)action; a++) {
        struct action_run *run = &subject->runs[a];

        if (run->until == 0 || from > run->until || (from < run->since && until >= run->since))
            run->since = from;
        if (until > run->until)
            run->until = until;
        if (a == (int)action) {
            run->rule = rule;
            run->from_subject = from_subject;
            run->for_us = for_us;
        }
    }
}

/* What a state says. Of several the last one's is left as what the grade holds back. */
static void see_state(const struct policy *policy, struct subject *subject,
                      const struct candidate_state *state)
{
    const struct policy_rule *rule = state->rule < 0 ? NULL : &policy->rules[state->rule];
    enum action action = rule == NULL ? ACTION_NONE : rule->action;

    subject->held = ACTION_NONE;
    if (action > ACTION_MONITOR && state->grade > policy->grade) {
        subject->held = action;
        subject->held_rule = state->rule;
        action = ACTION_MONITOR;
    }
    if (action != ACTION_NONE)
        extend(subject, action, state->rule, -1, state->from_us, state->last_us + rule->for_us,
               rule->for_us);
}

static int on_source(void *ctx, const struct candidate *candidate, struct nj_err *err)
{
    struct gathering *g = ctx;
    const struct candidate_state *last = &candidate->states[candidate->count - 1];
    struct subject *subject = add(g, err);

    if (subject == NULL)
        return -1;
    *subject = (struct subject){
        .source = candidate->source,
        .last_us = last->last_us,
        .risk = candidate->risk,
        .level = candidate->level,
        .grade = last->grade,
        .actor = candidate->actor,
        .hop = candidate->hop,
        .hop_from = candidate->hop_from,
        .declared = candidate->declared,
        .fact = g->list.facts.length,
        .fact_size = candidate->fact_size,
    };
    text_add(&g->list.facts, (const char *)candidate->fact, candidate->fact_size);
    if (g->list.facts.no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for decisions");
    for (size_t i = 0; i < candidate->count; i++)
        see_state(g->policy, subject, &candidate->states[i]);
    return 0;
}

/* ---- hops ---- */

static struct subject *find(const struct gathering *g, struct addr source)
{
    size_t low = 0, high = g->list.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = addr_compare(g->list.items[middle].source, source);

        if (order == 0)
            return &g->list.items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int on_hop(void *ctx, const struct accepted_hop *hop, struct nj_err *err)
{
    struct gathering *g = ctx;
    struct subject *from = find(g, hop->from), *to = find(g, hop->to);

    (void)err;
    if (from == NULL || hop->probability < g->policy->follow)
        return 0;
    if (from->last_us <= hop->accepted_us) { /* it stayed silent */
        from->moved_us = hop->accepted_us;
        from->moved_to = hop->to;
    }
    if (to == NULL)
        return 0;
    for (int a = ACTIONS - 1; a > ACTION_MONITOR; a--) {
        const struct action_run *run = &from->runs[a];

        if (run->until <= hop->accepted_us || run->since > hop->accepted_us)
            continue;
        extend(to, (enum action)a, run->rule, (int)(from - g->list.items), hop->accepted_us,
               to->last_us + run->for_us, run->for_us);
        break;
    }
    return 0;
}

/* ---- findings ------------------------------------------------------------------------------
 *
 * Current are those of the week of the instant and of the week before it, unless they have
 * passed. */

#define WEEK_US (7 * DAY_US)

static const char *proto_word(uint8_t proto)
{
    return proto == PROTO_TCP ? "tcp" : proto == PROTO_UDP ? "udp" : "sctp";
}

static int give_findings(struct store *store, int64_t at_us, struct nj_err *err)
{
    const struct findings_question question = {
        .scope = {.from_us = at_us < WEEK_US ? 0 : at_us - WEEK_US, .to_us = at_us},
        .q = FINDINGS_Q};
    struct findings findings = {0};
    struct candidate_finding *given = NULL;
    size_t count = 0;
    int rc = findings_find(store, &question, &findings, err);

    if (rc == 0) {
        given = calloc(findings.count + 1, sizeof(*given));
        if (given == NULL)
            rc = nj_fail(err, NJ_NOMEM, "no memory for findings");
    }
    for (size_t i = 0; rc == 0 && i < findings.count; i++) {
        const struct finding *finding = &findings.items[i];

        if (finding->state == FINDING_PASSED)
            continue;
        given[count++] = (struct candidate_finding){
            .kind = finding_names[finding->kind],
            .proto = proto_word(finding->port.proto),
            .country = finding->country,
            .port = finding->port.port,
            .from_us = (int64_t)finding->monday * (WEEK_US / 7),
        };
    }
    if (rc == 0)
        rc = store_candidates_findings(store, given, count, err);
    free(given);
    findings_done(&findings);
    return rc;
}

/* ---- all of it ---- */

int subject_list_load(struct store *store, const struct policy *policy, int64_t at_us,
                      struct subject_list *ret, struct nj_err *err)
{
    struct gathering gathering = {.policy = policy};
    struct candidate_rule rules[RULES_MAX] = {{0}};
    const struct candidate_question question = {.rules = rules,
                                                .rule_count = policy->rule_count,
                                                .at_us = at_us,
                                                .window_us = 2 * policy_longest_us(policy)};
    const struct candidate_sink sink = {.source = on_source, .hop = on_hop, .ctx = &gathering};
    int rc = 0;

    for (size_t i = 0; i < policy->rule_count; i++) {
        rules[i].when = &policy->rules[i].when;
        rules[i].unless = policy->rules[i].has_unless ? &policy->rules[i].unless : NULL;
    }
    if (store_candidates_ask_findings(rules, policy->rule_count))
        rc = give_findings(store, at_us, err);
    if (rc == 0)
        rc = store_candidates(store, &question, &sink, err);
    *ret = gathering.list;
    return rc;
}

void subject_list_done(struct subject_list *subjects)
{
    free(subjects->items);
    text_done(&subjects->facts);
    *subjects = (struct subject_list){0};
}
