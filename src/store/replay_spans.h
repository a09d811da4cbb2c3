/* SPDX-License-Identifier: Apache-2.0 */
/* Which segments hold rows of which time: known from their spans, which the catalog keeps.
 * Not for other modules. */
#ifndef NJ_STORE_REPLAY_SPANS_H
#define NJ_STORE_REPLAY_SPANS_H

#include "store/internal.h"
#include "store/replay.h"

struct spanned {
    struct segment segment;
    int64_t first_us, last_us; /* the first behind the last: it has no rows, or is damaged */
    bool damaged;
};

struct replay_spans {
    struct store *store; /* borrowed */
    store_line_fn line;
    void *line_ctx;
    struct spanned *items; /* of visits and traits */
    size_t count;
};

/** As replay_look. */
int replay_spans_look(struct replay_spans *spans, int64_t after, struct replay_span *ret,
                      struct nj_err *err);

/** "read_parquet([...])" of the segments of a kind that touch [from, to).
 * @param ret  taken; NULL when none does @return 0; -1 */
int replay_spans_files(const struct replay_spans *spans, enum segment_kind kind,
                       int64_t from_us, int64_t to_us, char **ret, struct nj_err *err);

#endif
