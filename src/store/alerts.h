/* SPDX-License-Identifier: Apache-2.0 */
/* What may be worth an alert: events of the later stages, touches of watched prefixes, sensors
 * that fell silent, and what a caller adds. They are gathered beside the catalog for as long as
 * the handle is open; conditions are then held against them in one SELECT, so that they mean
 * what they mean in `suspects`. Nothing in the store is changed. Microseconds
 * since 1970 UTC. */
#ifndef NJ_STORE_ALERTS_H
#define NJ_STORE_ALERTS_H

#include "model/risk.h"
#include "model/sensor.h"
#include "store/query.h"

#define ALERT_TEXT_MAX 480
#define ALERT_KEY_MAX 160

struct alert_event {
    char kind[24];
    char key[ALERT_KEY_MAX]; /* what it is, the same whenever it is found again */
    int64_t at_us;           /* when it was noticed, capture time */
    int64_t packet_us;       /* the packet that it is about; 0: none */
    struct addr source;      /* none: addr_is_none; of a hop the old address */
    struct addr other;       /* of a hop the new one; of a touch the address of ours */
    uint64_t actor;
    double hop; /* probability; 0: none */
    int port;   /* -1: none */
    uint8_t proto;
    char country[4];
    char sensor[SENSOR_NAME_MAX];
    char text[ALERT_TEXT_MAX];
    unsigned for_rule; /* only for this rule; ALERT_ANY_RULE */
    /* filled by store_alerts_match: of the new address of a hop, else of the source */
    double risk; /* -1: never scored */
    enum risk_level level, before;
    int grade; /* -1: none */
    uint32_t asn;
    bool watched;
};

#define ALERT_ANY_RULE UINT32_MAX

/** What conditions may name. */
const struct filter_field *alert_fields(size_t *ret_count);

/** Forget what was gathered; what is watched are these actors and addresses, and the actors
 * that these addresses belong to. @return 0; -1 */
int store_alerts_begin(struct store *store, const uint64_t *actors, size_t actor_count,
                       const struct addr *sources, size_t source_count, struct nj_err *err);

int store_alerts_add(struct store *store, const struct alert_event *event, struct nj_err *err);

/** Stored events that were noticed then, of one kind ("hop", "level", ...). */
int store_alerts_stored(struct store *store, const char *kind, int64_t from_us, int64_t to_us,
                        struct nj_err *err);

/** "touch": on each day the first session of each source with one of these prefixes.
 * Cost: a scan of the days' visits. */
int store_alerts_touches(struct store *store, const struct prefix *prefixes, size_t count,
                         int64_t from_us, int64_t to_us, struct nj_err *err);

/** "silent": a sensor that had packets had none for `span_us`; for one rule. */
int store_alerts_silent(struct store *store, int64_t span_us, unsigned for_rule,
                        int64_t from_us, int64_t to_us, struct nj_err *err);

/** Gathered events of these kinds for which the conditions hold, in the order in which they
 * were noticed. @param kinds  names, ended by NULL */
int store_alerts_match(struct store *store, const char *const *kinds, unsigned rule,
                       const struct filter *when, const struct filter *unless,
                       int (*fn)(void *ctx, const struct alert_event *event,
                                 struct nj_err *err),
                       void *ctx, struct nj_err *err);

/** The newest instant that the later stages have looked at.
 * @return 0; STORE_UNKNOWN: none; -1 */
int store_alerts_now(struct store *store, int64_t *ret_us, struct nj_err *err);

#endif
