/* SPDX-License-Identifier: Apache-2.0 */
#include "server/fair.h"

void fair_init(struct fair *fair)
{
    fair->count = 0;
    fair->room = SHOWN_A_SECOND;
    fair->seen = fair->sessions = 0;
    fair->rng = nj_rng(1, 0);
}

void fair_add(struct fair *fair, const struct live_row *row)
{
    fair->seen++;
    fair->sessions += (uint64_t)row->sessions;
    if (fair->count < fair->room) {
        live_row_shown(row, &fair->visits[fair->count++]);
    } else if (fair->room > 0) {
        uint64_t at = nj_rng_below64(&fair->rng, fair->seen);

        if (at < fair->room)
            live_row_shown(row, &fair->visits[at]);
    }
}

void fair_next(struct fair *fair, size_t more)
{
    fair->room += more - fair->count;
    if (fair->room > SHOWN_A_SECOND)
        fair->room = SHOWN_A_SECOND;
    fair->count = 0;
    fair->seen = fair->sessions = 0;
}
