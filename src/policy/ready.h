/* SPDX-License-Identifier: Apache-2.0 */
/* A policy ready to decide: the one in force with its allow lists. One code for the commands
 * and the service. */
#ifndef NJ_POLICY_READY_H
#define NJ_POLICY_READY_H

#include "policy/decide.h"
#include "store/query.h"

/* Which policy. All is borrowed for the call. */
struct policy_wanted {
    const char *path;          /* this file; NULL: the one that was put in force */
    const char *fallback;      /* the file that counts when none ever was */
    const char *fallback_text; /* what stood in it when it was tested; NULL: read it now */
    bool empty;                /* an allow list may have shrunk to nothing */
    const struct sensor *sensors;
    size_t sensor_count;
};

struct policy_ready {
    struct policy policy;
    struct allow *allow;
    size_t own; /* prefixes of the configured sensors */
    struct allow_file files[POLICY_FILES_MAX];
    char *path; /* where the policy came from */
};

/** @return 0; -1 NJ_CONFIG (a fault in it, an allow list that was lost), NJ_IO, NJ_NOMEM */
int policy_get_ready(struct store *store, const struct policy_wanted *wanted,
                     struct policy_ready *ret, struct nj_err *err);
void policy_ready_done(struct policy_ready *ready);

/** Remember how large the allow lists are now. */
int policy_remember(struct store *store, const struct policy_ready *ready, struct nj_err *err);

/** INT64_MAX becomes the end of the minute of the store's last packet, when that was scored.
 * @return 0; -1 NJ_STORE: the store is empty */
int policy_instant(struct store *store, int64_t *at_us, struct nj_err *err);

/** Which of the decisions are sent as rows, worst first. */
struct decisions_question {
    struct addr source; /* only what has this address; addr_is_none: any */
    unsigned actions;   /* bits 1 << action: only these; 0: all but "none" */
    bool all;           /* ended and allowed ones too */
    uint64_t limit;     /* rows; 0: all */
};

/** Send them. @return 0; -1 NJ_NOMEM, or from the sink */
int decisions_send(const struct decisions *decisions, const struct decisions_question *question,
                   const struct row_sink *sink, struct nj_err *err);

#endif
