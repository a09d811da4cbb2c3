/* SPDX-License-Identifier: Apache-2.0 */
/* A file or standard input as plain bytes, whatever it was packed with (gz, zst, xz, bz2, lz4),
 * found by content. Plain bytes are read into a sliding buffer; packed ones go through
 * libarchive into the same buffer. Nothing is mapped: a file that shrinks while it is read
 * must end early, and not end the process. One thread owns a stream.
 *
 * The stream keeps the XXH3 digest of the bytes consumed so far: it is how an input is
 * recognised when it is given again (docs/ARCHITECTURE.md, "Ingest is idempotent"). */
#ifndef NJ_BASE_STREAM_H
#define NJ_BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct nj_stream;

#define NJ_STREAM_WANT_MAX (64u << 20) /* the most a peek may ask for: bounds the buffer */

/**
 * Open a file, or standard input for "-".
 *
 * @return 0; -1 NJ_IO when it can't be opened or read, NJ_FORMAT when it is a directory or
 * empty (then err->sys is ENODATA)
 */
int nj_stream_open(const char *path, struct nj_stream **ret_stream, struct nj_err *err);

/**
 * A stream over bytes in memory, which may be packed like a file. For tests.
 *
 * @param bytes  borrowed as long as the stream lives
 * @return 0; -1 NJ_FORMAT when empty, NJ_NOMEM
 */
int nj_stream_open_bytes(const void *bytes, size_t length, struct nj_stream **ret_stream,
                         struct nj_err *err);
void nj_stream_free(struct nj_stream *stream);

/**
 * Bytes from the current position on, at least `want` of them unless the input ends before.
 *
 * @param ret_bytes  borrowed until the next nj_stream_peek that asks for more than there is
 * @param ret_length how many stand there; may be more than `want`, is less only at the end
 * @return 0; -1 NJ_IO, NJ_NOMEM, NJ_LIMIT (`want` over NJ_STREAM_WANT_MAX) or NJ_FORMAT
 *         (damaged compression: what came before was delivered, but for up to 64 KiB that
 *         libarchive held back). On -1 too, the results tell what is left; asking for no
 *         more than that succeeds.
 *
 * A pipe is read until `want` bytes are there and not further, so what has arrived is not
 * held back.
 */
int nj_stream_peek(struct nj_stream *stream, size_t want, const uint8_t **ret_bytes,
                   size_t *ret_length, struct nj_err *err);

/** Step over n bytes, which a peek has shown. */
void nj_stream_consume(struct nj_stream *stream, size_t n);

/** The end was reached, but the file may have grown: the next peek looks again. @return false
 * when that can't be: packed, or from memory */
bool nj_stream_again(struct nj_stream *stream);

/** Decompressed bytes consumed so far. */
uint64_t nj_stream_offset(const struct nj_stream *stream);

/** XXH3-64 of the bytes consumed so far. */
uint64_t nj_stream_digest(struct nj_stream *stream);

/** Size in bytes of the file as it lies on disk, and how many of them have been read; 0 for a
 * pipe. For progress only. */
void nj_stream_progress(const struct nj_stream *stream, uint64_t *ret_done,
                        uint64_t *ret_total);

#endif
