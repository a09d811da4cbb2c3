/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "base/span.h"
#include "store/ledger.h"
#include "store/ledger_layout.h"

#define ROW_BYTES_MAX 100 /* what a row takes at most */
#define PORT_BYTES_MAX 3  /* what a port does */

struct bytes {
    uint8_t *items;
    size_t used, room;
};

struct ledger_writer {
    FILE *out;
    uint64_t written, block; /* bytes; where the block begins that is being filled */
    struct nj_intern *texts;
    int32_t day;
    struct addr source;             /* whose rows are being gathered, if there are any */
    struct bytes rows, directory;   /* its head and rows; as in the file */
    uint8_t before[LEDGER_ADDRESS]; /* the address of the block's last entry */
};

int ledger_writer_new(FILE *out, int32_t day, struct ledger_writer **ret, struct nj_err *err)
{
    struct ledger_writer *writer = calloc(1, sizeof(*writer));

    if (writer != NULL)
        writer->texts = nj_intern_new(LEDGER_TEXTS_MAX);
    if (writer == NULL || writer->texts == NULL) {
        ledger_writer_free(writer);
        return nj_fail(err, NJ_NOMEM, "no memory for ledgers");
    }
    writer->out = out;
    writer->day = day;
    *ret = writer;
    return 0;
}

void ledger_writer_free(struct ledger_writer *writer)
{
    if (writer == NULL)
        return;
    nj_intern_free(writer->texts);
    free(writer->rows.items);
    free(writer->directory.items);
    free(writer);
}

