/* SPDX-License-Identifier: Apache-2.0 */
/* Each file is looked at once a second and read when a commit is due, so that what was read of
 * one file is committed before the next one is read (pipeline.h).
 *
 *     path --> A (renamed to path.1, still written for a moment)      read to its end
 *          \-> B (new)                                                opened when A is quiet
 *
 * A file that was cut in its place is told by its size, or by its first bytes when it has grown
 * beyond its old size meanwhile. */
#include "cli/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/catch_up.h"
#include "cli/cli.h"

#define QUIET_S 3           /* a renamed file that has not grown for so long is done */
#define HEAD_BYTES 256      /* compared to tell a file that was written anew */
#define LINE_MAX_SEEN 65536 /* a first line that is longer is no reason to wait */

struct followed {
    const char *path;
    struct growing *log; /* NULL: not open */
    dev_t device;
    ino_t inode;
    dev_t over_device; /* of the last one that was read to its end under another name; or 0 */
    ino_t over_inode;
    char head[HEAD_BYTES];
    size_t head_length;
    char format[32];              /* of the last file at this path; "": there was none */
    int64_t last_us;              /* the last time in what stood at this path so far; 0: none */
    int64_t quiet_since;          /* of a renamed file: when it was last seen to grow */
    bool said;                    /* why it can't be read was said */
    struct ingest_result earlier; /* what it gave before the store was let go of */
};

struct follow {
    const struct follow_options *options;
    struct followed *files;
    struct pipeline *pipeline; /* NULL: another process has the store */
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static void send(const struct follow *follow, const struct ingest_result *result)
{
    if (follow->options->done != NULL)
        follow->options->done(follow->options->ctx, result);
}

static size_t read_head(const char *path, char *head, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t got;

    if (fd < 0)
        return 0;
    got = pread(fd, head, size, 0);
    (void)close(fd);
    return got < 0 ? 0 : (size_t)got;
}

/* A header or a first row that is not yet whole can't be recognised. */
static bool has_line(const char *path)
{
    static char bytes[LINE_MAX_SEEN];
    size_t length = read_head(path, bytes, sizeof(bytes));

    return length == sizeof(bytes) || memchr(bytes, '\n', length) != NULL;
}

/* Read what stands there, and commit it. */
static int take(struct follow *follow, struct followed *file, bool final, struct nj_err *err)
{
    int rc = catch_up_read(follow->pipeline, file->log, final, follow->options->every_s,
                           &stopped, err);

    if (growing_last_us(file->log) > file->last_us)
        file->last_us = growing_last_us(file->log);
    return rc;
}

/* A file that the store knows nothing of: what stood at its path before it comes first. */
static int take_past(struct follow *follow, struct followed *file, struct nj_err *err)
{
    const struct catch_up what = {
        .pipeline = follow->pipeline,
        .path = file->path,
        .format = file->format,
        .device = file->device,
        .inode = file->inode,
        .over_device = file->over_device,
        .over_inode = file->over_inode,
        .every_s = follow->options->every_s,
        .quiet = follow->options->quiet,
        .done = follow->options->done,
        .done_ctx = follow->options->ctx,
        .stopped = &stopped,
    };
    int64_t before_us = file->last_us;

    if (catch_up(&what, &file->last_us, err) < 0)
        return -1;
    if (!stopped && file->last_us == before_us)
        return 0;
    /* it would hide what is still missing; or is opened again, to go on behind those */
    pipeline_close(follow->pipeline, file->log, NULL);
    file->log = NULL;
    return 0;
}

static bool is_open(const struct follow *follow, const struct stat *info)
{
    for (size_t i = 0; i < follow->options->path_count; i++) {
        const struct followed *file = &follow->files[i];

        if (file->log != NULL && file->inode == info->st_ino && file->device == info->st_dev)
            return true;
    }
    return false;
}

/* @return 0 whether or not it is open now; FOLLOW_REFUSED; -1 */
static int open_file(struct follow *follow, struct followed *file, struct nj_err *err)
{
    struct pipeline *pipeline = follow->pipeline;
    struct ingest_result result;
    struct stat before, after;
    int rc;

    if (stat(file->path, &before) < 0 || !S_ISREG(before.st_mode) || !has_line(file->path)) {
        if (!file->said && !follow->options->quiet)
            cli_say("%s: waiting for its first line", file->path);
        file->said = true;
        return 0;
    }
    if (is_open(follow, &before)) /* a name that it had before, or a second link */
        return 0;
    rc = pipeline_open(pipeline, file->path, file->format[0] == '\0' ? NULL : file->format,
                       false, file->last_us, &file->log, &result, err);
    if (rc < 0)
        return -1;
    if (rc == PIPELINE_REFUSED) {
        if (file->format[0] == '\0') {
            send(follow, &result);
            return FOLLOW_REFUSED;
        }
        if (!file->said)
            cli_say("%s: %s; looking again as it grows", file->path, result.note);
        file->said = true;
        return 0;
    }
    if (stat(file->path, &after) < 0 || after.st_ino != before.st_ino ||
        after.st_dev != before.st_dev) { /* renamed meanwhile: which one is open? */
        pipeline_close(pipeline, file->log, NULL);
        file->log = NULL;
        return 0;
    }
    file->device = before.st_dev;
    file->inode = before.st_ino;
    file->head_length = read_head(file->path, file->head, HEAD_BYTES);
    (void)snprintf(file->format, sizeof(file->format), "%s", growing_format(file->log));
    file->quiet_since = 0;
    file->said = false;
    return growing_is_known(file->log) ? 0 : take_past(follow, file, err);
}

static void add_earlier(struct ingest_result *result, const struct ingest_result *earlier)
{
    struct store_counts *sum = &result->counts;
    const struct store_counts *more = &earlier->counts;

    sum->packets += more->packets;
    sum->sessions += more->sessions;
    sum->visits += more->visits;
    sum->truncated += more->truncated;
    sum->malformed += more->malformed;
    sum->unsupported += more->unsupported;
    sum->refused += more->refused;
    result->own += earlier->own;
    result->already_known &= more->packets == 0;
    if (earlier->first_us != 0)
        result->first_us = earlier->first_us;
    if (result->last_us == 0)
        result->last_us = earlier->last_us;
}

/* @return what the whole run has had of it */
static struct ingest_result end_file(struct follow *follow, struct followed *file)
{
    struct ingest_result result;

