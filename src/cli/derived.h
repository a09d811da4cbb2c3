/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share that run the later stages or ask what they found. */
#ifndef NJ_CLI_DERIVED_H
#define NJ_CLI_DERIVED_H

#include "cli/cli.h"
#include "cli/setup.h"
#include "pipeline/derive.h"
#include "store/derived_ask.h"

/** Options for a store that is open for writing, with what the configuration says.
 * @param ports  borrowed as long as the stages */
struct derive_options derived_options(const struct setup *setup, struct store *store,
                                      struct ports *ports);

/** Derive everything anew, since what it rests on has changed.
 * @param store  open for writing */
int derived_again(const struct cli *cli, const struct setup *setup, struct store *store,
                  struct nj_err *err);

/** Warn of what the bounds of the later stages forced, and say that a recompute was needed. */
void derived_say(const struct cli *cli, struct derive *derive);

/**
 * Take the words as an address, or as a filter over the rows of `what`.
 *
 * @param ret_filter  the text, taken; the question borrows it
 * @return 0; CLI_USAGE (said); -1
 */
int derived_words(const struct cli *cli, struct derived_question *question, char **ret_filter,
                  struct nj_err *err);

/** Open the store, ask, and print rows. @param columns  of a table @return 0; -1 */
int derived_rows(const struct cli *cli, const struct setup *setup, const char *const *columns,
                 const struct derived_question *question, struct nj_err *err);

/** All of it: take the words, open the store, ask, and print rows. @return 0; CLI_USAGE (said);
 * -1 */
int derived_answer(const struct cli *cli, const char *const *columns,
                   struct derived_question *question, struct nj_err *err);

/** Links or hops for people, each with its evidence below it. @return 0; -1 */
int derived_evidence(const struct cli *cli, const struct setup *setup,
                     const struct derived_question *question, struct nj_err *err);

#endif
