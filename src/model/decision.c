/* SPDX-License-Identifier: Apache-2.0 */
#include "model/decision.h"

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
