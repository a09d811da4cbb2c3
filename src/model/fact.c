/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fact.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/episode.h"
#include "model/packet.h"

/* Append to a text that ends where its room ends. */
__attribute__((format(printf, 2, 3))) static void say(char text[FACT_TEXT_MAX],
                                                      const char *format, ...)
{
    size_t length = strlen(text);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text + length, FACT_TEXT_MAX - length, format, args);
    va_end(args);
}

static const char *name(const char *text)
{
    return text == NULL ? "" : text;
}

const char *fact_probability(double p, char ret_text[FACT_PROBABILITY_MAX])
{
    if (isnan(p))
        (void)snprintf(ret_text, FACT_PROBABILITY_MAX, "unknown");
    else if (p > 0.9999)
        (void)snprintf(ret_text, FACT_PROBABILITY_MAX, "over 0.9999");
    else if (p < 0.0001)
        (void)snprintf(ret_text, FACT_PROBABILITY_MAX, "under 0.0001");
    else
        (void)snprintf(ret_text, FACT_PROBABILITY_MAX, "%.4f", p);
    return ret_text;
}

/* "p 0.987"; what rounds to certainty is not written as such. */
static void say_probability(char *text, double p)
{
    if (p > 0.9995)
        say(text, "p > 0.999");
    else
        say(text, "p %.3f", p);
}

/* "32,091", as in all that is read by people. */
static void say_count(char *text, uint64_t count)
{
    say(text, "%s", TEXT_COUNT(count));
}

/* Three digits that count: "0.0123", "1,870,000". Never more than it is: it says "at least". */
static void say_rate(char *text, double rate)
{
    double unit = pow(10, floor(log10(rate)) - 2);

    if (rate > 0 && unit > 0 && isfinite(unit))
        rate = floor(rate / unit + 1e-9) * unit; /* 0.57 / 0.001 is a little less than 570 */
    if (rate >= 1000 && rate < 1e15)
        say_count(text, (uint64_t)(rate + 0.5));
    else
        say(text, "%.3g", rate);
}

static const char *protocol(uint8_t proto)
{
    return proto == PROTO_TCP                             ? "tcp"
           : proto == PROTO_UDP                           ? "udp"
           : proto == PROTO_ICMP || proto == PROTO_ICMPV6 ? "icmp"
                                                          : "other";
}

/* ---- the lines of a receipt ---- */

static void say_exploit(char *text, const struct risk_fact *fact)
{
    const char *rule = name(fact->exploit.rule); /* "": only the count was kept */

    if (fact->exploit.exploits > 0) {
        say_count(text, fact->exploit.exploits);
        say(text, " session%s with an exploit%s%.80s%s%s", fact_plural(fact->exploit.exploits),
            rule[0] != '\0' ? " (" : "", rule, rule[0] != '\0' ? ")" : "",
            fact->exploit.logins > 0 ? ", and login attempts" : "");
    } else {
        say_count(text, fact->exploit.logins);
        say(text, " session%s with login attempts", fact_plural(fact->exploit.logins));
    }
}

static void say_intent(char *text, const struct risk_fact *fact)
{
    uint32_t count = fact->intent.count;

    for (uint32_t i = 0; i < count; i++) {
        const struct fact_port *port = &fact->intent.ports[i];

        say(text, "%s%u/%s (risk %u.%u, ", i > 0 ? ", " : "probes ", port->port,
            protocol(port->proto), port->tenths / 10u, port->tenths % 10u);
        say_count(text, port->sessions);
        say(text, " session%s)", fact_plural(port->sessions));
    }
    if (fact->intent.all > count)
        say(text, " and %" PRIu32 " more", fact->intent.all - count);
}

static void say_evasion(char *text, const struct risk_fact *fact)
{
    static const char *const hops[] = {
        [FACT_NO_HOP] = "",
        [FACT_HOP] = "hop",
        [FACT_SECOND_HOP] = "second or later hop,",
        [FACT_RETURN] = "returned",
        [FACT_SPLIT] = "one of several that carry on,",
    };
    char address[ADDR_TEXT_MAX];
    const char *between = "";

    if (fact->evasion.hop != FACT_NO_HOP) {
        say(text, "%s from %s (", hops[fact->evasion.hop],
            addr_text(fact->evasion.hop_from, address));
        say_probability(text, fact->evasion.hop_probability);
        say(text, ")");
        between = "; ";
    }
    if (!addr_is_none(fact->evasion.like)) {
        say(text, "%sone of a group, as with %s (", between,
            addr_text(fact->evasion.like, address));
        say_probability(text, fact->evasion.like_probability);
        say(text, ")");
        between = "; ";
    }
    if (fact->evasion.decoys) {
        say(text, "%ssends decoys", between);
        between = "; ";
    }
    if (fact->evasion.slow) {
        say(text, "%sslow for days: at most a packet in 10 minutes", between);
        between = "; ";
    }
    if (fact->evasion.disguised) {
        say(text, "%stakes turns with many stacks", between);
        between = "; ";
    }
    if (between[0] == '\0')
        say(text, "was slow for days or took turns with stacks");
}

static void say_tool(char *text, const struct risk_fact *fact)
{
    if (fact->tool.tool != NULL)
        say(text, "tool %s, told by %s packet%s (%s bits)", fact->tool.tool,
            TEXT_COUNT(fact->tool.packets), fact_plural(fact->tool.packets),
            TEXT_COUNT(fact->tool.bits));
    else
        say(text, "an operating system's stack, %.100s", name(fact->tool.stack));
}

