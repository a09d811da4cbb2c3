/* SPDX-License-Identifier: Apache-2.0 */
/* What live capture has taken in and no commit holds yet: a folder of capture files, pcap with
 * nanoseconds, one after another.
 *
 *     journal/00000007.pcap   complete: read to its end, committed, removed
 *     journal/00000008.pcap   being written
 *
 * The files are the inputs of the pipeline, known by their digests like any other, so that
 * after a kill the next start reads on where the last commit stood: each packet once. A record
 * without bytes is a tick: capture time has come that far. Several threads may add. */
#ifndef NJ_CAPTURE_JOURNAL_H
#define NJ_CAPTURE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/frame.h"

struct journal;

#define JOURNAL_NAME_SIZE 32

/**
 * Begin a new file behind those that are there.
 *
 * @param dir        made if it is not there
 * @param link       LINKTYPE_ number of all frames
 * @param bytes_max  of all files that wait; more is dropped and counted
 * @return 0; -1, NJ_BUSY: another process writes this journal
 */
int journal_new(const char *dir, uint32_t link, uint64_t bytes_max,
                struct journal **ret_journal, struct nj_err *err);

/** Makes what was added durable. */
void journal_free(struct journal *journal);

/* Records that wait to be written: one for each thread. */
struct journal_buffer {
    char *bytes;
    size_t length, size;
    uint64_t frames;
};

/** Add a frame to the buffer, which is written when it is full. @return 0; -1 NJ_NOMEM. What
 * can't be written is counted as dropped. */
int journal_add(struct journal *journal, struct journal_buffer *buffer,
                const struct frame *frame, struct nj_err *err);

/** Write what the buffer holds; what is in the file is seen by whoever reads it. */
void journal_flush(struct journal *journal, struct journal_buffer *buffer);

/** Capture time has reached this. */
void journal_tick(struct journal *journal, int64_t now_ns);

/** Once a second: what was written so far stays. */
void journal_sync(struct journal *journal);

/** Begin the next file if this one has over `bytes`. */
void journal_rotate(struct journal *journal, uint64_t bytes);

struct journal_state {
    uint64_t number;   /* of the file that is being written */
    uint64_t bytes;    /* of all files that wait */
    uint64_t dropped;  /* frames */
    char problem[200]; /* "": fine */
};

void journal_state(struct journal *journal, struct journal_state *ret);

/** The oldest file. @return its number; 0: there is none */
uint64_t journal_oldest(const char *dir);

/** "00000007.pcap" */
void journal_name(uint64_t number, char ret[JOURNAL_NAME_SIZE]);

/** A file was committed to its end. */
void journal_remove(struct journal *journal, const char *dir, uint64_t number);

#endif
