/* SPDX-License-Identifier: Apache-2.0 */
/* A response policy zone: queries from these addresses are dropped, and names that lead to them
 * do not exist. "PREFIXLENGTH.reversed-address.rpz-client-ip" (ISC's RPZ draft). The trailing
 * dots matter; the serial grows with the instant of the list. */
#include <string.h>

#include "feed/escape.h"
#include "feed/write.h"

/* IPv6: the 16-bit words from the last to the first, "zz" in place of "::". */
static void write_reversed_v6(FILE *out, struct addr a)
{
    uint16_t words[8];
    int start = -1, length = 1; /* of the longest run of zeros, at least two (RFC 5952) */

    for (int i = 0; i < 4; i++) {
        words[i] = (uint16_t)(a.hi >> (48 - 16 * i));
        words[i + 4] = (uint16_t)(a.lo >> (48 - 16 * i));
    }
    for (int i = 0; i < 8; i++) {
        int n = 0;

        while (i + n < 8 && words[i + n] == 0)
            n++;
        if (n > length) {
            start = i;
            length = n;
        }
    }
    for (int i = 7; i >= 0; i--) {
        if (start >= 0 && i >= start && i < start + length) {
            if (i == start)
                (void)fputs("zz.", out);
        } else {
            (void)fprintf(out, "%x.", words[i]);
        }
    }
}

static void write_trigger(FILE *out, const struct prefix *net)
{
    uint32_t v4;

    (void)fprintf(out, "%d.", prefix_length(net));
    if (!addr_is_v4(net->first)) {
        write_reversed_v6(out, net->first);
        return;
    }
    v4 = addr_v4(net->first);
    (void)fprintf(out, "%u.%u.%u.%u.", v4 & 255, v4 >> 8 & 255, v4 >> 16 & 255, v4 >> 24);
}

int write_rpz(const struct feed_list *list, const struct feed_about *about, FILE *out,
              struct nj_err *err)
{
    int64_t seconds = about->generated_us / 1000000;
    uint32_t serial = (uint32_t)(seconds < 1 ? 1 : seconds);

    (void)err;
    feed_head(out, "; ", list, about);
    (void)fprintf(out,
                  "$TTL 300\n"
                  "@ IN SOA localhost. hostmaster.localhost. ( %" PRIu32
                  " 3600 600 86400 300 )\n"
                  "@ IN NS localhost.\n",
                  serial);
    for (size_t i = 0; i < list->count; i++) {
        write_trigger(out, &list->items[i].net);
        (void)fputs("rpz-client-ip CNAME rpz-drop.\n", out);
        write_trigger(out, &list->items[i].net);
        (void)fputs("rpz-ip CNAME .\n", out);
    }
    return 0;
}
