/* SPDX-License-Identifier: Apache-2.0 */
/* A format file: `-- key: value` lines ahead, then the SELECT. Other `--` lines
 * are comments. */
#include "log/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* @return the character that a word of the header stands for; NUL if none */
static char delimiter_of(const char *word)
{
    if (strcmp(word, "tab") == 0)
        return '\t';
    if (strcmp(word, "blank") == 0)
        return ' ';
    return word[0] != '\0' && word[1] == '\0' ? word[0] : '\0';
}

static int set_delimiter(struct log_format *format, char *value, const struct place *place,
                         struct nj_err *err)
{
    char *rest = NULL;
    const char *word = strtok_r(value, " ", &rest);
    size_t used = 0;

    do {
        char c = delimiter_of(word == NULL ? "" : word);

        if (c == '\0' || used == sizeof(format->delimiters) - 1)
            return nj_fail(err, NJ_CONFIG,
                           "%s:%u: delimiter: \"%s\": expected single characters, tab or blank",
                           place->path, place->line, word == NULL ? "" : word);
        format->delimiters[used++] = c;
        word = strtok_r(NULL, " ", &rest);
    } while (word != NULL);
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

/* The key of a line "-- key: value", cut in place. @return its value, NULL if it
 * is a comment */
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

const char *log_format_name(const struct log_format *format)
{
    return format->name;
}

const char *log_format_about(const struct log_format *format)
{
    return format->about;
}
