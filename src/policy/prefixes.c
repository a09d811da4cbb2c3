/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/prefixes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIN_MAX 4096u /* members of a node that are compared with each other */

struct growing {
    const struct policy *policy;
    const struct allow *allow;
    const struct seen *seen;
    struct decision *items;
    size_t count, room;
    struct nj_err *err;
};

/* What stands in a node of the tree. */
struct node {
    struct prefix net;
    size_t hostile, declared;
    size_t first, last; /* hostile ones, as places in `seen` */
    size_t kin;         /* the largest group of one actor or kind */
    const struct decision *example;
    bool kin_is_actor;
};

/* ---- prefixes as numbers ---- */

/* The prefix of that many bits (of 128) that has an address. */
static struct prefix prefix_around(struct addr a, unsigned bits)
{
    uint64_t hi = bits == 0 ? UINT64_MAX : bits >= 64 ? 0 : UINT64_MAX >> bits;
    uint64_t lo = bits <= 64 ? UINT64_MAX : bits >= 128 ? 0 : UINT64_MAX >> (bits - 64);

    return (struct prefix){.first = {.hi = a.hi & ~hi, .lo = a.lo & ~lo},
                           .last = {.hi = a.hi | hi, .lo = a.lo | lo}};
}

/* How many leading bits two addresses share. */
static unsigned common_bits(struct addr a, struct addr b)
{
    if (a.hi != b.hi)
        return (unsigned)__builtin_clzll(a.hi ^ b.hi);
    return a.lo == b.lo ? 128 : 64 + (unsigned)__builtin_clzll(a.lo ^ b.lo);
}

/* ---- evidence ---- */

static bool same_actor(const struct decision *a, const struct decision *b)
{
    return a->actor != 0 && a->actor == b->actor;
}

static bool same_kind(const struct decision *a, const struct decision *b)
{
    return a->tool[0] != '\0' && strcmp(a->tool, b->tool) == 0 &&
           strcmp(a->ports, b->ports) == 0;
}

/* The largest group of one actor or kind in seen[from, to). */
static void find_kin(const struct growing *g, size_t from, size_t to, struct node *node)
{
    size_t end = to - from > KIN_MAX ? from + KIN_MAX : to;

    for (size_t i = from; i < end; i++) {
        const struct decision *one = g->seen[i].hostile;
        size_t actors = 0, kinds = 0;

        for (size_t j = from; one != NULL && j < end; j++) {
            const struct decision *other = g->seen[j].hostile;

            actors += other != NULL && same_actor(one, other);
            kinds += other != NULL && same_kind(one, other);
        }
        if (actors > node->kin || kinds > node->kin) {
            node->kin_is_actor = actors >= kinds;
            node->kin = actors >= kinds ? actors : kinds;
            node->example = one;
        }
    }
}

static struct node look(const struct growing *g, size_t from, size_t to)
{
    struct node node = {.first = SIZE_MAX};

    for (size_t i = from; i < to; i++) {
        node.declared += g->seen[i].declared;
        if (g->seen[i].hostile == NULL)
            continue;
        node.first = node.first == SIZE_MAX ? i : node.first;
        node.last = i;
        node.hostile++;
    }
    if (node.hostile >= g->policy->prefixes.least)
        find_kin(g, from, to, &node);
    return node;
}

static bool is_shared(const struct policy *policy, uint32_t asn)
{
    for (size_t i = 0; i < policy->shared_count; i++) {
        if (policy->shared[i] == asn)
            return true;
    }
    return false;
}

/* Why a node with enough evidence may not be listed. @return NULL: it may */
static const char *refused(const struct growing *g, const struct node *node,
                           char text[ALLOW_TEXT_MAX])
{
    const char *special = special_range(&node->net);

    if (special != NULL)
        return special;
    if (node->declared > 0) {
        (void)snprintf(text, ALLOW_TEXT_MAX, "%zu declared scanner%s in it", node->declared,
                       node->declared == 1 ? "" : "s");
        return text;
    }
    if (g->allow != NULL && allow_has(g->allow, &node->net, text))
        return text;
    for (size_t i = node->first; i <= node->last; i++) {
        const struct decision *member = g->seen[i].hostile;

        if (member == NULL || !is_shared(g->policy, member->asn))
            continue;
        (void)snprintf(text, ALLOW_TEXT_MAX,
                       "customers of AS %" PRIu32 " live door to door or share addresses",
                       member->asn);
        return text;
    }
    return NULL;
}

/* ---- decisions ---- */

