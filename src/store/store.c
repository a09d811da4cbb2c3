/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a store: folders, and what a killed writer left. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folders.h"
#include "store/address_sql.h"
#include "store/ledger.h"
#include "store/memory.h"
#include "store/ranking.h"
#include "store/verdicts.h"

/* ---- what a killed writer left
 * ---------------------------------------------------------------- */

/* nftw has no context argument; recovery runs once, in the thread that opens. */
static struct store *recovering;

static bool catalog_knows(const char *path)
{
    sqlite3_stmt *stmt = NULL;
    bool known = true; /* when in doubt, leave the file */

    if (sqlite3_prepare_v2(recovering->catalog,
                           "SELECT 1 FROM segment WHERE path = ?1 "
                           "UNION ALL SELECT 1 FROM snapshot WHERE path = ?1 "
                           "UNION ALL SELECT 1 FROM checkpoint WHERE path = ?1",
                           -1, &stmt, NULL) == SQLITE_OK) {
        (void)sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
        known = sqlite3_step(stmt) == SQLITE_ROW;
    }
    (void)sqlite3_finalize(stmt);
    return known;
}

static int remove_orphan(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)walk;
    if (type == FTW_F && !catalog_knows(path + strlen(recovering->dir) + 1))
        (void)unlink(path);
    return 0;
}

static int recover(struct store *store, struct nj_err *err)
{
    static const char *const folders[] = {"visits",    "traits",      "samples", "summaries",
                                          "snapshots", "checkpoints", "staging"};

    recovering = store;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%s", store->dir, folders[i]);
        if (nj_make_folder(path, 0777, err) < 0)
            return -1;
        (void)nftw(path, remove_orphan, 16, FTW_PHYS);
    }
    recovering = NULL;
    return 0;
}

/* ---- open and close
 * ----------------------------------------------------------------------------- */

static int set_folder(struct store *store, const char *dir, struct nj_err *err)
{
    if (strlen(dir) >= sizeof(store->dir) || strchr(dir, '\'') != NULL)
        return nj_fail(err, NJ_CONFIG, "store folder \"%.100s\": too long, or holds a quote",
                       dir);
    (void)snprintf(store->dir, sizeof(store->dir), "%s", dir);
    for (size_t n = strlen(store->dir); n > 1 && store->dir[n - 1] == '/'; n--)
        store->dir[n - 1] = '\0';
    return 0;
}

static int open_any(const struct store_options *options, bool write, struct store **ret_store,
                    struct nj_err *err)
{
    struct store *store = calloc(1, sizeof(*store));
    struct duck_options duck = {.threads = options->threads, .memory_mb = options->memory_mb};
    char spill[PATH_MAX];
    int rc = -1;

    if (store == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the store");
    store->lock_fd = store->waiting_fd = -1;
    store->memory = options->memory;
    if (set_folder(store, options->dir, err) < 0)
        goto out;
    if (write &&
        (nj_make_folder(store->dir, 0777, err) < 0 || lock_take(store, options, err) < 0))
        goto out;
    (void)snprintf(spill, sizeof(spill), "%s/staging", store->dir);
    duck.temp_dir = options->temp_dir != NULL ? options->temp_dir : write ? spill : NULL;
    if (catalog_open(store, write, err) < 0 || (write && recover(store, err) < 0) ||
        duck_open(&duck, &store->duck, err) < 0 || store_register_addresses(store, err) < 0 ||
        (write &&
         (duck_join(store->duck, &store->writer, err) < 0 || stage_new(store, err) < 0)))
        goto out;
    if (options->wait_s > 10)
        catalog_wait(store, options->wait_s);
    *ret_store = store;
    store = NULL;
    rc = 0;
out:
    store_close(store);
    return rc;
}

int store_open(const struct store_options *options, struct store **ret_store,
               struct nj_err *err)
{
    return open_any(options, false, ret_store, err);
}

int store_open_writer(const struct store_options *options, struct store **ret_store,
                      struct nj_err *err)
{
    return open_any(options, true, ret_store, err);
}

int store_open_catalog(const char *dir, struct store **ret_store, struct nj_err *err)
{
    struct store *store = calloc(1, sizeof(*store));

    if (store == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the store");
    store->lock_fd = store->waiting_fd = -1;
    if (set_folder(store, dir, err) < 0 || catalog_open(store, false, err) < 0) {
        store_close(store);
        return -1;
    }
    *ret_store = store;
    return 0;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    duck_close(store->writer);
    duck_close(store->duck);
    memory_leave(store);
    ledger_done(store);
    stage_free(store->stage);
    prepared_done(&store->prepared);
    ranking_free(store->ranking);
    clients_free(store);
    (void)sqlite3_finalize(store->add_alert);
    (void)sqlite3_close(store->catalog);
    if (store->lock_fd >= 0)
        (void)close(store->lock_fd);
    if (store->waiting_fd >= 0)
        (void)close(store->waiting_fd);
    free(store);
}
