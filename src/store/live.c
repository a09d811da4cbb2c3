/* SPDX-License-Identifier: Apache-2.0 */
#include "store/live.h"

#include <stdio.h>
#include <string.h>

void live_row_of(const struct visit *visit, const char *sensor, const struct store_place *place,
                 const struct nj_intern *names, char user[static LIVE_USER_MAX],
                 struct live_row *ret)
{
    bool fields = !visit->no_fields;

    (void)snprintf(user, LIVE_USER_MAX, "%.*s", (int)visit->user_length, visit->user);
    *ret = (struct live_row){
        .seq = visit->seq,
        .ts_us = visit->first_ns / 1000,
        .proto = visit->proto,
        .dport = visit->dport,
        .sport = visit->sport,
        .asn = place->asn == 0 ? FILTER_NULL : place->asn,
        .ttl = fields ? visit->ttl : FILTER_NULL,
        .window = fields ? visit->window : FILTER_NULL,
        .tcp_flags = fields ? visit->tcp_flags : FILTER_NULL,
        .sessions = visit->sessions,
        .packets = (int64_t)visit->packets,
        .targets = visit->targets,
        .repeats = visit->repeats,
        .answered = visit->answered,
        .src = visit->src,
        .dst = visit->dst,
        .sensor = sensor,
        .class = class_names[visit->class],
        .country = place->country,
        .tool = nj_intern_text(names, visit->tool),
        .rule = nj_intern_text(names, visit->rule),
        .stack = nj_intern_text(names, visit->stack),
        .app = nj_intern_text(names, visit->app),
        .user = user,
        .conn_state = nj_intern_text(names, visit->conn_state),
    };
}

/* Cut to its room. */
static void copy(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size - 1);

    memcpy(to, from, length);
    to[length] = '\0';
}

void live_row_shown(const struct live_row *row, struct map_visit *ret)
{
    *ret = (struct map_visit){
        .ts_us = row->ts_us,
        .seq = row->seq,
        .src = row->src,
        .asn = row->asn == FILTER_NULL ? 0 : (uint32_t)row->asn,
        .dport = (uint16_t)row->dport,
        .proto = (uint8_t)row->proto,
        .sessions = (uint64_t)row->sessions,
    };
    copy(ret->country, sizeof(ret->country), row->country);
    copy(ret->sensor, sizeof(ret->sensor), row->sensor);
    copy(ret->class, sizeof(ret->class), row->class);
    copy(ret->tool, sizeof(ret->tool), row->tool);
    copy(ret->app, sizeof(ret->app), row->app);
}

uint64_t live_noticed_fields(void)
{
    size_t count;
    const struct filter_field *fields = store_filter_fields(&count);
    uint64_t known = 0;

    for (size_t i = 0; i < count; i++)
        switch (fields[i].member) {
        case offsetof(struct live_row, ts_us):
        case offsetof(struct live_row, src):
        case offsetof(struct live_row, country):
        case offsetof(struct live_row, asn):
            known |= UINT64_C(1) << i;
            break;
        default:
            break;
        }
    return known;
}
