/* SPDX-License-Identifier: Apache-2.0 */
#include "server/request.h"

#include <stdlib.h>
#include <string.h>

#include "server/lists.h"

struct reading {
    struct request *request;
    struct nj_err err;
    bool failed;
};

static int set_argument(struct request *request, const char *name, const char *value,
                        struct nj_err *err)
{
    /* with its length, so that no value can look like another parameter */
    text_addf(&request->key, "\n%s=%zu:", name, strlen(value));
    text_add_z(&request->key, value);
    if (request->taxii != NULL)
        return taxii_set(request->taxii, name, value, err);
    return query_set(&request->query, request->route->params, false, name, value, err);
}

static enum MHD_Result on_argument(void *cls, enum MHD_ValueKind kind, const char *name,
                                   size_t name_size, const char *value, size_t value_size)
{
    struct reading *reading = cls;

    (void)kind;
    if (value == NULL) {
        value = "";
        value_size = 0;
    }
    if (strlen(name) != name_size || strlen(value) != value_size)
        reading->failed = nj_fail(&reading->err, NJ_CONFIG, "a NUL in a parameter") < 0;
    else
        reading->failed = set_argument(reading->request, name, value, &reading->err) < 0;
    return reading->failed ? MHD_NO : MHD_YES;
}

/* "https://host:port" of this request, if its Host is plain. */
static void read_base(struct request *request)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-.:[]";
    const char *host =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);

    if (host == NULL || strlen(host) > 255 || strspn(host, plain) != strlen(host))
        return;
    (void)snprintf(request->taxii->base, sizeof(request->taxii->base), "%s://%s",
                   request->server->tls ? "https" : "http", host);
}

/* @return 0; > 0: a part of the path names nothing, and *err says which; -1 */
static int read_path(struct request *request, const struct route_path *path, struct nj_err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < path->count; i++)
        rc = request->taxii != NULL
                 ? taxii_set_path(request->taxii, path->items[i].name, path->items[i].value)
                 : query_set(&request->query, request->route->params, true, path->items[i].name,
                             path->items[i].value, err);
    if (rc > 0 && request->taxii != NULL)
        (void)nj_fail(err, NJ_CONFIG, "there is no such resource");
    return rc;
}

/* "at" by the clock. It is no part of the question but, as a commit is, of what its answer is
 * of: so the answer of another minute with the same bytes keeps the date that
 * they came with. */
static void read_clock(struct request *request)
{
    struct query *query = &request->query;

    if (query->at_now)
        query->at_us = list_now();
    else if (request->route->clock && (query->given & PARAM_AT) == 0)
        query->at_us = list_instant(request->server, INT64_MAX);
    else
        return;
    request->clock_us = query->at_us;
}

int request_read(struct request *request, const char *url, const struct route_path *path,
                 struct nj_err *err)
{
    struct reading reading = {.request = request};
    int rc;

    if (request->route->kind == ROUTE_TAXII) {
        request->taxii = malloc(sizeof(*request->taxii));
        if (request->taxii == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for the question");
        taxii_question_init(request->taxii);
        read_base(request);
    }
    text_add_z(&request->key, url);
    rc = read_path(request, path, err);
    if (rc != 0)
        return rc;
    (void)MHD_get_connection_values_n(request->connection, MHD_GET_ARGUMENT_KIND, on_argument,
                                      &reading);
    if (reading.failed) {
        *err = reading.err;
        return -1;
    }
    read_clock(request);
    return query_check(&request->query, err);
}
