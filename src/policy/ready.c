/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/ready.h"

#include <stdlib.h>
#include <string.h>

#include "store/candidates.h"
#include "store/decisions.h"

static int parse(const char *text, const char *path, struct policy_ready *ready,
                 struct nj_err *err)
{
    size_t count;
    const struct filter_field *fields = candidate_fields(&count);

    return policy_parse(text, strlen(text), path, fields, count, &ready->policy, err);
}

static int load(struct store *store, const struct policy_wanted *wanted,
                struct policy_ready *ready, struct nj_err *err)
{
    size_t count;
    const struct filter_field *fields = candidate_fields(&count);
    char *text = NULL;
    int rc = STORE_UNKNOWN;

    if (wanted->path == NULL)
        rc = store_policy(store, &ready->path, &text, err);
    if (rc == 0) {
        rc = parse(text, ready->path, ready, err);
        free(text);
        return rc;
    }
    if (rc < 0)
        return -1;
    if (wanted->path != NULL) {
        ready->path = realpath(wanted->path, NULL);
        if (ready->path == NULL)
            return nj_fail(err, NJ_IO, "open the policy %s", wanted->path);
    } else {
        ready->path = strdup(wanted->fallback);
        if (ready->path == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for a path");
        if (wanted->fallback_text != NULL)
            return parse(wanted->fallback_text, ready->path, ready, err);
    }
    return policy_load(ready->path, fields, count, &ready->policy, NULL, err);
}

#define OWN "own prefixes" /* their name where sizes are kept */

/* An allow list that shrinks to nothing was most likely lost. */
static int check_size(struct store *store, const char *name, size_t entries, struct nj_err *err)
{
    int64_t before = 0;
    int rc = store_allow_size(store, name, &before, err);

    if (rc < 0)
        return -1;
    if (rc == 0 && before > 0 && entries == 0)
        return nj_fail(err, NJ_CONFIG,
                       "the allow list %.120s had %lld entries and now has none: nothing is "
                       "decided; `nightjar policy confirm` if that is meant",
                       name, (long long)before);
    return 0;
}

/* Own prefixes are lost with the configuration that has the sensors. */
static int check_sizes(struct store *store, const struct policy_ready *ready,
                       struct nj_err *err)
{
    if (ready->policy.allow_own && check_size(store, OWN, ready->own, err) < 0)
        return -1;
    for (size_t i = 0; i < ready->policy.file_count; i++) {
        if (check_size(store, ready->files[i].path, ready->files[i].entries, err) < 0)
            return -1;
    }
    return 0;
}

int policy_get_ready(struct store *store, const struct policy_wanted *wanted,
                     struct policy_ready *ret, struct nj_err *err)
{
    struct policy_ready ready = {0};

    if (load(store, wanted, &ready, err) < 0) {
        free(ready.path);
        return -1;
    }
    for (size_t i = 0; i < wanted->sensor_count; i++)
        ready.own += wanted->sensors[i].prefix_count;
    if (allow_new(&ready.policy, store, wanted->sensors, wanted->sensor_count, &ready.allow,
                  ready.files, err) < 0 ||
        (!wanted->empty && check_sizes(store, &ready, err) < 0)) {
        policy_ready_done(&ready);
        return -1;
    }
    *ret = ready;
    return 0;
}

void policy_ready_done(struct policy_ready *ready)
{
    allow_free(ready->allow);
    policy_done(&ready->policy);
    free(ready->path);
    *ready = (struct policy_ready){0};
}

int policy_remember(struct store *store, const struct policy_ready *ready, struct nj_err *err)
{
    if (ready->policy.allow_own &&
        store_set_allow_size(store, OWN, (int64_t)ready->own, err) < 0)
        return -1;
    for (size_t i = 0; i < ready->policy.file_count; i++) {
        if (store_set_allow_size(store, ready->files[i].path, (int64_t)ready->files[i].entries,
                                 err) < 0)
            return -1;
    }
    return 0;
}

int policy_instant(struct store *store, int64_t *at_us, struct nj_err *err)
{
    int rc;

    if (*at_us != INT64_MAX)
        return 0;
    rc = store_instant(store, at_us, err);
    return rc == STORE_UNKNOWN ? nj_fail(err, NJ_STORE, "the store holds no packets yet") : rc;
}
