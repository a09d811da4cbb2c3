/* SPDX-License-Identifier: Apache-2.0 */
#include "order/view.h"

#include <limits.h>
#include <stddef.h>

#define PIECE_MASK 0xffff0000u
#define RANGE_MAX 256u   /* ports of a scan at most: the groups of more hold no walk */
#define THIRDS_PORTS 32u /* seen of the ports: of more, too many are missing in each third */
#define THIRDS 12u
#define RANGE_BELOW 16u /* ports of a range that come before the lowest one that was seen */
#define INSIDE_MAX ((THIRDS_PORTS + 2) / 3 - 1) /* places between the ports of a third */
_Static_assert(THIRDS *(1 + INSIDE_MAX) + 2 * RANGE_BELOW == VIEW_GUESSES_MAX,
               "all are counted");

void view_one_port(const struct target_sample *sample, struct view *ret)
{
    uint16_t ports[ORDER_TARGETS], best = 0;
    unsigned counts[ORDER_TARGETS] = {0}, most = 0;

    *ret = (struct view){.count = 0};
    for (unsigned i = 0; i < sample->count; i++) {
        unsigned k = 0;

        while (k < ret->ports && ports[k] != sample->port[i])
            k++;
        if (k == ret->ports)
            ports[ret->ports++] = sample->port[i];
        if (++counts[k] > most) {
            most = counts[k];
            best = sample->port[i];
        }
    }
    for (unsigned i = 0; i < sample->count && ret->count < WALK_POINTS_MAX; i++)
        if (sample->port[i] == best)
            ret->member[ret->count++] = i;
}

unsigned view_port_bits(unsigned ports)
{
    unsigned bits = 0;

    while (1u << bits < ports)
        bits++;
    return bits;
}

/* ---- several ports ---- */

#define NO_GAP UINT_MAX

struct port_list {
    unsigned count;
    uint16_t port[ORDER_TARGETS]; /* ascending */
};

static struct port_list ports_of(const struct target_sample *sample)
{
    struct port_list list = {.count = 0};

    for (unsigned i = 0; i < sample->count; i++) {
        unsigned at = 0, k;

        while (at < list.count && list.port[at] < sample->port[i])
            at++;
        if (at < list.count && list.port[at] == sample->port[i])
            continue;
        for (k = list.count++; k > at; k--)
            list.port[k] = list.port[k - 1];
        list.port[at] = sample->port[i];
    }
    return list;
}

/* The targets of ports `from` to `to` of the list, the first of them with the number `base`;
 * one number is left out in front of the port at `gap`. */
static bool fill(const struct target_sample *sample, const struct port_list *ports,
                 unsigned from, unsigned to, unsigned gap, uint32_t base, struct view *ret)
{
    for (unsigned i = 0; i < sample->count && ret->count < WALK_POINTS_MAX; i++) {
        unsigned k = from;

        while (k < to && ports->port[k] != sample->port[i])
            k++;
        if (k == to)
            continue;
        ret->residue[ret->count] = base + (k - from) + (k >= gap ? 1 : 0);
        ret->member[ret->count++] = i;
    }
    return ret->count >= WALK_POINTS_LEAST;
}

bool view_has_pairs(const struct view *one)
{
    return one->ports >= 2 && one->ports <= VIEW_PORTS_MAX;
}

bool view_pairs(const struct target_sample *sample, const struct view *one, struct view *ret)
{
    const struct port_list ports = ports_of(sample);

    *ret = (struct view){.ports = ports.count, .port_bits = view_port_bits(ports.count)};
    return view_has_pairs(one) && fill(sample, &ports, 0, ports.count, NO_GAP, 0, ret);
}

/* ---- ports that were not seen ---- */

static bool has_thirds(const struct port_list *ports)
{
    return ports->count >= 6 && ports->count <= THIRDS_PORTS;
}

/* All numbers of a power of two were seen: if one is missing it is the next power. */
static bool is_even(const struct port_list *ports)
{
    return 1u << view_port_bits(ports->count) == ports->count;
}

