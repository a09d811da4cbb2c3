/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/storer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/beside.h"

struct storer {
    struct storer_options options;
    pthread_t thread;
    int64_t input_id;    /* given by the catalog at an input's first commit */
    int64_t last_id;     /* of the last commit's input */
    struct beside after; /* what is done with a commit while rows of the next are staged */
    bool failed;
    struct nj_err err;
};

static int store_commit_of(struct storer *storer, struct commit *commit)
{
    int rc = store_write(storer->options.store, commit->state, &storer->err);

    if (beside_wait(&storer->after, rc < 0 ? NULL : &storer->err) < 0)
        rc = -1;
    /* later commits of an input are sent before the first one has given it a number */
    if (commit->has_input && commit->input.id == 0)
        commit->input.id = storer->input_id;
    if (rc == 0)
        rc = store_commit(storer->options.store, storer->options.stream,
                          commit->has_input ? &commit->input : NULL, commit->last_seq,
                          &storer->err);
    if (commit->has_input)
        storer->input_id = commit->input.complete ? 0 : commit->input.id;
    storer->last_id = commit->has_input ? commit->input.id : 0;
    if (rc == 0 && storer->options.committed != NULL)
        rc = beside_start(&storer->after, storer->options.committed,
                          storer->options.committed_ctx, &storer->err);
    return rc;
}

/* What the log itself says: a code. Where too many names are known it is that of none. */
static void own_country(const struct storer *storer, uint32_t name, char ret_country[3])
{
    const char *code = nj_intern_text(storer->options.names, name);

    if (strlen(code) == 2)
        memcpy(ret_country, code, 3);
}

static int store_visits(struct storer *storer, const struct batch *batch)
{
    struct addr sources[BATCH_ROWS];
    struct place places[BATCH_ROWS];
    struct visit visit;

    for (size_t i = 0; i < batch->visit_count; i++)
        sources[i] = batch_visit_src(batch, i);
    enrich_places(storer->options.enrich, sources, batch->visit_count, places);
    for (size_t i = 0; i < batch->visit_count; i++) {
        struct store_place stored = {.asn = places[i].asn};

        batch_visit(batch, i, &visit);
        memcpy(stored.country, places[i].country, sizeof(stored.country));
        if (stored.country[0] == '\0' && visit.country != 0)
            own_country(storer, visit.country, stored.country);
        if (store_add_visit(storer->options.store, &visit,
                            nj_intern_text(storer->options.names, visit.sensor), &stored,
                            storer->options.names, &storer->err) < 0)
            return -1;
        if (storer->options.visited != NULL)
            storer->options.visited(storer->options.visited_ctx, &visit,
                                    nj_intern_text(storer->options.names, visit.sensor),
                                    &stored, storer->options.names);
    }
    return 0;
}

static int store_batch(struct storer *storer, struct batch *batch)
{
    if (store_visits(storer, batch) < 0)
        return -1;
    for (size_t i = 0; i < batch->trait_count; i++)
        if (store_add_trait(storer->options.store, &batch->traits[i],
                            nj_intern_text(storer->options.names, batch->traits[i].sensor),
                            &storer->err) < 0)
            return -1;
    for (size_t i = 0; i < batch->sample_count; i++)
        if (store_add_sample(storer->options.store, &batch->samples[i],
                             nj_intern_text(storer->options.names, batch->samples[i].sensor),
                             storer->options.names, &storer->err) < 0)
            return -1;
    return batch->has_commit ? store_commit_of(storer, &batch->commit) : 0;
}

static void *run(void *arg)
{
    struct storer *storer = arg;
    struct batch *batch;

    while ((batch = queue_next(storer->options.queue)) != NULL) {
        if (!storer->failed && store_batch(storer, batch) < 0) {
            storer->failed = true;
            queue_stop(storer->options.queue);
        }
        queue_return(storer->options.queue, batch);
    }
    return NULL;
}

int storer_start(const struct storer_options *options, struct storer **ret_storer,
                 struct nj_err *err)
{
    struct storer *storer = calloc(1, sizeof(*storer));

    if (storer == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the storing thread");
    storer->options = *options;
    if (pthread_create(&storer->thread, NULL, run, storer) != 0) {
        free(storer);
        return nj_fail(err, NJ_IO, "start the storing thread");
    }
    *ret_storer = storer;
    return 0;
}

/* The storing thread has nothing to do, or has ended. */
static int end_of_after(struct storer *storer, struct nj_err *err)
{
    struct nj_err why;

    if (beside_wait(&storer->after, &why) < 0 && !storer->failed) {
        storer->err = why;
        storer->failed = true;
        queue_stop(storer->options.queue);
    }
    return storer->failed ? storer_error(storer, err) : 0;
}

int storer_settle(struct storer *storer, struct nj_err *err)
{
    if (!queue_drain(storer->options.queue))
        return storer_error(storer, err);
    return end_of_after(storer, err);
}

int storer_join(struct storer *storer, struct nj_err *err)
{
    int rc;

    if (storer == NULL)
        return 0;
    queue_close(storer->options.queue);
    (void)pthread_join(storer->thread, NULL);
    rc = end_of_after(storer, err);
    free(storer);
    return rc;
}

int64_t storer_last_id(const struct storer *storer)
{
    return storer->last_id;
}

int storer_error(const struct storer *storer, struct nj_err *err)
{
    if (err != NULL)
        *err = storer->err;
    return -1;
}
