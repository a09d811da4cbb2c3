/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lines_of.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct reader {
    char buffer[LINES_OF_MAX];
    size_t have;
    bool in_long_line;
    line_fn fn;
    void *ctx;
};

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int start(char *const argv[], int fd, pid_t *ret_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t signals;
    int rc;

    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&files, fd, 1);
    (void)posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGPIPE); /* which we ignore, and it may not */
    (void)posix_spawnattr_setsigdefault(&attributes, &signals);
    (void)posix_spawnattr_setpgroup(&attributes, 0);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    rc = posix_spawnp(ret_pid, argv[0], &files, &attributes, argv, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    (void)posix_spawnattr_destroy(&attributes);
    return rc;
}

/* The whole lines of the buffer; of a line that does not fit its first part. */
static int hand_on(struct reader *r, bool end, struct nj_err *err)
{
    size_t from = 0;
    int rc = 0;

    while (rc == 0 && from < r->have) {
        const char *at = r->buffer + from, *stop = memchr(at, '\n', r->have - from);
        size_t length = stop == NULL ? r->have - from : (size_t)(stop - at);

        if (stop == NULL && !end && (from > 0 || r->have < sizeof(r->buffer)))
            break;
        if (!r->in_long_line)
            rc = r->fn(r->ctx, at, length, err);
        r->in_long_line = stop == NULL;
        from += length + (stop != NULL);
    }
    memmove(r->buffer, r->buffer + from, r->have - from);
    r->have -= from;
    return rc;
}

/* @return 0: its output has ended; 1: the time is over; -1 */
static int read_all(struct reader *r, int fd, int64_t until_ms, struct nj_err *err)
{
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left_ms = until_ms - now_ms();
        ssize_t got;

        if (left_ms <= 0 || poll(&wait, 1, (int)(left_ms < 60000 ? left_ms : 60000)) == 0) {
            if (now_ms() >= until_ms)
                return 1;
            continue;
        }
        got = read(fd, r->buffer + r->have, sizeof(r->buffer) - r->have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return nj_fail(err, NJ_IO, "read its output");
        r->have += (size_t)got;
        if (hand_on(r, got == 0, err) < 0)
            return -1;
        if (got == 0)
            return 0;
    }
}

int lines_of(char *const argv[], unsigned limit_s, line_fn fn, void *ctx, struct nj_err *err)
{
    int64_t until_ms = now_ms() + (int64_t)limit_s * 1000;
    struct reader *r = calloc(1, sizeof(*r));
    int ends[2], status = 0, rc;
    pid_t pid;

    if (r == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory to run %s", argv[0]);
    r->fn = fn;
    r->ctx = ctx;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        free(r);
        return nj_fail(err, NJ_IO, "run %s", argv[0]);
    }
    rc = start(argv, ends[1], &pid);
    (void)close(ends[1]);
    if (rc != 0) {
        (void)close(ends[0]);
        free(r);
        errno = rc;
        return nj_fail(err, NJ_IO, "run %s", argv[0]);
    }
    rc = read_all(r, ends[0], until_ms, err);
    (void)close(ends[0]);
    free(r);
    if (rc != 0)
        (void)kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    errno = 0;
    if (rc > 0)
        return nj_fail(err, NJ_LIMIT, "%s took longer than %u s and was ended", argv[0],
                       limit_s);
    if (rc < 0)
        return -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return nj_fail(err, NJ_STORE, "%s ended with %s %d", argv[0],
                   WIFEXITED(status) ? "status" : "signal",
                   WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}
