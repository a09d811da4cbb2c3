/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What a step is worth: its errno, 0 when it worked. */
typedef int (*step_fn)(void);

#define NOT_HERE 99 /* the kernel has no seccomp */

/* In a process of its own, in the sandbox: how the step ended.
 * @return its errno; 128 + signal */
static int in_sandbox(enum nj_sandbox_kind kind, step_fn step)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        struct nj_err err;

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
            _exit(98);
        switch (nj_sandbox_enter(kind, &err)) {
        case 0:
            _exit(nj_sandbox_is_on() ? step() : 97);
        case NJ_SANDBOX_NONE:
            _exit(NOT_HERE);
        default:
            _exit(96);
        }
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int result(long rc)
{
    return rc < 0 ? errno : 0;
}

static void *nothing(void *arg)
{
    return arg;
}

static int ordinary_work(void)
{
    char path[] = "/tmp/nightjar-sandbox-XXXXXX";
    int file = mkstemp(path), ends[2];
    pthread_t thread;

    if (file < 0 || write(file, path, sizeof(path)) < 0 || fsync(file) < 0 || unlink(path) < 0)
        return 1;
    if (pthread_create(&thread, NULL, nothing, NULL) != 0 || pthread_join(thread, NULL) != 0)
        return 2;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || socket(AF_INET, SOCK_STREAM, 0) < 0)
        return 3;
    if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
        MAP_FAILED)
        return 4;
    return 0;
}

static int run_program(void)
{
    char *const argv[] = {(char[]){"/bin/true"}, NULL};

    return result(execve(argv[0], argv, argv + 1));
}

static int look_into_another(void)
{
    return result(syscall(SYS_process_vm_writev, getppid(), NULL, 0, NULL, 0, 0));
}

static int leave_namespace(void)
{
    return result(syscall(SYS_unshare, 0));
}

static int start_process(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    return result(child);
}

static int raw_socket(void)
{
    return result(socket(AF_INET, SOCK_RAW, 1));
}

static int writable_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED
               ? errno
               : 0;
}

static int unheard_of(void)
{
    return result(syscall(SYS_mlockall, 1));
}

static int packets_after(void)
{
    nj_sandbox_no_packets();
    return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static void need_seccomp(void)
{
    if (in_sandbox(NJ_SANDBOX_FULL, ordinary_work) == NOT_HERE)
        skip();
}

static void what_a_service_does_works(void **state)
{
    (void)state;
    need_seccomp();
    assert_int_equal(in_sandbox(NJ_SANDBOX_FULL, ordinary_work), 0);
    assert_int_equal(in_sandbox(NJ_SANDBOX_PROGRAMS, ordinary_work), 0);
}

static void what_an_intruder_wants_kills(void **state)
{
    (void)state;
    need_seccomp();
    assert_int_equal(in_sandbox(NJ_SANDBOX_FULL, run_program), 128 + SIGSYS);
    assert_int_equal(in_sandbox(NJ_SANDBOX_FULL, look_into_another), 128 + SIGSYS);
    assert_int_equal(in_sandbox(NJ_SANDBOX_FULL, leave_namespace), 128 + SIGSYS);
    assert_int_equal(in_sandbox(NJ_SANDBOX_PROGRAMS, leave_namespace), 128 + SIGSYS);
}

static void what_is_not_needed_is_refused(void **state)
{
    (void)state;
    need_seccomp();
    assert_int_equal(in_sandbox(NJ_SANDBOX_FULL, raw_socket), EPERM);
    assert_int_equal(in_sandbox(NJ_SANDBOX_FULL, unheard_of), EPERM);
#if !NJ_SANDBOX_SANITIZED
    assert_int_equal(in_sandbox(NJ_SANDBOX_FULL, start_process), EPERM);
    assert_int_equal(in_sandbox(NJ_SANDBOX_FULL, writable_code), EPERM);
#else
    (void)start_process;
    (void)writable_code;
#endif
}

static void programs_run_where_they_may(void **state)
{
    (void)state;
    need_seccomp();
    assert_int_equal(in_sandbox(NJ_SANDBOX_PROGRAMS, run_program), 0);
}

static void thread_can_give_up_packet_sockets(void **state)
{
    (void)state;
    need_seccomp();
    assert_int_equal(in_sandbox(NJ_SANDBOX_FULL, packets_after), EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_service_does_works),
        cmocka_unit_test(what_an_intruder_wants_kills),
        cmocka_unit_test(what_is_not_needed_is_refused),
        cmocka_unit_test(programs_run_where_they_may),
        cmocka_unit_test(thread_can_give_up_packet_sockets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
