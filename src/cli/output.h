/* SPDX-License-Identifier: Apache-2.0 */
/* Answers on standard output: rows in one of four formats, or one JSON object.
 *
 * A reader that goes away (`nightjar visits | head`) is no fault: what follows is dropped
 * quietly, and queries are stopped. */
#ifndef NJ_CLI_OUTPUT_H
#define NJ_CLI_OUTPUT_H

#include <jansson.h>
#include <stdio.h>

#include "base/text_json.h"
#include "store/query.h"

enum output_format {
    OUTPUT_TABLE,  /* for people: aligned, cut to the terminal's width */
    OUTPUT_JSON,   /* an array of flat objects, written row by row */
    OUTPUT_NDJSON, /* an object a line */
    OUTPUT_CSV,    /* RFC 4180 with a header line */
    OUTPUT_FORMATS,
};

extern const char *const output_names[OUTPUT_FORMATS];

struct output;

/** @param columns names of those that a table shows (the others are left out there), ended by
 *                NULL, borrowed; NULL: all
 * @return NULL when out of memory */
struct output *output_new(FILE *to, enum output_format format, const char *const *columns);

/** Where the rows go; valid as long as the output. A reader that went away stops the query by
 * -1, which output_close then takes back. */
struct row_sink output_sink(struct output *output);

/**
 * One object among the rows (JSON formats only): nested members are written as they are.
 *
 * @return as a sink's row
 */
int output_object(struct output *output, const json_t *object, struct nj_err *err);

/**
 * Write what is left and free. Called in every case.
 *
 * @param rc what the question returned
 * @return rc; 0 instead of -1 when only the reader went away; -1 NJ_IO when writing failed
 */
int output_close(struct output *output, int rc, struct nj_err *err);

/** Write a text and empty it. @return 0; OUTPUT_GONE: nobody reads any more; -1 NJ_IO */
#define OUTPUT_GONE 1
int output_text(FILE *to, struct text *text, struct nj_err *err);

/** Columns of the terminal that `to` is, 0 if it is none. */
size_t output_width(FILE *to);

/** Whether to use colour there: a terminal, and NO_COLOR is not set. */
bool output_colour(FILE *to);

#endif