static void say_sensors(char *text, const struct risk_fact *fact)
{
    if (fact->sensors.seen > fact->sensors.all) /* logs name their own */
        say(text, "seen by %" PRIu32 " sensor%s", fact->sensors.seen,
            fact_plural(fact->sensors.seen));
    else
        say(text, "seen by %" PRIu32 " of %" PRIu32 " sensor%s", fact->sensors.seen,
            fact->sensors.all, fact_plural(fact->sensors.all));
}

void risk_fact_text(const struct risk_fact *fact, char ret_text[FACT_TEXT_MAX])
{
    char address[ADDR_TEXT_MAX];

    ret_text[0] = '\0';
    if (!addr_is_none(fact->from)) {
        say(ret_text, "inherited from %s (", addr_text(fact->from, address));
        say_probability(ret_text, fact->probability);
        say(ret_text, "): ");
    }
    switch (fact->group) {
    case RISK_EXPLOIT:
        say_exploit(ret_text, fact);
        return;
    case RISK_INTENT:
        say_intent(ret_text, fact);
        return;
    case RISK_TARGETS:
        say(ret_text, "at least "); /* a sketch counts them */
        say_count(ret_text, fact->targets.count);
        say(ret_text, " address%s probed", fact->targets.count == 1 ? "" : "es");
        if (fact->targets.unwatched)
            say(ret_text, " (addresses watched unknown)");
        else if (fact->targets.coverage * ADDR_V4_COUNT > (double)fact->targets.count)
            say(ret_text, ", %.3g %% of IPv4 or more",
                100 * fmin(fact->targets.coverage, 0.999));
        return;
    case RISK_PORTS:
        say(ret_text, "%s%" PRIu32 " port%s",
            fact->ports.count > EPISODE_PORTS ? "at least " : "", fact->ports.count,
            fact_plural(fact->ports.count));
        return;
    case RISK_INTENSITY:
        say(ret_text, "at least ");
        say_rate(ret_text, fact->intensity.pps);
        say(ret_text, " packets a second%s",
            fact->intensity.unwatched ? " here (addresses watched unknown)"
            : fact->intensity.local   ? " here (to single hosts: nothing is extrapolated)"
                                      : " over all of IPv4");
        return;
    case RISK_PERSISTENCE:
        say(ret_text, "active on %" PRIu32 " of the last 30 days", fact->persistence.days);
        return;
    case RISK_EVASION:
        say_evasion(ret_text, fact);
        return;
    case RISK_TOOL:
        say_tool(ret_text, fact);
        return;
    case RISK_NOVELTY:
        say(ret_text, "part of a finding: %u/%s is new (p %.1g)", fact->novelty.port.port,
            protocol(fact->novelty.port.proto), fact->novelty.p);
        return;
    case RISK_SENSORS:
        say_sensors(ret_text, fact);
        return;
    case RISK_GROUPS:
        return;
    }
}

/* ---- the grade ---- */

static void say_ttl(char *text, const struct grade_fact *fact)
{
    if (fact->ttl_min == fact->ttl_max)
        say(text, "TTL %u throughout", fact->ttl_min);
    else
        say(text, "TTL %u to %u", fact->ttl_min, fact->ttl_max);
}

void grade_fact_text(const struct grade_fact *fact, char ret_text[FACT_TEXT_MAX])
{
    ret_text[0] = '\0';
    switch (fact->form) {
    case GRADED_ANSWERED:
        say_count(ret_text, fact->count);
        say(ret_text, " TCP session%s went on after our answer%s", fact_plural(fact->count),
            fact->also ? "; TTLs scatter: others may use the address as well" : "");
        return;
    case GRADED_LOGIN:
        say_count(ret_text, fact->count);
        say(ret_text, " login attempt%s over TCP in logs, which take a handshake",
            fact_plural(fact->count));
        return;
    case GRADED_CROWD:
        say(ret_text, "one of ");
        say_count(ret_text, fact->count);
        say(ret_text,
            " sources that began in one minute at one port with a packet or two each: a flood "
            "with forged addresses looks so");
        return;
    case GRADED_SCATTER:
        say(ret_text, "TTL %u to %u over ", fact->ttl_min, fact->ttl_max);
        say_count(ret_text, fact->count);
        say(ret_text, " sessions with one %s: sent from many places",
            fact->also ? "stack" : "tool");
        return;
    case GRADED_STEADY:
        say_ttl(ret_text, fact);
        say(ret_text, " and %" PRIu32 " stack%s over ", fact->stacks,
            fact_plural(fact->stacks));
        say_count(ret_text, fact->count);
        say(ret_text,
            " sessions in %" PRIu32 " hour%s, no sign of forgery; B can still be forged",
            fact->hours, fact_plural(fact->hours));
        return;
    case GRADED_LOGS:
        say(ret_text, "unproven: ");
        say_count(ret_text, fact->count);
        say(ret_text, " session%s, none tells TTL or stack, none went on",
            fact_plural(fact->count));
        return;
    case GRADED_UNPROVEN:
        say(ret_text, "unproven: ");
        say_count(ret_text, fact->count);
        say(ret_text, " session%s in %" PRIu32 " hour%s, ", fact_plural(fact->count),
            fact->hours, fact_plural(fact->hours));
        say_ttl(ret_text, fact);
        say(ret_text, ", %" PRIu32 " stack%s; no answered session went on", fact->stacks,
            fact_plural(fact->stacks));
        return;
    case GRADE_FORMS:
        return;
    }
}
