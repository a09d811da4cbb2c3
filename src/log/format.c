/* SPDX-License-Identifier: Apache-2.0 */
/* Format files: `-- key: value` lines ahead, then the SELECT. Other `--` lines are comments. */
#include "log/format.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"

#define FORMATS_MAX 256u
#define DETECT_LINE_MAX 4096u
#define DETECT_MATCH 50u /* a pattern says more than the names of columns */

struct log_formats {
    size_t count;
    struct log_format *formats[FORMATS_MAX];
};

/* Where in the file the parser stands, for messages. */
struct place {
    const char *path;
    unsigned line;
};

static int set_text(char *to, size_t size, const char *value, const struct place *place,
                    struct nj_err *err)
{
    if (strlen(value) >= size)
        return nj_fail(err, NJ_CONFIG, "%s:%u: \"%s\" is longer than %zu", place->path,
                       place->line, value, size - 1);
    memcpy(to, value, strlen(value) + 1);
    return 0;
}

static int set_read(struct log_format *format, char *value, const struct place *place,
                    struct nj_err *err)
{
    static const char *const kinds[] = {
        [ROWS_LINES] = "lines", [ROWS_CSV] = "csv", [ROWS_ZEEK] = "zeek", [ROWS_JSON] = "json"};
    char *rest = NULL;

    for (char *word = strtok_r(value, ", ", &rest); word != NULL;
         word = strtok_r(NULL, ", ", &rest)) {
        size_t kind = 0;

        while (kind < 4 && strcmp(kinds[kind], word) != 0)
            kind++;
        if (kind == 4 || format->kind_count == FORMAT_KINDS)
            return nj_fail(err, NJ_CONFIG,
                           "%s:%u: read: \"%s\": expected at most %d of lines, csv, zeek, json",
                           place->path, place->line, word, FORMAT_KINDS);
        format->kinds[format->kind_count++] = (enum rows_kind)kind;
    }
    return 0;
}

static int set_delimiter(struct log_format *format, char *value, const struct place *place,
                         struct nj_err *err)
{
    char *rest = NULL;
    size_t used = 0;

    for (char *word = strtok_r(value, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        char c = strcmp(word, "tab") == 0 ? '\t' : word[0];

        if ((c != '\t' && word[1] != '\0') || used == sizeof(format->delimiters) - 1)
            return nj_fail(err, NJ_CONFIG,
                           "%s:%u: delimiter: \"%s\": expected single characters or tab",
                           place->path, place->line, word);
        format->delimiters[used++] = c;
    }
    format->delimiters[used] = '\0';
    return 0;
}

static bool known_name(const struct log_format *format, const char *name)
{
    for (size_t c = 0; c < format->column_count; c++) {
        for (size_t s = 0; s < ROWS_NAMES_MAX; s++) {
            if (strcasecmp(format->columns[c].names[s], name) == 0)
                return true;
        }
    }
    return false;
}

/* "sport|src_port!": names in the order of preference, '!' if the file must have it */
static int set_column(struct log_format *format, char *word, const struct place *place,
                      struct nj_err *err)
{
    struct rows_column *column = &format->columns[format->column_count];
    size_t length = strlen(word), used = 0;
    char *rest = NULL;

    if (format->column_count == ROWS_COLUMNS_MAX)
        return nj_fail(err, NJ_CONFIG, "%s:%u: more than %u columns", place->path, place->line,
                       ROWS_COLUMNS_MAX);
    if (length > 0 && word[length - 1] == '!') {
        column->required = true;
        word[length - 1] = '\0';
    }
    for (char *name = strtok_r(word, "|", &rest); name != NULL;
         name = strtok_r(NULL, "|", &rest)) {
        if (used == ROWS_NAMES_MAX || strlen(name) >= sizeof(column->names[0]) ||
            strspn(name,
                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/@") !=
                strlen(name))
            return nj_fail(err, NJ_CONFIG,
                           "%s:%u: columns: \"%s\": at most %u names of at most %zu letters, "
                           "digits and _.:/@",
                           place->path, place->line, name, ROWS_NAMES_MAX,
                           sizeof(column->names[0]) - 1);
        if (known_name(format, name))
            return nj_fail(err, NJ_CONFIG, "%s:%u: columns: \"%s\" is there twice", place->path,
                           place->line, name);
        memcpy(column->names[used++], name, strlen(name) + 1);
    }
    format->column_count += used > 0;
    return 0;
}

static int set_columns(struct log_format *format, char *value, const struct place *place,
                       struct nj_err *err)
{
    char *rest = NULL;

