/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/catch_up.h"

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/rotated.h"

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

static bool is_over(const struct catch_up *what, const struct rotated *file)
{
    return what->over_inode != 0 && what->over_inode == file->inode &&
           what->over_device == file->device;
}

/* How many of the files, the newest first, the store has not, or may lack the end of: up to and
 * with the first that it knows. 0: it knows none of them. */
static int count_missed(const struct catch_up *what, const struct rotated *files, size_t count,
                        size_t *ret_missed, struct nj_err *err)
{
    *ret_missed = 0;
    for (size_t i = 0; i < count; i++) {
        struct ingest_result result;
        struct growing *log;
        bool known;
        int rc;

        if (is_over(what, &files[i])) {
            *ret_missed = i;
            return 0;
        }
        rc = pipeline_open(what->pipeline, files[i].path, what->format, true, 0, &log, &result,
                           err);
        if (rc < 0)
            return -1;
        if (rc == PIPELINE_REFUSED)
            continue;
        known = growing_is_known(log);
        pipeline_close(what->pipeline, log, NULL);
        if (known) {
            *ret_missed = i + 1;
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

static int read_one(const struct catch_up *what, const char *path, int64_t *last_us,
                    struct nj_err *err)
{
    struct ingest_result result;
    struct growing *log;
    int rc =
        pipeline_open(what->pipeline, path, what->format, true, *last_us, &log, &result, err);

    if (rc < 0)
        return -1;
    if (rc == PIPELINE_REFUSED) {
        cli_say("warning: %s: %s; it is left out", path, result.note);
        return 0;
    }
    if (growing_is_copy(log)) { /* of what has grown since: its rows are known */
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

int catch_up(const struct catch_up *what, int64_t *last_us, struct nj_err *err)
{
    struct rotated *files = NULL;
    size_t count, missed;
    int rc;

    if (rotated_find(what->path, &files, &count, err) < 0)
        return -1;
    rc = count_missed(what, files, count, &missed, err);
    while (rc == 0 && missed > 0 && !*what->stopped)
        rc = read_one(what, files[--missed].path, last_us, err);
    rotated_free(files, count);
    return rc;
}
