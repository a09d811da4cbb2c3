/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as rows. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "trend/findings.h"

static const char *week_text(int32_t monday, char text[16])
{
    time_t seconds = (time_t)monday * 86400;
    struct tm tm;

    text[0] = '\0';
    if (gmtime_r(&seconds, &tm) != NULL)
        (void)strftime(text, 16, "%G-W%V", &tm);
    return text;
}

static int send(const struct finding *finding, const struct row_sink *sink, struct nj_err *err)
{
    char week[16], proto[8];
    const struct cell cells[] = {
        text_cell(finding_names[finding->kind]),
        count_cell(finding->port.port),
        text_cell(proto_text(finding->port.proto, proto)),
        text_cell(finding->country),
        text_cell(week_text(finding->monday, week)),
        real_cell(finding->count),
        real_cell(finding->baseline),
        real_cell(finding->ratio),
        real_cell(finding->p),
        real_cell(finding->q),
        text_cell(unit_names[finding->unit]),
        count_cell(finding->sources),
        count_cell(finding->actors),
        text_cell(finding_state_names[finding->state]),
        text_cell(finding->text),
    };

    return sink->row(sink->ctx, cells, sizeof(cells) / sizeof(cells[0]), err);
}

int findings_send(const struct findings *findings, const struct row_sink *sink,
                  struct nj_err *err)
{
    static const char *const names[] = {"kind",  "port",     "proto",  "country", "week",
                                        "count", "baseline", "ratio",  "p",       "q",
                                        "unit",  "sources",  "actors", "state",   "text"};
    int rc = sink->head(sink->ctx, names, sizeof(names) / sizeof(names[0]), err);

    for (size_t i = 0; rc == 0 && i < findings->count; i++)
        rc = send(&findings->items[i], sink, err);
    return rc;
}
