/* SPDX-License-Identifier: Apache-2.0 */
#include "about/decision.h"

#include "base/text.h"
#include "report/facts.h"

/* The one that counts; else the last that did. */
static const struct decision *find(const struct decisions *decisions, struct addr source)
{
    const struct decision *best = decisions_find(decisions, source);

    for (size_t i = 0; best == NULL && i < decisions->count; i++)
        if (prefix_has(&decisions->items[i].net, source))
            best = &decisions->items[i];
    return best;
}

static void set_time(json_t *row, const char *name, int64_t us)
{
    struct text text = {0};

    text_time(&text, us);
    text_add(&text, "", 1);
    fact_set_text(row, name, text.no_memory ? "" : text.bytes);
    text_done(&text);
}

static void describe(json_t *row, const struct decision *decision)
{
    char net[PREFIX_TEXT_MAX];

    fact_set_text(row, "action", action_names[decision->action]);
    fact_set_text(row, "net", prefix_text(&decision->net, net));
    fact_set_text(row, "state", decision_state_names[decision->state]);
    set_time(row, "since", decision->since_us);
    set_time(row, "until", decision->until_us);
    fact_set_text(row, "rule", decision->rule);
    fact_set_text(row, "reason", decision->reason);
}

int about_decision(struct store *store, const struct policy_wanted *wanted, struct addr source,
                   json_t *facts, struct nj_err *err)
{
    struct decisions decisions = {0};
    struct policy_ready ready;
    int64_t at_us = INT64_MAX;
    struct nj_err why = {0};
    const struct decision *decision;
    json_t *row = json_object();

    if (row == NULL || json_object_set_new(facts, "policy", row) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a decision");
    fact_set_text(row, "action", action_names[ACTION_NONE]);
    fact_set_text(row, "problem", "");
    /* a policy that is at fault is no reason to give no dossier */
    if (policy_get_ready(store, wanted, &ready, &why) < 0) {
        fact_set_text(row, "problem", why.msg);
        return 0;
    }
    if (policy_instant(store, &at_us, &why) < 0 ||
        policy_decide(store, &ready.policy, ready.allow, at_us, &decisions, &why) < 0) {
        fact_set_text(row, "problem", why.msg);
    } else {
        decision = find(&decisions, source);
        if (decision != NULL)
            describe(row, decision);
    }
    decisions_done(&decisions);
    policy_ready_done(&ready);
    return 0;
}
