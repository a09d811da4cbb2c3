/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and bits of a ledger's file (ledger.h), for those who write and who read it. */
#ifndef NJ_STORE_LEDGER_LAYOUT_H
#define NJ_STORE_LEDGER_LAYOUT_H

#include <stdint.h>

#define LEDGER_MAGIC "NJledg2\n"
#define LEDGER_ADDRESS 16u
#define LEDGER_PLACE (LEDGER_ADDRESS + 8) /* a block in the directory */
#define LEDGER_FOOT 24u

/* Bytes at which a block ends: a lookup reads one, and the directory, which has 24 bytes for
 * each; so neither is large. */
#define LEDGER_BLOCK 4096u

#define LEDGER_TEXTS_MAX (1u << 19) /* twice what the pipeline has names for */

/* The bit below the number of a row's class, and that below the number of ports. */
#define LEDGER_HAS_BANDS 1u
#define LEDGER_EXACT_PORTS 1u

/** The bands of two source ports. */
static inline uint64_t ledger_bands(uint16_t sport_min, uint16_t sport_max)
{
    return UINT64_C(1) << sport_min / 1024 | UINT64_C(1) << sport_max / 1024;
}

#endif
