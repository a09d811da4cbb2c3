/* SPDX-License-Identifier: Apache-2.0 */
/* A value starts with a control byte: type in the upper 3 bits (0: type - 7 in the next byte),
 * size in the lower 5 (29, 30, 31: more bytes follow). Type 1 is a pointer to a value elsewhere
 * in the section, and must not lead to another pointer. */
#include "enrich/record.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

#define POINTER 1u

struct walk {
    const struct record_section *section;
    unsigned steps; /* left */
};

/* The offset that a pointer's control byte and what follows it stand for. */
static size_t pointer(struct nj_cursor *c, unsigned control)
{
    unsigned low = control & 7;

    switch (control >> 3 & 3) {
    case 0:
        return (size_t)low << 8 | nj_u8(c);
    case 1:
        return ((size_t)low << 16 | nj_be16(c)) + 2048;
    case 2: {
        size_t upper = nj_u8(c);

        return ((size_t)low << 24 | upper << 16 | nj_be16(c)) + 526336;
    }
    default:
        return nj_be32(c);
    }
}

/* Read type and size; the cursor then stands at the payload. @return false if it is none */
static bool head(struct nj_cursor *c, unsigned control, struct record_value *ret_value)
{
    unsigned type = control >> 5;
    size_t length = control & 31;

    if (type == 0)
        type = nj_u8(c) + 7u;
    if (length == 29) {
        length = 29u + nj_u8(c);
    } else if (length == 30) {
        length = 285u + nj_be16(c);
    } else if (length == 31) {
        size_t upper = nj_u8(c);

        length = 65821u + (upper << 16 | nj_be16(c));
    }
    if (c->bad || type < RECORD_TEXT || type == 12 || type == 13 || type > RECORD_FLOAT)
        return false;
    ret_value->type = (enum record_type)type;
    ret_value->length = length;
    ret_value->bytes = c->pos;
    return true;
}

static bool nests(const struct record_value *value)
{
    return value->type == RECORD_MAP || value->type == RECORD_ARRAY;
}

/* Read one value. The cursor then stands behind it, or, for a map or array that stands right
 * here, at its first element; *ret_here tells. */
static bool next(struct walk *w, struct nj_cursor *c, struct record_value *ret_value,
                 bool *ret_here)
{
    unsigned control = nj_u8(c);
    struct nj_cursor far, *at = c;

    if (c->bad || w->steps == 0)
        return false;
    w->steps--;
    *ret_here = true;
    if (control >> 5 == POINTER) {
        size_t offset = pointer(c, control);

        if (c->bad || offset >= w->section->size)
            return false;
        far = nj_cursor(w->section->bytes + offset, w->section->size - offset);
        at = &far;
        *ret_here = false;
        control = nj_u8(at);
        if (control >> 5 == POINTER)
            return false;
    }
    if (!head(at, control, ret_value))
        return false;
    if (!nests(ret_value) && ret_value->type != RECORD_BOOL)
        (void)nj_take(at, ret_value->length);
    return !at->bad;
}

/* How many values stand inside of this one. */
static size_t inside(const struct record_value *value)
{
    if (value->type == RECORD_MAP)
        return 2 * value->length;
    return value->type == RECORD_ARRAY ? value->length : 0;
}

/* Step over `count` values and all they hold. */
static bool skip(struct walk *w, struct nj_cursor *c, size_t count)
{
    struct record_value value;
    bool here;

    while (count > 0) {
        if (!next(w, c, &value, &here))
            return false;
        count--;
        if (here)
            count += inside(&value);
    }
    return true;
}

/* Step into one element. @return 0, RECORD_ABSENT, or -1 */
static int enter(struct walk *w, struct nj_cursor *c, const struct record_value *outer,
                 const char *key, struct record_value *ret_value)
{
    size_t key_length = strlen(key);
    bool here;

    if (outer->type == RECORD_ARRAY) {
        unsigned long index = strtoul(key, NULL, 10);

        if (key[0] < '0' || key[0] > '9' || index >= outer->length)
            return RECORD_ABSENT;
        return skip(w, c, index) && next(w, c, ret_value, &here) ? 0 : -1;
    }
    for (size_t i = 0; i < outer->length; i++) {
        struct record_value name;

        if (!next(w, c, &name, &here) || name.type != RECORD_TEXT)
            return -1;
        if (name.length == key_length && memcmp(name.bytes, key, key_length) == 0)
            return next(w, c, ret_value, &here) ? 0 : -1;
        if (!skip(w, c, 1))
            return -1;
    }
    return RECORD_ABSENT;
}

int record_find(const struct record_section *section, size_t offset, const char *const *path,
                struct record_value *ret_value, struct nj_err *err)
{
    struct walk w = {.section = section, .steps = RECORD_STEPS_MAX};
    struct record_value value;
    struct nj_cursor c;
    bool here;
    int rc = -1;

    if (offset < section->size) {
        c = nj_cursor(section->bytes + offset, section->size - offset);
        if (next(&w, &c, &value, &here))
            rc = 0;
    }
    for (; rc == 0 && *path != NULL; path++) {
        struct record_value outer = value;

        if (!nests(&outer))
            return RECORD_ABSENT;
        c = nj_cursor(outer.bytes, section->size - (size_t)(outer.bytes - section->bytes));
        rc = enter(&w, &c, &outer, *path, &value);
    }
    if (rc < 0)
        return nj_fail_at(err, NJ_FORMAT, offset, "record at byte %zu can't be read: %s",
                          offset, w.steps == 0 ? "too many values" : "damaged");
    if (rc == 0)
        *ret_value = value;
    return rc;
}

double record_number(const struct record_value *value)
{
    uint64_t bits = 0;
    double number;
    float narrow;

    if (value->type == RECORD_BOOL || nests(value) || value->length > 8)
        return NAN;
    for (size_t i = 0; i < value->length; i++)
        bits = bits << 8 | value->bytes[i];
    switch (value->type) {
    case RECORD_UINT16:
    case RECORD_UINT32:
    case RECORD_UINT64:
        return (double)bits;
    case RECORD_DOUBLE:
        memcpy(&number, &bits, sizeof(number));
        return value->length == 8 ? number : NAN;
    case RECORD_FLOAT: {
        uint32_t half = (uint32_t)bits;

        memcpy(&narrow, &half, sizeof(narrow));
        return value->length == 4 ? (double)narrow : NAN;
    }
    default:
        return NAN;
    }
}
