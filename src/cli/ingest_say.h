/* SPDX-License-Identifier: Apache-2.0 */
/* What `nightjar ingest` tells people beside its answer, on standard error: what was wrong with
 * an input, and what the bounds of the tables forced. For cmd_ingest.c. */
#ifndef NJ_CLI_INGEST_SAY_H
#define NJ_CLI_INGEST_SAY_H

#include "cli/cli.h"
#include "enrich/enrich.h"
#include "pipeline/pipeline.h"

/** Why an input failed, or what was wrong with it. */
void ingest_say_result(const struct cli *cli, const struct ingest_result *result);

/** Geo databases that can't be used. */
void ingest_say_databases(const struct cli *cli, const struct enrich *enrich);

/** What the bounds of the tables forced. */
void ingest_say_totals(const struct cli *cli, const struct pipeline_totals *totals);

/** With -v: what stages of bounded work did, and left out. */
void ingest_say_stages(const struct pipeline_totals *t);

#endif
