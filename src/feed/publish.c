/* SPDX-License-Identifier: Apache-2.0 */
/* A list on the disk: a file, or a folder of files, that is there whole or not at all. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/whole.h"
#include "feed/feed.h"

/* @param ret_file  whether it is one, and not a device or a pipe; may be NULL */
static int put_file(const char *path, const char *bytes, size_t length, bool *ret_file,
                    struct nj_err *err)
{
    struct nj_whole whole;
    int rc = 0;

    if (nj_whole_begin(&whole, path, 0644, err) < 0)
        return -1;
    if (ret_file != NULL)
        *ret_file = whole.is_file;
    if (fwrite(bytes, 1, length, whole.out) != length)
        rc = nj_fail(err, NJ_IO, "write %s", path);
    return nj_whole_end(&whole, rc, err);
}

static void remove_folder(const char *dir)
{
    DIR *folder = opendir(dir);
    const struct dirent *entry;
    char path[PATH_MAX];

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.' &&
            snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) < (int)sizeof(path))
            (void)unlink(path);
    }
    if (folder != NULL)
        (void)closedir(folder);
    (void)rmdir(dir);
}

static int move_file(int from, int to, const char *name, struct nj_err *err)
{
    return renameat(from, name, to, name) < 0 ? nj_fail(err, NJ_IO, "put %s into place", name)
                                              : 0;
}

/* The files of a new folder move into the old one, the one that names the others last: a reader
 * who comes in between finds all that the manifest names. */
static int move_files(const char *from, const char *to, const char *last, struct nj_err *err)
{
    DIR *old = opendir(from), *new = opendir(to);
    const struct dirent *entry;
    int rc = 0;

    if (old == NULL || new == NULL)
        rc = nj_fail(err, NJ_IO, "open the folder %s", old == NULL ? from : to);
    while (rc == 0 && (entry = readdir(old)) != NULL) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, last) != 0)
            rc = move_file(dirfd(old), dirfd(new), entry->d_name, err);
    }
    if (rc == 0)
        rc = move_file(dirfd(old), dirfd(new), last, err);
    if (rc == 0 && fsync(dirfd(new)) < 0)
        rc = nj_fail(err, NJ_IO, "sync the folder %s", to);
    if (old != NULL)
        (void)closedir(old);
    if (new != NULL)
        (void)closedir(new);
    return rc;
}

static int put_folder(const struct feed *feed, const struct feed_list *list,
                      const struct feed_about *about, const char *path, struct nj_err *err)
{
    char temporary[PATH_MAX];
    int rc;

    if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
        return nj_fail(err, NJ_CONFIG, "the path is too long: %.100s", path);
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return nj_fail(err, NJ_IO, "make the folder %s", path);
    if (mkdtemp(temporary) == NULL)
        return nj_fail(err, NJ_IO, "make a folder beside %s", path);
    rc = feed->write_folder(list, about, temporary, err);
    if (rc == 0)
        rc = move_files(temporary, path, "manifest.json", err);
    remove_folder(temporary);
    return rc;
}

int feed_publish(const struct feed *feed, const struct feed_list *list,
                 const struct feed_about *about, const char *path, struct nj_err *err)
{
    char beside[PATH_MAX];
    char *bytes = NULL;
    size_t length;
    bool is_file;
    int rc;

    if (feed->folder)
        return put_folder(feed, list, about, path, err);
    if (feed_bytes(feed, list, about, &bytes, &length, err) < 0)
        return -1;
    rc = put_file(path, bytes, length, &is_file, err);
    free(bytes);
    if (rc < 0 || !feed->bare || !is_file)
        return rc;
    if (snprintf(beside, sizeof(beside), "%s.about.json", path) >= (int)sizeof(beside))
        return nj_fail(err, NJ_CONFIG, "the path is too long: %.100s", path);
    if (feed_about_bytes(feed, list, about, &bytes, &length, err) < 0)
        return -1;
    rc = put_file(beside, bytes, length, NULL, err);
    free(bytes);
    return rc;
}
