/* SPDX-License-Identifier: Apache-2.0 */
#include "log/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "base/span.h"
#include "log/columns.h"
#include "log/memory.h"
#include "log/stand_in.h"

#define CHUNK_MAX 2048u    /* duckdb_vector_size() of every build */
#define NAME_MAX_BYTES 63u /* of a sensor, application, state, country, rule */
#define NO_COUNTRY_MAX 39u /* bytes of the first country that is none */

struct fields {
    struct fields_context context;
    uint32_t rule;
    struct columns columns;
    char (*users)[FIELDS_USER_MAX + 1];  /* one per row of a chunk; NULL without that column */
    struct memory *memory;               /* NULL without the column "session" */
    uint8_t (*payloads)[MEMORY_PAYLOAD]; /* from there, one per row of a chunk */
    struct stand_ins *stand_ins;         /* NULL without the column "part_of" */
    uint64_t no_country;                 /* rows whose country is no code */
    char first_no_country[NO_COUNTRY_MAX + 1];
};

int fields_new(const struct fields_context *context, duckdb_prepared_statement select,
               struct fields **ret_fields, struct nj_err *err)
{
    struct fields *fields = calloc(1, sizeof(*fields));
    const char *format = context->format->name;
    int rc = -1;

    if (fields == NULL) {
        nj_fail(err, NJ_NOMEM, "log fields");
        goto out;
    }
    fields->context = *context;
    if (context->format->rule[0] != '\0')
        fields->rule = nj_intern_z(context->names, context->format->rule);
    if (columns_bind(&fields->columns, format, select, err) < 0)
        goto out;
    if (!fields->columns.of[F_N].present ||
        fields->columns.of[F_N].type != DUCKDB_TYPE_BIGINT ||
        !fields->columns.of[F_SRC].present) {
        nj_fail(err, NJ_CONFIG, "format %s: the SELECT must give n (as it is) and src", format);
        goto out;
    }
    if (!fields->columns.of[F_TS].present && !fields->columns.of[F_TS_LOCAL].present &&
        !fields->columns.of[F_TS_YEARLESS].present) {
        nj_fail(err, NJ_CONFIG, "format %s: the SELECT must give ts, ts_local or ts_yearless",
                format);
        goto out;
    }
    if (fields->columns.of[F_USER].present) {
        fields->users = calloc(CHUNK_MAX, sizeof(*fields->users));
        if (fields->users == NULL) {
            nj_fail(err, NJ_NOMEM, "log fields");
            goto out;
        }
    }
    if (fields->columns.of[F_SESSION].present) {
        fields->memory = memory_new();
        fields->payloads = calloc(CHUNK_MAX, sizeof(*fields->payloads));
        if (fields->memory == NULL || fields->payloads == NULL) {
            nj_fail(err, NJ_NOMEM, "log fields");
            goto out;
        }
    }
    if (fields->columns.of[F_PART_OF].present) {
        fields->stand_ins = stand_ins_new();
        if (fields->stand_ins == NULL) {
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
    stand_ins_free(fields->stand_ins);
    free(fields);
}

void fields_chunk(struct fields *fields, duckdb_data_chunk chunk)
{
    columns_chunk(&fields->columns, chunk);
}

const char *fields_name(size_t i)
{
    return i < FIELD_COUNT ? columns_name((enum field)i) : NULL;
}

const char *fields_given(const struct fields *fields, size_t i)
{
    for (size_t f = F_N + 1; f < FIELD_COUNT; f++) {
        if (fields->columns.of[f].present && i-- == 0)
            return columns_name((enum field)f);
    }
    return NULL;
}

/* ---- parts of a packet ---- */

/* Bytes of a text up to a maximum, without NUL, not cut within a character. */
static size_t copy_text(struct cell_text text, char *to, size_t max)
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

    if (!columns_has(&fields->columns, f, row))
        return NJ_INTERN_NONE;
    return nj_intern(fields->context.names, copy,
                     copy_text(columns_text(&fields->columns, f, row), copy, NAME_MAX_BYTES));
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* A code of ISO 3166, two letters; a name is none, and its first two letters would be another
 * country's. */
static uint32_t country(struct fields *fields, size_t row)
{
    struct cell_text text;
    char code[2];

    if (!columns_has(&fields->columns, F_COUNTRY, row))
        return NJ_INTERN_NONE;
    text = columns_trimmed(&fields->columns, F_COUNTRY, row);
    if (columns_says_nothing(text))
        return NJ_INTERN_NONE;
    if (text.length != 2 || !is_letter(text.bytes[0]) || !is_letter(text.bytes[1])) {
        if (fields->no_country++ == 0)
            (void)copy_text(text, fields->first_no_country, NO_COUNTRY_MAX);
        return NJ_INTERN_NONE;
    }
    for (unsigned i = 0; i < 2; i++)
        code[i] = (char)(text.bytes[i] & ~0x20);
    return nj_intern(fields->context.names, code, sizeof(code));
}

static int set_addresses(const struct fields *fields, size_t row, struct packet *packet,
                         char *reason)
{
    if (!columns_has(&fields->columns, F_SRC, row))
        return columns_reject(reason, "no source address");
    if (columns_address(&fields->columns, F_SRC, row, &packet->src, reason) != 0 ||
        columns_address(&fields->columns, F_DST, row, &packet->dst, reason) != 0)
        return FIELDS_REJECT;
    packet->ip_version = addr_is_v4(packet->src) ? 4 : 6;
    if (!addr_is_none(packet->dst) && addr_is_v4(packet->dst) != addr_is_v4(packet->src))
        return columns_reject(reason, "src and dst are of different families");
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

    if (columns_protocol(&fields->columns, F_PROTO, row, &packet->proto, reason) != 0 ||
        columns_number(&fields->columns, F_SPORT, row, UINT16_MAX, &sport, reason) != 0 ||
        columns_number(&fields->columns, F_DPORT, row, UINT16_MAX, &dport, reason) != 0 ||
        columns_number(&fields->columns, F_ICMP_TYPE, row, UINT8_MAX, &type, reason) != 0 ||
        columns_number(&fields->columns, F_ICMP_CODE, row, UINT8_MAX, &code, reason) != 0)
        return FIELDS_REJECT;
    /* logs call both versions "icmp" */
    if (packet->proto == PROTO_ICMP && packet->ip_version == 6)
        packet->proto = PROTO_ICMPV6;
    if (packet->proto == PROTO_ICMP || packet->proto == PROTO_ICMPV6) {
        packet->sport = (uint16_t)sport;
        packet->dport =
            (uint16_t)(columns_has(&fields->columns, F_ICMP_TYPE, row) ? type << 8 | code
                                                                       : dport);
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

    if (columns_number(&fields->columns, F_TTL, row, UINT8_MAX, &ttl, reason) != 0 ||
        columns_number(&fields->columns, F_TOS, row, UINT8_MAX, &tos, reason) != 0 ||
        columns_number(&fields->columns, F_IP_ID, row, UINT16_MAX, &ip_id, reason) != 0 ||
        columns_number(&fields->columns, F_IP_LENGTH, row, UINT32_MAX, &ip_length, reason) !=
            0 ||
        columns_number(&fields->columns, F_TCP_FLAGS, row, UINT8_MAX, &flags, reason) != 0 ||
        columns_number(&fields->columns, F_WINDOW, row, UINT16_MAX, &window, reason) != 0)
        return FIELDS_REJECT;
    packet->ttl = (uint8_t)ttl;
    packet->tos = (uint8_t)tos;
    packet->ip_id = (uint16_t)ip_id;
    packet->df = columns_true(&fields->columns, F_DF, row);
    packet->ip_length = (uint32_t)ip_length;
    packet->tcp_flags = (uint8_t)flags;
    packet->window = (uint16_t)window;
    packet->no_fields = !columns_has(&fields->columns, F_TTL, row) &&
                        !columns_has(&fields->columns, F_TCP_FLAGS, row) &&
                        !columns_has(&fields->columns, F_WINDOW, row);
    packet->no_seq = true;
    packet->fragment = columns_true(&fields->columns, F_FRAGMENT, row);
    if (packet->proto == PROTO_TCP)
        packet->no_transport = !columns_has(&fields->columns, F_TCP_FLAGS, row);
    else if (packet->proto == PROTO_ICMP || packet->proto == PROTO_ICMPV6)
        packet->no_transport = !columns_has(&fields->columns, F_ICMP_TYPE, row) &&
                               !columns_has(&fields->columns, F_DPORT, row);
    return 0;
}

static int set_quoted(const struct fields *fields, size_t row, struct packet *packet,
                      char *reason)
{
    int64_t sport = 0, dport = 0;

    if (columns_protocol(&fields->columns, F_QUOTED_PROTO, row, &packet->quoted_proto,
                         reason) != 0 ||
        columns_address(&fields->columns, F_QUOTED_SRC, row, &packet->quoted_src, reason) !=
            0 ||
        columns_address(&fields->columns, F_QUOTED_DST, row, &packet->quoted_dst, reason) !=
            0 ||
        columns_number(&fields->columns, F_QUOTED_SPORT, row, UINT16_MAX, &sport, reason) !=
            0 ||
        columns_number(&fields->columns, F_QUOTED_DPORT, row, UINT16_MAX, &dport, reason) != 0)
        return FIELDS_REJECT;
    packet->quoted_sport = (uint16_t)sport;
    packet->quoted_dport = (uint16_t)dport;
    return 0;
}

static int set_counts(const struct fields *fields, size_t row, struct packet *packet,
                      char *reason)
{
    int64_t packets = 0, bytes = 0;

    if (columns_number(&fields->columns, F_PACKETS, row, INT64_MAX, &packets, reason) != 0 ||
        columns_number(&fields->columns, F_BYTES, row, INT64_MAX, &bytes, reason) != 0 ||
        columns_number(&fields->columns, F_DURATION_US, row, INT64_MAX,
                       &packet->row_duration_us, reason) != 0)
        return FIELDS_REJECT;
    packet->row_packets = (uint64_t)packets;
    packet->row_bytes = (uint64_t)bytes;
    packet->answered = columns_true(&fields->columns, F_ANSWERED, row);
    packet->untold = fields->columns.of[F_ANSWERED].present &&
                     !columns_has(&fields->columns, F_ANSWERED, row);
    return 0;
}

static int set_class(const struct fields *fields, size_t row, struct packet *packet,
                     char *reason)
{
    struct cell_text text;

    packet->class = fields->context.format->class;
    packet->rule =
        columns_has(&fields->columns, F_RULE, row) ? name(fields, F_RULE, row) : fields->rule;
    if (!columns_has(&fields->columns, F_CLASS, row))
        return 0;
    text = columns_text(&fields->columns, F_CLASS, row);
    for (int c = 0; c < CLASS_COUNT; c++) {
        if (strlen(class_names[c]) == text.length &&
            memcmp(class_names[c], text.bytes, text.length) == 0) {
            packet->class = (enum class)c;
            return 0;
        }
    }
    return columns_reject(reason, "class is \"%.*s\", expected a class",
                          (int)(text.length < 40 ? text.length : 40), text.bytes);
}

static void set_texts(struct fields *fields, size_t row, struct packet *packet)
{
    packet->sensor = name(fields, F_SENSOR, row);
    packet->app = name(fields, F_APP, row);
    packet->conn_state = name(fields, F_CONN_STATE, row);
    if (columns_has(&fields->columns, F_USER, row)) {
        (void)copy_text(columns_text(&fields->columns, F_USER, row), fields->users[row],
                        FIELDS_USER_MAX);
        packet->user = fields->users[row];
    }
    if (columns_has(&fields->columns, F_PAYLOAD, row)) {
        struct cell_text payload = columns_text(&fields->columns, F_PAYLOAD, row);

        packet->payload = (const uint8_t *)payload.bytes;
        packet->payload_length = (uint32_t)payload.length;
    }
}

/* The engine's infinite times are the largest numbers there are. */
static bool sane_time(int64_t us)
{
    return us >= -DAY_US && us <= TIME_MAX_US + DAY_US;
}

static int set_time(struct fields *fields, size_t row, struct packet *packet, char *reason,
                    struct nj_err *err)
{
    int64_t us, local_us;

    if (columns_has(&fields->columns, F_TS, row)) {
        us = columns_i64(&fields->columns, F_TS, row);
    } else if (columns_has(&fields->columns, F_TS_LOCAL, row)) {
        us = local_us = columns_i64(&fields->columns, F_TS_LOCAL, row);
        if (sane_time(local_us) && zone_to_utc(fields->context.zone, local_us, &us, err) < 0)
            return -1;
    } else if (columns_has(&fields->columns, F_TS_YEARLESS, row)) {
        local_us = columns_i64(&fields->columns, F_TS_YEARLESS, row);
        if (fields->context.clock->first == 0)
            return nj_fail(err, NJ_CONFIG,
                           "the times have no year: say the year of the first row (--year)");
        if (!sane_time(local_us) ||
            year_clock_set(fields->context.clock, local_us, &local_us) != 0)
            return columns_reject(reason, "29 February, in a year that has none");
        if (zone_to_utc(fields->context.zone, local_us, &us, err) < 0)
            return -1;
    } else {
        return columns_reject(reason, "no time, or one that can't be read");
    }
    if (us < 0 || us > TIME_MAX_US)
        return columns_reject(reason, "the time is before 1970 or after " TIME_MAX_TEXT);
    if (packet->row_duration_us > TIME_MAX_US - us)
        return columns_reject(reason, "it lasts until after " TIME_MAX_TEXT);
    packet->time_ns = us * 1000;
    return 0;
}

/* Whether the row is a session beside the others that tell of the same one. */
static bool is_session(const struct fields *fields, size_t row)
{
    bool context = columns_true(&fields->columns, F_CONTEXT, row);
    enum stand_in_kind kind = STAND_IN_NEVER;
    struct cell_text part_of;

    if (fields->stand_ins == NULL || !columns_has(&fields->columns, F_PART_OF, row))
        return !context;
    if (columns_has(&fields->columns, F_STANDS_IN, row))
        kind =
            columns_true(&fields->columns, F_STANDS_IN, row) ? STAND_IN_ROW : STAND_IN_BETTER;
    part_of = columns_text(&fields->columns, F_PART_OF, row);
    return stand_ins_add(fields->stand_ins, kind, part_of.bytes, part_of.length) && !context;
}

int fields_row(struct fields *fields, size_t row, struct packet *ret_packet, char *ret_reason,
               struct nj_err *err)
{
    struct packet *packet = ret_packet;
    struct cell_text session;
    int rc;

    *packet = (struct packet){.row = true, .direction = DIRECTION_IN};
    if (columns_true(&fields->columns, F_OUTGOING, row))
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
    packet->country = country(fields, row);
    if (columns_has(&fields->columns, F_SESSION, row)) {
        session = columns_text(&fields->columns, F_SESSION, row);
        memory_apply(fields->memory, session.bytes, session.length, packet,
                     fields->payloads[row]);
    }
    return is_session(fields, row) ? 0 : FIELDS_CONTEXT;
}

uint64_t fields_no_country(const struct fields *fields, const char **ret_first)
{
    *ret_first = fields->first_no_country;
    return fields->no_country;
}

bool fields_remember(const struct fields *fields)
{
    return fields->memory != NULL ||
           (fields->stand_ins != NULL && !stand_ins_over(fields->stand_ins));
}

uint64_t fields_n(const struct fields *fields, size_t row)
{
    return columns_has(&fields->columns, F_N, row)
               ? (uint64_t)columns_i64(&fields->columns, F_N, row)
               : 0;
}

bool fields_yearless(const struct fields *fields, size_t row)
{
    return !columns_has(&fields->columns, F_TS, row) &&
           !columns_has(&fields->columns, F_TS_LOCAL, row) &&
           columns_has(&fields->columns, F_TS_YEARLESS, row);
}

bool fields_has_yearless(const struct fields *fields)
{
    return fields->columns.of[F_TS_YEARLESS].present;
}
