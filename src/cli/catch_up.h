/* SPDX-License-Identifier: Apache-2.0 */
/* What a log has become while nobody followed it. Called by follow.c.
 *
 *     path.2 (.gz)    the store has some or all of it         the rest of it is read first,
 *     path.1          the store has nothing of it: it is      then all of this,
 *                     younger
 *     path            the store has nothing of it             then this, by the caller
 *
 * The same finds the copy that was made of a log before it was cut in its place. A path of
 * which the store has never had anything has no such past: what lies beside it is the user's to
 * give. */
#ifndef NJ_CLI_CATCH_UP_H
#define NJ_CLI_CATCH_UP_H

#include <signal.h>
#include <sys/types.h>

#include "pipeline/pipeline.h"

struct catch_up { /* all borrowed */
    struct pipeline *pipeline;
    const char *path, *format;
    dev_t device;      /* the caller's own, that stood at the path and may be renamed by now: */
    ino_t inode;       /* this one and what is newer is left to him */
    dev_t over_device; /* one that was read to its end, */
    ino_t over_inode;  /* older ones were too; 0: none is known */
    unsigned every_s;
    bool quiet;
    void (*done)(void *ctx, const struct ingest_result *result); /* may be NULL */
    void *done_ctx;
    const volatile sig_atomic_t *stopped;
};

/** Find and read them; anew when they are renamed or packed meanwhile. What can't be read is
 * told and left out. Ends early, at a commit, when *stopped is set.
 *
 * @param last_us  the last time of what was read before them, 0 if nothing was; becomes theirs
 * @return 0; -1 when the store failed */
int catch_up(const struct catch_up *what, int64_t *last_us, struct nj_err *err);

/** Read what stands in a log now, and commit it, each `every_s` seconds and at the end. @param
 * final  as of pipeline_take. @return 0, or above as of pipeline_take; -1 */
int catch_up_read(struct pipeline *pipeline, struct growing *log, bool final, unsigned every_s,
                  const volatile sig_atomic_t *stopped, struct nj_err *err);

#endif
