/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls that a service needs and no others (seccomp(2), through libseccomp).
 *
 * What is not on the list fails with EPERM, so that a library that tries something new goes on
 * without; what only an intruder wants (to run programs, look into other processes, load
 * modules, mount) kills the process: what was captured stands in the journal. Memory is never
 * writable and executable. Holds for the calling thread and all that it starts, for good. */
#ifndef NJ_BASE_SANDBOX_H
#define NJ_BASE_SANDBOX_H

#include <stdbool.h>

#include "base/err.h"

/* LeakSanitizer looks at its own process from a clone of it when the program ends: built with
 * sanitizers the sandbox lets it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NJ_SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NJ_SANDBOX_SANITIZED 1
#endif
#endif
#ifndef NJ_SANDBOX_SANITIZED
#define NJ_SANDBOX_SANITIZED 0
#endif

enum nj_sandbox_kind {
    NJ_SANDBOX_FULL,
    /* programs may be run (mail of alerts): then all is allowed but what kills */
    NJ_SANDBOX_PROGRAMS,
};

#define NJ_SANDBOX_NONE 1 /* the kernel has no seccomp, or does not let us; *err says why */

/** Needs no_new_privs. @return 0; NJ_SANDBOX_NONE; -1 NJ_NOMEM */
int nj_sandbox_enter(enum nj_sandbox_kind kind, struct nj_err *err);

/** From now on this thread, and what it starts, opens no packet sockets either. */
void nj_sandbox_no_packets(void);

/** Whether this thread is in a sandbox. */
bool nj_sandbox_is_on(void);

#endif
