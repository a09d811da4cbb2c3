/* SPDX-License-Identifier: Apache-2.0 */
#include "log/fields.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "log/memory.h"

#define CHUNK_MAX 2048u                /* duckdb_vector_size() of every build */
#define NAME_MAX_BYTES 63u             /* of a sensor, application, state, country, rule */
#define TIME_MAX_US 9223372036000000ll /* the last one that nanoseconds can hold */

enum field {
    F_N,
    F_TS,
    F_TS_LOCAL,
    F_TS_YEARLESS,
    F_SRC,
    F_DST,
    F_SPORT,
    F_DPORT,
    F_PROTO,
    F_ICMP_TYPE,
    F_ICMP_CODE,
    F_SENSOR,
    F_OUTGOING,
    F_TTL,
    F_TOS,
    F_IP_ID,
    F_DF,
    F_IP_LENGTH,
    F_TCP_FLAGS,
    F_WINDOW,
    F_PACKETS,
    F_BYTES,
    F_DURATION_US,
    F_ANSWERED,
    F_USER,
    F_APP,
    F_CONN_STATE,
    F_COUNTRY,
    F_PAYLOAD,
    F_CLASS,
    F_RULE,
    F_SESSION,
    F_CONTEXT,
    F_QUOTED_SRC,
    F_QUOTED_DST,
    F_QUOTED_PROTO,
    F_QUOTED_SPORT,
    F_QUOTED_DPORT,
    FIELD_COUNT,
};

enum holds { H_NUMBER, H_TIME, H_TEXT, H_BOOL, H_BYTES };

static const struct field_info {
    const char *name;
    enum holds holds;
} infos[FIELD_COUNT] = {
    [F_N] = {.name = "n", .holds = H_NUMBER},
    [F_TS] = {.name = "ts", .holds = H_TIME},
    [F_TS_LOCAL] = {.name = "ts_local", .holds = H_TIME},
    [F_TS_YEARLESS] = {.name = "ts_yearless", .holds = H_TIME},
    [F_SRC] = {.name = "src", .holds = H_TEXT},
    [F_DST] = {.name = "dst", .holds = H_TEXT},
    [F_SPORT] = {.name = "sport", .holds = H_NUMBER},
    [F_DPORT] = {.name = "dport", .holds = H_NUMBER},
    [F_PROTO] = {.name = "proto", .holds = H_NUMBER},
    [F_ICMP_TYPE] = {.name = "icmp_type", .holds = H_NUMBER},
    [F_ICMP_CODE] = {.name = "icmp_code", .holds = H_NUMBER},
    [F_SENSOR] = {.name = "sensor", .holds = H_TEXT},
    [F_OUTGOING] = {.name = "outgoing", .holds = H_BOOL},
    [F_TTL] = {.name = "ttl", .holds = H_NUMBER},
    [F_TOS] = {.name = "tos", .holds = H_NUMBER},
    [F_IP_ID] = {.name = "ip_id", .holds = H_NUMBER},
    [F_DF] = {.name = "df", .holds = H_BOOL},
    [F_IP_LENGTH] = {.name = "ip_length", .holds = H_NUMBER},
    [F_TCP_FLAGS] = {.name = "tcp_flags", .holds = H_NUMBER},
    [F_WINDOW] = {.name = "window", .holds = H_NUMBER},
    [F_PACKETS] = {.name = "packets", .holds = H_NUMBER},
    [F_BYTES] = {.name = "bytes", .holds = H_NUMBER},
    [F_DURATION_US] = {.name = "duration_us", .holds = H_NUMBER},
    [F_ANSWERED] = {.name = "answered", .holds = H_BOOL},
    [F_USER] = {.name = "user", .holds = H_TEXT},
    [F_APP] = {.name = "app", .holds = H_TEXT},
    [F_CONN_STATE] = {.name = "conn_state", .holds = H_TEXT},
    [F_COUNTRY] = {.name = "country", .holds = H_TEXT},
    [F_PAYLOAD] = {.name = "payload", .holds = H_BYTES},
    [F_CLASS] = {.name = "class", .holds = H_TEXT},
    [F_RULE] = {.name = "rule", .holds = H_TEXT},
    [F_SESSION] = {.name = "session", .holds = H_TEXT},
    [F_CONTEXT] = {.name = "context", .holds = H_BOOL},
    [F_QUOTED_SRC] = {.name = "quoted_src", .holds = H_TEXT},
    [F_QUOTED_DST] = {.name = "quoted_dst", .holds = H_TEXT},
    [F_QUOTED_PROTO] = {.name = "quoted_proto", .holds = H_NUMBER},
    [F_QUOTED_SPORT] = {.name = "quoted_sport", .holds = H_NUMBER},
    [F_QUOTED_DPORT] = {.name = "quoted_dport", .holds = H_NUMBER},
};

