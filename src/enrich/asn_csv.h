/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file of ranges: which AS announces an address, or in which country it is. Called by
 * enrich.c.
 *
 * A row is START,END,AS[,NAME[,...]] (RFC 4180, except that a row is one line). Addresses are
 * text of either family or decimal numbers, inclusive; AS is a number, with or without "AS".
 * For countries it is START,END,COUNTRY. A line with tabs is one of IPtoASN:
 * START, END, AS, COUNTRY, NAME; its AS 0 and its countries "None" and "Unknown" are no answer.
 * Rows may come in any order. Where ranges overlap, the one that starts later counts (of equal
 * starts the shorter, of equal ranges the first row): the more specific. */
#ifndef NJ_ENRICH_ASN_CSV_H
#define NJ_ENRICH_ASN_CSV_H

#include <stdbool.h>

#include "base/err.h"
#include "enrich/asn_table.h"

#define ASN_CSV_ROWS_MAX 8000000u /* public files: 0.4 (IPv4) and 0.1 million (IPv6) */
#define ASN_CSV_LINE_MAX 4096u    /* longer lines are refused */

struct asn_csv_counts {
    uint64_t rows;     /* used */
    uint64_t refused;  /* not used, because they are no such rows */
    uint64_t bad_line; /* number of the first refused line, 0 if none */
};

/**
 * Load a file.
 *
 * A first line that is no row is taken as a header; blank lines and lines that start with '#'
 * are skipped; others that are no rows are counted.
 *
 * @param countries  countries are read, not AS numbers and their names
 * @return 0; -1 NJ_IO, NJ_FORMAT (not one usable row), NJ_LIMIT, NJ_NOMEM
 *
 * Cost: about 100 ns a row; unsorted files 250 ns.
 */
int asn_csv_load(const char *path, bool countries, struct asn_table **ret_table,
                 struct asn_csv_counts *ret_counts, struct nj_err *err);

/** The same from memory. */
int asn_csv_parse(const void *bytes, size_t length, bool countries,
                  struct asn_table **ret_table, struct asn_csv_counts *ret_counts,
                  struct nj_err *err);

#endif
