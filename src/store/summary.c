/* SPDX-License-Identifier: Apache-2.0 */
/* Summaries: counts beside the visits, so that rankings and timelines over months do not scan
 * every row. They hold sums and exact sets of sources, never estimates: sessions add up over
 * segments, and distinct sources are counted from summaries/sources, whose rows name them. A
 * commit makes them in passing (tally.c); this is the SQL that makes them anew from joined
 * visits. */
#include "store/internal.h"

char *summary_sql(enum segment_kind kind, const char *from)
{
    char *sql = NULL;
    int length;

    if (kind == SEGMENT_COUNTS)
        length =
            asprintf(&sql,
                     "SELECT sensor, class, country, proto, dport,"
                     " sum(sessions)::UBIGINT AS sessions, sum(packets)::UBIGINT AS packets"
                     " FROM %s GROUP BY ALL ORDER BY class, country, proto, dport, sensor",
                     from);
    else
        length =
            asprintf(&sql,
                     "SELECT sensor, class, proto, dport, src, tool, country, asn,"
                     " sum(sessions)::UBIGINT AS sessions, sum(packets)::UBIGINT AS packets,"
                     " min(ts) AS first, max(ts + to_microseconds(duration_us)) AS last"
                     " FROM %s GROUP BY ALL"
                     " ORDER BY proto, dport, class, country, src, sensor, tool",
                     from);
    return length < 0 ? NULL : sql;
}
