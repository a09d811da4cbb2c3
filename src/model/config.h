/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: what it may say, and what counts where it says nothing.
 *
 * data/nightjar.conf shows every key with its default; nightjar.conf(5) describes them. The
 * file is read once, at the start, by cli/; stages get the values they need and
 * never see it. */
#ifndef NJ_MODEL_CONFIG_H
#define NJ_MODEL_CONFIG_H

#include "base/err.h"
#include "model/sensor.h"

#define CONFIG_FILES_MAX 8        /* geo databases of one kind */
#define CONFIG_SENSORS_MAX 1024   /* with the default one */
#define CONFIG_PREFIXES_MAX 65536 /* of all sensors together */
#define CONFIG_LINE_MAX 196       /* bytes of a line; keys that hold lists may be repeated */
#define CONFIG_SIZE_MAX 1048576   /* bytes of a file */

/* In the order of the file; NULL behind the last if there are fewer than the maximum. */
struct config_files {
    char *paths[CONFIG_FILES_MAX];
};

struct config {
    char *store_dir; /* NULL: not named */

    /* [0] is always the one called "default"; the others follow in the order of the file. The
     * prefixes of one sensor stand most specific first: the first that has an
     * address counts. */
    struct sensor *sensors;
    size_t sensor_count;

    struct config_files country, city, asn; /* geo databases */

    int64_t max_senders, max_visits, max_sessions; /* bounds of the tables of ingest */
    int64_t part_s;          /* an open visit is handed on at least this often, capture time */
    unsigned tunnels;        /* bits of enum tunnel: kinds that are looked into, 0: none */
    bool judge_checksums;    /* a wrong one makes a packet class "other" */
    int64_t payload_bytes;   /* first payload bytes to keep per visit, 0: none */
    int64_t samples_per_day; /* packets to keep per day of capture time, 0: none */

    int64_t duckdb_memory_mb; /* budget of the engine */
    int64_t duckdb_threads;   /* 0: as many as the machine has cores */
    char *duckdb_temp_dir;    /* where big sorts spill to; NULL: not named */

    bool rdap_allow;      /* registries may be asked */
    char *rdap_server;    /* URL of the one to ask for all; NULL: the right one */
    char *rdap_bootstrap; /* URL of the lists of servers; NULL: IANA's */
    int64_t rdap_age_days, rdap_questions; /* until asked again; at most in a run */

    int64_t visits_days, traits_days, samples_days; /* what `expire` keeps; 0: all, for ever */
};

/** What counts without a file. @return 0; -1 NJ_NOMEM */
int config_default(struct config *ret_config, struct nj_err *err);

/**
 * Read a file. Relative paths in it count from the folder that it stands in.
 *
 * @return 0; -1 NJ_IO (can't be read), NJ_NOMEM, or NJ_CONFIG for anything that the file may
 * not say: "nightjar.conf:12: unknown key "gaher" in [sensor tokyo]; did you mean "gather"?"
 */
int config_load(const char *path, struct config *ret_config, struct nj_err *err);

/** The same from memory; `path` stands in messages and is where relative paths count from. */
int config_parse(const char *text, size_t length, const char *path, struct config *ret_config,
                 struct nj_err *err);

/** Free what it holds. */
void config_done(struct config *config);

/** @return the sensor of that name, borrowed; NULL if the configuration has none */
const struct sensor *config_sensor(const struct config *config, const char *name);

#endif
