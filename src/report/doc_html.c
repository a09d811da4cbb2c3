/* SPDX-License-Identifier: Apache-2.0 */
/* Documents as one page of HTML. */
#include <string.h>

#include "report/doc.h"

/* The policy forbids what the page does not need, should an escape ever fail. */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src"
    " 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n<title>";

static const char style[] =
    "</title>\n<style>\n"
    ":root{color-scheme:light dark;--ink:#1a1a1a;--soft:#5a5f66;--rule:#d9dce0;--paper:#fff;"
    "--shade:#f4f6f8}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a9b0b8;--rule:#3a4047;"
    "--paper:#15181c;--shade:#1f242a}}\n"
    "@media print{:root{--ink:#000;--soft:#444;--rule:#bbb;--paper:#fff;--shade:#f4f4f4}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;padding:2rem 1.2rem 4rem;max-width:60rem;"
    "font:16px/1.5 system-ui,'DejaVu Sans',sans-serif;color:var(--ink);"
    "background:var(--paper)}\n"
    "h1{font-size:1.9rem;line-height:1.2;margin:0 0 .2rem}"
    "h2{font-size:1.35rem;margin:2.4rem 0 .6rem;padding-top:.5rem;"
    "border-top:1px solid var(--rule)}h3{font-size:1.08rem;margin:1.6rem 0 .4rem}\n"
    ".sub{color:var(--soft);margin:0 0 1.4rem}p,ul{margin:.5rem 0}ul{padding-left:1.3rem}"
    "li{margin:.3rem 0}\n"
    ".wide{overflow-x:auto;margin:.8rem 0}table{border-collapse:collapse;width:100%;"
    "font-size:.86em;font-variant-numeric:tabular-nums}"
    "th,td{padding:.28rem .55rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--rule);overflow-wrap:anywhere}"
    "th{background:var(--shade);font-weight:600;overflow-wrap:normal}"
    "td.s{white-space:nowrap}td.n,th.n{text-align:right;overflow-wrap:normal}"
    "td.n{white-space:nowrap}td.n span{display:block}\n"
    "figure{margin:1rem 0}figure svg{width:100%;height:auto;display:block;"
    "border:1px solid var(--rule);border-radius:4px}"
    "figcaption{color:var(--soft);font-size:.86em;margin-top:.3rem}\n"
    "pre{background:var(--shade);padding:.7rem .9rem;overflow-x:auto;font-size:.82em;"
    "white-space:pre-wrap;overflow-wrap:anywhere}nav{font-size:.9em;columns:2}"
    "nav ul{margin:0}nav a{color:inherit}nav li{margin:.1rem 0;break-inside:avoid}\n"
    /* a figure made as narrow as a phone can't be read: it is pushed aside, as tables are */
    "@media screen and (max-width:40rem){body{font-size:15px}nav{columns:1}"
    "figure{overflow-x:auto}figure svg{min-width:46rem}}\n"
    /* on paper nothing scrolls: tables are set so small that the widest fits between margins */
    "@media print{body{font-size:9.5pt;line-height:1.4;max-width:none;padding:0}"
    "h2{break-after:avoid;margin-top:1.6rem}h3{break-after:avoid;margin-top:1rem}"
    ".wide{overflow:visible}table{font-size:7.5pt;line-height:1.3}th,td{padding:.14rem .3rem}"
    "pre{font-size:7.5pt}figure,tr,li{break-inside:avoid}thead{display:table-header-group}}\n"
    "@page{size:A4;margin:16mm 14mm;@bottom-right{content:counter(page) \" / \" counter(pages);"
    "font:8pt 'DejaVu Sans',sans-serif;color:#444}}\n"
    "</style></head>\n<body>\n";

/* Cells under so many bytes stay on one line. */
#define SHORT 18u

static void escaped(struct text *to, const struct text *text)
{
    text_html(to, text->bytes, text->length);
}

/* Lines stay lines: each is escaped by itself. */
static void lines(struct text *to, const struct text *text)
{
    size_t from = 0;

    for (size_t i = 0; i <= text->length; i++)
        if (i == text->length || text->bytes[i] == '\n') {
            text_html(to, text->bytes + from, i - from);
            if (i < text->length)
                text_add(to, "\n", 1);
            from = i + 1;
        }
}

