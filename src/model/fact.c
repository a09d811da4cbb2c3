/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fact.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

static const char *protocol(uint8_t proto)
{
    return proto == PROTO_TCP                             ? "tcp"
           : proto == PROTO_UDP                           ? "udp"
           : proto == PROTO_ICMP || proto == PROTO_ICMPV6 ? "icmp"
                                                          : "other";
}

/* ---- the lines of a receipt ----------------------------------------------------------------
 */

static void say_exploit(char *text, const struct risk_fact *fact)
{
    const char *rule = name(fact->exploit.rule); /* "": only the count was kept */

    if (fact->exploit.exploits > 0)
        say(text, "%" PRIu64 " sessions with an exploit%s%.80s%s%s", fact->exploit.exploits,
            rule[0] != '\0' ? " (" : "", rule, rule[0] != '\0' ? ")" : "",
            fact->exploit.logins > 0 ? ", and login attempts" : "");
    else
        say(text, "%" PRIu64 " sessions with login attempts", fact->exploit.logins);
}

static void say_intent(char *text, const struct risk_fact *fact)
{
    uint32_t count = fact->intent.count;

    for (uint32_t i = 0; i < count; i++) {
        const struct fact_port *port = &fact->intent.ports[i];

        say(text, "%s%u/%s (risk %u.%u, %" PRIu32 " sessions)", i > 0 ? ", " : "probes ",
            port->port, protocol(port->proto), port->tenths / 10u, port->tenths % 10u,
            port->sessions);
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
        say(text, "%s from %s (p %.3f)", hops[fact->evasion.hop],
            addr_text(fact->evasion.hop_from, address), fact->evasion.hop_probability);
        between = "; ";
    }
    if (!addr_is_none(fact->evasion.like)) {
        say(text, "%sone of a group, as with %s (p %.3f)", between,
            addr_text(fact->evasion.like, address), fact->evasion.like_probability);
        between = "; ";
    }
    if (fact->evasion.decoys) {
        say(text, "%ssends decoys", between);
        between = "; ";
    }
    if (fact->evasion.slow) {
        say(text, "%sslow on purpose: at most a packet in 10 minutes", between);
        between = "; ";
    }
    if (fact->evasion.disguised) {
        say(text, "%stakes turns with many stacks", between);
        between = "; ";
    }
    if (between[0] == '\0')
        say(text, "was slow on purpose or took turns with stacks");
}

static void say_tool(char *text, const struct risk_fact *fact)
{
    if (fact->tool.tool != NULL)
        say(text, "tool %s, told by %" PRIu32 " packets (%" PRIu32 " bits)", fact->tool.tool,
            fact->tool.packets, fact->tool.bits);
    else
        say(text, "an operating system's stack, %.100s", name(fact->tool.stack));
}

static void say_sensors(char *text, const struct risk_fact *fact)
{
    if (fact->sensors.seen > fact->sensors.all) /* logs name their own */
        say(text, "seen by %" PRIu32 " sensors (configured: %" PRIu32 ")", fact->sensors.seen,
            fact->sensors.all);
    else
        say(text, "seen by %" PRIu32 " of %" PRIu32 " sensors", fact->sensors.seen,
            fact->sensors.all);
}

void risk_fact_text(const struct risk_fact *fact, char ret_text[FACT_TEXT_MAX])
{
    char address[ADDR_TEXT_MAX];

    ret_text[0] = '\0';
    if (!addr_is_none(fact->from))
        say(ret_text, "inherited from %s (p %.3f): ", addr_text(fact->from, address),
            fact->probability);
    switch (fact->group) {
    case RISK_EXPLOIT:
        say_exploit(ret_text, fact);
        return;
    case RISK_INTENT:
        say_intent(ret_text, fact);
        return;
    case RISK_TARGETS:
        say(ret_text, "%" PRIu64 " addresses probed: at least %.3g %% of IPv4%s",
            fact->targets.count, 100 * fact->targets.coverage,
            fact->targets.unwatched ? " (addresses watched unknown)" : "");
        return;
    case RISK_PORTS:
        say(ret_text, "%s%" PRIu32 " port%s",
            fact->ports.count > EPISODE_PORTS ? "at least " : "", fact->ports.count,
            fact_plural(fact->ports.count));
        return;
    case RISK_INTENSITY:
        say(ret_text, "at least %.3g packets a second%s", fact->intensity.pps,
            fact->intensity.unwatched ? " here (addresses watched unknown)"
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

/* ---- the grade -----------------------------------------------------------------------------
 */

void grade_fact_text(const struct grade_fact *fact, char ret_text[FACT_TEXT_MAX])
{
    ret_text[0] = '\0';
    switch (fact->form) {
    case GRADED_ANSWERED:
        say(ret_text, "%" PRIu64 " TCP sessions went on after our answer%s", fact->count,
            fact->also ? "; TTLs scatter: others may use the address as well" : "");
        return;
    case GRADED_LOGIN:
        say(ret_text, "%" PRIu64 " login attempts over TCP in logs, which take a handshake",
            fact->count);
        return;
    case GRADED_CROWD:
        say(ret_text,
            "one of %" PRIu64 " sources that began in one minute at one port with a packet or "
            "two each: a flood with forged addresses looks so",
            fact->count);
        return;
    case GRADED_SCATTER:
        say(ret_text,
            "TTL %u to %u over %" PRIu64 " sessions with one %s: sent from many places",
            fact->ttl_min, fact->ttl_max, fact->count, fact->also ? "stack" : "tool");
        return;
    case GRADED_STEADY:
        say(ret_text,
            "TTL %u to %u and %" PRIu32 " stack%s over %" PRIu64 " sessions in %" PRIu32
            " hours, no sign of forgery; B can still be forged",
            fact->ttl_min, fact->ttl_max, fact->stacks, fact_plural(fact->stacks), fact->count,
            fact->hours);
        return;
    case GRADED_LOGS:
        say(ret_text, "unproven: %" PRIu64 " sessions, none tells TTL or stack, none went on",
            fact->count);
        return;
    case GRADED_UNPROVEN:
        say(ret_text,
            "unproven: %" PRIu64 " sessions in %" PRIu32 " hours, TTL %u to %u, %" PRIu32
            " stack%s; no answered session went on",
            fact->count, fact->hours, fact->ttl_min, fact->ttl_max, fact->stacks,
            fact_plural(fact->stacks));
        return;
    case GRADE_FORMS:
        return;
    }
}
