/* SPDX-License-Identifier: Apache-2.0 */
/* A stage's state as bytes, both ways by one function: the stage walks over its fields once,
 * and the walk is what is written and what is read, so that the two can't differ.
 *
 *   8  magic          1  format of what follows
 *   what the walk gives; a name as its number in the order of their first mention, and there
 *      its length and text behind it
 *   8  XXH3-64 of all before
 *
 * A number takes a byte for each seven bits that it has (saved.c), a fraction those that its
 * first digits need: states are large, and most of what they hold is 0. Names are numbers of
 * an nj_intern, written as texts. A file is read to its end even when it is hostile; a walk
 * must check `bad` before it believes a count. */
#ifndef NJ_BASE_SAVED_H
#define NJ_BASE_SAVED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/intern.h"

struct nj_saved;

/** Walk over the state, in the same order each time. Reading: fill it, and set `bad` for
 * values that cannot be. @return 0; -1 with *err */
typedef int (*nj_saved_walk)(struct nj_saved *saved, void *state, struct nj_err *err);

/** @param names  NULL: the walk has none. @return 0; -1 NJ_IO, NJ_NOMEM */
int nj_saved_write(FILE *out, const char magic[8], const struct nj_intern *names,
                   nj_saved_walk walk, void *state, struct nj_err *err);

/** What follows in the file stays to be read, for which it must be seekable.
 * @param names  NULL: the walk has none
 * @return 0; -1 NJ_IO, NJ_NOMEM, NJ_FORMAT (not such a file, damaged, cut, or impossible) */
int nj_saved_read(FILE *in, const char magic[8], struct nj_intern *names, nj_saved_walk walk,
                  void *state, struct nj_err *err);

/** Whether the walk is to fill the state. */
bool nj_saved_reading(const struct nj_saved *saved);
/** Reading: something could not be, or the file ended. For good; fields read then are 0. */
bool nj_saved_bad(const struct nj_saved *saved);
void nj_saved_refuse(struct nj_saved *saved);
/** Reading: refuse unless `holds`. */
void nj_saved_check(struct nj_saved *saved, bool holds);

void nj_saved_bool(struct nj_saved *saved, bool *value);
void nj_saved_u8(struct nj_saved *saved, uint8_t *value);
void nj_saved_u16(struct nj_saved *saved, uint16_t *value);
void nj_saved_u32(struct nj_saved *saved, uint32_t *value);
void nj_saved_u64(struct nj_saved *saved, uint64_t *value);
void nj_saved_i64(struct nj_saved *saved, int64_t *value);
/** Reading: not a number, or endless, is refused. */
void nj_saved_float(struct nj_saved *saved, float *value);
void nj_saved_double(struct nj_saved *saved, double *value);
void nj_saved_name(struct nj_saved *saved, uint32_t *value);
/** Any number of them, as they are. */
void nj_saved_bytes(struct nj_saved *saved, void *bytes, size_t n);

#endif
