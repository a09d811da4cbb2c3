/* SPDX-License-Identifier: Apache-2.0 */
#include "score/facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/packet.h"
#include "model/sweep.h"
#include "score/bounds.h"

#define RATE_SESSIONS 10 /* below, a rate is no more than a guess */
#define DISGUISE_STACKS 8
#define DISGUISE_TTL_RANGE 1
#define MONTH_DAYS ((1u << 30) - 1)

double exploit_strength(const char *rule)
{
    static const char *const probes[] = {"probe", "greeting", "generic"};

    if (strcasestr(rule, "download") != NULL)
        return 1;
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        if (strcasestr(rule, probes[i]) != NULL)
            return RISK_PROBE;
    }
    return RISK_KNOWN_EXPLOIT;
}

#define STACK_STRENGTH 0.1

double tool_strength(const char *tool)
{
    static const struct {
        const char *prefix;
        double strength;
    } kinds[] = {
        {"mirai", 1},
        {"mozi", 1},
        {"hajime", 1},
        {"gafgyt", 1},
        {"family", 0.6},
        {"relation", 0.6},
        {"connect", STACK_STRENGTH},
    };

    if (tool[0] == '\0' || strcmp(tool, "unknown") == 0 || strcmp(tool, "other") == 0)
        return 0;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncmp(tool, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
            return kinds[i].strength;
    }
    return 0.15; /* a general scanner */
}

/* The exploit group's strength, and which class it is of. */
static double observe_exploit(const struct source_facts *facts, const struct nj_intern *names,
                              float *ret_strength)
{
    uint64_t exploits = facts->class_sessions[CLASS_EXPLOIT];
    uint64_t logins = facts->class_sessions[CLASS_CREDENTIAL];
    double of_class =
        exploits > 0
            ? exploit_strength(nj_intern_text(names, facts->rule_exploit > UINT32_MAX
                                                         ? NJ_INTERN_OTHER
                                                         : (uint32_t)facts->rule_exploit))
            : 0;
    double by_exploit = risk_exploit(of_class, exploits);
    double by_login = risk_exploit(RISK_LOGIN, logins);

    *ret_strength = (float)fmax(of_class, logins > 0 ? RISK_LOGIN : 0);
    return fmax(by_exploit, by_login);
}

static void note_worst(struct notes *notes, struct note_port port, double weight,
                       double weights[NOTE_PORTS])
{
    uint32_t at = notes->port_count;

    while (at > 0 && weight > weights[at - 1])
        at--;
    if (at == NOTE_PORTS)
        return;
    if (notes->port_count < NOTE_PORTS)
        notes->port_count++;
    for (uint32_t i = notes->port_count - 1; i > at; i--) {
        notes->ports[i] = notes->ports[i - 1];
        weights[i] = weights[i - 1];
    }
    notes->ports[at] = port;
    weights[at] = weight;
}

double *port_risks_new(void)
{
    double *risks = malloc(PORT_RISKS * sizeof(*risks));

    for (size_t i = 0; risks != NULL && i < PORT_RISKS; i++)
        risks[i] = NAN;
    return risks;
}

static double port_risk_of(const struct score_options *options, double *port_risks,
                           uint16_t port, uint8_t proto)
{
    double *known = proto == PROTO_TCP   ? &port_risks[port]
                    : proto == PROTO_UDP ? &port_risks[PORT_RISKS / 2 + port]
                                         : NULL;

    if (options->port_risk == NULL)
        return 0;
    if (known == NULL)
        return options->port_risk(options->port_ctx, port, proto);
    if (isnan(*known))
        *known = options->port_risk(options->port_ctx, port, proto);
    return *known;
}

static double observe_ports(const struct source_facts *facts,
                            const struct score_options *options, double *port_risks,
                            struct notes *notes)
{
    double risks[EPISODE_PORTS], worst[NOTE_PORTS];
    uint32_t count = facts->port_count < EPISODE_PORTS ? facts->port_count : EPISODE_PORTS;

