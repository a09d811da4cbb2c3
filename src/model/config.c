/* SPDX-License-Identifier: Apache-2.0 */
#include "model/config.h"

#include <fcntl.h>
#include <ini.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/suggest.h"
#include "model/config_lines.h"
#include "model/config_prefixes.h"
#include "model/tunnel.h"
#include "model/visit.h"

/* ---- what the file may say ----------------------------------------------------------------*/

enum section {
    STORE,
    SENSOR,
    GEO,
    RDAP,
    INGEST,
    DUCKDB,
    RETENTION,
    SECTIONS,
    NO_SECTION = SECTIONS
};

static const char *const section_names[SECTIONS] = {
    [STORE] = "store",         [SENSOR] = "sensor", [GEO] = "geo",
    [RDAP] = "rdap",           [INGEST] = "ingest", [DUCKDB] = "duckdb",
    [RETENTION] = "retention",
};

enum kind { PATH, FILES, NUMBER, GATHER, DARK, LIT, PLACE, TUNNELS, SWITCH, URL };

struct key {
    enum section section;
    const char *name;
    enum kind kind;
    size_t offset;       /* in struct config, not for those of a sensor */
    int64_t least, most; /* for NUMBER and GATHER */
};

static const struct key keys[] = {
    {.section = STORE,
     .name = "dir",
     .kind = PATH,
     .offset = offsetof(struct config, store_dir)},
    {.section = SENSOR, .name = "dark", .kind = DARK},
    {.section = SENSOR, .name = "lit", .kind = LIT},
    {.section = SENSOR, .name = "place", .kind = PLACE},
    /* A visit never crosses an hour, so a longer silence can't be in one. */
    {.section = SENSOR, .name = "gather", .kind = GATHER, .least = 0, .most = 3600},
    {.section = GEO,
     .name = "country",
     .kind = FILES,
     .offset = offsetof(struct config, country)},
    {.section = GEO, .name = "city", .kind = FILES, .offset = offsetof(struct config, city)},
    {.section = GEO, .name = "asn", .kind = FILES, .offset = offsetof(struct config, asn)},
    {.section = RDAP,
     .name = "allow",
     .kind = SWITCH,
     .offset = offsetof(struct config, rdap_allow)},
    {.section = RDAP,
     .name = "server",
     .kind = URL,
     .offset = offsetof(struct config, rdap_server)},
    {.section = RDAP,
     .name = "bootstrap",
     .kind = URL,
     .offset = offsetof(struct config, rdap_bootstrap)},
    {.section = RDAP,
     .name = "age_days",
     .kind = NUMBER,
     .offset = offsetof(struct config, rdap_age_days),
     .least = 1,
     .most = 3650},
    {.section = RDAP,
     .name = "questions",
     .kind = NUMBER,
     .offset = offsetof(struct config, rdap_questions),
     .least = 1,
     .most = 10000},
    {.section = INGEST,
     .name = "max_senders",
     .kind = NUMBER,
     .offset = offsetof(struct config, max_senders),
     .least = 1000,
     .most = 1 << 28},
    {.section = INGEST,
     .name = "max_visits",
     .kind = NUMBER,
     .offset = offsetof(struct config, max_visits),
     .least = 1000,
     .most = 1 << 28},
    {.section = INGEST,
     .name = "max_sessions",
     .kind = NUMBER,
     .offset = offsetof(struct config, max_sessions),
     .least = 1000,
     .most = 1 << 28},
    {.section = INGEST,
     .name = "part",
     .kind = NUMBER,
     .offset = offsetof(struct config, part_s),
     .least = 1,
     .most = 3600},
    {.section = INGEST,
     .name = "payload",
     .kind = NUMBER,
     .offset = offsetof(struct config, payload_bytes),
     .least = 0,
     .most = VISIT_PAYLOAD_MAX},
    {.section = INGEST,
     .name = "unwrap",
     .kind = TUNNELS,
     .offset = offsetof(struct config, tunnels)},
    {.section = INGEST,
     .name = "checksums",
     .kind = SWITCH,
     .offset = offsetof(struct config, judge_checksums)},
    {.section = INGEST,
     .name = "samples_per_day",
     .kind = NUMBER,
     .offset = offsetof(struct config, samples_per_day),
     .least = 0,
     .most = 10000000},
    {.section = DUCKDB,
     .name = "memory_mb",
     .kind = NUMBER,
     .offset = offsetof(struct config, duckdb_memory_mb),
     .least = 128,
     .most = 1 << 22},
    {.section = DUCKDB,
     .name = "threads",
     .kind = NUMBER,
     .offset = offsetof(struct config, duckdb_threads),
     .least = 0,
     .most = 1024},
    {.section = DUCKDB,
     .name = "temp_dir",
     .kind = PATH,
     .offset = offsetof(struct config, duckdb_temp_dir)},
    {.section = RETENTION,
     .name = "visits_days",
     .kind = NUMBER,
     .offset = offsetof(struct config, visits_days),
     .least = 1,
     .most = 36500},
    {.section = RETENTION,
     .name = "traits_days",
     .kind = NUMBER,
     .offset = offsetof(struct config, traits_days),
     .least = 1,
     .most = 36500},
    {.section = RETENTION,
     .name = "samples_days",
     .kind = NUMBER,
     .offset = offsetof(struct config, samples_days),
     .least = 1,
     .most = 36500},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* ---- reading ------------------------------------------------------------------------------*/

struct reader {
    struct config_lines lines;
    struct config *config;

    enum section section;
    char head[CONFIG_NAME_SIZE];      /* "sensor tokyo" */
    unsigned section_lines[SECTIONS]; /* where each began, 0: not yet; not of sensors */
    unsigned key_lines[KEYS];         /* the same of the keys of the present section */

    size_t sensor;          /* index of the present one */
    unsigned *sensor_lines; /* of each sensor, 0 for the default one if not in the file */
    struct config_prefix *origins;
    size_t origin_count;
};

/* `did you mean "X"?`, or nothing. */
static const char *meant(const char *word, const char *const *words, size_t count,
                         char room[80])
{
    const char *near = nj_suggest(word, words, count);

    room[0] = '\0';
    if (near != NULL)
        (void)snprintf(room, 80, "; did you mean \"%s\"?", near);
    return room;
}

/* ---- sections -----------------------------------------------------------------------------*/

static bool is_sensor_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-";

    return name[0] != '\0' && strlen(name) < SENSOR_NAME_MAX &&
           name[strspn(name, letters)] == '\0';
}

