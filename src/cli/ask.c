/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <stdlib.h>

int ask_open(const struct setup *setup, struct store **ret_store, struct nj_err *err)
{
    struct store_options options = setup_store_options(setup);
    struct store *store;

    if (store_open(&options, &store, err) < 0)
        return -1;
    if (store_prepare(store, cli_warn, NULL, err) < 0) {
        store_close(store);
        return -1;
    }
    *ret_store = store;
    return 0;
}

struct store_scope ask_everything(void)
{
    return (struct store_scope){.from_us = INT64_MIN, .to_us = INT64_MAX};
}

int ask_filter(const struct cli *cli, size_t from, struct store_scope *scope, char **ret_filter,
               struct nj_err *err)
{
    size_t field_count;
    const struct filter_field *fields = store_filter_fields(&field_count);
    struct filter filter;
    char *text;

    if (scope->from_us > scope->to_us)
        return cli_usage(cli, "--from is later than --to");
    text = cli_join(cli, from);
    if (text == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a filter");
    if (filter_compile(text, fields, field_count, &filter, err) < 0) {
        free(text);
        return err->code == NJ_NOMEM ? -1 : cli_usage(cli, "%s", err->msg);
    }
    filter_done(&filter);
    scope->filter = text;
    *ret_filter = text;
    return 0;
}

int ask_rows(const struct cli *cli, const struct setup *setup, const char *const *columns,
             ask_fn question, void *ctx, struct nj_err *err)
{
    struct output *output;
    struct row_sink sink;
    struct store *store;
    int rc;

    if (ask_open(setup, &store, err) < 0)
        return -1;
    output = output_new(stdout, cli->format, columns);
    if (output == NULL) {
        rc = nj_fail(err, NJ_NOMEM, "no memory for the output");
    } else {
        sink = output_sink(output);
        rc = output_close(output, question(ctx, store, &sink, err), err);
    }
    store_close(store);
    return rc;
}
