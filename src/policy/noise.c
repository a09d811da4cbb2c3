/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/noise.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/rng.h"
#include "store/derived_ask.h"

/* Open addressing over places in `sources`, half full at most. Senders choose the keys, so the
 * hash is keyed; nothing that is printed depends on it. */
struct noise {
    struct noise_source *sources;
    size_t count, room;
    uint32_t *slots; /* place + 1; 0: free */
    uint64_t mask, key;
    uint8_t kinds[256]; /* of bytes in a line */
};

/* ---- the table ---- */

static uint64_t slot_of(const struct noise *noise, struct addr a)
{
    return nj_mix64(a.lo ^ nj_mix64(a.hi ^ noise->key)) & noise->mask;
}

static uint8_t kind_of_byte(int c);

static int index_sources(struct noise *noise, struct nj_err *err)
{
    uint64_t size = 1024;

    while (size < noise->count * 2)
        size *= 2;
    noise->slots = calloc(size, sizeof(*noise->slots));
    if (noise->slots == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for known sources");
    noise->mask = size - 1;
    for (int c = 0; c < 256; c++)
        noise->kinds[c] = kind_of_byte(c);
    if (getrandom(&noise->key, sizeof(noise->key), 0) != sizeof(noise->key))
        return nj_fail(err, NJ_IO, "get random bytes");
    for (size_t i = 0; i < noise->count; i++) {
        uint64_t slot = slot_of(noise, noise->sources[i].source);

        while (noise->slots[slot] != 0)
            slot = (slot + 1) & noise->mask;
        noise->slots[slot] = (uint32_t)(i + 1);
    }
    return 0;
}

const struct noise_source *noise_find(const struct noise *noise, struct addr a)
{
    uint64_t slot;

    a = addr_source(a);
    slot = slot_of(noise, a);
    for (; noise->slots[slot] != 0; slot = (slot + 1) & noise->mask) {
        const struct noise_source *source = &noise->sources[noise->slots[slot] - 1];

        if (addr_equal(source->source, a))
            return source;
    }
    return NULL;
}

size_t noise_count(const struct noise *noise)
{
    return noise->count;
}

static int add(struct noise *noise, const struct noise_source *source, struct nj_err *err)
{
    if (noise->count == NOISE_MAX)
        return nj_fail(err, NJ_LIMIT, "more than %u known sources: give a filter", NOISE_MAX);
    if (noise->count == noise->room) {
        size_t room = noise->room * 2 + 1024;
        struct noise_source *bigger = reallocarray(noise->sources, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for known sources");
        noise->sources = bigger;
        noise->room = room;
    }
    noise->sources[noise->count++] = *source;
    return 0;
}

void noise_free(struct noise *noise)
{
    if (noise == NULL)
        return;
    free(noise->sources);
    free(noise->slots);
    free(noise);
}

/* ---- from the store ---- */

struct loader {
    struct noise *noise;
    int place[9]; /* of the columns below in a row; -1: there is none */
};

static const char *const columns[9] = {"source",  "risk", "level", "grade", "actor",
                                       "country", "asn",  "first", "last"};

static int on_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    struct loader *loader = ctx;

    (void)err;
    for (int c = 0; c < 9; c++) {
        loader->place[c] = -1;
        for (size_t i = 0; i < count; i++) {
            if (strcmp(names[i], columns[c]) == 0)
                loader->place[c] = (int)i;
        }
    }
    return 0;
}

static const struct cell *cell_at(const struct loader *loader, const struct cell *cells, int c,
                                  enum cell_kind kind)
{
    static const struct cell null = {.kind = CELL_NULL};

    return loader->place[c] < 0 || cells[loader->place[c]].kind != kind
               ? &null
               : &cells[loader->place[c]];
}

static uint8_t level_of(const struct cell *cell)
{
    for (uint8_t i = 0; cell->kind == CELL_TEXT && i < RISK_LEVELS; i++) {
        if (strncmp(cell->text, risk_level_names[i], cell->length) == 0)
            return i;
    }
    return RISK_LOW;
}

static int on_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct loader *loader = ctx;
    const struct cell *address = cell_at(loader, cells, 0, CELL_ADDRESS);
    const struct cell *grade = cell_at(loader, cells, 3, CELL_TEXT);
    const struct cell *actor = cell_at(loader, cells, 4, CELL_TEXT);
    const struct cell *country = cell_at(loader, cells, 5, CELL_TEXT);
    struct noise_source source = {.grade = GRADE_C};

    (void)count;
    if (address->kind == CELL_NULL)
        return 0;
    source.source = address->address;
    source.risk = (float)cell_at(loader, cells, 1, CELL_REAL)->real;
    source.level = level_of(cell_at(loader, cells, 2, CELL_TEXT));
    if (grade->kind == CELL_TEXT && grade->length == 1)
        source.grade = (uint8_t)(grade->text[0] - 'A');
    if (actor->kind == CELL_TEXT && actor->length > 3)
        source.actor = (uint32_t)strtoul(actor->text + 3, NULL, 10);
    if (country->kind == CELL_TEXT && country->length == 2)
        memcpy(source.country, country->text, 2);
    source.asn = (uint32_t)cell_at(loader, cells, 6, CELL_INT)->number;
    source.first_us = cell_at(loader, cells, 7, CELL_TIME)->number;
    source.last_us = cell_at(loader, cells, 8, CELL_TIME)->number;
    return add(loader->noise, &source, err);
}

