/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of the written report: a period by country, beside the period of the same length
 * before it. Every distinct count is counted, never added up. Answers are of bounded size, as
 * JSON arrays of objects. A country "" is the whole, "?" the unknown places. */
#ifndef NJ_STORE_BRIEF_H
#define NJ_STORE_BRIEF_H

#include "store/query.h"

struct brief_scope {
    struct store_scope scope; /* its time is the period, both ends known */
    int64_t before_us; /* the period before begins here, and ends where this one begins */
    const char *const *countries; /* beside the whole */
    size_t country_count;
    const char *const
        *steady; /* sensors that captured enough of both periods to compare them */
    size_t steady_count;
};

#define BRIEF_WEEK_PORTS 5u /* leading ports of a country in brief_weeks */

/** Read the rows of both periods once, for all questions below but those for sensors and
 * payloads, which ask the visits; they are kept until store_brief_end, which is called in every
 * case. @return 0; -1 */
int store_brief_begin(struct store *store, const struct brief_scope *scope, struct nj_err *err);
void store_brief_end(struct store *store);

/** sensor, hours, before_hours, sessions, reached: captured hours of the two periods (all
 * classes), sessions and, at least, distinct destinations of the period. */
int store_brief_sensors(struct store *store, const struct brief_scope *scope, json_t **ret,
                        struct nj_err *err);

/** country, sessions, sources, networks, port_count, before_sessions, before_sources; and of
 * the steady sensors alone steady_sessions, steady_before */
int store_brief_totals(struct store *store, const struct brief_scope *scope, json_t **ret,
                       struct nj_err *err);

/** All countries of the period: country, sessions, sources; most sessions first. */
int store_brief_countries(struct store *store, const struct brief_scope *scope, unsigned limit,
                          json_t **ret, struct nj_err *err);

/** The leading ports by sessions: country, proto, port, rank, sessions, sources, networks,
 * before_sessions, before_sources, before_rank (null: was not asked for), steady_sessions,
 * steady_before. */
int store_brief_ports(struct store *store, const struct brief_scope *scope, unsigned limit,
                      json_t **ret, struct nj_err *err);

/** ISO weeks of the leading ports, from the first to the last with a session, also those
 * between that have none: monday (days since 1970), country, proto, port, sessions, sources,
 * all_sessions, all_sources (of the country's week), and `residual`: the sum over sources of (y
 * - R x)^2, where y are a source's sessions with the port, x all of its sessions and R the
 * share. */
int store_brief_weeks(struct store *store, const struct brief_scope *scope, json_t **ret,
                      struct nj_err *err);

struct brief_theme_port {
    uint8_t proto;
    uint16_t port;
    unsigned theme;
};

/** country, theme (as numbered; null: no theme), sessions, sources, networks, ports, tools (a
 * text: the leading tools with their sources). */
int store_brief_themes(struct store *store, const struct brief_scope *scope,
                       const struct brief_theme_port *ports, size_t count, json_t **ret,
                       struct nj_err *err);

/** What the payloads said: proto, port, app, sessions, sources; most sources first. */
int store_brief_payloads(struct store *store, const struct brief_scope *scope, unsigned limit,
                         json_t **ret, struct nj_err *err);

/** Ports of a campaign in the week of a Monday: proto, port, first, sessions, sources,
 * networks, countries, tools (texts), and `shared`: sources that asked for another of the ports
 * too. */
int store_brief_campaigns(struct store *store, const struct brief_scope *scope, int32_t monday,
                          const struct brief_theme_port *ports, size_t count, json_t **ret,
                          struct nj_err *err);

#endif
