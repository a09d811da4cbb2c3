/* SPDX-License-Identifier: Apache-2.0 */
/* What happens next: events as (time, number), given back in order of time, equal times in
 * order of number.
 *
 * The span is cut into slots of equal length. An event of a later slot is only thrown into it;
 * when a slot's turn comes, its few events become a small binary heap that fits the first
 * cache. So an event costs about as much as two cache misses, however many there are. */
#ifndef SIM_WHEEL_H
#define SIM_WHEEL_H

#include <stdint.h>

#include "base/err.h"

struct sim_wheel;

struct sim_event {
    int64_t time_ns;
    uint32_t number;
};

/** @param expected  how many events will pass in all, about; sets the length of a slot
 * @return NULL when out of memory */
struct sim_wheel *sim_wheel_new(int64_t from_ns, int64_t to_ns, uint64_t expected);
void sim_wheel_free(struct sim_wheel *wheel);

/** Add an event, not earlier than the last one taken. One behind the span is dropped.
 * @return 0; -1 NJ_NOMEM */
int sim_wheel_add(struct sim_wheel *wheel, int64_t time_ns, uint32_t number,
                  struct nj_err *err);

/** Called for each event when its slot's turn comes, well before it is taken: a chance to load
 * what it will need. */
typedef void (*sim_wheel_soon)(void *ctx, uint32_t number);

/** Take the next event. @return 1; 0 when none is left; -1 NJ_NOMEM */
int sim_wheel_take(struct sim_wheel *wheel, sim_wheel_soon soon, void *ctx,
                   struct sim_event *ret_event, struct nj_err *err);

#endif