static int make_room(struct bytes *bytes, size_t more, struct nj_err *err)
{
    size_t room = 2 * bytes->room + 4096 + more;
    uint8_t *grown;

    if (more <= bytes->room - bytes->used)
        return 0;
    grown = realloc(bytes->items, room);
    if (grown == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for ledgers");
    bytes->items = grown;
    bytes->room = room;
    return 0;
}

static int put(struct ledger_writer *writer, const void *bytes, size_t length,
               struct nj_err *err)
{
    if (length > 0 && fwrite(bytes, length, 1, writer->out) != 1)
        return nj_fail(err, NJ_IO, "write ledgers");
    writer->written += length;
    return 0;
}

static int begin_block(struct ledger_writer *writer, const uint8_t address[LEDGER_ADDRESS],
                       struct nj_err *err)
{
    struct bytes *directory = &writer->directory;
    uint8_t *at;

    if (make_room(directory, LEDGER_PLACE, err) < 0)
        return -1;
    at = directory->items + directory->used;
    memcpy(at, address, LEDGER_ADDRESS);
    (void)nj_put_fixed(at + LEDGER_ADDRESS, writer->written, 8);
    directory->used += LEDGER_PLACE;
    writer->block = writer->written;
    return 0;
}

/* The entry of the source whose rows were gathered. */
static int put_entry(struct ledger_writer *writer, struct nj_err *err)
{
    uint8_t head[1 + LEDGER_ADDRESS + NJ_COUNT_BYTES], address[LEDGER_ADDRESS];
    uint8_t *at = head + 1;
    size_t shared = 0;

    if (writer->rows.used == 0)
        return 0;
    addr_to_bytes(writer->source, address);
    if (writer->directory.used == 0 || writer->written - writer->block >= LEDGER_BLOCK) {
        if (begin_block(writer, address, err) < 0)
            return -1;
    } else {
        while (shared < LEDGER_ADDRESS && address[shared] == writer->before[shared])
            shared++;
    }
    head[0] = (uint8_t)shared;
    memcpy(at, address + shared, LEDGER_ADDRESS - shared);
    at = nj_put_count(at + LEDGER_ADDRESS - shared, writer->rows.used);
    memcpy(writer->before, address, LEDGER_ADDRESS);
    if (put(writer, head, (size_t)(at - head), err) < 0 ||
        put(writer, writer->rows.items, writer->rows.used, err) < 0)
        return -1;
    writer->rows.used = 0;
    return 0;
}

static uint64_t text_number(struct ledger_writer *writer, const char *text)
{
    return text == NULL ? NJ_INTERN_NONE : nj_intern_z(writer->texts, text);
}

int ledger_writer_begin(struct ledger_writer *writer, const struct ledger_entry *entry,
                        const uint16_t *sports, struct nj_err *err)
{
    int64_t first = entry->first_us - writer->day * DAY_US;
    uint64_t exact = entry->exact ? LEDGER_EXACT_PORTS : 0;
    uint32_t next = 0; /* the least port that may come */
    uint8_t *at;

    if (put_entry(writer, err) < 0)
        return -1;
    if (writer->directory.used > 0 && addr_compare(entry->src, writer->source) <= 0)
        return nj_fail(err, NJ_STORE, "sources of a ledger do not ascend");
    if (first < 0 || first >= DAY_US)
        return nj_fail(err, NJ_STORE, "a visit of another day in a ledger");
    if (make_room(&writer->rows, 3 * NJ_COUNT_BYTES + PORT_BYTES_MAX * entry->sport_count,
                  err) < 0)
        return -1;
    writer->source = entry->src;
    at = nj_put_count(writer->rows.items, (uint64_t)first);
    at = nj_put_signed(at, entry->last_us - entry->first_us);
    at = nj_put_count(at, (uint64_t)entry->sport_count << 1 | exact);
    for (size_t i = 0; i < entry->sport_count; i++) {
        uint16_t port = sports[entry->sport_start + i];

        at = nj_put_count(at, port - next);
        next = port + 1u;
    }
    writer->rows.used = (size_t)(at - writer->rows.items);
    return 0;
}

int ledger_writer_add(struct ledger_writer *writer, const struct ledger_row *row,
                      struct nj_err *err)
{
    bool told = row->sport_bands != ledger_bands(row->sport_min, row->sport_max);
    uint8_t *at;

    if (make_room(&writer->rows, ROW_BYTES_MAX, err) < 0)
        return -1;
    at = writer->rows.items + writer->rows.used;
    at = nj_put_count(at, text_number(writer, row->sensor));
    at = nj_put_count(at, text_number(writer, row->class) << 1 | (told ? LEDGER_HAS_BANDS : 0));
    at = nj_put_count(at, text_number(writer, row->rule));
    at = nj_put_count(at, text_number(writer, row->tool));
    at = nj_put_count(at, text_number(writer, row->stack));
    *at++ = row->proto;
    at = nj_put_fixed(at, row->dport, 2);
    at = nj_put_count(at, row->sessions);
    at = nj_put_count(at, row->packets);
    at = nj_put_fixed(at, row->sport_min, 2);
    at = nj_put_count(at, (uint64_t)row->sport_max - row->sport_min);
    if (told)
        at = nj_put_fixed(at, row->sport_bands, 8);
    writer->rows.used = (size_t)(at - writer->rows.items);
    return 0;
}

int ledger_writer_end(struct ledger_writer *writer, struct nj_err *err)
{
    uint32_t texts = nj_intern_count(writer->texts);
    uint8_t foot[LEDGER_FOOT];
    uint64_t directory;

    if (nj_intern_refused(writer->texts) > 0)
        return nj_fail(err, NJ_LIMIT, "more than %u texts in a ledger", LEDGER_TEXTS_MAX);
    if (put_entry(writer, err) < 0)
        return -1;
    directory = writer->written;
    if (put(writer, writer->directory.items, writer->directory.used, err) < 0)
        return -1;
    for (uint32_t i = 0; i < texts; i++) {
        const char *text = nj_intern_text(writer->texts, i);

        if (put(writer, text, strlen(text) + 1, err) < 0)
            return -1;
    }
    (void)nj_put_fixed(foot, directory, 8);
    (void)nj_put_fixed(foot + 8, writer->directory.used / LEDGER_PLACE, 4);
    (void)nj_put_fixed(foot + 12, texts, 4);
    memcpy(foot + 16, LEDGER_MAGIC, 8);
    return put(writer, foot, sizeof(foot), err);
}