static void explain(struct decision *decision, const struct node *node, size_t seen,
                    const char *why_not)
{
    char who[64];
    int bits = prefix_length(&decision->net);
    int length = addr_is_v4(decision->net.first) ? 32 : 128;
    char size[32];

    if (length - bits <= 32)
        (void)snprintf(size, sizeof(size), "%" PRIu64, UINT64_C(1) << (length - bits));
    else
        (void)snprintf(size, sizeof(size), "2^%d", length - bits);
    if (node->kin_is_actor)
        (void)snprintf(who, sizeof(who), "of actor NJ-%06" PRIu64, node->example->actor);
    else
        (void)snprintf(who, sizeof(who), "by %s at the same ports", node->example->tool);
    (void)snprintf(
        decision->reason, sizeof(decision->reason),
        "%s%.120s%s%zu of %zu addresses seen in it are hostile, %zu %s; collateral: %zu "
        "seen and not hostile, the rest of its %s addresses never seen",
        why_not != NULL ? "not listed as a prefix: " : "", why_not != NULL ? why_not : "",
        why_not != NULL ? "; " : "", node->hostile, seen, node->kin, who, seen - node->hostile,
        size);
}

static int emit(struct growing *g, const struct node *node, const char *why_not)
{
    struct decision decision = *node->example;
    size_t seen = 0;

    if (g->count == g->room) {
        size_t room = g->room * 2 + 64;
        struct decision *bigger = reallocarray(g->items, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(g->err, NJ_NOMEM, "no memory for prefixes");
        g->items = bigger;
        g->room = room;
    }
    decision.net = node->net;
    decision.addresses = (uint32_t)node->hostile;
    decision.hop = 0;
    decision.hop_from = decision.moved_to = (struct addr){0, 0};
    decision.sessions = 0;
    if (!node->kin_is_actor)
        decision.actor = 0;
    for (size_t i = node->first; i <= node->last; i++) {
        const struct decision *member = g->seen[i].hostile;

        seen++;
        if (member == NULL)
            continue;
        decision.sessions += member->sessions;
        if (member->action < decision.action)
            decision.action = member->action;
        if (member->grade > decision.grade)
            decision.grade = member->grade;
        if (member->risk < decision.risk) {
            decision.risk = member->risk;
            decision.level = member->level;
        }
        if (member->since_us > decision.since_us)
            decision.since_us = member->since_us;
        if (member->until_us < decision.until_us)
            decision.until_us = member->until_us;
        if (member->last_us > decision.last_us)
            decision.last_us = member->last_us;
        if (member->first_us < decision.first_us)
            decision.first_us = member->first_us;
    }
    decision.state = why_not == NULL ? DECISION_ACTIVE : DECISION_ALLOWED;
    (void)snprintf(decision.rule, sizeof(decision.rule), "prefixes");
    explain(&decision, node, seen, why_not);
    g->items[g->count++] = decision;
    return 0;
}

/* The node of so many bits whose addresses are seen[from, to). */
static int grow(struct growing *g, size_t from, size_t to, unsigned bits)
{
    struct node node = look(g, from, to);
    char text[ALLOW_TEXT_MAX];
    const char *why_not;
    size_t middle = from, inside;

    if (node.hostile < g->policy->prefixes.least || node.hostile < 2 || bits > 127)
        return 0;
    if (node.kin >= g->policy->prefixes.least) {
        struct addr first = g->seen[node.first].source;

        node.net = prefix_around(first, common_bits(first, g->seen[node.last].source));
        inside = node.last - node.first + 1;
        if (node.hostile * 100 >= inside * g->policy->prefixes.share) {
            why_not = refused(g, &node, text);
            return emit(g, &node, why_not);
        }
    }
    while (middle < to && common_bits(g->seen[from].source, g->seen[middle].source) > bits)
        middle++;
    if (grow(g, from, middle, bits + 1) < 0)
        return -1;
    return middle < to ? grow(g, middle, to, bits + 1) : 0;
}

int policy_prefixes(const struct policy *policy, const struct allow *allow,
                    const struct seen *seen, size_t count, struct decision **ret,
                    size_t *ret_count, struct nj_err *err)
{
    struct growing g = {.policy = policy, .allow = allow, .seen = seen, .err = err};
    size_t from = 0;

    while (from < count) {
        unsigned bits = addr_is_v4(seen[from].source) ? 96 + (unsigned)policy->prefixes.v4
                                                      : (unsigned)policy->prefixes.v6;
        size_t to = from + 1;

        while (to < count && common_bits(seen[from].source, seen[to].source) >= bits)
            to++;
        if (grow(&g, from, to, bits) < 0) {
            free(g.items);
            return -1;
        }
        from = to;
    }
    *ret = g.items;
    *ret_count = g.count;
    return 0;
}
