/* SPDX-License-Identifier: Apache-2.0 */
/* Reading ledgers. The catalog's digest guards the file; a file that lies all the same is an
 * error and never more. */
#include "store/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pack.h"
#include "base/span.h"
#include "store/ledger_layout.h"

/* One file while it is read. */
struct file {
    int fd;
    int32_t day;
    uint64_t directory; /* where it begins, and blocks end */
    uint8_t *tail;      /* the directory, and the texts behind it */
    size_t tail_size;
    uint32_t blocks, text_count;
    const char **texts; /* NULL until a row is found */
    uint8_t *block;     /* the one that was read last */
    size_t block_size, block_number;
};

static int damaged(struct nj_err *err, const char *what)
{
    return nj_fail(err, NJ_FORMAT, "ledger: %s", what);
}

/* @return taken; NULL with *err */
static uint8_t *read_at(int fd, uint64_t offset, size_t length, struct nj_err *err)
{
    uint8_t *bytes = malloc(length + 1);
    size_t got = 0;

    if (bytes == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for %zu bytes of ledgers", length);
        return NULL;
    }
    while (got < length) {
        ssize_t n = pread(fd, bytes + got, length - got, (off_t)(offset + got));

        if (n <= 0) {
            (void)(n == 0 ? damaged(err, "it ends too early")
                          : nj_fail(err, NJ_IO, "read ledgers"));
            free(bytes);
            return NULL;
        }
        got += (size_t)n;
    }
    return bytes;
}

static int read_tail(struct file *file, uint64_t size, struct nj_err *err)
{
    struct nj_cursor c;
    uint8_t *foot;
    bool good;

    if (size < LEDGER_FOOT)
        return damaged(err, "it is too short");
    foot = read_at(file->fd, size - LEDGER_FOOT, LEDGER_FOOT, err);
    if (foot == NULL)
        return -1;
    c = nj_cursor(foot, LEDGER_FOOT);
    file->directory = nj_fixed(&c, 8);
    file->blocks = (uint32_t)nj_fixed(&c, 4);
    file->text_count = (uint32_t)nj_fixed(&c, 4);
    good = memcmp(c.pos, LEDGER_MAGIC, 8) == 0;
    free(foot);
    if (!good || file->directory > size - LEDGER_FOOT)
        return damaged(err, "no end of such a file");
    file->tail_size = size - LEDGER_FOOT - file->directory;
    if (file->blocks > file->tail_size / LEDGER_PLACE ||
        file->text_count > file->tail_size - (size_t)file->blocks * LEDGER_PLACE)
        return damaged(err, "more blocks and texts than bytes for them");
    file->tail = read_at(file->fd, file->directory, file->tail_size, err);
    return file->tail == NULL ? -1 : 0;
}

