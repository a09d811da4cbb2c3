/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of a file is kept: with a change here or in asn_row.c, FORMAT of asn_kept.c
 * rises. Ranges that overlap are laid flat into borders:
 *
 *   rows      |----- 64496 -----|        borders   10 64496
 *             10   |-64497-|    40                 20 64497
 *                  20      30                      31 64496
 *                                                  41 0
 */
#include "enrich/asn_csv.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enrich/asn_row.h"

#define READ_SIZE (256u * 1024u)

struct rows {
    struct asn_row *at;
    size_t count, room;
};

/* What has been read so far. */
struct load {
    struct rows rows;
    struct as_names *names; /* NULL: countries are read */
    struct asn_csv_counts counts;
    uint64_t line;
};

/* ---- lines --------------------------------------------------------------------------------*/

static int keep(struct rows *rows, const struct asn_row *row, struct nj_err *err)
{
    if (rows->count >= ASN_CSV_ROWS_MAX)
        return nj_fail(err, NJ_LIMIT, "has more than %u rows", ASN_CSV_ROWS_MAX);
    if (rows->count == rows->room) {
        size_t room = rows->room == 0 ? 1024 : 2 * rows->room;
        struct asn_row *at = realloc(rows->at, room * sizeof(*at));

        if (at == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu rows", room);
        rows->at = at;
        rows->room = room;
    }
    rows->at[rows->count] = *row;
    rows->at[rows->count].order = (uint32_t)rows->count;
    rows->count++;
    return 0;
}

static void refuse(struct load *load)
{
    load->counts.refused++;
    if (load->counts.bad_line == 0)
        load->counts.bad_line = load->line;
}

/* One line without its end. */
static int take_line(struct load *load, const char *line, size_t length, struct nj_err *err)
{
    struct asn_row row;

    load->line++;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    if (length == 0 || line[0] == '#')
        return 0;
    if (length <= ASN_CSV_LINE_MAX && asn_row_read(line, length, load->names, &row)) {
        load->counts.rows++;
        return keep(&load->rows, &row, err);
    }
    if (load->line > 1)
        refuse(load);
    return 0;
}

/* The whole lines among these bytes. @return how many bytes they are, or -1 */
static ssize_t take_lines(struct load *load, const char *bytes, size_t length,
                          struct nj_err *err)
{
    size_t done = 0;
    const char *end;

    while (done < length && (end = memchr(bytes + done, '\n', length - done)) != NULL) {
        if (take_line(load, bytes + done, (size_t)(end - bytes) - done, err) < 0)
            return -1;
        done = (size_t)(end - bytes) + 1;
    }
    return (ssize_t)done;
}

/* ---- borders ------------------------------------------------------------------------------*/

/* Outer ranges before inner ones; of equal ranges the first row last, so that it counts. */
static int by_start(const void *left, const void *right)
{
    const struct asn_row *a = left, *b = right;
    int order = addr_compare(a->first, b->first);

    if (order == 0)
        order = addr_compare(b->last, a->last);
    return order != 0 ? order : (a->order < b->order) - (a->order > b->order);
}

static void sort(struct rows *rows)
{
    for (size_t i = 1; i < rows->count; i++) {
        if (by_start(&rows->at[i - 1], &rows->at[i]) > 0) {
            qsort(rows->at, rows->count, sizeof(*rows->at), by_start);
            return;
        }
    }
}

/* From `at` on, the AS is `asn`. Called with rising addresses. @return 0; -1 out of memory */
static int border(struct asn_table *table, struct addr at, uint32_t asn)
{
    size_t n = table->v6_count;

    if (addr_is_v4(at))
        return v4_map_add(table->v4, addr_v4(at), asn);
    if (n > 0 && addr_equal(table->v6[n - 1], at))
        n--;
    table->v6[n] = at;
    table->v6_asn[n] = asn;
    table->v6_count = n + 1;
    return 0;
}

/* End the innermost of the open ranges: behind it counts the next one that goes on. */
static int end_range(struct asn_table *table, const struct asn_row *rows, const uint32_t *open,
                     size_t *depth)
{
    struct addr last = rows[open[--*depth]].last;
    uint32_t asn = 0;

    while (*depth > 0 && addr_compare(rows[open[*depth - 1]].last, last) <= 0)
        --*depth;
    if (++last.lo == 0 && ++last.hi == 0)
        return 0; /* behind the last address of all */
    /* An IPv6 range around the IPv4 addresses, such as ::/0, says nothing about them. */
    if (*depth > 0 && addr_is_v4(rows[open[*depth - 1]].first) == addr_is_v4(last))
        asn = rows[open[*depth - 1]].asn;
    return border(table, last, asn);
}

/* @param open  room for the numbers of all rows: the ranges that the sweep is in, inner last */
static int lay_flat(struct asn_table *table, const struct rows *rows, uint32_t *open)
{
    size_t depth = 0;

    for (size_t i = 0; i < rows->count; i++) {
        while (depth > 0 &&
               addr_compare(rows->at[open[depth - 1]].last, rows->at[i].first) < 0) {
            if (end_range(table, rows->at, open, &depth) < 0)
                return -1;
        }
        if (border(table, rows->at[i].first, rows->at[i].asn) < 0)
            return -1;
        open[depth++] = (uint32_t)i;
    }
    while (depth > 0) {
        if (end_range(table, rows->at, open, &depth) < 0)
            return -1;
    }
    return 0;
}

/* `load` with all rows read becomes the answer, which takes its names. */
static int finish(struct load *load, struct asn_table **ret_table, struct nj_err *err)
{
    size_t v6 = 2; /* two borders a range, and the two ends of the IPv4 addresses */
    struct asn_table *table;
    uint32_t *open;
    int rc = -1;

    if (load->rows.count == 0)
        return nj_fail(err, NJ_FORMAT, "has no row START,END,AS,NAME");
    for (size_t i = 0; i < load->rows.count; i++)
        v6 += addr_is_v4(load->rows.at[i].first) ? 0 : 2;
    table = asn_table_new(v6);
    open = malloc(load->rows.count * sizeof(*open));
    sort(&load->rows);
    if (table != NULL && open != NULL)
        rc = lay_flat(table, &load->rows, open);
    free(open);
    if (rc < 0) {
        asn_table_free(table);
        return nj_fail(err, NJ_NOMEM, "no memory for %zu ranges", load->rows.count);
    }
    v4_map_finish(table->v4);
    table->names = load->names;
    load->names = NULL;
    *ret_table = table;
    return 0;
}

/* ---- outside ------------------------------------------------------------------------------*/

/* @return 0; -1 NJ_NOMEM */
static int begin(struct load *load, bool countries, struct nj_err *err)
{
    *load = (struct load){.names = countries ? NULL : as_names_new()};
    if (!countries && load->names == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for names");
    return 0;
}

static void end(struct load *load)
{
    free(load->rows.at);
    as_names_free(load->names);
}

int asn_csv_parse(const void *bytes, size_t length, bool countries,
                  struct asn_table **ret_table, struct asn_csv_counts *ret_counts,
                  struct nj_err *err)
{
    const char *text = bytes;
    struct load load;
    ssize_t done;
    int rc = -1;

    if (begin(&load, countries, err) < 0)
        return -1;
    done = take_lines(&load, text, length, err);
    if (done >= 0 && ((size_t)done == length ||
                      take_line(&load, text + done, length - (size_t)done, err) == 0))
        rc = finish(&load, ret_table, err);
    *ret_counts = load.counts;
    end(&load);
    return rc;
}

/* Read all of a file, a piece at a time; a line longer than a piece is refused. */
static int read_all(int file, struct load *load, char *piece, struct nj_err *err)
{
    bool in_long_line = false;
    size_t have = 0;
    ssize_t got;

    while ((got = read(file, piece + have, READ_SIZE - have)) > 0) {
        size_t start = 0;
        ssize_t done;

        have += (size_t)got;
        if (in_long_line) {
            const char *end = memchr(piece, '\n', have);

            in_long_line = end == NULL;
            start = end == NULL ? have : (size_t)(end - piece) + 1;
        }
        done = take_lines(load, piece + start, have - start, err);
        if (done < 0)
            return -1;
        start += (size_t)done;
        if (start == 0 && have == READ_SIZE) {
            load->line++;
            refuse(load);
            in_long_line = true;
            start = have;
        }
        have -= start;
        memmove(piece, piece + start, have);
    }
    if (got < 0)
        return nj_fail(err, NJ_IO, "can't be read");
    return have > 0 ? take_line(load, piece, have, err) : 0;
}

int asn_csv_load(const char *path, bool countries, struct asn_table **ret_table,
                 struct asn_csv_counts *ret_counts, struct nj_err *err)
{
    char *piece = malloc(READ_SIZE);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct load load = {0};
    struct stat st;
    int rc = -1;

    if (piece == NULL)
        (void)nj_fail(err, NJ_NOMEM, "no memory to read it");
    else if (file < 0 || fstat(file, &st) < 0)
        (void)nj_fail(err, NJ_IO, "can't be opened");
    else if (!S_ISREG(st.st_mode))
        (void)nj_fail(err, NJ_FORMAT, "is no plain file");
    else if (begin(&load, countries, err) == 0 && read_all(file, &load, piece, err) == 0)
        rc = finish(&load, ret_table, err);
    *ret_counts = load.counts;
    end(&load);
    free(piece);
    if (file >= 0)
        (void)close(file);
    return rc;
}
