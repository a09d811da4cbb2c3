/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* clang-format off */
/* By what they are for. A name that this machine does not have is left out. */
static const char *const allowed[] = {
    /* memory */
    "brk", "madvise", "mincore", "mlock", "mremap", "msync", "munmap", "munlock",
    "get_mempolicy", "mbind", "membarrier", "rseq",
    /* files: the store, the journal, configuration, what the engine spills */
    "access", "chdir", "chmod", "close", "close_range", "copy_file_range", "creat", "dup",
    "dup2", "dup3", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod",
    "fchmodat", "fchown", "fchownat", "fcntl", "fdatasync", "flock", "fstat", "fstatfs",
    "fsync", "ftruncate", "futimesat", "getcwd", "getdents", "getdents64", "link", "linkat",
    "lseek", "lstat", "mkdir", "mkdirat", "newfstatat", "open", "openat", "pread64", "preadv",
    "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readlink",
    "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir", "sendfile", "stat",
    "statfs", "statx", "sync_file_range", "syncfs", "truncate", "umask", "unlink", "unlinkat",
    "utime", "utimensat", "utimes", "write", "writev", "memfd_create", "name_to_handle_at",
    /* waiting */
    "clock_getres", "clock_gettime", "clock_nanosleep", "epoll_create", "epoll_create1",
    "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2", "futex",
    "futex_waitv", "gettimeofday", "nanosleep", "pipe", "pipe2", "poll", "ppoll", "pselect6",
    "select", "time", "timerfd_create", "timerfd_gettime", "timerfd_settime",
    /* sockets; which families is told below */
    "accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt",
    "listen", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt",
    "shutdown", "socketpair",
    /* threads and signals */
    "exit", "exit_group", "get_robust_list", "restart_syscall", "rt_sigaction",
    "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigtimedwait", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "sched_yield", "set_robust_list",
    "set_tid_address", "sigaltstack", "tgkill",
    /* giving up more: what keeps a thread from packet sockets is installed in the sandbox */
    "capget", "capset", "seccomp",
    /* who and where we are */
    "getcpu", "getegid", "geteuid", "getgid", "getgroups", "getpgrp", "getpid", "getppid",
    "getpriority", "getrandom", "getresgid", "getresuid", "getrlimit", "getrusage", "getsid",
    "gettid", "getuid", "prlimit64", "sched_setaffinity", "setpriority", "sysinfo", "times", "uname",
};

/* What has no place in a service, even where programs may be run. */
static const char *const deadly[] = {
    "acct", "add_key", "bpf", "delete_module", "fanotify_init", "finit_module", "fsconfig",
    "fsmount", "fsopen", "fspick", "init_module", "ioperm", "iopl", "kcmp", "kexec_file_load",
    "kexec_load", "keyctl", "lookup_dcookie", "mount", "move_mount", "nfsservctl", "open_tree",
    "perf_event_open", "personality", "pivot_root", "process_vm_writev", "quotactl", "reboot",
    "request_key", "setdomainname", "sethostname", "setns", "settimeofday", "clock_settime",
    "clock_adjtime", "adjtimex", "swapoff", "swapon", "syslog", "umount", "umount2", "unshare",
    "userfaultfd", "vhangup",
#if !NJ_SANDBOX_SANITIZED
    "process_vm_readv", "ptrace",
#endif
};

/* What is deadly unless programs may be run. */
static const char *const programs[] = {
    "execve", "execveat", "fork", "vfork",
};

#if NJ_SANDBOX_SANITIZED
static const char *const sanitizer[] = {
    "ptrace", "process_vm_readv", "wait4", "prctl", "clone", "kill", "mprotect", "mmap",
};
/* clang-format on */
#endif

static struct scmp_arg_cmp argument(unsigned which, enum scmp_compare op, scmp_datum_t a,
                                    scmp_datum_t b)
{
    return (struct scmp_arg_cmp){.arg = which, .op = op, .datum_a = a, .datum_b = b};
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int add(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        int rc = number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, action, number, 0);

        if (rc < 0 && rc != -EDOM) /* of another machine */
            return rc;
    }
    return 0;
}

static int allow(scmp_filter_ctx filter, int call, struct scmp_arg_cmp first)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &first);
}

/* Threads, not processes. The flags of clone3 stand in memory, where no filter looks: without
 * it the C library takes clone. */
