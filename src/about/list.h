/* SPDX-License-Identifier: Apache-2.0 */
/* The list that a feed is: from the store through the policy to what may be written. One code
 * for `nightjar feed NAME` and /feeds/NAME, so that both give the same bytes. Of what is
 * decided once many lists may be made. */
#ifndef NJ_ABOUT_LIST_H
#define NJ_ABOUT_LIST_H

#include "feed/feed.h"
#include "policy/decide.h"
#include "policy/ready.h"

struct about_decided {
    struct policy_ready ready;
    struct decisions decisions; /* all of them */
};

/** @param at_us  INT64_MAX: as of policy_instant
 * @param ret  taken: about_decided_done. @return 0; -1: nothing may be published */
int about_decide(struct store *store, const struct policy_wanted *policy, int64_t at_us,
                 struct about_decided *ret, struct nj_err *err);
void about_decided_done(struct about_decided *decided);

/** What was published is history. @return 0; STORE_OLD; -1 */
int about_keep(struct store *store, const struct about_decided *decided, struct nj_err *err);

struct about_list_question {
    const struct feed *feed;
    struct feed_wanted wanted;
    const char *set, *prefix, *host; /* as in struct feed_about */
};

struct about_list {
    struct feed_list list; /* what the feed carries */
    struct feed_about about;
};

/** @param ret  taken: about_list_done. Borrows texts of both as long. @return 0; -1 NJ_NOMEM */
int about_list(const struct about_decided *decided, const struct about_list_question *question,
               struct about_list *ret, struct nj_err *err);
void about_list_done(struct about_list *list);

#endif