    for (char *word = strtok_r(value, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        if (set_column(format, word, place, err) < 0)
            return -1;
    }
    return 0;
}

static int set_detect(struct log_format *format, const char *value, const struct place *place,
                      struct nj_err *err)
{
    int rc;

    if (format->has_detect)
        return nj_fail(err, NJ_CONFIG, "%s:%u: detect: is there twice", place->path,
                       place->line);
    rc = regcomp(&format->detect, value, REG_EXTENDED | REG_NOSUB);
    if (rc != 0) {
        char text[100];

        (void)regerror(rc, &format->detect, text, sizeof(text));
        return nj_fail(err, NJ_CONFIG, "%s:%u: detect: %s", place->path, place->line, text);
    }
    format->has_detect = true;
    return 0;
}

static int set_class(struct log_format *format, const char *value, bool *ret_packet,
                     const struct place *place, struct nj_err *err)
{
    *ret_packet = strcmp(value, "packet") == 0;
    if (*ret_packet)
        return 0;
    for (int c = 0; c < CLASS_COUNT; c++) {
        if (strcmp(class_names[c], value) == 0) {
            format->class = (enum class)c;
            return 0;
        }
    }
    return nj_fail(err, NJ_CONFIG, "%s:%u: class: \"%s\" is no class", place->path, place->line,
                   value);
}

/* The key of a line "-- key: value", cut in place. @return its value, NULL if it is a comment
 */
static char *key_of(char *line, char **ret_key)
{
    char *key = line + strspn(line, "- ");
    size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyz");

    if (length == 0 || key[length] != ':')
        return NULL;
    key[length] = '\0';
    *ret_key = key;
    key += length + 1;
    return key + strspn(key, " ");
}

static int set_key(struct log_format *format, const char *key, char *value, bool *packet,
                   const struct place *place, struct nj_err *err)
{
    if (strcmp(key, "name") == 0)
        return set_text(format->name, sizeof(format->name), value, place, err);
    if (strcmp(key, "about") == 0)
        return set_text(format->about, sizeof(format->about), value, place, err);
    if (strcmp(key, "rule") == 0)
        return set_text(format->rule, sizeof(format->rule), value, place, err);
    if (strcmp(key, "read") == 0)
        return set_read(format, value, place, err);
    if (strcmp(key, "delimiter") == 0)
        return set_delimiter(format, value, place, err);
    if (strcmp(key, "columns") == 0)
        return set_columns(format, value, place, err);
    if (strcmp(key, "detect") == 0)
        return set_detect(format, value, place, err);
    if (strcmp(key, "class") == 0)
        return set_class(format, value, packet, place, err);
    return nj_fail(err, NJ_CONFIG,
                   "%s:%u: unknown key \"%s\": expected name, about, read, delimiter, columns, "
                   "detect, class or rule",
                   place->path, place->line, key);
}

static void strip_end(char *text, const char *what)
{
    size_t length = strlen(text);

    while (length > 0 && strchr(what, text[length - 1]) != NULL)
        text[--length] = '\0';
}

/* Takes the header off `text`. @return the SELECT in it, or NULL and *err */
static char *parse_header(struct log_format *format, char *text, struct place *place,
                          bool *packet, struct nj_err *err)
{
    while (*text == '-' || *text == '\n' || *text == '\r') {
        char *end = text + strcspn(text, "\n");
        char *next = *end == '\n' ? end + 1 : end;
        char *key, *value;

        place->line++;
        *end = '\0';
        strip_end(text, " \t\r");
        value = key_of(text, &key);
        if (value != NULL && set_key(format, key, value, packet, place, err) < 0)
            return NULL;
        text = next;
    }
    strip_end(text, "; \t\r\n");
    return text;
}

static int complete(struct log_format *format, bool packet, const struct place *place,
                    struct nj_err *err)
{
    int used = 0;

