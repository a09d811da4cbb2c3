/* SPDX-License-Identifier: Apache-2.0 */
/* A pair as a link: its evidence anew, strongest first, and what would refute it. The claim is
 * one operator and set-up with a probability, and never more. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/linker_state.h"
#include "model/instance.h"

enum compare_as explain_as(const struct pair *p)
{
    if (p->kind == LINK_SUCCESSION)
        return p->hop == HOP_RETURN ? COMPARE_RETURN : COMPARE_HOP;
    return p->kind == LINK_PARALLEL ? COMPARE_PARALLEL : COMPARE_SETUP;
}

void explain_compare(const struct linker *l, const struct pair *p, struct comparison *ret)
{
    const struct digest *a = &l->digests[p->a], *b = &l->digests[p->b];
    enum compare_as as = explain_as(p);

    if (as == COMPARE_HOP)
        b = beginning_told(l, b);
    compare_digests(
        l, a, b, as,
        as == COMPARE_PARALLEL ? beginning_apart(l, a, b) : p->started_us - p->stopped_us, ret);
}

static int by_magnitude(const void *x, const void *y)
{
    float a = fabsf(((const struct evidence_line *)x)->bits);
    float b = fabsf(((const struct evidence_line *)y)->bits);

    return a > b ? -1 : a < b;
}

static void say_refutes(const struct linker *l, const struct pair *p, struct link *link)
{
    char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];

    (void)addr_text(l->digests[p->a].src, a);
    (void)addr_text(l->digests[p->b].src, b);
    if (p->refuted)
        (void)snprintf(link->refute, sizeof(link->refute),
                       "refuted: %s and %s were active together", a, b);
    else if (p->kind == LINK_SUCCESSION)
        (void)snprintf(link->refute, sizeof(link->refute), "%s resumes while %s is active", a,
                       b);
    else if (p->kind == LINK_INSTANCE)
        (void)snprintf(link->refute, sizeof(link->refute),
                       "unrelated networks show the same process key");
    else
        (void)snprintf(link->refute, sizeof(link->refute),
                       "many unrelated sources show the same set-up");
}

static enum hop_kind hop_of(const struct linker *l, const struct pair *p)
{
    if (p->kind != LINK_SUCCESSION)
        return HOP_NONE;
    for (uint32_t i = l->digests[p->a].as_a; i != LINK_NONE; i = l->pairs.list[i].next_a) {
        const struct pair *q = &l->pairs.list[i];

        if (q != p && q->kind == LINK_SUCCESSION && q->state == PAIR_ACCEPTED &&
            p->state == PAIR_ACCEPTED && odds_is_split(l, p, q))
            return HOP_SPLIT;
    }
    return (enum hop_kind)p->hop;
}

#define COPY_SHOWN 1e-4 /* odds below it are not told apart */

/* No evidence for or against, but a rival that the probability counts. */
static void say_copied(const struct linker *l, const struct pair *p, struct comparison *c)
{
    double copy = p->copy, odds = exp2(p->weight + odds_prior(p, l));

    if (copy > 0)
        compare_line(
            c, "copy", 0,
            "that somebody else copies it is %s%.2g %% as likely; %.3g seen to do so in "
            "%.0f h of rare set-ups",
            copy / odds < COPY_SHOWN ? "under " : "", 100 * fmax(copy / odds, COPY_SHOWN),
            copy_seen(l), l->copied_h);
}

void explain_pair(const struct linker *l, const struct pair *p, struct link *ret_link)
{
    const struct digest *a = &l->digests[p->a], *b = &l->digests[p->b];
    struct evidence_line lines[LINK_EVIDENCE_MAX];
    struct comparison c = {.lines = lines};
    struct link *link = ret_link;

    explain_compare(l, p, &c);
    say_copied(l, p, &c);
    *link = (struct link){
        .id = p->link,
        .kind = (enum link_kind)p->kind,
        .hop = hop_of(l, p),
        .state = p->state == PAIR_ACCEPTED    ? LINK_ACCEPTED
                 : p->state == PAIR_TENTATIVE ? LINK_TENTATIVE
                                              : LINK_WITHDRAWN,
        .process = instance_facts(p->instance)->process ? p->instance : 0,
        .a = a->id,
        .b = b->id,
        .a_src = a->src,
        .b_src = b->src,
        .stopped_us = p->stopped_us,
        .started_us = p->started_us,
        .stated_us = p->stated_us,
        .first_stated_us = p->first_stated_us,
        .probability = p->refuted ? 0 : p->probability,
        .bits = c.bits,
        .prior_bits = odds_prior(p, l),
        .actor = p->state == PAIR_ACCEPTED ? linker_actor(l, a) : 0,
        .evidence_count = c.count,
    };
    qsort(lines, c.count, sizeof(lines[0]), by_magnitude);
    for (unsigned i = 0; i < c.count; i++)
        link->evidence[i] = lines[i];
    say_refutes(l, p, link);
}
