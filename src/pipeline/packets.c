/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/packets.h"

#include <stdlib.h>

#include "capture/reader.h"
#include "classify/classify.h"
#include "decode/decode.h"
#include "fingerprint/fingerprint.h"

#define ROUND 64
#define NAMES_MAX (1u << 16)

struct capture {
    struct nj_stream *stream;
    struct reader *reader;
    struct nj_intern *names;
    struct classifier *classifier;
    struct fingerprint *fingerprints;
    struct packet packets[ROUND];
};

static void capture_close(void *arg)
{
    struct capture *capture = arg;

    if (capture == NULL)
        return;
    fingerprint_free(capture->fingerprints);
    classifier_free(capture->classifier);
    nj_intern_free(capture->names);
    reader_free(capture->reader);
    nj_stream_free(capture->stream);
    free(capture);
}

static int no_traits(void *ctx, const struct trait *trait, struct nj_err *err)
{
    (void)ctx;
    (void)trait;
    (void)err;
    return 0;
}

static int capture_open(void *ctx, const char *path, void **ret_capture, struct nj_err *err)
{
    struct capture *capture = calloc(1, sizeof(*capture));
    int rc;

    (void)ctx;
    if (capture == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %s", path);
    capture->names = nj_intern_new(NAMES_MAX);
    capture->classifier = capture->names == NULL ? NULL : classifier_new(capture->names, NULL);
    if (capture->classifier == NULL) {
        rc = nj_fail(err, NJ_NOMEM, "no memory for %s", path);
        goto out;
    }
    rc = nj_stream_open(path, &capture->stream, err);
    if (rc == 0)
        rc = reader_open(capture->stream, &capture->reader, err);
    if (rc > 0)
        rc = nj_fail(err, NJ_FORMAT, "%s is no capture", path);
    if (rc == 0)
        rc = fingerprint_new(capture->names, 1, no_traits, NULL, &capture->fingerprints, err);
    if (rc == 0) {
        *ret_capture = capture;
        return 0;
    }
out:
    capture_close(capture);
    return rc;
}

static int capture_read(void *arg, const struct packet **ret_packets, size_t *ret_count,
                        struct nj_err *err)
{
    struct capture *capture = arg;
    struct frame frames[ROUND];
    size_t frame_count, count = 0;
    int rc = 0;

    while (rc == 0 && count == 0) { /* a round may hold no packet we can read */
        rc = reader_read(capture->reader, frames, ROUND, &frame_count, err);
        for (size_t i = 0; rc == 0 && i < frame_count; i++) {
            struct packet *packet = &capture->packets[count];

            if (decode(&frames[i], packet) != DECODE_OK)
                continue;
            classify(capture->classifier, packet);
            fingerprint_prepare(capture->fingerprints, packet);
            count++;
        }
    }
    for (size_t i = 0; i < count; i++)
        fingerprint_prefetch(capture->fingerprints, &capture->packets[i]);
    *ret_packets = capture->packets;
    *ret_count = count;
    return rc < 0 ? -1 : 0;
}

static const struct nj_intern *capture_names(void *arg)
{
    return ((struct capture *)arg)->names;
}

const struct packet_source capture_packets = {
    .open = capture_open,
    .read = capture_read,
    .names = capture_names,
    .close = capture_close,
};
