/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a filter or an error; the SQL has as many `?` as values and no letter of the
 * input that is not ours. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "filter/filter.h"

static const char *const words[] = {"scan", "backscatter", "exploit"};

static const struct filter_field fields[] = {
    {.name = "src", .type = FILTER_ADDRESS, .column = "c"},
    {.name = "dport", .type = FILTER_NUMBER, .column = "c"},
    {.name = "user", .type = FILTER_TEXT, .column = "c"},
    {.name = "class", .type = FILTER_TEXT, .column = "c", .words = words, .word_count = 3},
    {.name = "ts", .type = FILTER_TIME, .column = "c"},
    {.name = "proto", .type = FILTER_PROTO, .column = "c"},
};

static void check(int holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_err err = {.code = NJ_OK};
    struct filter filter;
    size_t marks = 0;

    if (filter_compile_bytes((const char *)data, size, fields,
                             sizeof(fields) / sizeof(fields[0]), &filter, &err) < 0) {
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
    return 0;
}
