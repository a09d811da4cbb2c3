/* SPDX-License-Identifier: Apache-2.0 */
/* The formats of a folder, by the names of their files. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/format.h"

#define FORMATS_MAX 256u

struct log_formats {
    size_t count;
    struct log_format *formats[FORMATS_MAX];
};

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