int noise_load(struct store *store, const char *filter, int64_t at_us, struct noise **ret,
               struct nj_err *err)
{
    const struct derived_question question = {
        .what = DERIVED_SUSPECTS, .filter = filter, .at_us = at_us};
    struct loader loader = {.noise = calloc(1, sizeof(*loader.noise))};
    const struct row_sink sink = {.head = on_head, .row = on_row, .ctx = &loader};

    if (loader.noise == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for known sources");
    if (store_derived(store, &question, &sink, err) < 0 ||
        index_sources(loader.noise, err) < 0) {
        noise_free(loader.noise);
        return -1;
    }
    *ret = loader.noise;
    return 0;
}

/* ---- lines ---------------------------------------------------------------------------------
 *
 * One pass over the bytes by their kind. A run of hex digits, dots and colons that no letter or
 * digit touches may be an address; dots and colons at its end are the sentence's, a colon
 * before it that of a label ("src:198.51.100.7"). */

enum { OTHER, WORD, HEX, DIGIT, DOT, COLON };

static uint8_t kind_of_byte(int c)
{
    if (c >= '0' && c <= '9')
        return DIGIT;
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return HEX;
    if ((c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '_')
        return WORD;
    return c == '.' ? DOT : c == ':' ? COLON : OTHER;
}

/* Dotted quad without leading zeros. @return bytes read; 0: it is none */
static size_t read_v4(const char *text, size_t length, struct addr *ret)
{
    uint32_t v4 = 0;
    size_t i = 0;

    for (int part = 0; part < 4; part++) {
        uint32_t value = 0;
        size_t start = i;

        while (i < length && i - start < 3 && text[i] >= '0' && text[i] <= '9')
            value = value * 10 + (uint32_t)(text[i++] - '0');
        if (i == start || value > 255 || (text[start] == '0' && i - start > 1))
            return 0;
        v4 = v4 << 8 | value;
        if (part < 3 && (i == length || text[i++] != '.'))
            return 0;
    }
    *ret = addr_from_v4(v4);
    return i;
}

static bool read_v6(const char *text, size_t length, struct addr *ret)
{
    char copy[INET6_ADDRSTRLEN];
    uint8_t bytes[16];

    if (length >= sizeof(copy))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (inet_pton(AF_INET6, copy, bytes) != 1)
        return false;
    *ret = addr_from_bytes(bytes);
    return true;
}

/* "198.51.100.7:443", and "src:198.51.100.7" of which the run holds the end of the label. */
static const struct noise_source *look_up_v4(const struct noise *noise, const char *run,
                                             size_t length)
{
    struct addr address;
    size_t used = read_v4(run, length, &address);

    if (used == length || (used > 0 && run[used] == ':'))
        return noise_find(noise, address);
    for (size_t i = length; i > 0; i--) {
        if (run[i - 1] != ':')
            continue;
        used = read_v4(run + i, length - i, &address);
        return used > 0 && used == length - i ? noise_find(noise, address) : NULL;
    }
    return NULL;
}

/* What a run of such bytes says. */
static const struct noise_source *look_up(const struct noise *noise, const char *run,
                                          size_t length, unsigned dots, unsigned colons)
{
    struct addr address;

    while (length > 0 && (run[length - 1] == '.' ||
                          (run[length - 1] == ':' && (length < 2 || run[length - 2] != ':')))) {
        length--;
        if (run[length] == '.')
            dots--;
        else
            colons--;
    }
    if (length > 1 && run[0] == ':' && run[1] != ':') { /* the end of a label */
        run++;
        length--;
        colons--;
    }
    if (colons >= 2 && read_v6(run, length, &address))
        return noise_find(noise, address);
    return dots == 3 ? look_up_v4(noise, run, length) : NULL;
}

/* A run that a letter ends is part of a word, but for an address with the name of a port. */
static const struct noise_source *look_up_named(const struct noise *noise, const char *run,
                                                size_t length, unsigned dots, unsigned colons)
{
    struct addr address;
    size_t used;

    if (dots != 3 || colons == 0)
        return NULL;
    used = read_v4(run, length, &address);
    return used > 0 && used < length && run[used] == ':' ? noise_find(noise, address) : NULL;
}

/* Behind the word that begins or goes on at `i`; what stands behind its colon is
 * no part of it. */
static size_t skip_word(const struct noise *noise, const char *line, size_t length, size_t i)
{
    uint8_t kind;

    while (i < length && (kind = noise->kinds[(unsigned char)line[i]]) != OTHER &&
           kind != COLON)
        i++;
    return i;
}

/* The first known address among words, one pass. */
static const struct noise_source *in_words(const struct noise *noise, const char *line,
                                           size_t length)
{
    size_t i = 0;

    while (i < length) {
        unsigned dots = 0, colons = 0;
        const struct noise_source *found = NULL;
        size_t start;
        uint8_t kind = noise->kinds[(unsigned char)line[i]];

        if (kind == OTHER || kind == DOT) {
            i++;
            continue;
        }
        start = i;
        while (i < length && (kind = noise->kinds[(unsigned char)line[i]]) >= HEX) {
            dots += kind == DOT;
            colons += kind == COLON;
            i++;
        }
        if (i < length && kind == WORD) {
            found = look_up_named(noise, line + start, i - start, dots, colons);
            i = skip_word(noise, line, length, i);
        } else if (i - start >= 3 && (dots >= 3 || colons >= 2)) {
            found = look_up(noise, line + start, i - start, dots, colons);
        }
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* ---- tcpdump -------------------------------------------------------------------------------
 *
 * "IP 198.51.100.7.443 > 192.0.2.1.https: Flags [S]": a port behind a dot, by number or name.
 * Elsewhere five numbers with dots between are no address, so both sides must be
 * of that form. */

#define SIDE_MAX 80 /* bytes of an address and the name of a port */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* "198.51.100.7.443" and "2001:db8::1.443" */
static bool read_side(const char *side, size_t length, struct addr *ret)
{
    const char *dot = memrchr(side, '.', length);
    size_t used = dot == NULL ? 0 : (size_t)(dot - side);

    if (used == 0 || used + 1 == length)
        return false;
    return read_v4(side, used, ret) == used || read_v6(side, used, ret);
}

/* The sides of the arrow at `at`. @return whether both are an address and a port */
static bool read_sides(const char *line, size_t length, size_t at, struct addr ret[2])
{
    size_t from = at, to = at + 3;

    while (from > 0 && at - from < SIDE_MAX && !is_blank(line[from - 1]))
        from--;
    while (to < length && to - at < SIDE_MAX && !is_blank(line[to]))
        to++;
    while (to > at + 3 && strchr(":,\r\n", line[to - 1]) != NULL)
        to--;
    return read_side(line + from, at - from, &ret[0]) &&
           read_side(line + at + 3, to - at - 3, &ret[1]);
}

static const struct noise_source *at_arrows(const struct noise *noise, const char *line,
                                            size_t length)
{
    const char *arrow = line;

    while ((arrow = memmem(arrow, length - (size_t)(arrow - line), " > ", 3)) != NULL) {
        const struct noise_source *found;
        struct addr sides[2];

        if (read_sides(line, length, (size_t)(arrow - line), sides)) {
            found = noise_find(noise, sides[0]);
            if (found == NULL)
                found = noise_find(noise, sides[1]);
            if (found != NULL)
                return found;
        }
        arrow++;
    }
    return NULL;
}

const struct noise_source *noise_in_line(const struct noise *noise, const char *line,
                                         size_t length)
{
    const struct noise_source *found = in_words(noise, line, length);

    return found != NULL ? found : at_arrows(noise, line, length);
}
