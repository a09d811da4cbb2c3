/* SPDX-License-Identifier: Apache-2.0 */
/* The storing thread: takes batches from the queue, adds country and AS, stages the rows and
 * commits where the packet side says so. */
#ifndef NJ_PIPELINE_STORER_H
#define NJ_PIPELINE_STORER_H

#include "enrich/enrich.h"
#include "pipeline/queue.h"

struct storer;

/* All pointers are borrowed until storer_join. */
struct storer_options {
    struct store *store;
    struct enrich *enrich;
    const struct nj_intern *names;
    const char *stream;
    struct queue *queue;
    /* called by the thread for each row; may be NULL */
    void (*visited)(void *ctx, const struct visit *visit, const char *sensor,
                    const struct store_place *place, const struct nj_intern *names);
    void *visited_ctx;
    /* called after each commit, by a thread of its own, while the next is staged and prepared:
     * the store is otherwise left alone until it returns; may be NULL.
     * @return 0; -1: storing ends */
    int (*committed)(void *ctx, struct nj_err *err);
    void *committed_ctx;
};

/** Start the thread. @return 0; -1 */
int storer_start(const struct storer_options *options, struct storer **ret_storer,
                 struct nj_err *err);

/** Wait until all that was sent is stored, and what is done behind the last commit has ended.
 * @return 0; -1 with the error at which storing stopped */
int storer_settle(struct storer *storer, struct nj_err *err);

/** Close the queue, wait for the thread and free it. @return 0; -1 with the error
 * it stopped at */
int storer_join(struct storer *storer, struct nj_err *err);

/** After storer_settle: the number that the catalog gave to the input of the last commit. */
int64_t storer_last_id(const struct storer *storer);

/** After queue_empty said "stopped": the error it stopped at. @return -1 */
int storer_error(const struct storer *storer, struct nj_err *err);

#endif
