/* SPDX-License-Identifier: Apache-2.0 */
/* The table of samples, and when each is looked at. */
#include "order/order.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/gcd.h"
#include "order/search.h"
#include "order/state.h"

#define SENDERS_EACH 16u /* senders for each place: most never get to three packets */
#define FROM_PACKET 3u

#define TELL_BITS 20.0f /* one source in a million by chance */

int order_new(struct nj_intern *names, size_t max_senders, trait_fn sink, void *sink_ctx,
              struct order_table **ret, struct nj_err *err)
{
    struct order_table *table = calloc(1, sizeof(*table));
    size_t sets = 1;

    if (table == NULL)
        return nj_fail(err, NJ_NOMEM, "orders");
    while (sets * 2 * ORDER_SET <= max_senders / SENDERS_EACH)
        sets *= 2;
    table->sets = sets;
    table->sources = calloc(sets * ORDER_SET, sizeof(*table->sources));
    table->looks = calloc(ORDER_LOOKS, sizeof(*table->looks));
    table->searcher = searcher_new();
    if (table->sources == NULL || table->looks == NULL || table->searcher == NULL) {
        order_free(table);
        return nj_fail(err, NJ_NOMEM, "orders of %zu senders", max_senders);
    }
    table->sink = sink;
    table->sink_ctx = sink_ctx;
    order_walks_init(table, names);
    *ret = table;
    return 0;
}

void order_free(struct order_table *table)
{
    if (table == NULL)
        return;
    free(table->sources);
    free(table->looks);
    searcher_free(table->searcher);
    free(table);
}

const struct order_counts *order_counts(const struct order_table *table)
{
    return &table->counts;
}

void order_prefetch(const struct order_table *table, const struct packet *packet)
{
    __builtin_prefetch(&table->looks[packet->src_hash % ORDER_LOOKS], 1);
}

static struct order_source *set_of(const struct order_table *table, uint64_t hash)
{
    return &table->sources[(hash >> 24 & (table->sets - 1)) * ORDER_SET];
}

void order_prefetch_source(const struct order_table *table, const struct packet *packet)
{
    const struct order_look *seen = &table->looks[packet->src_hash % ORDER_LOOKS];
    const char *source = (const char *)&set_of(table, packet->src_hash)[seen->way];

    if (seen->tag != (uint32_t)(packet->src_hash >> 32) || seen->packets + 1u < FROM_PACKET ||
        seen->packets == ORDER_LOOK_DONE)
        return;
    for (size_t line = 0; line < offsetof(struct order_source, sample.port); line += 64)
        __builtin_prefetch(source + line, 1);
}

/* ---- what is looked for ---- */

static int look_for_pool(struct order_table *table, struct order_source *source,
                         struct nj_err *err)
{
    const struct order_sensor *sensor = &table->sensors[source->sensor % ORDER_SENSORS];
    const struct target_sample *sample = &source->sample;
    uint32_t common = sensor->sensor == source->sensor ? sensor->common : 1, modulus;
    char value[TRAIT_VALUE_MAX], text[ADDR_TEXT_MAX];
    float bits;

    if ((source->told & ORDER_TOLD_POOL) != 0 || !addr_is_v4(source->src))
        return 0;
    modulus = sample_modulus(sample, common, &bits);
    if (modulus == 0 || bits < TELL_BITS || sample_is_sequential(sample))
        return 0;
    source->told |= ORDER_TOLD_POOL;
    (void)snprintf(value, sizeof(value), "%u addresses of %s/24, port %u; targets %u mod %u",
                   modulus, addr_text(addr_from_v4(addr_v4(source->src) & ~255u), text),
                   sample->port[0], sample->dst[0] % modulus, modulus);
    return order_tell(table, source, "pool", value, bits, sample->count, err);
}

/* As ZMap and masscan do, whatever comes again in their next pass. */
static bool goes_over_permutation(const struct order_source *source)
{
    return (source->told & ORDER_TOLD_WALK) != 0 || source->seed.hits == SEED_CONFIRMED;
}

static int look_at_order(struct order_table *table, struct order_source *source,
                         struct nj_err *err)
{
    const uint32_t count = source->sample.count + source->sample.repeats;
    struct order_statement order = {.bits = 0}, schedule = {.bits = 0};

    if ((source->told & ORDER_TOLD_ORDER) == 0)
        sample_order(&source->sample, &order);
    if (order.bits > 0 && !(order.drawn && goes_over_permutation(source))) {
        source->told |= ORDER_TOLD_ORDER;
        if (order_tell(table, source, "order", order.value, order.bits, count, err) < 0)
            return -1;
    }
    if ((source->told & ORDER_TOLD_SCHEDULE) == 0)
        sample_schedule(&source->sample, &schedule);
    if (schedule.bits < TELL_BITS)
        return 0;
    source->told |= ORDER_TOLD_SCHEDULE;
    return order_tell(table, source, "schedule", schedule.value, schedule.bits, count, err);
}

static int look_for_seed(struct order_table *table, struct order_source *source,
                         const struct packet *packet, struct nj_err *err)
{
    char value[TRAIT_VALUE_MAX];

    if (packet->tool != table->masscan || packet->proto != PROTO_TCP || packet->no_seq ||
        packet->no_fields || !addr_is_v4(packet->src) ||
        !seed_add(&table->seeds, &source->seed, packet))
        return 0;
    table->counts.seeds++;
    (void)snprintf(value, sizeof(value), "masscan seed %llu",
                   (unsigned long long)source->seed.seed);
    return order_tell(table, source, "seed", value, SEED_BITS, SEED_CONFIRMED, err);
}

static bool is_time(uint32_t targets)
{
    return targets == 10 || targets == 14 || targets == 20 || targets == ORDER_TARGETS;
}

