/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as sentences: made of facts, and never saying more than the counts allow. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "trend/internal.h"

#define TOGETHER_HINT 0.05 /* of a neighbour's sources at the known port: fewer say nothing */

/* "TCP 9530", and the service in brackets if it has a name. @return text */
static char *port_text(const struct findings_question *question, struct history_port port,
                       char text[96])
{
    const char *service = question->service == NULL
                              ? ""
                              : question->service(question->service_ctx, port.port, port.proto);
    const char *proto = port.proto == 6 ? "TCP" : port.proto == 17 ? "UDP" : "ICMP";

    if (port.proto == 1 || port.proto == 58)
        (void)snprintf(text, 96, "%s type %u", proto, port.port >> 8);
    else if (service[0] != '\0')
        (void)snprintf(text, 96, "%s %u (%s)", proto, port.port, service);
    else
        (void)snprintf(text, 96, "%s %u", proto, port.port);
    return text;
}

static const char *hour_text(int64_t us, char text[32])
{
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;

    text[0] = '\0';
    if (gmtime_r(&seconds, &tm) != NULL)
        (void)strftime(text, 32, "%Y-%m-%d %H:00", &tm);
    return text;
}

/* What would let a reader take the sensors for the Internet. */
static void tell_reach(struct finding *finding)
{
    size_t used = strlen(finding->text);

    if (!isnan(finding->uniform) && finding->uniform < REACH_LOCALISED)
        (void)snprintf(finding->text + used, sizeof(finding->text) - used,
                       "; localised: its sources did not come to the sensors by their sizes"
                       " (p = %.1g)",
                       finding->uniform);
}

void finding_tell(const struct week_test *test, struct finding *finding)
{
    const char *unit = unit_names[finding->unit];
    const char *single =
        finding->single_operator ? "; from under three networks: perhaps one operator" : "";
    char port[96], near[96], from[32], to[32], where[24], times[32] = "", count[TEXT_COUNT_MAX];

    (void)snprintf(where, sizeof(where), "%s%s", finding->country[0] != '\0' ? " from " : "",
                   finding->country);
    if (finding->baseline >= 1) /* a multiple of next to nothing says nothing */
        (void)snprintf(times, sizeof(times), " (%.1f times)", finding->ratio);
    (void)text_count((uint64_t)fmax(finding->count, 0), count);
    (void)port_text(test->question, finding->port, port);
    switch (finding->kind) {
    case FINDING_NEWCOMER:
        (void)snprintf(finding->text, sizeof(finding->text),
                       "%s came into the top ten%s: %s %s, %s expected from the weeks"
                       " before%s; it stays there in %.0f %% of random redraws of the week%s",
                       port, where, count, unit, TEXT_MEAN(finding->baseline), times,
                       100 * finding->certainty, single);
        break;
    case FINDING_NEW_PORT:
        (void)snprintf(finding->text, sizeof(finding->text),
                       "%s was asked for by %s %s%s; nobody had in the weeks before%s", port,
                       count, unit, where, single);
        break;
    case FINDING_BURST:
        (void)snprintf(
            finding->text, sizeof(finding->text),
            "%s%s had a burst from %s to %s UTC: %s sources began with it, %s expected"
            " from the week before",
            port, where, hour_text(finding->start_us, from), hour_text(finding->end_us, to),
            count, TEXT_MEAN(finding->baseline));
        break;
    case FINDING_NEIGHBOUR:
        (void)port_text(test->question,
                        (struct history_port){.port = finding->near, .proto = 6}, near);
        (void)snprintf(finding->text, sizeof(finding->text),
                       "%s stands out beside %s%s: %s %s, the ports around it have %s;"
                       " %.0f %% of its sources ask for %u as well (%s)",
                       port, near, where, count, unit,
                       TEXT_COUNT((uint64_t)nearbyint(fmax(finding->baseline, 0))),
                       100 * finding->together, finding->near,
                       finding->together < TOGETHER_HINT
                           ? "too few to say that they look for the same service"
                           : "a hint, no proof, that they look for the same service");
        break;
    case FINDING_SHARE:
        (void)snprintf(
            finding->text, sizeof(finding->text),
            "%s, which led%s in the weeks before, has %.1f %% of all %s, against %.1f %% then",
            port, where, 100 * finding->share, unit, 100 * finding->share_before);
        break;
    default:
        finding->text[0] = '\0';
        break;
    }
    tell_reach(finding);
}
