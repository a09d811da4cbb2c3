/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts for the commands: the rules, one look with delivery, and a thread that does it for the
 * service. */
#ifndef NJ_CLI_ALERTS_H
#define NJ_CLI_ALERTS_H

#include "alert/look.h"
#include "cli/cli.h"
#include "cli/setup.h"
#include "outbox/deliver.h"

/**
 * Read the rules.
 *
 * @param path  NULL: alerts.conf beside the configuration
 * @return 0; ALERTS_NONE: no path was given and there is no such file; -1
 */
#define ALERTS_NONE 1
int alerts_ready(const struct setup *setup, const char *path, struct alerts *ret,
                 struct nj_err *err);

/** Whether the rules send mail, which a program does. @return 0, also without rules; -1 */
int alerts_run_programs(const struct setup *setup, const char *path, bool *ret,
                        struct nj_err *err);

/** Look, and try to deliver what waits, once. Says what could not be sent. */
int alerts_once(const struct cli *cli, const struct setup *setup, struct store *store,
                const struct alerts *alerts, struct nj_err *err);

/** Before the first packet of a run comes in: what stands in the store is old.
 * @param store  NULL: there is none yet */
int alerts_begin(const struct setup *setup, struct store *store, struct nj_err *err);

/** Try to deliver what waits for one receiver, whatever failed before. @return as deliver() */
int alerts_deliver(const struct setup *setup, struct box *box, const struct outlet *outlets,
                   size_t count, struct deliver_counts *ret, struct nj_err *err);

/* The thread: it opens the store for itself, takes at most a tenth of the time for looking, and
 * nobody waits for it. */
struct alerts_run;

/** @param setup  borrowed until the end. @return 0; ALERTS_NONE as above; -1 */
int alerts_run_start(const struct setup *setup, const char *path, bool live,
                     struct alerts_run **ret, struct nj_err *err);
void alerts_run_stop(struct alerts_run *run);

int64_t alerts_clock_us(void);

#endif