    notes->port_count = notes->risky_ports = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct episode_port *p = &facts->ports[i];
        double risk = port_risk_of(options, port_risks, p->port, p->proto);

        risk = risk > 0 ? fmin(risk, 1) : 0;
        risks[i] = risk * risk_port_evidence(p->sessions);
        notes->risky_ports += risk > 0;
        if (risk > 0)
            note_worst(notes,
                       (struct note_port){.port = p->port,
                                          .proto = p->proto,
                                          .sessions = p->sessions,
                                          .risk = (float)risk},
                       risks[i], worst);
    }
    if (count > 0)
        notes->first_port =
            (struct note_port){.port = facts->ports[0].port, .proto = facts->ports[0].proto};
    return risk_intent(risks, count);
}

/* Several stacks of one machine: of one tool that takes turns, since a network behind one
 * address would show several distances. */
static bool is_disguised(const struct source_facts *facts)
{
    return facts->stacks >= DISGUISE_STACKS && facts->ttl_min > 0 &&
           facts->ttl_max - facts->ttl_min <= DISGUISE_TTL_RANGE;
}

static void extrapolate(const struct source_facts *facts, const struct score_options *options,
                        struct notes *notes)
{
    bool known = options->addresses > 0 && addr_is_v4(facts->src);
    double sure = facts->sessions < RATE_SESSIONS
                      ? 0
                      : poisson_lower(facts->sessions) / (double)facts->sessions;

    notes->coverage = known && facts->targets >= SWEEP_COVERAGE_TARGETS
                          ? share_lower(facts->targets, options->addresses)
                          : fmin((double)facts->targets / ADDR_V4_COUNT, 1);
    notes->pps = facts->rate > 0 ? facts->rate * sure : 0;
    notes->local = known && !is_sweep((double)facts->sessions, (double)facts->targets,
                                      facts->ports_seen, facts->hours);
    if (known && !notes->local)
        notes->pps *= ADDR_V4_COUNT / (double)options->addresses;
}

static void observe(struct decayed groups[RISK_GROUPS], enum risk_group group, double strength,
                    int64_t at_s)
{
    decayed_observe(&groups[group], group, risk_weights[group] * strength, at_s);
}

void facts_observe(const struct source_facts *facts, const struct score_options *options,
                   double *port_risks, struct notes *notes, struct decayed groups[RISK_GROUPS])
{
    const struct nj_intern *names = options->names;
    const char *tool = nj_intern_text(names, facts->tool);
    unsigned sensors = (unsigned)__builtin_popcountll(facts->sensors);
    unsigned days = (unsigned)__builtin_popcount(facts->days & MONTH_DAYS);
    int64_t at_s = facts->last_us / 1000000;
    struct notes old = *notes, new = {.first_us = facts->first_us, .last_us = facts->last_us};
    double tool_f = tool_strength(tool), tool_q = 1, intent, exploit;

    new.sessions = facts->sessions;
    new.packets = facts->packets;
    new.targets = facts->targets;
    new.exploits = facts->class_sessions[CLASS_EXPLOIT];
    new.logins = facts->class_sessions[CLASS_CREDENTIAL];
    new.scans = facts->class_sessions[CLASS_SCAN];
    new.rule = (uint32_t)facts->rule_exploit;
    new.ports_seen = facts->ports_seen;
    new.days = (uint8_t)days;
    new.sensors = (uint8_t)sensors;
    new.declared = facts->declared;
    new.slow = facts->slow;
    new.disguised = is_disguised(facts);
    /* one completed session with a payload is more than five packets */
    new.whole_session = facts->answered > 0 && new.exploits + new.logins > 0;
    new.novelty_p = old.novelty_p;
    new.novelty_port = old.novelty_port;
    if (tool_f > 0) {
        tool_q = 1 - exp2(-(double)facts->tool_bits);
        new.tool = facts->tool;
        new.tool_packets = facts->tool_packets;
        new.tool_bits = facts->tool_bits;
    } else if (facts->stack != NJ_INTERN_NONE) {
        tool_f = STACK_STRENGTH;
    }
    new.stack = facts->stack;
    new.tool_strength = (float)tool_f;
    intent = observe_ports(facts, options, port_risks, &new);
    extrapolate(facts, options, &new);
    exploit = observe_exploit(facts, names, &new.exploit_strength);

    if (new.exploits > old.exploits || new.logins > old.logins)
        observe(groups, RISK_EXPLOIT, exploit, at_s);
    observe(groups, RISK_INTENT, intent, at_s);
    observe(groups, RISK_TARGETS, risk_targets(new.coverage), at_s);
    observe(groups, RISK_PORTS, risk_ports(facts->ports_seen), at_s);
    observe(groups, RISK_INTENSITY, risk_intensity(new.pps), at_s);
    observe(groups, RISK_PERSISTENCE, risk_persistence(days), at_s);
    observe(groups, RISK_EVASION,
            1 - (1 - (new.slow ? 0.4 : 0)) * (1 - (new.disguised ? 0.2 : 0)), at_s);
    observe(groups, RISK_TOOL, tool_f * fmax(tool_q, 0), at_s);
    observe(groups, RISK_SENSORS,
            options->sensors == 0 ? 0 : fmin((double)sensors / options->sensors, 1), at_s);
    if (new.sessions >= old.sessions)
        *notes = new;
}

