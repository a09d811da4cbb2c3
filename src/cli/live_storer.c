/* SPDX-License-Identifier: Apache-2.0 */
/* The journal to the store: one opening of the store after the other, each a session. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folders.h"
#include "cli/live_internal.h"
#include "cli/privileges.h"

#define COMMIT_S 30       /* rows reach readers within a minute */
#define COMMIT_IDLE_S 600 /* ticks alone */
#define JOURNAL_FILE_BYTES (64u << 20)
#define RETRY_S 10
#define STORING_NICE 5
/* others that wait for the store: how long one of them may need to take it, and how long a
 * backlog of the journal is read on with them waiting */
#define TURN_MS 5000
#define STOP_TRIES 10 /* seconds that an ending service waits for its turn */

/* What belongs to one opening of the store. */
struct session {
    struct live_run *run;
    struct ports *ports;
    struct store *store;
    struct derive *derive;
    struct enrich *enrich;
    struct log_formats *formats;
    struct pipeline *pipeline;
    struct growing *growing;
    char rules[PATH_MAX];
};

/* Rows that are derived again in well under a second: not worth a checkpoint. */
#define DERIVED_AGAIN 200000u

static void set_problem(struct live_run *run, const char *text)
{
    (void)pthread_mutex_lock(&run->lock);
    (void)snprintf(run->problem, sizeof(run->problem), "%s", text);
    (void)pthread_mutex_unlock(&run->lock);
}

/* Another process writes (NULL: no longer): its turn may take a moment or an hour. */
static void set_waiting(struct live_run *run, const char *text)
{
    if (text == NULL) {
        if (run->waiting && !run->options.cli->quiet)
            cli_say("the store is free again; what waits in the journal is stored");
        if (run->waiting)
            set_problem(run, "");
        run->waiting = false;
        return;
    }
    set_problem(run, text);
    if (!run->waiting && !run->options.cli->quiet)
        cli_say("%s; what is captured waits in the journal", text);
    run->waiting = true;
}

static void on_visit(void *ctx, const struct visit *visit, const char *sensor,
                     const struct store_place *place, const struct nj_intern *names)
{
    struct live_run *run = ctx;

    (void)pthread_mutex_lock(&run->lock);
    run->visits++;
    run->sessions += visit->sessions;
    (void)pthread_mutex_unlock(&run->lock);
    if (run->options.visited != NULL)
        run->options.visited(run->options.visited_ctx, visit, sensor, place, names);
}

static int on_commit(void *ctx, struct nj_err *err)
{
    struct session *session = ctx;

    (void)pthread_mutex_lock(&session->run->lock);
    session->run->last_commit_us = nj_wall_us();
    (void)pthread_mutex_unlock(&session->run->lock);
    return derive_run(session->derive, false, err);
}

static int begin(struct session *session, const struct setup *setup, struct nj_err *err)
{
    struct store_options store = setup_writer_options(session->run->options.cli, setup);
    struct pipeline_options options = setup_pipeline_options(setup, session->rules);
    struct derive_options derive;

    store.gives_turns = true;
    store.wait_s = 1; /* a signal or a new configuration may come */
    store.line = NULL;
    if (nj_make_parents(setup->store_dir, 0777, err) < 0 ||
        store_open_writer(&store, &session->store, err) < 0 ||
        setup_formats(&session->formats, err) < 0 ||
        setup_enrich(setup, SETUP_PLACES, &session->enrich, err) < 0 ||
        setup_ports(&session->ports, err) < 0)
        return -1;
    derive = derived_options(setup, session->store, session->ports);
    if (derive_new(&derive, &session->derive, err) < 0)
        return -1;
    options.store = session->store;
    options.enrich = session->enrich;
    options.formats = session->formats;
    options.as = "pcap";
    options.journal = true;
    options.visited = on_visit;
    options.visited_ctx = session->run;
    options.committed = on_commit;
    options.committed_ctx = session;
    return pipeline_new(&options, &session->pipeline, err);
}

