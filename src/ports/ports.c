/* SPDX-License-Identifier: Apache-2.0 */
/* The file is kept as it was read; its tabs and line ends become the ends of texts, and a
 * sorted list points into it. Names of services are cut from copies of what they begin. */
#include "ports/ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/packet.h"

#define FIELDS 8

struct ports {
    char *text;
    char *services; /* as large as the text: a service's name is a part of its line */
    size_t services_used;
    struct port_info *list; /* sorted by port, then proto */
    size_t count;
};

static const char *const categories[] = {
    "remote-access", "database",   "iot",    "web",       "mail",
    "file-sharing",  "industrial", "cloud",  "name-time", "voip",
    "proxy",         "network",    "gaming", "malware",   "other",
};

static bool parse_port(const char *text, uint16_t *ret_port)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number > 65535)
        return false;
    *ret_port = (uint16_t)number;
    return true;
}

/* Digits and a point, so that the locale has no say. */
static bool parse_risk(const char *text, double *ret_risk)
{
    double value = 0, unit = 1;
    bool point = false;
    const char *at = text;

    for (; (*at >= '0' && *at <= '9') || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        value = 10 * value + (*at - '0');
        if (point)
            unit *= 10;
    }
    value /= unit;
    if (at == text || *at != '\0' || at - text > 8 || value > 1)
        return false;
    *ret_risk = value;
    return true;
}

static bool known_category(const char *text)
{
    for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
        if (strcmp(text, categories[i]) == 0)
            return true;
    return false;
}

/* One line, NUL-terminated, which is cut into its fields. */
static int parse_line(char *line, const char *name, size_t number, struct port_info *ret_info,
                      struct nj_err *err)
{
    const char *fields[FIELDS];
    size_t count = 0;

    for (char *next = line; next != NULL; count++) {
        char *field = strsep(&next, "\t");

        if (count < FIELDS)
            fields[count] = field;
    }
    if (count != FIELDS)
        return nj_fail(err, NJ_FORMAT, "%s:%zu: %zu fields, expected %d with tabs between",
                       name, number, count, FIELDS);
    *ret_info = (struct port_info){.iana = fields[2],
                                   .practice = fields[3],
                                   .category = fields[4],
                                   .known = fields[5],
                                   .source = fields[7]};
    if (!parse_port(fields[0], &ret_info->port))
        return nj_fail(err, NJ_FORMAT, "%s:%zu: port \"%.20s\", expected 0 to 65535", name,
                       number, fields[0]);
    ret_info->proto = proto_number(fields[1], strlen(fields[1]));
    if (ret_info->proto == 0)
        return nj_fail(err, NJ_FORMAT,
                       "%s:%zu: protocol \"%.20s\", expected tcp, udp, sctp, icmp"
                       " or icmpv6",
                       name, number, fields[1]);
    if (!known_category(ret_info->category))
        return nj_fail(err, NJ_FORMAT, "%s:%zu: there is no category \"%.20s\"", name, number,
                       fields[4]);
    if (!parse_risk(fields[6], &ret_info->risk))
        return nj_fail(err, NJ_FORMAT, "%s:%zu: risk \"%.20s\", expected 0 to 1", name, number,
                       fields[6]);
    return 0;
}

/* What a line's practice begins with, or else its registered name. */
static const char *service_of(struct ports *ports, const struct port_info *info)
{
    size_t length = strcspn(info->practice, ";:(");
    char *service = ports->services + ports->services_used;

    while (length > 0 && info->practice[length - 1] == ' ')
        length--;
    if (length == 0)
        return info->iana;
    memcpy(service, info->practice, length);
    service[length] = '\0';
    ports->services_used += length + 1;
    return service;
}

static int compare(const void *left, const void *right)
{
    const struct port_info *a = left, *b = right;

    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    return (a->proto > b->proto) - (a->proto < b->proto);
}

