/* SPDX-License-Identifier: Apache-2.0 */
/* Known Internet noise: the sources of the store in memory, to be asked millions of times, and
 * the addresses in lines of any log. */
#ifndef NJ_POLICY_NOISE_H
#define NJ_POLICY_NOISE_H

#include "model/risk.h"
#include "store/store.h"

#define NOISE_MAX 8000000u /* sources */

struct noise_source {
    struct addr source;
    int64_t first_us, last_us; /* 0: not known */
    float risk;
    uint32_t actor; /* 0: none */
    uint32_t asn;
    char country[3];
    uint8_t level, grade;
};

struct noise;

/** Load the sources that a filter over `suspects` leaves; NULL or "": all.
 * @param at_us  as of then; INT64_MAX: the last packet
 * @return 0; -1 NJ_CONFIG (the filter), NJ_STORE, NJ_LIMIT, NJ_NOMEM */
int noise_load(struct store *store, const char *filter, int64_t at_us, struct noise **ret,
               struct nj_err *err);
void noise_free(struct noise *noise);
size_t noise_count(const struct noise *noise);

/** @return borrowed; NULL: nothing is known of it. Cost: O(1) */
const struct noise_source *noise_find(const struct noise *noise, struct addr a);

/**
 * The first address in a text that is known. Addresses are told from other words by what stands
 * around them: "198.51.100.7:443", "src:198.51.100.7" and "[2001:db8::1]" have one, "v1.2.3.4"
 * and "1.2.3.4.5" not, unless it is a side of tcpdump's "1.2.3.4.5 > 192.0.2.1.443:".
 *
 * @return NULL: there is none. Cost: linear
 */
const struct noise_source *noise_in_line(const struct noise *noise, const char *line,
                                         size_t length);

#endif
