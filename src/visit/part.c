/* SPDX-License-Identifier: Apache-2.0 */
/* Parts out: the present part of an open visit, or a log row, as a row for the sink. */
#include "visit/table_state.h"

#include <string.h>

static int give(struct visit_table *table, int64_t handed_ns, struct nj_err *err)
{
    table->row.handed_ns = handed_ns;
    table->row.seq = table->next_seq++;
    table->counts.parts++;
    return table->sink(table->sink_ctx, &table->row, err);
}

static void row_from_side(struct visit *row, const struct side *side)
{
    row->app = side->app;
    row->conn_state = side->conn_state;
    row->country = side->country;
    row->payload_length = side->payload_length;
    memcpy(row->payload, side->payload, side->payload_length);
    row->user_length = side->user_length;
    memcpy(row->user, side->user, side->user_length);
}

int part_hand_on(struct visit_table *table, struct open_visit *visit, int64_t handed_ns,
                 struct nj_err *err)
{
    const struct label *label = &table->labels.list[visit->label];
    const struct side *side = side_of(table, visit);
    int64_t hour_ns = hour_start_ns(visit->hour);
    struct visit *row = &table->row;

    if (visit->packets == 0)
        return 0;
    row->first_ns = hour_ns + (int64_t)visit->first;
    row->last_ns = hour_ns + (int64_t)visit->last;
    row->src = open_visit_src(table, visit);
    row->dst = open_visit_dst(table, visit);
    row->packets = visit->packets;
    row->bytes = visit->bytes;
    row->sessions = visit->sessions;
    row->targets = visit->targets;
    row->repeats = visit->repeats;
    row->answered = visit->answered;
    row->sport_bands = visit->sport_bands;
    row->instance = visit->instance;
    row->sensor = visit->sensor;
    row->rule = label->rule;
    row->tool = visit->tool;
    row->stack = label->stack;
    row->app = row->conn_state = row->country = 0;
    row->dport = visit->dport;
    row->sport = visit->sport;
    row->sport_min = visit->sport_min;
    row->sport_max = visit->sport_max;
    memset(row->sports, 0, sizeof(row->sports));
    memcpy(row->sports, visit->sports, visit->sports_count * sizeof(row->sports[0]));
    row->sports_count = visit->sports_count;
    row->proto = visit->proto;
    row->ttl = visit->ttl;
    row->ttl_min = visit->ttl_min;
    row->ttl_max = visit->ttl_max;
    row->tcp_flags = visit->tcp_flags;
    row->window = visit->window;
    row->class = (uint8_t)label->class;
    row->no_fields = !visit->has_fields;
    row->payload_length = row->user_length = 0;
    if (side != NULL)
        row_from_side(row, side);
    table->counts.targets_saturated += visit->targets_full;
    open_visit_reset_part(table, visit);
    return give(table, handed_ns, err);
}

int part_give_row(struct visit_table *table, const struct arrival *a, int64_t time_ns,
                  struct nj_err *err)
{
    const struct packet *packet = a->packet;
    struct visit *row = &table->row;
    size_t length = packet->payload_length;
    uint8_t user_length = 0;

    *row = (struct visit){
        .first_ns = time_ns,
        .last_ns = row_end_ns(packet, time_ns),
        .src = packet->src,
        .dst = packet->dst,
        .packets = a->packets,
        .bytes = a->bytes,
        .sessions = 1,
        .targets = addr_is_none(packet->dst) ? 0 : 1,
        .answered = packet->answered,
        .instance = packet->instance,
        .sensor = packet->sensor,
        .rule = packet->rule,
        .tool = packet->tool,
        .stack = packet->stack,
        .app = packet->app,
        .conn_state = packet->conn_state,
        .country = packet->country,
        .dport = a->key.dport,
        .sport = a->key.sport,
        .proto = packet->proto,
        .class = (uint8_t)packet->class,
        .no_fields = packet->no_fields,
    };
    if (packet_has_sport(packet)) {
        row->sport_bands = UINT64_C(1) << (packet->sport >> 10);
        row->sport_min = row->sport_max = row->sports[0] = packet->sport;
        row->sports_count = 1;
    }
    if (!packet->no_fields) {
        row->ttl = row->ttl_min = row->ttl_max = packet->ttl;
        row->window = packet->window;
        row->tcp_flags = packet->proto == PROTO_TCP ? packet->tcp_flags : 0;
    }
    if (length > table->options.payload_bytes)
        length = table->options.payload_bytes;
    if (length > 0)
        memcpy(row->payload, packet->payload, length);
    row->payload_length = (uint16_t)length;
    if (packet->user != NULL)
        copy_user(packet->user, row->user, &user_length);
    row->user_length = user_length;
    table->counts.visits++;
    return give(table, table->clock_ns, err);
}
