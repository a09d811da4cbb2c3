/* SPDX-License-Identifier: Apache-2.0 */
/* Visits for the live map and its replay. */
#ifndef NJ_STORE_MAP_H
#define NJ_STORE_MAP_H

#include "model/sensor.h"
#include "store/query.h"

/* What the map shows of a visit. Texts are cut to their room; "" if unknown. */
struct map_visit {
    int64_t ts_us;
    uint64_t seq;
    struct addr src;
    uint32_t asn; /* 0: unknown */
    uint16_t dport;
    uint8_t proto;
    char country[3];
    char sensor[SENSOR_NAME_MAX], class[24], tool[48], app[24];
    uint64_t sessions;
    uint64_t rows_total, sessions_total; /* of all rows of the question, shown or not */
};

struct map_question {
    struct store_scope scope;
    uint64_t after_seq; /* only rows numbered after it; 0: all */
    uint64_t rows;      /* a sample of at most so many, at least 1 */
};

/** Send visits in the order of `ts`, `seq`. @param visit  borrows its argument; returns 0 or -1
 * @return 0; -1 */
int store_map(struct store *store, const struct map_question *question,
              int (*visit)(void *ctx, const struct map_visit *visit, struct nj_err *err),
              void *ctx, struct nj_err *err);

struct map_span {
    int64_t first_us, last_us; /* first > last: there is no row */
    uint64_t last_seq;
};

/** From when to when there are visits. */
int store_span(struct store *store, struct map_span *ret, struct nj_err *err);

#endif
