/* SPDX-License-Identifier: Apache-2.0 */
#include "model/decision.h"

#include <stdio.h>

const char *const action_names[ACTIONS] = {
    [ACTION_NONE] = "none",
    [ACTION_MONITOR] = "monitor",
    [ACTION_QUARANTINE] = "quarantine",
    [ACTION_BLOCK] = "block",
};

const char *const decision_state_names[DECISION_STATES] = {
    [DECISION_ACTIVE] = "active",
    [DECISION_EXPIRED] = "expired",
    [DECISION_MOVED] = "moved",
    [DECISION_ALLOWED] = "allowed",
};

/* The bits in which first and last differ must be the lowest, 0 in the one and 1 in the other.
 */
int prefix_length(const struct prefix *prefix)
{
    uint64_t hi = prefix->first.hi ^ prefix->last.hi, lo = prefix->first.lo ^ prefix->last.lo;
    int length;

    if ((hi & (hi + 1)) != 0 || (lo & (lo + 1)) != 0 || (hi != 0 && lo != UINT64_MAX) ||
        (prefix->first.hi & hi) != 0 || (prefix->first.lo & lo) != 0)
        return -1;
    length = hi != 0 ? 64 - __builtin_popcountll(hi) : 128 - __builtin_popcountll(lo);
    if (addr_is_v4(prefix->first))
        return length >= 96 ? length - 96 : -1;
    return length;
}

bool prefix_is_host(const struct prefix *prefix)
{
    return addr_equal(prefix->first, prefix->last);
}

char *prefix_text(const struct prefix *prefix, char *text)
{
    char first[ADDR_TEXT_MAX];

    (void)addr_text(prefix->first, first);
    if (prefix_is_host(prefix))
        (void)snprintf(text, PREFIX_TEXT_MAX, "%s", first);
    else
        (void)snprintf(text, PREFIX_TEXT_MAX, "%s/%d", first, prefix_length(prefix));
    return text;
}

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

int decision_by_address(const void *left, const void *right)
{
    const struct decision *a = left, *b = right;
    int order = addr_compare(a->net.first, b->net.first);

    return order != 0 ? order : addr_compare(b->net.last, a->net.last);
}
