/* SPDX-License-Identifier: Apache-2.0 */
/* Records of Endace's cards (their "ERF types reference guide"): what stands in which. A file
 * of them (capture/erf.c) and a capture of link type ERF (decode/link.c) hold the same. */
#ifndef NJ_MODEL_ERF_H
#define NJ_MODEL_ERF_H

#include <stdint.h>

#define ERF_EXTENSIONS_MAX 16 /* headers of eight bytes behind the first */

/* What stands behind the record's headers; `skip` bytes come before it. */
struct erf_content {
    uint32_t link; /* link type of what it is; UINT32_MAX: of nothing whole */
    uint8_t type, skip;
};

/** @param type  without its highest bit. @return NULL for a type that is none */
const struct erf_content *erf_content_of(unsigned type);

#endif
