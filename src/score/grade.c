/* SPDX-License-Identifier: Apache-2.0 */
#include "score/grade.h"

#include <string.h>

#include "model/packet.h"

#define B_SESSIONS 20  /* docs/RISK.md */
#define B_HOURS 3      /* "several" */
#define B_TTL_RANGE 3  /* routes change by a hop or two */
#define B_STACKS 4     /* of one machine: its tools, and its system's own */
#define D_TTL_RANGE 10 /* no change of route, but senders at many places */
#define D_SESSIONS 5   /* docs/RISK.md */

/* What is left of `count` if all of `others` were among it. */
static uint64_t beyond(uint64_t count, uint64_t others)
{
    return count > others ? count - others : 0;
}

/* Tools that write the same TTL into all their packets (docs/FINGERPRINTS.md). nmap draws it
 * from 37 to 59; connect() is the system's, and a "mixed" sender has two. */
static bool sends_one_ttl(const char *tool)
{
    static const char *const tools[] = {"mirai", "zmap", "xmap", "masscan", "unicornscan"};

    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
        if (strcmp(tool, tools[i]) == 0)
            return true;
    }
    return false;
}

void grade_read(const struct source_facts *facts, const struct nj_intern *names,
                struct grade_facts *ret)
{
    uint64_t tcp = 0, other_protocols, other_classes;
    bool only_logs = facts->fields == 0 && facts->ttl_min == 0;
    uint64_t hostile = facts->class_sessions[CLASS_SCAN] +
                       facts->class_sessions[CLASS_EXPLOIT] +
                       facts->class_sessions[CLASS_CREDENTIAL];

    for (uint32_t i = 0; i < facts->port_count && i < EPISODE_PORTS; i++) {
        if (facts->ports[i].proto == PROTO_TCP)
            tcp += facts->ports[i].sessions;
    }
    other_protocols = beyond(facts->sessions, tcp);
    other_classes = beyond(facts->sessions, hostile);
    *ret = (struct grade_facts){
        .sessions = facts->sessions,
        .packets = facts->packets,
        .two_way = beyond(beyond(facts->answered, other_protocols), other_classes),
        .logins =
            only_logs ? beyond(facts->class_sessions[CLASS_CREDENTIAL], other_protocols) : 0,
        .fields = facts->fields,
        .repeats = facts->repeats,
        .stacks = facts->stacks,
        .hours = facts->hours,
        .ttl_min = facts->ttl_min,
        .ttl_max = facts->ttl_max,
        .one_tool = sends_one_ttl(nj_intern_text(names, facts->tool)),
    };
}

static unsigned ttl_range(const struct grade_facts *facts)
{
    return facts->ttl_max > facts->ttl_min ? (unsigned)(facts->ttl_max - facts->ttl_min) : 0;
}

void grade_of(const struct grade_facts *facts, uint32_t crowd, struct grade_fact *ret)
{
    unsigned range = ttl_range(facts);
    bool scatter = facts->fields >= D_SESSIONS && range >= D_TTL_RANGE &&
                   (facts->stacks == 1 || facts->one_tool);

    *ret = (struct grade_fact){.stacks = facts->stacks,
                               .hours = facts->hours,
                               .ttl_min = facts->ttl_min,
                               .ttl_max = facts->ttl_max};
    if (facts->two_way > 0) {
        ret->form = GRADED_ANSWERED;
        ret->count = facts->two_way;
        ret->also = scatter;
    } else if (facts->logins > 0) {
        ret->form = GRADED_LOGIN;
        ret->count = facts->logins;
    } else if (crowd > 0) {
        ret->form = GRADED_CROWD;
        ret->count = crowd;
    } else if (scatter) {
        ret->form = GRADED_SCATTER;
        ret->count = facts->fields;
        ret->also = facts->stacks == 1;
    } else if (facts->fields >= B_SESSIONS && facts->hours >= B_HOURS && facts->ttl_min > 0 &&
               range <= B_TTL_RANGE && facts->stacks >= 1 && facts->stacks <= B_STACKS) {
        ret->form = GRADED_STEADY;
        ret->count = facts->fields;
    } else {
        ret->form = facts->fields == 0 ? GRADED_LOGS : GRADED_UNPROVEN;
        ret->count = facts->sessions;
    }
}