    pipeline_close(follow->pipeline, file->log, &result);
    file->log = NULL;
    add_earlier(&result, &file->earlier);
    return result;
}

static void close_file(struct follow *follow, struct followed *file)
{
    struct ingest_result result = end_file(follow, file);

    file->earlier = (struct ingest_result){0};
    send(follow, &result);
}

enum change { SAME, RENAMED, CUT };

static enum change look(const struct followed *file, bool *ret_missing)
{
    char head[HEAD_BYTES];
    struct stat info;

    *ret_missing = stat(file->path, &info) < 0;
    if (*ret_missing || info.st_ino != file->inode || info.st_dev != file->device)
        return RENAMED;
    if ((uint64_t)info.st_size < growing_offset(file->log) ||
        read_head(file->path, head, file->head_length) < file->head_length ||
        memcmp(head, file->head, file->head_length) != 0)
        return CUT;
    return SAME;
}

/* The open file has another name now. Who wrote it may still do so for a moment. */
static int take_renamed(struct follow *follow, struct followed *file, bool missing,
                        struct nj_err *err)
{
    uint64_t before = growing_offset(file->log);
    int64_t now = nj_monotonic_ns() / NS_PER_S;

    if (take(follow, file, false, err) < 0)
        return -1;
    if (file->quiet_since == 0 || growing_offset(file->log) > before)
        file->quiet_since = now;
    if (missing || now - file->quiet_since < QUIET_S)
        return 0;
    if (take(follow, file, true, err) < 0)
        return -1;
    file->over_device = file->device;
    file->over_inode = file->inode;
    close_file(follow, file);
    return 0;
}

/* Once a second. @return as open_file */
static int visit_file(struct follow *follow, struct followed *file, bool due,
                      struct nj_err *err)
{
    bool missing;

