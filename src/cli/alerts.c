/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/alerts.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/ask.h"

#define LOOK_S 2     /* between two looks at a store that changed */
#define SILENCE_S 60 /* and at one that did not: a sensor may have fallen silent */

int64_t alerts_clock_us(void)
{
    return nj_wall_us();
}

/* ---- the rules ---- */

int alerts_ready(const struct setup *setup, const char *path, struct alerts *ret,
                 struct nj_err *err)
{
    size_t count;
    const struct filter_field *fields = alert_fields(&count);
    char *beside = NULL;
    int rc;

    if (path == NULL) {
        if (setup_beside(setup, "alerts.conf", &beside, err) < 0)
            return -1;
        if (beside == NULL)
            return ALERTS_NONE;
    }
    rc = alerts_load(path == NULL ? beside : path, fields, count, ret, err);
    free(beside);
    if (rc == 0 &&
        alerts_default_own(ret, setup->config.sensors, setup->config.sensor_count, err) < 0) {
        alerts_done(ret);
        rc = -1;
    }
    return rc;
}

static void host_name(const struct alerts *alerts, char host[256])
{
    (void)snprintf(host, 256, "%s", alerts->host);
    if (host[0] == '\0' && gethostname(host, 255) < 0)
        host[0] = '\0';
    host[255] = '\0';
}

/* ---- once ---- */

int alerts_begin(const struct setup *setup, struct store *store, struct nj_err *err)
{
    struct box *box;
    int rc;

    if (box_open(setup->store_dir, &box, err) < 0)
        return -1;
    rc = alert_begin(store, box, err);
    box_close(box);
    return rc;
}

static int look_once(struct store *store, struct box *box, const struct alerts *alerts,
                     bool live, struct alert_counts *ret, struct nj_err *err)
{
    char host[256];
    const struct alert_look look = {
        .alerts = alerts, .host = host, .now_us = alerts_clock_us(), .live = live};

    host_name(alerts, host);
    return alert_begin(store, box, err) < 0 ? -1 : alert_look(store, box, &look, ret, err);
}

static const struct deliver_clock by_the_clock = {.now_us = alerts_clock_us};

int alerts_deliver(const struct setup *setup, struct box *box, const struct outlet *outlets,
                   size_t count, struct deliver_counts *ret, struct nj_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (box_retry(box, outlets[i].url, err) < 0)
            return -1;
    return deliver(box, setup->store_dir, outlets, count, &by_the_clock, ret, err);
}

static void copy_outlets(const struct alerts *alerts, struct outlet *outlets)
{
    for (size_t i = 0; i < alerts->outlet_count; i++)
        outlets[i] = alerts->outlets[i].outlet;
}

int alerts_once(const struct cli *cli, const struct setup *setup, struct store *store,
                const struct alerts *alerts, struct nj_err *err)
{
    struct outlet *outlets = calloc(ALERT_OUTLETS_MAX, sizeof(*outlets));
    struct alert_counts counts = {0};
    struct deliver_counts sent = {0};
    struct box *box = NULL;
    int rc = outlets == NULL ? nj_fail(err, NJ_NOMEM, "no memory for alerts")
                             : box_open(setup->store_dir, &box, err);

    if (rc == 0)
        rc = look_once(store, box, alerts, false, &counts, err);
    if (rc == 0) {
        copy_outlets(alerts, outlets);
        rc = alerts_deliver(setup, box, outlets, alerts->outlet_count, &sent, err);
    }
    if (rc >= 0 && !cli->quiet)
        cli_say("alerts: %" PRIu64 " new, %" PRIu64 " held back; %" PRIu64 " messages sent",
                counts.told, counts.held, sent.sent);
    if (rc >= 0 && (sent.failed > 0 || sent.refused > 0))
        cli_say("warning: alerts: %s%s", sent.why,
                sent.failed > 0 ? "; they wait in the outbox" : "");
    box_close(box);
    free(outlets);
    return rc < 0 ? -1 : 0;
}

/* ---- the thread ---- */

struct alerts_run {
    const struct setup *setup;
    struct alerts alerts;
    struct outlet outlets[ALERT_OUTLETS_MAX];
    bool live;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop_cond;
    bool stopping;

    /* the thread's own */
    struct store *store;
    struct box *box;
    int64_t generation; /* of the store at the last look */
    char said[256];     /* the last fault, said once */
};

static void say_once(struct alerts_run *run, const char *what)
{
    if (strcmp(run->said, what) == 0)
        return;
    (void)snprintf(run->said, sizeof(run->said), "%s", what);
    if (what[0] != '\0')
        cli_say("warning: alerts: %s", what);
}

static int open_both(struct alerts_run *run, struct nj_err *err)
{
    const struct store_options options = setup_store_options(run->setup);

    if (run->box == NULL && box_open(run->setup->store_dir, &run->box, err) < 0)
        return -1;
    if (run->store != NULL)
        return 0;
    run->generation = -1;
    return store_open(&options, &run->store, err);
}

