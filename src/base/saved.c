/* SPDX-License-Identifier: Apache-2.0 */
#include "base/saved.h"

#include <assert.h>
#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define NO_NAME UINT32_MAX
#define TEXT_MAX 4096u
#define BUFFER_BYTES 16384u /* written or read at once: a state is millions of numbers */
#define FORMAT 3u           /* of what follows a magic */
#define NUMBER_BYTES 9u     /* the longest number */

_Static_assert(BUFFER_BYTES >= TEXT_MAX, "a text fits the buffer");

struct nj_saved {
    enum { WRITE, READ } mode;
    FILE *file;
    XXH3_state_t *digest;
    const struct nj_intern *names; /* writing; NULL: there are none */
    struct nj_intern *learned;     /* reading; NULL: there are none */
    uint32_t *list; /* writing: the file's number of each of our names, NO_NAME; reading: ours
                     * of each of the file's */
    uint32_t count; /* names that were mentioned */
    uint32_t room;  /* of the list */
    bool bad, no_memory;
    size_t pending; /* bytes of `buffer` that are yet to be written, or that were taken */
    size_t held;    /* reading: bytes in `buffer` */
    uint8_t buffer[BUFFER_BYTES];
};

/* Write what is pending. */
static void flush(struct nj_saved *s)
{
    if (!s->bad && s->pending > 0 && fwrite(s->buffer, s->pending, 1, s->file) != 1)
        s->bad = true;
    (void)XXH3_64bits_update(s->digest, s->buffer, s->pending);
    s->pending = 0;
}

/* @param n  at most BUFFER_BYTES */
static void put_bytes(struct nj_saved *s, const void *bytes, size_t n)
{
    if (n > sizeof(s->buffer) - s->pending)
        flush(s);
    memcpy(s->buffer + s->pending, bytes, n);
    s->pending += n;
}

/* Most numbers of a state are zero or small. One of up to 56 bits is written in as many groups
 * of seven bits as it has, low bits first; below them stand a 1 and a 0 for each further byte,
 * so that the first byte tells the length. A longer one is a byte 0 and eight more. */
static void put_number(struct nj_saved *s, uint64_t value)
{
    unsigned bytes = (70u - (unsigned)__builtin_clzll(value | 1)) / 7;
    uint64_t wire = htole64((value << 1 | 1) << (bytes - 1));

    if (NUMBER_BYTES > sizeof(s->buffer) - s->pending)
        flush(s);
    if (bytes > 8) {
        s->buffer[s->pending++] = 0;
        wire = htole64(value);
        bytes = 8;
    }
    memcpy(s->buffer + s->pending, &wire, sizeof(wire)); /* what is too much is written over */
    s->pending += bytes;
}

/* The digest is of what was taken so far. */
static void digest_taken(struct nj_saved *s)
{
    (void)XXH3_64bits_update(s->digest, s->buffer, s->pending);
    memmove(s->buffer, s->buffer + s->pending, s->held - s->pending);
    s->held -= s->pending;
    s->pending = 0;
}

/* @param n  at most BUFFER_BYTES */
static void get_bytes(struct nj_saved *s, void *ret_bytes, size_t n)
{
    if (n > s->held - s->pending) {
        digest_taken(s);
        s->held += fread(s->buffer + s->held, 1, sizeof(s->buffer) - s->held, s->file);
    }
    if (s->bad || n > s->held - s->pending) {
        s->bad = true;
        memset(ret_bytes, 0, n);
        return;
    }
    memcpy(ret_bytes, s->buffer + s->pending, n);
    s->pending += n;
}

/* What follows in the file is another's. */
static void give_back(struct nj_saved *s)
{
    if (s->held > s->pending && fseeko(s->file, -(off_t)(s->held - s->pending), SEEK_CUR) < 0)
        s->bad = true;
}

