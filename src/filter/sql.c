/* SPDX-License-Identifier: Apache-2.0 */
/* A filter as a condition of DuckDB.
 *
 * SQL knows three answers; a filter two. A term that meets a NULL is not satisfied, and NOT is
 * written `(x) IS NOT TRUE`, which makes of "not known" what it makes of "no". AND and OR need
 * no care: they are true exactly when the two-valued ones are. */
#include <stdio.h>
#include <stdlib.h>

#include "filter/tree.h"

struct writer {
    FILE *out;
    struct filter_value *values;
    size_t value_count;
};

/* The `?` for a value, which moves over. */
static void write_value(struct writer *w, struct filter_value *value)
{
    (void)fputs(value->type == FILTER_TIME ? "make_timestamp(?)" : "?", w->out);
    w->values[w->value_count++] = *value;
    value->text = NULL;
}

static void write_comparison(struct writer *w, const struct filter_node *term, const char *sign,
                             struct filter_value *value)
{
    (void)fprintf(w->out, "%s %s ", term->field->column, sign);
    write_value(w, value);
}

/* The single values as one IN, then a BETWEEN for each range. */
static void write_in(struct writer *w, const struct filter_node *term)
{
    size_t singles = 0, pieces, written = 0;
    const char *before = "";

    for (size_t i = 0; i < term->item_count; i++)
        singles += !term->items[i].range;
    pieces = term->item_count - singles + (singles > 0);
    if (pieces > 1)
        (void)fputc('(', w->out);
    if (singles > 0) {
        (void)fprintf(w->out, "%s %s", term->field->column, singles > 1 ? "IN (" : "= ");
        for (size_t i = 0; i < term->item_count; i++) {
            if (term->items[i].range)
                continue;
            (void)fputs(written++ > 0 ? ", " : "", w->out);
            write_value(w, &term->items[i].first);
        }
        (void)fputs(singles > 1 ? ")" : "", w->out);
        before = " OR ";
    }
    for (size_t i = 0; i < term->item_count; i++) {
        if (!term->items[i].range)
            continue;
        (void)fprintf(w->out, "%s%s BETWEEN ", before, term->field->column);
        write_value(w, &term->items[i].first);
        (void)fputs(" AND ", w->out);
        write_value(w, &term->items[i].last);
        before = " OR ";
    }
    if (pieces > 1)
        (void)fputc(')', w->out);
}

/* Before a day is before its first microsecond, after it is after its last. */
static void write_condition(struct writer *w, const struct filter_node *term)
{
    switch (term->op) {
    case FILTER_IN:
        write_in(w, term);
        break;
    case FILTER_LESS:
        write_comparison(w, term, "<", &term->items[0].first);
        break;
    case FILTER_AT_MOST:
        write_comparison(w, term, "<=", &term->items[0].last);
        break;
    case FILTER_MORE:
        write_comparison(w, term, ">", &term->items[0].last);
        break;
    case FILTER_AT_LEAST:
        write_comparison(w, term, ">=", &term->items[0].first);
        break;
    case FILTER_LIKE:
        write_comparison(w, term, "GLOB", &term->items[0].first);
        break;
    }
}

static void write_term(struct writer *w, const struct filter_node *term)
{
    if (term->field->within == NULL) {
        write_condition(w, term);
        return;
    }
    (void)fprintf(w->out, "EXISTS (SELECT 1 FROM %s AND (", term->field->within);
    write_condition(w, term);
    (void)fputs("))", w->out);
}

static void write_node(struct writer *w, const struct filter_node *node)
{
    const char *before = "(";

    switch (node->kind) {
    case FILTER_TERM:
        write_term(w, node);
        break;
    case FILTER_NOT:
        (void)fputc('(', w->out);
        write_node(w, node->children);
        (void)fputs(") IS NOT TRUE", w->out);
        break;
    case FILTER_AND:
    case FILTER_OR:
        for (struct filter_node *child = node->children; child != NULL; child = child->next) {
            (void)fputs(before, w->out);
            write_node(w, child);
            before = node->kind == FILTER_AND ? " AND " : " OR ";
        }
        (void)fputc(')', w->out);
        break;
    }
}

int filter_tree_to_sql(struct filter_tree *tree, struct filter *ret_filter, struct nj_err *err)
{
    struct filter filter = {.fields_used = tree->fields_used};
    struct writer w = {0};
    size_t sql_length;

    w.values = calloc(tree->value_count + 1, sizeof(*w.values));
    w.out = w.values == NULL ? NULL : open_memstream(&filter.sql, &sql_length);
    if (w.out == NULL) {
        free(w.values);
        return nj_fail(err, NJ_NOMEM, "filter: out of memory");
    }
    if (tree->root == NULL)
        (void)fputs("TRUE", w.out);
    else
        write_node(&w, tree->root);
    filter.values = w.values;
    filter.value_count = w.value_count;
    if (ferror(w.out) | fclose(w.out)) {
        filter_done(&filter);
        return nj_fail(err, NJ_NOMEM, "filter: out of memory");
    }
    *ret_filter = filter;
    return 0;
}
