/* SPDX-License-Identifier: Apache-2.0 */
/* Most programs are Poisson processes to a telescope: steady at home, but it sees each packet
 * with a small probability. The gaps are drawn so that exactly what is left falls into the
 * rest of the window: with `left` more points, the next is E / (left + E) of the way to the
 * end, E exponential, which is close to the smallest of `left` uniform points.
 *
 * ZMap's steps are computed ahead, a pass over the telescope at a time: the time of a step is
 * its number divided by the rate. */
#include "sim/order.h"

#include <stdlib.h>

/* Below this a pass is drawn at random: no order can be read from so few, and a pass costs a
 * look at every address of the telescope. */
#define ORDERED_MIN 16u
#define ORDERED_SHARE 4096u

#define GAP_MIN_NS 1000 /* so that time always goes on */

struct sim_order {
    int64_t from_ns;
    int64_t span_ns; /* of this pass */
    uint32_t count, at;
    uint32_t pass;
    struct zmap_seen seen[];
};

uint32_t sim_permute(uint32_t key, uint32_t number, unsigned bits)
{
    uint32_t mask = bits == 0 ? 0 : UINT32_MAX >> (32 - bits);
    unsigned half = bits / 2 + 1;

    /* each step is a bijection of the low bits: add, multiply by an odd number, fold */
    for (unsigned round = 0; round < 3; round++) {
        number = (number + key) & mask;
        number = number * ((key >> 7 | 1) * 0x9e3779b1u | 1) & mask;
        number ^= number >> half;
        key = key * 0x85ebca6bu + 0xc2b2ae35u;
    }
    return number;
}

static bool ordered(const struct sim_tool *tool)
{
    return tool->walk == WALK_ZMAP || tool->walk == WALK_ZMAP4;
}

static const struct zmap_telescope *telescope_for(struct sim_orders *orders, enum sim_walk walk)
{
    struct zmap_telescope **telescope = walk == WALK_ZMAP ? &orders->old : &orders->new;

    if (orders->logs == NULL)
        orders->logs = nj_logs_new(&zmap_ipv4);
    if (orders->logs != NULL && *telescope == NULL)
        *telescope = zmap_telescope_new(orders->logs, orders->net,
                                        walk == WALK_ZMAP ? ZMAP_BLOCK_OLD : ZMAP_BLOCK);
    return *telescope;
}

/* Each shard walks a part of its own of the common cycle, as ZMap has it since 2.1: the k-th of
 * n begins k/n of all steps behind the first. */
static uint64_t shard_start(const struct sim_orders *orders, const struct sim_style *style,
                            uint64_t g, uint64_t start)
{
    uint64_t steps = zmap_ipv4.prime - 1, skipped = steps / style->shards * style->shard;

    return (start + nj_mod_mul(skipped, nj_log(orders->logs, g), steps)) % steps;
}

/* Of a scan with several source addresses each sends to one residue class of the targets.
 * @return how many of the sightings are the sender's, at most `most` */
static uint32_t keep_residue(const struct sim_orders *orders, const struct sim_style *style,
                             struct zmap_seen *seen, uint32_t count, uint32_t most)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count && kept < most; i++) {
        if ((orders->net.first + seen[i].offset) % style->modulus == style->residue)
            seen[kept++] = seen[i];
    }
    return kept;
}

/* The place in a permutation of the sender's next target. */
static uint32_t permuted(const struct sim_orders *orders, struct sim_sender *sender)
{
    const struct sim_style *style = sender->style;
    uint32_t size = sim_net_size(orders->net), mask = size - 1, number, offset, looked = 0;

    do {
        number = sender->tries++;
        if (style != NULL && style->shards > 1) /* every n-th, as masscan's --shard */
            number = number * style->shards + style->shard;
        offset = sim_permute(sender->key + (number >> orders->net.bits) * 0x632be5abu,
                             number & mask, orders->net.bits);
    } while (style != NULL && style->modulus > 1 && ++looked < size &&
             (orders->net.first + offset) % style->modulus != style->residue);
    return offset;
}

/* One pass of ZMap over the address space, from `from_ns` on; it ends with the window or with
 * the last address of the telescope. */
