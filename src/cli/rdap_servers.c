/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rdap_servers.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "rdap/client.h"
#include "rdap/servers.h"
#include "store/testimony.h"

static int new_nets(struct nets **ret, struct nj_err *err)
{
    *ret = nets_new();
    return *ret == NULL ? nj_fail(err, NJ_NOMEM, "no memory for servers") : 0;
}

struct loading {
    const struct rdap_servers *servers;
    struct nets *nets;
};

static int on_kept(void *ctx, const struct testimony *t, struct nj_err *err)
{
    struct loading *loading = ctx;
    json_t *value = t->value == NULL ? NULL : json_loads(t->value, 0, NULL);
    const char *url = json_string_value(json_object_get(value, "server"));
    int rc = 0;

    if (url != NULL && rdap_may_ask(url, loading->servers->local))
        rc = nets_add(loading->nets, &t->net, url, err);
    json_decref(value);
    return rc;
}

int rdap_servers_load(struct rdap_servers *servers, struct store *store, int64_t oldest_us,
                      struct nj_err *err)
{
    struct loading loading = {.servers = servers};
    struct testimony_list list;
    int rc = testimony_find_list(store, TESTIMONY_SERVERS_LIST, &list, err);

    if (rc < 0)
        return -1;
    if (rc == STORE_UNKNOWN || strcmp(list.source, servers->url) != 0)
        return 0;
    if (new_nets(&loading.nets, err) < 0)
        return -1;
    if (testimony_of(store, TESTIMONY_SERVERS_LIST, on_kept, &loading, err) < 0) {
        nets_free(loading.nets);
        return -1;
    }
    nets_finish(loading.nets);
    servers->nets = loading.nets;
    servers->young = list.imported_us > oldest_us;
    return 0;
}

static int on_server(void *ctx, const struct prefix *net, const char *url, struct nj_err *err)
{
    return nets_add(ctx, net, url, err);
}

static int fetch_one(const struct rdap_servers *servers, struct rdap_client *client,
                     const char *name, struct nets *nets, int64_t *published_us,
                     struct nj_err *err)
{
    struct rdap_servers_read read;
    struct rdap_reply reply;
    char url[RDAP_URL_MAX];
    int rc;

    (void)snprintf(url, sizeof(url), "%.400s%s", servers->url, name);
    rc = rdap_client_get(client, url, &reply, err);
    if (rc == RDAP_NO_RECORD)
        rc = nj_fail(err, NJ_FORMAT, "%s has no %s", reply.host, name);
    if (rc == 0)
        rc = rdap_read_servers(reply.bytes, reply.length, servers->local, on_server, nets,
                               &read, err);
    if (rc < 0)
        return nj_within(err, "%.100s%s", servers->url, name);
    if (*published_us == 0 || read.published_us < *published_us)
        *published_us = read.published_us;
    return 0;
}

int rdap_servers_fetch(struct rdap_servers *servers, unsigned timeout_ms, struct nj_err *err)
{
    struct rdap_client *client = NULL;
    struct nets *nets = NULL;
    int64_t published_us = 0;
    int rc = rdap_client_new(timeout_ms, servers->local, &client, err);

    if (rc == 0)
        rc = new_nets(&nets, err);
    if (rc == 0)
        rc = fetch_one(servers, client, "ipv4.json", nets, &published_us, err);
    if (rc == 0)
        rc = fetch_one(servers, client, "ipv6.json", nets, &published_us, err);
    if (rc == 0) {
        nets_finish(nets);
        nets_free(servers->nets);
        servers->nets = nets;
        servers->published_us = published_us;
        servers->fetched = true;
        nets = NULL;
    }
    nets_free(nets);
    rdap_client_free(client);
    return rc;
}

int rdap_servers_keep(const struct rdap_servers *servers, struct store *store, int64_t now_us,
                      struct nj_err *err)
{
    struct testimony_list list = {.name = TESTIMONY_SERVERS_LIST,
                                  .kind = TESTIMONY_SERVERS,
                                  .dated_us = servers->published_us,
                                  .imported_us = now_us};
    struct testimony_writer *writer;
    int rc = 0;

    (void)snprintf(list.source, sizeof(list.source), "%s", servers->url);
    if (testimony_begin(store, &list, true, &writer, err) < 0)
        return -1;
    for (size_t i = 0; i < nets_count(servers->nets) && rc == 0; i++) {
        json_t *value = json_pack("{s:s}", "server", nets_label(servers->nets, i));
        char *text = json_dumps(value, JSON_COMPACT);

        rc = text == NULL ? nj_fail(err, NJ_NOMEM, "no memory for servers")
                          : testimony_add(writer, nets_prefix(servers->nets, i), 0,
                                          servers->published_us, text, err);
        free(text);
        json_decref(value);
    }
    if (rc < 0) {
        testimony_cancel(writer);
        return -1;
    }
    return testimony_end(writer, &list, err);
}

const char *rdap_servers_find(const struct rdap_servers *servers, struct addr a)
{
    size_t number = servers->nets == NULL ? NETS_NONE : nets_find(servers->nets, a);

    return number == NETS_NONE ? NULL : nets_label(servers->nets, number);
}

void rdap_servers_done(struct rdap_servers *servers)
{
    nets_free(servers->nets);
    servers->nets = NULL;
}