/* One column of the chunk at hand. */
struct column {
    bool present;
    idx_t at;
    duckdb_type type;
    void *data;
    uint64_t *validity;
};

struct fields {
    struct fields_context context;
    uint32_t rule;
    struct column columns[FIELD_COUNT];
    char (*users)[FIELDS_USER_MAX + 1];  /* one per row of a chunk; NULL without that column */
    struct memory *memory;               /* NULL without the column "session" */
    uint8_t (*payloads)[MEMORY_PAYLOAD]; /* from there, one per row of a chunk */
};

/* ---- which column is which -----------------------------------------------------------------
 */

static bool can_hold(enum holds holds, duckdb_type type)
{
    switch (holds) {
    case H_NUMBER:
        return type == DUCKDB_TYPE_VARCHAR ||
               (type >= DUCKDB_TYPE_TINYINT && type <= DUCKDB_TYPE_UBIGINT);
    case H_TIME:
        return type == DUCKDB_TYPE_TIMESTAMP || type == DUCKDB_TYPE_TIMESTAMP_TZ;
    case H_TEXT:
        return type == DUCKDB_TYPE_VARCHAR;
    case H_BOOL:
        return type == DUCKDB_TYPE_BOOLEAN;
    case H_BYTES:
        return type == DUCKDB_TYPE_VARCHAR || type == DUCKDB_TYPE_BLOB;
    }
    return false;
}

static int bind_column(struct fields *fields, const char *name, duckdb_type type, idx_t at,
                       struct nj_err *err)
{
    static const char *const expected[] = {[H_NUMBER] = "an integer or text",
                                           [H_TIME] = "TIMESTAMP",
                                           [H_TEXT] = "VARCHAR",
                                           [H_BOOL] = "BOOLEAN",
                                           [H_BYTES] = "BLOB or VARCHAR"};
    const char *format = fields->context.format->name;

    for (size_t f = 0; f < FIELD_COUNT; f++) {
        struct column *column = &fields->columns[f];

        if (strcmp(infos[f].name, name) != 0)
            continue;
        if (column->present)
            return nj_fail(err, NJ_CONFIG, "format %s: the column \"%s\" is there twice",
                           format, name);
        /* a literal NULL has the type of an integer, and holds nothing */
        if (!can_hold(infos[f].holds, type) && type != DUCKDB_TYPE_SQLNULL)
            return nj_fail(err, NJ_CONFIG,
                           "format %s: the column \"%s\" is of type %d, expected %s", format,
                           name, (int)type, expected[infos[f].holds]);
        *column =
            (struct column){.present = type != DUCKDB_TYPE_SQLNULL, .at = at, .type = type};
        return 0;
    }
    return nj_fail(err, NJ_CONFIG, "format %s: \"%s\" is no field of a session", format, name);
}

int fields_new(const struct fields_context *context, duckdb_prepared_statement select,
               struct fields **ret_fields, struct nj_err *err)
{
    struct fields *fields = calloc(1, sizeof(*fields));
    idx_t count = duckdb_prepared_statement_column_count(select);
    const char *format = context->format->name;
    int rc = -1;

