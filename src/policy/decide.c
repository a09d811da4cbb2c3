/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/decide.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/fact.h"
#include "policy/prefixes.h"
#include "policy/subjects.h"
#include "store/candidates.h"

struct deciding {
    const struct policy *policy;
    int64_t at_us;
    const struct subject_list *subjects;
};

/* ---- decisions ---- */

static void say(struct decision *decision, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Add to the reason; what does not fit is cut. */
static void say(struct decision *decision, const char *format, ...)
{
    size_t length = strlen(decision->reason);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(decision->reason + length, sizeof(decision->reason) - length, format, args);
    va_end(args);
}

/* A cut in the middle of a character would be no UTF-8. */
static void end_reason(struct decision *decision)
{
    size_t length = strlen(decision->reason);

    if (length + 1 < sizeof(decision->reason))
        return;
    while (length > 0 && (decision->reason[length - 1] & 0xc0) == 0x80)
        length--;
    if (length > 0 && (decision->reason[length - 1] & 0x80) != 0)
        length--;
    decision->reason[length] = '\0';
}

/* What the score's receipt says first. */
static void say_fact(const struct deciding *d, const struct subject *subject,
                     struct decision *decision)
{
    const uint8_t *bytes = (const uint8_t *)d->subjects->facts.bytes + subject->fact;
    char text[FACT_TEXT_MAX];
    struct risk_fact fact;

    if (subject->fact_size == 0 || risk_fact_unpack(bytes, subject->fact_size, &fact) == 0)
        return;
    risk_fact_text(&fact, text);
    if (text[0] != '\0')
        say(decision, ": %s", text);
}

static void explain(const struct deciding *d, const struct subject *subject,
                    const struct action_run *run, struct decision *decision)
{
    char text[ADDR_TEXT_MAX], probability[FACT_PROBABILITY_MAX];

    if (decision->state == DECISION_MOVED)
        say(decision, "its actor moved on to %s; ", addr_text(subject->moved_to, text));
    if (subject->held > decision->action)
        say(decision, "would be %s by rule %s, but grade %c: the address is unproven; ",
            action_names[subject->held], d->policy->rules[subject->held_rule].name,
            "ABCD"[subject->grade]);
    if (run->from_subject >= 0)
        say(decision, "follows its actor from %s; ",
            addr_text(d->subjects->items[run->from_subject].source, text));
    say(decision, "%s %.2f, grade %c", risk_level_names[subject->level], subject->risk,
        "ABCD"[subject->grade]);
    if (subject->hop > 0)
        say(decision, ", hop from %s with probability %s", addr_text(subject->hop_from, text),
            fact_probability(subject->hop, probability));
    say_fact(d, subject, decision);
    end_reason(decision);
}

/* What may not be any more has no time of its own: it ends a second behind its last change. */
static void take_back(struct decision *decision)
{
    int64_t changed_us =
        decision->last_us > decision->since_us ? decision->last_us : decision->since_us;

    if (decision->action > ACTION_MONITOR && decision->ended_us <= changed_us)
        decision->ended_us = changed_us + 1000000;
}

/* The strongest action that lasts, or lasted; monitoring that ended is not worth a line. */
static bool decide_one(const struct deciding *d, const struct subject *subject,
                       struct decision *ret)
{
    enum action action = ACTION_BLOCK;
    bool graded = subject->grade <= d->policy->grade;
    const struct action_run *run;

    while (action > ACTION_NONE &&
           (subject->runs[action].until <= d->at_us || (action > ACTION_MONITOR && !graded)))
        action--;
    if (action <= ACTION_MONITOR) { /* nothing more lasts: did something? */
        for (int a = ACTION_BLOCK; action == ACTION_NONE && a > ACTION_MONITOR; a--)
            action = subject->runs[a].until > 0 ? (enum action)a : ACTION_NONE;
        if (action == ACTION_NONE)
            return false;
    }
    run = &subject->runs[action];
    *ret = (struct decision){
        .net = addr_source_net(subject->source),
        .action = action,
        .state = run->until > d->at_us ? DECISION_ACTIVE : DECISION_EXPIRED,
        .since_us = run->since,
        .until_us = run->until,
        .risk = subject->risk,
        .level = subject->level,
        .grade = subject->grade,
        .actor = subject->actor,
        .hop = subject->hop,
        .hop_from = subject->hop_from,
        .moved_to = subject->moved_to,
        .last_us = subject->last_us,
        .addresses = 1,
    };
    if (subject->moved_us != 0 && action > ACTION_MONITOR &&
        subject->moved_us < ret->until_us && subject->moved_us <= d->at_us) {
        ret->state = DECISION_MOVED;
        ret->until_us = subject->moved_us;
        if (ret->since_us > ret->until_us)
            ret->since_us = ret->until_us;
    }
    if (ret->state != DECISION_ACTIVE)
        ret->ended_us = ret->until_us;
    for (int a = (int)action + 1; a < ACTIONS; a++) { /* something stronger lasted before */
        int64_t until_us = subject->runs[a].until;

        if (until_us > d->at_us) /* the grade fell */
            until_us = ret->last_us + 1000000;
        if (until_us > ret->ended_us)
            ret->ended_us = until_us;
    }
    if (run->rule >= 0)
        (void)snprintf(ret->rule, sizeof(ret->rule), "%s", d->policy->rules[run->rule].name);
    explain(d, subject, run, ret);
    return true;
}

static int make_decisions(const struct deciding *d, struct decisions *ret, struct nj_err *err)
{
    ret->items = calloc(d->subjects->count + 1, sizeof(*ret->items));
    if (ret->items == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for decisions");
    for (size_t i = 0; i < d->subjects->count; i++) {
        const struct subject *subject = &d->subjects->items[i];

        if (!decide_one(d, subject, &ret->items[ret->count]))
            continue;
        if (subject->declared && d->policy->allow_declared) {
            take_back(&ret->items[ret->count]);
            ret->items[ret->count].state = DECISION_ALLOWED;
            (void)snprintf(ret->items[ret->count].reason, sizeof(ret->items->reason),
                           "a declared scanner");
            ret->allowed++;
        }
        ret->held += subject->held > ACTION_MONITOR;
        ret->count++;
    }
    return 0;
}

/* ---- what may not be ---- */

static void keep_budgets(const struct policy *policy, struct decisions *decisions)
{
    size_t taken[RULES_MAX] = {0};

    qsort(decisions->items, decisions->count, sizeof(*decisions->items), decision_worse);
    for (size_t i = 0; i < decisions->count; i++) {
        struct decision *decision = &decisions->items[i];
        const struct policy_rule *rule = NULL;
        size_t r = 0;

        for (; decision->state == DECISION_ACTIVE && r < policy->rule_count; r++) {
            if (strcmp(policy->rules[r].name, decision->rule) == 0) {
                rule = &policy->rules[r];
                break;
            }
        }
        if (rule == NULL || rule->at_most == 0 || ++taken[r] <= rule->at_most)
            continue;
        decisions->cut++;
        if (decision->action == ACTION_MONITOR) {
            decision->state = DECISION_EXPIRED;
        } else {
            char reason[sizeof(decision->reason)];

            (void)snprintf(reason, sizeof(reason), "%s", decision->reason);
            take_back(decision);
            decision->action = ACTION_MONITOR;
            decision->reason[0] = '\0';
            say(decision, "over the budget of %u; ", rule->at_most);
            say(decision, "%s", reason);
            end_reason(decision);
        }
    }
    qsort(decisions->items, decisions->count, sizeof(*decisions->items), decision_by_address);
}

static void refuse_allowed(const struct allow *allow, struct decisions *decisions)
{
    char text[ALLOW_TEXT_MAX];

    for (size_t i = 0; i < decisions->count; i++) {
        struct decision *decision = &decisions->items[i];
        const char *special = special_range(&decision->net);

        if (decision->state != DECISION_ACTIVE)
            continue;
        if (special != NULL)
            (void)snprintf(decision->reason, sizeof(decision->reason), "%s", special);
        else if (allow == NULL || !allow_has(allow, &decision->net, text))
            continue;
        else
            (void)snprintf(decision->reason, sizeof(decision->reason), "%s", text);
        take_back(decision);
        decision->state = DECISION_ALLOWED;
        decisions->allowed++;
    }
}

/* ---- prefixes ---- */

/* All subjects, with the decisions about those that are more than monitored. Both are sorted by
 * address. */
static void list_seen(const struct deciding *d, const struct decisions *decisions,
                      struct seen *seen)
{
    size_t next = 0;

    for (size_t i = 0; i < d->subjects->count; i++) {
        const struct decision *decision = NULL;

        seen[i] = (struct seen){.source = d->subjects->items[i].source,
                                .declared = d->subjects->items[i].declared};
        if (next < decisions->count &&
            addr_equal(decisions->items[next].net.first, seen[i].source))
            decision = &decisions->items[next++];
        if (decision != NULL && decision->state == DECISION_ACTIVE &&
            decision->action > ACTION_MONITOR)
            seen[i].hostile = decision;
    }
}

static int add_prefixes(const struct deciding *d, const struct allow *allow,
                        struct decisions *decisions, struct nj_err *err)
{
    struct seen *seen = calloc(d->subjects->count + 1, sizeof(*seen));
    struct decision *found = NULL, *all;
    size_t count = 0;
    int rc;

    if (seen == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for prefixes");
    list_seen(d, decisions, seen);
    rc = policy_prefixes(d->policy, allow, seen, d->subjects->count, &found, &count, err);
    free(seen);
    if (rc < 0 || count == 0) {
        free(found);
        return rc;
    }
    all = reallocarray(decisions->items, decisions->count + count, sizeof(*all));
    if (all == NULL) {
        free(found);
        return nj_fail(err, NJ_NOMEM, "no memory for prefixes");
    }
    memcpy(all + decisions->count, found, count * sizeof(*found));
    free(found);
    decisions->items = all;
    decisions->count += count;
    qsort(all, decisions->count, sizeof(*all), decision_by_address);
    return 0;
}

/* ---- all of it ---- */

int policy_decide(struct store *store, const struct policy *policy, const struct allow *allow,
                  int64_t at_us, struct decisions *ret, struct nj_err *err)
{
    struct subject_list subjects = {0};
    const struct deciding d = {.policy = policy, .at_us = at_us, .subjects = &subjects};
    struct decisions decisions = {.at_us = at_us};
    int rc = subject_list_load(store, policy, at_us, &subjects, err);

    if (rc == 0)
        rc = make_decisions(&d, &decisions, err);
    if (rc == 0) {
        refuse_allowed(allow, &decisions);
        keep_budgets(policy, &decisions);
        rc = store_decisions_about(store, at_us, decisions.items, decisions.count, err);
    }
    if (rc == 0 && policy->prefixes.on)
        rc = add_prefixes(&d, allow, &decisions, err);
    subject_list_done(&subjects);
    if (rc < 0) {
        decisions_done(&decisions);
        return -1;
    }
    *ret = decisions;
    return 0;
}

void decisions_done(struct decisions *decisions)
{
    free(decisions->items);
    *decisions = (struct decisions){0};
}

const struct decision *decisions_find(const struct decisions *decisions, struct addr a)
{
    /* No prefix is shorter than a /16 or /48: what has the address begins behind this. */
    const struct addr lowest = addr_is_v4(a)
                                   ? (struct addr){.hi = a.hi, .lo = a.lo & ~UINT64_C(0xffff)}
                                   : (struct addr){.hi = a.hi & ~UINT64_C(0xffff), .lo = 0};
    size_t low = 0, high = decisions->count;

    while (low < high) { /* the first behind the address */
        size_t middle = low + (high - low) / 2;

        if (addr_compare(decisions->items[middle].net.first, a) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low > 0; low--) {
        const struct decision *decision = &decisions->items[low - 1];

        if (addr_compare(decision->net.first, lowest) < 0)
            break;
        if (decision->state == DECISION_ACTIVE && prefix_has(&decision->net, a))
            return decision;
    }
    return NULL;
}
