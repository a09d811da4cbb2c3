/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions and feeds: the same lists as `nightjar decisions` and `nightjar feed`. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "policy/rows.h"
#include "server/internal.h"
#include "store/decisions.h"

#define FILE_BYTES_MAX ANSWER_BYTES_MAX

/* ---- history ---- */

/* What tells two sets of decisions apart, whatever instant they are of. */
static uint64_t digest(const struct decisions *decisions)
{
    uint64_t digest = decisions->count;

    for (size_t i = 0; i < decisions->count; i++) {
        const struct decision *d = &decisions->items[i];
        const int64_t facts[] = {(int64_t)d->net.first.hi,
                                 (int64_t)d->net.first.lo,
                                 (int64_t)d->net.last.hi,
                                 (int64_t)d->net.last.lo,
                                 (int64_t)d->action,
                                 (int64_t)d->state,
                                 d->since_us,
                                 d->until_us};

        digest = XXH3_64bits_withSeed(facts, sizeof(facts), digest);
        digest = XXH3_64bits_withSeed(d->rule, strlen(d->rule), digest);
    }
    return digest == 0 ? 1 : digest;
}

/* What is published as of now is history; once for each state, so that a list that is fetched
 * often is written once. */
static void keep(struct ask *ask, const struct about_decided *decided)
{
    uint64_t now = digest(&decided->decisions);
    struct own_write write;
    struct nj_err err;

    if ((ask->query->given & PARAM_AT) != 0 ||
        atomic_exchange(&ask->server->kept_decisions, now) == now)
        return;
    decided_begin_write(ask, &write);
    if (about_keep(ask->store, decided, &err) >= 0) { /* or a later state was kept before */
        decided_end_write(ask, &write);
    } else {
        unsigned long long mine = now;

        (void)atomic_compare_exchange_strong(&ask->server->kept_decisions, &mine, 0);
        server_say(ask->server, "warning: the history of decisions was not kept: %s", err.msg);
    }
}

/* ---- feeds ---- */

static void read_wanted(const struct query *query, struct about_list_question *ret)
{
    ret->feed = &feeds[query->feed];
    ret->wanted = (struct feed_wanted){
        .actions = query->actions,
        .family = query->family,
        .has_family = (query->given & PARAM_FAMILY) != 0,
        .limit = query->entries,
        .has_limit = (query->given & PARAM_ENTRIES) != 0,
        .actor = query->of_actor,
    };
    ret->set = query->set[0] == '\0' ? NULL : query->set;
    ret->prefix = query->name[0] == '\0' ? NULL : query->name;
    ret->host = query->host[0] == '\0' ? NULL : query->host;
}

/* A file that was just written, as the answer. */
static int answer_file(struct ask *ask, int folder, const char *name, struct nj_err *err)
{
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    char *bytes;
    ssize_t got;
    int rc = 0;

    if (file < 0 || fstat(file, &st) < 0 || !S_ISREG(st.st_mode)) {
        answer_error(ask->answer, 404, "the feed has no such file");
    } else if (st.st_size > (off_t)FILE_BYTES_MAX) {
        rc = nj_fail(err, NJ_LIMIT, "the file has more than %u MB: ask for less",
                     FILE_BYTES_MAX >> 20);
    } else {
        bytes = malloc((size_t)st.st_size + 1);
        got = bytes == NULL ? -1 : read(file, bytes, (size_t)st.st_size);
        if (got != (ssize_t)st.st_size)
            rc = nj_fail(err, NJ_IO, "read %s", name);
        else
            answer_bytes(ask->answer,
                         strstr(name, ".csv") != NULL ? "text/csv; charset=utf-8"
                                                      : "application/json",
                         bytes, (size_t)got);
        free(bytes);
    }
    if (file >= 0)
        (void)close(file);
    return rc;
}

static void remove_files(int folder, const char *path)
{
    DIR *files = fdopendir(folder);
    struct dirent *file;

    while (files != NULL && (file = readdir(files)) != NULL)
        if (file->d_name[0] != '.')
            (void)unlinkat(dirfd(files), file->d_name, 0);
    if (files != NULL)
        (void)closedir(files);
    else
        (void)close(folder);
    (void)rmdir(path);
}