    if (fields == NULL) {
        nj_fail(err, NJ_NOMEM, "log fields");
        goto out;
    }
    fields->context = *context;
    if (context->format->rule[0] != '\0')
        fields->rule = nj_intern_z(context->names, context->format->rule);
    for (idx_t i = 0; i < count; i++) {
        const char *name = duckdb_prepared_statement_column_name(select, i);
        int bound = name == NULL
                        ? nj_fail(err, NJ_NOMEM, "log fields")
                        : bind_column(fields, name,
                                      duckdb_prepared_statement_column_type(select, i), i, err);

        duckdb_free((void *)(uintptr_t)name);
        if (bound < 0)
            goto out;
    }
    if (!fields->columns[F_N].present || fields->columns[F_N].type != DUCKDB_TYPE_BIGINT ||
        !fields->columns[F_SRC].present) {
        nj_fail(err, NJ_CONFIG, "format %s: the SELECT must give n (as it is) and src", format);
        goto out;
    }
    if (!fields->columns[F_TS].present && !fields->columns[F_TS_LOCAL].present &&
        !fields->columns[F_TS_YEARLESS].present) {
        nj_fail(err, NJ_CONFIG, "format %s: the SELECT must give ts, ts_local or ts_yearless",
                format);
        goto out;
    }
    if (fields->columns[F_USER].present) {
        fields->users = calloc(CHUNK_MAX, sizeof(*fields->users));
        if (fields->users == NULL) {
            nj_fail(err, NJ_NOMEM, "log fields");
            goto out;
        }
    }
    if (fields->columns[F_SESSION].present) {
        fields->memory = memory_new();
        fields->payloads = calloc(CHUNK_MAX, sizeof(*fields->payloads));
        if (fields->memory == NULL || fields->payloads == NULL) {
            nj_fail(err, NJ_NOMEM, "log fields");
            goto out;
        }
    }
    *ret_fields = fields;
    fields = NULL;
    rc = 0;
out:
    fields_free(fields);
    return rc;
}

void fields_free(struct fields *fields)
{
    if (fields == NULL)
        return;
    free(fields->users);
    memory_free(fields->memory);
    free(fields->payloads);
    free(fields);
}

void fields_chunk(struct fields *fields, duckdb_data_chunk chunk)
{
    for (size_t f = 0; f < FIELD_COUNT; f++) {
        struct column *column = &fields->columns[f];
        duckdb_vector vector;

        if (!column->present)
            continue;
        vector = duckdb_data_chunk_get_vector(chunk, column->at);
        column->data = duckdb_vector_get_data(vector);
        column->validity = duckdb_vector_get_validity(vector);
    }
}

const char *fields_name(size_t i)
{
    return i < FIELD_COUNT ? infos[i].name : NULL;
}

const char *fields_given(const struct fields *fields, size_t i)
{
    for (size_t f = F_N + 1; f < FIELD_COUNT; f++) {
        if (fields->columns[f].present && i-- == 0)
            return infos[f].name;
    }
    return NULL;
}

/* ---- one cell ------------------------------------------------------------------------------
 */

struct text {
    const char *bytes;
    size_t length;
};

static bool has(const struct fields *fields, enum field f, size_t row)
{
    const struct column *column = &fields->columns[f];

    return column->present &&
           (column->validity == NULL || duckdb_validity_row_is_valid(column->validity, row));
}

static struct text text_of(const struct fields *fields, enum field f, size_t row)
{
    duckdb_string_t *strings = fields->columns[f].data;

    return (struct text){.bytes = duckdb_string_t_data(&strings[row]),
                         .length = duckdb_string_t_length(strings[row])};
}

/* One line of printable ASCII: what is rejected comes from a stranger. @return FIELDS_REJECT */
__attribute__((format(printf, 2, 3))) static int reject(char *reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(reason, FIELDS_REASON, format, args);
    va_end(args);
    for (; *reason != '\0'; reason++) {
        if ((unsigned char)*reason < 0x20 || (unsigned char)*reason > 0x7e)
            *reason = '?';
    }
    return FIELDS_REJECT;
}

