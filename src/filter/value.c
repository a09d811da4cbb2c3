/* SPDX-License-Identifier: Apache-2.0 */
#include "filter/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/suggest.h"

/* The transports that visits are made of; numbers from IANA's "Protocol Numbers". */
static const struct proto {
    const char *name;
    int64_t number;
} protos[] = {
    {.name = "tcp", .number = 6},    {.name = "udp", .number = 17},
    {.name = "icmp", .number = 1},   {.name = "icmpv6", .number = 58},
    {.name = "sctp", .number = 132},
};

#define PROTOS (sizeof(protos) / sizeof(protos[0]))
#define PROTO_MOST 255

/* A value on its way: its text without quotes and its place. */
struct reading {
    const struct filter_field *field;
    const struct filter_token *token;
    char *text; /* taken over by filter_value_parse */
    char show[FILTER_SHOW_MAX];
};

/* Decimal digits with an optional minus, within 64 bits. */
static bool read_number(const char *text, int64_t *ret_number)
{
    bool negative = *text == '-';
    int64_t n = 0;

    text += negative;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        int digit = *text - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, negative ? -digit : digit, &n))
            return false;
    }
    *ret_number = n;
    return true;
}

/* Cut "a-b" into its two ends, where "a" may begin with a minus. NULL: it is no range. */
static char *cut_range(char *text)
{
    char *dash = *text == '\0' ? NULL : strchr(text + 1, '-');

    if (dash == NULL)
        return NULL;
    *dash = '\0';
    return dash + 1;
}

static int fail_backwards(const struct reading *r, struct nj_err *err)
{
    return filter_fail(err, NJ_CONFIG, r->token, "the range %s runs backwards", r->show);
}

/* A number or range of which nothing can be in the field. */
static int check_most(const struct reading *r, const struct filter_item *item,
                      struct nj_err *err)
{
    int64_t most = r->field->most;

    if (most == 0 || (item->first.number <= most && item->last.number >= 0))
        return 0;
    return filter_fail(err, NJ_CONFIG, r->token, "%s found, expected %s 0 to %" PRId64, r->show,
                       r->field->name, most);
}

static int parse_number(struct reading *r, enum filter_op op, struct filter_item *item,
                        struct nj_err *err)
{
    char *upper = cut_range(r->text);

    if (!read_number(r->text, &item->first.number) ||
        !read_number(upper == NULL ? r->text : upper, &item->last.number))
        return filter_fail(err, NJ_CONFIG, r->token,
                           "%s found, expected a number or a range like 1024-65535", r->show);
    if (item->first.number > item->last.number)
        return fail_backwards(r, err);
    item->range = item->first.number != item->last.number;
    return op == FILTER_IN ? check_most(r, item, err) : 0;
}

static const char *proto_name(const void *ctx, size_t i)
{
    const struct proto *table = ctx;

    return table[i].name;
}

static int parse_proto(struct reading *r, struct filter_item *item, struct nj_err *err)
{
    char hint[NJ_SUGGEST_MAX];

    item->first.type = item->last.type = FILTER_NUMBER;
    for (size_t i = 0; i < PROTOS; i++) {
        if (strcasecmp(protos[i].name, r->text) == 0) {
            item->first.number = item->last.number = protos[i].number;
            return 0;
        }
    }
    if (*r->text < '0' || *r->text > '9')
        return filter_fail(err, NJ_CONFIG, r->token, "%s is no protocol name or number; %s",
                           r->show, nj_suggest_text(r->text, proto_name, protos, PROTOS, hint));
    if (parse_number(r, FILTER_IN, item, err) < 0)
        return -1;
    if (item->last.number > PROTO_MOST)
        return filter_fail(err, NJ_CONFIG, r->token,
                           "protocol %s found, expected a number 0 to %d", r->show, PROTO_MOST);
    return 0;
}

