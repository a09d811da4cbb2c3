/* SPDX-License-Identifier: Apache-2.0 */
#include "link/compare.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/linker_state.h"
#include "model/instance.h"

#define FEATURE_CAP 20.0
#define BEHAVIOUR_CAP 40.0
#define DEPENDENCE 0.7 /* on all of behaviour but its strongest line */
#define CONTRARY 0.7   /* who changes address may change settings too */
#define GUARD_BITS 5.9 /* usual tool, usual ports, usual range: never more */
#define USUAL 0.01     /* share from which a value is usual */
#define OTHER_BOT -5.0
#define OTHER_RUN -1.0    /* who moves starts his program anew as often as not */
#define OWN_MAX 32u       /* an actor must not make rare whatever it has swallowed */
#define EPISODES_BACK 16  /* of a source, to find the one that was counted */
#define USUAL_NETWORKS 3u /* that run a set-up without being related */
#define SAME_WAY 0.2      /* of successors stand where their packets take the same way */
#define POPULAR_AS 3u     /* unrelated networks from which an instance key is no secret */

__attribute__((format(printf, 4, 0))) static void put_line(struct comparison *c,
                                                           const char *feature, double bits,
                                                           const char *format, va_list args)
{
    if (!c->text || c->count == LINK_EVIDENCE_MAX)
        return;

    struct evidence_line *line = &c->lines[c->count++];

    line->bits = (float)bits;
    (void)snprintf(line->feature, sizeof(line->feature), "%s", feature);
    (void)vsnprintf(line->text, sizeof(line->text), format, args);
}

static double capped(double bits)
{
    return fmax(-FEATURE_CAP, fmin(FEATURE_CAP, bits));
}

void compare_behaviour(struct comparison *c, const char *feature, double bits,
                       const char *format, ...)
{
    va_list args;

    bits = capped(bits);
    c->sum += bits;
    c->positive += fmax(0, bits);
    c->strongest = fmax(c->strongest, bits);
    va_start(args, format);
    put_line(c, feature, bits, format, args);
    va_end(args);
}

void compare_line(struct comparison *c, const char *feature, double bits, const char *format,
                  ...)
{
    va_list args;

    c->bits += bits;
    va_start(args, format);
    put_line(c, feature, bits, format, args);
    va_end(args);
}

/* In this or an earlier episode of its source. */
static bool was_counted(const struct linker *l, const struct digest *d)
{
    for (unsigned i = 0; i < EPISODES_BACK; i++) {
        if (d->counted)
            return true;
        if (d->previous == LINK_NONE)
            return false;
        d = &l->digests[d->previous];
    }
    return true;
}

double compare_own(const struct linker *l, const struct digest *a, const struct digest *b)
{
    uint32_t members = actors_members(&l->actors, linker_source_key(a->src));
    uint32_t others = members > OWN_MAX ? OWN_MAX : members;

    return (was_counted(l, a) ? 1.0 : 0.0) + (was_counted(l, b) ? 1.0 : 0.0) +
           (others > 1 ? others - 1.0 : 0.0);
}

static const char *name_of(const struct linker *l, uint32_t name)
{
    return name < nj_intern_count(l->options.names) ? nj_intern_text(l->options.names, name)
                                                    : "";
}

static double agree(const struct linker *l, enum value_kind kind, double u)
{
    return log2(likeness_same(&l->likeness, kind) / u);
}

static double differ(const struct linker *l, enum value_kind kind, double u)
{
    return CONTRARY *
           log2((1 - likeness_same(&l->likeness, kind)) / fmax(0.02, 1 - fmin(u, 0.98)));
}

/* @return whether the tool is a usual one, or unknown */
static bool compare_tool(const struct linker *l, const struct digest *a, const struct digest *b,
                         double own, struct comparison *c)
{
    if (a->tool_key == 0 || b->tool_key == 0)
        return true;

    struct frequency f = background_frequency(&l->background, VALUE_TOOL, 0, a->tool_key,
                                              a->tool_key == b->tool_key ? own : 0, l->now_us);

    if (a->tool_key == b->tool_key) {
        double bits = agree(l, VALUE_TOOL, f.u);

        c->plain += fmax(0, bits);
        compare_behaviour(c, "tool", bits, "same tool %s, seen at %.0f of %.0f sources",
                          name_of(l, a->tool), f.shown, f.total);
    } else {
        compare_behaviour(c, "tool", differ(l, VALUE_TOOL, f.u), "tools differ: %s and %s",
                          name_of(l, a->tool), name_of(l, b->tool));
    }
    return f.u >= USUAL;
}