static void end(struct session *session)
{
    pipeline_close(session->pipeline, session->growing, NULL);
    pipeline_free(session->pipeline);
    derive_free(session->derive);
    ports_free(session->ports);
    enrich_free(session->enrich);
    log_formats_free(session->formats);
    store_close(session->store);
}

static void journal_path(const struct live_run *run, char path[PATH_MAX])
{
    char name[JOURNAL_NAME_SIZE];

    journal_name(run->number, name);
    (void)snprintf(path, PATH_MAX, "%s/%s", run->journal_dir, name);
}

/* Open the next file that is there. @return 0; -1 */
static int open_file(struct session *session, uint64_t newest, struct nj_err *err)
{
    struct live_run *run = session->run;
    struct ingest_result result;
    char path[PATH_MAX], aside[PATH_MAX + 16];
    int rc;

    for (journal_path(run, path); run->number < newest && access(path, F_OK) != 0;
         journal_path(run, path))
        run->number++;
    rc =
        pipeline_open(session->pipeline, path, NULL, false, 0, &session->growing, &result, err);
    if (rc == PIPELINE_REFUSED && run->number < newest) {
        (void)snprintf(aside, sizeof(aside), "%s.refused", path);
        cli_say("journal %s: %s; set aside as %s", path, result.note, aside);
        (void)rename(path, aside);
        run->number++;
        return 0;
    }
    if (rc == PIPELINE_REFUSED)
        return nj_fail(err, NJ_IO, "journal %.80s: %.120s", path, result.note);
    if (rc == 0)
        run->before = growing_counts(session->growing);
    return rc;
}

/* What was read since the last call. */
static void count(struct session *session)
{
    struct live_run *run = session->run;
    struct store_counts now = growing_counts(session->growing);

    (void)pthread_mutex_lock(&run->lock);
    run->rejected.packets += now.packets - run->before.packets;
    run->rejected.truncated += now.truncated - run->before.truncated;
    run->rejected.malformed += now.malformed - run->before.malformed;
    run->rejected.unsupported += now.unsupported - run->before.unsupported;
    run->rejected.refused += now.refused - run->before.refused;
    (void)pthread_mutex_unlock(&run->lock);
    if (run->number < run->replay_below)
        run->replayed += now.packets - run->before.packets;
    run->before = now;
}

static int commit(struct session *session, struct nj_err *err)
{
    struct live_run *run = session->run;
    struct store_report report;

    journal_rotate(run->journal, JOURNAL_FILE_BYTES);
    if (pipeline_commit(session->pipeline, session->growing, err) < 0)
        return -1;
    set_problem(run, "");
    return store_tidy(session->store, cli_warn, NULL, &report, err);
}

/* The file was read to its end and is committed. */
static void drop_file(struct session *session)
{
    struct live_run *run = session->run;

    pipeline_close(session->pipeline, session->growing, NULL);
    session->growing = NULL;
    journal_remove(run->journal, run->journal_dir, run->number++);
    if (run->number < run->replay_below || run->replay_below == 0)
        return;
    if (run->replayed > 0 && !run->options.cli->quiet)
        cli_say("journal: %llu packets that the last run had not committed were replayed",
                (unsigned long long)run->replayed);
    run->replay_below = 0;
}

/* Whether another process has waited for the store, and since when. */
static bool is_wanted(struct session *session, int64_t *since_ns)
{
    if (!store_wanted(session->store))
        *since_ns = 0;
    else if (*since_ns == 0)
        *since_ns = nj_monotonic_ns();
    return *since_ns != 0;
}

#define GIVE_WAY 1
#define RELOAD 2

/* Follow the journal until somebody wants something else. All that was read is committed.
 * @return 0: stop, the journal was read to its end; RELOAD; GIVE_WAY: another process waits for
 * the store; -1 */
