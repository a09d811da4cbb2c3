/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking gzip with zlib: one member after the other, each held against its checksum and its
 * length. (libarchive, which unpacks the rest, reads over both in gzip.) */
#ifndef NJ_BASE_GUNZIP_H
#define NJ_BASE_GUNZIP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct nj_gunzip;

/** Gives packed bytes, valid until the next call. @return their number; 0 at the end; -1 */
typedef ssize_t (*nj_gunzip_source)(void *ctx, const uint8_t **ret_bytes);

/** @return NULL without memory */
struct nj_gunzip *nj_gunzip_new(nj_gunzip_source source, void *ctx);
void nj_gunzip_free(struct nj_gunzip *gunzip);

/**
 * Unpack into `room`. What follows the last member and is none is left alone, as gzip does.
 *
 * @param size     of the room, 1 or more
 * @param ret_why  at -1: what is wrong with the bytes, NULL when the source failed. Static
 * @return bytes, 0 at the end, -1. What was good before a fault comes first
 */
ssize_t nj_gunzip_read(struct nj_gunzip *gunzip, uint8_t *room, size_t size,
                       const char **ret_why);

#endif
