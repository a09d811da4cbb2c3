/* SPDX-License-Identifier: Apache-2.0 */
/* Documents as Markdown. Pictures are left out: the table beside each has its numbers. */
#include <string.h>

#include "report/doc.h"

static void escaped(struct text *to, const struct text *text)
{
    text_markdown(to, text->bytes, text->length);
}

static void table(struct text *to, const struct doc_block *block)
{
    for (size_t i = 0; i < block->column_count; i++) {
        text_add_z(to, i == 0 ? "| " : " | ");
        text_markdown(to, block->columns[i].name, strlen(block->columns[i].name));
    }
    text_add_z(to, " |\n");
    for (size_t i = 0; i < block->column_count; i++)
        text_add_z(to, block->columns[i].number ? "| ---: " : "| --- ");
    text_add_z(to, "|\n");
    for (size_t i = 0; i < block->cell_count; i++) {
        text_add_z(to, i % block->column_count == 0 ? "| " : " | ");
        escaped(to, &block->cells[i]);
        text_add_z(to, (i + 1) % block->column_count == 0 ? " |\n" : "");
    }
    text_add_z(to, "\n");
}

/* An indented block: nothing in it is markup. */
static void code(struct text *to, const struct text *text)
{
    size_t from = 0;

    for (size_t i = 0; i <= text->length; i++)
        if (i == text->length || text->bytes[i] == '\n') {
            text_add_z(to, "    ");
            text_shown(to, text->bytes + from, i - from);
            text_add(to, "\n", 1);
            from = i + 1;
        }
    text_add(to, "\n", 1);
}

static void block_markdown(struct text *to, const struct doc_block *block, bool last_item)
{
    switch (block->kind) {
    case DOC_HEADING:
        text_add(to, "######", block->level < 6 ? block->level : 6);
        text_add(to, " ", 1);
        escaped(to, &block->text);
        text_add_z(to, "\n\n");
        break;
    case DOC_PARAGRAPH:
        escaped(to, &block->text);
        text_add_z(to, "\n\n");
        break;
    case DOC_ITEM:
        text_add_z(to, "- ");
        escaped(to, &block->text);
        text_add_z(to, last_item ? "\n\n" : "\n");
        break;
    case DOC_TABLE:
        table(to, block);
        break;
    case DOC_FIGURE:
        text_add_z(to, "*Figure (drawn in the HTML form): ");
        escaped(to, &block->text);
        text_add_z(to, "*\n\n");
        break;
    case DOC_CODE:
        code(to, &block->text);
        break;
    }
}

void doc_markdown(const struct doc *doc, struct text *to)
{
    text_add_z(to, "# ");
    escaped(to, &doc->title);
    text_add_z(to, "\n\n");
    escaped(to, &doc->subtitle);
    text_add_z(to, "\n\n");
    for (size_t i = 0; i < doc->count; i++)
        block_markdown(to, &doc->blocks[i],
                       i + 1 == doc->count || doc->blocks[i + 1].kind != DOC_ITEM);
    to->no_memory |= doc->no_memory;
}
