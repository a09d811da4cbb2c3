/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/pcap_out.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/probe.h"

#define BUFFER_BYTES (1u << 20) /* larger writes gain nothing measurable */
#define RECORD_HEADER 16u

struct sim_pcap {
    int fd;
    size_t used;
    uint8_t buffer[BUFFER_BYTES];
};

static int flush(struct sim_pcap *pcap, struct nj_err *err)
{
    size_t done = 0;

    while (done < pcap->used) {
        ssize_t n = write(pcap->fd, pcap->buffer + done, pcap->used - done);

        if (n < 0)
            return nj_fail(err, NJ_IO, "write capture");
        done += (size_t)n;
    }
    pcap->used = 0;
    return 0;
}

static void put_native(uint8_t *at, uint32_t v)
{
    memcpy(at, &v, 4);
}

int sim_pcap_open(const char *path, struct sim_pcap **ret_pcap, struct nj_err *err)
{
    struct sim_pcap *pcap = malloc(sizeof(*pcap));

    if (pcap == NULL)
        return nj_fail(err, NJ_NOMEM, "capture buffer");
    pcap->used = 24;
    pcap->fd = strcmp(path, "-") == 0
                   ? dup(STDOUT_FILENO)
                   : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (pcap->fd < 0) {
        free(pcap);
        return nj_fail(err, NJ_IO, "create %s", path);
    }
    memset(pcap->buffer, 0, 24);
    put_native(pcap->buffer, 0xa1b2c3d4);       /* microseconds */
    put_native(pcap->buffer + 4, 4u << 16 | 2); /* version 2.4 */
    put_native(pcap->buffer + 16, 65535);       /* snapshot length */
    put_native(pcap->buffer + 20, 1);           /* LINKTYPE_ETHERNET */
    *ret_pcap = pcap;
    return 0;
}

uint8_t *sim_pcap_frame(struct sim_pcap *pcap, struct nj_err *err)
{
    if (pcap->used + RECORD_HEADER + SIM_FRAME_MAX > sizeof(pcap->buffer) &&
        flush(pcap, err) < 0)
        return NULL;
    return pcap->buffer + pcap->used + RECORD_HEADER;
}

void sim_pcap_put(struct sim_pcap *pcap, int64_t time_ns, size_t length)
{
    uint8_t *record = pcap->buffer + pcap->used;

    put_native(record, (uint32_t)(time_ns / 1000000000));
    put_native(record + 4, (uint32_t)(time_ns % 1000000000 / 1000));
    put_native(record + 8, (uint32_t)length);
    put_native(record + 12, (uint32_t)length);
    pcap->used += RECORD_HEADER + length;
}

int sim_pcap_close(struct sim_pcap *pcap, struct nj_err *err)
{
    int rc = flush(pcap, err);

    if (close(pcap->fd) != 0 && rc == 0)
        rc = nj_fail(err, NJ_IO, "close capture");
    free(pcap);
    return rc;
}

void sim_pcap_free(struct sim_pcap *pcap)
{
    if (pcap == NULL)
        return;
    (void)close(pcap->fd);
    free(pcap);
}
