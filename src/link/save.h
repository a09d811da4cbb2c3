/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the linker's saved state share: save.c (the whole), save_background.c,
 * save_pairs.c, and save_check.c for what was loaded. */
#ifndef NJ_LINK_SAVE_H
#define NJ_LINK_SAVE_H

#include "base/saved.h"
#include "link/linker_state.h"

/** An index below `count`, or LINK_NONE. */
void save_index(struct nj_saved *s, uint32_t *index, uint32_t count);

/** Finite, and far from what can't be added up any more. */
void save_number(struct nj_saved *s, double *value);

/** Such a one, and not below 0. */
void save_amount(struct nj_saved *s, double *value);

/** A time, or a span, of which sums fit. */
void save_time(struct nj_saved *s, int64_t *us);

void save_addr(struct nj_saved *s, struct addr *a);

/** Room for one more at `at` when loading: arrays grow as they are read, so that a file can't
 * take more memory than it has bytes for. @return 0; -1 NJ_NOMEM */
int save_room(const struct nj_saved *s, void **list, uint32_t at, uint32_t *room, size_t size,
              struct nj_err *err);

/* save_background.c: what was learned of all sources. @return 0; -1 NJ_NOMEM */
int save_background(struct nj_saved *s, struct background *bg, struct nj_err *err);
void save_likeness(struct nj_saved *s, struct likeness *k);
void save_acceptance(struct nj_saved *s, struct acceptance *a);

/* save_pairs.c: who was joined. @return 0; -1 NJ_NOMEM */
int save_pairs(struct nj_saved *s, struct linker *l, struct nj_err *err);
int save_actors(struct nj_saved *s, struct actors *a, struct nj_err *err);

/* save_check.c: a loaded state is whole; makes its indexes.
 * @return 0; -1 NJ_FORMAT, NJ_NOMEM */
int save_check(struct linker *l, struct nj_err *err);

#endif
