/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/live.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_MS 100  /* the kernel gives us a block of its ring when it is full or so old */
#define DRAIN_MS 250 /* after which it has given us all */
#define DRAIN_STEP_MS 10
#define DRAIN_ROUNDS 512 /* more than a full ring */
#define ROUND 4096       /* frames of one call at most */

struct live {
    pcap_t *pcap;
    uint32_t link;
    struct live_counts counts; /* pcap counts in 32 bits: sums of differences */
    unsigned last_drop, last_ifdrop;
    /* of the present live_read */
    int (*frame)(void *ctx, const struct frame *frame, struct nj_err *err);
    void *ctx;
    struct nj_err *err;
    bool failed;
};

/* DLT_ numbers of captures to LINKTYPE_ numbers of files, for those that differ on Linux. */
static uint32_t link_of(int dlt)
{
    return dlt == DLT_RAW ? 101 : (uint32_t)dlt;
}

static int fail(struct nj_err *err, const struct live_options *options, pcap_t *pcap,
                int status)
{
    const char *text = pcap_geterr(pcap);

    return nj_fail(err, NJ_CONFIG, "capture on %s: %s%s%s", options->interface,
                   pcap_statustostr(status), text[0] == '\0' ? "" : ": ", text);
}

static int set_filter(pcap_t *pcap, const struct live_options *options, struct nj_err *err)
{
    struct bpf_program program;
    int rc = 0;

    if (options->filter == NULL)
        return 0;
    if (pcap_compile(pcap, &program, options->filter, 1, PCAP_NETMASK_UNKNOWN) < 0)
        return nj_fail(err, NJ_CONFIG, "filter \"%.80s\": %s", options->filter,
                       pcap_geterr(pcap));
    if (pcap_setfilter(pcap, &program) < 0)
        rc =
            nj_fail(err, NJ_CONFIG, "filter \"%.80s\": %s", options->filter, pcap_geterr(pcap));
    pcap_freecode(&program);
    return rc;
}

static int activate(pcap_t *pcap, const struct live_options *options, struct nj_err *err)
{
    char text[PCAP_ERRBUF_SIZE];
    int status;

    (void)pcap_set_snaplen(pcap, options->snaplen);
    (void)pcap_set_promisc(pcap, options->promiscuous);
    (void)pcap_set_timeout(pcap, WAIT_MS);
    (void)pcap_set_buffer_size(pcap, options->buffer_mb << 20);
    (void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
    status = pcap_activate(pcap);
    if (status < 0)
        return fail(err, options, pcap, status);
    if (pcap_setnonblock(pcap, 0, text) < 0)
        return nj_fail(err, NJ_IO, "capture on %s: %s", options->interface, text);
    return set_filter(pcap, options, err);
}

int live_open(const struct live_options *options, struct live **ret_live, struct nj_err *err)
{
    struct live *live = calloc(1, sizeof(*live));
    char text[PCAP_ERRBUF_SIZE] = "";

    if (live == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a capture");
    live->pcap = pcap_create(options->interface, text);
    if (live->pcap == NULL) {
        (void)nj_fail(err, NJ_CONFIG, "capture on %s: %s", options->interface, text);
        live_free(live);
        return -1;
    }
    if (activate(live->pcap, options, err) < 0) {
        live_free(live);
        return -1;
    }
    live->link = link_of(pcap_datalink(live->pcap));
    *ret_live = live;
    return 0;
}

void live_free(struct live *live)
{
    if (live == NULL)
        return;
    if (live->pcap != NULL)
        pcap_close(live->pcap);
    free(live);
}

uint32_t live_link(const struct live *live)
{
    return live->link;
}

static void on_packet(u_char *user, const struct pcap_pkthdr *head, const u_char *bytes)
{
    struct live *live = (struct live *)(void *)user;
    const struct frame frame = {
        /* with nanosecond precision tv_usec holds nanoseconds */
        .time_ns = (int64_t)head->ts.tv_sec * 1000000000 + head->ts.tv_usec,
        .data = bytes,
        .captured = head->caplen,
        .length = head->len,
        .link = live->link,
    };

    if (live->failed)
        return;
    if (live->frame(live->ctx, &frame, live->err) < 0) {
        live->failed = true;
        pcap_breakloop(live->pcap);
    }
}

int live_read(struct live *live,
              int (*frame)(void *ctx, const struct frame *frame, struct nj_err *err), void *ctx,
              struct nj_err *err)
{
    struct nj_err why = {0};
    int got;

    live->frame = frame;
    live->ctx = ctx;
    live->err = err;
    live->failed = false;
    got = pcap_dispatch(live->pcap, ROUND, on_packet, (u_char *)live);
    if (live->failed)
        return -1;
    if (got == PCAP_ERROR_BREAK)
        return LIVE_STOPPED;
    if (got < 0) {
        (void)nj_fail(&why, NJ_IO, "%s", pcap_geterr(live->pcap));
        if (live_drain(live, frame, ctx, err) < 0)
            return -1;
        *err = why;
        return LIVE_DOWN;
    }
    return 0;
}

int live_drain(struct live *live,
               int (*frame)(void *ctx, const struct frame *frame, struct nj_err *err),
               void *ctx, struct nj_err *err)
{
    const struct timespec step = {.tv_nsec = DRAIN_STEP_MS * 1000000};
    char text[PCAP_ERRBUF_SIZE];

    live->frame = frame;
    live->ctx = ctx;
    live->err = err;
    live->failed = false;
    if (pcap_setnonblock(live->pcap, 1, text) < 0)
        return nj_fail(err, NJ_IO, "%s", text);
    /* An error of the interface or a call to stop ends a dispatch before the ring is empty */
    for (int ms = 0, rounds = 0; ms < DRAIN_MS && rounds < DRAIN_ROUNDS && !live->failed;
         rounds++) {
        if (pcap_dispatch(live->pcap, ROUND, on_packet, (u_char *)live) == ROUND)
            continue;
        (void)nanosleep(&step, NULL);
        ms += DRAIN_STEP_MS;
    }
    return live->failed ? -1 : 0;
}

void live_stop(struct live *live)
{
    pcap_breakloop(live->pcap);
}

void live_counts(struct live *live, struct live_counts *ret)
{
    struct pcap_stat now;

    if (pcap_stats(live->pcap, &now) == 0) {
        live->counts.kernel_dropped += now.ps_drop - live->last_drop;
        live->counts.interface_dropped += now.ps_ifdrop - live->last_ifdrop;
        live->last_drop = now.ps_drop;
        live->last_ifdrop = now.ps_ifdrop;
    }
    *ret = live->counts;
}
