/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the table of rules. Rules are sorted once by the protocol they are about and by whether
 * there is a payload, keeping their order, so that a SYN is not asked about DNS. */
#include "classify/classify.h"

#include <stdlib.h>

#include "classify/payload_rules.h"
#include "classify/rule.h"

enum kind { KIND_TCP, KIND_UDP, KIND_ICMP, KIND_REST, KIND_COUNT };

struct step {
    bool (*test)(const struct packet *);
    uint16_t sport, dport;
    uint8_t tcp_mask, tcp_flags;
    uint32_t name;
    enum class class;
    bool payload_rules;
};

struct classifier {
    const struct payload_rules *payloads;
    struct step *steps[2][KIND_COUNT]; /* with payload: [1]; each list ends with a rule that is
                                        * always true */
    struct step all[];
};

static enum kind kind_of(uint8_t proto)
{
    switch (proto) {
    case PROTO_TCP:
        return KIND_TCP;
    case PROTO_UDP:
        return KIND_UDP;
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        return KIND_ICMP;
    default:
        return KIND_REST;
    }
}

static struct step step_of(const struct rule *rule, struct nj_intern *names)
{
    return (struct step){
        .test = rule->test,
        .sport = rule->sport,
        .dport = rule->dport,
        .tcp_mask = rule->tcp_mask,
        .tcp_flags = rule->tcp_flags,
        .name = nj_intern_z(names, rule->name),
        .class = rule->class,
        .payload_rules = rule->payload_rules,
    };
}

struct classifier *classifier_new(struct nj_intern *names, const struct payload_rules *payloads)
{
    struct classifier *classifier =
        malloc(sizeof(*classifier) + 2 * KIND_COUNT * rule_count * sizeof(struct step));
    struct step *next;

    if (classifier == NULL)
        return NULL;
    classifier->payloads = payloads;
    next = classifier->all;
    for (unsigned payload = 0; payload < 2; payload++) {
        for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
            classifier->steps[payload][kind] = next;
            for (size_t i = 0; i < rule_count; i++)
                if ((rules[i].on & 1u << kind) != 0 &&
                    (payload != 0 || !rules[i].needs_payload) &&
                    (payloads != NULL || !rules[i].payload_rules))
                    *next++ = step_of(&rules[i], names);
        }
    }
    return classifier;
}

void classifier_free(struct classifier *classifier)
{
    free(classifier);
}

static bool hits(const struct step *step, const struct packet *packet)
{
    return (packet->tcp_flags & step->tcp_mask) == step->tcp_flags &&
           (step->sport == 0 || step->sport == packet->sport) &&
           (step->dport == 0 || step->dport == packet->dport) &&
           (step->test == NULL || step->test(packet));
}

void classify(const struct classifier *classifier, struct packet *packet)
{
    const struct step *step =
        classifier->steps[packet->payload_length != 0][kind_of(packet->proto)];

    for (;; step++) {
        if (!hits(step, packet))
            continue;
        if (step->payload_rules) {
            const struct payload_rule *found = payload_rules_find(classifier->payloads, packet);

            if (found == NULL)
                continue;
            packet->class = found->class;
            packet->rule = found->rule;
            return;
        }
        packet->class = step->class;
        packet->rule = step->name;
        return;
    }
}