static int begin_pass(struct sim_orders *orders, struct sim_sender *sender, int64_t from_ns,
                      uint32_t pass, struct nj_err *err)
{
    uint32_t size = sim_net_size(orders->net);
    const struct sim_style *style = sender->style;
    uint32_t parts = style == NULL ? 1 : style->shards > 1 ? style->shards : style->modulus;
    /* of one pass; a shard's part of the telescope varies, so that it keeps off
     * the next one's */
    uint32_t most = parts > 1 ? size / parts * 7 / 8 + 1 : size;
    uint32_t count = sender->left < most ? sender->left : most;
    const struct zmap_telescope *telescope = telescope_for(orders, sender->tool->walk);
    uint64_t limit = sender->tool->walk == WALK_ZMAP ? ZMAP_ROOT_LIMIT_OLD : ZMAP_ROOT_LIMIT;
    uint32_t scanned = style != NULL && style->modulus > 1 ? size : count;
    struct sim_order *order = malloc(sizeof(*order) + scanned * sizeof(order->seen[0]));
    struct nj_rng shared = nj_rng(style == NULL ? 0 : style->key, pass);
    struct nj_rng *rng = style != NULL && style->shared ? &shared : &sender->rng;
    uint64_t start, g;

    if (telescope == NULL || order == NULL) {
        free(order);
        return nj_fail(err, NJ_NOMEM, "order of a scan");
    }
    *order = (struct sim_order){
        .from_ns = from_ns,
        .span_ns = (int64_t)((double)(sender->window_ns - from_ns) *
                             ((double)count / (double)sender->left)),
        .count = count,
        .pass = pass,
    };
    sender->order = order;
    if (pass > 0 && pass % sender->ports->count == 0 && rng != &shared)
        sender->key = nj_rng_u32(&sender->rng); /* all ports done: the next scan */
    start = nj_rng_below64(rng, zmap_ipv4.prime - 1);
    g = zmap_generator(&zmap_ipv4, limit, rng);
    if (style != NULL && style->shards > 1)
        start = shard_start(orders, style, g, start);
    if (zmap_scan(telescope, g, start, scanned, order->seen, err) < 0)
        return -1;
    if (scanned > count)
        order->count = keep_residue(orders, style, order->seen, scanned, count);
    return 0;
}

static int64_t seen_time(const struct sim_order *order)
{
    return order->from_ns + (int64_t)((double)order->span_ns *
                                      ((double)order->seen[order->at].at / 4294967296.0));
}

static void draw_gap(struct sim_sender *sender, int64_t now)
{
    uint64_t wait = nj_rng_wait16(&sender->rng);
    uint64_t share = ((uint64_t)sender->left << 16) + wait;
    double rest = now < sender->window_ns ? (double)(sender->window_ns - now) : 0;

    sender->next_ns = now + GAP_MIN_NS + (int64_t)(rest * ((double)wait / (double)share));
}

/* A pool of more addresses than the telescope has leaves some of them nothing to do. */
static bool residue_fits(const struct sim_orders *orders, const struct sim_sender *sender)
{
    return sender->style == NULL || sender->style->modulus <= sim_net_size(orders->net) / 2;
}

int sim_order_begin(struct sim_orders *orders, struct sim_sender *sender, int64_t from_ns,
                    struct nj_err *err)
{
    if (ordered(sender->tool) && sender->left >= ORDERED_MIN && residue_fits(orders, sender) &&
        sender->left >= sim_net_size(orders->net) / ORDERED_SHARE) {
        if (begin_pass(orders, sender, from_ns, 0, err) < 0)
            return -1;
        sender->next_ns = seen_time(sender->order);
        return 0;
    }
    draw_gap(sender, from_ns);
    return 0;
}

static uint16_t draw_port(struct sim_sender *sender)
{
    const struct sim_ports *ports = sender->ports;
    uint32_t i = 0;

    if (ports->count > 1) {
        uint32_t at = nj_rng_below(&sender->rng, ports->until[ports->count - 1]);

        while (ports->until[i] <= at)
            i++;
    }
    sender->ports_used |= UINT64_C(1) << i;
    return ports->port[i];
}

static uint16_t pass_port(struct sim_sender *sender, uint32_t pass)
{
    uint32_t i = pass % sender->ports->count;

    sender->ports_used |= UINT64_C(1) << i;
    return sender->ports->port[i];
}

void sim_order_target(struct sim_orders *orders, struct sim_sender *sender,
                      struct sim_try *ret_try)
{
    uint32_t mask = sim_net_size(orders->net) - 1, offset;

    if (sender->order != NULL) {
        offset = sender->order->seen[sender->order->at++].offset;
        ret_try->dst = orders->net.first + offset;
        ret_try->dport = sender->style != NULL && sender->style->all_ports
                             ? draw_port(sender)
                             : pass_port(sender, sender->order->pass);
        sender->tries++;
        return;
    }
    switch (sender->tool->walk) {
    case WALK_PERMUTE:
    case WALK_ZMAP:
    case WALK_ZMAP4:
        offset = permuted(orders, sender);
        break;
    case WALK_SWEEP:
        offset = sender->tries++ + sender->key;
        break;
    default:
        offset = nj_rng_u32(&sender->rng);
        sender->tries++;
        break;
    }
    ret_try->dst = orders->net.first + (offset & mask);
    ret_try->dport = draw_port(sender);
}

int sim_order_next(struct sim_orders *orders, struct sim_sender *sender, struct nj_err *err)
{
    struct sim_order *order = sender->order;
    int64_t now = sender->next_ns;

    if (order == NULL) {
        draw_gap(sender, now);
        return 0;
    }
    if (order->at == order->count) {
        uint32_t pass = order->pass + 1;

        sim_order_end(sender);
        if (begin_pass(orders, sender, now + GAP_MIN_NS, pass, err) < 0)
            return -1;
        order = sender->order;
    }
    sender->next_ns = seen_time(order);
    return 0;
}

void sim_order_end(struct sim_sender *sender)
{
    free(sender->order);
    sender->order = NULL;
}

void sim_orders_done(struct sim_orders *orders)
{
    zmap_telescope_free(orders->old);
    zmap_telescope_free(orders->new);
    nj_logs_free(orders->logs);
}