/* Decimal or 0x hexadecimal, nothing else around it. */
static bool parse_number(struct text text, int64_t *ret_value)
{
    char copy[24];
    char *end;
    bool is_hex;

    if (text.length == 0 || text.length >= sizeof(copy))
        return false;
    memcpy(copy, text.bytes, text.length);
    copy[text.length] = '\0';
    is_hex = copy[0] == '0' && (copy[1] == 'x' || copy[1] == 'X');
    if (!isxdigit((unsigned char)copy[is_hex ? 2 : copy[0] == '-' ? 1 : 0]))
        return false;
    *ret_value = strtoll(copy, &end, is_hex ? 16 : 10);
    return end == copy + text.length;
}

static bool integer_of(const struct fields *fields, enum field f, size_t row,
                       int64_t *ret_value)
{
    const struct column *column = &fields->columns[f];

    switch (column->type) {
    case DUCKDB_TYPE_TINYINT:
        *ret_value = ((const int8_t *)column->data)[row];
        return true;
    case DUCKDB_TYPE_SMALLINT:
        *ret_value = ((const int16_t *)column->data)[row];
        return true;
    case DUCKDB_TYPE_INTEGER:
        *ret_value = ((const int32_t *)column->data)[row];
        return true;
    case DUCKDB_TYPE_BIGINT:
        *ret_value = ((const int64_t *)column->data)[row];
        return true;
    case DUCKDB_TYPE_UTINYINT:
        *ret_value = ((const uint8_t *)column->data)[row];
        return true;
    case DUCKDB_TYPE_USMALLINT:
        *ret_value = ((const uint16_t *)column->data)[row];
        return true;
    case DUCKDB_TYPE_UINTEGER:
        *ret_value = ((const uint32_t *)column->data)[row];
        return true;
    case DUCKDB_TYPE_UBIGINT:
        *ret_value = (int64_t)((const uint64_t *)column->data)[row];
        return *ret_value >= 0;
    default:
        return parse_number(text_of(fields, f, row), ret_value);
    }
}

/* A number within 0..max; absent leaves *ret_value as it is. @return 0 or FIELDS_REJECT */
static int number(const struct fields *fields, enum field f, size_t row, int64_t max,
                  int64_t *ret_value, char *reason)
{
    int64_t value = 0;
    struct text text;

    if (!has(fields, f, row))
        return 0;
    if (!integer_of(fields, f, row, &value)) {
        text = text_of(fields, f, row);
        return reject(reason, "%s is \"%.*s\", expected a number", infos[f].name,
                      (int)(text.length < 40 ? text.length : 40), text.bytes);
    }
    if (value < 0 || value > max)
        return reject(reason, "%s is %lld, expected 0 to %lld", infos[f].name, (long long)value,
                      (long long)max);
    *ret_value = value;
    return 0;
}

static int address(const struct fields *fields, enum field f, size_t row,
                   struct addr *ret_address, char *reason)
{
    char copy[ADDR_TEXT_MAX];
    struct text text;

    if (!has(fields, f, row))
        return 0;
    text = text_of(fields, f, row);
    if (text.length < sizeof(copy) && memchr(text.bytes, '\0', text.length) == NULL) {
        memcpy(copy, text.bytes, text.length);
        copy[text.length] = '\0';
        if (addr_parse(copy, ret_address, NULL) == 0)
            return 0;
    }
    return reject(reason, "%s is \"%.*s\", expected an address", infos[f].name,
                  (int)(text.length < 48 ? text.length : 48), text.bytes);
}

static bool truth(const struct fields *fields, enum field f, size_t row)
{
    return has(fields, f, row) && ((const bool *)fields->columns[f].data)[row];
}

/* Bytes of a text up to a maximum, without NUL, not cut within a character. */
static size_t copy_text(struct text text, char *to, size_t max)
{
    if (text.length > max) {
        text.length = max;
        while (text.length > 0 && ((unsigned char)text.bytes[text.length] & 0xc0) == 0x80)
            text.length--;
    }
    for (size_t i = 0; i < text.length; i++)
        to[i] = text.bytes[i] == '\0' ? '?' : text.bytes[i];
    to[text.length] = '\0';
    return text.length;
}

