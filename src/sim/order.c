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
        orders->logs = zmap_logs_new(&zmap_ipv4);
    if (orders->logs != NULL && *telescope == NULL)
        *telescope =
            zmap_telescope_new(orders->logs, orders->net, walk == WALK_ZMAP ? 4096 : 16384);
    return *telescope;
}

/* One pass of ZMap over the address space, from `from_ns` on; it ends with the window or with
 * the last address of the telescope. */
static int begin_pass(struct sim_orders *orders, struct sim_sender *sender, int64_t from_ns,
                      uint32_t pass, struct nj_err *err)
{
    uint32_t size = sim_net_size(orders->net);
    uint32_t count = sender->left < size ? sender->left : size;
    const struct zmap_telescope *telescope = telescope_for(orders, sender->tool->walk);
    uint64_t limit = sender->tool->walk == WALK_ZMAP ? UINT64_C(1) << 32 : 1u << 22;
    struct sim_order *order = malloc(sizeof(*order) + count * sizeof(order->seen[0]));
    uint64_t start;

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
    if (pass > 0 && pass % sender->ports->count == 0)
        sender->key = nj_rng_u32(&sender->rng); /* all ports done: the next scan */
    start = nj_rng_below64(&sender->rng, zmap_ipv4.prime - 1);
    if (zmap_scan(telescope, zmap_generator(&zmap_ipv4, limit, &sender->rng), start, count,
                  order->seen, err) < 0)
        return -1;
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

int sim_order_begin(struct sim_orders *orders, struct sim_sender *sender, int64_t from_ns,
                    struct nj_err *err)
{
    if (ordered(sender->tool) && sender->left >= ORDERED_MIN &&
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
    uint32_t mask = sim_net_size(orders->net) - 1, number = sender->tries++, offset;
    uint32_t pass = number >> orders->net.bits;

    if (sender->order != NULL) {
        offset = sender->order->seen[sender->order->at++].offset;
        ret_try->dst = orders->net.first + offset;
        ret_try->dport = pass_port(sender, sender->order->pass);
        return;
    }
    switch (sender->tool->walk) {
    case WALK_PERMUTE:
    case WALK_ZMAP:
    case WALK_ZMAP4:
        offset = sim_permute(sender->key + pass * 0x632be5abu, number & mask, orders->net.bits);
        break;
    case WALK_SWEEP:
        offset = number + sender->key;
        break;
    default:
        offset = nj_rng_u32(&sender->rng);
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
    zmap_logs_free(orders->logs);
}
