/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the last commits as the later stages take them, kept until these have taken them: so
 * that they need not read back what this process has just written. Files are read for all
 * else, and wherever it is not sure that nothing is missing. Not for other modules.
 *
 * Used by one thread at a time, as the catalog is: store_commit adds, the later stages take. */
#ifndef NJ_STORE_RECENT_H
#define NJ_STORE_RECENT_H

#include "store/replay_row.h"
#include "store/replay_spans.h"
#include "store/stage.h"

struct recent;

/** @param names  numbers of names are of it; borrowed, kept @return NULL when out of memory */
struct recent *recent_new(struct nj_intern *names);
void recent_free(struct recent *recent);

/** Keep the rows of a commit, which stand in the stage, and whose segments these are. If they
 * are not in the order of handing on, or more than RECENT_ROWS wait, none are kept. */
void recent_add(struct recent *recent, const struct stage *stage,
                const struct segment_list *segments, int64_t commit);
#define RECENT_ROWS (2u * STORE_COMMIT_ROWS)

/** What is kept from an instant on: visits by (handed, seq), traits as the engine would sort
 * them. Borrowed until the next call. */
struct recent_rows {
    const struct replay_row *visits;
    size_t visit_count;
    const struct trait *const *traits;
    size_t trait_count;
};

/** The rows handed on in [from, to).
 * @return whether they are all kept, and no row of that time stands in the files alone */
bool recent_rows(struct recent *recent, const struct replay_spans *spans, int64_t from_us,
                 int64_t to_us, struct recent_rows *ret);

/** All rows before an instant were taken. */
void recent_drop(struct recent *recent, int64_t before_us);

#endif
