/* SPDX-License-Identifier: Apache-2.0 */
/* libinih splits the lines. It tells neither the number of a line nor that a section begins,
 * cuts long lines and names without a word, and takes an indented line for more of the value
 * above. So it gets its lines from next_line(), which counts them, refuses what would be cut,
 * strips indentation, and puts a line "=" behind each section's head: a key without a name. */
#include "model/config.h"

#include <fcntl.h>
#include <ini.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/suggest.h"
#include "model/visit.h"

#define NAME_SIZE 50u /* inih's buffers for sections and keys */

/* Blanks around values, and what stands between the parts of a list. */
#define BLANKS " \t\r\n\v\f"

/* ---- what the file may say ----------------------------------------------------------------*/

enum section { STORE, SENSOR, GEO, INGEST, DUCKDB, RETENTION, SECTIONS, NO_SECTION = SECTIONS };

static const char *const section_names[SECTIONS] = {
    [STORE] = "store",   [SENSOR] = "sensor", [GEO] = "geo",
    [INGEST] = "ingest", [DUCKDB] = "duckdb", [RETENTION] = "retention",
};

enum kind { PATH, FILES, NUMBER, GATHER, DARK, LIT, PLACE };

struct key {
    enum section section;
    const char *name;
    enum kind kind;
    size_t offset;       /* in struct config, for PATH, FILES and NUMBER */
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
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* ---- reading ------------------------------------------------------------------------------*/

/* Where a prefix was given, for the check of all of them at the end. */
struct origin {
    struct prefix prefix;
    size_t sensor; /* its index */
    unsigned line;
};

struct reader {
    struct config *config;
    const char *path;
    struct nj_err *err;
    bool failed; /* *err is filled, nothing more is read */

    const char *text; /* what is left */
    size_t length;
    unsigned line;
    bool head_read; /* the line before was a section's head */

    enum section section;
    char head[NAME_SIZE];             /* "sensor tokyo" */
    unsigned section_lines[SECTIONS]; /* where each began, 0: not yet; not of sensors */
    unsigned key_lines[KEYS];         /* the same of the keys of the present section */

    size_t sensor;          /* index of the present one */
    unsigned *sensor_lines; /* of each sensor, 0 for the default one if not in the file */
    struct origin *origins;
    size_t origin_count;
};

/* "FILE:LINE: message". @return 0, which is how a handler tells inih of an error */
__attribute__((format(printf, 3, 4))) static int fault(struct reader *r, unsigned line,
                                                       const char *format, ...)
{
    char message[sizeof(r->err->msg)];
    va_list args;

    if (r->failed)
        return 0;
    r->failed = true;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    (void)nj_fail(r->err, NJ_CONFIG, "%.100s:%u: %s", r->path, line, message);
    return 0;
}

static int no_memory(struct reader *r)
{
    if (!r->failed)
        (void)nj_fail(r->err, NJ_NOMEM, "no memory to read %s", r->path);
    r->failed = true;
    return 0;
}

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

/* ---- lines --------------------------------------------------------------------------------*/

/* How much of a line counts: up to a comment (# or ; at its start or behind a blank), without
 * the blanks at its end. */
static size_t without_comment(const char *line, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        bool blank = strchr(BLANKS, line[i]) != NULL && line[i] != '\0';

        if ((line[i] == '#' || line[i] == ';') && used < i + (i == 0))
            break;
        if (!blank)
            used = i + 1;
    }
    return used;
}

/* What inih would pass over, cut or mistake. */
static bool line_is_fine(struct reader *r, const char *line, size_t length)
{
    if (memchr(line, '\0', length) != NULL)
        (void)fault(r, r->line, "a byte 0 stands in the line; is it a text file?");
    else if (length > CONFIG_LINE_MAX)
        (void)fault(r, r->line, "the line has %zu bytes, at most %u are read", length,
                    CONFIG_LINE_MAX);
    else if (line[0] == '[' && line[length - 1] != ']')
        (void)fault(r, r->line, "\"%.*s\" has no closing bracket", (int)length, line);
    else if (line[0] == '[' && length - 2 >= NAME_SIZE)
        (void)fault(r, r->line, "the section's name has more than %u bytes", NAME_SIZE - 1);
    else if (line[0] != '[' && memchr(line, '=', length) == NULL)
        (void)fault(r, r->line, "\"%.*s\" is neither [section] nor key = value", (int)length,
                    line);
    else if (line[0] == '=')
        (void)fault(r, r->line, "no key stands before \"=\"");
    return !r->failed;
}