    if (file->log != NULL) {
        switch (look(file, &missing)) {
        case SAME:
            return due ? take(follow, file, false, err) : 0;
        case RENAMED:
            if (take_renamed(follow, file, missing, err) < 0)
                return -1;
            break;
        case CUT: /* what was not read is gone */
            close_file(follow, file);
            break;
        }
    }
    return file->log == NULL ? open_file(follow, file, err) : 0;
}

static void sleep_second(void)
{
    const struct timespec second = {.tv_sec = 1};

    (void)nanosleep(&second, NULL); /* a signal ends it */
}

/* Whether every file is open under its own name: a renamed one could not be found again. */
static bool can_leave(const struct follow *follow)
{
    for (size_t i = 0; i < follow->options->path_count; i++)
        if (follow->files[i].quiet_since != 0)
            return false;
    return true;
}

/* Everything is committed. Who waits to write has the store until the next commit is due.
 * @return 0, in any case with the store; FOLLOW_REFUSED; -1 */
static int give_way(struct follow *follow, struct nj_err *err)
{
    const struct follow_options *options = follow->options;
    int64_t end = nj_monotonic_ns() / NS_PER_S + options->every_s;

    if (!can_leave(follow) || !options->wanted(options->ctx))
        return 0;
    for (size_t i = 0; i < options->path_count; i++)
        if (follow->files[i].log != NULL)
            follow->files[i].earlier = end_file(follow, &follow->files[i]);
    follow->pipeline = NULL;
    if (options->leave(options->ctx, err) < 0)
        return -1;
    while (!stopped && nj_monotonic_ns() / NS_PER_S < end)
        sleep_second();
    if (options->come_back(options->ctx, &follow->pipeline, err) < 0)
        return -1;
    for (size_t i = 0; i < options->path_count; i++) {
        int rc = open_file(follow, &follow->files[i], err);

        if (rc != 0)
            return rc;
    }
    return 0;
}

static int until_signal(struct follow *follow, struct nj_err *err)
{
    size_t count = follow->options->path_count;
    int64_t next = nj_monotonic_ns() / NS_PER_S;

    for (size_t i = 0; i < count; i++) {
        int rc = open_file(follow, &follow->files[i], err);

        if (rc != 0)
            return rc;
    }
    while (!stopped) {
        bool due = nj_monotonic_ns() / NS_PER_S >= next;

        if (due)
            next = nj_monotonic_ns() / NS_PER_S + follow->options->every_s;
        for (size_t i = 0; i < count && !stopped; i++) {
            int rc = visit_file(follow, &follow->files[i], due, err);

            if (rc < 0)
                return -1;
        }
        if (due && !stopped) {
            int rc;

            if (follow->options->committed != NULL)
                follow->options->committed(follow->options->ctx);
            rc = give_way(follow, err);

            if (rc != 0)
                return rc;
            if (nj_monotonic_ns() / NS_PER_S >= next) /* the store was away */
                continue;
        }
        if (!stopped)
            sleep_second();
    }
    for (size_t i = 0; i < count; i++) {
        struct followed *file = &follow->files[i];
        bool missing;

        /* of one that was cut since it was last looked at, what stands here is another file's:
         * the next run has it from its beginning, behind the rest of this one's copy */
        if (file->log != NULL && look(file, &missing) != CUT &&
            take(follow, file, false, err) < 0)
            return -1;
    }
    return 0;
}

int follow_files(const struct follow_options *options, struct nj_err *err)
{
    struct follow follow = {.options = options,
                            .pipeline = options->pipeline,
                            .files = calloc(options->path_count, sizeof(*follow.files))};
    struct sigaction action = {.sa_handler = on_signal};
    int rc;

    if (follow.files == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %zu files", options->path_count);
    for (size_t i = 0; i < options->path_count; i++)
        follow.files[i].path = options->paths[i];
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    rc = until_signal(&follow, err);
    for (size_t i = 0; i < options->path_count && follow.pipeline != NULL; i++) {
        if (follow.files[i].log != NULL && rc == 0)
            close_file(&follow, &follow.files[i]);
        else
            pipeline_close(follow.pipeline, follow.files[i].log, NULL);
    }
    free(follow.files);
    return rc;
}