static void sensor_init(struct sensor *sensor, const char *name)
{
    *sensor = (struct sensor){.gather_s = -1, .lat = NAN, .lon = NAN};
    (void)snprintf(sensor->name, sizeof(sensor->name), "%s", name);
}

/* Another sensor; the first of the file makes room for all that may come. */
static int add_sensor(struct reader *r, const char *name)
{
    struct config *config = r->config;

    for (size_t i = 0; i < config->sensor_count; i++) {
        if (strcmp(config->sensors[i].name, name) != 0)
            continue;
        if (r->sensor_lines[i] != 0)
            return config_fault(&r->lines, r->lines.line,
                                "[sensor %s] stands twice, first in line %u", name,
                                r->sensor_lines[i]);
        r->sensor_lines[i] = r->lines.line;
        r->sensor = i;
        return 1;
    }
    if (config->sensor_count == CONFIG_SENSORS_MAX)
        return config_fault(&r->lines, r->lines.line, "more than %u sensors",
                            CONFIG_SENSORS_MAX - 1);
    if (config->sensor_count == 1) {
        struct sensor *sensors =
            realloc(config->sensors, CONFIG_SENSORS_MAX * sizeof(*sensors));

        if (sensors == NULL)
            return config_no_memory(&r->lines);
        config->sensors = sensors;
    }
    r->sensor = config->sensor_count++;
    sensor_init(&config->sensors[r->sensor], name);
    r->sensor_lines[r->sensor] = r->lines.line;
    return 1;
}

/* "[head]" was read. */
static int begin_section(struct reader *r, const char *head)
{
    size_t word = strcspn(head, CONFIG_BLANKS);
    const char *rest = head + word + strspn(head + word, CONFIG_BLANKS);
    char name[CONFIG_NAME_SIZE], room[80];
    enum section section = 0;

    (void)snprintf(name, sizeof(name), "%.*s", (int)word, head);
    (void)snprintf(r->head, sizeof(r->head), "%s", head);
    memset(r->key_lines, 0, sizeof(r->key_lines));
    while (section < SECTIONS && strcmp(section_names[section], name) != 0)
        section++;
    if (section == SECTIONS)
        return config_fault(&r->lines, r->lines.line, "unknown section [%s]%s", head,
                            meant(name, section_names, SECTIONS, room));
    r->section = section;
    if (section == SENSOR) {
        if (!is_sensor_name(rest))
            return config_fault(
                &r->lines, r->lines.line,
                "[%s]: expected [sensor NAME], a name of letters, digits, \".\", \"_\" "
                "and \"-\"",
                head);
        return add_sensor(r, rest);
    }
    if (*rest != '\0')
        return config_fault(&r->lines, r->lines.line, "[%s]: only [sensor NAME] takes a name",
                            head);
    if (r->section_lines[section] != 0)
        return config_fault(&r->lines, r->lines.line, "[%s] stands twice, first in line %u",
                            head, r->section_lines[section]);
    r->section_lines[section] = r->lines.line;
    return 1;
}

