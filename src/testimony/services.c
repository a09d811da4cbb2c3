/* SPDX-License-Identifier: Apache-2.0 */
#include "testimony/services.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 64   /* of a CSV line */
#define FIELD_SIZE 4096 /* of all fields of a CSV line; what does not fit is refused */

struct reader {
    statement_fn fn;
    void *ctx;
    struct reading *reading;
    struct text value;
    uint64_t line;
    struct nj_err *err;
};

struct service {
    const char *proto, *service, *product, *version; /* NULL: not told */
    int64_t port;
    int64_t at_us;
};

/* ---- statements ---- */

static int send(struct reader *r, struct addr host, int64_t at_us)
{
    struct statement statement = {.net = {.first = host, .last = host}, .to_us = at_us};

    statement.value = statement_value(&r->value);
    if (statement.value == NULL)
        return nj_fail(r->err, NJ_NOMEM, "no memory for a service");
    if (r->reading->statements == STATEMENTS_MAX)
        return nj_fail(r->err, NJ_LIMIT, "more than %u services", STATEMENTS_MAX);
    r->reading->statements++;
    if (at_us > r->reading->newest_us)
        r->reading->newest_us = at_us;
    return r->fn(r->ctx, &statement, r->err);
}

static int add_none(struct reader *r, struct addr host, int64_t at_us)
{
    r->value.length = 0;
    text_add_z(&r->value, "{\"none\":true");
    return send(r, host, at_us);
}

/* "TCP" as "tcp"; what is no name of a protocol as "tcp", which these engines mean. */
static void add_proto(struct text *value, const char *proto)
{
    static const char *const known[] = {"tcp", "udp", "sctp", "quic"};

    for (size_t i = 0; proto != NULL && i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcasecmp(proto, known[i]) == 0) {
            text_addf(value, ",\"proto\":\"%s\"", known[i]);
            return;
        }
    }
    text_add_z(value, ",\"proto\":\"tcp\"");
}

static int add_service(struct reader *r, struct addr host, const struct service *service)
{
    char product[2 * STATEMENT_LABEL_MAX];

    if (service->port < 0 || service->port > 65535) {
        reading_refuse(r->reading, r->line, "a port that is none");
        return 0;
    }
    r->value.length = 0;
    text_addf(&r->value, "{\"port\":%d", (int)service->port);
    add_proto(&r->value, service->proto);
    if (service->service != NULL)
        statement_member(&r->value, "service", service->service, strlen(service->service));
    (void)snprintf(product, sizeof(product), "%.*s%s%.*s", STATEMENT_LABEL_MAX,
                   service->product == NULL ? "" : service->product,
                   service->product != NULL && service->version != NULL ? " " : "", 40,
                   service->version == NULL ? "" : service->version);
    statement_member(&r->value, "product", product, strlen(product));
    return send(r, host, service->at_us);
}

/* ---- JSON ---- */

static const char *text_of(const json_t *object, const char *first, const char *second)
{
    const char *text = json_string_value(json_object_get(object, first));

    return text != NULL || second == NULL ? text
                                          : json_string_value(json_object_get(object, second));
}

static int64_t time_of(const json_t *object, const char *first, const char *second,
                       int64_t otherwise)
{
    int64_t at_us = statement_time(text_of(object, first, second));

    return at_us == 0 ? otherwise : at_us;
}

static int json_service(struct reader *r, struct addr host, const json_t *object, int64_t at_us)
{
    const json_t *port = json_object_get(object, "port");
    const struct service service = {
        .port = json_is_integer(port) ? json_integer_value(port) : -1,
        .proto = text_of(object, "transport", "transport_protocol"),
        .service = text_of(object, "service_name", "extended_service_name"),
        .product = text_of(object, "product", NULL),
        .version = text_of(object, "version", NULL),
        .at_us = time_of(object, "timestamp", "observed_at", at_us),
    };

    return add_service(r, host, &service);
}

/* A list of services, or of port numbers. */
static int json_services(struct reader *r, struct addr host, const json_t *list, int64_t at_us)
{
    json_t *entry;
    size_t i;

    if (json_array_size(list) == 0)
        return add_none(r, host, at_us);
    json_array_foreach(list, i, entry)
    {
        const struct service bare = {.port = json_integer_value(entry), .at_us = at_us};

        if (i == SERVICES_OF_HOST_MAX) {
            reading_refuse(r->reading, r->line, "more services than one host has");
            break;
        }
        if ((json_is_integer(entry) ? add_service(r, host, &bare)
                                    : json_service(r, host, entry, at_us)) < 0)
            return -1;
    }
    return 0;
}

static int json_host(struct reader *r, const json_t *object)
{
    const json_t *inner = json_object_get(object, "result");
    const char *text;
    struct addr host;
    int64_t at_us;

    if (!json_is_object(inner))
        inner = json_object_get(object, "host");
    if (json_is_object(inner))
        object = inner;
    text = text_of(object, "ip_str", "ip");
    if (text == NULL || addr_parse(text, &host, NULL) < 0) {
        reading_refuse(r->reading, r->line, "no address in ip_str or ip");
        return 0;
    }
    at_us = time_of(object, "last_updated_at", "last_update",
                    time_of(object, "timestamp", "date", 0));
    if (json_is_array(json_object_get(object, "services")))
        return json_services(r, host, json_object_get(object, "services"), at_us);
    if (json_is_integer(json_object_get(object, "port")))
        return json_service(r, host, object, at_us);
    if (json_is_array(json_object_get(object, "data")))
        return json_services(r, host, json_object_get(object, "data"), at_us);
    if (json_is_array(json_object_get(object, "ports")))
        return json_services(r, host, json_object_get(object, "ports"), at_us);
    reading_refuse(r->reading, r->line, "neither port, ports, data nor services");
    return 0;
}

