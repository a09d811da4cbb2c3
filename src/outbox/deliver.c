/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox/deliver.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "outbox/send.h"

#define ROUND_MAX 256u /* messages of one connection or mail: what may come twice */
#define BACKOFF_MAX_S 300

/* @return a descriptor that holds the lock until it is closed; -1 with *ret_busy or *err */
static int take_lock(const char *store_dir, bool *ret_busy, struct nj_err *err)
{
    char *path = NULL;
    int file;

    if (asprintf(&path, "%s/outbox.lock", store_dir) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a path");
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        (void)nj_fail(err, NJ_IO, "open %s", path);
    } else if (flock(file, LOCK_EX | LOCK_NB) < 0) {
        (void)close(file);
        file = -1;
        *ret_busy = true;
    }
    free(path);
    return file;
}

/* Send what was taken from the queue. @return 0; SEND_REFUSED; -1 */
static int send_round(const struct outlet *outlet, const struct box_message *messages,
                      size_t count, int64_t now_us, struct nj_err *err)
{
    switch (outlet->kind) {
    case OUTLET_SYSLOG:
        return send_syslog(outlet, messages, count, SEND_LIMIT_S, err);
    case OUTLET_WEBHOOK:
        return send_webhook(outlet, messages, now_us, SEND_LIMIT_S, err);
    case OUTLET_MAIL:
        break;
    }
    return send_mail(outlet, messages, count, now_us, SEND_LIMIT_S, err);
}

static int64_t backoff_us(uint64_t failures)
{
    int64_t seconds = failures >= 9 ? BACKOFF_MAX_S : (int64_t)1 << failures;

    return (seconds > BACKOFF_MAX_S ? BACKOFF_MAX_S : seconds) * 1000000;
}

/* Whether it failed a short time ago. A time that lies farther ahead than any pause was told by
 * a clock that has been set back since. */
static bool is_early(const struct box_receiver *receiver, int64_t now_us)
{
    return receiver->next_us > now_us &&
           receiver->next_us - now_us <= (int64_t)BACKOFF_MAX_S * 1000000;
}

/* @return 0: go on; 1: that is all for now; -1: the outbox */
static int one_round(struct box *box, const struct outlet *outlet, int64_t now_us,
                     struct deliver_counts *counts, struct nj_err *err)
{
    struct box_message messages[ROUND_MAX];
    struct box_receiver receiver;
    struct nj_err why = {0};
    size_t count;
    int64_t first, last;
    int rc;

    if (box_receiver(box, outlet->url, &receiver, err) < 0)
        return -1;
    if (receiver.waiting == 0 || is_early(&receiver, now_us))
        return 1;
    if (box_next(box, outlet->url, outlet->kind == OUTLET_WEBHOOK ? 1 : ROUND_MAX, messages,
                 &count, err) < 0)
        return -1;
    if (count == 0)
        return 1;
    first = messages[0].id;
    last = messages[count - 1].id;
    rc = send_round(outlet, messages, count, now_us, &why);
    for (size_t i = 0; i < count; i++)
        box_message_done(&messages[i]);
    if (rc == 0) {
        counts->sent += count;
        return box_sent(box, outlet->url, first, last, err);
    }
    (void)snprintf(counts->why, sizeof(counts->why), "%.199s", why.msg);
    if (rc == SEND_REFUSED) {
        counts->refused += count;
        return box_refused(box, outlet->url, first, last, counts->why, err);
    }
    counts->failed++;
    return box_failed(box, outlet->url, now_us + backoff_us(receiver.failures), counts->why,
                      err) < 0
               ? -1
               : 1;
}

static bool is_over(const struct deliver_clock *clock)
{
    return clock->stop != NULL && clock->stop(clock->ctx);
}

int deliver(struct box *box, const char *store_dir, const struct outlet *outlets, size_t count,
            const struct deliver_clock *clock, struct deliver_counts *ret, struct nj_err *err)
{
    bool busy = false, more = true;
    int lock = take_lock(store_dir, &busy, err), rc = 0;

    *ret = (struct deliver_counts){0};
    if (lock < 0)
        return busy ? DELIVER_BUSY : -1;
    while (rc >= 0 && more) { /* in turn: nobody waits for another's queue */
        more = false;
        for (size_t i = 0; rc >= 0 && i < count && !is_over(clock); i++) {
            rc = one_round(box, &outlets[i], clock->now_us(), ret, err);
            more |= rc == 0;
        }
    }
    if (rc >= 0)
        rc = box_expire(box, clock->now_us(), err);
    (void)close(lock);
    return rc < 0 ? -1 : 0;
}
