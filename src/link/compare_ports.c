/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of a young b are judged session by session against what a does and what everybody
 * does; that can never be worth more than the exact set is. Old ones are judged
 * by their sets. */
#include <math.h>
#include <stdio.h>

#include "link/compare.h"
#include "link/linker_state.h"

#define NEW_PORT 0.03 /* share of sessions that an operator sends to ports he had not yet */
#define SESSIONS_MAX 64
#define TOGETHER 0.7 /* of what ports are worth beside the rarest */

struct port_walk {
    double gain;     /* log2 of P(b's sessions | a) / P(b's sessions | anybody) */
    double unseen;   /* share of a's sessions on ports that b has not shown */
    unsigned common; /* ports in both */
    bool subset;     /* b shows nothing that a has not */
};

static struct port_walk walk(const struct linker *l, const struct digest *a,
                             const struct digest *b)
{
    struct port_walk w = {.subset = true};
    double sum_a = 0, sum_b = 0, met = 0;
    double n = b->sessions > SESSIONS_MAX ? SESSIONS_MAX : b->sessions;

    for (unsigned i = 0; i < a->port_count; i++)
        sum_a += a->ports[i].share;
    for (unsigned i = 0; i < b->port_count; i++)
        sum_b += b->ports[i].share;
    for (unsigned j = 0; j < b->port_count; j++) {
        const struct digest_port *p = &b->ports[j];
        struct frequency f =
            background_frequency(&l->background, VALUE_PORT, b->tool_key,
                                 (uint64_t)p->proto << 16 | p->port, 0, l->now_us);
        double share = 0;

        for (unsigned i = 0; i < a->port_count; i++)
            if (a->ports[i].port == p->port && a->ports[i].proto == p->proto)
                share = a->ports[i].share / sum_a;
        w.common += share > 0;
        w.subset &= share > 0;
        met += share;
        w.gain += n * p->share / sum_b * log2(((1 - NEW_PORT) * share + NEW_PORT * f.u) / f.u);
    }
    w.unseen = fmax(0, 1 - met);
    return w;
}

static void list_ports(const struct digest *d, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < d->port_count && used + 8 < size; i++) {
        int n = snprintf(text + used, size - used, "%s%u", i == 0 ? "" : " ", d->ports[i].port);

        used += n > 0 ? (size_t)n : 0;
    }
}

/* That a stranger shows `common` of a's ports, whichever: the rarest of them in full, the
 * others as much as ports that go together count. */
static double shared_bits(const struct linker *l, const struct digest *a,
                          const struct digest *b, unsigned common)
{
    double own = compare_own(l, a, b), sum = 0, most = 0;

    for (unsigned i = 0, j = 0; i < a->port_count && j < b->port_count;) {
        uint32_t x = (uint32_t)a->ports[i].proto << 16 | a->ports[i].port;
        uint32_t y = (uint32_t)b->ports[j].proto << 16 | b->ports[j].port;

        if (x == y) {
            double shown = background_sources(&l->background, VALUE_PORT, x) - own;
            double total =
                background_frequency(&l->background, VALUE_PORT, 0, x, 0, l->now_us).total;
            double bits = -log2(fmin(1, (fmax(0, shown) + 0.5) / (total + 1)));

            sum += bits;
            most = fmax(most, bits);
        }
        i += x <= y;
        j += y <= x;
    }
    return most + TOGETHER * (sum - most) -
           (lgamma(a->port_count + 1.0) - lgamma(common + 1.0) -
            lgamma(a->port_count - common + 1.0)) /
               M_LN2;
}

void compare_ports(const struct linker *l, const struct digest *a, const struct digest *b,
                   struct comparison *c)
{
    if (a->set == 0 || b->set == 0)
        return;

    bool same = a->set == b->set;
    struct frequency f =
        background_frequency(&l->background, remember_set_kind(l, a), a->tool_key, a->set,
                             same ? compare_own(l, a, b) : a->counted, l->now_us);
    double worth = log2(likeness_same(&l->likeness, VALUE_SET) / f.u);
    char ports[72] = "";

    if (a->port_count == 0 || b->port_count == 0) {
        double bits = same ? worth : -3;

        c->plain += fmax(0, bits);
        compare_behaviour(c, COPY_PORTS, "ports", bits,
                          "%u and %u ports; as many: %.0f of %.0f sources", a->ports_seen,
                          b->ports_seen, f.shown, f.total);
        return;
    }

    struct port_walk w = walk(l, a, b);
    double missing = w.unseen * b->sessions; /* sessions that should have shown the rest */
    double bits;

    if (c->lines != NULL)
        list_ports(a, ports, sizeof(ports));
    if (same || (w.subset && missing < 4.6)) {
        bits = b->sessions < 32 ? fmin(worth, fmax(w.gain, fmin(worth, 0))) : worth;
        c->plain += fmax(0, bits);
        compare_behaviour(
            c, COPY_PORTS, "ports", bits, "%s %u ports (%s), seen at %.0f of %.0f sources",
            same ? "same" : "only ports of the", a->port_count, ports, f.shown, f.total);
        return;
    }

    int bin = likeness_bin(SIMILAR_PORTS, a, b, &l->background, l->now_us);

    bits = likeness_bits(&l->likeness, SIMILAR_PORTS, bin);
    bits = bits < 0 ? 0.7 * bits : bits;
    /* rare ports among others are evidence */
    bits = fmax(bits, fmin(shared_bits(l, a, b, w.common), worth) +
                          0.7 * log2(likeness_part(&l->likeness, SIMILAR_PORTS, bin)));
    c->plain += fmax(0, bits);
    compare_behaviour(c, COPY_PORTS, "ports", bits,
                      "%u of %u and %u ports in common (first: %s), that set at %.0f of %.0f",
                      w.common, a->port_count, b->port_count, ports, f.shown, f.total);
}
