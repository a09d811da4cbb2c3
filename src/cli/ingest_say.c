/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ingest_say.h"

#include <inttypes.h>
#include <string.h>

void ingest_say_result(const struct cli *cli, const struct ingest_result *result)
{
    if (result->failed) {
        size_t length = strlen(result->input);
        bool named = strncmp(result->note, result->input, length) == 0;

        cli_say("%s%s%s", named ? "" : result->input, named ? "" : ": ", result->note);
        return;
    }
    if (cli->quiet)
        return;
    if (result->note[0] != '\0')
        cli_say("warning: %s: %s", result->input, result->note);
    for (size_t i = 0; i < result->reject_count; i++)
        cli_say("warning: %s: %s", result->input, result->rejects[i]);
    if (result->own > 0 && cli->verbose)
        cli_say("%s: %" PRIu64 " packets of the sensor's own clients are no sessions",
                result->input, result->own);
}

void ingest_say_databases(const struct cli *cli, const struct enrich *enrich)
{
    const struct enrich_source *sources;
    size_t count = enrich_sources(enrich, &sources);

    for (size_t i = 0; i < count; i++)
        if (sources[i].problem[0] != '\0' && !cli->quiet)
            cli_say("warning: %s: %s", sources[i].path, sources[i].problem);
}

void ingest_say_totals(const struct cli *cli, const struct pipeline_totals *totals)
{
    const struct {
        uint64_t count;
        const char *what;
    } forced[] = {
        {totals->visits_forced, "visits were closed early: the table of open visits was full"},
        {totals->sessions_evicted, "sessions were forgotten early: their table was full"},
        {totals->senders_evicted, "senders were forgotten early: their table was full"},
        {totals->targets_saturated, "rows have more targets than are counted exactly"},
        {totals->labels_refused,
         "sessions have rule and stack \"other\": too many different kinds"},
        {totals->recounted,
         "sessions count as scan and as attack: the scan was stored before the payload came"},
        {totals->stacks_refused, "names became \"other\": too many different ones"},
        {totals->fragments_alone, "fragments came without the first one of their packet"},
        {totals->fragments_forgotten, "first fragments were forgotten early: too many at once"},
        {totals->fragments_hurried,
         "fragments did not wait for the first one of their packet: too many at once"},
    };

    for (size_t i = 0; i < sizeof(forced) / sizeof(forced[0]); i++)
        if (forced[i].count > 0 && !cli->quiet)
            cli_say("warning: %" PRIu64 " %s", forced[i].count, forced[i].what);
    if (totals->fragments_waiting > 0 && !cli->quiet)
        cli_say("%" PRIu64 " fragments wait for the first one of their packet, which the next "
                "capture may bring; --close lets them go on alone",
                totals->fragments_waiting);
    if (totals->bad_checksums > totals->packets / 2 && !cli->quiet)
        cli_say("warning: %" PRIu64 " of %" PRIu64 " packets have wrong checksums; if their "
                "addresses were replaced, set \"checksums = no\" (nightjar.conf(5))",
                totals->bad_checksums, totals->packets);
}

void ingest_say_stages(const struct pipeline_totals *t)
{
    cli_say("walks: %" PRIu64 " searches found %" PRIu64 "; %" PRIu64 " were left out",
            t->searches, t->walks, t->searches_deferred);
    cli_say("relations: %" PRIu64 " sources were looked into, %" PRIu64 " obey one, %" PRIu64
            " left undecided for others; %" PRIu64 " of few packets were recognised",
            t->relations_lent, t->relations_found, t->relations_evicted,
            t->relations_recognised);
    cli_say("families: %" PRIu64 " are known, %" PRIu64 " were forgotten for others",
            t->families, t->families_evicted);
    if (t->bad_checksums > 0)
        cli_say("checksums: %" PRIu64
                " packets that came in have a wrong one; they are of class"
                " other, rule bad-checksum, and make no suspect",
                t->bad_checksums);
    if (t->contacts > 0)
        cli_say("lit prefixes: %" PRIu64 " first contacts, of which %" PRIu64
                " lost their place before an answer came",
                t->contacts, t->contacts_forgotten);
    cli_say("samples: %" PRIu64 " packets kept, %" PRIu64 " more than samples_per_day pays for",
            t->samples, t->samples_refused);
}
