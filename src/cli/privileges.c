/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "cli/cli.h"

/* Capabilities are a thread's own (capabilities(7)); those that are started inherit them. */
static int get_capabilities(struct __user_cap_data_struct data[2])
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};

    return (int)syscall(SYS_capget, &head, data);
}

static int set_capabilities(const struct __user_cap_data_struct data[2])
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};

    return (int)syscall(SYS_capset, &head, data);
}

/* Keep those of the mask that we have, and no others. */
static int keep_capabilities(uint32_t mask, struct nj_err *err)
{
    struct __user_cap_data_struct data[2];

    if (get_capabilities(data) < 0)
        return nj_fail(err, NJ_IO, "look at the capabilities");
    data[0].permitted &= mask;
    data[0].effective = data[0].permitted;
    data[0].inheritable = 0;
    data[1] = (struct __user_cap_data_struct){0};
    if (set_capabilities(data) < 0)
        return nj_fail(err, NJ_IO, "give up capabilities");
    return 0;
}

/* Not even a program that is run gets them back. Who may not do that has none to lose. */
static void bound_capabilities(void)
{
    for (unsigned long i = 0; i <= CAP_LAST_CAP; i++)
        (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

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
    bound_capabilities();
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || initgroups(name, user->pw_gid) < 0 ||
        setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0)
        return nj_fail(err, NJ_IO, "become the user %s", name);
    return 0;
}

int privileges_drop(const struct privileges *wanted, struct nj_err *err)
{
    struct nj_err why;
    int rc;

    if (wanted->user != NULL && become(wanted->user, err) < 0)
        return -1;
    bound_capabilities();
    if (keep_capabilities(wanted->packets ? 1u << CAP_NET_RAW : 0, err) < 0)
        return -1;
    if (wanted->user != NULL && geteuid() != 0 && setuid(0) == 0)
        return nj_fail(err, NJ_IO, "become the user %s: root could be had back", wanted->user);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return nj_fail(err, NJ_IO, "forbid new privileges");
    rc = nj_sandbox_enter(wanted->programs ? NJ_SANDBOX_PROGRAMS : NJ_SANDBOX_FULL, &why);
    if (rc == NJ_SANDBOX_NONE)
        cli_say("warning: %s: running without it", why.msg);
    else if (rc < 0)
        *err = why;
    return rc < 0 ? -1 : 0;
}

void privileges_without_packets(void)
{
    struct nj_err err;

    (void)keep_capabilities(0, &err);
    nj_sandbox_no_packets();
}
