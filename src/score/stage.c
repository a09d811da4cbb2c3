/* SPDX-License-Identifier: Apache-2.0 */
#include "score/stage.h"

#include <inttypes.h>
#include <stdio.h>

#define KNOWN_EXPLOIT 0.9f

static bool is_inside(struct addr src)
{
    uint32_t v4 = addr_v4(src);

    if (!addr_is_v4(src))
        return src.hi >> 57 == 0xfc >> 1 || src.hi >> 54 == 0xfe80 >> 6;
    return v4 >> 24 == 10 || v4 >> 20 == 0xac1 || v4 >> 16 == 0xc0a8 || v4 >> 16 == 0xa9fe ||
           v4 >> 22 == 0x6440 >> 6;
}

void stage_of(struct addr src, const struct notes *notes, const struct nj_intern *names,
              struct stage *ret)
{
    const char *rule = nj_intern_text(names, notes->rule);

#define SAY(place, id, ...)                                                                    \
    do {                                                                                       \
        ret->stage = place;                                                                    \
        ret->technique = id;                                                                   \
        (void)snprintf(ret->reason, sizeof(ret->reason), __VA_ARGS__);                         \
    } while (0)

    if (notes->exploits > 0 && notes->exploit_strength >= KNOWN_EXPLOIT)
        SAY("initial access", "T1190", "%" PRIu64 " sessions with an exploit (%s)",
            notes->exploits, rule);
    else if (notes->logins > 0)
        SAY("credential access", "T1110", "%" PRIu64 " sessions with login attempts",
            notes->logins);
    else if (notes->exploits > 0)
        SAY("reconnaissance", "T1595.002",
            "%" PRIu64 " sessions that probe for a weakness (%s)", notes->exploits, rule);
    else if (notes->scans > 0 && is_inside(src))
        SAY("discovery", "T1046",
            "%" PRIu64 " scan sessions from a private address, %" PRIu32 " port%s",
            notes->scans, notes->ports_seen, notes->ports_seen == 1 ? "" : "s");
    else if (notes->scans > 0)
        SAY("reconnaissance", "T1595.001",
            "%" PRIu64 " scan sessions, %" PRIu64 " addresses, %" PRIu32 " port%s",
            notes->scans, notes->targets, notes->ports_seen, notes->ports_seen == 1 ? "" : "s");
    else
        SAY("", "", "no scan, exploit or login session");
#undef SAY
}
