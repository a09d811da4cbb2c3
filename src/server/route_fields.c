/* SPDX-License-Identifier: Apache-2.0 */
/* What filters may name, of each kind of rows: so that whoever offers words offers those that
 * the service takes. */
#include "server/internal.h"
#include "store/derived_ask.h"

static const char *const type_names[] = {
    [FILTER_NUMBER] = "number", [FILTER_TEXT] = "text",   [FILTER_ADDRESS] = "address",
    [FILTER_TIME] = "time",     [FILTER_PROTO] = "proto",
};

static const struct {
    const char *name;
    enum derived_kind kind;
} derived[] = {
    {.name = "suspects", .kind = DERIVED_SUSPECTS}, {.name = "actors", .kind = DERIVED_ACTORS},
    {.name = "hops", .kind = DERIVED_HOPS},         {.name = "links", .kind = DERIVED_LINKS},
    {.name = "episodes", .kind = DERIVED_EPISODES}, {.name = "events", .kind = DERIVED_EVENTS},
};

static const char *const names[] = {"rows", "field", "type", "words"};
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

/* The words as a JSON array; null where any will do. */
static struct cell words_cell(const struct filter_field *field, struct text *text)
{
    if (field->words == NULL)
        return (struct cell){.kind = CELL_NULL};
    text_add_z(text, "[");
    for (size_t i = 0; i < field->word_count; i++) {
        if (i > 0)
            text_add_z(text, ",");
        text_json(text, field->words[i], strlen(field->words[i]));
    }
    text_add_z(text, "]");
    return (struct cell){.kind = CELL_JSON, .text = text->bytes, .length = text->length};
}

static int add(const struct row_sink *sink, const char *rows, const struct filter_field *fields,
               size_t count, struct nj_err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct text words = {0};
        const struct cell cells[NAME_COUNT] = {
            text_cell(rows),
            text_cell(fields[i].name),
            text_cell(type_names[fields[i].type]),
            words_cell(&fields[i], &words),
        };

        rc = words.no_memory ? nj_fail(err, NJ_NOMEM, "no memory for the answer")
                             : sink->row(sink->ctx, cells, NAME_COUNT, err);
        text_done(&words);
    }
    return rc;
}

int route_fields(struct ask *ask, struct nj_err *err)
{
    struct answer_rows rows;
    struct row_sink sink;
    const struct filter_field *fields;
    size_t count;
    int rc;

    answer_rows_init(&rows, ask->answer, 0, UINT32_MAX);
    sink = answer_rows_sink(&rows);
    rc = sink.head(sink.ctx, names, NAME_COUNT, err);
    fields = store_filter_fields(&count);
    if (rc == 0)
        rc = add(&sink, "visits", fields, count, err);
    for (size_t i = 0; rc == 0 && i < sizeof(derived) / sizeof(derived[0]); i++) {
        fields = derived_fields(derived[i].kind, &count);
        rc = add(&sink, derived[i].name, fields, count, err);
    }
    return answer_rows_finish(&rows, rc, err);
}
