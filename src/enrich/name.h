/* SPDX-License-Identifier: Apache-2.0 */
/* Names out of databases, made fit to print: UTF-8, no control characters, bounded. */
#ifndef NJ_ENRICH_NAME_H
#define NJ_ENRICH_NAME_H

#include <stddef.h>
#include <stdint.h>

/**
 * Copy a name, with '?' for each byte that is no part of valid UTF-8 (RFC 3629) and for each
 * control character (C0, DEL, C1). What does not fit is cut off behind a whole character.
 *
 * @param ret_name  `size` bytes, size >= 1; NUL-terminated
 * @return length of the copy
 */
size_t name_clean(const void *text, size_t length, char *ret_name, size_t size);

#endif
