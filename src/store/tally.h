/* SPDX-License-Identifier: Apache-2.0 */
/* Summaries of staged rows: two tables of counts, made in one pass over the sorted rows while
 * they are in the cache. What SQL would need a grouping and two sorts for is cheap here, since
 * a source's rows of a day stand together. Compaction makes the same tables by SQL from the
 * joined visits (summary.c); a test holds the two against each other. */
#ifndef NJ_STORE_TALLY_H
#define NJ_STORE_TALLY_H

#include "store/fields.h"

/* One row of summaries/sources: day x sensor x source x proto x port x class x tool. Source
 * ports stand in ledgers alone (ledger.h). */
struct source_row {
    int64_t first, last; /* microseconds since 1970 UTC */
    uint64_t sessions, packets, sport_bands;
    struct addr src;
    const char *sensor, *class, *tool, *country;
    uint32_t asn;
    int32_t day;
    uint16_t dport, sport_min, sport_max;
    uint8_t proto;
};

/* One row of summaries/counts: day x sensor x class x country x proto x port. */
struct count_row {
    uint64_t sessions, packets;
    const char *sensor, *class, *country;
    int32_t day;
    uint16_t dport;
    uint8_t proto;
};

struct tally {
    struct source_row *sources;
    size_t source_count, source_room;
    struct count_row *counts;
    size_t count_count, count_room;
    uint32_t *slots; /* hash of the group being filled: row + 1, 0 = free */
    size_t slot_room;
};

extern const struct field source_fields[];
extern const size_t source_field_count;
extern const struct field count_fields[];
extern const size_t count_field_count;

/** Make both tables from one day's rows, which `order` gives sorted by source, and append them.
 * @return 0; -1 NJ_NOMEM */
int tally_day(struct tally *tally, int32_t day, const struct row *const *rows, size_t count,
              struct nj_err *err);
void tally_clear(struct tally *tally);
void tally_done(struct tally *tally);

#endif
