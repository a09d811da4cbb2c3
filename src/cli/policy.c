/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *policy_fallback(const struct setup *setup)
{
    char *path, shipped[PATH_MAX];

    if (setup_beside(setup, "policy.conf", &path, NULL) < 0)
        return NULL;
    return path != NULL ? path
                        : strdup(setup_data_path("policy.conf", shipped, sizeof(shipped)));
}

int policy_load_ready(const struct setup *setup, struct store *store, const char *path,
                      bool empty, struct policy_ready *ret, struct nj_err *err)
{
    char *fallback = policy_fallback(setup);
    const struct policy_wanted wanted = {
        .path = path,
        .fallback = fallback,
        .empty = empty,
        .sensors = setup->config.sensors,
        .sensor_count = setup->config.sensor_count,
    };
    int rc = fallback == NULL ? nj_fail(err, NJ_NOMEM, "no memory for a path")
                              : policy_get_ready(store, &wanted, ret, err);

    free(fallback);
    return rc;
}

int policy_now(const struct setup *setup, struct store *store, const char *path, int64_t *at_us,
               struct decisions *ret, struct nj_err *err)
{
    struct policy_ready ready;
    int rc;

    if (policy_load_ready(setup, store, path, false, &ready, err) < 0)
        return -1;
    rc = policy_instant(store, at_us, err);
    if (rc == 0)
        rc = policy_decide(store, &ready.policy, ready.allow, *at_us, ret, err);
    policy_ready_done(&ready);
    return rc;
}
