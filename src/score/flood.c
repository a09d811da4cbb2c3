/* SPDX-License-Identifier: Apache-2.0 */
#include "score/flood.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"

/* A forged address is drawn once, and by chance again. With two all 37,623 sources of a real
 * flood are told (docs/RISK.md, "The grade"). */
#define SHAPE_SESSIONS 2
/* A worm brings new sources by the hundred a minute to a large telescope. The threshold follows
 * the number of addresses: one new source a minute for each 64, never below 500. */
#define THRESHOLD_MIN 500
#define THRESHOLD_ADDRESSES 64

int flood_init(struct flood *flood, uint64_t addresses)
{
    uint64_t threshold = addresses / THRESHOLD_ADDRESSES;

    *flood = (struct flood){
        .threshold = threshold < THRESHOLD_MIN ? THRESHOLD_MIN
                     : threshold > UINT32_MAX  ? UINT32_MAX
                                               : (uint32_t)threshold,
        .cells = calloc((size_t)2 * FLOOD_CELLS, sizeof(*flood->cells)),
    };
    return flood->cells == NULL ? -1 : 0;
}

void flood_done(struct flood *flood)
{
    free(flood->cells);
    flood->cells = NULL;
}

bool flood_shape(const struct notes *notes)
{
    return notes->sessions > 0 && notes->sessions <= SHAPE_SESSIONS && notes->targets <= 1 &&
           notes->tool == NJ_INTERN_NONE && notes->ports_seen == 1;
}

int flood_compare(const struct flood_cell *a, const struct flood_cell *b)
{
    if (a->minute != b->minute)
        return a->minute < b->minute ? -1 : 1;
    if (a->proto != b->proto)
        return a->proto < b->proto ? -1 : 1;
    return a->port < b->port ? -1 : a->port > b->port;
}

static struct flood_cell cell_of(const struct notes *notes)
{
    return (struct flood_cell){.minute = notes->first_us / MINUTE_US,
                               .port = notes->first_port.port,
                               .proto = notes->first_port.proto};
}

/* @return the number of cells before `cell` */
static size_t place(const struct flood *flood, const struct flood_cell *cell)
{
    size_t low = 0, high = flood->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (flood_compare(&flood->cells[mid], cell) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

void flood_add(struct flood *flood, const struct notes *notes)
{
    struct flood_cell cell = cell_of(notes);
    size_t at = place(flood, &cell);

    if (at == flood->count || flood_compare(&flood->cells[at], &cell) != 0) {
        if (flood->count == (size_t)2 * FLOOD_CELLS) {
            flood->evicted++;
            return;
        }
        memmove(&flood->cells[at + 1], &flood->cells[at],
                (flood->count - at) * sizeof(*flood->cells));
        flood->cells[at] = cell;
        flood->count++;
    }
    if (flood->cells[at].sources < UINT32_MAX)
        flood->cells[at].sources++;
}

uint32_t flood_crowd(const struct flood *flood, const struct notes *notes)
{
    struct flood_cell cell = cell_of(notes);
    size_t at = place(flood, &cell);

    if (at == flood->count || flood_compare(&flood->cells[at], &cell) != 0 ||
        flood->cells[at].sources < flood->threshold)
        return 0;
    return flood->cells[at].sources;
}

void flood_trim(struct flood *flood)
{
    size_t extra;

    if (flood->count <= FLOOD_CELLS)
        return;
    extra = flood->count - FLOOD_CELLS;
    flood->evicted += extra;
    flood->count = FLOOD_CELLS;
    memmove(flood->cells, flood->cells + extra, FLOOD_CELLS * sizeof(*flood->cells));
}
