/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/feed_to.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

#define PORTION 8192u /* messages that are put into the outbox before they are delivered */

struct sending {
    struct box *box;
    const struct feed_to *to;
    const struct feed *feed;
    const struct feed_list *list;
    const struct feed_about *about;
    int64_t round_us;
    size_t next;        /* the first entry that was not looked at */
    uint64_t put, left; /* what the receiver has not: put into the outbox, and not */
    bool stuck;         /* nothing is delivered now: what does not fit is left */
};

enum { PUT_DONE, PUT_FULL = 1 };

/* An event is new when its address is, or what is done with it, or since when. */
static int put_new(struct sending *s, const struct decision *decision, size_t *messages,
                   size_t *bytes, struct nj_err *err)
{
    char net[PREFIX_TEXT_MAX], what[64];
    char *text;
    size_t length;
    int rc;

    (void)prefix_text(&decision->net, net);
    (void)snprintf(what, sizeof(what), "%s %" PRId64, action_names[decision->action],
                   decision->since_us);
    rc = box_is_listed(s->box, s->to->url, s->feed->name, net, what, s->round_us, err);
    if (rc != 0)
        return rc < 0 ? -1 : PUT_DONE;
    if (feed_message(s->feed, decision, s->about, &text, &length, err) < 0)
        return -1;
    if (*messages == 0 || *bytes < length) {
        free(text);
        return PUT_FULL;
    }
    rc = box_list(s->box, s->to->url, s->feed->name, net, what, s->round_us, err);
    if (rc >= 0)
        rc = box_put(s->box, s->to->url, text, length, s->round_us, err);
    free(text);
    *messages -= 1;
    *bytes -= length;
    s->put++;
    return rc;
}

/* As many as the outbox has room for without dropping any. */
static int put_portion(struct sending *s, struct nj_err *err)
{
    struct box_receiver receiver;
    size_t messages = 0, bytes = 0;
    int rc;

    if (box_receiver(s->box, s->to->url, &receiver, err) < 0)
        return -1;
    if (receiver.waiting < BOX_MESSAGES_MAX && receiver.bytes < BOX_BYTES_MAX) {
        messages = BOX_MESSAGES_MAX - (size_t)receiver.waiting;
        bytes = BOX_BYTES_MAX - (size_t)receiver.bytes;
    }
    if (!s->stuck && messages > PORTION)
        messages = PORTION;
    rc = box_begin(s->box, err);
    if (rc < 0)
        return -1;
    for (; rc == PUT_DONE && s->next < s->list->count; s->next++) {
        rc = put_new(s, &s->list->items[s->next], &messages, &bytes, err);
        if (rc != PUT_FULL)
            continue;
        if (!s->stuck)
            break;
        s->left++;
        rc = PUT_DONE;
    }
    if (rc == PUT_DONE) /* all were looked at */
        rc = box_unlist(s->box, s->to->url, s->feed->name, s->round_us, err);
    return box_end(s->box, rc == PUT_FULL ? 0 : rc, err);
}

/* Portion by portion: a list may be longer than what may wait. */
static int send_all(struct sending *s, const struct setup *setup, struct deliver_counts *sent,
                    struct nj_err *err)
{
    int rc;

    do {
        struct deliver_counts now = {0};
        uint64_t put = s->put;

        if (put_portion(s, err) < 0)
            return -1;
        rc = alerts_deliver(setup, s->box, &s->to->outlet, 1, &now, err);
        if (rc < 0)
            return -1;
        s->stuck = rc == DELIVER_BUSY || now.failed > 0 || (s->put == put && now.sent == 0);
        sent->sent += now.sent;
        sent->refused += now.refused;
        if (now.failed > 0) {
            sent->failed = now.failed;
            memcpy(sent->why, now.why, sizeof(sent->why));
        }
    } while (s->next < s->list->count);
    return rc;
}

int feed_to_send(const struct cli *cli, const struct setup *setup, const struct feed_to *to,
                 const struct feed *feed, const struct feed_list *list,
                 const struct feed_about *about, struct nj_err *err)
{
    struct sending sending = {
        .to = to, .feed = feed, .list = list, .about = about, .round_us = alerts_clock_us()};
    struct deliver_counts sent = {0};
    int rc;

    if (box_open(setup->store_dir, &sending.box, err) < 0)
        return -1;
    rc = send_all(&sending, setup, &sent, err);
    box_close(sending.box);
    if (rc < 0)
        return -1;
    if (!cli->quiet)
        cli_say("%s: %" PRIu64 " new, %" PRIu64 " sent to %s", feed->name,
                sending.put + sending.left, sent.sent, to->url);
    if (sending.left > 0)
        cli_say("%" PRIu64 " of them found no room in the outbox: they come with the next list",
                sending.left);
    if (rc == DELIVER_BUSY) {
        cli_say("another process delivers from this outbox: they wait for the next time");
        return 1;
    }
    if (sent.failed == 0)
        return sending.left > 0;
    cli_say("%s; they wait in the outbox", sent.why);
    return 1;
}