static bool is_range(const struct port_list *ports)
{
    return ports->count > VIEW_PORTS_MAX &&
           ports->port[ports->count - 1] - ports->port[0] < (int)RANGE_MAX;
}

/* How many places there are for one more port that was not seen, between those of a third: of
 * 17 ports and more in three thirds one is whole in less than two cases of three. */
static unsigned inside(const struct port_list *ports)
{
    return has_thirds(ports) && ports->count > VIEW_PORTS_MAX && !is_even(ports)
               ? (ports->count + 2) / 3 - 1
               : 0;
}

unsigned view_guesses(const struct target_sample *sample)
{
    const struct port_list ports = ports_of(sample);

    return (has_thirds(&ports) ? THIRDS * (is_even(&ports) ? 2 : 1 + inside(&ports)) : 0) +
           (is_range(&ports) ? 2 * RANGE_BELOW : 0);
}

static bool guess_range(const struct target_sample *sample, const struct port_list *ports,
                        unsigned i, struct view *ret)
{
    const uint32_t low = ports->port[0], high = ports->port[ports->count - 1], below = i / 2;

    *ret = (struct view){.ports = ports->count,
                         .port_bits = view_port_bits(high - low + 1 + below) + i % 2};
    if (below > low || 1u << ret->port_bits > RANGE_MAX)
        return false;
    for (unsigned k = 0; k < sample->count && ret->count < WALK_POINTS_MAX; k++) {
        ret->residue[ret->count] = sample->port[k] - low + below;
        ret->member[ret->count++] = k;
    }
    return true;
}

bool view_guess(const struct target_sample *sample, unsigned i, struct view *ret)
{
    static const struct {
        uint8_t third, missing;
    } guesses[THIRDS] = {{0, 0}, {1, 0}, {2, 0}, {1, 1}, {2, 1}, {0, 1},
                         {2, 2}, {1, 2}, {2, 3}, {0, 2}, {1, 3}, {2, 4}};
    const struct port_list ports = ports_of(sample);
    const unsigned ranges = is_range(&ports) ? 2 * RANGE_BELOW : 0;
    unsigned from, to, base, gap = NO_GAP;

    if (i < ranges)
        return guess_range(sample, &ports, i, ret);
    i -= ranges;
    from = ports.count * guesses[i % THIRDS].third / 3;
    to = ports.count * (guesses[i % THIRDS].third + 1u) / 3;
    base = from + guesses[i % THIRDS].missing;
    *ret = (struct view){.ports = to - from, .port_bits = view_port_bits(ports.count)};
    if (is_even(&ports))
        ret->port_bits += i / THIRDS;
    else if (i >= THIRDS)
        gap = from + i / THIRDS;
    if (gap != NO_GAP && gap >= to)
        return false;
    return base + (to - from) + (gap != NO_GAP) <= 1u << ret->port_bits &&
           fill(sample, &ports, from, to, gap, base, ret);
}

/* ---- addresses ---- */

struct numbering_piece view_piece(const struct target_sample *sample, const struct view *view)
{
    struct numbering_piece piece = {.low = UINT32_MAX};

    for (unsigned i = 0; i < view->count; i++) {
        uint32_t dst = sample->dst[view->member[i]];

        piece.low = dst < piece.low ? dst : piece.low;
        piece.high = dst > piece.high ? dst : piece.high;
    }
    return piece;
}

void view_narrow(const struct target_sample *sample, struct view *view)
{
    unsigned most = 0, kept = 0;
    uint32_t best = 0;

    for (unsigned i = 0; i < view->count; i++) {
        uint32_t prefix = sample->dst[view->member[i]] & PIECE_MASK;
        unsigned same = 0;

        for (unsigned k = 0; k < view->count; k++)
            same += (sample->dst[view->member[k]] & PIECE_MASK) == prefix;
        if (same > most) {
            most = same;
            best = prefix;
        }
    }
    for (unsigned i = 0; i < view->count; i++)
        if ((sample->dst[view->member[i]] & PIECE_MASK) == best) {
            view->member[kept] = view->member[i];
            view->residue[kept++] = view->residue[i];
        }
    view->count = kept;
}
