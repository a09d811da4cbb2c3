/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/log_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/addr.h"
#include "model/packet.h"
#include "sim/options.h"

struct sim_log {
    FILE *out;
};

int sim_log_open(const char *path, struct sim_log **ret_log, struct nj_err *err)
{
    struct sim_log *log = malloc(sizeof(*log));

    if (log == NULL)
        return nj_fail(err, NJ_NOMEM, "log");
    log->out = strcmp(path, "-") == 0 ? fdopen(dup(STDOUT_FILENO), "w") : fopen(path, "we");
    if (log->out == NULL) {
        free(log);
        return nj_fail(err, NJ_IO, "create %s", path);
    }
    (void)fputs("timestamp,src_ip,src_port,dst_ip,dst_port,protocol,icmp_type,icmp_code\n",
                log->out);
    *ret_log = log;
    return 0;
}

void sim_log_put(struct sim_log *log, const struct sim_probe *probe, int64_t time_ns)
{
    char time[SIM_TIME_TEXT], src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];

    (void)sim_time_text(time_ns, time);
    (void)addr_text(addr_from_v4(probe->src), src);
    (void)addr_text(addr_from_v4(probe->dst), dst);
    if (probe->proto == PROTO_ICMP)
        (void)fprintf(log->out, "%s,%s,,%s,,icmp,%u,%u\n", time, src, dst, probe->icmp_type,
                      probe->icmp_code);
    else
        (void)fprintf(log->out, "%s,%s,%u,%s,%u,%s,,\n", time, src, probe->sport, dst,
                      probe->dport, probe->proto == PROTO_TCP ? "tcp" : "udp");
}

int sim_log_close(struct sim_log *log, struct nj_err *err)
{
    int rc = ferror(log->out) ? nj_fail(err, NJ_IO, "write log") : 0;

    if (fclose(log->out) != 0 && rc == 0)
        rc = nj_fail(err, NJ_IO, "close log");
    free(log);
    return rc;
}

void sim_log_free(struct sim_log *log)
{
    if (log == NULL)
        return;
    (void)fclose(log->out);
    free(log);
}
