/* SPDX-License-Identifier: Apache-2.0 */
#include "about/list.h"

#include "base/span.h"
#include "store/decisions.h"

#define EXPIRES_US (24 * HOUR_US) /* a list that was not renewed for a day is stale */

int about_list(struct store *store, const struct about_list_question *question,
               struct about_list *ret, struct nj_err *err)
{
    struct about_list list = {
        .about = {.set = question->set, .prefix = question->prefix, .host = question->host}};
    int64_t at_us = question->at_us;
    int rc;

    if (policy_get_ready(store, &question->policy, &list.ready, err) < 0)
        return -1;
    rc = policy_instant(store, &at_us, err);
    if (rc == 0)
        rc = policy_decide(store, &list.ready.policy, list.ready.allow, at_us, &list.decisions,
                           err);
    if (rc == 0)
        rc = feed_select(question->feed, list.decisions.items, list.decisions.count,
                         &question->wanted, &list.list, err);
    if (rc < 0) {
        about_list_done(&list);
        return -1;
    }
    *ret = list;
    ret->about.generated_us = at_us;
    ret->about.expires_us = at_us + EXPIRES_US;
    ret->about.publisher = ret->ready.policy.publisher;
    ret->about.contact = ret->ready.policy.contact;
    ret->about.licence = ret->ready.policy.licence;
    return 0;
}

void about_list_done(struct about_list *list)
{
    feed_list_done(&list->list);
    decisions_done(&list->decisions);
    policy_ready_done(&list->ready);
}

int about_list_keep(struct store *store, const struct about_list *list, struct nj_err *err)
{
    int rc = store_keep_decisions(store, list->decisions.items, list->decisions.count,
                                  list->decisions.at_us, err);

    if (rc >= 0 && policy_remember(store, &list->ready, err) < 0)
        return -1;
    return rc;
}
