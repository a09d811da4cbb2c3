/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the walk over a visit table share. Inside of visit/ only. */
#ifndef NJ_VISIT_SAVE_H
#define NJ_VISIT_SAVE_H

#include "base/saved.h"
#include "visit/table_state.h"

struct walked {
    struct visit_table *table;
    struct open_visit **visits; /* writing: in the order of opening */
    uint32_t *labels;           /* reading: our number of each of the file's */
    uint32_t label_count;
};

/* Numbers by value, for bit-fields. Reading: refused unless below `end`, and then 0. */

static inline uint64_t saved_below_u64(struct nj_saved *s, uint64_t value, uint64_t end)
{
    nj_saved_u64(s, &value);
    nj_saved_check(s, value < end);
    return value < end ? value : 0;
}

static inline uint16_t saved_below_u16(struct nj_saved *s, uint16_t value, uint32_t end)
{
    nj_saved_u16(s, &value);
    nj_saved_check(s, value < end);
    return value < end ? value : 0;
}

static inline uint8_t saved_below_u8(struct nj_saved *s, uint8_t value, unsigned end)
{
    nj_saved_u8(s, &value);
    nj_saved_check(s, value < end);
    return value < end ? value : 0;
}

/** A label by its place in the list. */
void saved_label(struct nj_saved *s, const struct walked *w, uint32_t *label);

/* save_visit.c */

/** Walk over an open visit with its side and targets. Reading: it becomes one of the table.
 * @param visit  NULL when reading. @return 0; -1 NJ_NOMEM */
int saved_visit(struct nj_saved *s, const struct walked *w, struct open_visit *visit,
                struct nj_err *err);

#endif