static int follow(struct session *session, struct nj_err *err)
{
    struct live_run *run = session->run;
    int64_t last_commit = nj_monotonic_ns(), wanted_ns = 0;

    for (;;) {
        bool wanted = is_wanted(session, &wanted_ns);
        bool long_wanted = wanted && nj_monotonic_ns() - wanted_ns > TURN_MS * 1000000ll;
        bool stop = run->stop_store, pause = stop || run->reload || wanted;
        struct journal_state state;
        int64_t waited_s = (nj_monotonic_ns() - last_commit) / 1000000000;
        uint64_t rows;
        bool finished;
        int rc;

        journal_state(run->journal, &state);
        if (session->growing == NULL) {
            if (open_file(session, state.number, err) < 0)
                return -1;
            continue;
        }
        rc = pipeline_take(session->pipeline, session->growing, false, err);
        if (rc < 0)
            return -1;
        count(session);
        if (pipeline_hand_on(session->pipeline, err) < 0)
            return -1;
        rows = pipeline_uncommitted(session->pipeline);
        finished = rc != PIPELINE_MORE && run->number < state.number;
        if (finished || rows >= STORE_COMMIT_ROWS || (rows > 0 && waited_s >= COMMIT_S) ||
            waited_s >= COMMIT_IDLE_S || (pause && rc != PIPELINE_MORE) || long_wanted) {
            if (commit(session, err) < 0)
                return -1;
            last_commit = nj_monotonic_ns();
        }
        if (finished)
            drop_file(session);
        else if (pause && rc != PIPELINE_MORE)
            return stop ? 0 : wanted ? GIVE_WAY : RELOAD;
        else if (long_wanted)
            return GIVE_WAY;
        else if (rc != PIPELINE_MORE)
            sleep_ms(100);
    }
}

/* All of the journal is committed: close what is open, and let the later stages end. */
static int finish(struct session *session, struct nj_err *err)
{
    struct live_run *run = session->run;

    pipeline_close(session->pipeline, session->growing, NULL);
    session->growing = NULL;
    if (pipeline_finish(session->pipeline, NULL, err) < 0 ||
        derive_run(session->derive, true, err) < 0)
        return -1;
    journal_remove(run->journal, run->journal_dir, run->number);
    return 0;
}

static void opened(struct live_run *run)
{
    (void)pthread_mutex_lock(&run->lock);
    run->opened_once = true;
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
}

/* @return as follow */
static int store_session(struct live_run *run, struct nj_err *err)
{
    struct session session = {.run = run};
    const struct setup *setup;
    int rc;

    (void)pthread_mutex_lock(&run->lock);
    setup = run->setup;
    run->reload = false;
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
    rc = begin(&session, setup, err);
    if (rc == 0) {
        opened(run);
        set_waiting(run, NULL);
        rc = follow(&session, err);
    }
    if (rc == 0)
        rc = finish(&session, err);
    else if (rc == GIVE_WAY && derive_counts(session.derive)->rows > DERIVED_AGAIN &&
             derive_run(session.derive, true, err) < 0)
        rc = -1; /* else whoever is next, and then this service, would derive them again */
    end(&session);
    return rc;
}

void *live_storer(void *arg)
{
    struct live_run *run = arg;
    int tries = 0;

    privileges_without_packets();
    /* what is stored can wait, what arrives can't; the threads of the stages inherit it */
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), STORING_NICE);
    for (;;) {
        bool opened_before = run->opened_once;
        int rc = store_session(run, &run->err);

        if (rc == GIVE_WAY) {
            store_give_way(run->setup->store_dir, TURN_MS);
            continue;
        }
        if (rc < 0 && run->err.code == NJ_BUSY) { /* it waited a second */
            opened(run);
            set_waiting(run, run->err.msg);
            if (run->stop_store && ++tries >= STOP_TRIES) {
                cli_say("what was captured last waits in the journal for the next start");
                return NULL;
            }
            continue;
        }
        if (rc == 0)
            return NULL; /* all is stored */
        if (rc == RELOAD)
            continue;
        if (run->stop_store || (!opened_before && !run->opened_once))
            return run;
        cli_say("store: %s; what is captured waits in the journal, trying again", run->err.msg);
        set_problem(run, run->err.msg);
        sleep_unless(&run->stop_store, RETRY_S);
    }
}