/* Another address elsewhere is as many hops away as it is: that one operator's addresses agree
 * says little, and that they differ next to nothing. */
static void compare_hops(const struct linker *l, const struct digest *a, const struct digest *b,
                         double own, struct comparison *c)
{
    int hops_a = digest_distance(a), hops_b = digest_distance(b);

    if (hops_a < 0 || hops_b < 0)
        return;

    bool near = abs(hops_a - hops_b) <= 1;
    double u = 0, shown = 0, total = 0, m;

    for (int i = -1; i <= 1; i++) {
        struct frequency f =
            background_frequency(&l->background, VALUE_TTL, 0, (uint64_t)(hops_a + i + 1),
                                 i == hops_b - hops_a ? own : 0, l->now_us);

        u += f.u;
        shown += f.shown;
        total = f.total;
    }
    u = fmin(0.98, u);
    /* neighbours take the same way whoever they are: worth no more there */
    m = fmin(0.98, u + (1 - u) * SAME_WAY);
    compare_behaviour(c, "hops", near ? log2(m / u) : log2((1 - m) / (1 - u)),
                      "%d and %d hops away; %.0f of %.0f sources as far as the first, +-1",
                      hops_a, hops_b, shown, total);
}

static void compare_fields(const struct linker *l, const struct digest *a,
                           const struct digest *b, double own, struct comparison *c)
{
    if (a->stack_key != 0 && b->stack_key != 0) {
        bool same = a->stack_key == b->stack_key;
        struct frequency f = background_frequency(&l->background, VALUE_STACK, a->tool_key,
                                                  a->stack_key, same ? own : 0, l->now_us);

        compare_behaviour(c, "stack",
                          same ? agree(l, VALUE_STACK, f.u) : differ(l, VALUE_STACK, f.u),
                          same ? "same SYN signature %.60s, seen at %.0f of %.0f sources"
                               : "SYN signatures differ: %.60s; that one at %.0f of %.0f",
                          name_of(l, a->stack), f.shown, f.total);
    } else if (a->window != 0 && b->window != 0) { /* a stack holds the window */
        bool same = a->window == b->window;
        struct frequency f = background_frequency(&l->background, VALUE_WINDOW, a->tool_key,
                                                  a->window, same ? own : 0, l->now_us);

        compare_behaviour(c, "window",
                          same ? agree(l, VALUE_WINDOW, f.u) : differ(l, VALUE_WINDOW, f.u),
                          "windows %u and %u, the first seen at %.0f of %.0f sources",
                          a->window, b->window, f.shown, f.total);
    }

    compare_hops(l, a, b, own, c);
}

static const char *sport_words(const struct digest *d)
{
    switch ((enum sport_model)d->sport_model) {
    case SPORT_FIXED:
        return "fixed";
    case SPORT_EVEN:
        return "even";
    case SPORT_ODD:
        return "odd";
    case SPORT_RANGE:
        return "spread";
    case SPORT_UNKNOWN:
        break;
    }
    return "unknown";
}

/* What is seen of a range's edges varies from source to source, so all with edges beside those
 * of `a` are counted with it. */
static struct frequency sport_frequency(const struct linker *l, const struct digest *a,
                                        double own)
{
    uint64_t value = digest_sport(a);
    struct frequency sum =
        background_frequency(&l->background, VALUE_SPORT, a->tool_key, value, own, l->now_us);

    if (a->sport_model == SPORT_FIXED)
        return sum;
    for (int low = -1; low <= 1; low++)
        for (int high = -1; high <= 1; high++) {
            uint64_t beside = value + (uint64_t)(low * 256 + high);
            struct frequency f;

            if (beside == value)
                continue;
            f = background_frequency(&l->background, VALUE_SPORT, a->tool_key, beside, 0,
                                     l->now_us);
            if (f.shown <= 0)
                continue;
            sum.shown += f.shown;
            sum.u = fmin(1, sum.u + f.u);
        }
    return sum;
}

