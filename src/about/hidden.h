/* SPDX-License-Identifier: Apache-2.0 */
/* Where words that a scanner sent name the sensor. */
#ifndef NJ_ABOUT_HIDDEN_H
#define NJ_ABOUT_HIDDEN_H

#include <stddef.h>
#include <stdint.h>

#include "model/addr.h"
#include "model/config.h"
#include "report/facts.h"
#include "store/query.h"

#define HIDDEN "[hidden]" /* stands for it */

/**
 * The part in which bytes differ from the same with the sensor hidden (sample/sanitize.h). What
 * may be a piece of an address counts to it.
 *
 * @param ret_head  so many bytes stand before it
 * @param ret_tail  and so many behind it
 */
void hidden_part(const uint8_t *bytes, size_t length, const uint8_t *masked,
                 size_t masked_length, size_t *ret_head, size_t *ret_tail);

/**
 * Hide the sensor in the words of `facts` "traits": of kind "app" are those of the senders, a
 * host or user that a request names.
 *
 * @param sources  of the traits
 * @return 0; -1 with some of them hidden
 */
int hidden_traits(struct store *store, const struct addr *sources, size_t count,
                  const struct config *config, json_t *facts, struct nj_err *err);

#endif
