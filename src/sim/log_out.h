/* SPDX-License-Identifier: Apache-2.0 */
/* The same traffic as a honeypot would log it: a CSV row for each session. A honeypot answers
 * who comes to it, so backscatter is not in its log, and fields of packets are not either. */
#ifndef SIM_LOG_OUT_H
#define SIM_LOG_OUT_H

#include <stdint.h>

#include "base/err.h"
#include "sim/probe.h"

struct sim_log;

/** Create FILE, or write to standard output for "-", and write the header:
 * timestamp,src_ip,src_port,dst_ip,dst_port,protocol,icmp_type,icmp_code
 * @return 0; -1 NJ_IO, NJ_NOMEM */
int sim_log_open(const char *path, struct sim_log **ret_log, struct nj_err *err);

/** A session that began with this packet. Errors of writing are told by sim_log_close. */
void sim_log_put(struct sim_log *log, const struct sim_probe *probe, int64_t time_ns);

/** @return 0; -1 NJ_IO. Frees the log in any case */
int sim_log_close(struct sim_log *log, struct nj_err *err);

/** Close without caring what becomes of the file. NULL is fine. */
void sim_log_free(struct sim_log *log);

#endif
