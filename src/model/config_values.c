/* SPDX-License-Identifier: Apache-2.0 */
#include "model/config_values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/tunnel.h"

/* A path as the program can use it: relative ones count from the file's folder. */
static char *path_from(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    char *joined;

    if (path[0] == '/' || slash == NULL)
        return strdup(path);
    if (asprintf(&joined, "%.*s/%s", (int)(slash - file), file, path) < 0)
        return NULL;
    return joined;
}

static int set_path(struct config_reading *r, char **ret_path, const char *value)
{
    *ret_path = path_from(r->lines.path, value);
    return *ret_path == NULL ? config_no_memory(&r->lines) : 1;
}

static int add_file(struct config_reading *r, const struct config_key *key,
                    struct config_files *files, const char *value)
{
    size_t n = 0;

    while (n < CONFIG_FILES_MAX && files->paths[n] != NULL)
        n++;
    if (n == CONFIG_FILES_MAX)
        return config_fault(&r->lines, r->lines.line, "more than %u files for \"%s\"",
                            CONFIG_FILES_MAX, key->name);
    return set_path(r, &files->paths[n], value);
}

static int set_number(struct config_reading *r, const struct config_key *key,
                      int64_t *ret_number, const char *value)
{
    size_t digits = strspn(value, "0123456789");
    int64_t number = 0;

    /* More digits than that are above every `most`; the number would only overflow. */
    if (digits > 0 && digits <= 18 && value[digits] == '\0')
        number = strtoll(value, NULL, 10);
    else
        number = INT64_MAX;
    if (number < key->least || number > key->most)
        return config_fault(&r->lines, r->lines.line,
                            "%s = %s: expected a whole number from %" PRId64 " to %" PRId64,
                            key->name, value, key->least, key->most);
    *ret_number = number;
    return 1;
}

/* One number of a place. */
static bool degrees(const char **text, double most, double *ret_degrees)
{
    char *end;

    *ret_degrees = strtod(*text, &end);
    if (end == *text || !(*ret_degrees >= -most && *ret_degrees <= most))
        return false;
    *text = end + strspn(end, CONFIG_BLANKS);
    return true;
}

static int set_place(struct config_reading *r, struct sensor *sensor, const char *value)
{
    const char *rest = value;
    double lat, lon;

    if (!degrees(&rest, 90, &lat) || *rest++ != ',' || !degrees(&rest, 180, &lon) ||
        *rest != '\0')
        return config_fault(
            &r->lines, r->lines.line,
            "place = %s: expected LAT, LON in degrees, -90 to 90 and -180 to 180", value);
    sensor->lat = lat;
    sensor->lon = lon;
    return 1;
}

static int add_prefix(struct config_reading *r, const char *text, bool lit)
{
    struct sensor *sensor = &r->config->sensors[r->sensor];
    struct sensor_prefix *prefixes;
    struct config_prefix *origins;
    struct prefix prefix;
    struct nj_err why;

    if (prefix_parse(text, &prefix, &why) < 0)
        return config_fault(&r->lines, r->lines.line, "%s", why.msg);
    if (r->origin_count == CONFIG_PREFIXES_MAX)
        return config_fault(&r->lines, r->lines.line, "more than %u prefixes",
                            CONFIG_PREFIXES_MAX);
    prefixes = realloc(sensor->prefixes, (sensor->prefix_count + 1) * sizeof(*prefixes));
    if (prefixes == NULL)
        return config_no_memory(&r->lines);
    sensor->prefixes = prefixes;
    prefixes[sensor->prefix_count++] = (struct sensor_prefix){.prefix = prefix, .lit = lit};
    origins = realloc(r->origins, (r->origin_count + 1) * sizeof(*origins));
    if (origins == NULL)
        return config_no_memory(&r->lines);
    r->origins = origins;
    origins[r->origin_count++] =
        (struct config_prefix){.prefix = prefix, .sensor = r->sensor, .line = r->lines.line};
    return 1;
}

/* Prefixes with commas or blanks between them. */
static int add_prefixes(struct config_reading *r, const char *value, bool lit)
{
    static const char between[] = "," CONFIG_BLANKS;

    for (value += strspn(value, between); *value != '\0'; value += strspn(value, between)) {
        size_t length = strcspn(value, between);
        char text[CONFIG_LINE_MAX + 1];

        (void)snprintf(text, sizeof(text), "%.*s", (int)length, value);
        if (!add_prefix(r, text, lit))
            return 0;
        value += length;
    }
    return 1;
}

/* Kinds of tunnels with commas or blanks between them; "all", "none". */
static int set_tunnels(struct config_reading *r, unsigned *ret_kinds, const char *value)
{
    static const char between[] = "," CONFIG_BLANKS;
    unsigned kinds = 0, kind;

    if (strcmp(value, "all") == 0 || strcmp(value, "none") == 0) {
        *ret_kinds = value[0] == 'a' ? TUNNEL_ALL : 0;
        return 1;
    }
    for (value += strspn(value, between); *value != '\0'; value += strspn(value, between)) {
        size_t length = strcspn(value, between);

        if (!tunnel_kind(value, length, &kind))
            return config_fault(&r->lines, r->lines.line,
                                "unwrap = %.*s: expected ipip, 6in4, gre, etherip, vxlan, "
                                "geneve, gtp, teredo, or all or none",
                                (int)length, value);
        kinds |= kind;
        value += length;
    }
    *ret_kinds = kinds;
    return 1;
}

static int set_switch(struct config_reading *r, const struct config_key *key, bool *ret_on,
                      const char *value)
{
    *ret_on = strcmp(value, "yes") == 0;
    if (!*ret_on && strcmp(value, "no") != 0)
        return config_fault(&r->lines, r->lines.line, "%s = %s: expected yes or no", key->name,
                            value);
    return 1;
}

/* The folder that questions go to; whoever asks looks closer at it. */
static int set_url(struct config_reading *r, const struct config_key *key, char **ret_url,
                   const char *value)
{
    if (strncmp(value, "https://", 8) != 0 && strncmp(value, "http://", 7) != 0)
        return config_fault(&r->lines, r->lines.line, "%s = %s: expected https://HOST/PATH",
                            key->name, value);
    if (asprintf(ret_url, "%s%s", value, value[strlen(value) - 1] == '/' ? "" : "/") < 0) {
        *ret_url = NULL;
        return config_no_memory(&r->lines);
    }
    return 1;
}

int config_value_set(struct config_reading *r, const struct config_key *key, const char *value)
{
    struct sensor *sensor = &r->config->sensors[r->sensor];
    void *member = (char *)r->config + key->offset;

    switch (key->kind) {
    case KEY_PATH:
        return set_path(r, member, value);
    case KEY_FILES:
        return add_file(r, key, member, value);
    case KEY_NUMBER:
        return set_number(r, key, member, value);
    case KEY_GATHER:
        return set_number(r, key, &sensor->gather_s, value);
    case KEY_PLACE:
        return set_place(r, sensor, value);
    case KEY_TUNNELS:
        return set_tunnels(r, member, value);
    case KEY_SWITCH:
        return set_switch(r, key, member, value);
    case KEY_URL:
        return set_url(r, key, member, value);
    case KEY_DARK:
    case KEY_LIT:
        break;
    }
    return add_prefixes(r, value, key->kind == KEY_LIT);
}