    if (format->name[0] == '\0' || format->kind_count == 0)
        return nj_fail(err, NJ_CONFIG, "%s: needs the keys name and read", place->path);
    if (format->select[0] == '\0')
        return nj_fail(err, NJ_CONFIG, "%s: has no SELECT", place->path);
    if (format->delimiters[0] == '\0')
        format->delimiters[0] = ',';
    if (!packet && format->rule[0] == '\0')
        used = snprintf(format->rule, sizeof(format->rule), "log:%s", format->name);
    return used >= (int)sizeof(format->rule)
               ? nj_fail(err, NJ_CONFIG, "%s: the rule's name is too long", place->path)
               : 0;
}

int format_parse(const char *path, const char *text, size_t length,
                 struct log_format **ret_format, struct nj_err *err)
{
    struct log_format *format = calloc(1, sizeof(*format));
    char *copy = malloc(length + 1); /* what is behind the text is not ours */
    struct place place = {.path = path};
    bool packet = false;
    char *select;
    int rc = -1;

    if (format == NULL || copy == NULL) {
        nj_fail(err, NJ_NOMEM, "%s", path);
        goto out;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    select = parse_header(format, copy, &place, &packet, err);
    if (select == NULL)
        goto out;
    format->select = strdup(select);
    if (format->select == NULL) {
        nj_fail(err, NJ_NOMEM, "%s", path);
        goto out;
    }
    if (complete(format, packet, &place, err) < 0)
        goto out;
    *ret_format = format;
    format = NULL;
    rc = 0;
out:
    free(copy);
    format_free(format);
    return rc;
}

void format_free(struct log_format *format)
{
    if (format == NULL)
        return;
    if (format->has_detect)
        regfree(&format->detect);
    free(format->select);
    free(format);
}

struct rows_spec format_spec(const struct log_format *format, enum rows_kind kind)
{
    struct rows_spec spec = {
        .kind = kind, .column_count = format->column_count, .columns = format->columns};