static uint32_t name(const struct fields *fields, enum field f, size_t row)
{
    char copy[NAME_MAX_BYTES + 1];

    if (!has(fields, f, row))
        return NJ_INTERN_NONE;
    return nj_intern(fields->context.names, copy,
                     copy_text(text_of(fields, f, row), copy, NAME_MAX_BYTES));
}

/* ---- parts of a packet ---------------------------------------------------------------------
 */

static const struct {
    const char *name;
    uint8_t number;
} protocols[] = {
    {"tcp", PROTO_TCP},
    {"udp", PROTO_UDP},
    {"icmp", PROTO_ICMP},
    {"icmp6", PROTO_ICMPV6},
    {"icmpv6", PROTO_ICMPV6},
    {"ipv6-icmp", PROTO_ICMPV6},
    {"sctp", PROTO_SCTP},
    {"igmp", 2},
    {"gre", 47},
    {"esp", 50},
    {"ah", 51},
    {"ipip", 4},
    {"ipv6", 41},
    {"ospf", 89},
    {"pim", 103},
    {"udplite", 136},
    {"dccp", 33},
    {"unknown_transport", 0},
};

static int protocol(const struct fields *fields, enum field f, size_t row, uint8_t *ret_proto,
                    char *reason)
{
    int64_t value = 0;
    struct text text;

    if (!has(fields, f, row))
        return 0;
    if (integer_of(fields, f, row, &value) && value >= 0 && value <= 255) {
        *ret_proto = (uint8_t)value;
        return 0;
    }
    if (fields->columns[f].type != DUCKDB_TYPE_VARCHAR)
        return reject(reason, "%s is %lld, expected 0 to 255", infos[f].name, (long long)value);
    text = text_of(fields, f, row);
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
        if (strlen(protocols[i].name) == text.length &&
            strncasecmp(protocols[i].name, text.bytes, text.length) == 0) {
            *ret_proto = protocols[i].number;
            return 0;
        }
    }
    return reject(reason, "%s is \"%.*s\", expected a protocol", infos[f].name,
                  (int)(text.length < 40 ? text.length : 40), text.bytes);
}

static int set_addresses(const struct fields *fields, size_t row, struct packet *packet,
                         char *reason)
{
    if (!has(fields, F_SRC, row))
        return reject(reason, "no source address");
    if (address(fields, F_SRC, row, &packet->src, reason) != 0 ||
        address(fields, F_DST, row, &packet->dst, reason) != 0)
        return FIELDS_REJECT;
    packet->ip_version = addr_is_v4(packet->src) ? 4 : 6;
    if (!addr_is_none(packet->dst) && addr_is_v4(packet->dst) != addr_is_v4(packet->src))
        return reject(reason, "src and dst are of different families");
    return 0;
}

static bool has_ports(uint8_t proto)
{
    return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP || proto == 33 ||
           proto == 136;
}

static int set_ports(const struct fields *fields, size_t row, struct packet *packet,
                     char *reason)
{
    int64_t sport = 0, dport = 0, type = 0, code = 0;

    if (protocol(fields, F_PROTO, row, &packet->proto, reason) != 0 ||
        number(fields, F_SPORT, row, UINT16_MAX, &sport, reason) != 0 ||
        number(fields, F_DPORT, row, UINT16_MAX, &dport, reason) != 0 ||
        number(fields, F_ICMP_TYPE, row, UINT8_MAX, &type, reason) != 0 ||
        number(fields, F_ICMP_CODE, row, UINT8_MAX, &code, reason) != 0)
        return FIELDS_REJECT;
    /* logs call both versions "icmp" */
    if (packet->proto == PROTO_ICMP && packet->ip_version == 6)
        packet->proto = PROTO_ICMPV6;
    if (packet->proto == PROTO_ICMP || packet->proto == PROTO_ICMPV6) {
        packet->sport = (uint16_t)sport;
        packet->dport = (uint16_t)(has(fields, F_ICMP_TYPE, row) ? type << 8 | code : dport);
    } else if (has_ports(packet->proto) || packet->proto == 0) {
        packet->sport = (uint16_t)sport;
        packet->dport = (uint16_t)dport;
    }
    return 0;
}

