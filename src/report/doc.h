/* SPDX-License-Identifier: Apache-2.0 */
/* A document: blocks in reading order, which writers turn into HTML or Markdown.
 *
 * Texts are plain: whatever is in them is escaped by the writer, so nothing that an attacker
 * or a note said becomes markup. When memory ends `no_memory` is set for good, and a builder
 * asks once at the end. */
#ifndef NJ_REPORT_DOC_H
#define NJ_REPORT_DOC_H

#include "base/text.h"

enum doc_kind {
    DOC_HEADING,
    DOC_PARAGRAPH,
    DOC_ITEM,   /* of a list; neighbours are one list */
    DOC_TABLE,  /* its cells are in `cells`, row by row */
    DOC_FIGURE, /* an SVG picture, and its caption */
    DOC_CODE,   /* as it is, in lines */
};

struct doc_column {
    const char *name;
    bool number; /* to the right */
};

struct doc_block {
    enum doc_kind kind;
    unsigned level; /* of a heading, from 2 */
    struct text text;
    struct doc_column *columns; /* with names of their own */
    size_t column_count;
    struct text *cells;
    size_t cell_count, cell_room;
};

struct doc {
    struct text title, subtitle;
    struct doc_block *blocks;
    size_t count, room;
    bool no_memory;
};

void doc_init(struct doc *doc, const char *title, const char *subtitle);
void doc_done(struct doc *doc);

void doc_heading(struct doc *doc, unsigned level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void doc_say(struct doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));
void doc_item(struct doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));
void doc_code(struct doc *doc, const char *text);

/** Begin a table; cells follow with doc_cell, row by row. @param columns  copied with their
 * names */
void doc_table(struct doc *doc, const struct doc_column *columns, size_t count);
#define DOC_TABLE(doc, columns) doc_table(doc, columns, sizeof(columns) / sizeof((columns)[0]))
void doc_cell(struct doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** A picture made by svg.h. @return where it goes, borrowed until the next call; NULL when
 * memory ended */
struct text *doc_figure(struct doc *doc, const char *caption);

/** One self-contained page: no script, nothing loaded, printable. */
void doc_html(const struct doc *doc, struct text *to);
void doc_markdown(const struct doc *doc, struct text *to);

#endif
