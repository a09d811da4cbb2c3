/* SPDX-License-Identifier: Apache-2.0 */
/* How far long work has come: one line on standard error that is written over and over. Says
 * nothing unless standard error is a terminal. */
#ifndef NJ_CLI_PROGRESS_H
#define NJ_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool on;
    bool shown;           /* there is a line to clear */
    int64_t begun_ns;     /* of the present input, monotonic clock; 0: none yet */
    int64_t next_ns;      /* not before this again */
    uint64_t begun_bytes; /* done when it began: what is known is stepped over quickly */
    uint64_t begun_packets;
    char name[256];
};

void progress_init(struct progress *progress, bool quiet);

/** As pipeline_options' `progress`; ctx is a struct progress. Bytes are those on disk. */
void progress_show(void *ctx, const char *name, uint64_t done, uint64_t total,
                   uint64_t packets);

/** Take the line away before something else is said. */
void progress_clear(struct progress *progress);

#endif