static int add_threads(scmp_filter_ctx filter)
{
    int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

    return rc < 0 ? rc
                  : allow(filter, SCMP_SYS(clone),
                          argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

/* Never writable and executable; what libraries load late is mapped executable and stays. */
static int add_memory(scmp_filter_ctx filter)
{
    const struct {
        int call;
        unsigned mask, value;
    } rules[] = {
        {SCMP_SYS(mmap), PROT_EXEC, 0},
        {SCMP_SYS(mmap), PROT_EXEC | PROT_WRITE, PROT_EXEC},
        {SCMP_SYS(mprotect), PROT_EXEC, 0},
    };
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < COUNT(rules); i++)
        rc = allow(filter, rules[i].call,
                   argument(2, SCMP_CMP_MASKED_EQ, rules[i].mask, rules[i].value));
    return rc;
}

static int add_sockets(scmp_filter_ctx filter)
{
    static const int whole[] = {AF_UNIX, AF_NETLINK, AF_PACKET};
    static const int internet[] = {AF_INET, AF_INET6};
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM}; /* not SOCK_RAW */
    const scmp_datum_t type_mask = 0xf;                   /* the rest are flags */
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < COUNT(whole); i++)
        rc = allow(filter, SCMP_SYS(socket),
                   argument(0, SCMP_CMP_EQ, (scmp_datum_t)whole[i], 0));
    for (size_t i = 0; rc == 0 && i < COUNT(internet) * COUNT(types); i++) {
        const struct scmp_arg_cmp both[] = {
            argument(0, SCMP_CMP_EQ, (scmp_datum_t)internet[i / 2], 0),
            argument(1, SCMP_CMP_MASKED_EQ, type_mask, (scmp_datum_t)types[i % 2]),
        };

        rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, both);
    }
    return rc;
}

/* Names of threads; a terminal's settings, but no words typed into it. */
static int add_rest(scmp_filter_ctx filter)
{
    static const int wishes[] = {PR_SET_NAME,         PR_GET_NAME,    PR_SET_NO_NEW_PRIVS,
                                 PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP, PR_SET_SECCOMP,
                                 PR_CAP_AMBIENT,      PR_GET_DUMPABLE};
    int rc = allow(filter, SCMP_SYS(ioctl), argument(1, SCMP_CMP_NE, TIOCSTI, 0));

    for (size_t i = 0; rc == 0 && i < COUNT(wishes); i++)
        rc = allow(filter, SCMP_SYS(prctl),
                   argument(0, SCMP_CMP_EQ, (scmp_datum_t)wishes[i], 0));
    return rc;
}

static int add_full(scmp_filter_ctx filter)
{
    int rc = add(filter, SCMP_ACT_ALLOW, allowed, COUNT(allowed));

#if NJ_SANDBOX_SANITIZED
    if (rc == 0)
        rc = add(filter, SCMP_ACT_ALLOW, sanitizer, COUNT(sanitizer));
#endif
    if (rc == 0)
        rc = add(filter, SCMP_ACT_KILL_PROCESS, programs, COUNT(programs));
    if (rc == 0)
        rc = add_threads(filter);
    if (rc == 0)
        rc = add_memory(filter);
    if (rc == 0)
        rc = add_sockets(filter);
    return rc == 0 ? add_rest(filter) : rc;
}

static int fail(int rc, struct nj_err *err)
{
    if (rc == -ENOMEM)
        return nj_fail(err, NJ_NOMEM, "no memory for the sandbox");
    errno = -rc;
    (void)nj_fail(err, NJ_IO, "sandbox (seccomp)");
    return NJ_SANDBOX_NONE;
}

int nj_sandbox_enter(enum nj_sandbox_kind kind, struct nj_err *err)
{
    scmp_filter_ctx filter =
        seccomp_init(kind == NJ_SANDBOX_FULL ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW);
    int rc;

    if (filter == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the sandbox");
    rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0); /* it is set before */
    if (rc == 0)
        rc = add(filter, SCMP_ACT_KILL_PROCESS, deadly, COUNT(deadly));
    if (rc == 0 && kind == NJ_SANDBOX_FULL)
        rc = add_full(filter);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    return rc == 0 ? 0 : fail(rc, err);
}

void nj_sandbox_no_packets(void)
{
    const struct scmp_arg_cmp packets = argument(0, SCMP_CMP_EQ, AF_PACKET, 0);
    scmp_filter_ctx filter;

    if (!nj_sandbox_is_on() || (filter = seccomp_init(SCMP_ACT_ALLOW)) == NULL)
        return;
    if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) == 0 &&
        seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1, &packets) ==
            0)
        (void)seccomp_load(filter);
    seccomp_release(filter);
}

bool nj_sandbox_is_on(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
}
