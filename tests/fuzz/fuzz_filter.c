/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a filter or an error; the SQL has as many `?` as values and no letter of the
 * input that is not ours. Held against a row in memory it says yes or no, and the opposite with
 * a "not" before it. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/match.h"

static const char *const words[] = {"scan", "backscatter", "exploit"};

struct row {
    int nothing;
    struct addr src;
    int64_t dport, ts, proto;
    const char *user, *class;
};

#define IN(name) .column = "c", .member = offsetof(struct row, name)

static const struct filter_field fields[] = {
    {.name = "src", .type = FILTER_ADDRESS, IN(src)},
    {.name = "dport", .type = FILTER_NUMBER, IN(dport)},
    {.name = "user", .type = FILTER_TEXT, IN(user)},
    {.name = "class", .type = FILTER_TEXT, IN(class), .words = words, .word_count = 3},
    {.name = "ts", .type = FILTER_TIME, IN(ts)},
    {.name = "proto", .type = FILTER_PROTO, IN(proto)},
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static void check(int holds)
{
    if (!holds)
        abort();
}

/* What a filter says of a row. @return -1: the filter is too long or deep now */
static int ask(const char *text, const struct row *row)
{
    struct filter_match *match;
    enum filter_answer answer;

    if (filter_match_new(text, fields, FIELDS, &match, NULL) < 0)
        return -1;
    answer = filter_match_row(match, row, UINT64_MAX);
    check(answer != FILTER_MAYBE);
    filter_match_free(match);
    return answer == FILTER_YES;
}

static void hold(const uint8_t *data, size_t size)
{
    static const struct row rows[] = {
        {.src = {0, 0xffffcb007107},
         .dport = 22,
         .ts = 1588291200000000,
         .proto = 6,
         .user = "a*[b]",
         .class = "scan"},
        {.dport = FILTER_NULL, .ts = FILTER_NULL, .proto = FILTER_NULL, .user = ""},
    };
    char *text = calloc(1, size + 16);

    check(text != NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int plain, turned;

        memcpy(text, data, size);
        text[size] = '\0';
        plain = ask(text, &rows[i]);
        check(plain >= 0);
        if (strspn(text, " \t\r\n") == size)
            continue; /* empty: it has no negation */
        (void)snprintf(text, size + 16, "not (%.*s)", (int)size, (const char *)data);
        turned = ask(text, &rows[i]);
        check(turned < 0 || turned == !plain);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_err err = {.code = NJ_OK};
    struct filter filter;
    size_t marks = 0;

    if (filter_compile_bytes((const char *)data, size, fields, FIELDS, &filter, &err) < 0) {
        check(err.code == NJ_CONFIG || err.code == NJ_LIMIT);
        check(strncmp(err.msg, "filter: ", 8) == 0);
        return 0;
    }
    for (const char *at = filter.sql; *at != '\0'; at++) {
        check(strchr("ABDEGILMNOQRSTUW_acekimnpst (),=<>?", *at) != NULL);
        marks += *at == '?';
    }
    check(marks == filter.value_count);
    filter_done(&filter);
    hold(data, size);
    return 0;
}
