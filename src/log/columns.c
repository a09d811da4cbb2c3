/* SPDX-License-Identifier: Apache-2.0 */
#include "log/columns.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "model/packet.h"

enum holds { H_NUMBER, H_TIME, H_ADDRESS, H_TEXT, H_BOOL, H_BYTES };

static const struct field_info {
    const char *name;
    enum holds holds;
} infos[FIELD_COUNT] = {
    [F_N] = {.name = "n", .holds = H_NUMBER},
    [F_TS] = {.name = "ts", .holds = H_TIME},
    [F_TS_LOCAL] = {.name = "ts_local", .holds = H_TIME},
    [F_TS_YEARLESS] = {.name = "ts_yearless", .holds = H_TIME},
    [F_SRC] = {.name = "src", .holds = H_ADDRESS},
    [F_DST] = {.name = "dst", .holds = H_ADDRESS},
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
    [F_FRAGMENT] = {.name = "fragment", .holds = H_BOOL},
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
    [F_PART_OF] = {.name = "part_of", .holds = H_TEXT},
    [F_STANDS_IN] = {.name = "stands_in", .holds = H_BOOL},
    [F_QUOTED_SRC] = {.name = "quoted_src", .holds = H_ADDRESS},
    [F_QUOTED_DST] = {.name = "quoted_dst", .holds = H_ADDRESS},
    [F_QUOTED_PROTO] = {.name = "quoted_proto", .holds = H_NUMBER},
    [F_QUOTED_SPORT] = {.name = "quoted_sport", .holds = H_NUMBER},
    [F_QUOTED_DPORT] = {.name = "quoted_dport", .holds = H_NUMBER},
};

/* ---- which column is which ---- */

static bool can_hold(enum holds holds, duckdb_type type)
{
    switch (holds) {
    case H_NUMBER:
        return type == DUCKDB_TYPE_VARCHAR ||
               (type >= DUCKDB_TYPE_TINYINT && type <= DUCKDB_TYPE_UBIGINT);
    case H_TIME:
        return type == DUCKDB_TYPE_TIMESTAMP || type == DUCKDB_TYPE_TIMESTAMP_TZ;
    case H_ADDRESS:
    case H_TEXT:
        return type == DUCKDB_TYPE_VARCHAR;
    case H_BOOL:
        return type == DUCKDB_TYPE_BOOLEAN;
    case H_BYTES:
        return type == DUCKDB_TYPE_VARCHAR || type == DUCKDB_TYPE_BLOB;
    }
    return false;
}

