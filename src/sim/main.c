/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar-sim: labelled test traffic. docs/man/nightjar-sim.1 */
#include <stdio.h>
#include <stdlib.h>

#include "sim/engine.h"
#include "sim/pcap_out.h"
#include "sim/scenario.h"
#include "sim/truth.h"

static void usage(FILE *out)
{
    (void)fputs("usage: nightjar-sim SCENARIO -o FILE.pcap [--truth FILE.csv] [options]\n"
                "\n"
                "Writes seeded test traffic as a capture, and the truth about it as a table.\n"
                "\n"
                "scenarios:\n",
                out);
    for (size_t i = 0; i < sim_scenario_count; i++)
        (void)fprintf(out, "  %-17s %s\n", sim_scenarios[i]->name, sim_scenarios[i]->summary);
    (void)fputs(
        "\n"
        "options:\n"
        "  -o FILE            the capture; - is standard output\n"
        "  --log FILE         the sessions as a honeypot logs them (CSV), with or without -o\n"
        "  --truth FILE       CSV, who sent what: source, actor, tool, class, kind, country,\n"
        "                     asn, first, last, packets, sessions, ports, group\n"
        "  --hops FILE        CSV, each change of address: actor, from, to, stopped, started,\n"
        "                     kind, changed\n"
        "  --seed N           another seed, another traffic (1)\n"
        "  --sensor PREFIX    the telescope, a /12 or smaller\n"
        "                     (203.0.113.0/24; background: 198.18.0.0/16; s1 to s9: /20)\n"
        "  --from T, --to T   the period, both days included: 2014-09-23 or\n"
        "                     2014-09-23T10:21:00, UTC\n"
        "  --scale X          multiply the counts of a story (1)\n"
        "  --packets N        background: packets in all (20000000); s1 to s9: of the\n"
        "                     mixed part of the background (250000)\n"
        "  --sources N        background: sources (400000; s1 to s9: 12000)\n"
        "  --hours H          background, s1 to s9: length, if --to is not given\n"
        "  --geo DIR          folder of the geo data from which sources are drawn\n"
        "                     (NIGHTJAR_GEO, or deps/geo beside the source)\n"
        "  --help, --version\n",
        out);
}

/* The geo data, or "nowhere" with a warning. */
static struct sim_geo *load_geo(const struct sim_options *options)
{
    const char *folder = options->geo;
    struct sim_geo *geo = NULL;
    struct nj_err err;

    if (folder == NULL)
        folder = getenv("NIGHTJAR_GEO");
    if (folder == NULL)
        folder = NJ_SOURCE_GEO;
    if (sim_geo_load(folder, &geo, &err) == 0)
        return geo;
    (void)fprintf(stderr,
                  "nightjar-sim: warning: %s; sources are random addresses without countries "
                  "(run scripts/setup, or give --geo DIR)\n",
                  err.msg);
    return sim_geo_nowhere();
}

/* Write what is left; the sinks are gone after that. */
static int close_sinks(struct sim_sinks *sinks, struct nj_err *err)
{
    struct sim_log *log = sinks->log;

    sinks->log = NULL;
    if (log != NULL && sim_log_close(log, err) < 0)
        return -1;
    if (sinks->pcap != NULL && sim_pcap_close(sinks->pcap, err) < 0) {
        sinks->pcap = NULL; /* closed all the same */
        return -1;
    }
    sinks->pcap = NULL;
    return 0;
}

static int run(struct sim_options *options, struct nj_err *err)
{
    const struct sim_scenario *scenario;
    struct sim_world world;
    struct sim_counts counts;
    struct sim_sinks sinks = {NULL, NULL};
    struct sim_geo *geo;
    int rc = -1;

    if (sim_scenario_choose(options, &scenario, err) < 0)
        return -1;
    geo = load_geo(options);
    if (geo == NULL)
        return nj_fail(err, NJ_NOMEM, "geo data");
    sim_world_init(&world, options, geo);
    if (scenario->plan(&world, err) < 0 ||
        (options->out != NULL && sim_pcap_open(options->out, &sinks.pcap, err) < 0) ||
        (options->log != NULL && sim_log_open(options->log, &sinks.log, err) < 0) ||
        sim_engine_run(&world, sinks, &counts, err) < 0)
        goto out;
    rc = close_sinks(&sinks, err);
    if (rc == 0 && options->truth != NULL)
        rc = sim_truth_write(&world, options->truth, err);
    if (rc == 0 && options->hops != NULL)
        rc = sim_hops_write(&world, options->hops, err);
    if (rc == 0)
        (void)fprintf(stderr, "%s: %llu packets, %llu sessions, %u sources, %llu bytes\n",
                      scenario->name, (unsigned long long)counts.packets,
                      (unsigned long long)counts.sessions, world.sender_count,
                      (unsigned long long)counts.bytes);
out:
    sim_pcap_free(sinks.pcap);
    sim_log_free(sinks.log);
    sim_world_done(&world);
    sim_geo_free(geo);
    return rc;
}

int main(int argc, char **argv)
{
    struct sim_options options;
    struct nj_err err;

    if (sim_options_parse(argc, argv, &options, &err) < 0) {
        (void)fprintf(stderr, "nightjar-sim: %s (see nightjar-sim --help)\n", err.msg);
        return 2;
    }
    if (options.help) {
        usage(stdout);
        return 0;
    }
    if (options.version) {
        puts("nightjar-sim " NJ_VERSION);
        return 0;
    }
    if (run(&options, &err) < 0) {
        (void)fprintf(stderr, "nightjar-sim: %s\n", err.msg);
        return err.code == NJ_CONFIG ? 2 : 1;
    }
    return 0;
}
