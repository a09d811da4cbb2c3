/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/feed_to.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/alerts.h"
#include "feed/message.h"

int feed_to_read(const struct cli *cli, struct feed_to *to, const struct feed *feed)
{
    const struct {
        const char *word, *value;
    } settings[] = {{"ca", to->ca}, {"cert", to->cert}, {"key", to->key}};
    struct nj_err err;

    if (to->url == NULL)
        return to->ca == NULL && to->cert == NULL && to->key == NULL
                   ? 0
                   : cli_usage(cli, "--ca, --cert and --key go with --to");
    if (!feed_is_events(feed))
        return cli_usage(cli, "--to is for cef, leef, ecs, ocsf and syslog");
    if (outlet_syslog(to->url, &to->outlet, &err) < 0)
        return cli_usage(cli, "--to %s", err.msg);
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (settings[i].value != NULL &&
            outlet_set(&to->outlet, settings[i].word, settings[i].value, &err) < 0)
            return cli_usage(cli, "--%s: %s", settings[i].word, err.msg);
    }
    return outlet_complete(&to->outlet, &err) < 0 ? cli_usage(cli, "--to: %s", err.msg) : 0;
}

/* An event is new when its address is, or what is done with it, or since when. */
static int put_new(struct box *box, const struct feed_to *to, const struct feed *feed,
                   const struct decision *decision, const struct feed_about *about,
                   int64_t now_us, uint64_t *count, struct nj_err *err)
{
    char net[PREFIX_TEXT_MAX], what[64];
    char *text;
    size_t length;
    int rc;

    (void)snprintf(what, sizeof(what), "%s %" PRId64, action_names[decision->action],
                   decision->since_us);
    rc =
        box_list(box, to->url, feed->name, prefix_text(&decision->net, net), what, now_us, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (feed_message(feed, decision, about, &text, &length, err) < 0)
        return -1;
    rc = box_put(box, to->url, text, length, now_us, err);
    free(text);
    *count += rc == 0;
    return rc;
}

static int put_all(struct box *box, const struct feed_to *to, const struct feed *feed,
                   const struct feed_list *list, const struct feed_about *about,
                   uint64_t *count, struct nj_err *err)
{
    int64_t now_us = alerts_clock_us();
    int rc = box_begin(box, err);

    if (rc < 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < list->count; i++)
        rc = put_new(box, to, feed, &list->items[i], about, now_us, count, err);
    if (rc == 0)
        rc = box_unlist(box, to->url, feed->name, now_us, err);
    return box_end(box, rc, err);
}

int feed_to_send(const struct cli *cli, const struct setup *setup, const struct feed_to *to,
                 const struct feed *feed, const struct feed_list *list,
                 const struct feed_about *about, struct nj_err *err)
{
    struct deliver_counts sent = {0};
    struct box *box;
    uint64_t count = 0;
    int rc;

    if (box_open(setup->store_dir, &box, err) < 0)
        return -1;
    rc = put_all(box, to, feed, list, about, &count, err);
    if (rc == 0)
        rc = alerts_deliver(setup, box, &to->outlet, 1, &sent, err);
    box_close(box);
    if (rc < 0)
        return -1;
    if (!cli->quiet)
        cli_say("%s: %" PRIu64 " new, %" PRIu64 " sent to %s", feed->name, count, sent.sent,
                to->url);
    if (rc == DELIVER_BUSY) {
        cli_say("another process delivers from this outbox: they wait for the next time");
        return 1;
    }
    if (sent.failed == 0)
        return 0;
    cli_say("%s; they wait in the outbox", sent.why);
    return 1;
}