/* ---- values -------------------------------------------------------------------------------*/

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

static int set_path(struct reader *r, char **ret_path, const char *value)
{
    *ret_path = path_from(r->lines.path, value);
    return *ret_path == NULL ? config_no_memory(&r->lines) : 1;
}

static int add_file(struct reader *r, const struct key *key, struct config_files *files,
                    const char *value)
{
    size_t n = 0;

    while (n < CONFIG_FILES_MAX && files->paths[n] != NULL)
        n++;
    if (n == CONFIG_FILES_MAX)
        return config_fault(&r->lines, r->lines.line, "more than %u files for \"%s\"",
                            CONFIG_FILES_MAX, key->name);
    return set_path(r, &files->paths[n], value);
}

static int set_number(struct reader *r, const struct key *key, int64_t *ret_number,
                      const char *value)
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

static int set_place(struct reader *r, struct sensor *sensor, const char *value)
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

static int add_prefix(struct reader *r, const char *text, bool lit)
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
static int add_prefixes(struct reader *r, const char *value, bool lit)
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
static int set_tunnels(struct reader *r, unsigned *ret_kinds, const char *value)
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

static int set_switch(struct reader *r, const struct key *key, bool *ret_on, const char *value)
{
    *ret_on = strcmp(value, "yes") == 0;
    if (!*ret_on && strcmp(value, "no") != 0)
        return config_fault(&r->lines, r->lines.line, "%s = %s: expected yes or no", key->name,
                            value);
    return 1;
}

/* The folder that questions go to; whoever asks looks closer at it. */
static int set_url(struct reader *r, const struct key *key, char **ret_url, const char *value)
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

static int set(struct reader *r, const struct key *key, const char *value)
{
    struct sensor *sensor = &r->config->sensors[r->sensor];
    void *member = (char *)r->config + key->offset;

    switch (key->kind) {
    case PATH:
        return set_path(r, member, value);
    case FILES:
        return add_file(r, key, member, value);
    case NUMBER:
        return set_number(r, key, member, value);
    case GATHER:
        return set_number(r, key, &sensor->gather_s, value);
    case PLACE:
        return set_place(r, sensor, value);
    case TUNNELS:
        return set_tunnels(r, member, value);
    case SWITCH:
        return set_switch(r, key, member, value);
    case URL:
        return set_url(r, key, member, value);
    case DARK:
    case LIT:
        break;
    }
    return add_prefixes(r, value, key->kind == LIT);
}

static int unknown_key(struct reader *r, const char *name)
{
    const char *names[KEYS];
    size_t count = 0;
    char room[80];

    for (size_t i = 0; i < KEYS; i++) {
        if (keys[i].section == r->section)
            names[count++] = keys[i].name;
    }
    return config_fault(&r->lines, r->lines.line, "unknown key \"%s\" in [%s]%s", name, r->head,
                        meant(name, names, count, room));
}

/* An ini_handler. @return 1; 0 for an error */
static int on_key(void *reader, const char *section, const char *name, const char *value)
{
    struct reader *r = reader;
    size_t i = 0;
    bool list;

    if (r->lines.failed)
        return 0;
    if (name[0] == '\0')
        return begin_section(r, section);
    if (r->section == NO_SECTION)
        return config_fault(&r->lines, r->lines.line,
                            "\"%s\" stands before the first [section]", name);
    while (i < KEYS && (keys[i].section != r->section || strcmp(keys[i].name, name) != 0))
        i++;
    if (i == KEYS)
        return unknown_key(r, name);
    if (value[0] == '\0')
        return config_fault(&r->lines, r->lines.line, "\"%s\" has no value", name);
    list = keys[i].kind == FILES || keys[i].kind == DARK || keys[i].kind == LIT;
    if (!list && r->key_lines[i] != 0)
        return config_fault(&r->lines, r->lines.line,
                            "\"%s\" stands twice in [%s], first in line %u", name, r->head,
                            r->key_lines[i]);
    r->key_lines[i] = r->lines.line;
    return set(r, &keys[i], value);
}

/* ---- all together -------------------------------------------------------------------------*/

static void check_overlaps(struct reader *r)
{
    const struct config_prefix *pair[2];
    char text[ADDR_TEXT_MAX];

    if (!config_prefixes_clash(r->origins, r->origin_count, pair))
        return;
    (void)addr_text(pair[0]->prefix.first, text);
    if (pair[0]->sensor == pair[1]->sensor)
        (void)config_fault(&r->lines, pair[0]->line,
                           "the prefix that begins with %s stands twice, also in line %u", text,
                           pair[1]->line);
    else
        (void)config_fault(
            &r->lines, pair[0]->line,
            "the prefix that begins with %s overlaps one of [sensor %s] in line %u", text,
            r->config->sensors[pair[1]->sensor].name, pair[1]->line);
}