/* @param ret_looked  whether the store was asked */
static int look(struct alerts_run *run, bool silence_due, bool *ret_looked, struct nj_err *err)
{
    struct alert_counts counts;
    int64_t generation;
    struct nj_err none;

    if (run->store == NULL && setup_need_store(run->setup, &none) < 0)
        return 0; /* nothing was taken in so far: there is nothing to tell of */
    if (open_both(run, err) < 0 || store_generation(run->store, &generation, err) < 0)
        return -1;
    *ret_looked = generation != run->generation || silence_due;
    if (!*ret_looked)
        return 0;
    if (store_prepare(run->store, cli_warn, NULL, err) < 0 ||
        look_once(run->store, run->box, &run->alerts, run->live, &counts, err) < 0)
        return -1;
    run->generation = generation;
    return 0;
}

/* Wait. @return false when the service ends */
static bool pause_ms(struct alerts_run *run, int64_t ms)
{
    struct timespec until;
    bool stopping;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_mutex_lock(&run->lock);
    while (!run->stopping && pthread_cond_timedwait(&run->stop_cond, &run->lock, &until) == 0)
        ;
    stopping = run->stopping;
    (void)pthread_mutex_unlock(&run->lock);
    return !stopping;
}

static bool is_stopping(void *ctx)
{
    struct alerts_run *run = ctx;
    bool stopping;

    (void)pthread_mutex_lock(&run->lock);
    stopping = run->stopping;
    (void)pthread_mutex_unlock(&run->lock);
    return stopping;
}

static void *run_alerts(void *arg)
{
    struct alerts_run *run = arg;
    const struct deliver_clock until_stopped = {
        .now_us = alerts_clock_us, .stop = is_stopping, .ctx = run};
    int64_t next_look_us = 0, silence_us = alerts_clock_us();

    do {
        struct deliver_counts sent = {0};
        struct nj_err err = {0};
        int64_t now_us = alerts_clock_us();
        bool looked = false;
        int rc = 0;

        if (now_us >= next_look_us) {
            rc = look(run, now_us - silence_us >= SILENCE_S * 1000000ll, &looked, &err);
            if (rc < 0) { /* whatever it was: open it anew */
                store_close(run->store);
                run->store = NULL;
            }
            if (looked) {
                int64_t took_us = alerts_clock_us() - now_us;

                silence_us = now_us;
                next_look_us =
                    alerts_clock_us() +
                    (took_us * 9 > LOOK_S * 1000000 ? took_us * 9 : LOOK_S * 1000000);
            }
        }
        if (rc == 0 && run->box != NULL)
            rc = deliver(run->box, run->setup->store_dir, run->outlets,
                         run->alerts.outlet_count, &until_stopped, &sent, &err);
        say_once(run, rc < 0 ? err.msg : sent.failed + sent.refused > 0 ? sent.why : run->said);
        if (rc == 0 && sent.sent > 0)
            run->said[0] = '\0';
    } while (pause_ms(run, 1000));
    store_close(run->store);
    box_close(run->box);
    return NULL;
}

int alerts_run_programs(const struct setup *setup, const char *path, bool *ret,
                        struct nj_err *err)
{
    struct alerts alerts;
    int rc = alerts_ready(setup, path, &alerts, err);

    *ret = false;
    if (rc != 0)
        return rc == ALERTS_NONE ? 0 : -1;
    for (size_t i = 0; i < alerts.outlet_count; i++)
        *ret |= alerts.outlets[i].outlet.kind == OUTLET_MAIL;
    alerts_done(&alerts);
    return 0;
}

int alerts_run_start(const struct setup *setup, const char *path, bool live,
                     struct alerts_run **ret, struct nj_err *err)
{
    struct alerts_run *run = calloc(1, sizeof(*run));
    int rc;

    if (run == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for alerts");
    rc = alerts_ready(setup, path, &run->alerts, err);
    if (rc != 0) {
        free(run);
        return rc;
    }
    run->setup = setup;
    run->live = live;
    copy_outlets(&run->alerts, run->outlets);
    (void)pthread_mutex_init(&run->lock, NULL);
    (void)pthread_cond_init(&run->stop_cond, NULL);
    if (pthread_create(&run->thread, NULL, run_alerts, run) != 0) {
        alerts_done(&run->alerts);
        free(run);
        return nj_fail(err, NJ_NOMEM, "no thread for alerts");
    }
    *ret = run;
    return 0;
}

void alerts_run_stop(struct alerts_run *run)
{
    if (run == NULL)
        return;
    (void)pthread_mutex_lock(&run->lock);
    run->stopping = true;
    (void)pthread_cond_signal(&run->stop_cond);
    (void)pthread_mutex_unlock(&run->lock);
    (void)pthread_join(run->thread, NULL);
    (void)pthread_mutex_destroy(&run->lock);
    (void)pthread_cond_destroy(&run->stop_cond);
    alerts_done(&run->alerts);
    free(run);
}