static int parse_lines(struct ports *ports, size_t length, const char *name, struct nj_err *err)
{
    size_t number = 0;

    if (memchr(ports->text, '\0', length) != NULL)
        return nj_fail(err, NJ_FORMAT, "%s: a byte 0 in a text", name);
    for (char *next = ports->text; next != NULL;) {
        char *line = strsep(&next, "\n");

        number++;
        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (ports->count == PORTS_MAX)
            return nj_fail(err, NJ_LIMIT, "%s:%zu: more than %u ports", name, number,
                           PORTS_MAX);
        if (parse_line(line, name, number, &ports->list[ports->count], err) < 0)
            return -1;
        ports->list[ports->count].service = service_of(ports, &ports->list[ports->count]);
        ports->count++;
    }
    qsort(ports->list, ports->count, sizeof(ports->list[0]), compare);
    for (size_t i = 1; i < ports->count; i++)
        if (compare(&ports->list[i - 1], &ports->list[i]) == 0)
            return nj_fail(err, NJ_FORMAT, "%s: port %u stands there twice for one protocol",
                           name, ports->list[i].port);
    return 0;
}

static size_t count_lines(const char *text, size_t length)
{
    size_t lines = 1;

    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    return lines < PORTS_MAX ? lines : PORTS_MAX;
}

int ports_parse(const char *text, size_t length, const char *name, struct ports **ret_ports,
                struct nj_err *err)
{
    struct ports *ports;

    if (length > PORTS_FILE_MAX)
        return nj_fail(err, NJ_LIMIT, "%s: %zu bytes, at most %u are read", name, length,
                       PORTS_FILE_MAX);
    ports = calloc(1, sizeof(*ports));
    if (ports != NULL) {
        ports->text = malloc(length + 1);
        ports->services = malloc(length + 1);
        ports->list = calloc(count_lines(text, length), sizeof(ports->list[0]));
    }
    if (ports == NULL || ports->text == NULL || ports->services == NULL ||
        ports->list == NULL) {
        ports_free(ports);
        return nj_fail(err, NJ_NOMEM, "no memory for %s", name);
    }
    memcpy(ports->text, text, length);
    ports->text[length] = '\0';
    if (parse_lines(ports, length, name, err) < 0) {
        ports_free(ports);
        return -1;
    }
    *ret_ports = ports;
    return 0;
}

int ports_load(const char *path, struct ports **ret_ports, struct nj_err *err)
{
    FILE *in = fopen(path, "rbe");
    char *text = malloc(PORTS_FILE_MAX + 1);
    size_t length;
    int rc;

    if (in == NULL)
        rc = nj_fail(err, NJ_IO, "open %s", path);
    else if (text == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for %s", path);
    else {
        length = fread(text, 1, PORTS_FILE_MAX + 1, in);
        rc = ferror(in) != 0 ? nj_fail(err, NJ_IO, "read %s", path)
                             : ports_parse(text, length, path, ret_ports, err);
    }
    if (in != NULL)
        (void)fclose(in);
    free(text);
    return rc;
}

void ports_free(struct ports *ports)
{
    if (ports == NULL)
        return;
    free(ports->list);
    free(ports->services);
    free(ports->text);
    free(ports);
}

const struct port_info *ports_find(const struct ports *ports, uint16_t port, uint8_t proto)
{
    const struct port_info key = {.port = port, .proto = proto};

    return bsearch(&key, ports->list, ports->count, sizeof(key), compare);
}

double ports_risk(const struct ports *ports, uint16_t port, uint8_t proto)
{
    const struct port_info *info = ports_find(ports, port, proto);

    return info == NULL ? PORT_RISK_UNKNOWN : info->risk;
}

const char *ports_service(const struct ports *ports, uint16_t port, uint8_t proto)
{
    const struct port_info *info = ports_find(ports, port, proto);

    return info == NULL ? "" : info->service;
}

size_t ports_count(const struct ports *ports)
{
    return ports->count;
}

const char *ports_service_for(void *ports, uint16_t port, uint8_t proto)
{
    return ports_service(ports, port, proto);
}

bool ports_own_service(void *ports, uint16_t port, uint8_t proto, uint16_t other)
{
    const struct port_info *info = ports_find(ports, port, proto);
    const struct port_info *near = ports_find(ports, other, proto);
    size_t word;

    if (info == NULL || info->practice[0] == '\0' || strstr(info->practice, "moved") != NULL ||
        strstr(info->practice, "second") != NULL)
        return false;
    word = strcspn(info->practice, " ,;:");
    return near == NULL || strcspn(near->practice, " ,;:") != word ||
           strncmp(info->practice, near->practice, word) != 0;
}
