/* SPDX-License-Identifier: Apache-2.0 */
#include "store/named.h"

#include "store/ledger.h"
#include "store/rows.h"

static bool is_net(struct addr a)
{
    return !addr_is_v4(a) && addr_equal(a, addr_source(a));
}

bool named_nets(const struct addr *sources, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_net(sources[i]))
            return true;
    return false;
}

static void within(struct addr source, const char *before, FILE *out)
{
    const struct prefix net = addr_source_net(source);
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];

    (void)fprintf(out, "%ssrc BETWEEN '%s'::UUID AND '%s'::UUID", before,
                  uuid_text(net.first, first), uuid_text(net.last, last));
}

void named_where(const struct addr *sources, size_t count, FILE *out)
{
    char text[ADDR_TEXT_MAX];

    (void)fputs("(src IN (", out);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, "%s'%s'::UUID", i == 0 ? "" : ", ", uuid_text(sources[i], text));
    (void)fputc(')', out);
    for (size_t i = 0; i < count; i++)
        if (is_net(sources[i]))
            within(sources[i], " OR ", out);
    (void)fputc(')', out);
}

void named_column(const struct addr *sources, size_t count, FILE *out)
{
    if (!named_nets(sources, count)) {
        (void)fputs("src", out);
        return;
    }
    (void)fputs("CASE WHEN false", out);
    for (size_t i = 0; i < count; i++)
        if (is_net(sources[i]))
            within(sources[i], " OR ", out);
    (void)fputs(" THEN source_of(src) ELSE src END", out);
}

int named_days(struct store *store, const struct addr *sources, size_t count, char **ret_days,
               struct nj_err *err)
{
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);
    int rc;

    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    (void)fputs("SELECT day FROM ", out);
    if (named_nets(sources, count)) {
        (void)fputs("sources WHERE ", out);
        named_where(sources, count, out);
    } else {
        ledger_from(store, sources, count, out);
    }
    if (fclose(out) != 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a query");
    else
        rc = rows_dates(store, sql, ret_days, err);
    free(sql);
    return rc;
}
