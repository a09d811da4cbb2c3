/* SPDX-License-Identifier: Apache-2.0 */
#include "store/packets.h"

#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

/* One row is one packet. The order of the columns is that of `columns` below. */
enum packet_column {
    PACKET_TS,
    PACKET_SRC,
    PACKET_DST,
    PACKET_PROTO,
    PACKET_SPORT,
    PACKET_DPORT,
    PACKET_TTL,
    PACKET_IP_ID,
    PACKET_IP_LENGTH,
    PACKET_TCP_FLAGS,
    PACKET_SEQ,
    PACKET_ACK,
    PACKET_WINDOW,
    PACKET_CLASS,
    PACKET_RULE,
    PACKET_STACK,
    PACKET_PAYLOAD,
    PACKET_COLUMNS,
};

static const struct {
    const char *name;
    duckdb_type type;
} columns[PACKET_COLUMNS] = {
    [PACKET_TS] = {"ts", DUCKDB_TYPE_TIMESTAMP},
    [PACKET_SRC] = {"src", DUCKDB_TYPE_UUID},
    [PACKET_DST] = {"dst", DUCKDB_TYPE_UUID},
    [PACKET_PROTO] = {"proto", DUCKDB_TYPE_UTINYINT},
    [PACKET_SPORT] = {"sport", DUCKDB_TYPE_USMALLINT},
    [PACKET_DPORT] = {"dport", DUCKDB_TYPE_USMALLINT},
    [PACKET_TTL] = {"ttl", DUCKDB_TYPE_UTINYINT},
    [PACKET_IP_ID] = {"ip_id", DUCKDB_TYPE_USMALLINT},
    [PACKET_IP_LENGTH] = {"ip_length", DUCKDB_TYPE_UINTEGER},
    [PACKET_TCP_FLAGS] = {"tcp_flags", DUCKDB_TYPE_UTINYINT},
    [PACKET_SEQ] = {"seq", DUCKDB_TYPE_UINTEGER},
    [PACKET_ACK] = {"ack", DUCKDB_TYPE_UINTEGER},
    [PACKET_WINDOW] = {"window", DUCKDB_TYPE_USMALLINT},
    [PACKET_CLASS] = {"class", DUCKDB_TYPE_VARCHAR},
    [PACKET_RULE] = {"rule", DUCKDB_TYPE_VARCHAR},
    [PACKET_STACK] = {"stack", DUCKDB_TYPE_VARCHAR},
    [PACKET_PAYLOAD] = {"payload", DUCKDB_TYPE_BLOB},
};

struct scan {
    const struct packet_source *source;
    void *capture;
    const struct packet *packets; /* what is left of the last read */
    size_t left;
};

static void scan_free(void *data)
{
    struct scan *scan = data;

    if (scan->capture != NULL)
        scan->source->close(scan->capture);
    free(scan);
}

static void bind_file(duckdb_bind_info info)
{
    duckdb_value value = duckdb_bind_get_parameter(info, 0);

    for (size_t i = 0; i < PACKET_COLUMNS; i++) {
        duckdb_logical_type type = duckdb_create_logical_type(columns[i].type);

        duckdb_bind_add_result_column(info, columns[i].name, type);
        duckdb_destroy_logical_type(&type);
    }
    if (!duckdb_is_null_value(value)) /* of NULL DuckDB makes an internal error */
        duckdb_bind_set_bind_data(info, duckdb_get_varchar(value), duckdb_free);
    duckdb_destroy_value(&value);
}

static void init_scan(duckdb_init_info info)
{
    const struct packet_source *source = duckdb_init_get_extra_info(info);
    const char *path = duckdb_init_get_bind_data(info);
    struct scan *scan = calloc(1, sizeof(*scan));
    struct nj_err err = {0};

    if (scan == NULL) {
        duckdb_init_set_error(info, "out of memory");
        return;
    }
    scan->source = source;
    duckdb_init_set_init_data(info, scan, scan_free);
    duckdb_init_set_max_threads(info, 1);
    if (path == NULL || source->open(source->ctx, path, &scan->capture, &err) < 0)
        duckdb_init_set_error(info, path == NULL ? "packets: no file named" : err.msg);
}