static int parse_address(struct reading *r, struct filter_item *item, struct nj_err *err)
{
    bool plain = r->text[strspn(r->text, "0123456789abcdefABCDEF.:/-")] == '\0';
    struct nj_err why = {.code = NJ_OK};
    struct prefix prefix;
    char *upper;

    if (*r->text == '\0' || !plain)
        return filter_fail(err, NJ_CONFIG, r->token,
                           "%s found, expected an address, a prefix like 203.0.113.0/24 or a "
                           "range a-b",
                           r->show);
    upper = cut_range(r->text);
    if (upper == NULL) {
        if (prefix_parse(r->text, &prefix, &why) < 0)
            return filter_fail(err, NJ_CONFIG, r->token, "%s", why.msg);
    } else {
        if (addr_parse(r->text, &prefix.first, &why) < 0 ||
            addr_parse(upper, &prefix.last, &why) < 0)
            return filter_fail(err, NJ_CONFIG, r->token, "%s", why.msg);
        if (addr_is_v4(prefix.first) != addr_is_v4(prefix.last))
            return filter_fail(err, NJ_CONFIG, r->token,
                               "the range %s is from one family to the other", r->show);
        if (addr_compare(prefix.first, prefix.last) > 0)
            return fail_backwards(r, err);
    }
    item->first.address = prefix.first;
    item->last.address = prefix.last;
    item->range = !addr_equal(prefix.first, prefix.last);
    return 0;
}

static int parse_time(struct reading *r, struct filter_item *item, struct nj_err *err)
{
    struct nj_err why = {.code = NJ_OK};

    if (filter_parse_time(r->text, false, &item->first.number, &why) < 0 ||
        filter_parse_time(r->text, true, &item->last.number, &why) < 0)
        return filter_fail(err, NJ_CONFIG, r->token, "%s", why.msg);
    item->range = item->first.number != item->last.number;
    return 0;
}

static const char *field_word(const void *ctx, size_t i)
{
    const struct filter_field *field = ctx;

    return field->words[i];
}

/* Put the word of the field's table in place of the user's. */
static int check_word(struct reading *r, struct nj_err *err)
{
    const struct filter_field *field = r->field;
    char hint[NJ_SUGGEST_MAX];

    for (size_t i = 0; i < field->word_count; i++) {
        if (strcasecmp(field->words[i], r->text) == 0) {
            memcpy(r->text, field->words[i], strlen(field->words[i]));
            return 0;
        }
    }
    return filter_fail(err, NJ_CONFIG, r->token, "%s is no %s; %s", r->show, field->name,
                       nj_suggest_text(r->text, field_word, field, field->word_count, hint));
}

/* A code of so many letters, which stand as capitals in the rows. */
static int check_code(struct reading *r, struct nj_err *err)
{
    const struct filter_field *field = r->field;

    if (field->length == 0)
        return 0;
    if (strlen(r->text) != field->length)
        return filter_fail(err, NJ_CONFIG, r->token,
                           "%s found, expected a %s of %zu characters", r->show, field->name,
                           field->length);
    for (char *at = r->text; *at != '\0'; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    return 0;
}

static int check_glob(const struct reading *r, struct nj_err *err)
{
    unsigned stars = 0;

    for (const char *at = r->text; *at != '\0'; at++)
        stars += at[0] == '*' && at[1] != '*';
    if (stars > FILTER_GLOB_STARS_MAX)
        return filter_fail(err, NJ_LIMIT, r->token, "%u times * in the pattern, the most is %u",
                           stars, FILTER_GLOB_STARS_MAX);
    return 0;
}

static int parse_text(struct reading *r, enum filter_op op, struct filter_item *item,
                      struct nj_err *err)
{
    if (op == FILTER_LIKE) {
        if (check_glob(r, err) < 0)
            return -1;
    } else if (check_code(r, err) < 0 || (r->field->words != NULL && check_word(r, err) < 0)) {
        return -1;
    }
    item->first.text = r->text;
    r->text = NULL;
    return 0;
}

int filter_value_parse(const struct filter_field *field, enum filter_op op,
                       const struct filter_token *token, struct filter_item *ret_item,
                       struct nj_err *err)
{
    struct reading r = {.field = field, .token = token};
    struct filter_item item = {
        .first = {.type = field->type},
        .last = {.type = field->type},
    };
    int rc = -1;

    r.text = filter_token_text(token);
    if (r.text == NULL)
        return nj_fail(err, NJ_NOMEM, "filter: out of memory");
    (void)filter_token_show(token, r.show);
    switch (field->type) {
    case FILTER_NUMBER:
        rc = parse_number(&r, op, &item, err);
        break;
    case FILTER_TEXT:
        rc = parse_text(&r, op, &item, err);
        break;
    case FILTER_ADDRESS:
        rc = parse_address(&r, &item, err);
        break;
    case FILTER_TIME:
        rc = parse_time(&r, &item, err);
        break;
    case FILTER_PROTO:
        rc = parse_proto(&r, &item, err);
        break;
    }
    free(r.text);
    if (rc == 0)
        *ret_item = item;
    return rc;
}
