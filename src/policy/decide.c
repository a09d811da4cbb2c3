/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/decide.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/packet.h"
#include "policy/prefixes.h"
#include "store/candidates.h"
#include "trend/findings.h"

/* While an action, or a stronger one, lasts without a gap. */
struct run {
    int64_t since, until; /* until 0: there was none */
    int64_t for_us;
    int rule;         /* of the last state whose action it was */
    int from_subject; /* taken along from this one; -1: own */
};

struct subject {
    struct addr source;
    struct run runs[ACTIONS];
    int64_t last_us;
    double risk, hop;
    enum risk_level level;
    enum grade grade;
    uint64_t actor;
    struct addr hop_from, moved_to;
    int64_t moved_us; /* 0: it did not */
    bool declared;
    enum action held; /* what the grade did not let through */
    int held_rule;
    char reason[176];
};

struct deciding {
    const struct policy *policy;
    int64_t at_us;
    struct subject *subjects; /* by address */
    size_t count, room;
};

/* ---- states --------------------------------------------------------------------------------
 */

static struct subject *subject_of(struct deciding *d, struct addr source, struct nj_err *err)
{
    struct subject *last = d->count > 0 ? &d->subjects[d->count - 1] : NULL;

    if (last != NULL && addr_equal(last->source, source))
        return last;
    if (d->count == d->room) {
        size_t room = d->room * 2 + 1024;
        struct subject *bigger;

        if (d->count >= DECISIONS_MAX) {
            (void)nj_fail(err, NJ_LIMIT, "more than %u sources to decide about", DECISIONS_MAX);
            return NULL;
        }
        bigger = reallocarray(d->subjects, room, sizeof(*bigger));
        if (bigger == NULL) {
            (void)nj_fail(err, NJ_NOMEM, "no memory for decisions");
            return NULL;
        }
        d->subjects = bigger;
        d->room = room;
    }
    last = &d->subjects[d->count++];
    *last = (struct subject){.source = source};
    return last;
}

