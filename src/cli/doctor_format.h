/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar doctor --format FILE: how a log is understood, without a store. */
#ifndef NJ_CLI_DOCTOR_FORMAT_H
#define NJ_CLI_DOCTOR_FORMAT_H

#include "cli/cli.h"
#include "log/log.h"

/**
 * Say which format the file is of and which fields it gives, print its first rows as sessions,
 * and name the lines that do not fit.
 *
 * @param as       name of the format; NULL: found from the content
 * @param options  year and zone
 * @return 0; CLI_FAILED when the file is no log, or no row of it fits; -1
 */
int doctor_format(const struct cli *cli, const char *path, const char *as,
                  const struct log_options *options, struct nj_err *err);

#endif