static struct fact_port port_fact(const struct note_port *port)
{
    return (struct fact_port){.port = port->port,
                              .proto = port->proto,
                              .tenths = (uint8_t)lrint(10 * (double)port->risk),
                              .sessions = port->sessions};
}

static const char *name_of(const struct score_options *options, uint32_t name)
{
    return name == NJ_INTERN_NONE ? NULL : nj_intern_text(options->names, name);
}

void facts_of(enum risk_group group, const struct notes *notes,
              const struct score_options *options, struct risk_fact *ret)
{
    bool unwatched = options->addresses == 0;

    *ret = (struct risk_fact){.group = group};
    switch (group) {
    case RISK_EXPLOIT:
        ret->exploit.exploits = notes->exploits;
        ret->exploit.logins = notes->logins;
        ret->exploit.rule = name_of(options, notes->rule);
        return;
    case RISK_INTENT:
        for (uint32_t i = 0; i < notes->port_count; i++)
            ret->intent.ports[i] = port_fact(&notes->ports[i]);
        ret->intent.count = notes->port_count;
        ret->intent.all = notes->risky_ports;
        return;
    case RISK_TARGETS:
        ret->targets.count = notes->targets;
        ret->targets.coverage = notes->coverage;
        ret->targets.unwatched = unwatched;
        return;
    case RISK_PORTS:
        ret->ports.count = notes->ports_seen;
        return;
    case RISK_INTENSITY:
        ret->intensity.pps = notes->pps;
        ret->intensity.unwatched = unwatched;
        ret->intensity.local = notes->local;
        return;
    case RISK_PERSISTENCE:
        ret->persistence.days = notes->days;
        return;
    case RISK_EVASION:
        ret->evasion.slow = notes->slow;
        ret->evasion.disguised = notes->disguised;
        return;
    case RISK_TOOL:
        ret->tool.tool = name_of(options, notes->tool);
        ret->tool.packets = notes->tool_packets;
        ret->tool.bits = (uint32_t)lrint(fmin((double)notes->tool_bits, UINT32_MAX));
        ret->tool.stack = name_of(options, notes->stack);
        return;
    case RISK_NOVELTY:
        ret->novelty.p = notes->novelty_p;
        ret->novelty.port = port_fact(&notes->novelty_port);
        return;
    case RISK_SENSORS:
        ret->sensors.seen = notes->sensors;
        ret->sensors.all = options->sensors;
        return;
    case RISK_GROUPS:
        return;
    }
}
