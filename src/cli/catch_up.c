/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/catch_up.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/rotated.h"

#define MOVED 1 /* what was found has other names now */

int catch_up_read(struct pipeline *pipeline, struct growing *log, bool final, unsigned every_s,
                  const volatile sig_atomic_t *stopped, struct nj_err *err)
{
    int64_t begun = nj_monotonic_ns() / NS_PER_S;
    int rc;

    while ((rc = pipeline_take(pipeline, log, final, err)) == PIPELINE_MORE) {
        if (*stopped)
            break;
        if (nj_monotonic_ns() / NS_PER_S - begun < every_s)
            continue;
        if (pipeline_commit(pipeline, log, err) < 0)
            return -1;
        begun = nj_monotonic_ns() / NS_PER_S;
    }
    return rc < 0 ? -1 : pipeline_commit(pipeline, log, err);
}

/* Whether a rotation has come to the name since it was found. */
static bool is_another(const struct rotated *file)
{
    struct stat info;

    return stat(file->path, &info) < 0 || info.st_ino != file->inode ||
           info.st_dev != file->device;
}

static bool is_over(const struct catch_up *what, const struct rotated *file)
{
    return what->over_inode != 0 && what->over_inode == file->inode &&
           what->over_device == file->device;
}

/* Where the files, the newest first, end that the store has not, or may lack the end of: behind
 * the first that it knows; `from` if it knows none. @return 0; MOVED; -1 */
static int find_missed(const struct catch_up *what, const struct rotated *files, size_t from,
                       size_t count, size_t *ret_end, struct nj_err *err)
{
    *ret_end = from;
    for (size_t i = from; i < count; i++) {
        struct ingest_result result;
        struct growing *log;
        bool known;
        int rc;

        if (is_over(what, &files[i])) {
            *ret_end = i;
            return 0;
        }
        rc = pipeline_open(what->pipeline, files[i].path, what->format, true, 0, &log, &result,
                           err);
        if (rc < 0)
            return -1;
        known = rc != PIPELINE_REFUSED && growing_is_known(log);
        if (rc != PIPELINE_REFUSED)
            pipeline_close(what->pipeline, log, NULL);
        if (is_another(&files[i]))
            return MOVED;
        if (known) {
            *ret_end = i + 1;
            return 0;
        }
    }
    return 0;
}

static void note_last(const struct growing *log, int64_t *last_us)
{
    if (growing_last_us(log) > *last_us)
        *last_us = growing_last_us(log);
}

/* @return 0; MOVED, and nothing was read; -1 */
static int read_one(const struct catch_up *what, const struct rotated *file, int64_t *last_us,
                    struct nj_err *err)
{
    const char *path = file->path;
    struct ingest_result result;
    struct growing *log;
    int rc =
        pipeline_open(what->pipeline, path, what->format, true, *last_us, &log, &result, err);

    if (rc < 0)
        return -1;
    if (is_another(file)) {
        if (rc != PIPELINE_REFUSED)
            pipeline_close(what->pipeline, log, NULL);
        return MOVED;
    }
    if (rc == PIPELINE_REFUSED) {
        cli_say("warning: %s: %s; it is left out", path, result.note);
        return 0;
    }
    /* of what has grown since: its rows are known; or of what will be cut: the
     * caller has them */
    if (growing_is_copy(log) || growing_begins(log, what->path)) {
        pipeline_close(what->pipeline, log, NULL);
        return 0;
    }
    rc = catch_up_read(what->pipeline, log, true, what->every_s, what->stopped, err);
    note_last(log, last_us);
    pipeline_close(what->pipeline, log, &result);
    if (rc < 0 || result.counts.packets == 0)
        return rc < 0 ? -1 : 0;
    if (!what->quiet)
        cli_say("%s: was %s, and had not been read to its end", path, what->path);
    if (what->done != NULL)
        what->done(what->done_ctx, &result);
    return 0;
}

/* One look at what is there, and its files, the oldest first. @return as read_one */
static int read_missed(const struct catch_up *what, int64_t *last_us, struct nj_err *err)
{
    struct rotated *files = NULL;
    size_t count, newer = 0, end;
    int rc;

    if (rotated_find(what->path, &files, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (files[i].inode == what->inode && files[i].device == what->device)
            newer = i + 1;
    rc = find_missed(what, files, newer, count, &end, err);
    while (rc == 0 && end > newer && !*what->stopped)
        rc = read_one(what, &files[--end], last_us, err);
    rotated_free(files, count);
    return rc;
}

int catch_up(const struct catch_up *what, int64_t *last_us, struct nj_err *err)
{
    int rc;

    do
        rc = read_missed(what, last_us, err);
    while (rc == MOVED && !*what->stopped);
    return rc < 0 ? -1 : 0;
}
