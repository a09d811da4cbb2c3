/* SPDX-License-Identifier: Apache-2.0 */
/* A policy: what to do with whom, as a commented file of rules (docs/FEEDS.md,
 * nightjar-policy(5); data/policy.conf is the one that counts when nobody wrote another).
 *
 *   licence   CC-BY-4.0                   lines that lists carry: publisher, contact, licence
 *   grade     B                           nobody below is more than monitored
 *   follow    99                          per cent a hop needs to take the decision along
 *   allow     own | declared | file NAME | list NAME | ADDRESS...
 *   prefixes  v4 26 v6 56 least 8 share 50
 *   shared    64500 64501                 AS numbers of clouds and carriers: never as prefixes
 *   rule NAME
 *       if     CONDITION                  of the filter language; several lines: all of them
 *       unless CONDITION                  several lines: any of them
 *       do     block for 7d at most 1000
 *
 * The first rule that holds counts. Blanks separate words; "#" at the start of a line, or
 * behind a blank outside of quotes, begins a comment. */
#ifndef NJ_POLICY_POLICY_H
#define NJ_POLICY_POLICY_H

#include "filter/rulefile.h"
#include "model/decision.h"

#define POLICY_FILES_MAX 16    /* of allow lists */
#define POLICY_LIST "list:"    /* in front of the name of an imported one */
#define POLICY_ALLOW_MAX 4096  /* addresses and prefixes in the policy itself */
#define POLICY_SHARED_MAX 1024 /* AS numbers */

struct policy_rule {
    char name[RULE_NAME_MAX];
    unsigned line; /* where it begins */
    struct filter when, unless;
    bool has_unless;
    enum action action;
    int64_t for_us;   /* from the last packet on */
    unsigned at_most; /* addresses, the worst first; 0: all */
};

/* When neighbours become one prefix (prefixes.h). */
struct policy_prefixes {
    bool on;
    int v4, v6;     /* shortest lengths */
    unsigned least; /* distinct hostile addresses of one actor or kind */
    unsigned share; /* per cent of all addresses seen in it that must be hostile */
};

struct policy {
    struct policy_rule *rules;
    size_t rule_count;
    enum grade grade; /* the worst that more than monitoring may have */
    double follow;    /* probability of a hop, 0 to 1; above 1: decisions are not taken along */
    bool allow_own, allow_declared;
    /* of allow lists, absolute or as given; POLICY_LIST and a name: an imported list */
    char *files[POLICY_FILES_MAX];
    size_t file_count;
    struct prefix *allowed;
    size_t allowed_count;
    struct policy_prefixes prefixes;
    uint32_t *shared; /* AS numbers, as they stand */
    size_t shared_count;
    char publisher[96], contact[128], licence[160]; /* one line each; "" if not given */
};

/**
 * Read a policy. A fault anywhere refuses it whole.
 *
 * @param path  stands in messages, and relative names of allow lists count from its folder
 * @param fields  what conditions may name
 * @return 0; -1 NJ_CONFIG with "FILE:LINE:COLUMN: what is wrong", NJ_NOMEM
 */
int policy_parse(const char *text, size_t length, const char *path,
                 const struct filter_field *fields, size_t field_count,
                 struct policy *ret_policy, struct nj_err *err);

/** @return as above; -1 NJ_IO. @param ret_text  the file, taken; NULL: not wanted */
int policy_load(const char *path, const struct filter_field *fields, size_t field_count,
                struct policy *ret_policy, char **ret_text, struct nj_err *err);
void policy_done(struct policy *policy);

/** The longest time that a rule's decisions last. */
int64_t policy_longest_us(const struct policy *policy);

#endif