static void set_text(duckdb_vector vector, idx_t at, const char *text)
{
    if (text[0] == '\0')
        duck_set_null(vector, at);
    else
        duckdb_vector_assign_string_element(vector, at, text);
}

static void fill_row(duckdb_data_chunk output, idx_t at, const struct packet *packet,
                     const struct nj_intern *names)
{
    duckdb_vector v[PACKET_COLUMNS];
    void *to[PACKET_COLUMNS];
    bool tcp = packet->proto == PROTO_TCP && !packet->fragment;

    for (size_t i = 0; i < PACKET_COLUMNS; i++) {
        v[i] = duckdb_data_chunk_get_vector(output, i);
        to[i] = duckdb_vector_get_data(v[i]);
    }
    ((int64_t *)to[PACKET_TS])[at] = packet->time_ns / 1000;
    ((duckdb_uhugeint *)to[PACKET_SRC])[at] = uuid_of(packet->src);
    ((duckdb_uhugeint *)to[PACKET_DST])[at] = uuid_of(packet->dst);
    ((uint8_t *)to[PACKET_PROTO])[at] = packet->proto;
    ((uint16_t *)to[PACKET_SPORT])[at] = packet->sport;
    ((uint16_t *)to[PACKET_DPORT])[at] = packet->dport;
    ((uint8_t *)to[PACKET_TTL])[at] = packet->ttl;
    ((uint16_t *)to[PACKET_IP_ID])[at] = packet->ip_id;
    ((uint32_t *)to[PACKET_IP_LENGTH])[at] = packet->ip_length;
    ((uint8_t *)to[PACKET_TCP_FLAGS])[at] = packet->tcp_flags;
    ((uint32_t *)to[PACKET_SEQ])[at] = packet->seq;
    ((uint32_t *)to[PACKET_ACK])[at] = packet->ack;
    ((uint16_t *)to[PACKET_WINDOW])[at] = packet->window;
    for (enum packet_column i = PACKET_TCP_FLAGS; !tcp && i <= PACKET_WINDOW; i++)
        duck_set_null(v[i], at);
    if (packet->ip_version != 4)
        duck_set_null(v[PACKET_IP_ID], at);
    set_text(v[PACKET_CLASS], at, class_names[packet->class]);
    set_text(v[PACKET_RULE], at, nj_intern_text(names, packet->rule));
    set_text(v[PACKET_STACK], at, nj_intern_text(names, packet->stack));
    if (packet->payload_length == 0)
        duck_set_null(v[PACKET_PAYLOAD], at);
    else
        duckdb_vector_assign_string_element_len(
            v[PACKET_PAYLOAD], at, (const char *)packet->payload, packet->payload_length);
}

static void scan_packets(duckdb_function_info info, duckdb_data_chunk output)
{
    struct scan *scan = duckdb_function_get_init_data(info);
    const struct nj_intern *names = scan->source->names(scan->capture);
    struct nj_err err = {0};
    idx_t count = 0;

    while (count < duckdb_vector_size()) {
        if (scan->left == 0 &&
            scan->source->read(scan->capture, &scan->packets, &scan->left, &err) < 0) {
            duckdb_function_set_error(info, err.msg);
            return;
        }
        if (scan->left == 0)
            break;
        fill_row(output, count++, scan->packets++, names);
        scan->left--;
    }
    duckdb_data_chunk_set_size(output, count);
}

int store_register_packets(struct store *store, const struct packet_source *source,
                           struct nj_err *err)
{
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    int rc = 0;

    duckdb_table_function_set_name(function, "packets");
    duckdb_table_function_add_parameter(function, text);
    duckdb_table_function_set_extra_info(function, (void *)(uintptr_t)source, NULL);
    duckdb_table_function_set_bind(function, bind_file);
    duckdb_table_function_set_init(function, init_scan);
    duckdb_table_function_set_function(function, scan_packets);
    if (duckdb_register_table_function(duck_connection(store->duck), function) != DuckDBSuccess)
        rc = nj_fail(err, NJ_STORE, "DuckDB refused the table function packets");
    duckdb_destroy_logical_type(&text);
    duckdb_destroy_table_function(&function);
    return rc;
}
