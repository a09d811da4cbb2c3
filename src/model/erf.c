/* SPDX-License-Identifier: Apache-2.0 */
#include "model/erf.h"

#include <stddef.h>

static const struct erf_content contents[] = {
    {.type = 1, .link = 50},             /* HDLC */
    {.type = 2, .link = 1, .skip = 2},   /* Ethernet */
    {.type = 4, .link = 100, .skip = 4}, /* AAL5 behind an ATM header */
    {.type = 5, .link = 50, .skip = 4},  /* HDLC of several channels */
    {.type = 9, .link = 100, .skip = 8}, /* AAL5 of several channels */
    {.type = 10, .link = 50},            /* HDLC with a colour instead of losses */
    {.type = 11, .link = 1, .skip = 2},  /* Ethernet with a colour */
    {.type = 15, .link = 50},            /* HDLC, classified */
    {.type = 16, .link = 1, .skip = 2},  /* Ethernet, classified */
    {.type = 17, .link = 50, .skip = 4}, /* HDLC of several channels with a colour */
    {.type = 19, .link = 50},            /* HDLC with colour and hash */
    {.type = 20, .link = 1, .skip = 2},  /* Ethernet with colour and hash */
    {.type = 22, .link = 228},           /* IPv4 */
    {.type = 23, .link = 229},           /* IPv6 */
    {.type = 3, .link = UINT32_MAX},     /* ATM cells: nothing in them is whole */
    {.type = 6, .link = UINT32_MAX},     /* and of channels */
    {.type = 7, .link = UINT32_MAX},
    {.type = 8, .link = UINT32_MAX},
    {.type = 12, .link = UINT32_MAX},
    {.type = 18, .link = 100, .skip = 4}, /* AAL2 and later AAL5 kinds */
    {.type = 21, .link = UINT32_MAX},     /* Infiniband */
    {.type = 24, .link = UINT32_MAX},
    {.type = 25, .link = UINT32_MAX},
};

const struct erf_content *erf_content_of(unsigned type)
{
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
        if (contents[i].type == type)
            return &contents[i];
    return NULL;
}