static int set_header(const struct fields *fields, size_t row, struct packet *packet,
                      char *reason)
{
    int64_t ttl = 0, tos = 0, ip_id = 0, ip_length = 0, flags = 0, window = 0;

    if (number(fields, F_TTL, row, UINT8_MAX, &ttl, reason) != 0 ||
        number(fields, F_TOS, row, UINT8_MAX, &tos, reason) != 0 ||
        number(fields, F_IP_ID, row, UINT16_MAX, &ip_id, reason) != 0 ||
        number(fields, F_IP_LENGTH, row, UINT32_MAX, &ip_length, reason) != 0 ||
        number(fields, F_TCP_FLAGS, row, UINT8_MAX, &flags, reason) != 0 ||
        number(fields, F_WINDOW, row, UINT16_MAX, &window, reason) != 0)
        return FIELDS_REJECT;
    packet->ttl = (uint8_t)ttl;
    packet->tos = (uint8_t)tos;
    packet->ip_id = (uint16_t)ip_id;
    packet->df = truth(fields, F_DF, row);
    packet->ip_length = (uint32_t)ip_length;
    packet->tcp_flags = (uint8_t)flags;
    packet->window = (uint16_t)window;
    packet->no_fields = !has(fields, F_TTL, row) && !has(fields, F_TCP_FLAGS, row) &&
                        !has(fields, F_WINDOW, row);
    packet->no_seq = true;
    return 0;
}

static int set_quoted(const struct fields *fields, size_t row, struct packet *packet,
                      char *reason)
{
    int64_t sport = 0, dport = 0;

    if (protocol(fields, F_QUOTED_PROTO, row, &packet->quoted_proto, reason) != 0 ||
        address(fields, F_QUOTED_SRC, row, &packet->quoted_src, reason) != 0 ||
        address(fields, F_QUOTED_DST, row, &packet->quoted_dst, reason) != 0 ||
        number(fields, F_QUOTED_SPORT, row, UINT16_MAX, &sport, reason) != 0 ||
        number(fields, F_QUOTED_DPORT, row, UINT16_MAX, &dport, reason) != 0)
        return FIELDS_REJECT;
    packet->quoted_sport = (uint16_t)sport;
    packet->quoted_dport = (uint16_t)dport;
    return 0;
}

static int set_counts(const struct fields *fields, size_t row, struct packet *packet,
                      char *reason)
{
    int64_t packets = 0, bytes = 0;

    if (number(fields, F_PACKETS, row, INT64_MAX, &packets, reason) != 0 ||
        number(fields, F_BYTES, row, INT64_MAX, &bytes, reason) != 0 ||
        number(fields, F_DURATION_US, row, INT64_MAX, &packet->row_duration_us, reason) != 0)
        return FIELDS_REJECT;
    packet->row_packets = (uint64_t)packets;
    packet->row_bytes = (uint64_t)bytes;
    packet->answered = truth(fields, F_ANSWERED, row);
    return 0;
}

static int set_class(const struct fields *fields, size_t row, struct packet *packet,
                     char *reason)
{
    struct text text;

    packet->class = fields->context.format->class;
    packet->rule = has(fields, F_RULE, row) ? name(fields, F_RULE, row) : fields->rule;
    if (!has(fields, F_CLASS, row))
        return 0;
    text = text_of(fields, F_CLASS, row);
    for (int c = 0; c < CLASS_COUNT; c++) {
        if (strlen(class_names[c]) == text.length &&
            memcmp(class_names[c], text.bytes, text.length) == 0) {
            packet->class = (enum class)c;
            return 0;
        }
    }
    return reject(reason, "class is \"%.*s\", expected a class",
                  (int)(text.length < 40 ? text.length : 40), text.bytes);
}

