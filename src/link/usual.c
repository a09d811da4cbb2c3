/* SPDX-License-Identifier: Apache-2.0 */
/* Set-ups that unrelated people run as they come: a published kit has a rare list of ports, a
 * rare window and a rare range, and hundreds of users who begin, end and live beside each
 * other. What two episodes have in common then names the kit and not the operator, so place and
 * time prove nothing either: customers of one provider follow each other all the time. Asked is
 * how many networks, other than the pair's own actors, show as much of it as the
 * pair shares. */
#include <math.h>
#include <stdlib.h>

#include "link/compare.h"
#include "link/linker_state.h"
#include "model/instance.h"

#define ALIKE_LEAST 0.5 /* Jaccard index of ports */
#define ALIKE_PART 0.8  /* of the pair's own */
#define NETWORKS_MAX 16u
#define TOGETHER_US (2 * HOUR_US) /* who begins with a plan may be of it */

struct pair_setup {
    const struct digest *a, *b;
    uint64_t actor_a, actor_b;
    double ports; /* how alike others' must be */
    bool stack, window, sport, parallel;
};

static double ports_alike(const struct digest *a, const struct digest *b)
{
    unsigned i = 0, j = 0, common = 0;

    if (a->port_count == 0 || b->port_count == 0)
        return a->set != 0 && a->set == b->set ? 1 : 0;
    while (i < a->port_count && j < b->port_count) {
        uint32_t x = (uint32_t)a->ports[i].proto << 16 | a->ports[i].port;
        uint32_t y = (uint32_t)b->ports[j].proto << 16 | b->ports[j].port;

        common += x == y;
        i += x <= y;
        j += y <= x;
    }
    return (double)common / (double)(a->port_count + b->port_count - common);
}

static bool begins_with(const struct digest *o, const struct digest *d)
{
    return llabs(o->start_us - d->start_us) < TOGETHER_US;
}

static bool shows_it(const struct linker *l, const struct pair_setup *s, const struct digest *o)
{
    uint64_t actor;

    if (o->tool_key != s->a->tool_key || addr_equal(o->src, s->a->src) ||
        addr_equal(o->src, s->b->src))
        return false;
    if ((s->stack && o->stack_key != s->a->stack_key) ||
        (s->window && o->window != s->a->window) ||
        (s->sport && !digest_same_sports(s->a, o) && !digest_same_sports(o, s->a)))
        return false;
    if (s->parallel && (begins_with(o, s->a) || begins_with(o, s->b)))
        return false;
    if (ports_alike(s->a, o) < s->ports)
        return false;
    actor = linker_actor(l, o);
    return actor == 0 || (actor != s->actor_a && actor != s->actor_b);
}

double compare_mates(const struct linker *l, const struct digest *a, const struct digest *b,
                     bool source_ports)
{
    uint32_t key = a->keys[CANDIDATE_SET];
    const struct key_list *list = key == LINK_NONE ? NULL : &l->candidates.lists[key];
    uint64_t actor = linker_actor(l, a);
    double mates = 0;

    for (unsigned i = 0; list != NULL && i < list->count; i++) {
        const struct digest *o = &l->digests[list->digests[i]];

        if (!o->counted || addr_equal(o->src, a->src) || addr_equal(o->src, b->src) ||
            !(begins_with(o, a) || begins_with(o, b)) ||
            (source_ports && !digest_same_sports(a, o)))
            continue;
        if (actor == 0 || linker_actor(l, o) != actor)
            mates += 1; /* the actor's own are left out already */
    }
    return mates;
}

static uint64_t network_of(const struct digest *d)
{
    return d->asn != 0 ? d->asn : UINT64_C(1) << 40 | digest_net16(d->src);
}

unsigned compare_strangers(const struct linker *l, const struct digest *a,
                           const struct digest *b, unsigned i)
{
    const uint64_t actor_a = linker_actor(l, a);
    const uint64_t actor_b = linker_actor(l, b);
    const struct key_list *list =
        a->keys[i] == LINK_NONE ? NULL : &l->candidates.lists[a->keys[i]];
    uint64_t networks[NETWORKS_MAX] = {network_of(a), network_of(b)};
    unsigned count = 2;

    for (unsigned k = 0; list != NULL && k < list->count && count < NETWORKS_MAX; k++) {
        const struct digest *o = &l->digests[list->digests[k]];
        uint64_t actor;
        unsigned n = 0;

        while (n < count && networks[n] != network_of(o))
            n++;
        if (n < count || (!instance_facts(a->instances[i])->process &&
                          (begins_with(o, a) || begins_with(o, b))))
            continue;
        actor = linker_actor(l, o);
        if (actor == 0 || (actor != actor_a && actor != actor_b))
            networks[count++] = network_of(o);
    }
    return count - 2;
}

unsigned compare_usual(const struct linker *l, const struct digest *a, const struct digest *b,
                       bool parallel, unsigned enough)
{
    const struct candidates *c = &l->candidates;
    const struct pair_setup s = {
        .a = a,
        .b = b,
        .actor_a = linker_actor(l, a),
        .actor_b = linker_actor(l, b),
        .ports = fmax(ALIKE_LEAST, ALIKE_PART * ports_alike(a, b)),
        .stack = a->stack_key != 0 && a->stack_key == b->stack_key,
        .window = a->stack_key == 0 && a->window != 0 && a->window == b->window,
        .sport = digest_same_sports(a, b),
        .parallel = parallel,
    };
    uint64_t networks[NETWORKS_MAX] = {network_of(a), network_of(b)};
    unsigned count = 2;

    if (a->tool_key != b->tool_key)
        return 0;
    enough = enough > NETWORKS_MAX - 2 ? NETWORKS_MAX : enough + 2;
    for (unsigned k = CANDIDATE_SET; k <= CANDIDATE_PORTS_LAST && count < enough; k++) {
        const struct key_list *list = a->keys[k] == LINK_NONE ? NULL : &c->lists[a->keys[k]];

        for (unsigned i = list == NULL ? 0 : list->count; i-- > 0 && count < enough;) {
            const struct digest *o = &l->digests[list->digests[i]];
            unsigned n = 0;

            while (n < count && networks[n] != network_of(o))
                n++;
            if (n == count && shows_it(l, &s, o))
                networks[count++] = network_of(o);
        }
    }
    return count - 2;
}
