/* SPDX-License-Identifier: Apache-2.0 */
/* A network interface as a source of frames, by libpcap (AF_PACKET, TPACKET_V3). Called by
 * cli/live.c; a thread for each interface. */
#ifndef NJ_CAPTURE_LIVE_H
#define NJ_CAPTURE_LIVE_H

#include <stdbool.h>

#include "base/err.h"
#include "model/frame.h"

struct live;

struct live_options {
    const char *interface;
    const char *filter; /* pcap-filter(7); NULL: everything */
    int snaplen;        /* bytes of a frame at most */
    int buffer_mb;      /* of the kernel's ring */
    bool promiscuous;
};

#define LIVE_SNAPLEN_DEFAULT 65535
#define LIVE_BUFFER_MB_DEFAULT 64

/** Open and activate; needs CAP_NET_RAW.
 * @return 0; -1 NJ_IO, NJ_CONFIG (the filter), NJ_NOMEM */
int live_open(const struct live_options *options, struct live **ret_live, struct nj_err *err);
void live_free(struct live *live);

/** LINKTYPE_ number of its frames. */
uint32_t live_link(const struct live *live);

/**
 * Take what is there, waiting 100 ms at most.
 *
 * @param frame  borrows its frame; @return 0, or -1 with *err
 * @return 0; LIVE_DOWN: the interface has gone, *err says how, and all that it had brought was
 * taken; LIVE_STOPPED; -1 from `frame`
 */
#define LIVE_DOWN 1
#define LIVE_STOPPED 2
int live_read(struct live *live,
              int (*frame)(void *ctx, const struct frame *frame, struct nj_err *err), void *ctx,
              struct nj_err *err);

/** Take what the kernel has and has not yet given to us; a quarter of a second. Nothing can be
 * read behind it. @return 0; -1 from `frame`, NJ_IO */
int live_drain(struct live *live,
               int (*frame)(void *ctx, const struct frame *frame, struct nj_err *err),
               void *ctx, struct nj_err *err);

/** From another thread: live_read ends soon. */
void live_stop(struct live *live);

struct live_counts {
    uint64_t kernel_dropped, interface_dropped;
};

/** What was dropped before this program saw it. The thread that reads. */
void live_counts(struct live *live, struct live_counts *ret);

#endif
