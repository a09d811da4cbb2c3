/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what the log reader makes of a file, one packet a line, for comparison with what
 * other programs count: log_dump FORMATS FILE [FORMAT|- [YEAR [TZ]]]
 *
 * time_us src dst proto sport dport sensor app state answered packets bytes ttl window flags */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "base/stream.h"
#include "log/log.h"
#include "model/packet.h"

#define ROUND 4096

static const char *or_dash(const struct nj_intern *names, uint32_t id)
{
    return id == NJ_INTERN_NONE ? "-" : nj_intern_text(names, id);
}

static void print(const struct packet *p, const struct nj_intern *names)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];

    printf("%" PRId64 "\t%s\t%s\t%u\t%u\t%u\t%s\t%s\t%s\t%d\t%" PRIu64 "\t%" PRIu64
           "\t%u\t%u\t%u\n",
           p->time_ns / 1000, addr_text(p->src, src),
           addr_is_none(p->dst) ? "-" : addr_text(p->dst, dst), p->proto, p->sport, p->dport,
           or_dash(names, p->sensor), or_dash(names, p->app), or_dash(names, p->conn_state),
           p->answered, p->row_packets, p->row_bytes, p->ttl, p->window, p->tcp_flags);
}

static int dump(struct log *log, const struct nj_intern *names, struct nj_err *err)
{
    static struct packet packets[ROUND];
    struct log_counts counts;
    const struct log_reject *rejects;
    size_t count;
    int rc;

    while ((rc = log_read(log, packets, ROUND, &count, err)) == 0) {
        for (size_t i = 0; i < count; i++)
            print(&packets[i], names);
    }
    counts = log_counts(log);
    (void)fprintf(stderr,
                  "rows %" PRIu64 " malformed %" PRIu64 " unsupported %" PRIu64
                  " altered %" PRIu64 "\n",
                  counts.rows, counts.malformed, counts.unsupported, counts.altered);
    rejects = log_rejects(log, &count);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(stderr, "line %" PRIu64 ": %s\n", rejects[i].line, rejects[i].reason);
    return rc < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct log_options options = {.year = argc > 4 ? atoi(argv[4]) : 0,
                                  .tz = argc > 5 ? argv[5] : NULL};
    struct nj_intern *names = nj_intern_new(100000);
    const struct log_format *format = NULL;
    struct log_formats *formats = NULL;
    struct nj_stream *stream = NULL;
    struct log *log = NULL;
    struct nj_err err = {.msg = "no format fits"};
    int rc = 1;

    if (argc < 3 || names == NULL) {
        (void)fprintf(stderr, "usage: log_dump FORMATS FILE [FORMAT|- [YEAR [TZ]]]\n");
        return 2;
    }
    if (log_formats_load(argv[1], &formats, &err) < 0 ||
        nj_stream_open(argv[2], &stream, &err) < 0)
        goto out;
    if (argc > 3 && strcmp(argv[3], "-") != 0)
        format = log_formats_find(formats, argv[3]);
    else if (log_detect(formats, stream, &format, &err) != 0)
        goto out;
    if (format == NULL)
        goto out;
    (void)fprintf(stderr, "format %s\n", log_format_name(format));
    if (log_open(format, stream, &options, names, &log, &err) == 0 &&
        dump(log, names, &err) == 0)
        rc = 0;
out:
    if (rc != 0)
        (void)fprintf(stderr, "log_dump: %s\n", err.msg);
    log_free(log);
    nj_stream_free(stream);
    log_formats_free(formats);
    nj_intern_free(names);
    return rc;
}
