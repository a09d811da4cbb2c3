/* SPDX-License-Identifier: Apache-2.0 */
/* Saving and loading: samples that are still growing; of closed ones that they are. */
#include <string.h>

#include "base/saved.h"
#include "order/state.h"

#define MAGIC "NJORDER4"

/* What changed since the one before: many are of one network, at one port. */
static void walk_target(struct nj_saved *saved, struct target_sample *sample, uint32_t i)
{
    uint32_t dst = i == 0 ? 0 : sample->dst[i - 1], dst_change = sample->dst[i] ^ dst;
    uint16_t port = i == 0 ? 0 : sample->port[i - 1], port_change = sample->port[i] ^ port;
    int64_t time_ns = i == 0 ? 0 : sample->time_ns[i - 1];
    int64_t gap_ns = (int64_t)((uint64_t)sample->time_ns[i] - (uint64_t)time_ns);

    nj_saved_u32(saved, &dst_change);
    nj_saved_u16(saved, &port_change);
    nj_saved_i64(saved, &gap_ns);
    sample->dst[i] = dst ^ dst_change;
    sample->port[i] = port ^ port_change;
    sample->time_ns[i] = (int64_t)((uint64_t)time_ns + (uint64_t)gap_ns);
    nj_saved_check(saved, i == 0 || sample->time_ns[i] >= time_ns);
}

static void walk_sample(struct nj_saved *saved, struct target_sample *sample)
{
    nj_saved_u32(saved, &sample->count);
    nj_saved_u32(saved, &sample->repeats);
    nj_saved_u32(saved, &sample->once);
    nj_saved_check(saved, sample->count <= ORDER_TARGETS && sample->once <= sample->count);
    for (uint32_t i = 0; i < sample->count && !nj_saved_bad(saved); i++)
        walk_target(saved, sample, i);
}

/* Each source is its place in its set, so that the same ones leave first later on. */
static void walk_source(struct nj_saved *saved, struct order_source *source)
{
    nj_saved_u64(saved, &source->hash);
    nj_saved_u64(saved, &source->src.hi);
    nj_saved_u64(saved, &source->src.lo);
    nj_saved_i64(saved, &source->last_ns);
    nj_saved_u32(saved, &source->sensor);
    nj_saved_u8(saved, &source->told);
    nj_saved_bool(saved, &source->done);
    nj_saved_u64(saved, &source->seed.seed);
    nj_saved_u8(saved, &source->seed.hits);
    nj_saved_bool(saved, &source->seed.tried);
    nj_saved_u32(saved, &source->seed.known);
    nj_saved_check(saved, source->hash != 0 && source->seed.hits <= SEED_CONFIRMED);
    if (!source->done)
        walk_sample(saved, &source->sample);
}

static void walk_sources(struct nj_saved *saved, struct order_table *table)
{
    size_t places = table->sets * ORDER_SET;
    uint32_t count = 0;

    for (size_t i = 0; i < places; i++)
        count += table->sources[i].hash != 0;
    nj_saved_u32(saved, &count);
    for (size_t i = 0; i < places && !nj_saved_reading(saved); i++)
        if (table->sources[i].hash != 0) {
            uint8_t place = (uint8_t)(i % ORDER_SET);

            nj_saved_u8(saved, &place);
            walk_source(saved, &table->sources[i]);
        }
    for (uint32_t n = 0; nj_saved_reading(saved) && n < count && !nj_saved_bad(saved); n++) {
        struct order_source one = {.hash = 0};
        uint8_t place = 0;
        size_t set;

        nj_saved_u8(saved, &place);
        walk_source(saved, &one);
        nj_saved_check(saved, place < ORDER_SET);
        if (nj_saved_bad(saved))
            return;
        set = (size_t)(one.hash >> 24) & (table->sets - 1);
        table->sources[set * ORDER_SET + place] = one; /* a smaller table: the last one stays */
    }
}

