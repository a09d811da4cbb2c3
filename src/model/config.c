/* SPDX-License-Identifier: Apache-2.0 */
#include "model/config.h"

#include <fcntl.h>
#include <ini.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/suggest.h"
#include "model/config_values.h"

/* ---- reading ------------------------------------------------------------------------------*/

struct reader {
    struct config_reading reading;
    enum config_section section;
    char head[CONFIG_NAME_SIZE];           /* "sensor tokyo" */
    unsigned section_lines[SECTION_COUNT]; /* where each began, 0: not yet; not of sensors */
    unsigned key_lines[CONFIG_KEYS_MAX];   /* the same of the keys of the present section */
    unsigned *sensor_lines; /* of each sensor, 0 for the default one if not in the file */
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
    struct config *config = r->reading.config;

    for (size_t i = 0; i < config->sensor_count; i++) {
        if (strcmp(config->sensors[i].name, name) != 0)
            continue;
        if (r->sensor_lines[i] != 0)
            return config_fault(&r->reading.lines, r->reading.lines.line,
                                "[sensor %s] stands twice, first in line %u", name,
                                r->sensor_lines[i]);
        r->sensor_lines[i] = r->reading.lines.line;
        r->reading.sensor = i;
        return 1;
    }
    if (config->sensor_count == CONFIG_SENSORS_MAX)
        return config_fault(&r->reading.lines, r->reading.lines.line, "more than %u sensors",
                            CONFIG_SENSORS_MAX - 1);
    if (config->sensor_count == 1) {
        struct sensor *sensors =
            realloc(config->sensors, CONFIG_SENSORS_MAX * sizeof(*sensors));

        if (sensors == NULL)
            return config_no_memory(&r->reading.lines);
        config->sensors = sensors;
    }
    r->reading.sensor = config->sensor_count++;
    sensor_init(&config->sensors[r->reading.sensor], name);
    r->sensor_lines[r->reading.sensor] = r->reading.lines.line;
    return 1;
}

/* "[head]" was read. */
static int begin_section(struct reader *r, const char *head)
{
    size_t word = strcspn(head, CONFIG_BLANKS);
    const char *rest = head + word + strspn(head + word, CONFIG_BLANKS);
    char name[CONFIG_NAME_SIZE], room[80];
    enum config_section section = 0;

    (void)snprintf(name, sizeof(name), "%.*s", (int)word, head);
    (void)snprintf(r->head, sizeof(r->head), "%s", head);
    memset(r->key_lines, 0, sizeof(r->key_lines));
    while (section < SECTION_COUNT && strcmp(config_sections[section], name) != 0)
        section++;
    if (section == SECTION_COUNT)
        return config_fault(&r->reading.lines, r->reading.lines.line, "unknown section [%s]%s",
                            head, meant(name, config_sections, SECTION_COUNT, room));
    r->section = section;
    if (section == SECTION_SENSOR) {
        if (!is_sensor_name(rest))
            return config_fault(
                &r->reading.lines, r->reading.lines.line,
                "[%s]: expected [sensor NAME], a name of letters, digits, \".\", \"_\" "
                "and \"-\"",
                head);
        return add_sensor(r, rest);
    }
    if (*rest != '\0')
        return config_fault(&r->reading.lines, r->reading.lines.line,
                            "[%s]: only [sensor NAME] takes a name", head);
    if (r->section_lines[section] != 0)
        return config_fault(&r->reading.lines, r->reading.lines.line,
                            "[%s] stands twice, first in line %u", head,
                            r->section_lines[section]);
    r->section_lines[section] = r->reading.lines.line;
    return 1;
}

/* ---- keys ---------------------------------------------------------------------------------*/

static int unknown_key(struct reader *r, const char *name)
{
    const char *names[CONFIG_KEYS_MAX];
    size_t count = 0;
    char room[80];

    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].section == r->section)
            names[count++] = config_keys[i].name;
    }
    return config_fault(&r->reading.lines, r->reading.lines.line,
                        "unknown key \"%s\" in [%s]%s", name, r->head,
                        meant(name, names, count, room));
}

/* An ini_handler. @return 1; 0 for an error */
static int on_key(void *reader, const char *section, const char *name, const char *value)
{
    struct reader *r = reader;
    size_t i = 0;
    bool list;

    if (r->reading.lines.failed)
        return 0;
    if (name[0] == '\0')
        return begin_section(r, section);
    if (r->section == SECTION_NONE)
        return config_fault(&r->reading.lines, r->reading.lines.line,
                            "\"%s\" stands before the first [section]", name);
    while (i < config_key_count &&
           (config_keys[i].section != r->section || strcmp(config_keys[i].name, name) != 0))
        i++;
    if (i == config_key_count)
        return unknown_key(r, name);
    if (value[0] == '\0')
        return config_fault(&r->reading.lines, r->reading.lines.line, "\"%s\" has no value",
                            name);
    list = config_keys[i].kind == KEY_FILES || config_keys[i].kind == KEY_DARK ||
           config_keys[i].kind == KEY_LIT;
    if (!list && r->key_lines[i] != 0)
        return config_fault(&r->reading.lines, r->reading.lines.line,
                            "\"%s\" stands twice in [%s], first in line %u", name, r->head,
                            r->key_lines[i]);
    r->key_lines[i] = r->reading.lines.line;
    return config_value_set(&r->reading, &config_keys[i], value);
}

/* ---- all together -------------------------------------------------------------------------*/

static void check_overlaps(struct reader *r)
{
    const struct config_prefix *pair[2];
    char text[ADDR_TEXT_MAX];

    if (!config_prefixes_clash(r->reading.origins, r->reading.origin_count, pair))
        return;
    (void)addr_text(pair[0]->prefix.first, text);
    if (pair[0]->sensor == pair[1]->sensor)
        (void)config_fault(&r->reading.lines, pair[0]->line,
                           "the prefix that begins with %s stands twice, also in line %u", text,
                           pair[1]->line);
    else
        (void)config_fault(
            &r->reading.lines, pair[0]->line,
            "the prefix that begins with %s overlaps one of [sensor %s] in line %u", text,
            r->reading.config->sensors[pair[1]->sensor].name, pair[1]->line);
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
        .reading = {.lines = {.path = path,
                              .err = err == NULL ? &own : err,
                              .text = text,
                              .length = length},
                    .config = &config},
        .section = SECTION_NONE,
    };

    if (config_default(&config, r.reading.lines.err) < 0)
        return -1;
    if (length >= 3 && memcmp(text, bom, 3) == 0) {
        r.reading.lines.text += 3;
        r.reading.lines.length -= 3;
    }
    r.sensor_lines = calloc(CONFIG_SENSORS_MAX, sizeof(*r.sensor_lines));
    if (r.sensor_lines == NULL)
        (void)config_no_memory(&r.reading.lines);
    /* inih's own errors are lines that config_next_line has refused before. */
    else if (ini_parse_stream(config_next_line, &r.reading.lines, on_key, &r) != 0 &&
             !r.reading.lines.failed)
        (void)config_fault(&r.reading.lines, r.reading.lines.line, "can't be understood");
    if (!r.reading.lines.failed)
        check_overlaps(&r);
    free(r.sensor_lines);
    free(r.reading.origins);
    if (r.reading.lines.failed) {
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
