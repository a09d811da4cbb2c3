/* SPDX-License-Identifier: Apache-2.0 */
/* Recursive descent over the grammar of filter.h, one function per rule, one token ahead. Each
 * "(" and "not" goes one deeper; lists and chains of and/or are loops. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "filter/lexer.h"
#include "filter/tree.h"
#include "filter/value.h"

struct parser {
    struct filter_lexer lexer;
    struct filter_token token; /* the next one */
    const struct filter_field *fields;
    size_t field_count;
    unsigned depth;
    struct filter_tree tree; /* counts; the root comes last */
};

/* The operators, what they stand for and which types know them. */
static const struct sign {
    enum filter_token_kind kind;
    enum filter_op op;
    bool negated;
    unsigned types; /* bit per enum filter_type */
} signs[] = {
#define ORDERED (1u << FILTER_NUMBER | 1u << FILTER_TIME)
    {.kind = TOKEN_EQUAL, .op = FILTER_IN, .types = ~0u},
    {.kind = TOKEN_UNEQUAL, .op = FILTER_IN, .negated = true, .types = ~0u},
    {.kind = TOKEN_LESS, .op = FILTER_LESS, .types = ORDERED},
    {.kind = TOKEN_AT_MOST, .op = FILTER_AT_MOST, .types = ORDERED},
    {.kind = TOKEN_MORE, .op = FILTER_MORE, .types = ORDERED},
    {.kind = TOKEN_AT_LEAST, .op = FILTER_AT_LEAST, .types = ORDERED},
    {.kind = TOKEN_LIKE, .op = FILTER_LIKE, .types = 1u << FILTER_TEXT},
#undef ORDERED
};

static const char *type_operators(enum filter_type type)
{
    switch (type) {
    case FILTER_NUMBER:
    case FILTER_TIME:
        return "= != < <= > >= in or not in";
    case FILTER_TEXT:
        return "= != ~ in or not in";
    case FILTER_ADDRESS:
    case FILTER_PROTO:
        break;
    }
    return "= != in or not in";
}

static int advance(struct parser *p, struct nj_err *err)
{
    return filter_lexer_next(&p->lexer, &p->token, err);
}

/* The next token is not what the grammar wants. */
static int fail_found(struct parser *p, const char *expected, struct nj_err *err)
{
    char show[FILTER_SHOW_MAX];

    return filter_fail(err, NJ_CONFIG, &p->token, "%s found, expected %s",
                       filter_token_show(&p->token, show), expected);
}

static const char *field_name(const void *ctx, size_t i)
{
    const struct filter_field *fields = ctx;

    return fields[i].name;
}

static int fail_unknown_field(struct parser *p, struct nj_err *err)
{
    char show[FILTER_SHOW_MAX], hint[NJ_SUGGEST_MAX];
    char *typed = filter_token_text(&p->token);
    int rc;

    if (typed == NULL)
        return nj_fail(err, NJ_NOMEM, "filter: out of memory");
    rc = filter_fail(err, NJ_CONFIG, &p->token, "%s is no field; %s",
                     filter_token_show(&p->token, show),
                     nj_suggest_text(typed, field_name, p->fields, p->field_count, hint));
    free(typed);
    return rc;
}

/* FIELD */
static int parse_field(struct parser *p, const struct filter_field **ret_field,
                       struct nj_err *err)
{
    if (p->token.kind != TOKEN_WORD)
        return fail_found(p, "a field, not or (", err);
    for (size_t i = 0; i < p->field_count; i++) {
        if (filter_token_is(&p->token, p->fields[i].name)) {
            p->tree.fields_used |= UINT64_C(1) << i;
            *ret_field = &p->fields[i];
            return advance(p, err);
        }
    }
    return fail_unknown_field(p, err);
}

/* VALUE, added to the items of a term, which hold `room` of them */
static int parse_value(struct parser *p, struct filter_node *term, size_t *room,
                       struct nj_err *err)
{
    struct filter_item *item;

