/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar sql QUERY: the user's own questions. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "pipeline/packets.h"

#define QUERY_MAX (1u << 20) /* bytes of a query on standard input */

static int read_query(struct text *query, struct nj_err *err)
{
    char buffer[4096];
    size_t got;

    while ((got = fread(buffer, 1, sizeof(buffer), stdin)) > 0 && query->length <= QUERY_MAX)
        text_add(query, buffer, got);
    if (ferror(stdin))
        return nj_fail(err, NJ_IO, "read standard input");
    if (query->length > QUERY_MAX)
        return nj_fail(err, NJ_LIMIT, "the query is longer than %u bytes", QUERY_MAX);
    return 0;
}

/* A query may end with ";" on any line. NUL-terminates. */
static void trim(struct text *query)
{
    while (query->length > 0 && (query->bytes[query->length - 1] == ';' ||
                                 isspace((unsigned char)query->bytes[query->length - 1])))
        query->length--;
    text_add(query, "", 1);
}

static int ask(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    const struct text *query = ctx;

    if (store_register_packets(store, &capture_packets, err) < 0)
        return -1;
    return store_sql(store, query->bytes, sink, err);
}

int cmd_sql(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct setup setup;
    struct text query = {0};
    int rc = cli_parse(cli, argc, argv, NULL, 0, err);

    if (rc != 0)
        return rc;
    if (cli->word_count != 1)
        return cli_usage(cli, "expected one query (in quotes) or -, found %zu words",
                         cli->word_count);
    if (strcmp(cli->words[0], "-") != 0)
        text_add_z(&query, cli->words[0]);
    else if (read_query(&query, err) < 0)
        goto fail;
    trim(&query);
    if (query.no_memory) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for the query");
        goto fail;
    }
    if (query.length == 1) {
        text_done(&query);
        return cli_usage(cli, "the query is empty");
    }
    if (setup_load(cli, &setup, err) < 0)
        goto fail;
    rc = ask_rows(cli, &setup, NULL, ask, &query, err);
    setup_done(&setup);
    text_done(&query);
    return rc;
fail:
    text_done(&query);
    return -1;
}