/* A feed that is a folder is written to one of its own, and the file that is wanted read. */
static int answer_folder(struct ask *ask, const struct about_list *list,
                         const struct feed *feed, struct nj_err *err)
{
    const char *base = getenv("TMPDIR");
    const char *name = ask->query->file[0] == '\0' ? "manifest.json" : ask->query->file;
    char path[256];
    int folder, rc;

    (void)snprintf(path, sizeof(path), "%.200s/nightjar-feed-XXXXXX",
                   base == NULL ? "/tmp" : base);
    if (mkdtemp(path) == NULL)
        return nj_fail(err, NJ_IO, "make the folder %s", path);
    folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        (void)rmdir(path);
        return nj_fail(err, NJ_IO, "open the folder %s", path);
    }
    rc = feed->write_folder(&list->list, &list->about, path, err);
    if (rc == 0)
        rc = answer_file(ask, folder, name, err);
    remove_files(folder, path);
    return rc;
}

static int answer_list(struct ask *ask, const struct about_list *list, const struct feed *feed,
                       struct nj_err *err)
{
    char *bytes;
    size_t length;

    if (feed->folder)
        return answer_folder(ask, list, feed, err);
    if (feed_bytes(feed, &list->list, &list->about, &bytes, &length, err) < 0)
        return -1;
    if (length > ANSWER_BYTES_MAX) {
        free(bytes);
        return nj_fail(err, NJ_LIMIT, "the list has more than %u MB: ask for fewer entries",
                       ANSWER_BYTES_MAX >> 20);
    }
    answer_bytes(ask->answer, feed->media_type, bytes, length);
    free(bytes);
    return 0;
}

int route_feed(struct ask *ask, struct nj_err *err)
{
    const struct feed *feed = &feeds[ask->query->feed];
    const struct about_decided *decided;
    struct about_list_question question = {.feed = NULL};
    struct about_list list;
    int rc;

    if (!feed->folder && ask->query->file[0] != '\0') {
        answer_error(ask->answer, 404, "the feed is no folder");
        return 0;
    }
    read_wanted(ask->query, &question);
    if (decided_take(ask, ask->query->at_us, &decided, err) < 0)
        return -1;
    rc = about_list(decided, &question, &list, err);
    if (rc == 0) {
        rc = answer_list(ask, &list, feed, err);
        about_list_done(&list);
    }
    if (rc == 0 && ask->answer->status == 200)
        keep(ask, decided);
    decided_give(ask->server->decided, decided);
    return rc;
}

/* ---- the list of feeds ---- */

static const char *actions_text(unsigned actions, char text[64])
{
    text[0] = '\0';
    for (unsigned i = ACTIONS; i-- > ACTION_NONE + 1;)
        if ((actions & FEED_ACTION(i)) != 0)
            (void)snprintf(text + strlen(text), 64 - strlen(text), "%s%s",
                           text[0] == '\0' ? "" : ",", action_names[i]);
    return text;
}

#define FEED_CELLS 12

static int send_feed(const struct feed *feed, const struct about_decided *decided,
                     const struct row_sink *sink, struct nj_err *err)
{
    static const char *const families[] = {"both", "4", "6"};
    const struct about_list_question question = {.feed = feed};
    struct cell cells[FEED_CELLS] = {[10] = {.kind = CELL_NULL}, [11] = {.kind = CELL_NULL}};
    char path[64], actions[64], etag[24];
    struct about_list list;
    size_t length = 0;
    char *bytes = NULL;
    int rc;

    if (about_list(decided, &question, &list, err) < 0)
        return -1;
    rc = feed->folder ? 0 : feed_bytes(feed, &list.list, &list.about, &bytes, &length, err);
    if (rc == 0) {
        (void)snprintf(path, sizeof(path), "/feeds/%s%s", feed->name,
                       feed->folder ? "/manifest.json" : "");
        cells[0] = text_cell(feed->name);
        cells[1] = text_cell(feed->summary);
        cells[2] = text_cell(path);
        cells[3] = text_cell(feed->media_type);
        cells[4] = text_cell(actions_text(feed->actions, actions));
        cells[5] = text_cell(families[feed->family]);
        cells[6] =
            feed->limit == 0 ? (struct cell){.kind = CELL_NULL} : count_cell(feed->limit);
        cells[7] = count_cell(feed_entries(feed, &list.list));
        cells[8] = count_cell(list.list.cut);
        cells[9] = count_cell(list.list.left_out);
        if (!feed->folder) {
            answer_etag(bytes, length, etag);
            cells[10] = count_cell(length);
            cells[11] = text_cell(etag);
        }
        rc = sink->row(sink->ctx, cells, FEED_CELLS, err);
    }
    free(bytes);
    about_list_done(&list);
    return rc;
}

