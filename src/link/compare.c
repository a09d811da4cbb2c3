/* SPDX-License-Identifier: Apache-2.0 */
#include "link/compare.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/linker_state.h"
#include "model/instance.h"

#define CONTRARY 0.7   /* who changes address may change settings too */
#define GUARD_BITS 5.9 /* usual tool, usual ports, usual range: never more */
#define OTHER_BOT -5.0
#define OTHER_RUN -1.0     /* who moves starts his program anew as often as not */
#define OWN_MAX 32u        /* an actor must not make rare whatever it has swallowed */
#define EPISODES_BACK 16   /* of a source, to find the one that was counted */
#define USUAL_NETWORKS 3u  /* that run a set-up without being related */
#define SAME_WAY 0.2       /* of successors stand where their packets take the same way */
#define MATES_WITHIN_H 4.0 /* two hours before and after: compare_mates */
#define COPIES_BESIDE 0.02 /* of copies of one who is there: a guess; a neighbour sees him */
#define POPULAR_AS 3u      /* unrelated networks from which an instance key is no secret */

__attribute__((format(printf, 4, 0))) static void put_line(struct comparison *c,
                                                           const char *feature, double bits,
                                                           const char *format, va_list args)
{
    if (c->lines == NULL || c->count == LINK_EVIDENCE_MAX)
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

void compare_behaviour(struct comparison *c, enum copy_skill skill, const char *feature,
                       double bits, const char *format, ...)
{
    va_list args;

    bits = capped(bits);
    c->sum += bits;
    c->positive[skill] += fmax(0, bits);
    c->strongest[skill] = fmax(c->strongest[skill], bits);
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

static bool is_parallel(enum compare_as as)
{
    return as == COMPARE_PARALLEL || as == COMPARE_PLAN;
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
    uint32_t members = linker_members(l, a);
    uint32_t others = members > OWN_MAX ? OWN_MAX : members;

    return (was_counted(l, a) ? 1.0 : 0.0) + (was_counted(l, b) ? 1.0 : 0.0) +
           (others > 1 ? others - 1.0 : 0.0);
}

static const char *name_of(const struct linker *l, uint32_t name)
{
    return name < nj_intern_count(l->options.names) ? nj_intern_text(l->options.names, name)
                                                    : "";
}

double compare_agree(const struct linker *l, enum value_kind kind, double u)
{
    return log2(likeness_same(&l->likeness, kind) / u);
}

/* What another tool writes differs by itself. */
double compare_differ(const struct linker *l, const struct comparison *c, enum value_kind kind,
                      double u)
{
    return c->other_tool ? 0
                         : CONTRARY * log2((1 - likeness_same(&l->likeness, kind)) /
                                           fmax(0.02, 1 - fmin(u, 0.98)));
}

/* @return whether the tool is a usual one, or unknown */
bool compare_tool(const struct linker *l, const struct digest *a, const struct digest *b,
                  double own, struct comparison *c)
{
    double strongest = c->strongest[COPY_FIELDS];

    if (a->tool_key == 0 || b->tool_key == 0)
        return true;

    struct frequency f = background_frequency(&l->background, VALUE_TOOL, 0, a->tool_key,
                                              a->tool_key == b->tool_key ? own : 0, l->now_us);

    if (a->tool_key == b->tool_key) {
        double bits = compare_agree(l, VALUE_TOOL, f.u);

        c->plain += fmax(0, bits);
        c->tool = fmax(0, bits);
        compare_behaviour(c, COPY_FIELDS, "tool", bits,
                          "same tool %s, seen at %.0f of %.0f sources", name_of(l, a->tool),
                          f.shown, f.total);
    } else {
        compare_behaviour(c, COPY_FIELDS, "tool", compare_differ(l, c, VALUE_TOOL, f.u),
                          "tools differ: %s and %s", name_of(l, a->tool), name_of(l, b->tool));
        c->other_tool = true;
    }
    c->strongest[COPY_FIELDS] = strongest; /* beside the tool's own line */
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

    bool near = abs(hops_a - hops_b) <= 1, beside = zone_of(a, b) == ZONE_NET24;
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
    /* neighbours take the same way whoever they are: worth nothing there */
    m = fmin(0.98, u + (1 - u) * SAME_WAY);
    compare_behaviour(
        c, COPY_ALL, "hops", near ? (beside ? 0 : log2(m / u)) : log2((1 - m) / (1 - u)),
        "%d and %d hops away; %.0f of %.0f sources as far as the first, give or take one",
        hops_a, hops_b, shown, total);
}

void compare_fields(const struct linker *l, const struct digest *a, const struct digest *b,
                    double own, struct comparison *c)
{
    if (a->stack_key != 0 && b->stack_key != 0) {
        bool same = a->stack_key == b->stack_key;
        struct frequency f = background_frequency(&l->background, VALUE_STACK, a->tool_key,
                                                  a->stack_key, same ? own : 0, l->now_us);

        compare_behaviour(c, COPY_FIELDS, "stack",
                          same ? compare_agree(l, VALUE_STACK, f.u)
                               : compare_differ(l, c, VALUE_STACK, f.u),
                          same ? "same SYN signature %.60s, seen at %.0f of %.0f sources"
                               : "SYN signatures differ: %.60s; that one at %.0f of %.0f",
                          name_of(l, a->stack), f.shown, f.total);
    } else if (a->window != 0 && b->window != 0) { /* a stack holds the window */
        bool same = a->window == b->window;
        struct frequency f = background_frequency(&l->background, VALUE_WINDOW, a->tool_key,
                                                  a->window, same ? own : 0, l->now_us);

        compare_behaviour(c, COPY_FIELDS, "window",
                          same ? compare_agree(l, VALUE_WINDOW, f.u)
                               : compare_differ(l, c, VALUE_WINDOW, f.u),
                          "windows %u and %u, the first seen at %.0f of %.0f sources",
                          a->window, b->window, f.shown, f.total);
    }

    compare_hops(l, a, b, own, c);
}

double compare_shape(const struct linker *l, const struct digest *a, const struct digest *b,
                     enum similarity kind, double pace, struct comparison *c)
{
    static const struct {
        enum copy_skill skill;
        const char *feature, *text;
    } shapes[SIMILAR_COUNT] = {
        [SIMILAR_SHARES] = {COPY_PORTS, "shares", "how sessions spread over ports"},
        [SIMILAR_RATE] = {COPY_ALL, "rate", "sessions per second"},
        [SIMILAR_GAPS] = {COPY_ALL, "gaps", "pauses between sessions"},
        [SIMILAR_HOURS] = {COPY_ALL, "hours", "hours of the day"},
    };
    const double *random = l->likeness.random[kind];
    int bin = likeness_bin(kind, a, b, &l->background, l->now_us);
    double bits, total = 0;

    if (bin < 0)
        return 0;
    bits = likeness_bits(&l->likeness, kind, bin);
    bits *= bits < 0 ? CONTRARY : 1;
    if (kind == SIMILAR_GAPS && bits < 0)
        bits = fmin(0, bits - pace); /* another rate has other gaps: one change, not two */
    for (unsigned k = 0; c->lines != NULL && k < SIMILAR_BINS; k++)
        total += random[k];
    if (kind == SIMILAR_SHARES)
        c->plain += fmax(0, bits);
    if (kind == SIMILAR_RATE)
        compare_behaviour(c, COPY_ALL, "rate", bits,
                          "%.3g and %.3g a second; as alike: %.0f of %.0f random pairs",
                          digest_pace(a), digest_pace(b), random[bin], total);
    else
        compare_behaviour(c, shapes[kind].skill, shapes[kind].feature, bits,
                          "%s; as alike: %.0f of %.0f random pairs", shapes[kind].text,
                          random[bin], total);
    return fmin(0, bits);
}

static void compare_shapes(const struct linker *l, const struct digest *a,
                           const struct digest *b, struct comparison *c)
{
    double pace;

    (void)compare_shape(l, a, b, SIMILAR_SHARES, 0, c);
    pace = compare_shape(l, a, b, SIMILAR_RATE, 0, c);
    (void)compare_shape(l, a, b, SIMILAR_GAPS, pace, c);
    (void)compare_shape(l, a, b, SIMILAR_HOURS, 0, c);
}

/* An instance key is a process's secret unless unrelated networks share it. */
void compare_instances(const struct linker *l, const struct digest *a, const struct digest *b,
                       double own, struct comparison *c)
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
                compare_behaviour(c, COPY_ALL, "instance",
                                  fmin(6, compare_agree(l, VALUE_INSTANCE, f.u)),
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
        compare_behaviour(c, COPY_ALL, "instance",
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
    compare_line(c, "missing", 0, "not compared: %s%s%s%s%s",
                 fields ? "" : "TTL, window, stack (log rows)", fields || networks ? "" : "; ",
                 networks ? "" : "network (AS unknown)",
                 (fields && networks) || ranges ? "" : "; ", ranges ? "" : "source ports");
}

/* All but the strongest line count for less. Lines beside the tool's are counted within its
 * class, so that the tool and the strongest of them are one chain of which nothing is said
 * twice; and what everybody's tool does in everybody's way is held down.
 * @param skill  of what it takes so much to copy */
static double what_agrees(const struct comparison *c, enum copy_skill skill)
{
    double tool = skill >= COPY_FIELDS ? c->tool : 0, strongest = 0, positive = 0;

    for (unsigned k = 0; k <= skill; k++) {
        positive += c->positive[k];
        strongest = fmax(strongest, c->strongest[k]);
    }

    double full = c->common ? fmax(tool, strongest) : tool + strongest;
    double joint = full + DEPENDENCE * (positive - full);

    if (c->common && c->plain > GUARD_BITS)
        joint -= (c->plain - GUARD_BITS) * DEPENDENCE;
    return joint;
}

/* What agrees, for somebody who copies so much: what differs is no argument against that, and
 * the rest agrees by chance. */
static void set_copied(const struct linker *l, struct comparison *c)
{
    double arrivals = background_arrivals(&l->background, VALUE_NEWCOMER, l->now_us);

    for (unsigned k = 0; k < COPY_SKILLS; k++)
        c->copied[k] = fmin(BEHAVIOUR_CAP, what_agrees(c, (enum copy_skill)k)) - log2(arrivals);
}

/* The lines are what each says alone. Fields of one tool go together, so of those that agree
 * all but the strongest count for less. */
static void join_behaviour(struct comparison *c)
{
    double joint = what_agrees(c, COPY_ALL) + c->sum;

    for (unsigned k = 0; k < COPY_SKILLS; k++)
        joint -= c->positive[k];
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
    if (c->common && is_parallel(as)) { /* one infected network has many of them */
        compare_line(c, "usual", -c->bits, "usual tool, ports and range are no plan");
        return;
    }
    networks = compare_usual(l, a, b, is_parallel(as), USUAL_NETWORKS);
    if (networks >= USUAL_NETWORKS)
        compare_line(c, "usual", -c->bits, "%u unrelated networks and more show that set-up",
                     networks);
}

/* The parts of a plan don't make their own ports usual, once enough others began at other times
 * to say what is. */
static bool is_usual_set(const struct linker *l, const struct digest *a, const struct digest *b,
                         enum compare_as as, double own)
{
    double but = a->set == b->set ? own : 1;
    struct frequency f =
        background_frequency(&l->background, VALUE_SET, 0, a->set, but, l->now_us);
    double arrivals = background_arrivals(&l->background, VALUE_NEWCOMER, l->now_us);

    if (f.u >= USUAL && is_parallel(as) && a->set == b->set &&
        f.total - MATES_WITHIN_H * arrivals >= RARE_SOURCES)
        f = background_frequency(&l->background, VALUE_SET, 0, a->set,
                                 but + compare_mates(l, a, b, false), l->now_us);
    return f.u >= USUAL;
}

void compare_digests(const struct linker *l, const struct digest *a, const struct digest *b,
                     enum compare_as as, int64_t gap_us, struct comparison *ret)
{
    double own = compare_own(l, a, b);

    ret->bits = ret->behaviour = ret->plain = ret->sum = ret->tool = 0;
    for (unsigned k = 0; k < COPY_SKILLS; k++) {
        ret->positive[k] = ret->strongest[k] = 0;
        ret->copied[k] = NOT_COPIED;
    }
    ret->other_tool = false;
    ret->after = 0;
    ret->instance = 0;
    ret->count = 0;

    bool usual = compare_tool(l, a, b, own, ret);

    compare_ports(l, a, b, ret);
    usual &= compare_sport(l, a, b, is_parallel(as), own, ret);
    ret->common = usual && (a->set == 0 || is_usual_set(l, a, b, as, own));
    compare_shapes(l, a, b, ret);
    compare_fields(l, a, b, own, ret);
    compare_instances(l, a, b, own, ret);
    join_behaviour(ret);
    if (ret->instance == 0 && (as == COMPARE_HOP || as == COMPARE_PARALLEL))
        set_copied(l, ret);
    if (as != COMPARE_SETUP && as != COMPARE_PLAN)
        compare_place(l, a, b, as, gap_us, ret);
    if (as == COMPARE_PARALLEL)
        for (unsigned k = 0; k < COPY_SKILLS; k++)
            ret->copied[k] += fmax(0, log2(COPIES_BESIDE / ret->there));
    hold_usual(l, a, b, as, ret);
    tell_missing(a, b, ret);
}
