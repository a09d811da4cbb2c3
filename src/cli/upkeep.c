/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/upkeep.h"

int upkeep_print(const struct cli *cli, const struct store_report *report,
                 const char *const *columns, struct nj_err *err)
{
    static const char *const names[] = {"segments", "rows",    "bytes",
                                        "damaged",  "written", "removed"};
    const uint64_t counts[] = {report->segments, report->rows,    report->bytes,
                               report->damaged,  report->written, report->removed};
    enum { COUNTS = sizeof(counts) / sizeof(counts[0]) };
    struct cell cells[COUNTS];
    struct output *output = output_new(stdout, cli->format, columns);
    struct row_sink sink;
    int rc;

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the report");
    for (size_t i = 0; i < COUNTS; i++)
        cells[i] = (struct cell){.kind = CELL_UINT, .unsigned_number = counts[i]};
    sink = output_sink(output);
    rc = sink.head(sink.ctx, names, COUNTS, err);
    if (rc == 0)
        rc = sink.row(sink.ctx, cells, COUNTS, err);
    return output_close(output, rc, err);
}

void upkeep_say(void *ctx, const char *line)
{
    const struct cli *cli = ctx;

    if (!cli->quiet)
        cli_say("%s", line);
}