    memcpy(spec.delimiters, format->delimiters, sizeof(spec.delimiters));
    return spec;
}

/* ---- folder --------------------------------------------------------------------------------
 */

static int read_file(const char *path, char *text, size_t *ret_length, struct nj_err *err)
{
    FILE *in = fopen(path, "rbe");

    if (in == NULL)
        return nj_fail(err, NJ_IO, "open %s", path);
    *ret_length = fread(text, 1, FORMAT_FILE_MAX, in);
    if (ferror(in)) {
        nj_fail(err, NJ_IO, "read %s", path);
        (void)fclose(in);
        return -1;
    }
    (void)fclose(in);
    if (*ret_length == FORMAT_FILE_MAX)
        return nj_fail(err, NJ_CONFIG, "%s: larger than %u bytes", path, FORMAT_FILE_MAX);
    return 0;
}

static int load_file(struct log_formats *formats, const char *dir, const char *name, char *text,
                     struct nj_err *err)
{
    struct log_format *format;
    char path[4096];
    size_t length;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return nj_fail(err, NJ_CONFIG, "%s: the path is too long", dir);
    if (formats->count == FORMATS_MAX)
        return nj_fail(err, NJ_LIMIT, "%s: more than %u formats", dir, FORMATS_MAX);
    if (read_file(path, text, &length, err) < 0 ||
        format_parse(path, text, length, &format, err) < 0)
        return -1;
    if (log_formats_find(formats, format->name) != NULL) {
        nj_fail(err, NJ_CONFIG, "%s: there is another format named %s", path, format->name);
        format_free(format);
        return -1;
    }
    formats->formats[formats->count++] = format;
    return 0;
}

static int is_sql(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return entry->d_name[0] != '.' && length > 4 &&
           strcmp(entry->d_name + length - 4, ".sql") == 0;
}

int log_formats_load(const char *dir, struct log_formats **ret_formats, struct nj_err *err)
{
    struct log_formats *formats = calloc(1, sizeof(*formats));
    char *text = malloc(FORMAT_FILE_MAX);
    struct dirent **entries = NULL;
    int count = 0, rc = -1;

    if (formats == NULL || text == NULL) {
        nj_fail(err, NJ_NOMEM, "log formats");
        goto out;
    }
    count = scandir(dir, &entries, is_sql, alphasort);
    if (count < 0) {
        nj_fail(err, NJ_IO, "log formats %s", dir);
        goto out;
    }
    for (int i = 0; i < count; i++) {
        if (load_file(formats, dir, entries[i]->d_name, text, err) < 0)
            goto out;
    }
    *ret_formats = formats;
    formats = NULL;
    rc = 0;
out:
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    free(text);
    log_formats_free(formats);
    return rc;
}

void log_formats_free(struct log_formats *formats)
{
    if (formats == NULL)
        return;
    for (size_t i = 0; i < formats->count; i++)
        format_free(formats->formats[i]);
    free(formats);
}

const struct log_format *log_formats_at(const struct log_formats *formats, size_t i)
{
    return i < formats->count ? formats->formats[i] : NULL;
}

const struct log_format *log_formats_find(const struct log_formats *formats, const char *name)
{
    for (size_t i = 0; i < formats->count; i++) {
        if (strcmp(formats->formats[i]->name, name) == 0)
            return formats->formats[i];
    }
    return NULL;
}

const char *log_format_name(const struct log_format *format)
{
    return format->name;
}

const char *log_format_about(const struct log_format *format)
{
    return format->about;
}

/* ---- detection -----------------------------------------------------------------------------
 */

static bool some_line_matches(const regex_t *pattern, const uint8_t *bytes, size_t length)
{
    char line[DETECT_LINE_MAX];

    for (size_t from = 0, end; from < length; from = end + 1) {
        const uint8_t *cut = memchr(bytes + from, '\n', length - from);
        size_t size;

        end = cut == NULL ? length : (size_t)(cut - bytes);
        size = end - from < sizeof(line) ? end - from : sizeof(line) - 1;
        memcpy(line, bytes + from, size);
        line[size] = '\0';
        if (regexec(pattern, line, 0, NULL, 0) == 0)
            return true;
    }
    return false;
}

unsigned format_match(const struct log_format *format, const uint8_t *bytes, size_t length,
                      enum rows_kind *ret_kind)
{
    unsigned pattern = format->has_detect ? DETECT_MATCH : 0;

    if (format->has_detect && !some_line_matches(&format->detect, bytes, length))
        return 0;
    for (size_t k = 0; k < format->kind_count; k++) {
        struct rows_spec spec = format_spec(format, format->kinds[k]);
        size_t found = rows_detect(&spec, bytes, length);

        *ret_kind = spec.kind;
        if (found > 0 || (spec.kind == ROWS_LINES && pattern > 0))
            return pattern + (unsigned)found;
    }
    return 0;
}

enum rows_kind format_guess(const struct log_format *format, const uint8_t *bytes,
                            size_t length)
{
    size_t at = 0;

    while (at < length && strchr(" \t\r\n", bytes[at]) != NULL && bytes[at] != '\0')
        at++;
    for (size_t k = 0; k < format->kind_count && at < length; k++) {
        if ((format->kinds[k] == ROWS_JSON) == (bytes[at] == '{'))
            return format->kinds[k];
    }
    return format->kinds[0];
}

int log_detect(const struct log_formats *formats, struct nj_stream *stream,
               const struct log_format **ret_format, struct nj_err *err)
{
    const struct log_format *best = NULL;
    const uint8_t *bytes;
    unsigned most = 0;
    size_t length;

    /* damage within the first bytes is for the reader to report: what is there may do */
    if (nj_stream_peek(stream, LOG_PEEK, &bytes, &length, err) < 0 && length == 0)
        return -1;
    if (length > LOG_PEEK)
        length = LOG_PEEK;
    for (size_t i = 0; i < formats->count; i++) {
        enum rows_kind kind;
        unsigned match = format_match(formats->formats[i], bytes, length, &kind);

        if (match > most) {
            most = match;
            best = formats->formats[i];
        }
    }
    if (best == NULL)
        return LOG_UNKNOWN;
    *ret_format = best;
    return 0;
}