int config_default(struct config *ret_config, struct nj_err *err)
{
    /* Full tables take about 160 bytes a sender, 150 and the payload a visit, 21 a session;
     * they grow with what is in them. Four million sessions are 33,000 new ones a second. */
    *ret_config = (struct config){
        .sensors = malloc(sizeof(*ret_config->sensors)),
        .sensor_count = 1,
        .max_senders = 1000000,
        .max_visits = 1000000,
        .max_sessions = 4000000,
        .part_s = 600,
        .payload_bytes = 64,
        .judge_checksums = true,
        .samples_per_day = 200000,
        .duckdb_memory_mb = 1024,
        .rdap_age_days = 30,
        .rdap_questions = 100,
    };
    if (ret_config->sensors == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the configuration");
    sensor_init(&ret_config->sensors[0], "default");
    return 0;
}

int config_parse(const char *text, size_t length, const char *path, struct config *ret_config,
                 struct nj_err *err)
{
    static const char bom[] = "\xef\xbb\xbf";
    struct nj_err own;
    struct config config;
    struct reader r = {
        .lines = {.path = path,
                  .err = err == NULL ? &own : err,
                  .text = text,
                  .length = length},
        .config = &config,
        .section = NO_SECTION,
    };

    if (config_default(&config, r.lines.err) < 0)
        return -1;
    if (length >= 3 && memcmp(text, bom, 3) == 0) {
        r.lines.text += 3;
        r.lines.length -= 3;
    }
    r.sensor_lines = calloc(CONFIG_SENSORS_MAX, sizeof(*r.sensor_lines));
    if (r.sensor_lines == NULL)
        (void)config_no_memory(&r.lines);
    /* inih's own errors are lines that config_next_line has refused before. */
    else if (ini_parse_stream(config_next_line, &r.lines, on_key, &r) != 0 && !r.lines.failed)
        (void)config_fault(&r.lines, r.lines.line, "can't be understood");
    if (!r.lines.failed)
        check_overlaps(&r);
    free(r.sensor_lines);
    free(r.origins);
    if (r.lines.failed) {
        config_done(&config);
        return -1;
    }
    for (size_t i = 0; i < config.sensor_count; i++)
        config_prefixes_sort(&config.sensors[i]);
    *ret_config = config;
    return 0;
}

/* All of a file. @return its bytes (taken), or NULL with *err */
static char *read_file(const char *path, size_t *ret_length, struct nj_err *err)
{
    char *text = malloc(CONFIG_SIZE_MAX + 1);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t have = 0;
    ssize_t got = -1;

    if (text == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory to read %s", path);
    } else if (file < 0) {
        (void)nj_fail(err, NJ_IO, "%s: can't be opened", path);
    } else {
        while ((got = read(file, text + have, CONFIG_SIZE_MAX + 1 - have)) > 0)
            have += (size_t)got;
        if (got < 0)
            (void)nj_fail(err, NJ_IO, "%s: can't be read", path);
        else if (have > CONFIG_SIZE_MAX)
            got = nj_fail(err, NJ_CONFIG, "%s: has more than %u bytes", path, CONFIG_SIZE_MAX);
    }
    if (file >= 0)
        (void)close(file);
    if (got < 0) {
        free(text);
        return NULL;
    }
    *ret_length = have;
    return text;
}

int config_load(const char *path, struct config *ret_config, struct nj_err *err)
{
    size_t length;
    char *text = read_file(path, &length, err);
    int rc;

    if (text == NULL)
        return -1;
    rc = config_parse(text, length, path, ret_config, err);
    free(text);
    return rc;
}

void config_done(struct config *config)
{
    struct config_files *const files[] = {&config->country, &config->city, &config->asn};

    for (size_t i = 0; i < config->sensor_count; i++)
        free(config->sensors[i].prefixes);
    free(config->sensors);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        for (size_t j = 0; j < CONFIG_FILES_MAX; j++)
            free(files[i]->paths[j]);
    }
    free(config->store_dir);
    free(config->duckdb_temp_dir);
    free(config->rdap_server);
    free(config->rdap_bootstrap);
    *config = (struct config){.sensor_count = 0};
}

const struct sensor *config_sensor(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->sensor_count; i++) {
        if (strcmp(config->sensors[i].name, name) == 0)
            return &config->sensors[i];
    }
    return NULL;
}