static int look(struct order_table *table, struct order_source *source,
                const struct packet *packet, struct nj_err *err)
{
    if (order_look_for_walk(
            table, source, packet,
            source->sample.count < ORDER_TARGETS ? SEARCH_NARROW : SEARCH_THOROUGH, err) < 0 ||
        look_for_pool(table, source, err) < 0)
        return -1;
    return source->sample.count < 20 ? 0 : look_at_order(table, source, err);
}

/* ---- the way of a packet ---- */

static bool counts(const struct packet *packet)
{
    if (packet->direction == DIRECTION_OUT || !addr_is_v4(packet->dst) || packet->fragment)
        return false;
    if (packet->no_fields)
        return true;
    switch (packet->proto) {
    case PROTO_TCP:
        return (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    case PROTO_UDP:
        return true;
    default:
        return packet->proto == PROTO_ICMP && packet->dport >> 8 == 8;
    }
}

/* A sensor may have strange addresses: all even, say. */
static void note_sensor(struct order_table *table, const struct packet *packet)
{
    struct order_sensor *sensor = &table->sensors[packet->sensor % ORDER_SENSORS];
    uint32_t dst = addr_v4(packet->dst);

    if (sensor->sensor != packet->sensor || !sensor->used)
        *sensor = (struct order_sensor){.sensor = packet->sensor, .first = dst, .used = true};
    if (sensor->common != 1)
        sensor->common = (uint32_t)nj_gcd(
            sensor->common, dst > sensor->first ? dst - sensor->first : sensor->first - dst);
}

static bool is_of(const struct order_source *source, const struct packet *packet)
{
    return source->hash == packet->src_hash && source->sensor == packet->sensor &&
           addr_equal(source->src, packet->src);
}

/* A place of a set is found again by the source's look. */
static void note_way(struct order_table *table, uint64_t hash, unsigned way)
{
    table->looks[hash % ORDER_LOOKS].way = (uint8_t)way;
}

static struct order_source *find(struct order_table *table, const struct packet *packet)
{
    struct order_source *set = set_of(table, packet->src_hash);
    unsigned way = table->looks[packet->src_hash % ORDER_LOOKS].way;

    if (is_of(&set[way], packet))
        return &set[way];
    for (unsigned i = 0; i < ORDER_SET; i++)
        if (is_of(&set[i], packet)) {
            note_way(table, packet->src_hash, i);
            return &set[i];
        }
    return NULL;
}

/* An empty place, else one that is done, else that of the one silent longest. */
static struct order_source *place_for(struct order_table *table, uint64_t hash)
{
    struct order_source *set = set_of(table, hash);
    struct order_source *best = &set[0];

    for (unsigned i = 0; i < ORDER_SET; i++) {
        if (set[i].hash == 0)
            return &set[i];
        if (set[i].done != best->done ? set[i].done : set[i].last_ns < best->last_ns)
            best = &set[i];
    }
    return best;
}

/* Begin a sample. @param source  the place that it had before, or NULL */
static struct order_source *put(struct order_table *table, struct order_source *source,
                                const struct packet *packet)
{
    if (source == NULL)
        source = place_for(table, packet->src_hash);
    note_way(table, packet->src_hash, (unsigned)(source - set_of(table, packet->src_hash)));
    source->hash = packet->src_hash;
    source->src = packet->src;
    source->sensor = packet->sensor;
    source->last_ns = packet->time_ns;
    source->told = 0;
    source->done = false;
    source->seed = (struct seed_guess){.hits = 0};
    source->sample.count = source->sample.repeats = source->sample.once = 0;
    return source;
}

/* Whether the packet is one of a sample: most packets are of sources that are done, or that
 * never send a third one. */
static bool passes(struct order_table *table, const struct packet *packet)
{
    struct order_look *seen = &table->looks[packet->src_hash % ORDER_LOOKS];
    uint32_t tag = (uint32_t)(packet->src_hash >> 32);

    if (seen->tag != tag || seen->packets == 0) {
        *seen = (struct order_look){.tag = tag, .packets = 1};
        return false;
    }
    if (seen->packets == ORDER_LOOK_DONE) { /* a new episode may be a new scan */
        if (packet->episode_packets != 1)
            return false;
        seen->packets = FROM_PACKET;
        return true;
    }
    if (seen->packets < FROM_PACKET)
        seen->packets++;
    return seen->packets >= FROM_PACKET;
}

static void close_sample(struct order_table *table, struct order_source *source)
{
    struct order_look *seen = &table->looks[source->hash % ORDER_LOOKS];

    source->done = true;
    if (seen->tag == (uint32_t)(source->hash >> 32))
        seen->packets = ORDER_LOOK_DONE;
}

int order_add(struct order_table *table, const struct packet *packet, struct nj_err *err)
{
    struct order_source *source;
    uint32_t count;

    order_walks_earn(table);
    if (!counts(packet) || !passes(table, packet))
        return 0;
    note_sensor(table, packet);
    source = find(table, packet);
    if (source == NULL || source->done)
        source = put(table, source, packet);
    if (packet->time_ns > source->last_ns)
        source->last_ns = packet->time_ns;
    if (!sample_add(&source->sample, addr_v4(packet->dst), packet->dport, packet->time_ns)) {
        source->told |= ORDER_RESENT;
        if (source->sample.repeats >= ORDER_REPEATS_MAX) {
            close_sample(table, source);
            return look_at_order(table, source, err);
        }
        return 0;
    }
    if (look_for_seed(table, source, packet, err) < 0)
        return -1;
    count = source->sample.count;
    if (count == ORDER_TARGETS)
        close_sample(table, source);
    return is_time(count) ? look(table, source, packet, err) : 0;
}