static void walk_looks(struct nj_saved *saved, struct order_table *table)
{
    uint32_t count = 0, at = 0;

    for (uint32_t i = 0; i < ORDER_LOOKS; i++)
        count += table->looks[i].packets != 0;
    nj_saved_u32(saved, &count);
    for (uint32_t n = 0; n < count && !nj_saved_bad(saved); n++, at++) {
        while (!nj_saved_reading(saved) && table->looks[at].packets == 0)
            at++;
        nj_saved_u32(saved, &at);
        nj_saved_check(saved, at < ORDER_LOOKS);
        if (nj_saved_bad(saved))
            return;
        nj_saved_u32(saved, &table->looks[at].tag);
        nj_saved_u8(saved, &table->looks[at].packets);
    }
}

static void walk_numberings(struct nj_saved *saved, struct numbering_memory *memory)
{
    nj_saved_u32(saved, &memory->count);
    nj_saved_u32(saved, &memory->next);
    nj_saved_u32(saved, &memory->cursor);
    nj_saved_check(saved, memory->count <= NUMBERINGS_LEARNED &&
                              memory->next < NUMBERINGS_LEARNED && memory->cursor < NUMBERINGS);
    for (uint32_t i = 0; i < memory->count && !nj_saved_bad(saved); i++) {
        struct numbering *one = &memory->learned[i];

        nj_saved_u8(saved, &one->ip_bits);
        nj_saved_u16(saved, &one->block);
        nj_saved_i64(saved, &one->base);
        nj_saved_check(saved, one->ip_bits >= 1 && one->ip_bits <= 32 &&
                                  one->base >= -(INT64_C(1) << 32) &&
                                  one->base <= INT64_C(1) << 32 &&
                                  (one->block == 0 || one->block == ZMAP_BLOCK ||
                                   one->block == ZMAP_BLOCK_OLD));
    }
}

/* What pays for searches: no more than can be saved up. */
static void walk_credit(struct nj_saved *saved, uint32_t *credit, uint32_t most)
{
    nj_saved_u32(saved, credit);
    nj_saved_check(saved, *credit <= most);
}

static void walk_seeds(struct nj_saved *saved, struct seed_memory *memory)
{
    walk_credit(saved, &memory->credit, SEED_CREDIT);
    nj_saved_u32(saved, &memory->count);
    nj_saved_u32(saved, &memory->total);
    nj_saved_check(saved, memory->count <= SEEDS_LEARNED);
    for (uint32_t i = 0; i < memory->count && !nj_saved_bad(saved); i++)
        nj_saved_u64(saved, &memory->learned[i]);
}

static int walk(struct nj_saved *saved, void *state, struct nj_err *err)
{
    struct order_table *table = state;

    (void)err;
    walk_credit(saved, &table->zmap_credit, ORDER_ZMAP_CREDIT);
    walk_credit(saved, &table->other_credit, ORDER_OTHER_CREDIT);
    walk_credit(saved, &table->try_credit, ORDER_TRY_CREDIT);
    walk_numberings(saved, &table->numberings);
    walk_seeds(saved, &table->seeds);
    nj_saved_u64(saved, &table->packets);
    for (unsigned i = 0; i < ORDER_SENSORS; i++) {
        nj_saved_bool(saved, &table->sensors[i].used);
        if (!table->sensors[i].used)
            continue;
        nj_saved_u32(saved, &table->sensors[i].sensor);
        nj_saved_u32(saved, &table->sensors[i].first);
        nj_saved_u32(saved, &table->sensors[i].common);
    }
    walk_looks(saved, table);
    walk_sources(saved, table);
    return 0;
}

int order_save(struct order_table *table, FILE *out, struct nj_err *err)
{
    return nj_saved_write(out, MAGIC, NULL, walk, table, err);
}

int order_load(struct order_table *table, FILE *in, struct nj_err *err)
{
    int rc = nj_saved_read(in, MAGIC, NULL, walk, table, err);

    if (rc < 0) {
        memset(table->sources, 0, table->sets * ORDER_SET * sizeof(*table->sources));
        memset(table->looks, 0, ORDER_LOOKS * sizeof(*table->looks));
        memset(table->sensors, 0, sizeof(table->sensors));
        table->packets = 0;
        order_walks_renew(table);
    }
    return rc;
}
