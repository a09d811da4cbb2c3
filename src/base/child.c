/* SPDX-License-Identifier: Apache-2.0 */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

extern char **environ;

static int spawn(char *const argv[], int in, int out, bool errors, pid_t *ret_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t signals;
    int rc;

    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawnattr_init(&attributes);
    if (in < 0)
        (void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    else
        (void)posix_spawn_file_actions_adddup2(&files, in, 0);
    (void)posix_spawn_file_actions_adddup2(&files, out, 1);
    if (errors)
        (void)posix_spawn_file_actions_adddup2(&files, out, 2);
    else
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

int nj_child_start(char *const argv[], int in, bool errors, struct nj_child *ret,
                   struct nj_err *err)
{
    int ends[2], rc;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return nj_fail(err, NJ_IO, "run %s", argv[0]);
    rc = spawn(argv, in, ends[1], errors, &ret->pid);
    (void)close(ends[1]);
    if (rc != 0) {
        (void)close(ends[0]);
        errno = rc;
        return nj_fail(err, NJ_IO, "run %s", argv[0]);
    }
    ret->out = ends[0];
    return 0;
}

int nj_child_ended(const char *name, int status, const char *said, struct nj_err *err)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    errno = 0;
    return nj_fail(err, NJ_STORE, "%s ended with %s %d%s%.150s", name,
                   WIFEXITED(status) ? "status" : "signal",
                   WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
                   said == NULL ? "" : ": ", said == NULL ? "" : said);
}
