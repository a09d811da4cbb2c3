/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs one after another, and the end of a run. */
#include "pipeline/internal.h"

#include <stdlib.h>
#include <string.h>

int pipeline_ingest(struct pipeline *pl, const char *path, struct ingest_result *ret,
                    struct nj_err *err)
{
    struct source_input input = {.before = *visit_table_counts(pl->visits)};
    struct nj_err read_err = {0};
    uint64_t known;
    int rc;

    memset(ret, 0, sizeof(*ret));
    if (commit_pending(pl, err) < 0)
        return -1;
    (void)snprintf(ret->input, sizeof(ret->input), "%s", path);
    if (input_open(pl, path, pl->options.as, 0, &input, &read_err) < 0) {
        ret->failed = true;
        (void)snprintf(ret->note, sizeof(ret->note), "%s", read_err.msg);
        input_close(&input);
        return 0;
    }
    known = input.record.position;
    input.record.complete = false;
    rc = input.reader != NULL ? input_read_capture(pl, &input, &read_err, err)
                              : input_read_log(pl, &input, &read_err, err);
    if (rc < 0)
        goto out;
    if (rc > 0) { /* what came before the damage counts */
        (void)snprintf(input.record.note, sizeof(input.record.note), "%s", read_err.msg);
        input.decode_truncated++;
    }
    if (pl->options.close) {
        rc = input_release(pl, err) < 0 ? -1 : visit_table_close(pl->visits, err);
        if (rc < 0)
            goto out;
    }
    input_record(pl, &input);
    ret->already_known = known > 0 && known == input.record.position;
    if (ret->already_known) { /* its damaged end was counted when it was first read */
        input.base.truncated += input.cut;
        input.record.counts = input.base;
    }
    input.record.complete = true;
    input_result(&input, visit_table_counts(pl->visits), ret);
    pl->pending = input.record;
    /* an end that an earlier run came to has no record to bring up to date */
    pl->has_pending = !ret->already_known ||
                      (input.record.id != 0 && (!input.settled || pl->uncommitted > 0));
out:
    input_close(&input);
    return rc;
}

int pipeline_finish(struct pipeline *pl, struct ingest_result *last, struct nj_err *err)
{
    const struct visit_table_counts before = *visit_table_counts(pl->visits);
    uint64_t sessions, closed;

    if (visit_table_close(pl->visits, err) < 0)
        return -1;
    sessions = visit_table_counts(pl->visits)->sessions - before.sessions;
    closed = visit_table_counts(pl->visits)->parts - before.parts;
    if (last != NULL) {
        last->counts.sessions += sessions;
        last->counts.visits += closed;
    }
    pl->pending.counts.sessions += sessions;
    pl->pending.counts.visits += closed;
    if (!pl->has_pending && (closed > 0 || pl->uncommitted > 0) &&
        commit_send(pl, NULL, err) < 0)
        return -1;
    if (commit_pending(pl, err) < 0)
        return -1;
    return commit_settle(pl, err);
}

const struct pipeline_totals *pipeline_totals(struct pipeline *pl)
{
    const struct visit_table_counts *visits = visit_table_counts(pl->visits);
    const struct order_counts *orders = order_counts(pl->orders);
    const struct relation_counts *relations = relations_counts(pl->relations);
    const struct sampler_counts *samples = sampler_counts(pl->sampler);

    pl->totals = (struct pipeline_totals){
        .visits_forced = visits->visits_forced,
        .sessions_evicted = visits->sessions_evicted,
        .targets_saturated = visits->targets_saturated,
        .senders_evicted = fingerprint_counts(pl->fingerprints)->senders_evicted,
        .labels_refused = visits->labels_refused,
        .recounted = visits->recounted,
        .stacks_refused = nj_intern_refused(pl->names),
        .fragments_alone = fragment_table_counts(pl->fragments)->alone,
        .fragments_forgotten = fragment_table_counts(pl->fragments)->forgotten,
        .fragments_hurried = fragment_table_counts(pl->fragments)->hurried,
        .fragments_waiting = fragment_table_waiting(pl->fragments),
        .bad_checksums = pl->totals.bad_checksums,
        .packets = pl->totals.packets,
        .searches = orders->searches,
        .searches_deferred = orders->deferred,
        .walks = orders->walks,
        .relations_lent = relations->lent,
        .relations_evicted = relations->evicted,
        .relations_found = relations->found,
        .relations_recognised = relations->recognised,
        .families = relations->families,
        .families_evicted = relations->families_evicted,
        .samples = samples->kept,
        .samples_refused = samples->refused,
    };
    if (pl->walks != NULL) {
        pl->totals.contacts = trw_counts(pl->walks)->contacts;
        pl->totals.contacts_forgotten = trw_counts(pl->walks)->forgotten;
    }
    return &pl->totals;
}

int pipeline_new(const struct pipeline_options *options, struct pipeline **ret_pipeline,
                 struct nj_err *err)
{
    struct pipeline *pl = calloc(1, sizeof(*pl));
    struct storer_options storer;

    if (pl == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the pipeline");
    pl->options = *options;
    pl->last_seq = store_last_seq(options->store);
    pl->handed_ns = INT64_MIN;
    if (stages_make(pl, err) < 0) {
        pipeline_free(pl);
        return -1;
    }
    storer = (struct storer_options){
        .store = options->store,
        .enrich = options->enrich,
        .names = pl->names,
        .stream = sensors_stream(pl->sensors),
        .queue = pl->queue,
        .visited = options->visited,
        .visited_ctx = options->visited_ctx,
        .committed = options->committed,
        .committed_ctx = options->committed_ctx,
    };
    if (stages_load(pl, sensors_stream(pl->sensors), err) < 0 ||
        storer_start(&storer, &pl->storer, err) < 0) {
        pipeline_free(pl);
        return -1;
    }
    *ret_pipeline = pl;
    return 0;
}

void pipeline_free(struct pipeline *pl)
{
    if (pl == NULL)
        return;
    (void)storer_join(pl->storer, NULL);
    stages_free(pl);
    free(pl);
}