/* Chance that an unrelated source is of this kind with edges that a young one could have.
 * @return whether the kind is a usual one, or unknown */
static bool compare_sport(const struct linker *l, const struct digest *a,
                          const struct digest *b, double own, struct comparison *c)
{
    uint64_t value_a = digest_sport(a), value_b = digest_sport(b);
    bool young = b->sessions < 32;
    bool same = digest_same_sports(a, b);

    if (value_a == 0 || value_b == 0)
        return true;

    struct frequency f = sport_frequency(l, a, same ? own : 0);
    double u = f.u;

    if (young && same && a->sport_model != SPORT_FIXED)
        u = fmax(u, 1.0 / (b->sessions + 1)); /* few sessions can't tell an odd range */

    enum value_kind kind = likeness_sport_kind(a);
    double bits = same ? agree(l, kind, u) : differ(l, kind, u);

    if (a->sport_model == SPORT_FIXED && a->instances[0] != 0 && b->instances[0] != 0)
        bits = fmin(0, bits); /* it is part of the process's key, which speaks for itself */
    c->plain += fmax(0, bits);
    compare_behaviour(c, "source ports", bits,
                      "%s %u-%u and %s %u-%u; the first seen at %.0f of %.0f sources",
                      sport_words(a), a->sport_min, a->sport_max, sport_words(b), b->sport_min,
                      b->sport_max, f.shown, f.total);
    return f.u >= USUAL;
}

static void compare_shapes(const struct linker *l, const struct digest *a,
                           const struct digest *b, struct comparison *c)
{
    static const struct {
        enum similarity kind;
        const char *feature, *text;
    } shapes[] = {
        {SIMILAR_SHARES, "shares", "how sessions spread over ports"},
        {SIMILAR_RATE, "rate", "sessions per second"},
        {SIMILAR_GAPS, "gaps", "pauses between sessions"},
        {SIMILAR_HOURS, "hours", "hours of the day"},
    };

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        int bin = likeness_bin(shapes[i].kind, a, b, &l->background, l->now_us);

        if (bin < 0)
            continue;

        double bits = likeness_bits(&l->likeness, shapes[i].kind, bin);
        double total = 0;

        bits *= bits < 0 ? CONTRARY : 1;
        for (unsigned k = 0; k < SIMILAR_BINS; k++)
            total += l->likeness.random[shapes[i].kind][k];
        if (shapes[i].kind == SIMILAR_SHARES)
            c->plain += fmax(0, bits);
        if (shapes[i].kind == SIMILAR_RATE)
            compare_behaviour(
                c, "rate", bits, "%.3g and %.3g a second; as alike: %.0f of %.0f random pairs",
                (double)a->rate, (double)b->rate, l->likeness.random[SIMILAR_RATE][bin], total);
        else
            compare_behaviour(c, shapes[i].feature, bits,
                              "%s; as alike: %.0f of %.0f random pairs", shapes[i].text,
                              l->likeness.random[shapes[i].kind][bin], total);
    }
}

