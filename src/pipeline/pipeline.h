/* SPDX-License-Identifier: Apache-2.0 */
/* The way of the data: inputs to packets to visits to the store. The only place that puts the
 * stages together. Two threads: the caller's reads up to the visit, one of its own enriches
 * and stores (docs/ARCHITECTURE.md, "Threads"). */
#ifndef NJ_PIPELINE_PIPELINE_H
#define NJ_PIPELINE_PIPELINE_H

#include "enrich/enrich.h"
#include "log/log.h"
#include "model/sensor.h"
#include "store/store.h"

struct pipeline;

struct pipeline_options {
    struct store *store;               /* borrowed, opened for writing */
    struct enrich *enrich;             /* borrowed; the storing thread uses it */
    const struct log_formats *formats; /* borrowed */
    const char *payload_rules;    /* path of the rules of payloads, borrowed for pipeline_new;
                                     NULL: none */
    const struct sensor *sensors; /* borrowed; the configuration's */
    size_t sensor_count;
    const char *sensor; /* name for all inputs; NULL: by prefixes if any sensor has some, else
                           "default" */
    const char *as;     /* name of the format of all inputs; NULL: found from the content */
    struct log_options log;
    size_t max_senders, max_visits, max_sessions;
    int64_t part_s;
    size_t payload_bytes;
    bool close; /* close all visits at the end of each input */
    void (*progress)(void *ctx, const char *name, uint64_t done, uint64_t total,
                     uint64_t packets); /* may be NULL */
    void *progress_ctx;
};

struct ingest_result {
    char input[512];
    char format[32];
    struct store_counts counts; /* of this run alone */
    uint64_t own;               /* packets of the sensor's own clients */
    int64_t first_us, last_us;  /* 0 if there was no packet */
    bool already_known;         /* nothing in it was new */
    bool failed;                /* `note` is an error: the input could not be read */
    char note[256];             /* what was wrong, one line; "" if nothing */
    char rejects[8][160]; /* the first rows of a log that did not fit, with line and reason */
    size_t reject_count;  /* how many of them are filled */
};

struct pipeline_totals {
    uint64_t visits_forced, sessions_evicted, senders_evicted, targets_saturated;
    uint64_t stacks_refused; /* names that became "other" */
};

/** Load the state that the last run of this sensor left and start the storing thread. */
int pipeline_new(const struct pipeline_options *options, struct pipeline **ret_pipeline,
                 struct nj_err *err);

/**
 * Read one input into the store.
 *
 * @param ret  filled in every case; an input that can't be read is no fault of the pipeline
 *             (ret->failed), and the next one may follow
 * @return 0; -1 when the store failed: the pipeline can only be freed
 */
int pipeline_ingest(struct pipeline *pl, const char *path, struct ingest_result *ret,
                    struct nj_err *err);

/** Nothing follows: close all visits, make everything durable. Parts that this closes count in
 * *last, the result of the last input (may be NULL). @return 0; -1 */
int pipeline_finish(struct pipeline *pl, struct ingest_result *last, struct nj_err *err);

const struct pipeline_totals *pipeline_totals(struct pipeline *pl);

/** Does not commit: what was not committed is read again next time. */
void pipeline_free(struct pipeline *pl);

#endif