/* An ini_reader: the next line that says something. */
static char *next_line(char *ret_line, int size, void *reader)
{
    struct reader *r = reader;

    if (r->head_read) {
        r->head_read = false;
        (void)snprintf(ret_line, (size_t)size, "=");
        return ret_line;
    }
    while (r->length > 0 && !r->failed) {
        const char *line = r->text, *end = memchr(line, '\n', r->length);
        size_t length = end == NULL ? r->length : (size_t)(end - line);
        size_t step = end == NULL ? length : length + 1;

        r->text += step;
        r->length -= step;
        r->line++;
        while (length > 0 && (*line == ' ' || *line == '\t')) {
            line++;
            length--;
        }
        length = without_comment(line, length);
        if (length == 0)
            continue;
        if (!line_is_fine(r, line, length))
            return NULL;
        if (length >= (size_t)size) {
            (void)fault(r, r->line, "the line has %zu bytes, at most %d are read", length,
                        size - 1);
            return NULL;
        }
        memcpy(ret_line, line, length);
        ret_line[length] = '\0';
        r->head_read = line[0] == '[';
        return ret_line;
    }
    return NULL;
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
            return fault(r, r->line, "[sensor %s] stands twice, first in line %u", name,
                         r->sensor_lines[i]);
        r->sensor_lines[i] = r->line;
        r->sensor = i;
        return 1;
    }
    if (config->sensor_count == CONFIG_SENSORS_MAX)
        return fault(r, r->line, "more than %u sensors", CONFIG_SENSORS_MAX - 1);
    if (config->sensor_count == 1) {
        struct sensor *sensors =
            realloc(config->sensors, CONFIG_SENSORS_MAX * sizeof(*sensors));

        if (sensors == NULL)
            return no_memory(r);
        config->sensors = sensors;
    }
    r->sensor = config->sensor_count++;
    sensor_init(&config->sensors[r->sensor], name);
    r->sensor_lines[r->sensor] = r->line;
    return 1;
}

/* "[head]" was read. */
static int begin_section(struct reader *r, const char *head)
{
    size_t word = strcspn(head, BLANKS);
    const char *rest = head + word + strspn(head + word, BLANKS);
    char name[NAME_SIZE], room[80];
    enum section section = 0;

    (void)snprintf(name, sizeof(name), "%.*s", (int)word, head);
    (void)snprintf(r->head, sizeof(r->head), "%s", head);
    memset(r->key_lines, 0, sizeof(r->key_lines));
    while (section < SECTIONS && strcmp(section_names[section], name) != 0)
        section++;
    if (section == SECTIONS)
        return fault(r, r->line, "unknown section [%s]%s", head,
                     meant(name, section_names, SECTIONS, room));
    r->section = section;
    if (section == SENSOR) {
        if (!is_sensor_name(rest))
            return fault(
                r, r->line,
                "[%s]: expected [sensor NAME], a name of letters, digits, \".\", \"_\" "
                "and \"-\"",
                head);
        return add_sensor(r, rest);
    }
    if (*rest != '\0')
        return fault(r, r->line, "[%s]: only [sensor NAME] takes a name", head);
    if (r->section_lines[section] != 0)
        return fault(r, r->line, "[%s] stands twice, first in line %u", head,
                     r->section_lines[section]);
    r->section_lines[section] = r->line;
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
    *ret_path = path_from(r->path, value);
    return *ret_path == NULL ? no_memory(r) : 1;
}

static int add_file(struct reader *r, const struct key *key, struct config_files *files,
                    const char *value)
{
    size_t n = 0;

    while (n < CONFIG_FILES_MAX && files->paths[n] != NULL)
        n++;
    if (n == CONFIG_FILES_MAX)
        return fault(r, r->line, "more than %u files for \"%s\"", CONFIG_FILES_MAX, key->name);
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
        return fault(r, r->line,
                     "%s = %s: expected a whole number from %" PRId64 " to %" PRId64, key->name,
                     value, key->least, key->most);
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
    *text = end + strspn(end, BLANKS);
    return true;
}

static int set_place(struct reader *r, struct sensor *sensor, const char *value)
{
    const char *rest = value;
    double lat, lon;

    if (!degrees(&rest, 90, &lat) || *rest++ != ',' || !degrees(&rest, 180, &lon) ||
        *rest != '\0')
        return fault(r, r->line,
                     "place = %s: expected LAT, LON in degrees, -90 to 90 and -180 to 180",
                     value);
    sensor->lat = lat;
    sensor->lon = lon;
    return 1;
}

static int add_prefix(struct reader *r, const char *text, bool lit)
{
    struct sensor *sensor = &r->config->sensors[r->sensor];
    struct sensor_prefix *prefixes;
    struct origin *origins;
    struct prefix prefix;
    struct nj_err why;

    if (prefix_parse(text, &prefix, &why) < 0)
        return fault(r, r->line, "%s", why.msg);
    if (r->origin_count == CONFIG_PREFIXES_MAX)
        return fault(r, r->line, "more than %u prefixes", CONFIG_PREFIXES_MAX);
    prefixes = realloc(sensor->prefixes, (sensor->prefix_count + 1) * sizeof(*prefixes));
    if (prefixes == NULL)
        return no_memory(r);
    sensor->prefixes = prefixes;
    prefixes[sensor->prefix_count++] = (struct sensor_prefix){.prefix = prefix, .lit = lit};
    origins = realloc(r->origins, (r->origin_count + 1) * sizeof(*origins));
    if (origins == NULL)
        return no_memory(r);
    r->origins = origins;
    origins[r->origin_count++] =
        (struct origin){.prefix = prefix, .sensor = r->sensor, .line = r->line};
    return 1;
}

