/* SPDX-License-Identifier: Apache-2.0 */
/* A decision as one RFC 5424 message whose text is an event of a log feed (cef, leef, ecs,
 * ocsf; `syslog` is one as it stands). */
#ifndef NJ_FEED_MESSAGE_H
#define NJ_FEED_MESSAGE_H

#include "feed/feed.h"

/** Whether a feed is events, one a line. */
bool feed_is_events(const struct feed *feed);

/** @param ret  taken, without a line end. @return 0; -1 NJ_NOMEM, NJ_LIMIT */
int feed_message(const struct feed *feed, const struct decision *decision,
                 const struct feed_about *about, char **ret, size_t *ret_length,
                 struct nj_err *err);

#endif
