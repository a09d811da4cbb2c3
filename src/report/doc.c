/* SPDX-License-Identifier: Apache-2.0 */
#include "report/doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static void add_format(struct text *text,
                                                             const char *format, va_list args)
{
    char *made = NULL;

    if (vasprintf(&made, format, args) < 0) {
        text->no_memory = true;
        return;
    }
    text_add_z(text, made);
    free(made);
}

void doc_init(struct doc *doc, const char *title, const char *subtitle)
{
    *doc = (struct doc){0};
    text_add_z(&doc->title, title);
    text_add_z(&doc->subtitle, subtitle);
}

/* The names are copies. */
static void columns_free(struct doc_column *columns, size_t count)
{
    for (size_t i = 0; columns != NULL && i < count; i++)
        free((char *)columns[i].name);
    free(columns);
}

void doc_done(struct doc *doc)
{
    for (size_t i = 0; i < doc->count; i++) {
        struct doc_block *block = &doc->blocks[i];

        text_done(&block->text);
        for (size_t cell = 0; cell < block->cell_count; cell++)
            text_done(&block->cells[cell]);
        free(block->cells);
        columns_free(block->columns, block->column_count);
    }
    free(doc->blocks);
    text_done(&doc->title);
    text_done(&doc->subtitle);
    *doc = (struct doc){0};
}

static struct doc_block *add(struct doc *doc, enum doc_kind kind)
{
    if (doc->count == doc->room) {
        size_t room = doc->room == 0 ? 64 : 2 * doc->room;
        struct doc_block *bigger = reallocarray(doc->blocks, room, sizeof(*bigger));

        if (bigger == NULL) {
            doc->no_memory = true;
            return NULL;
        }
        doc->blocks = bigger;
        doc->room = room;
    }
    doc->blocks[doc->count] = (struct doc_block){.kind = kind};
    return &doc->blocks[doc->count++];
}

__attribute__((format(printf, 3, 0))) static struct doc_block *
add_text(struct doc *doc, enum doc_kind kind, const char *format, va_list args)
{
    struct doc_block *block = add(doc, kind);

    if (block != NULL) {
        add_format(&block->text, format, args);
        doc->no_memory |= block->text.no_memory;
    }
    return block;
}

void doc_heading(struct doc *doc, unsigned level, const char *format, ...)
{
    struct doc_block *block;
    va_list args;

    va_start(args, format);
    block = add_text(doc, DOC_HEADING, format, args);
    va_end(args);
    if (block != NULL)
        block->level = level;
}

void doc_say(struct doc *doc, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)add_text(doc, DOC_PARAGRAPH, format, args);
    va_end(args);
}

void doc_item(struct doc *doc, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)add_text(doc, DOC_ITEM, format, args);
    va_end(args);
}

void doc_code(struct doc *doc, const char *text)
{
    struct doc_block *block = add(doc, DOC_CODE);

    if (block != NULL)
        text_add_z(&block->text, text);
}

void doc_table(struct doc *doc, const struct doc_column *columns, size_t count)
{
    struct doc_block *block = add(doc, DOC_TABLE);

    if (block == NULL)
        return;
    block->columns = calloc(count, sizeof(*block->columns));
    for (size_t i = 0; block->columns != NULL && i < count; i++) {
        block->columns[i] =
            (struct doc_column){.name = strdup(columns[i].name), .number = columns[i].number};
        if (block->columns[i].name != NULL)
            continue;
        columns_free(block->columns, i);
        block->columns = NULL;
    }
    if (block->columns == NULL) {
        doc->no_memory = true;
        doc->count--; /* a table without columns is none */
        return;
    }
    block->column_count = count;
}

void doc_cell(struct doc *doc, const char *format, ...)
{
    struct doc_block *block = doc->count == 0 ? NULL : &doc->blocks[doc->count - 1];
    va_list args;

    if (block == NULL || block->kind != DOC_TABLE)
        return;
    if (block->cell_count == block->cell_room) {
        size_t room = block->cell_room == 0 ? 64 : 2 * block->cell_room;
        struct text *bigger = reallocarray(block->cells, room, sizeof(*bigger));

        if (bigger == NULL) {
            doc->no_memory = true;
            return;
        }
        block->cells = bigger;
        block->cell_room = room;
    }
    block->cells[block->cell_count] = (struct text){0};
    va_start(args, format);
    add_format(&block->cells[block->cell_count], format, args);
    va_end(args);
    doc->no_memory |= block->cells[block->cell_count].no_memory;
    block->cell_count++;
}

struct text *doc_figure(struct doc *doc, const char *caption)
{
    struct doc_block *block = add(doc, DOC_FIGURE);

    if (block == NULL)
        return NULL;
    block->cells = calloc(1, sizeof(*block->cells));
    if (block->cells == NULL) {
        doc->no_memory = true;
        return NULL;
    }
    block->cell_count = block->cell_room = 1;
    text_add_z(&block->text, caption);
    return &block->cells[0];
}
