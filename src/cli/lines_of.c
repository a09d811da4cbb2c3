/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lines_of.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

struct reader {
    char buffer[LINES_OF_MAX];
    size_t have;
    bool in_long_line;
    line_fn fn;
    void *ctx;
};

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
        int64_t left_ms = until_ms - nj_monotonic_ms();
        ssize_t got;

        if (left_ms <= 0 || poll(&wait, 1, (int)(left_ms < 60000 ? left_ms : 60000)) == 0) {
            if (nj_monotonic_ms() >= until_ms)
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

/* Wait for a program that has closed its output: some still have work to do then, some never
 * end.
 * @return false: the time is over */
static bool ended(pid_t pid, int64_t until_ms, int *ret_status)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    pid_t got;

    while ((got = waitpid(pid, ret_status, WNOHANG)) != pid) {
        if (got < 0 && errno != EINTR)
            return false;
        if (nj_monotonic_ms() >= until_ms)
            return false;
        (void)nanosleep(&moment, NULL);
    }
    return true;
}

int lines_of(char *const argv[], unsigned limit_s, line_fn fn, void *ctx, struct nj_err *err)
{
    int64_t until_ms = nj_monotonic_ms() + (int64_t)limit_s * 1000;
    struct reader *r = calloc(1, sizeof(*r));
    struct nj_child child;
    int status = 0, rc;

    if (r == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory to run %s", argv[0]);
    r->fn = fn;
    r->ctx = ctx;
    if (nj_child_start(argv, -1, false, &child, err) < 0) {
        free(r);
        return -1;
    }
    rc = read_all(r, child.out, until_ms, err);
    (void)close(child.out);
    free(r);
    if (rc != 0 || !ended(child.pid, until_ms, &status)) {
        rc = rc == 0 ? 1 : rc;
        (void)kill(-child.pid, SIGKILL);
        while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    errno = 0;
    if (rc > 0)
        return nj_fail(err, NJ_LIMIT, "%s took longer than %u s and was ended", argv[0],
                       limit_s);
    if (rc < 0)
        return -1;
    return nj_child_ended(argv[0], status, NULL, err);
}
