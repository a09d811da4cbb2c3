/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the table of rules. Rules are sorted once by the protocol they are about, keeping their
 * order, so that a SYN is not asked about DNS. */
#include "classify/classify.h"

#include <stdlib.h>

#include "classify/rule.h"

enum kind { KIND_TCP, KIND_UDP, KIND_ICMP, KIND_REST, KIND_COUNT };

struct step {
    bool (*test)(const struct packet *);
    uint16_t sport, dport;
    uint8_t tcp_mask, tcp_flags;
    uint32_t name;
    enum class class;
};

struct classifier {
    struct step *steps[KIND_COUNT]; /* each list ends with a rule that is always true */
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

struct classifier *classifier_new(struct nj_intern *names)
{
    struct classifier *classifier =
        malloc(sizeof(*classifier) + KIND_COUNT * rule_count * sizeof(struct step));
    struct step *next;

    if (classifier == NULL)
        return NULL;
    next = classifier->all;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        classifier->steps[kind] = next;
        for (size_t i = 0; i < rule_count; i++)
            if ((rules[i].on & 1u << kind) != 0)
                *next++ = (struct step){
                    .test = rules[i].test,
                    .sport = rules[i].sport,
                    .dport = rules[i].dport,
                    .tcp_mask = rules[i].tcp_mask,
                    .tcp_flags = rules[i].tcp_flags,
                    .name = nj_intern_z(names, rules[i].name),
                    .class = rules[i].class,
                };
    }
    return classifier;
}

void classifier_free(struct classifier *classifier)
{
    free(classifier);
}

void classify(const struct classifier *classifier, struct packet *packet)
{
    const struct step *step = classifier->steps[kind_of(packet->proto)];

    while ((packet->tcp_flags & step->tcp_mask) != step->tcp_flags ||
           (step->sport != 0 && step->sport != packet->sport) ||
           (step->dport != 0 && step->dport != packet->dport) ||
           (step->test != NULL && !step->test(packet)))
        step++;
    packet->class = step->class;
    packet->rule = step->name;
}
