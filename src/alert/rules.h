/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told of what, as a commented file of rules (docs/ALERTS.md, nightjar-alerts(5)):
 *
 *   host   NAME                           of syslog messages; the machine's
 *   own    PREFIX...                      what `touch` looks at; the sensors' lit prefixes
 *   watch  NJ-000042 192.0.2.7 ...        actors, and addresses with the actors they belong to
 *   to     NAME syslog tls://HOST:PORT [ca FILE] [cert FILE key FILE]
 *   to     NAME webhook https://HOST/PATH secret FILE [ca FILE]
 *   to     NAME mail ADDRESS [from ADDRESS] [by PROGRAM]
 *   rule   NAME
 *       on     KIND... | silent 6h
 *       if     CONDITION                  of the filter language; several lines: all of them
 *       unless CONDITION                  several lines: any of them
 *       tell   NAME... [at most N] [once 24h]    at most N an hour; once about one source
 *
 * Every rule is asked: an event may be told by several. */
#ifndef NJ_ALERT_RULES_H
#define NJ_ALERT_RULES_H

#include "filter/rulefile.h"
#include "model/sensor.h"
#include "outbox/outlet.h"

#define ALERT_OUTLETS_MAX 16
#define ALERT_OWN_MAX 256
#define ALERT_WATCHED_MAX 1024
#define ALERT_AT_MOST_DEFAULT 100u /* an hour */

struct alert_kind {
    const char *name;
    enum alert_source {
        ALERT_STORED,  /* an event of the later stages */
        ALERT_FINDING, /* of trend/ */
        ALERT_TOUCH,
        ALERT_SILENT,
    } from;
};

extern const struct alert_kind alert_kinds[];
extern const size_t alert_kind_count;

struct alert_rule {
    char name[RULE_NAME_MAX];
    unsigned line;
    uint32_t on; /* bit i: alert_kinds[i] */
    int64_t silent_us;
    struct filter when, unless;
    bool has_unless;
    char *condition; /* for people; NULL: none */
    uint32_t to;     /* bit i: outlets[i] */
    unsigned at_most;
    int64_t once_us; /* 0: each time */
};

struct alert_outlet {
    char name[RULE_NAME_MAX];
    struct outlet outlet;
};

struct alerts {
    struct alert_rule *rules;
    size_t rule_count;
    struct alert_outlet *outlets;
    size_t outlet_count;
    struct prefix *own;
    size_t own_count;
    uint64_t *actors;
    size_t actor_count;
    struct addr *sources;
    size_t source_count;
    char host[256]; /* "": not given */
};

/** Read the rules. A fault anywhere refuses them whole. @param path  stands in messages, and
 * relative names of files count from its folder
 * @return 0; -1 NJ_CONFIG with "FILE:LINE:COLUMN: ...", NJ_NOMEM */
int alerts_parse(const char *text, size_t length, const char *path,
                 const struct filter_field *fields, size_t field_count, struct alerts *ret,
                 struct nj_err *err);
int alerts_load(const char *path, const struct filter_field *fields, size_t field_count,
                struct alerts *ret, struct nj_err *err);
/** Where the rules name nothing of our own it is the sensors' lit prefixes, or all of them if
 * none is lit. @return 0; -1 NJ_NOMEM */
int alerts_default_own(struct alerts *alerts, const struct sensor *sensors, size_t count,
                       struct nj_err *err);
void alerts_done(struct alerts *alerts);

#endif
