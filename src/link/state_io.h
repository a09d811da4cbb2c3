/* SPDX-License-Identifier: Apache-2.0 */
/* A walk that saves or loads: the same calls in the same order put or take a value. Numbers are
 * little-endian, doubles their bits, names numbers in a list of texts that stands first. A file
 * that ended or lies sets a flag for good and gives harmless values. */
#ifndef NJ_LINK_STATE_IO_H
#define NJ_LINK_STATE_IO_H

#include <stdbool.h>
#include <stdio.h>

#include <xxhash.h>

#include "base/intern.h"
#include "link/map.h"
#include "model/addr.h"

struct linker;

struct io {
    FILE *in, *out; /* one of them */
    XXH3_state_t *digest;
    bool failed;    /* the file ended, or could not be written */
    bool nonsense;  /* a value that no save writes */
    uint32_t *name; /* loading: by number in the file, the name here; saving: the reverse */
    uint32_t names;
    uint32_t lists; /* of candidates, which follow the digests */
};

/* An unsigned or signed number in its own width. */
#define WALK(io, field)                                                                        \
    ((field) = (__typeof__(field))io_word((io), (uint64_t)(field), sizeof(field)))

void io_bytes(struct io *io, void *data, size_t length);
uint64_t io_word(struct io *io, uint64_t value, unsigned width);
void io_bool(struct io *io, bool *value);
void io_double(struct io *io, double *value);
void io_float(struct io *io, float *value);
void io_addr(struct io *io, struct addr *a);
void io_index(struct io *io, uint32_t *index, uint32_t count);
void io_name(struct io *io, uint32_t *name);

/** Room for one more at `at` when loading: arrays grow as they are read, so that a file can't
 * take more memory than it has bytes for. @return 0; -1 NJ_NOMEM */
int io_room(struct io *io, void **list, uint32_t at, uint32_t *room, size_t size,
            struct nj_err *err);

/** The texts of the names that the digests use. @return 0; -1 NJ_NOMEM */
int io_save_names(struct io *io, const struct linker *l, const struct nj_intern *names,
                  struct nj_err *err);
int io_load_names(struct io *io, struct nj_intern *names, struct nj_err *err);

#endif