/* Prefixes with commas or blanks between them. */
static int add_prefixes(struct reader *r, const char *value, bool lit)
{
    static const char between[] = "," BLANKS;

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
    return fault(r, r->line, "unknown key \"%s\" in [%s]%s", name, r->head,
                 meant(name, names, count, room));
}

/* An ini_handler. @return 1; 0 for an error */
static int on_key(void *reader, const char *section, const char *name, const char *value)
{
    struct reader *r = reader;
    size_t i = 0;
    bool list;

    if (r->failed)
        return 0;
    if (name[0] == '\0')
        return begin_section(r, section);
    if (r->section == NO_SECTION)
        return fault(r, r->line, "\"%s\" stands before the first [section]", name);
    while (i < KEYS && (keys[i].section != r->section || strcmp(keys[i].name, name) != 0))
        i++;
    if (i == KEYS)
        return unknown_key(r, name);
    if (value[0] == '\0')
        return fault(r, r->line, "\"%s\" has no value", name);
    list = keys[i].kind == FILES || keys[i].kind == DARK || keys[i].kind == LIT;
    if (!list && r->key_lines[i] != 0)
        return fault(r, r->line, "\"%s\" stands twice in [%s], first in line %u", name, r->head,
                     r->key_lines[i]);
    r->key_lines[i] = r->line;
    return set(r, &keys[i], value);
}

/* ---- all together -------------------------------------------------------------------------*/

/* By first address, the wider first. */
static int by_address(const void *left, const void *right)
{
    const struct origin *a = left, *b = right;
    int order = addr_compare(a->prefix.first, b->prefix.first);

    return order != 0 ? order : addr_compare(b->prefix.last, a->prefix.last);
}

static void overlap(struct reader *r, const struct origin *a, const struct origin *b)
{
    const struct origin *later = a->line > b->line ? a : b, *other = later == a ? b : a;
    char text[ADDR_TEXT_MAX];

    if (a->sensor == b->sensor)
        (void)fault(r, later->line,
                    "the prefix that begins with %s stands twice, also in line %u",
                    addr_text(later->prefix.first, text), other->line);
    else
        (void)fault(r, later->line,
                    "the prefix that begins with %s overlaps one of [sensor %s] in line %u",
                    addr_text(later->prefix.first, text),
                    r->config->sensors[other->sensor].name, other->line);
}

/* Each address belongs to one sensor. Within one, prefixes may be inside of others. Prefixes
 * are equal, nested or apart, so those around one form a stack, and if its top is of the same
 * sensor, all are. */
static void check_overlaps(struct reader *r)
{
    const struct origin *around[129]; /* one per prefix length */
    size_t depth = 0;

    if (r->origin_count > 0)
        qsort(r->origins, r->origin_count, sizeof(*r->origins), by_address);
    for (size_t i = 0; i < r->origin_count && !r->failed; i++) {
        const struct origin *at = &r->origins[i];

        while (depth > 0 && addr_compare(around[depth - 1]->prefix.last, at->prefix.first) < 0)
            depth--;
        if (depth > 0 &&
            (around[depth - 1]->sensor != at->sensor || by_address(around[depth - 1], at) == 0))
            overlap(r, around[depth - 1], at);
        else
            around[depth++] = at;
    }
}

/* The smaller first. */
static int by_size(const void *left, const void *right)
{
    const struct sensor_prefix *a = left, *b = right;
    struct addr a_size = {.hi = a->prefix.last.hi - a->prefix.first.hi,
                          .lo = a->prefix.last.lo - a->prefix.first.lo};
    struct addr b_size = {.hi = b->prefix.last.hi - b->prefix.first.hi,
                          .lo = b->prefix.last.lo - b->prefix.first.lo};
    int order = addr_compare(a_size, b_size);

    return order != 0 ? order : addr_compare(a->prefix.first, b->prefix.first);
}

static void sort_prefixes(struct config *config)
{
    for (size_t i = 0; i < config->sensor_count; i++) {
        struct sensor *sensor = &config->sensors[i];

        if (sensor->prefix_count > 0)
            qsort(sensor->prefixes, sensor->prefix_count, sizeof(*sensor->prefixes), by_size);
    }
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
        .duckdb_memory_mb = 1024,
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
        .config = &config,
        .path = path,
        .err = err == NULL ? &own : err,
        .text = text,
        .length = length,
        .section = NO_SECTION,
    };

    if (config_default(&config, r.err) < 0)
        return -1;
    if (length >= 3 && memcmp(text, bom, 3) == 0) {
        r.text += 3;
        r.length -= 3;
    }
    r.sensor_lines = calloc(CONFIG_SENSORS_MAX, sizeof(*r.sensor_lines));
    if (r.sensor_lines == NULL)
        (void)no_memory(&r);
    /* inih's own errors are lines that next_line has refused before. */
    else if (ini_parse_stream(next_line, &r, on_key, &r) != 0 && !r.failed)
        (void)fault(&r, r.line, "can't be understood");
    if (!r.failed)
        check_overlaps(&r);
    free(r.sensor_lines);
    free(r.origins);
    if (r.failed) {
        config_done(&config);
        return -1;
    }
    sort_prefixes(&config);
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
