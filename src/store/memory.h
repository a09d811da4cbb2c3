/* SPDX-License-Identifier: Apache-2.0 */
/* The summaries in memory, for a process that answers many questions: a ranking over months
 * then opens no file. Segments never change, so each is read once, when it is first listed, and
 * let go when no handle lists it any more; all handles on a store share them (struct
 * store_memory, store.h). DuckDB reads them through table functions, `kept_counts()` and
 * `kept_sources()`, so that the questions are the same with and without. */
#ifndef NJ_STORE_MEMORY_H
#define NJ_STORE_MEMORY_H

#include "store/internal.h"

struct kept;

/**
 * Make what the handle keeps of a kind follow a list of segments (of all kinds).
 *
 * @return 0; MEMORY_NOT: this kind is not kept (too large, not a summary, or the handle shares
 *         no memory), the files answer; -1
 */
#define MEMORY_NOT 1
int memory_follow(struct store *store, enum segment_kind kind, const struct segment_list *list,
                  struct nj_err *err);

/** The table function of a kind that memory_follow keeps. */
const char *memory_table(enum segment_kind kind);

/** Let go what the handle keeps, after its engine is closed. */
void memory_leave(struct store *store);

#endif
