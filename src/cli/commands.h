/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, one per file cmd_NAME.c. The contract is that of cli_command's `run`. */
#ifndef NJ_CLI_COMMANDS_H
#define NJ_CLI_COMMANDS_H

#include "cli/cli.h"

int cmd_actor(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_actors(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_capture(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_abuse(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_alerts(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_brief(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_compact(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_decisions(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_doctor(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_dossier(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_events(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_episodes(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_expire(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_families(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_feed(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_filter(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_findings(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_hops(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_import(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_ingest(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_lists(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_links(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_lookup(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_names(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_note(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_policy(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_port(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_rdap(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_rebuild(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_routes(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_serve(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_sample(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_source(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_sql(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_status(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_suspects(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_timeline(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_top(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_verify(struct cli *cli, int argc, char **argv, struct nj_err *err);
int cmd_visits(struct cli *cli, int argc, char **argv, struct nj_err *err);

#endif
