/* SPDX-License-Identifier: Apache-2.0 */
/* What order.c (the way of a packet), walks.c and save.c share. */
#ifndef NJ_ORDER_STATE_H
#define NJ_ORDER_STATE_H

#include "order/numbering.h"
#include "order/order.h"
#include "order/sample.h"
#include "order/search.h"
#include "order/seed.h"

#define ORDER_SET 4u           /* places among which a source finds its own */
#define ORDER_LOOKS (1u << 18) /* first looks: 8 bytes each */
#define ORDER_LOOK_DONE 255u
#define ORDER_SENSORS 64u
#define ORDER_OTHER_TOOLS 9u
#define ORDER_REPEATS_MAX 64u /* then the targets are few, and the sample ends */

/* What may be saved up for a burst of sources (walks.c). */
#define ORDER_ZMAP_CREDIT 12288u
#define ORDER_OTHER_CREDIT 1536u
#define ORDER_TRY_CREDIT 2048u

enum {
    ORDER_TOLD_WALK = 1,
    ORDER_TOLD_POOL = 2,
    ORDER_TOLD_ORDER = 4,
    ORDER_TOLD_SCHEDULE = 8,
    ORDER_RESENT = 16, /* a target came twice */
};

struct order_source {
    uint64_t hash; /* packet->src_hash; 0: an empty place */
    struct addr src;
    int64_t last_ns;
    uint32_t sensor;
    uint8_t told;
    bool done; /* of this episode all is said */
    struct seed_guess seed;
    struct target_sample sample;
};

/* Packets of a source up to the third; a second source with the same place takes it over. */
struct order_look {
    uint32_t tag;
    uint8_t packets; /* ORDER_LOOK_DONE: its sample is closed until the next episode */
    uint8_t way;     /* in its set, where its sample was last; a hint, and not saved */
};

struct order_sensor {
    uint32_t sensor, first, common; /* divides all differences from the first target; 0: one */
    bool used;
};

struct order_table {
    size_t sets; /* a power of two */
    struct order_source *sources;
    struct order_look *looks;
    struct order_sensor sensors[ORDER_SENSORS];
    struct searcher *searcher;
    trait_fn sink;
    void *sink_ctx;
    uint32_t zmap, masscan, others[ORDER_OTHER_TOOLS]; /* names */
    uint32_t zmap_credit, other_credit;                /* for searches */
    uint32_t try_credit;                               /* for numberings */
    struct numbering_memory numberings;
    struct seed_memory seeds;
    uint64_t packets;
    struct order_counts counts;
};

/* ---- walks.c ---- */

void order_walks_init(struct order_table *table, struct nj_intern *names);

/** Full credit, and nothing learned. */
void order_walks_renew(struct order_table *table);

/** A packet more: credit for searches. */
void order_walks_earn(struct order_table *table);

/** Look for ZMap's walk in a source's sample, if there is credit, and tell. @return 0; -1 */
int order_look_for_walk(struct order_table *table, struct order_source *source,
                        const struct packet *packet, enum search_depth depth,
                        struct nj_err *err);

/** Give a trait to the sink. @return 0; -1 from it */
int order_tell(struct order_table *table, const struct order_source *source, const char *kind,
               const char *value, float bits, uint32_t packets, struct nj_err *err);

#endif