/* "at" and "policy" behind the rows: of what they are. */
static void add_source(struct ask *ask, const struct about_decided *decided)
{
    struct text *body = &ask->answer->body;

    text_add_z(body, ",\"at\":\"");
    text_time(body, decided->decisions.at_us);
    text_add_z(body, "\",\"policy\":");
    text_json(body, decided->ready.path, strlen(decided->ready.path));
}

int route_feeds(struct ask *ask, struct nj_err *err)
{
    static const char *const names[FEED_CELLS] = {"feed",    "summary",  "path",  "media_type",
                                                  "actions", "family",   "limit", "entries",
                                                  "cut",     "left_out", "bytes", "etag"};
    const struct about_decided *decided;
    struct answer_rows rows;
    struct row_sink sink;
    int rc;

    if (decided_take(ask, ask->query->at_us, &decided, err) < 0)
        return -1;
    answer_rows_init(&rows, ask->answer, 0, UINT32_MAX);
    sink = answer_rows_sink(&rows);
    rc = sink.head(sink.ctx, names, FEED_CELLS, err);
    for (size_t i = 0; rc == 0 && i < feed_count; i++)
        rc = send_feed(&feeds[i], decided, &sink, err);
    if (rc == 0)
        rc = answer_rows_close(&rows, err);
    if (rc == 0) {
        add_source(ask, decided);
        rc = answer_rows_end(&rows, err);
    }
    answer_rows_done(&rows);
    decided_give(ask->server->decided, decided);
    return rc;
}

/* ---- decisions ---- */

static int send_decisions(struct ask *ask, const struct about_decided *decided,
                          struct nj_err *err)
{
    const struct query *query = ask->query;
    const struct decisions *decisions = &decided->decisions;
    const struct decisions_question question = {.source = query->source,
                                                .actions = query->actions,
                                                .all = query->all,
                                                .limit = query->offset + query->limit + 1};
    struct answer_rows rows;
    struct row_sink sink;
    int rc;

    answer_rows_init(&rows, ask->answer, query->offset, query->limit);
    sink = answer_rows_sink(&rows);
    rc = decisions_send(decisions, &question, &sink, err);
    if (rc == 0)
        rc = answer_rows_close(&rows, err);
    if (rc == 0) {
        add_source(ask, decided);
        text_addf(&ask->answer->body, ",\"held\":%zu,\"allowed\":%zu,\"cut\":%zu",
                  decisions->held, decisions->allowed, decisions->cut);
        rc = answer_rows_end(&rows, err);
    }
    answer_rows_done(&rows);
    return rc;
}

int route_decisions(struct ask *ask, struct nj_err *err)
{
    const struct about_decided *decided;
    int rc;

    if (decided_take(ask, ask->query->at_us, &decided, err) < 0)
        return -1;
    rc = send_decisions(ask, decided, err);
    decided_give(ask->server->decided, decided);
    return rc;
}

int route_decision_history(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    struct answer_rows rows;
    struct row_sink sink;

    answer_rows_init(&rows, ask->answer, query->offset, query->limit);
    sink = answer_rows_sink(&rows);
    return answer_rows_finish(&rows,
                              store_decision_history(ask->store, query->source,
                                                     query->offset + query->limit + 1, &sink,
                                                     err),
                              err);
}