static uint64_t get_number(struct nj_saved *s)
{
    uint64_t wire = 0;
    unsigned bytes;
    uint8_t first;

    get_bytes(s, &first, 1);
    if (s->bad)
        return 0;
    if (first == 0) {
        get_bytes(s, &wire, sizeof(wire));
        return le64toh(wire);
    }
    bytes = (unsigned)__builtin_ctz(first) + 1;
    get_bytes(s, &wire, bytes - 1);
    return (le64toh(wire) << 8 | first) >> bytes;
}

/* Reading: refused when it is above `most`. */
static inline uint64_t number(struct nj_saved *s, uint64_t value, uint64_t most)
{
    if (s->mode == READ) {
        value = get_number(s);
        if (value <= most)
            return value;
        s->bad = true;
        return 0;
    }
    put_number(s, value);
    return value;
}

bool nj_saved_reading(const struct nj_saved *saved)
{
    return saved->mode == READ;
}

bool nj_saved_bad(const struct nj_saved *saved)
{
    return saved->bad;
}

void nj_saved_refuse(struct nj_saved *saved)
{
    saved->bad = true;
}

void nj_saved_check(struct nj_saved *saved, bool holds)
{
    if (saved->mode == READ && !holds)
        saved->bad = true;
}

void nj_saved_bool(struct nj_saved *saved, bool *value)
{
    *value = number(saved, *value, 1) == 1;
}

void nj_saved_u8(struct nj_saved *saved, uint8_t *value)
{
    *value = (uint8_t)number(saved, *value, UINT8_MAX);
}

void nj_saved_u16(struct nj_saved *saved, uint16_t *value)
{
    *value = (uint16_t)number(saved, *value, UINT16_MAX);
}

void nj_saved_u32(struct nj_saved *saved, uint32_t *value)
{
    *value = (uint32_t)number(saved, *value, UINT32_MAX);
}

void nj_saved_u64(struct nj_saved *saved, uint64_t *value)
{
    *value = number(saved, *value, UINT64_MAX);
}

void nj_saved_i64(struct nj_saved *saved, int64_t *value)
{
    uint64_t sign = *value < 0 ? UINT64_MAX : 0;
    uint64_t read = number(saved, (uint64_t)*value << 1 ^ sign, UINT64_MAX);

    *value = (int64_t)(read >> 1 ^ -(read & 1));
}

void nj_saved_float(struct nj_saved *saved, float *value)
{
    uint32_t bits;

    memcpy(&bits, value, sizeof(bits));
    bits = __builtin_bswap32((uint32_t)number(saved, __builtin_bswap32(bits), UINT32_MAX));
    memcpy(value, &bits, sizeof(bits));
    nj_saved_check(saved, isfinite(*value));
    if (!isfinite(*value))
        *value = 0;
}

void nj_saved_double(struct nj_saved *saved, double *value)
{
    uint64_t bits;

    memcpy(&bits, value, sizeof(bits));
    bits = __builtin_bswap64(number(saved, __builtin_bswap64(bits), UINT64_MAX));
    memcpy(value, &bits, sizeof(bits));
    nj_saved_check(saved, isfinite(*value));
    if (!isfinite(*value))
        *value = 0;
}

static void put_name(struct nj_saved *s, uint32_t name)
{
    const char *text;
    size_t length;

    if (name >= s->room)
        name = NJ_INTERN_OTHER;
    if (s->list[name] != NO_NAME) {
        put_number(s, s->list[name]);
        return;
    }
    text = nj_intern_text(s->names, name);
    length = strnlen(text, TEXT_MAX);
    put_number(s, s->count);
    put_number(s, length);
    put_bytes(s, text, length);
    s->list[name] = s->count++;
}

/* The next name of the file. The list grows with what was really read. */
static void learn_name(struct nj_saved *s)
{
    size_t length = (size_t)number(s, 0, TEXT_MAX);
    char text[TEXT_MAX];

    if (s->count == s->room) {
        uint32_t *list = realloc(s->list, (s->room * 2 + 64) * sizeof(*list));

        if (list == NULL) {
            s->bad = s->no_memory = true;
            return;
        }
        s->list = list;
        s->room = s->room * 2 + 64;
    }
    get_bytes(s, text, length);
    nj_saved_check(s, memchr(text, 0, length) == NULL);
    if (!s->bad)
        s->list[s->count++] = nj_intern(s->learned, text, length);
}