/* An instance key is a process's secret unless unrelated networks share it. */
static void compare_instances(const struct linker *l, const struct digest *a,
                              const struct digest *b, double own, struct comparison *c)
{
    bool both = a->instances[0] != 0 && b->instances[0] != 0;

    for (unsigned i = 0; i < EPISODE_INSTANCES; i++)
        for (unsigned j = 0; j < EPISODE_INSTANCES; j++) {
            if (a->instances[i] == 0 || a->instances[i] != b->instances[j])
                continue;

            unsigned networks = compare_strangers(l, a, b, i);
            const struct instance_facts *facts = instance_facts(a->instances[i]);
            struct frequency f =
                background_frequency(&l->background, VALUE_INSTANCE, a->instances[i] >> 56,
                                     a->instances[i], own, l->now_us);

            if (networks >= POPULAR_AS) {
                compare_behaviour(c, "instance", fmin(6, agree(l, VALUE_INSTANCE, f.u)),
                                  "same %s %016llx, but %u other networks show it",
                                  facts->words, (unsigned long long)a->instances[i], networks);
                return;
            }
            c->instance = a->instances[i];
            compare_line(c, "instance", facts->bits,
                         "same %s %016llx, seen at %.0f of %.0f other sources", facts->words,
                         (unsigned long long)a->instances[i], f.shown, f.total);
            return;
        }
    if (both)
        compare_behaviour(c, "instance",
                          instance_facts(a->instances[0])->process &&
                                  instance_facts(b->instances[0])->process
                              ? OTHER_BOT
                              : OTHER_RUN,
                          "process keys differ: not the same run");
}

static void tell_missing(const struct digest *a, const struct digest *b, struct comparison *c)
{
    bool fields = !a->no_fields && !b->no_fields;
    bool networks = a->asn != 0 && b->asn != 0;
    bool ranges = a->sport_model != SPORT_UNKNOWN && b->sport_model != SPORT_UNKNOWN;

    if (fields && networks && ranges)
        return;
    compare_line(c, "missing", 0, "not compared:%s%s%s",
                 fields ? "" : " TTL, window, stack (log rows);",
                 networks ? "" : " network (AS unknown);", ranges ? "" : " source ports;");
}

/* The lines are what each says alone. Fields of one tool go together, so of those that agree
 * all but the strongest count for less; and what everybody's tool does in everybody's way is
 * held down. */
static void join_behaviour(struct comparison *c)
{
    double joint =
        c->strongest + DEPENDENCE * (c->positive - c->strongest) + (c->sum - c->positive);

    if (c->common && c->plain > GUARD_BITS)
        joint = fmin(joint, joint - (c->plain - GUARD_BITS) * DEPENDENCE);
    joint = fmax(-BEHAVIOUR_CAP, fmin(BEHAVIOUR_CAP, joint));
    c->behaviour = joint;
    c->bits += c->sum; /* what the lines say */
    compare_line(
        c, "dependence", joint - c->sum,
        "fields of one tool go together: what agrees counts %.1f but for the strongest%s",
        DEPENDENCE, c->common ? "; usual tool, ports and range: held down" : "");
}

/* A set-up that unrelated networks show names a kit; nothing beside a process's key tells two
 * of its users apart. */
static void hold_usual(const struct linker *l, const struct digest *a, const struct digest *b,
                       enum compare_as as, struct comparison *c)
{
    unsigned networks;

    if (c->instance != 0 || c->bits <= 0)
        return;
    networks = compare_usual(l, a, b, as == COMPARE_PARALLEL, USUAL_NETWORKS);
    if (networks >= USUAL_NETWORKS)
        compare_line(c, "usual", -c->bits, "%u unrelated networks and more show that set-up",
                     networks);
}

void compare_digests(const struct linker *l, const struct digest *a, const struct digest *b,
                     enum compare_as as, int64_t gap_us, struct comparison *ret)
{
    bool text = ret->text;
    double own = compare_own(l, a, b);

    ret->bits = ret->behaviour = ret->plain = ret->strongest = ret->sum = 0;
    ret->positive = 0;
    ret->instance = 0;
    ret->count = 0;
    ret->text = text;

    struct frequency set = background_frequency(&l->background, VALUE_SET, 0, a->set,
                                                a->set == b->set ? own : 1, l->now_us);
    bool usual = compare_tool(l, a, b, own, ret);

    compare_ports(l, a, b, ret);
    usual &= compare_sport(l, a, b, own, ret);
    ret->common = usual && (a->set == 0 || set.u >= USUAL);
    compare_shapes(l, a, b, ret);
    compare_fields(l, a, b, own, ret);
    compare_instances(l, a, b, own, ret);
    join_behaviour(ret);
    if (as != COMPARE_SETUP)
        compare_place(l, a, b, as, gap_us, ret);
    hold_usual(l, a, b, as, ret);
    tell_missing(a, b, ret);
}
