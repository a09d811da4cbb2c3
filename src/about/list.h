/* SPDX-License-Identifier: Apache-2.0 */
/* The list that a feed is: from the store through the policy to what may be written. One code
 * for `nightjar feed NAME` and /feeds/NAME, so that both give the same bytes. */
#ifndef NJ_ABOUT_LIST_H
#define NJ_ABOUT_LIST_H

#include "feed/feed.h"
#include "policy/ready.h"

struct about_list_question {
    const struct feed *feed;
    struct feed_wanted wanted;
    const char *set, *prefix, *host; /* as in struct feed_about; borrowed as long as the list */
    struct policy_wanted policy;
    int64_t at_us; /* INT64_MAX: the last packet of the store */
};

struct about_list {
    struct policy_ready ready;
    struct decisions decisions; /* all of them */
    struct feed_list list;      /* what the feed carries */
    struct feed_about about;
};

/** @param ret  taken: about_list_done. @return 0; -1: nothing may be published */
int about_list(struct store *store, const struct about_list_question *question,
               struct about_list *ret, struct nj_err *err);
void about_list_done(struct about_list *list);

/** What was published is history. @return 0; STORE_OLD; -1 */
int about_list_keep(struct store *store, const struct about_list *list, struct nj_err *err);

#endif
