/* SPDX-License-Identifier: Apache-2.0 */
/* The parsed tree is walked for each row. The values of each list are sorted once, ranges that
 * overlap joined, so that a list of thousands costs a dozen comparisons. */
#include "filter/match.h"

#include <stdlib.h>
#include <string.h>

#include "filter/tree.h"

struct filter_match {
    struct filter_tree tree;
    const struct filter_field *fields;
};

/* ---- making it ---- */

static int compare(const struct filter_value *a, const struct filter_value *b)
{
    switch (a->type) {
    case FILTER_TEXT:
        return strcmp(a->text, b->text);
    case FILTER_ADDRESS:
        return addr_compare(a->address, b->address);
    default:
        return (a->number > b->number) - (a->number < b->number);
    }
}

static int by_first(const void *a, const void *b)
{
    const struct filter_item *left = a, *right = b;

    return compare(&left->first, &right->first);
}

/* Sorted, and no value in two of them. Texts have no `last`. */
static void sort_items(struct filter_node *term)
{
    struct filter_item *items = term->items;
    size_t kept = 0;

    qsort(items, term->item_count, sizeof(*items), by_first);
    if (term->field->type == FILTER_TEXT)
        return;
    for (size_t i = 1; i < term->item_count; i++) {
        if (compare(&items[i].first, &items[kept].last) > 0)
            items[++kept] = items[i];
        else if (compare(&items[i].last, &items[kept].last) > 0)
            items[kept].last = items[i].last;
    }
    term->item_count = kept + 1;
}

static void sort_all(struct filter_node *node)
{
    for (struct filter_node *child = node->children; child != NULL; child = child->next)
        sort_all(child);
    if (node->kind == FILTER_TERM && node->op == FILTER_IN)
        sort_items(node);
}

/* @return 0; -1: a field is named that rows in memory do not have */
static int check_fields(const struct filter_node *node, struct nj_err *err)
{
    if (node->kind == FILTER_TERM && (node->field->member == 0 || node->field->within != NULL))
        return nj_fail(err, NJ_CONFIG, "filter: column %zu: \"%s\" is not known here",
                       node->column, node->field->name);
    for (const struct filter_node *child = node->children; child != NULL; child = child->next)
        if (check_fields(child, err) < 0)
            return -1;
    return 0;
}

int filter_match_new(const char *text, const struct filter_field *fields, size_t field_count,
                     struct filter_match **ret_match, struct nj_err *err)
{
    struct filter_match *match = calloc(1, sizeof(*match));

    if (match == NULL)
        return nj_fail(err, NJ_NOMEM, "filter: out of memory");
    match->fields = fields;
    if (filter_tree_parse(text, strlen(text), fields, field_count, &match->tree, err) < 0) {
        free(match);
        return -1;
    }
    if (match->tree.root != NULL) {
        if (check_fields(match->tree.root, err) < 0) {
            filter_match_free(match);
            return -1;
        }
        sort_all(match->tree.root);
    }
    *ret_match = match;
    return 0;
}

void filter_match_free(struct filter_match *match)
{
    if (match == NULL)
        return;
    filter_tree_done(&match->tree);
    free(match);
}

uint64_t filter_match_used(const struct filter_match *match)
{
    return match->tree.fields_used;
}

/* ---- holding it against a row ---- */

struct held {
    const struct filter_match *match;
    const char *row;
    uint64_t known;
};

/* The row's value. @return false: it is NULL */
static bool read_value(const struct filter_field *field, const char *row,
                       struct filter_value *ret)
{
    const char *text = NULL;

    *ret = (struct filter_value){.type = field->type};
    switch (field->type) {
    case FILTER_TEXT:
        memcpy(&text, row + field->member, sizeof(text));
        ret->text = (char *)(uintptr_t)text; /* only read */
        return text != NULL && text[0] != '\0';
    case FILTER_ADDRESS:
        memcpy(&ret->address, row + field->member, sizeof(ret->address));
        return !addr_is_none(ret->address);
    case FILTER_NUMBER:
    case FILTER_TIME:
    case FILTER_PROTO:
        break;
    }
    ret->type = FILTER_NUMBER;
    memcpy(&ret->number, row + field->member, sizeof(ret->number));
    return ret->number != FILTER_NULL;
}

static bool is_in(const struct filter_node *term, const struct filter_value *value)
{
    size_t low = 0, high = term->item_count; /* the last whose first is not above the value */

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(value, &term->items[middle].first) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == 0)
        return false;
    return compare(value, value->type == FILTER_TEXT ? &term->items[low - 1].first
                                                     : &term->items[low - 1].last) <= 0;
}

/* Before a day is before its first microsecond, after it is after its last. */
static bool holds(const struct filter_node *term, const struct filter_value *value)
{
    const struct filter_item *item = term->items;

    switch (term->op) {
    case FILTER_IN:
        return is_in(term, value);
    case FILTER_LESS:
        return value->number < item->first.number;
    case FILTER_AT_MOST:
        return value->number <= item->last.number;
    case FILTER_MORE:
        return value->number > item->last.number;
    case FILTER_AT_LEAST:
        return value->number >= item->first.number;
    case FILTER_LIKE:
        break;
    }
    return filter_glob(item->first.text, value->text);
}

static enum filter_answer answer_term(const struct held *held, const struct filter_node *term)
{
    struct filter_value value;

    if ((held->known >> (term->field - held->match->fields) & 1) == 0)
        return FILTER_MAYBE;
    return read_value(term->field, held->row, &value) && holds(term, &value) ? FILTER_YES
                                                                             : FILTER_NO;
}

/* AND is the least of its answers, OR the most, NOT turns them round. */
static enum filter_answer answer(const struct held *held, const struct filter_node *node)
{
    enum filter_answer all = node->kind == FILTER_AND ? FILTER_YES : FILTER_NO;

    if (node->kind == FILTER_TERM)
        return answer_term(held, node);
    if (node->kind == FILTER_NOT)
        return FILTER_YES - answer(held, node->children);
    for (const struct filter_node *child = node->children; child != NULL; child = child->next) {
        enum filter_answer one = answer(held, child);

        if (node->kind == FILTER_AND && one < all)
            all = one;
        if (node->kind == FILTER_OR && one > all)
            all = one;
        if (all == (node->kind == FILTER_AND ? FILTER_NO : FILTER_YES))
            break;
    }
    return all;
}

enum filter_answer filter_match_row(const struct filter_match *match, const void *row,
                                    uint64_t known)
{
    const struct held held = {.match = match, .row = row, .known = known};

    return match->tree.root == NULL ? FILTER_YES : answer(&held, match->tree.root);
}