    if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_QUOTED)
        return fail_found(p, "a value", err);
    if (term->item_count == *room) {
        size_t more = *room == 0 ? 1 : *room * 2;
        struct filter_item *items = reallocarray(term->items, more, sizeof(*items));

        if (items == NULL)
            return nj_fail(err, NJ_NOMEM, "filter: out of memory");
        term->items = items;
        *room = more;
    }
    item = &term->items[term->item_count];
    if (filter_value_parse(term->field, term->op, &p->token, item, err) < 0)
        return -1;
    term->item_count++;
    p->tree.value_count += item->range ? 2 : 1;
    if (p->tree.value_count > FILTER_VALUES_MAX)
        return filter_fail(err, NJ_LIMIT, &p->token,
                           "more than %u values (ranges and prefixes count twice)",
                           FILTER_VALUES_MAX);
    return advance(p, err);
}

/* VALUE | "(" VALUE { "," VALUE } ")", after "in" */
static int parse_list(struct parser *p, struct filter_node *term, struct nj_err *err)
{
    size_t room = 0;

    if (p->token.kind != TOKEN_OPEN) {
        if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_QUOTED)
            return fail_found(p, "a value or a list like (22, 23)", err);
        return parse_value(p, term, &room, err);
    }
    do {
        if (advance(p, err) < 0 || parse_value(p, term, &room, err) < 0)
            return -1;
    } while (p->token.kind == TOKEN_COMMA);
    if (p->token.kind != TOKEN_CLOSE)
        return fail_found(p, "a comma or the ) of the list", err);
    return advance(p, err);
}

/* An operator with a sign, and its value */
static int parse_comparison(struct parser *p, const struct sign *sign, struct filter_node *term,
                            struct nj_err *err)
{
    struct filter_token value;
    char show[FILTER_SHOW_MAX];
    size_t room = 0;

    if ((sign->types & 1u << term->field->type) == 0)
        return filter_fail(err, NJ_CONFIG, &p->token, "%s does not go with %s, expected %s",
                           filter_token_show(&p->token, show), term->field->name,
                           type_operators(term->field->type));
    term->op = sign->op;
    if (advance(p, err) < 0)
        return -1;
    value = p->token;
    if (parse_value(p, term, &room, err) < 0)
        return -1;
    if (sign->op != FILTER_IN && term->field->type == FILTER_NUMBER && term->items[0].range)
        return filter_fail(err, NJ_CONFIG, &value, "the range %s found, expected one number",
                           filter_token_show(&value, show));
    return 0;
}

/* What follows the field: an operator and its value or values */
static int parse_condition(struct parser *p, struct filter_node *term, bool *ret_negated,
                           struct nj_err *err)
{
    bool negated = filter_token_is(&p->token, "not");

    if (negated && advance(p, err) < 0)
        return -1;
    if (filter_token_is(&p->token, "in")) {
        *ret_negated = negated;
        return advance(p, err) < 0 ? -1 : parse_list(p, term, err);
    }
    if (negated)
        return fail_found(p, "in", err);
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (signs[i].kind == p->token.kind) {
            *ret_negated = signs[i].negated;
            return parse_comparison(p, &signs[i], term, err);
        }
    }
    return fail_found(p, type_operators(term->field->type), err);
}

static int parse_term(struct parser *p, struct filter_node **ret_node, struct nj_err *err)
{
    struct filter_node *term = filter_node_new(FILTER_TERM, err);
    bool negated = false;

    if (term == NULL)
        return -1;
    term->column = p->token.column;
    if (parse_field(p, &term->field, err) < 0 || parse_condition(p, term, &negated, err) < 0 ||
        (negated && filter_node_negate(&term, err) < 0)) {
        filter_node_free(term);
        return -1;
    }
    *ret_node = term;
    return 0;
}

static int parse_either(struct parser *p, struct filter_node **ret_node, struct nj_err *err);

