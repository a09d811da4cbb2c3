/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share that decide: the policy in force, its allow lists, and the instant.
 */
#ifndef NJ_CLI_POLICY_H
#define NJ_CLI_POLICY_H

#include "cli/cli.h"
#include "cli/setup.h"
#include "policy/decide.h"

struct deciding_setup {
    struct policy policy;
    struct allow *allow;
    struct allow_file files[POLICY_FILES_MAX];
    char *path; /* where the policy came from */
};

/**
 * Load a policy with its allow lists.
 *
 * @param path   a file; NULL: the one in force (`policy set`), else the one beside the
 *               configuration, else the one that the program comes with
 * @param empty  an allow list may have shrunk to nothing
 * @return 0; -1
 */
int policy_ready(const struct setup *setup, struct store *store, const char *path, bool empty,
                 struct deciding_setup *ret, struct nj_err *err);
void policy_ready_done(struct deciding_setup *ready);

/** Remember how large the allow lists are now. */
int policy_remember(struct store *store, const struct deciding_setup *ready,
                    struct nj_err *err);

/** INT64_MAX becomes the store's last packet. @return 0; -1 NJ_STORE: the store is empty */
int policy_instant(struct store *store, int64_t *at_us, struct nj_err *err);

/** Decide, with what counts without a word on the command line. */
int policy_now(const struct setup *setup, struct store *store, const char *path, int64_t *at_us,
               struct decisions *ret, struct nj_err *err);

/** The columns of a decision, and the cells for them (text is borrowed from `room`). */
#define DECISION_CELLS 17
extern const char *const decision_columns[DECISION_CELLS];
struct decision_room {
    char net[PREFIX_TEXT_MAX], actor[32], grade[2];
};
void decision_cells(const struct decision *decision, struct decision_room *room,
                    struct cell cells[DECISION_CELLS]);

#endif
