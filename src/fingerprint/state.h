/* SPDX-License-Identifier: Apache-2.0 */
/* What fingerprint.c (the way of a packet) and state.c (saving) share. */
#ifndef NJ_FINGERPRINT_STATE_H
#define NJ_FINGERPRINT_STATE_H

#include "fingerprint/fingerprint.h"
#include "fingerprint/sender.h"
#include "fingerprint/stack.h"

#define AHEAD 8u /* packets between the two steps of loading a sender */

struct fingerprint {
    struct stack_table *stacks;
    struct sender_table *senders;
    struct tool_choice choice;
    trait_fn sink;
    void *sink_ctx;
    uint32_t tool_ids[TOOL_COUNT]; /* name numbers */
    int64_t now_ns;                /* highest packet time, see clock_tick */
    struct fingerprint_counts counts;
    uint64_t ahead[AHEAD]; /* hashes of the last packets prepared */
    unsigned prepared;     /* packets since the last add */
};

#endif