static int bind_column(struct columns *columns, const char *format, const char *name,
                       duckdb_type type, idx_t at, struct nj_err *err)
{
    static const char *const expected[] = {[H_NUMBER] = "an integer or text",
                                           [H_TIME] = "TIMESTAMP",
                                           [H_ADDRESS] = "VARCHAR",
                                           [H_TEXT] = "VARCHAR",
                                           [H_BOOL] = "BOOLEAN",
                                           [H_BYTES] = "BLOB or VARCHAR"};

    for (size_t f = 0; f < FIELD_COUNT; f++) {
        struct column *column = &columns->of[f];

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

int columns_bind(struct columns *columns, const char *format, duckdb_prepared_statement select,
                 struct nj_err *err)
{
    idx_t count = duckdb_prepared_statement_column_count(select);
    int rc = 0;

    for (idx_t i = 0; i < count && rc == 0; i++) {
        const char *name = duckdb_prepared_statement_column_name(select, i);

        rc = name == NULL
                 ? nj_fail(err, NJ_NOMEM, "log fields")
                 : bind_column(columns, format, name,
                               duckdb_prepared_statement_column_type(select, i), i, err);
        duckdb_free((void *)(uintptr_t)name);
    }
    return rc;
}

void columns_chunk(struct columns *columns, duckdb_data_chunk chunk)
{
    for (size_t f = 0; f < FIELD_COUNT; f++) {
        struct column *column = &columns->of[f];
        duckdb_vector vector;

        if (!column->present)
            continue;
        vector = duckdb_data_chunk_get_vector(chunk, column->at);
        column->data = duckdb_vector_get_data(vector);
        column->validity = duckdb_vector_get_validity(vector);
    }
}

const char *columns_name(enum field field)
{
    return infos[field].name;
}

/* ---- one cell ---- */

struct cell_text columns_text(const struct columns *columns, enum field field, size_t row)
{
    duckdb_string_t *strings = columns->of[field].data;

    return (struct cell_text){.bytes = duckdb_string_t_data(&strings[row]),
                              .length = duckdb_string_t_length(strings[row])};
}

struct cell_text columns_trimmed(const struct columns *columns, enum field field, size_t row)
{
    struct cell_text text = columns_text(columns, field, row);

    while (text.length > 0 && isblank((unsigned char)text.bytes[0])) {
        text.bytes++;
        text.length--;
    }
    while (text.length > 0 && isblank((unsigned char)text.bytes[text.length - 1]))
        text.length--;
    return text;
}

bool columns_says_nothing(struct cell_text text)
{
    static const char *const words[] = {"-", "--", "?", "n/a", "na", "none", "null", "unknown"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == text.length &&
            strncasecmp(words[i], text.bytes, text.length) == 0)
            return text.length != 2 || text.bytes[0] == '-'; /* NA is Namibia */
    return text.length == 0;
}

bool columns_told(const struct columns *columns, enum field field, size_t row)
{
    const struct column *column = &columns->of[field];
    enum holds holds = infos[field].holds;
    const duckdb_string_t *cell;

    if (column->validity != NULL && !duckdb_validity_row_is_valid(column->validity, row))
        return false;
    if ((holds != H_NUMBER && holds != H_ADDRESS) || column->type != DUCKDB_TYPE_VARCHAR)
        return true;
    /* most begin with a digit; the first bytes of a long text stand where a short one does */
    cell = &((const duckdb_string_t *)column->data)[row];
    if (cell->value.inlined.length > 0 && cell->value.inlined.inlined[0] >= '0' &&
        cell->value.inlined.inlined[0] <= '9')
        return true;
    /* where a word can be no value it says that there is none */
    return !columns_says_nothing(columns_trimmed(columns, field, row));
}

int columns_reject(char *reason, const char *format, ...)
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

/* Leaves out the commas of "65,535", as people and Kibana group digits.
 * @return false if a comma stands elsewhere */
static bool ungroup(char *text, size_t *length)
{
    size_t digits = strspn(text, "0123456789");
    char *to = text + digits;
    const char *from = to;

    if (strlen(text) != *length || digits == 0 || digits > 3)
        return false;
    for (; *from == ','; from += 4, to += 3) {
        if (strspn(from + 1, "0123456789") != 3)
            return false;
        memmove(to, from + 1, 3);
    }
    memmove(to, from, strlen(from) + 1);
    *length = strlen(text);
    return true;
}

/* Decimal or 0x hexadecimal, nothing else around it but the ".0" of tables that take all
 * numbers for fractions. */
static bool parse_number(struct cell_text text, int64_t *ret_value)
{
    char copy[32];
    char *end;
    bool is_hex;

    if (text.length == 0 || text.length >= sizeof(copy))
        return false;
    memcpy(copy, text.bytes, text.length);
    copy[text.length] = '\0';
    if (memchr(copy, ',', text.length) != NULL && !ungroup(copy, &text.length))
        return false;
    is_hex = copy[0] == '0' && (copy[1] == 'x' || copy[1] == 'X');
    if (!isxdigit((unsigned char)copy[is_hex ? 2 : copy[0] == '-' ? 1 : 0]))
        return false;
    *ret_value = strtoll(copy, &end, is_hex ? 16 : 10);
    if (!is_hex && end[0] == '.' && end[1] == '0')
        for (end++; *end == '0';)
            end++;
    return end == copy + text.length;
}

static bool integer_of(const struct columns *columns, enum field field, size_t row,
                       int64_t *ret_value)
{
    const struct column *column = &columns->of[field];

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
        return parse_number(columns_trimmed(columns, field, row), ret_value);
    }
}

int columns_number(const struct columns *columns, enum field field, size_t row, int64_t max,
                   int64_t *ret_value, char *reason)
{
    int64_t value = 0;
    struct cell_text text;

    if (!columns_has(columns, field, row))
        return 0;
    if (!integer_of(columns, field, row, &value)) {
        if (columns->of[field].type != DUCKDB_TYPE_VARCHAR)
            return columns_reject(reason, "%s is %llu, expected 0 to %lld", infos[field].name,
                                  (unsigned long long)value, (long long)max);
        text = columns_trimmed(columns, field, row);
        return columns_reject(reason, "%s is \"%.*s\", expected a number", infos[field].name,
                              (int)(text.length < 40 ? text.length : 40), text.bytes);
    }
    if (value < 0 || value > max)
        return columns_reject(reason, "%s is %lld, expected 0 to %lld", infos[field].name,
                              (long long)value, (long long)max);
    *ret_value = value;
    return 0;
}

int columns_address(const struct columns *columns, enum field field, size_t row,
                    struct addr *ret_address, char *reason)
{
    char copy[ADDR_TEXT_MAX];
    struct cell_text text;
    const char *zone;

    if (!columns_has(columns, field, row))
        return 0;
    text = columns_trimmed(columns, field, row);
    if (text.length > 1 && text.bytes[0] == '[' && text.bytes[text.length - 1] == ']') {
        text.bytes++; /* as RFC 3986 3.2.2 writes them */
        text.length -= 2;
    }
    zone = text.length == 0 ? NULL : memchr(text.bytes, '%', text.length);
    if (zone != NULL && text.length > 4 && strncasecmp(text.bytes, "fe80", 4) == 0)
        text.length = (size_t)(zone - text.bytes); /* fe80::1%eth0, RFC 4007 11 */
    if (text.length < sizeof(copy) && memchr(text.bytes, '\0', text.length) == NULL) {
        memcpy(copy, text.bytes, text.length);
        copy[text.length] = '\0';
        if (addr_parse(copy, ret_address, NULL) == 0)
            return 0;
    }
    return columns_reject(reason, "%s is \"%.*s\", expected an address", infos[field].name,
                          (int)(text.length < 48 ? text.length : 48), text.bytes);
}

bool columns_true(const struct columns *columns, enum field field, size_t row)
{
    return columns_has(columns, field, row) && ((const bool *)columns->of[field].data)[row];
}

int64_t columns_i64(const struct columns *columns, enum field field, size_t row)
{
    return ((const int64_t *)columns->of[field].data)[row];
}

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

int columns_protocol(const struct columns *columns, enum field field, size_t row,
                     uint8_t *ret_proto, char *reason)
{
    int64_t value = 0;
    struct cell_text text;

    if (!columns_has(columns, field, row))
        return 0;
    if (integer_of(columns, field, row, &value) && value >= 0 && value <= 255) {
        *ret_proto = (uint8_t)value;
        return 0;
    }
    if (columns->of[field].type != DUCKDB_TYPE_VARCHAR)
        return columns_reject(reason, "%s is %lld, expected 0 to 255", infos[field].name,
                              (long long)value);
    text = columns_trimmed(columns, field, row);
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
        if (strlen(protocols[i].name) == text.length &&
            strncasecmp(protocols[i].name, text.bytes, text.length) == 0) {
            *ret_proto = protocols[i].number;
            return 0;
        }
    }
    return columns_reject(reason, "%s is \"%.*s\", expected a protocol", infos[field].name,
                          (int)(text.length < 40 ? text.length : 40), text.bytes);
}