static int json_line(struct reader *r, const char *at, size_t length)
{
    json_t *object = json_loadb(at, length, 0, NULL), *host;
    size_t i;
    int rc = 0;

    if (json_is_object(object)) {
        rc = json_host(r, object);
    } else if (json_is_array(object)) { /* all hosts as one array */
        json_array_foreach(object, i, host)
        {
            if (rc == 0)
                rc = json_host(r, host);
        }
    } else {
        reading_refuse(r->reading, r->line, "no JSON object");
    }
    json_decref(object);
    return rc;
}

/* ---- CSV ---- */

enum column { IP, PORT, PROTO, SERVICE, PRODUCT, VERSION, DATE, COLUMNS };

static const struct {
    enum column column;
    const char *name;
} headers[] = {
    {IP, "ip"},           {IP, "ip_str"},    {IP, "address"},           {IP, "host"},
    {PORT, "port"},       {PROTO, "proto"},  {PROTO, "protocol"},       {PROTO, "transport"},
    {SERVICE, "service"}, {SERVICE, "name"}, {SERVICE, "service_name"}, {PRODUCT, "product"},
    {VERSION, "version"}, {DATE, "date"},    {DATE, "timestamp"},       {DATE, "last_seen"},
};

/* The fields of a line (RFC 4180, in one line), NUL-terminated in `room`.
 * @return their number; -1: more than fit */
static int split(const char *at, size_t length, char room[FIELD_SIZE],
                 const char *fields[FIELDS_MAX])
{
    size_t used = 0;
    bool quoted = false;
    int count = 0;

    if (length + 2 >= FIELD_SIZE)
        return -1;
    fields[count++] = room;
    for (size_t i = 0; i < length; i++) {
        if (at[i] == '"' && quoted && i + 1 < length && at[i + 1] == '"') {
            room[used++] = '"';
            i++;
        } else if (at[i] == '"') {
            quoted = !quoted;
        } else if (at[i] == ',' && !quoted) {
            if (count == FIELDS_MAX)
                return -1;
            room[used++] = '\0';
            fields[count++] = room + used;
        } else if (at[i] != '\r' && at[i] != '\0') {
            room[used++] = at[i];
        }
    }
    room[used] = '\0';
    return count;
}

struct csv {
    int at[COLUMNS]; /* which field holds it; -1: none */
    bool known;
};

static int csv_header(struct reader *r, struct csv *csv, const char *at, size_t length)
{
    char room[FIELD_SIZE];
    const char *fields[FIELDS_MAX];
    int count = split(at, length, room, fields);

    for (size_t i = 0; i < COLUMNS; i++)
        csv->at[i] = -1;
    for (int i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof(headers) / sizeof(headers[0]); k++)
            if (csv->at[headers[k].column] < 0 && strcasecmp(fields[i], headers[k].name) == 0)
                csv->at[headers[k].column] = i;
    if (csv->at[IP] < 0 || csv->at[PORT] < 0)
        return nj_fail(r->err, NJ_FORMAT,
                       "line %llu: expected JSON, or the names of columns with ip and port",
                       (unsigned long long)r->line);
    csv->known = true;
    return 0;
}

static int csv_line(struct reader *r, const struct csv *csv, const char *at, size_t length)
{
    char room[FIELD_SIZE], *end;
    const char *fields[FIELDS_MAX], *of[COLUMNS];
    int count = split(at, length, room, fields);
    struct service service = {.port = 0};
    struct addr host;

    for (size_t i = 0; i < COLUMNS; i++)
        of[i] = csv->at[i] >= 0 && csv->at[i] < count && fields[csv->at[i]][0] != '\0'
                    ? fields[csv->at[i]]
                    : NULL;
    if (count < 0 || of[IP] == NULL || addr_parse(of[IP], &host, NULL) < 0) {
        reading_refuse(r->reading, r->line, "no address in its column");
        return 0;
    }
    service.at_us = statement_time(of[DATE]);
    if (of[PORT] == NULL)
        return add_none(r, host, service.at_us);
    service.port = strtol(of[PORT], &end, 10);
    if (*end != '\0')
        service.port = -1;
    service.proto = of[PROTO];
    service.service = of[SERVICE];
    service.product = of[PRODUCT];
    service.version = of[VERSION];
    return add_service(r, host, &service);
}

/* ---- lines ---- */

int services_read(const char *bytes, size_t length, statement_fn fn, void *ctx,
                  struct reading *ret, struct nj_err *err)
{
    struct reader r = {.fn = fn, .ctx = ctx, .reading = ret, .err = err};
    struct csv csv = {.known = false};
    bool json = false; /* found by its first line */
    int rc = 0;

    *ret = (struct reading){0};
    for (size_t at = 0; at < length && rc == 0;) {
        const char *line = bytes + at, *end = memchr(line, '\n', length - at);
        size_t size = end == NULL ? length - at : (size_t)(end - line), full = size;

        r.line++;
        while (size > 0 && isspace((unsigned char)line[0])) {
            line++;
            size--;
        }
        if (size == 0 || line[0] == '#')
            rc = 0;
        else if (!csv.known && (json || line[0] == '{' || (line[0] == '[' && r.line == 1)))
            rc = line[0] == '[' ? json_line(&r, line, length - (size_t)(line - bytes))
                                : json_line(&r, line, size);
        else
            rc = csv.known ? csv_line(&r, &csv, line, size) : csv_header(&r, &csv, line, size);
        if (size > 0 && line[0] == '[' && r.line == 1)
            break;
        json |= size > 0 && line[0] == '{' && !csv.known;
        at += full + 1;
    }
    text_done(&r.value);
    return rc;
}
