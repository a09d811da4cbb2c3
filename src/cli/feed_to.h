/* SPDX-License-Identifier: Apache-2.0 */
/* `feed NAME --to URL`: decisions as events to a log receiver, each once. */
#ifndef NJ_CLI_FEED_TO_H
#define NJ_CLI_FEED_TO_H

#include "cli/cli.h"
#include "cli/setup.h"
#include "feed/feed.h"
#include "outbox/outlet.h"

struct feed_to {
    const char *url, *ca, *cert, *key; /* as on the command line; url NULL: to nobody */
    struct outlet outlet;
};

/** What the options say. @return 0; CLI_USAGE, said */
int feed_to_read(const struct cli *cli, struct feed_to *to, const struct feed *feed);

/**
 * Put what the receiver has not yet into the outbox, in portions, and deliver each.
 * What can't be delivered now stays there for the next time, as far as there is room.
 *
 * @return 0; 1: it was said that the receiver can't be reached, or what found no room; -1
 */
int feed_to_send(const struct cli *cli, const struct setup *setup, const struct feed_to *to,
                 const struct feed *feed, const struct feed_list *list,
                 const struct feed_about *about, struct nj_err *err);

#endif
