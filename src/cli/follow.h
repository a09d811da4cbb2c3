/* SPDX-License-Identifier: Apache-2.0 */
/* Following logs that grow: rotation, copies that are cut, and the end by a signal. Called by
 * cmd_ingest; the only part of ingest that asks the clock. */
#ifndef NJ_CLI_FOLLOW_H
#define NJ_CLI_FOLLOW_H

#include "pipeline/pipeline.h"

struct follow_options {
    struct pipeline *pipeline; /* borrowed */
    char **paths;              /* borrowed */
    size_t path_count;
    unsigned every_s; /* seconds between two commits */
    bool quiet;
    /* one input came to its end, or could not be read; NULL: not wanted */
    void (*done)(void *ctx, const struct ingest_result *result);
    /* all that stood in the files is committed; NULL: not wanted */
    void (*committed)(void *ctx);
    /* whether another process waits to write */
    bool (*wanted)(void *ctx);
    /* let go of the store; take it again, with a pipeline of that opening. @return 0; -1 */
    int (*leave)(void *ctx, struct nj_err *err);
    int (*come_back)(void *ctx, struct pipeline **ret_pipeline, struct nj_err *err);
    void *ctx; /* of all five */
};

#define FOLLOW_REFUSED 1 /* a file was no log, `done` has said so: nothing was followed */

/**
 * Read the logs as they grow until SIGTERM or SIGINT. What was read is committed at least every
 * `every_s` seconds, and at the end. When another process waits to write, it has the store from
 * one commit to the next.
 *
 *   renamed   the old file is read until it is quiet for some seconds and the new one is there
 *   cut       (copytruncate) the file is read from its beginning
 *   missing   waited for
 *
 * @return 0 after a signal; FOLLOW_REFUSED; -1 when the store failed
 */
int follow_files(const struct follow_options *options, struct nj_err *err);

#endif
