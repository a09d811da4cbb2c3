/* SPDX-License-Identifier: Apache-2.0 */
#include "server/lists.h"

#include "base/clock.h"
#include "server/internal.h"

int64_t list_now(void)
{
    return nj_wall_us() / MINUTE_US * MINUTE_US;
}

int64_t list_instant(struct server *server, int64_t at_us)
{
    return at_us == INT64_MAX && server->options.captures ? list_now() : at_us;
}

void list_policy(struct server *server, struct policy_wanted *ret)
{
    const struct server_settings *settings = server->settings;

    *ret = (struct policy_wanted){
        .fallback = settings->policy_path,
        .fallback_text = settings->policy_text,
        .sensors = settings->config->sensors,
        .sensor_count = settings->config->sensor_count,
    };
}
