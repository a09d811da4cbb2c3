/* SPDX-License-Identifier: Apache-2.0 */
/* Is this input known, and how far? An input is known by the digest of its decompressed bytes
 * up to the last commit, and up to each end that it had when it was given before; the digest of
 * its first bytes finds candidates without reading on. */
#ifndef NJ_PIPELINE_KNOWN_H
#define NJ_PIPELINE_KNOWN_H

#include <stdbool.h>

#include "base/stream.h"
#include "store/store.h"

#define KNOWN_HEAD 4096u /* bytes */

struct known_head {
    uint8_t bytes[KNOWN_HEAD];
    size_t length;
};

/** Look at the first bytes of a stream from which nothing was consumed yet. */
int known_head_read(struct nj_stream *stream, struct known_head *ret_head, struct nj_err *err);

/** Does an input with this head begin with the bytes of another's, given by its digest? */
bool known_head_begins(const struct known_head *head, uint64_t length, uint64_t digest);

/**
 * Find the longest known part of an input.
 *
 * @param path    opened once more to compare; standard input can't be, so there the longest
 *                candidate is taken and the caller compares when it has stepped over it
 * @param record  sensor and format set; on return the catalog's row if the input is known, what
 *                is known of an end that it had before (id 0) if it begins with that and
 *                ends there or goes on otherwise, else the head's length and digest alone
 * @param ret_alike  how many bytes an input that is not known has in common with a known one at
 *                least: the longest head that it begins with; 0: none, or it is known
 * @return 0; -1 when the input or the catalog can't be read
 */
int known_find(struct store *store, const char *path, const struct known_head *head,
               struct store_input *record, uint64_t *ret_alike, struct nj_err *err);

#endif
