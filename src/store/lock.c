/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's lock, and how it changes hands.
 *
 *     STORE/lock      held (flock, exclusive) by the one writer; its text says who, "PID WHAT",
 *                     and in a second line whether it gives "turns"
 *     STORE/waiting   held (flock, shared) by everyone who waits for it
 *
 * A writer that can give way tries to hold `waiting` alone, for a moment: when it can't,
 * somebody waits. Both locks live as long as their descriptors, so a killed process holds and
 * waits for nothing. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "store/internal.h"

#include "base/clock.h"

#define POLL_NS 20000000  /* the lock is free for longer when it is given away */
#define SAY_NS 1000000000 /* a shorter wait is not worth a line */
#define NO_TURNS_S 10u    /* for one that keeps the lock to its end, soon or in hours */

static void poll_pause(void)
{
    const struct timespec time = {.tv_nsec = POLL_NS};

    (void)nanosleep(&time, NULL);
}

static int open_waiting(const char *dir, struct nj_err *err)
{
    char path[PATH_MAX];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/waiting", dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    return fd < 0 ? nj_fail(err, NJ_IO, "open %s", path) : fd;
}

/* "process 123 (nightjar serve)" */
static void holder(const struct store *store, char *text, size_t size)
{
    char line[64] = "", *what;
    ssize_t got = pread(store->lock_fd, line, sizeof(line) - 1, 0);

    line[got > 0 ? (size_t)got : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    what = strchr(line, ' ');
    if (what != NULL)
        *what++ = '\0';
    (void)snprintf(text, size, "process %s%s%s%s", line[0] == '\0' ? "(unknown)" : line,
                   what == NULL ? "" : " (nightjar ", what == NULL ? "" : what,
                   what == NULL ? "" : ")");
}

static bool gives_turns(const struct store *store)
{
    char text[128] = "";
    ssize_t got = pread(store->lock_fd, text, sizeof(text) - 1, 0);

    text[got > 0 ? (size_t)got : 0] = '\0';
    return strstr(text, "\nturns\n") != NULL;
}

static int fail_busy(const struct store *store, struct nj_err *err)
{
    char who[96];

    holder(store, who, sizeof(who));
    return nj_fail(err, NJ_BUSY, "store %s is being written by %s; try again when it is done",
                   store->dir, who);
}

static void say(const struct store *store, const struct store_options *options,
                unsigned limit_s)
{
    char who[96], line[PATH_MAX + 200];

    if (options->line == NULL)
        return;
    holder(store, who, sizeof(who));
    (void)snprintf(line, sizeof(line), "store %s is being written by %s: waiting, at most %u s",
                   store->dir, who, limit_s);
    options->line(options->line_ctx, line);
}

/* Until the lock is ours or the time is over. @return 0; -1 */
static int await(struct store *store, const struct store_options *options, struct nj_err *err)
{
    unsigned limit_s =
        options->wait_s > NO_TURNS_S && !gives_turns(store) ? NO_TURNS_S : options->wait_s;
    int64_t begun = nj_monotonic_ns();
    bool said = false;

    while (flock(store->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        int64_t waited = nj_monotonic_ns() - begun;

        if (waited >= (int64_t)limit_s * 1000000000)
            return fail_busy(store, err);
        if (!said && waited >= SAY_NS) {
            say(store, options, limit_s);
            said = true;
        }
        poll_pause();
    }
    return 0;
}

static int take(struct store *store, const struct store_options *options, struct nj_err *err)
{
    int waiting, rc;

    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (options->wait_s == 0)
        return fail_busy(store, err);
    waiting = open_waiting(store->dir, err);
    if (waiting < 0)
        return -1;
    rc = flock(waiting, LOCK_SH) < 0 ? nj_fail(err, NJ_IO, "wait for the store %s", store->dir)
                                     : await(store, options, err);
    (void)close(waiting);
    return rc;
}

int lock_take(struct store *store, const struct store_options *options, struct nj_err *err)
{
    char path[PATH_MAX], who[64];

    (void)snprintf(path, sizeof(path), "%s/lock", store->dir);
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (store->lock_fd < 0)
        return nj_fail(err, NJ_IO, "open %s", path);
    if (take(store, options, err) < 0)
        return -1;
    (void)snprintf(who, sizeof(who), "%ld%s%.40s\n%s", (long)getpid(),
                   options->what == NULL ? "" : " ", options->what == NULL ? "" : options->what,
                   options->gives_turns ? "turns\n" : "");
    if (ftruncate(store->lock_fd, 0) < 0 ||
        pwrite(store->lock_fd, who, strlen(who), 0) != (ssize_t)strlen(who))
        return nj_fail(err, NJ_IO, "write %s", path);
    return 0;
}

/* Whether nobody else holds `waiting`. */
static bool nobody_waits(int waiting)
{
    bool alone = flock(waiting, LOCK_EX | LOCK_NB) == 0;

    if (alone)
        (void)flock(waiting, LOCK_UN);
    return alone;
}

bool store_wanted(struct store *store)
{
    if (store->waiting_fd < 0)
        store->waiting_fd = open_waiting(store->dir, NULL);
    return store->waiting_fd >= 0 && !nobody_waits(store->waiting_fd);
}

void store_give_way(const char *dir, unsigned limit_ms)
{
    int waiting = open_waiting(dir, NULL);
    int64_t end = nj_monotonic_ns() + (int64_t)limit_ms * 1000000;

    if (waiting < 0)
        return;
    while (nj_monotonic_ns() < end && !nobody_waits(waiting))
        poll_pause();
    (void)close(waiting);
}
