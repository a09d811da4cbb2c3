/* SPDX-License-Identifier: Apache-2.0 */
/* One record of a MaxMind-format file: a value of nested maps and arrays, read by path.
 *
 * Source: MaxMind DB File Format Specification 2.0, "Output Data Section". libmaxminddb finds
 * where a record stands; its own reader recurses over whatever the file holds, so records are
 * read here instead: no recursion, and a bounded number of steps. */
#ifndef NJ_ENRICH_RECORD_H
#define NJ_ENRICH_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define RECORD_ABSENT 1 /* outcome: the record has nothing at that path */

/* Values looked at for one path at most; MaxMind's city records have up to about 150. */
#define RECORD_STEPS_MAX 4096

enum record_type {
    RECORD_TEXT = 2,
    RECORD_DOUBLE = 3,
    RECORD_BYTES = 4,
    RECORD_UINT16 = 5,
    RECORD_UINT32 = 6,
    RECORD_MAP = 7,
    RECORD_INT32 = 8,
    RECORD_UINT64 = 9,
    RECORD_UINT128 = 10,
    RECORD_ARRAY = 11,
    RECORD_BOOL = 14,
    RECORD_FLOAT = 15,
};

/** The data section of an open file, borrowed. */
struct record_section {
    const uint8_t *bytes;
    size_t size;
};

struct record_value {
    enum record_type type;
    const uint8_t *bytes; /* where the payload stands; borrowed as long as the section */
    size_t length;        /* text, numbers: bytes; map, array: elements; bool: the value */
};

/**
 * Find a value.
 *
 * @param offset  of the record in the section
 * @param path    keys from the outermost, ended by NULL; a number stands for an array's element
 * @return 0; RECORD_ABSENT; -1 NJ_FORMAT with the offset of what can't be read
 */
int record_find(const struct record_section *section, size_t offset, const char *const *path,
                struct record_value *ret_value, struct nj_err *err);

/** The value of a float, a double, or an unsigned number of at most 8 bytes; else NAN. */
double record_number(const struct record_value *value);

#endif
