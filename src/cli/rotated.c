/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rotated.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const packings[] = {".gz", ".bz2", ".xz", ".zst", ".lz4"};

static bool ends_with(const char *name, size_t length, const char *end)
{
    size_t size = strlen(end);

    return length >= size && memcmp(name + length - size, end, size) == 0;
}

/* The length of a name without the ending of its packing. */
static size_t unpacked_length(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++)
        if (ends_with(name, length, packings[i]))
            return length - strlen(packings[i]);
    return length;
}

/* ".1", "-20260102", ".2026-01-02T03:04:05": a mark, a digit, and what dates are
 * written with. */
static bool is_number(const char *text, size_t length)
{
    if (length < 2 || (text[0] != '.' && text[0] != '-') || text[1] < '0' || text[1] > '9')
        return false;
    for (size_t i = 1; i < length; i++)
        if (strchr("0123456789-_.:TZ", text[i]) == NULL)
            return false;
    return true;
}

/* Whether `name` is what the log `base` becomes: with the number at its end, or before its
 * extension. */
static bool is_rotated(const char *base, const char *name)
{
    size_t length = unpacked_length(name), size = strlen(base);
    const char *extension = strrchr(base, '.');
    size_t stem;

    if (length > size && memcmp(name, base, size) == 0 && is_number(name + size, length - size))
        return true;
    if (extension == NULL || extension == base)
        return false;
    stem = (size_t)(extension - base);
    return length > size && memcmp(name, base, stem) == 0 &&
           ends_with(name, length, extension) && is_number(name + stem, length - size);
}

static int by_time(const void *a, const void *b)
{
    const struct rotated *left = a, *right = b;

    if (left->written.tv_sec != right->written.tv_sec)
        return left->written.tv_sec > right->written.tv_sec ? -1 : 1;
    if (left->written.tv_nsec != right->written.tv_nsec)
        return left->written.tv_nsec > right->written.tv_nsec ? -1 : 1;
    return strcmp(left->path, right->path);
}

/* Adds it to the list if it is a plain file. @return 0; -1 NJ_NOMEM */
static int take(const char *folder, const char *name, struct rotated **list, size_t *count,
                struct nj_err *err)
{
    struct rotated *more, one = {.path = NULL};
    struct stat info;

    if (asprintf(&one.path, "%s%s", folder, name) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for %s", name);
    if (stat(one.path, &info) < 0 || !S_ISREG(info.st_mode)) {
        free(one.path);
        return 0;
    }
    one.device = info.st_dev;
    one.inode = info.st_ino;
    one.written = info.st_mtim;
    more = reallocarray(*list, *count + 1, sizeof(*more));
    if (more == NULL) {
        free(one.path);
        return nj_fail(err, NJ_NOMEM, "no memory for %zu files", *count + 1);
    }
    *list = more;
    more[(*count)++] = one;
    return 0;
}

/* What is being packed, or was not removed behind it. */
static bool has_plain(const struct rotated *list, size_t count, const struct rotated *packed)
{
    size_t length = unpacked_length(packed->path);

    for (size_t i = 0; i < count && packed->path[length] != '\0'; i++)
        if (strlen(list[i].path) == length && memcmp(list[i].path, packed->path, length) == 0)
            return true;
    return false;
}

/* @return how many are left, in their order */
static size_t leave_out(struct rotated *list, size_t count)
{
    bool twice[ROTATED_MAX] = {false};
    size_t newest = count < ROTATED_MAX ? count : ROTATED_MAX, kept = 0;

    qsort(list, count, sizeof(*list), by_time);
    for (size_t i = 0; i < newest; i++)
        twice[i] = has_plain(list, newest, &list[i]);
    for (size_t i = 0; i < count; i++) {
        if (i >= newest || twice[i])
            free(list[i].path);
        else
            list[kept++] = list[i];
    }
    return kept;
}

int rotated_find(const char *path, struct rotated **ret, size_t *ret_count, struct nj_err *err)
{
    const char *slash = strrchr(path, '/'), *base = slash == NULL ? path : slash + 1;
    char *folder = strndup(path, (size_t)(base - path));
    struct rotated *list = NULL;
    struct dirent *entry;
    size_t count = 0;
    DIR *dir;
    int rc = 0;

    if (folder == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %s", path);
    dir = opendir(folder[0] == '\0' ? "." : folder);
    while (dir != NULL && rc == 0 && (entry = readdir(dir)) != NULL)
        if (is_rotated(base, entry->d_name))
            rc = take(folder, entry->d_name, &list, &count, err);
    if (dir != NULL)
        (void)closedir(dir);
    free(folder);
    if (rc < 0) {
        rotated_free(list, count);
        return -1;
    }
    *ret_count = count == 0 ? 0 : leave_out(list, count);
    *ret = list;
    return 0;
}

void rotated_free(struct rotated *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(files[i].path);
    free(files);
}
