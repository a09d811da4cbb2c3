/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

/* Read what it says until it closes its output or the time is over; the first bytes are kept.
 * @return whether it came to its end in time */
static bool listen_to(int fd, int64_t until_ms, char *said)
{
    size_t length = 0;
    char more[512];

    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = until_ms - nj_monotonic_ms();
        ssize_t got;

        if (left <= 0 || (poll(&wait, 1, (int)left) == 0))
            break;
        got = read(fd, more, sizeof(more));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            said[length] = '\0';
            return true;
        }
        for (ssize_t i = 0; i < got && length < RUN_OUTPUT_MAX; i++)
            said[length++] = more[i] >= 0x20 && more[i] < 0x7f ? more[i] : ' ';
    }
    said[length] = '\0';
    return false;
}

/* It may close its output and go on: waiting has the same bound. */
static int collect(pid_t pid, int64_t until_ms, bool *ret_late)
{
    int status = 0;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (nj_monotonic_ms() >= until_ms) {
            *ret_late = true;
            (void)kill(-pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            break;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return status;
}

static int run_with(char *const argv[], int in, unsigned limit_s, struct nj_err *err)
{
    int64_t until_ms = nj_monotonic_ms() + (int64_t)limit_s * 1000;
    char said[RUN_OUTPUT_MAX + 1];
    struct nj_child child;
    bool late = false;
    int status;

    if (nj_child_start(argv, in, true, &child, err) < 0)
        return -1;
    if (!listen_to(child.out, until_ms, said))
        until_ms = 0;
    (void)close(child.out);
    status = collect(child.pid, until_ms, &late);
    errno = 0;
    if (late)
        return nj_fail(err, NJ_LIMIT, "%s took longer than %u s and was ended", argv[0],
                       limit_s);
    return nj_child_ended(argv[0], status, said, err);
}

int feed_run(char *const argv[], unsigned limit_s, struct nj_err *err)
{
    return run_with(argv, -1, limit_s, err);
}

/* The input is a file in memory: a program that reads slowly, or not at all, blocks nobody. */
int feed_run_input(char *const argv[], const char *input, size_t length, unsigned limit_s,
                   struct nj_err *err)
{
    int file = memfd_create("input", MFD_CLOEXEC);
    size_t done = 0;
    int rc;

    if (file < 0)
        return nj_fail(err, NJ_IO, "make the input of %s", argv[0]);
    while (done < length) {
        ssize_t put = write(file, input + done, length - done);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            (void)nj_fail(err, NJ_IO, "write the input of %s", argv[0]);
            (void)close(file);
            return -1;
        }
        done += (size_t)put;
    }
    (void)lseek(file, 0, SEEK_SET);
    rc = run_with(argv, file, limit_s, err);
    (void)close(file);
    return rc;
}

int feed_push_nft(const char *path, unsigned limit_s, struct nj_err *err)
{
    char nft[] = "nft", check[] = "-c", file[] = "-f";

    if (feed_run((char *const[]){nft, check, file, (char *)path, NULL}, limit_s, err) < 0)
        return nj_within(err, "check before the push");
    if (feed_run((char *const[]){nft, file, (char *)path, NULL}, limit_s, err) < 0)
        return nj_within(err, "push");
    return 0;
}
