/* SPDX-License-Identifier: Apache-2.0 */
/* Which target a sender tries next, and when. */
#ifndef SIM_ORDER_H
#define SIM_ORDER_H

#include "sim/sender.h"
#include "sim/tool.h"
#include "sim/zmap.h"

/* ZMap's tables, made when the first scan needs them. */
struct sim_orders {
    struct sim_net net;
    struct nj_logs *logs;
    struct zmap_telescope *old, *new; /* blocks of 4096, of 16384 */
};

/** A bijection of the numbers of `bits` bits, another one for each key. */
uint32_t sim_permute(uint32_t key, uint32_t number, unsigned bits);

/** The sender's window begins: its `left`, `tries` and `window_ns` are set, `from_ns` is the
 * begin. Sets next_ns. @return 0; -1 NJ_NOMEM */
int sim_order_begin(struct sim_orders *orders, struct sim_sender *sender, int64_t from_ns,
                    struct nj_err *err);

/** The target of the sender's next try; counts it. */
void sim_order_target(struct sim_orders *orders, struct sim_sender *sender,
                      struct sim_try *ret_try);

/** Set next_ns to the time of the try after that, which is behind the end of the window when
 * there is none. Only while the sender has something left. @return 0; -1 NJ_NOMEM */
int sim_order_next(struct sim_orders *orders, struct sim_sender *sender, struct nj_err *err);

/** The sender's window is over. */
void sim_order_end(struct sim_sender *sender);

void sim_orders_done(struct sim_orders *orders);

#endif