/* "(" either ")" */
static int parse_group(struct parser *p, struct filter_node **ret_node, struct nj_err *err)
{
    size_t column = p->token.column;
    struct filter_node *node = NULL;
    char expected[64];

    if (advance(p, err) < 0 || parse_either(p, &node, err) < 0)
        return -1;
    if (p->token.kind != TOKEN_CLOSE) {
        (void)snprintf(expected, sizeof(expected), "and, or, or the ) to column %zu", column);
        filter_node_free(node);
        return fail_found(p, expected, err);
    }
    if (advance(p, err) < 0) {
        filter_node_free(node);
        return -1;
    }
    *ret_node = node;
    return 0;
}

static int parse_one(struct parser *p, struct filter_node **ret_node, struct nj_err *err);

/* "not" one */
static int parse_negation(struct parser *p, struct filter_node **ret_node, struct nj_err *err)
{
    struct filter_node *node = NULL;

    if (advance(p, err) < 0 || parse_one(p, &node, err) < 0)
        return -1;
    if (filter_node_negate(&node, err) < 0) {
        filter_node_free(node);
        return -1;
    }
    *ret_node = node;
    return 0;
}

/* one */
static int parse_one(struct parser *p, struct filter_node **ret_node, struct nj_err *err)
{
    bool negation = filter_token_is(&p->token, "not");
    int rc;

    if (!negation && p->token.kind != TOKEN_OPEN)
        return parse_term(p, ret_node, err);
    if (p->depth >= FILTER_DEPTH_MAX)
        return filter_fail(err, NJ_LIMIT, &p->token,
                           "more than %u of ( and not inside each other", FILTER_DEPTH_MAX);
    p->depth++;
    rc = negation ? parse_negation(p, ret_node, err) : parse_group(p, ret_node, err);
    p->depth--;
    return rc;
}

typedef int (*rule_fn)(struct parser *p, struct filter_node **ret_node, struct nj_err *err);

/* part { WORD part }: a node of this kind if there are two parts or more, else the part */
static int parse_chain(struct parser *p, rule_fn part, const char *word,
                       enum filter_node_kind kind, struct filter_node **ret_node,
                       struct nj_err *err)
{
    struct filter_node *node = NULL, *chain;
    struct filter_node **tail;

    if (part(p, &node, err) < 0)
        return -1;
    if (!filter_token_is(&p->token, word)) {
        *ret_node = node;
        return 0;
    }
    chain = filter_node_new(kind, err);
    if (chain == NULL) {
        filter_node_free(node);
        return -1;
    }
    chain->children = node;
    tail = &node->next;
    while (filter_token_is(&p->token, word)) {
        if (advance(p, err) < 0 || part(p, tail, err) < 0) {
            filter_node_free(chain);
            return -1;
        }
        tail = &(*tail)->next;
    }
    *ret_node = chain;
    return 0;
}

static int parse_both(struct parser *p, struct filter_node **ret_node, struct nj_err *err)
{
    return parse_chain(p, parse_one, "and", FILTER_AND, ret_node, err);
}

static int parse_either(struct parser *p, struct filter_node **ret_node, struct nj_err *err)
{
    return parse_chain(p, parse_both, "or", FILTER_OR, ret_node, err);
}

int filter_tree_parse(const char *text, size_t length, const struct filter_field *fields,
                      size_t field_count, struct filter_tree *ret_tree, struct nj_err *err)
{
    struct parser p = {.fields = fields, .field_count = field_count};

    if (filter_lexer_init(&p.lexer, text, length, err) < 0 || advance(&p, err) < 0)
        return -1;
    if (p.token.kind != TOKEN_END && parse_either(&p, &p.tree.root, err) < 0)
        return -1;
    if (p.token.kind != TOKEN_END) {
        filter_node_free(p.tree.root);
        return fail_found(&p, "and, or, or the end of the filter", err);
    }
    *ret_tree = p.tree;
    return 0;
}
