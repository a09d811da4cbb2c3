/* SPDX-License-Identifier: Apache-2.0 */
/* What fingerprint.c (the way of a packet) and state.c (saving) share. */
#ifndef NJ_FINGERPRINT_STATE_H
#define NJ_FINGERPRINT_STATE_H

#include "fingerprint/fingerprint.h"
#include "fingerprint/profile.h"
#include "fingerprint/sender.h"
#include "fingerprint/stack.h"

#define PROFILE_SENDERS 16u /* senders for each profile: most never get to eight packets */
#define COPIES 256u         /* probes that are remembered to see decoys; a power of two */

/* A probe whose exact copy from another source is a decoy. */
struct copy {
    uint64_t key;
    struct addr src;
    int64_t time_ns;
};

struct fingerprint {
    struct stack_table *stacks;
    struct sender_table *senders;
    struct profile_table *profiles;
    struct tool_choice choice;
    const struct nj_intern *names; /* borrowed */
    trait_fn sink;
    void *sink_ctx;
    uint32_t tool_ids[TOOL_COUNT]; /* name numbers */
    int64_t now_ns;                /* highest packet time, see clock_tick */
    struct fingerprint_counts counts;
    struct copy copies[COPIES]; /* not saved: copies come within a second */
};

#endif