void nj_saved_name(struct nj_saved *saved, uint32_t *value)
{
    uint32_t place;

    assert(saved->mode == READ ? saved->learned != NULL : saved->names != NULL);
    if (saved->mode == WRITE) {
        put_name(saved, *value);
        return;
    }
    place = (uint32_t)number(saved, 0, saved->count);
    if (place == saved->count && !saved->bad)
        learn_name(saved);
    *value = saved->bad ? NJ_INTERN_NONE : saved->list[place];
}

void nj_saved_bytes(struct nj_saved *saved, void *bytes, size_t n)
{
    uint8_t *at = bytes;

    for (size_t piece; n > 0; at += piece, n -= piece) {
        piece = n < BUFFER_BYTES ? n : BUFFER_BYTES;
        if (saved->mode == READ)
            get_bytes(saved, at, piece);
        else
            put_bytes(saved, at, piece);
    }
}

static int saved_open(struct nj_saved *s, struct nj_err *err)
{
    s->digest = XXH3_createState();
    if (s->digest == NULL)
        return nj_fail(err, NJ_NOMEM, "state");
    (void)XXH3_64bits_reset(s->digest);
    return 0;
}

static void saved_close(struct nj_saved *s)
{
    (void)XXH3_freeState(s->digest);
    free(s->list);
}

static int number_names(struct nj_saved *s, struct nj_err *err)
{
    s->room = nj_intern_count(s->names);
    s->list = malloc(s->room * sizeof(*s->list));
    if (s->list == NULL)
        return nj_fail(err, NJ_NOMEM, "names of a state");
    for (uint32_t i = 0; i < s->room; i++)
        s->list[i] = NO_NAME;
    return 0;
}

int nj_saved_write(FILE *out, const char magic[8], const struct nj_intern *names,
                   nj_saved_walk walk, void *state, struct nj_err *err)
{
    struct nj_saved s = {.mode = WRITE, .file = out, .names = names};
    uint64_t digest;
    int rc = -1;

    if (saved_open(&s, err) < 0 || (names != NULL && number_names(&s, err) < 0))
        goto out;
    put_bytes(&s, magic, 8);
    put_bytes(&s, &(uint8_t){FORMAT}, 1);
    if (walk(&s, state, err) < 0)
        goto out;
    flush(&s);
    digest = htole64(XXH3_64bits_digest(s.digest));
    put_bytes(&s, &digest, sizeof(digest));
    flush(&s);
    rc = s.bad ? nj_fail(err, NJ_IO, "write state") : 0;
out:
    saved_close(&s);
    return rc;
}

int nj_saved_read(FILE *in, const char magic[8], struct nj_intern *names, nj_saved_walk walk,
                  void *state, struct nj_err *err)
{
    struct nj_saved s = {.mode = READ, .file = in, .learned = names};
    const char *why = "damaged or cut";
    uint64_t digest, expected;
    uint8_t format;
    char found[8];
    int rc = -1;

    if (saved_open(&s, err) < 0)
        goto out;
    get_bytes(&s, found, sizeof(found));
    get_bytes(&s, &format, sizeof(format));
    if (memcmp(found, magic, sizeof(found)) != 0 || format != FORMAT) {
        why = "of another version, or no such state";
        nj_saved_refuse(&s);
    }
    if (!s.bad && walk(&s, state, err) < 0)
        goto out;
    digest_taken(&s);
    digest = XXH3_64bits_digest(s.digest);
    get_bytes(&s, &expected, sizeof(expected));
    nj_saved_check(&s, le64toh(expected) == digest);
    give_back(&s);
    if (s.no_memory)
        rc = nj_fail(err, NJ_NOMEM, "names of a state");
    else if (s.bad)
        rc =
            ferror(in) ? nj_fail(err, NJ_IO, "read state") : nj_fail(err, NJ_FORMAT, "%s", why);
    else
        rc = 0;
out:
    saved_close(&s);
    return rc;
}
