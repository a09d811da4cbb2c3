/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

static int become(const char *name, struct nj_err *err)
{
    const struct passwd *user = getpwnam(name);

    if (user == NULL)
        return nj_fail(err, NJ_CONFIG, "--user %s: there is no such user", name);
    if (geteuid() != 0)
        return geteuid() == user->pw_uid
                   ? 0
                   : nj_fail(err, NJ_CONFIG, "--user %s: only root can become another user",
                             name);
    if (initgroups(name, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 ||
        setuid(user->pw_uid) < 0)
        return nj_fail(err, NJ_IO, "become the user %s", name);
    if (user->pw_uid != 0 && setuid(0) == 0)
        return nj_fail(err, NJ_IO, "become the user %s: root could be had back", name);
    return 0;
}

int privileges_drop(const char *user, struct nj_err *err)
{
    if (user != NULL && become(user, err) < 0)
        return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return nj_fail(err, NJ_IO, "forbid new privileges");
    return 0;
}