static void set_texts(struct fields *fields, size_t row, struct packet *packet)
{
    packet->sensor = name(fields, F_SENSOR, row);
    packet->app = name(fields, F_APP, row);
    packet->conn_state = name(fields, F_CONN_STATE, row);
    packet->country = name(fields, F_COUNTRY, row);
    if (has(fields, F_USER, row)) {
        (void)copy_text(text_of(fields, F_USER, row), fields->users[row], FIELDS_USER_MAX);
        packet->user = fields->users[row];
    }
    if (has(fields, F_PAYLOAD, row)) {
        struct text payload = text_of(fields, F_PAYLOAD, row);

        packet->payload = (const uint8_t *)payload.bytes;
        packet->payload_length = (uint32_t)payload.length;
    }
}

/* The engine's infinite times are the largest numbers there are. */
static bool sane_time(int64_t us)
{
    return us >= -86400000000ll && us <= TIME_MAX_US;
}

static int set_time(struct fields *fields, size_t row, struct packet *packet, char *reason,
                    struct nj_err *err)
{
    int64_t us, local_us;

    if (has(fields, F_TS, row)) {
        us = ((const int64_t *)fields->columns[F_TS].data)[row];
    } else if (has(fields, F_TS_LOCAL, row)) {
        us = local_us = ((const int64_t *)fields->columns[F_TS_LOCAL].data)[row];
        if (sane_time(local_us) && zone_to_utc(fields->context.zone, local_us, &us, err) < 0)
            return -1;
    } else if (has(fields, F_TS_YEARLESS, row)) {
        local_us = ((const int64_t *)fields->columns[F_TS_YEARLESS].data)[row];
        if (fields->context.clock->first == 0)
            return nj_fail(err, NJ_CONFIG,
                           "the times have no year: say the year of the first row (--year)");
        if (!sane_time(local_us) ||
            year_clock_set(fields->context.clock, local_us, &local_us) != 0)
            return reject(reason, "29 February, in a year that has none");
        if (zone_to_utc(fields->context.zone, local_us, &us, err) < 0)
            return -1;
    } else {
        return reject(reason, "no time, or one that can't be read");
    }
    if (us < 0 || us > TIME_MAX_US)
        return reject(reason, "the time is before 1970 or after 2261");
    packet->time_ns = us * 1000;
    return 0;
}

int fields_row(struct fields *fields, size_t row, struct packet *ret_packet, char *ret_reason,
               struct nj_err *err)
{
    struct packet *packet = ret_packet;
    struct text session;
    int rc;

    *packet = (struct packet){.row = true, .direction = DIRECTION_IN};
    if (truth(fields, F_OUTGOING, row))
        packet->direction = DIRECTION_OUT;
    if (set_addresses(fields, row, packet, ret_reason) != 0 ||
        set_ports(fields, row, packet, ret_reason) != 0 ||
        set_header(fields, row, packet, ret_reason) != 0 ||
        set_quoted(fields, row, packet, ret_reason) != 0 ||
        set_counts(fields, row, packet, ret_reason) != 0 ||
        set_class(fields, row, packet, ret_reason) != 0)
        return FIELDS_REJECT;
    set_texts(fields, row, packet);
    rc = set_time(fields, row, packet, ret_reason, err);
    if (rc != 0)
        return rc;
    if (has(fields, F_SESSION, row)) {
        session = text_of(fields, F_SESSION, row);
        memory_apply(fields->memory, session.bytes, session.length, packet,
                     fields->payloads[row]);
    }
    return truth(fields, F_CONTEXT, row) ? FIELDS_CONTEXT : 0;
}

bool fields_remember(const struct fields *fields)
{
    return fields->memory != NULL;
}

uint64_t fields_n(const struct fields *fields, size_t row)
{
    return has(fields, F_N, row) ? (uint64_t)((const int64_t *)fields->columns[F_N].data)[row]
                                 : 0;
}

bool fields_yearless(const struct fields *fields, size_t row)
{
    return !has(fields, F_TS, row) && !has(fields, F_TS_LOCAL, row) &&
           has(fields, F_TS_YEARLESS, row);
}

bool fields_has_yearless(const struct fields *fields)
{
    return fields->columns[F_TS_YEARLESS].present;
}