static int read_texts(struct file *file, struct nj_err *err)
{
    size_t before = (size_t)file->blocks * LEDGER_PLACE;
    struct nj_cursor c = nj_cursor(file->tail + before, file->tail_size - before);

    file->texts = calloc((size_t)file->text_count + 1, sizeof(*file->texts));
    if (file->texts == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for ledgers");
    for (uint32_t i = 0; i < file->text_count; i++)
        file->texts[i] = nj_text(&c);
    return c.bad ? damaged(err, "the texts have no end") : 0;
}

/* ---- finding a source ---- */

static struct addr first_of(const struct file *file, size_t block)
{
    return addr_from_bytes(file->tail + block * LEDGER_PLACE);
}

static uint64_t start_of(const struct file *file, size_t block)
{
    struct nj_cursor c;

    if (block == file->blocks)
        return file->directory;
    c = nj_cursor(file->tail + block * LEDGER_PLACE + LEDGER_ADDRESS, 8);
    return nj_fixed(&c, 8);
}

/* The block that has the source, if any has. @return its number; `blocks` if none */
static size_t block_of(const struct file *file, struct addr source)
{
    size_t low = 0, high = file->blocks;

    while (low < high) { /* the first one that begins behind the source */
        size_t middle = low + (high - low) / 2;

        if (addr_compare(first_of(file, middle), source) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? file->blocks : low - 1;
}

static int read_block(struct file *file, size_t number, struct nj_err *err)
{
    uint64_t start = start_of(file, number), end = start_of(file, number + 1);

    if (file->block != NULL && file->block_number == number)
        return 0;
    if (start > end || end > file->directory)
        return damaged(err, "a block stands outside of it");
    free(file->block);
    file->block_number = number;
    file->block_size = (size_t)(end - start);
    file->block = read_at(file->fd, start, file->block_size, err);
    return file->block == NULL ? -1 : 0;
}

/* The head and rows of a source in the block that was read. @return whether it is there; bad
 * rows if the block is */
static bool find_entry(const struct file *file, struct addr source, struct nj_cursor *ret_rows)
{
    struct nj_cursor c = nj_cursor(file->block, file->block_size);
    uint8_t address[LEDGER_ADDRESS] = {0};

    while (nj_cursor_left(&c) > 0) {
        size_t shared = nj_u8(&c), rest;
        const uint8_t *bytes;
        int order;

        c.bad = c.bad || shared > LEDGER_ADDRESS;
        rest = c.bad ? 0 : LEDGER_ADDRESS - shared;
        bytes = nj_take(&c, rest);
        if (bytes != NULL)
            memcpy(address + shared, bytes, rest);
        *ret_rows = nj_sub(&c, nj_count(&c));
        order = addr_compare(addr_from_bytes(address), source);
        if (ret_rows->bad || order == 0)
            return true;
        if (order > 0)
            return false;
    }
    return false;
}

/* ---- entries ---- */

/* Room for `more` items of an array. @return 0; -1 */
static int make_room(void **items, size_t *room, size_t need, size_t size, struct nj_err *err)
{
    size_t more = 2 * *room + 64;
    void *grown;

    if (need <= *room)
        return 0;
    if (more < need)
        more = need;
    grown = reallocarray(*items, more, size);
    if (grown == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for ledgers");
    *items = grown;
    *room = more;
    return 0;
}

static int read_sports(struct nj_cursor *c, size_t count, struct ledger_rows *rows,
                       struct nj_err *err)
{
    void *sports = rows->sports;
    uint64_t next = 0; /* the least port that may come */

    if (count > nj_cursor_left(c)) /* each takes a byte */
        return damaged(err, "more source ports than bytes for them");
    if (make_room(&sports, &rows->sport_room, rows->sport_count + count, sizeof(*rows->sports),
                  err) < 0)
        return -1;
    rows->sports = sports;
    for (size_t i = 0; i < count; i++) {
        uint64_t between = nj_count(c);

        if (c->bad || between > UINT16_MAX || next + between > UINT16_MAX)
            return damaged(err, "a source port that can't be");
        rows->sports[rows->sport_count++] = (uint16_t)(next + between);
        next += between + 1;
    }
    return 0;
}

static int read_head(const struct file *file, struct addr source, struct nj_cursor *c,
                     struct ledger_rows *rows, struct nj_err *err)
{
    struct ledger_entry entry = {.src = source, .sport_start = rows->sport_count};
    void *entries = rows->entries;
    uint64_t first, ports;
    int64_t length;

    first = nj_count(c);
    length = nj_signed(c);
    ports = nj_count(c);
    if (c->bad || first >= DAY_US || length > 2 * TIME_MAX_US || length < -2 * TIME_MAX_US)
        return damaged(err, "an entry of another time");
    entry.first_us = file->day * DAY_US + (int64_t)first;
    entry.last_us = entry.first_us + length;
    entry.exact = (ports & LEDGER_EXACT_PORTS) != 0;
    entry.sport_count = (size_t)(ports >> 1);
    if (read_sports(c, entry.sport_count, rows, err) < 0 ||
        make_room(&entries, &rows->entry_room, rows->entry_count + 1, sizeof(entry), err) < 0)
        return -1;
    rows->entries = entries;
    rows->entries[rows->entry_count++] = entry;
    return 0;
}

/* A text that outlives the file. */
static const char *keep_text(const struct file *file, struct ledger_rows *rows, uint64_t number)
{
    return nj_intern_text(rows->texts, nj_intern_z(rows->texts, file->texts[number]));
}

/* Of the entry that was read last. */
static int read_row(const struct file *file, struct nj_cursor *c, struct ledger_rows *rows,
                    struct nj_err *err)
{
    struct ledger_row row = {.entry = rows->entry_count - 1};
    uint64_t texts[5], sport_max;
    void *items = rows->items;
    bool told;

    for (size_t i = 0; i < 5; i++)
        texts[i] = nj_count(c);
    told = (texts[1] & LEDGER_HAS_BANDS) != 0;
    texts[1] >>= 1;
    row.proto = nj_u8(c);
    row.dport = (uint16_t)nj_fixed(c, 2);
    row.sessions = nj_count(c);
    row.packets = nj_count(c);
    row.sport_min = (uint16_t)nj_fixed(c, 2);
    sport_max = nj_count(c);
    if (sport_max > (uint64_t)UINT16_MAX - row.sport_min)
        c->bad = true;
    row.sport_max = (uint16_t)(row.sport_min + sport_max);
    row.sport_bands = told ? nj_fixed(c, 8) : ledger_bands(row.sport_min, row.sport_max);
    for (size_t i = 0; i < 5; i++)
        c->bad = c->bad || texts[i] >= file->text_count;
    if (c->bad)
        return damaged(err, "a row that can't be");
    if (make_room(&items, &rows->room, rows->count + 1, sizeof(row), err) < 0)
        return -1;
    rows->items = items;
    row.sensor = keep_text(file, rows, texts[0]);
    row.class = keep_text(file, rows, texts[1]);
    row.rule = keep_text(file, rows, texts[2]);
    row.tool = keep_text(file, rows, texts[3]);
    row.stack = keep_text(file, rows, texts[4]);
    rows->items[rows->count++] = row;
    return 0;
}

static int read_source(struct file *file, struct addr source, struct ledger_rows *rows,
                       struct nj_err *err)
{
    size_t block = block_of(file, source);
    struct nj_cursor c;

    if (block == file->blocks)
        return 0;
    if (read_block(file, block, err) < 0)
        return -1;
    if (!find_entry(file, source, &c))
        return 0;
    if (c.bad)
        return damaged(err, "an entry goes over its block's end");
    if (file->texts == NULL && read_texts(file, err) < 0)
        return -1;
    if (rows->texts == NULL)
        rows->texts = nj_intern_new(LEDGER_TEXTS_MAX);
    if (rows->texts == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for ledgers");
    if (read_head(file, source, &c, rows, err) < 0)
        return -1;
    while (nj_cursor_left(&c) > 0)
        if (read_row(file, &c, rows, err) < 0)
            return -1;
    return 0;
}

int ledger_read(int fd, uint64_t size, int32_t day, const struct addr *sources, size_t count,
                struct ledger_rows *rows, struct nj_err *err)
{
    struct file file = {.fd = fd, .day = day};
    int rc = read_tail(&file, size, err);

    for (size_t i = 0; i < count && rc == 0; i++)
        rc = read_source(&file, sources[i], rows, err);
    free(file.tail);
    free((void *)file.texts);
    free(file.block);
    return rc;
}

void ledger_rows_done(struct ledger_rows *rows)
{
    free(rows->items);
    free(rows->entries);
    free(rows->sports);
    nj_intern_free(rows->texts);
    *rows = (struct ledger_rows){0};
}
