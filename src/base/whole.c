/* SPDX-License-Identifier: Apache-2.0 */
#include "base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static mode_t usual_mode(void)
{
    mode_t mask = umask(0);

    (void)umask(mask);
    return 0666 & ~mask;
}

/* @return a descriptor; -1 */
static int open_as_it_stands(const char *path, struct nj_err *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd < 0 ? nj_fail(err, NJ_IO, "open %s", path) : fd;
}

static int open_beside(struct nj_whole *whole, mode_t mode, struct nj_err *err)
{
    int fd;

    if (snprintf(whole->beside, PATH_MAX, "%s.XXXXXX", whole->place) >= PATH_MAX)
        return nj_fail(err, NJ_CONFIG, "the path is too long: %.100s", whole->place);
    fd = mkostemp(whole->beside, O_CLOEXEC);
    if (fd < 0)
        return nj_fail(err, NJ_IO, "create %s", whole->place);
    if (fchmod(fd, mode != 0 ? mode : usual_mode()) < 0) {
        (void)nj_fail(err, NJ_IO, "set the mode of %s", whole->beside);
        (void)close(fd);
        (void)unlink(whole->beside);
        return -1;
    }
    return fd;
}

int nj_whole_begin(struct nj_whole *whole, const char *path, mode_t mode, struct nj_err *err)
{
    struct stat stands;
    bool there = stat(path, &stands) == 0;
    int fd;

    if (!there && errno != ENOENT) /* a link of somebody else in /tmp, say */
        return nj_fail(err, NJ_IO, "look at %s", path);
    whole->is_file = !there || S_ISREG(stands.st_mode);
    if (realpath(path, whole->place) == NULL) {
        if (whole->is_file && lstat(path, &stands) == 0)
            return nj_fail(err, NJ_CONFIG, "%.200s is a link to no file that has a name", path);
        if (snprintf(whole->place, PATH_MAX, "%s", path) >= PATH_MAX)
            return nj_fail(err, NJ_CONFIG, "the path is too long: %.100s", path);
    }
    fd = whole->is_file ? open_beside(whole, mode, err) : open_as_it_stands(path, err);
    if (fd < 0)
        return -1;
    whole->out = fdopen(fd, "wb");
    if (whole->out != NULL)
        return 0;
    (void)nj_fail(err, NJ_IO, "write %s", path);
    (void)close(fd);
    if (whole->is_file)
        (void)unlink(whole->beside);
    return -1;
}

/* The name of a file lasts when its folder has been written. */
static int sync_folder_of(const char *place, struct nj_err *err)
{
    char folder[PATH_MAX];
    char *slash;
    int fd, rc = 0;

    (void)snprintf(folder, sizeof(folder), "%s", place);
    slash = strrchr(folder, '/');
    if (slash == NULL)
        (void)snprintf(folder, sizeof(folder), ".");
    else
        slash[slash == folder] = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;                         /* we may write there and not look */
    if (fsync(fd) < 0 && errno != EINVAL) /* there are file systems that can't */
        rc = nj_fail(err, NJ_IO, "sync the folder %s", folder);
    (void)close(fd);
    return rc;
}

int nj_whole_end(struct nj_whole *whole, int rc, struct nj_err *err)
{
    if (rc >= 0 && (ferror(whole->out) || fflush(whole->out) != 0 ||
                    (whole->is_file && fsync(fileno(whole->out)) < 0)))
        rc = nj_fail(err, NJ_IO, "write %s", whole->place);
    if (fclose(whole->out) != 0 && rc >= 0)
        rc = nj_fail(err, NJ_IO, "write %s", whole->place);
    if (!whole->is_file)
        return rc;
    if (rc >= 0 && rename(whole->beside, whole->place) < 0)
        rc = nj_fail(err, NJ_IO, "put %s into place", whole->place);
    if (rc >= 0)
        return sync_folder_of(whole->place, err) < 0 ? -1 : rc;
    (void)unlink(whole->beside);
    return -1;
}
