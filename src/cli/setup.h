/* SPDX-License-Identifier: Apache-2.0 */
/* Where everything is: the store, the configuration, geo data and log formats. */
#ifndef NJ_CLI_SETUP_H
#define NJ_CLI_SETUP_H

#include <limits.h>

#include "cli/cli.h"
#include "enrich/enrich.h"
#include "log/log.h"
#include "model/config.h"
#include "pipeline/pipeline.h"
#include "ports/ports.h"

struct setup {
    char *store_dir;   /* NULL only after setup_find: nobody says where it is */
    bool store_named;  /* on the command line or in the environment */
    char *config_path; /* NULL: there is none */
    struct config config;
    const char *geo_dir; /* borrowed from the environment */
};

/**
 * Find everything and read the configuration.
 *
 *   store          --store, NIGHTJAR_STORE, the configuration's, $XDG_DATA_HOME/nightjar,
 *                  ~/.local/share/nightjar
 *   configuration  --config, else the first that exists of
 *                  $XDG_CONFIG_HOME/nightjar/nightjar.conf,
 *                  ~/.config/nightjar/nightjar.conf, /etc/nightjar/nightjar.conf, else none
 *   geo data       the configuration's files; for kinds without one those of NIGHTJAR_GEO, or
 *                  of deps/geo beside the source
 *
 * @return 0; -1
 */
int setup_load(const struct cli *cli, struct setup *ret_setup, struct nj_err *err);

/** All of a command that takes neither options nor words: find everything, then `run`.
 * @return CLI_USAGE (said); what `run` returned; -1 */
int setup_run(struct cli *cli, int argc, char **argv,
              int (*run)(struct cli *cli, const struct setup *setup, struct nj_err *err),
              struct nj_err *err);

/** The two halves of setup_load: paths with a default configuration, then the file. @return 0;
 * -1 */
int setup_find(const struct cli *cli, struct setup *ret_setup, struct nj_err *err);
int setup_read_config(struct setup *setup, struct nj_err *err);
void setup_done(struct setup *setup);

/** Writing opens or makes a store; upkeep needs one. @return 0; -1 NJ_STORE: there is none */
int setup_need_store(const struct setup *setup, struct nj_err *err);

struct store_options setup_store_options(const struct setup *setup);

/** The same for commands that write: they wait for their turn, and say so. A service that
 * captures gives way within seconds; another command has to end first. */
struct store_options setup_writer_options(const struct cli *cli, const struct setup *setup);
#define SETUP_WAIT_S 600

/** With what the configuration says; the inputs' own members are empty.
 * @param path  room for the name of the rules of payloads, which the options borrow */
struct pipeline_options setup_pipeline_options(const struct setup *setup,
                                               char path[static PATH_MAX]);

enum setup_places {
    SETUP_NAMES,  /* names of AS numbers */
    SETUP_PLACES, /* country and AS of addresses */
    SETUP_ALL,    /* and region and city */
};

/** Open the databases that are needed. Missing ones are no fault. @return 0; -1 NJ_NOMEM */
int setup_enrich(const struct setup *setup, enum setup_places what, struct enrich **ret_enrich,
                 struct nj_err *err);

/** The log formats of NIGHTJAR_DATA/logs, or of the source's data/logs. @return 0; -1 */
int setup_formats(struct log_formats **ret_formats, struct nj_err *err);

/** A file that the program comes with, in NIGHTJAR_DATA or the source's data. @return buffer */
const char *setup_data_path(const char *name, char *buffer, size_t size);

/** What is known of ports: ports.tsv of NIGHTJAR_DATA, or of the source's data.
 * @return 0; -1 */
int setup_ports(struct ports **ret_ports, struct nj_err *err);

/** The path of a file beside the configuration. @return 0; *ret_path is taken, NULL if there is
 * no configuration or no such file; -1 NJ_NOMEM */
int setup_beside(const struct setup *setup, const char *name, char **ret_path,
                 struct nj_err *err);

#endif
