/* SPDX-License-Identifier: Apache-2.0 */
#include "about/list.h"

#include "base/span.h"
#include "store/decisions.h"

#define EXPIRES_US (24 * HOUR_US) /* a list that was not renewed for a day is stale */

/* ---- what is decided ---- */

int about_decide(struct store *store, const struct policy_wanted *policy, int64_t at_us,
                 struct about_decided *ret, struct nj_err *err)
{
    struct about_decided decided = {.decisions = {.items = NULL}};
    int rc;

    if (policy_get_ready(store, policy, &decided.ready, err) < 0)
        return -1;
    rc = policy_instant(store, &at_us, err);
    if (rc == 0)
        rc = policy_decide(store, &decided.ready.policy, decided.ready.allow, at_us,
                           &decided.decisions, err);
    if (rc < 0) {
        about_decided_done(&decided);
        return -1;
    }
    *ret = decided;
    return 0;
}

void about_decided_done(struct about_decided *decided)
{
    decisions_done(&decided->decisions);
    policy_ready_done(&decided->ready);
}

int about_keep(struct store *store, const struct about_decided *decided, struct nj_err *err)
{
    int rc = store_keep_decisions(store, decided->decisions.items, decided->decisions.count,
                                  decided->decisions.at_us, err);

    if (rc >= 0 && policy_remember(store, &decided->ready, err) < 0)
        return -1;
    return rc;
}

/* ---- a list of it ---- */

int about_list(const struct about_decided *decided, const struct about_list_question *question,
               struct about_list *ret, struct nj_err *err)
{
    const struct policy *policy = &decided->ready.policy;
    int64_t at_us = decided->decisions.at_us;
    struct feed_list list;

    if (feed_select(question->feed, decided->decisions.items, decided->decisions.count,
                    &question->wanted, &list, err) < 0)
        return -1;
    *ret = (struct about_list){
        .list = list,
        .about = {.generated_us = at_us,
                  .expires_us = at_us + EXPIRES_US,
                  .publisher = policy->publisher,
                  .contact = policy->contact,
                  .licence = policy->licence,
                  .set = question->set,
                  .prefix = question->prefix,
                  .host = question->host},
    };
    return 0;
}

void about_list_done(struct about_list *list)
{
    feed_list_done(&list->list);
}
