/* SPDX-License-Identifier: Apache-2.0 */
/* The stored fields of visits, traits and samples, declared once: Parquet columns, what
 * commands print and docs/SCHEMA.md come from these tables. */
#ifndef NJ_STORE_FIELDS_H
#define NJ_STORE_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* How a member of struct row becomes a value of its column. */
enum field_kind {
    FIELD_TIME, /* int64_t, microseconds since 1970 UTC -> TIMESTAMP */
    FIELD_I64,
    FIELD_U64,
    FIELD_U32,
    FIELD_U16,
    FIELD_U8,
    FIELD_F32,
    FIELD_ADDRESS, /* struct addr -> UUID, network order; none -> NULL */
    FIELD_TEXT,    /* const char *, NULL or "" -> NULL */
    FIELD_BYTES,   /* struct row_bytes -> BLOB, empty -> NULL */
    FIELD_STRING,  /* struct row_bytes -> VARCHAR, empty -> NULL */
    FIELD_PORTS,   /* the source port samples -> USMALLINT[] */
};

enum field_null {
    NULL_NEVER,
    NULL_IF_ZERO,
    NULL_NO_FIELDS, /* a log row that has no packet fields */
    NULL_ONE_PORT,  /* sport_min, sport_max and sports where `sport` says it all */
    NULL_AT_LAST,   /* handed where it was with the last packet */
};

struct field {
    const char *name;
    enum field_kind kind;
    enum field_null null;
    size_t offset; /* in struct row, trait_row or sample_row */
    const char *unit;
    const char *description;
};

struct row_bytes {
    uint32_t start, length; /* in the stage's heap */
};

/* A part as it stands in the stage: struct visit with times in microseconds, texts instead of
 * numbers, and the place of its source. */
struct row {
    int64_t ts, duration_us, handed;
    uint64_t seq, packets, bytes, sport_bands, instance;
    struct addr src, dst;
    const char *sensor, *class, *rule, *tool, *stack, *app, *conn_state, *country;
    struct row_bytes payload, user;
    uint32_t sessions, targets, repeats, answered, asn;
    uint16_t dport, sport, sport_min, sport_max, window;
    uint16_t sports[VISIT_SPORT_SAMPLES];
    uint8_t sports_count;
    uint8_t proto, ttl, ttl_min, ttl_max, tcp_flags;
    uint8_t no_fields;
};

struct trait_row {
    int64_t ts;
    struct addr src;
    const char *sensor, *kind;
    struct row_bytes value;
    uint32_t packets;
    float bits;
};

struct sample_row {
    int64_t ts;
    struct addr src, dst;
    const char *sensor, *class, *tool;
    struct row_bytes packet;
    uint32_t length, nth;
    uint16_t sport, dport;
    uint8_t proto;
};

/* `handed` of a stored visit. */
#define STORED_HANDED "coalesce(handed, ts + to_microseconds(duration_us))"

extern const struct field visit_fields[];
extern const size_t visit_field_count;
extern const struct field trait_fields[];
extern const size_t trait_field_count;
extern const struct field sample_fields[];
extern const size_t sample_field_count;

/** SQL type of a field. */
const char *field_type(const struct field *field);

#endif
