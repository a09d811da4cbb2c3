/* SPDX-License-Identifier: Apache-2.0 */
#include "score/stage.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/formula.h"

static bool is_inside(struct addr src)
{
    uint32_t v4 = addr_v4(src);

    if (!addr_is_v4(src))
        return src.hi >> 57 == 0xfc >> 1 || src.hi >> 54 == 0xfe80 >> 6;
    return v4 >> 24 == 10 || v4 >> 20 == 0xac1 || v4 >> 16 == 0xc0a8 || v4 >> 16 == 0xa9fe ||
           v4 >> 22 == 0x6440 >> 6;
}

enum kill_stage stage_of(struct addr src, const struct notes *notes)
{
    if (notes->exploits > 0 && notes->exploit_strength >= (float)RISK_KNOWN_EXPLOIT)
        return STAGE_EXPLOIT;
    if (notes->logins > 0)
        return STAGE_LOGIN;
    if (notes->exploits > 0)
        return STAGE_WEAKNESS;
    if (notes->scans > 0)
        return is_inside(src) ? STAGE_INSIDE : STAGE_SCAN;
    return STAGE_NONE;
}

void stage_text(enum kill_stage stage, const struct notes *notes, const struct nj_intern *names,
                size_t size, char *ret_text)
{
    const char *plural = notes->ports_seen == 1 ? "" : "s";

    switch (stage) {
    case STAGE_EXPLOIT:
        (void)snprintf(ret_text, size, "%" PRIu64 " sessions with an exploit (%s)",
                       notes->exploits, nj_intern_text(names, notes->rule));
        return;
    case STAGE_LOGIN:
        (void)snprintf(ret_text, size, "%" PRIu64 " sessions with login attempts",
                       notes->logins);
        return;
    case STAGE_WEAKNESS:
        (void)snprintf(ret_text, size, "%" PRIu64 " sessions that probe for a weakness (%s)",
                       notes->exploits, nj_intern_text(names, notes->rule));
        return;
    case STAGE_INSIDE:
        (void)snprintf(ret_text, size,
                       "%" PRIu64 " scan sessions from a private address, %" PRIu32 " port%s",
                       notes->scans, notes->ports_seen, plural);
        return;
    case STAGE_SCAN:
        (void)snprintf(ret_text, size,
                       "%" PRIu64 " scan sessions, %" PRIu64 " addresses, %" PRIu32 " port%s",
                       notes->scans, notes->targets, notes->ports_seen, plural);
        return;
    case STAGE_NONE:
    case STAGES:
        (void)snprintf(ret_text, size, "no scan, exploit or login session");
        return;
    }
}