/* An action was said at `from`, and lasts until `until`; the milder ones last as long. */
static void extend(struct subject *subject, enum action action, int rule, int from_subject,
                   int64_t from, int64_t until, int64_t for_us)
{
    for (int a = ACTION_MONITOR; a <= (int)action; a++) {
        struct run *run = &subject->runs[a];

        if (run->until == 0 || from > run->until)
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

static int on_state(void *ctx, const struct candidate *state, struct nj_err *err)
{
    struct deciding *d = ctx;
    const struct policy_rule *rule = state->rule < 0 ? NULL : &d->policy->rules[state->rule];
    struct subject *subject = subject_of(d, state->source, err);
    enum action action = rule == NULL ? ACTION_NONE : rule->action;

    if (subject == NULL)
        return -1;
    subject->last_us = state->last_us;
    subject->risk = state->risk;
    subject->level = state->level;
    subject->grade = state->grade;
    subject->actor = state->actor;
    subject->hop = state->hop;
    subject->hop_from = state->hop_from;
    subject->declared = state->declared;
    subject->held = ACTION_NONE;
    (void)snprintf(subject->reason, sizeof(subject->reason), "%s", state->reason);
    if (action > ACTION_MONITOR && state->grade > d->policy->grade) {
        subject->held = action;
        subject->held_rule = state->rule;
        action = ACTION_MONITOR;
    }
    if (action != ACTION_NONE)
        extend(subject, action, state->rule, -1, state->from_us, state->last_us + rule->for_us,
               rule->for_us);
    return 0;
}

/* ---- hops ----------------------------------------------------------------------------------
 */

static struct subject *find(const struct deciding *d, struct addr source)
{
    size_t low = 0, high = d->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = addr_compare(d->subjects[middle].source, source);

        if (order == 0)
            return &d->subjects[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int on_hop(void *ctx, const struct accepted_hop *hop, struct nj_err *err)
{
    struct deciding *d = ctx;
    struct subject *from = find(d, hop->from), *to = find(d, hop->to);

    (void)err;
    if (from == NULL || hop->probability < d->policy->follow)
        return 0;
    if (from->last_us <= hop->accepted_us) { /* it stayed silent */
        from->moved_us = hop->accepted_us;
        from->moved_to = hop->to;
    }
    if (to == NULL)
        return 0;
    for (int a = ACTIONS - 1; a > ACTION_MONITOR; a--) {
        const struct run *run = &from->runs[a];

        if (run->until <= hop->accepted_us || run->since > hop->accepted_us)
            continue;
        extend(to, (enum action)a, run->rule, (int)(from - d->subjects), hop->accepted_us,
               to->last_us + run->for_us, run->for_us);
        break;
    }
    return 0;
}

/* ---- decisions -----------------------------------------------------------------------------
 */

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

static void explain(const struct deciding *d, const struct subject *subject,
                    const struct run *run, struct decision *decision)
{
    char text[ADDR_TEXT_MAX];

    if (decision->state == DECISION_MOVED)
        say(decision, "its actor moved on to %s; ", addr_text(subject->moved_to, text));
    if (subject->held > decision->action)
        say(decision, "would be %s by rule %s, but grade %c: the address is unproven; ",
            action_names[subject->held], d->policy->rules[subject->held_rule].name,
            "ABCD"[subject->grade]);
    if (run->from_subject >= 0)
        say(decision, "follows its actor from %s; ",
            addr_text(d->subjects[run->from_subject].source, text));
    say(decision, "%s %.2f, grade %c", risk_level_names[subject->level], subject->risk,
        "ABCD"[subject->grade]);
    if (subject->hop > 0)
        say(decision, ", hop from %s with probability %.4f", addr_text(subject->hop_from, text),
            subject->hop);
    if (subject->reason[0] != '\0')
        say(decision, ": %s", subject->reason);
    end_reason(decision);
}

/* The strongest action that lasts, or lasted; monitoring that ended is not worth a line. */
static bool decide_one(const struct deciding *d, const struct subject *subject,
                       struct decision *ret)
{
    enum action action = ACTION_BLOCK;
    bool graded = subject->grade <= d->policy->grade;
    const struct run *run;

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
        .net = {.first = subject->source, .last = subject->source},
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
    }
    if (run->rule >= 0)
        (void)snprintf(ret->rule, sizeof(ret->rule), "%s", d->policy->rules[run->rule].name);
    explain(d, subject, run, ret);
    return true;
}

static int make_decisions(const struct deciding *d, struct decisions *ret, struct nj_err *err)
{
    ret->items = calloc(d->count + 1, sizeof(*ret->items));
    if (ret->items == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for decisions");
    for (size_t i = 0; i < d->count; i++) {
        const struct subject *subject = &d->subjects[i];

        if (!decide_one(d, subject, &ret->items[ret->count]))
            continue;
        if (subject->declared && d->policy->allow_declared) {
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

/* ---- what may not be -----------------------------------------------------------------------
 */

int decision_worse(const void *left, const void *right)
{
    const struct decision *a = left, *b = right;

    if (a->action != b->action)
        return a->action > b->action ? -1 : 1;
    if (a->risk < b->risk || a->risk > b->risk)
        return a->risk > b->risk ? -1 : 1;
    if (a->last_us != b->last_us)
        return a->last_us > b->last_us ? -1 : 1;
    return addr_compare(a->net.first, b->net.first);
}

static int by_address(const void *left, const void *right)
{
    const struct decision *a = left, *b = right;
    int order = addr_compare(a->net.first, b->net.first);

    return order != 0 ? order : addr_compare(b->net.last, a->net.last);
}

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
            decision->action = ACTION_MONITOR;
            decision->reason[0] = '\0';
            say(decision, "over the budget of %u; ", rule->at_most);
            say(decision, "%s", reason);
            end_reason(decision);
        }
    }
    qsort(decisions->items, decisions->count, sizeof(*decisions->items), by_address);
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
        decision->state = DECISION_ALLOWED;
        decisions->allowed++;
    }
}

/* ---- prefixes ------------------------------------------------------------------------------
 */

/* All subjects, with the decisions about those that are more than monitored. Both are sorted by
 * address. */
static void list_seen(const struct deciding *d, const struct decisions *decisions,
                      struct seen *seen)
{
    size_t next = 0;

    for (size_t i = 0; i < d->count; i++) {
        const struct decision *decision = NULL;

        seen[i] =
            (struct seen){.source = d->subjects[i].source, .declared = d->subjects[i].declared};
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
    struct seen *seen = calloc(d->count + 1, sizeof(*seen));
    struct decision *found = NULL, *all;
    size_t count = 0;
    int rc;

    if (seen == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for prefixes");
    list_seen(d, decisions, seen);
    rc = policy_prefixes(d->policy, allow, seen, d->count, &found, &count, err);
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
    qsort(all, decisions->count, sizeof(*all), by_address);
    return 0;
}

/* ---- findings ------------------------------------------------------------------------------
 *
 * Current are those of the week of the instant and of the week before it, unless they have
 * passed. */

#define WEEK_US (7 * 86400000000ll)

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

int policy_decide(struct store *store, const struct policy *policy, const struct allow *allow,
                  int64_t at_us, struct decisions *ret, struct nj_err *err)
{
    struct deciding d = {.policy = policy, .at_us = at_us};
    struct candidate_rule rules[RULES_MAX] = {{0}};
    struct decisions decisions = {.at_us = at_us};
    int rc;

    for (size_t i = 0; i < policy->rule_count; i++) {
        rules[i].when = &policy->rules[i].when;
        rules[i].unless = policy->rules[i].has_unless ? &policy->rules[i].unless : NULL;
    }
    if (store_candidates_ask_findings(rules, policy->rule_count) &&
        give_findings(store, at_us, err) < 0)
        return -1;
    rc = store_candidates(store, rules, policy->rule_count, at_us,
                          2 * policy_longest_us(policy), on_state, &d, err);
    if (rc == 0)
        rc = store_accepted_hops(store, at_us, on_hop, &d, err);
    if (rc == 0)
        rc = make_decisions(&d, &decisions, err);
    if (rc == 0) {
        refuse_allowed(allow, &decisions);
        keep_budgets(policy, &decisions);
        rc = store_decisions_about(store, at_us, decisions.items, decisions.count, err);
    }
    if (rc == 0 && policy->prefixes.on)
        rc = add_prefixes(&d, allow, &decisions, err);
    free(d.subjects);
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
