/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `nightjar ingest`, on standard output: a row for each input, or with --watch
 * one for each thing that happened. For cmd_ingest.c.
 *
 * That nobody reads it is no reason not to take in the rest: the first failure is kept, and all
 * behind it is dropped. */
#ifndef NJ_CLI_INGEST_ANSWER_H
#define NJ_CLI_INGEST_ANSWER_H

#include "cli/cli.h"
#include "cli/output.h"
#include "pipeline/derive.h"
#include "pipeline/pipeline.h"

struct ingest_answer {
    const struct cli *cli;
    struct output *output;
    bool head_sent;    /* rows: table and CSV */
    int rc;            /* below 0: it failed, */
    struct nj_err err; /* so */
};

/** @param events  rows are events, not inputs. @return 0; -1 NJ_NOMEM */
int ingest_answer_begin(const struct cli *cli, bool events, struct ingest_answer *ret_answer,
                        struct nj_err *err);

/** An input, without `events`. */
void ingest_answer_result(struct ingest_answer *answer, const struct ingest_result *result);

/** What happened, with `events`. Any thread, one at a time. */
void ingest_answer_event(struct ingest_answer *answer, const struct derived_event *event);

/** End the output.
 * @param rc  of the run: what was answered is cut off where it failed
 * @return rc; where it is 0, -1 with *err for what was kept or fails now */
int ingest_answer_end(struct ingest_answer *answer, int rc, struct nj_err *err);

#endif