/* Nothing, where no column has a name. */
static void table_head(struct text *to, const struct doc_block *block)
{
    bool named = false;

    for (size_t i = 0; i < block->column_count; i++)
        named = named || block->columns[i].name[0] != '\0';
    if (!named)
        return;
    text_add_z(to, "<thead><tr>");
    for (size_t i = 0; i < block->column_count; i++) {
        text_add_z(to, block->columns[i].number ? "<th class=\"n\">" : "<th>");
        text_html(to, block->columns[i].name, strlen(block->columns[i].name));
        text_add_z(to, "</th>");
    }
    text_add_z(to, "</tr></thead>");
}

/* The interval of "9.5 % (6.2–12.8)" goes below its number: a row of many has no
 * room beside. */
static void number_cell(struct text *to, const struct text *cell)
{
    const char *bracket = cell->length == 0 ? NULL : memchr(cell->bytes, '(', cell->length);
    size_t before = bracket == NULL ? cell->length : (size_t)(bracket - cell->bytes);

    text_add_z(to, "<td class=\"n\">");
    text_html(to, cell->bytes, before);
    if (bracket != NULL) {
        text_add_z(to, "<span>");
        text_html(to, bracket, cell->length - before);
        text_add_z(to, "</span>");
    }
    text_add_z(to, "</td>");
}

static void cell_html(struct text *to, const struct text *cell)
{
    text_add_z(to, cell->length < SHORT ? "<td class=\"s\">" : "<td>");
    escaped(to, cell);
    text_add_z(to, "</td>");
}

static void table(struct text *to, const struct doc_block *block)
{
    text_add_z(to, "<div class=\"wide\"><table>");
    table_head(to, block);
    text_add_z(to, "<tbody>\n");
    for (size_t i = 0; i < block->cell_count; i++) {
        size_t column = i % block->column_count;

        text_add_z(to, column == 0 ? "<tr>" : "");
        if (block->columns[column].number)
            number_cell(to, &block->cells[i]);
        else
            cell_html(to, &block->cells[i]);
        text_add_z(to, column + 1 == block->column_count ? "</tr>\n" : "");
    }
    text_add_z(to, "</tbody></table></div>\n");
}

static void contents(struct text *to, const struct doc *doc)
{
    text_add_z(to, "<nav aria-label=\"Contents\"><ul>\n");
    for (size_t i = 0; i < doc->count; i++) {
        if (doc->blocks[i].kind != DOC_HEADING || doc->blocks[i].level != 2)
            continue;
        text_addf(to, "<li><a href=\"#s%zu\">", i);
        escaped(to, &doc->blocks[i].text);
        text_add_z(to, "</a></li>\n");
    }
    text_add_z(to, "</ul></nav>\n");
}

static void block_html(struct text *to, const struct doc *doc, size_t i)
{
    const struct doc_block *block = &doc->blocks[i];
    bool first = i == 0 || doc->blocks[i - 1].kind != DOC_ITEM;
    bool last = i + 1 == doc->count || doc->blocks[i + 1].kind != DOC_ITEM;

    switch (block->kind) {
    case DOC_HEADING:
        text_addf(to, "<h%u id=\"s%zu\">", block->level, i);
        escaped(to, &block->text);
        text_addf(to, "</h%u>\n", block->level);
        break;
    case DOC_PARAGRAPH:
        text_add_z(to, "<p>");
        escaped(to, &block->text);
        text_add_z(to, "</p>\n");
        break;
    case DOC_ITEM:
        text_add_z(to, first ? "<ul>\n<li>" : "<li>");
        escaped(to, &block->text);
        text_add_z(to, last ? "</li>\n</ul>\n" : "</li>\n");
        break;
    case DOC_TABLE:
        table(to, block);
        break;
    case DOC_FIGURE:
        text_add_z(to, "<figure>");
        text_add(to, block->cells[0].bytes, block->cells[0].length);
        text_add_z(to, "<figcaption>");
        escaped(to, &block->text);
        text_add_z(to, "</figcaption></figure>\n");
        break;
    case DOC_CODE:
        text_add_z(to, "<pre>");
        lines(to, &block->text);
        text_add_z(to, "</pre>\n");
        break;
    }
}

void doc_html(const struct doc *doc, struct text *to)
{
    text_add_z(to, head);
    escaped(to, &doc->title);
    text_add_z(to, style);
    text_add_z(to, "<header><h1>");
    escaped(to, &doc->title);
    text_add_z(to, "</h1><p class=\"sub\">");
    escaped(to, &doc->subtitle);
    text_add_z(to, "</p></header>\n");
    contents(to, doc);
    text_add_z(to, "<main>\n");
    for (size_t i = 0; i < doc->count; i++)
        block_html(to, doc, i);
    text_add_z(to, "</main>\n</body></html>\n");
    to->no_memory |= doc->no_memory;
}
