/* SPDX-License-Identifier: Apache-2.0 */
#include "link/accept.h"

#include <math.h>
#include <string.h>

#include "link/linker.h"
#include "link/pair.h"

#define STEP_US (INT64_C(6) * 3600 * 1000000)
#define START_THRESHOLD 0.99
#define LEAST 0.95     /* never lower, however many sure ones pay for the others, */
#define MOST 0.9999    /* nor higher: one true pair among the decoys must not end all */
#define TARGETS_MIN 20 /* below that the estimates say little */
#define SCALE_MOST 16  /* pairs that one decoy may stand for */

void acceptance_init(struct acceptance *acceptance)
{
    *acceptance = (struct acceptance){.threshold = START_THRESHOLD};
}

static int bin_of(double p)
{
    double odds = log2(p / fmax(1 - p, 1e-15));

    if (odds < 0)
        return -1;
    return odds >= ACCEPT_BINS / 2 ? ACCEPT_BINS - 1 : (int)(odds * 2);
}

static double bin_start(int bin)
{
    return 1 / (1 + exp2(-bin / 2.0));
}

void acceptance_forget(struct acceptance *acceptance, struct pair *pair)
{
    if (pair->target_bin < 0)
        return;

    int bin = pair->target_bin;

    if (acceptance->targets[bin] > 0)
        acceptance->targets[bin]--;
    acceptance->doubt[bin] = fmax(0, acceptance->doubt[bin] - (1 - bin_start(bin)));
    pair->target_bin = -1;
}

/* Doubt is taken at the bin's lower edge: a little too careful, and exactly reversible. */
void acceptance_target(struct acceptance *acceptance, struct pair *pair)
{
    int bin = bin_of(pair->probability);

    if (bin == pair->target_bin)
        return;
    acceptance_forget(acceptance, pair);
    if (bin < 0)
        return;
    acceptance->targets[bin]++;
    acceptance->doubt[bin] += 1 - bin_start(bin);
    pair->target_bin = (int16_t)bin;
}

void acceptance_drop_decoy(struct acceptance *acceptance, uint32_t index)
{
    struct decoy *d = &acceptance->kept[index];

    if (acceptance->decoys[d->kind][d->bin] > 0)
        acceptance->decoys[d->kind][d->bin]--;
    memmove(d, d + 1, (--acceptance->kept_count - index) * sizeof(*d));
}

/* Decoys about one stop or one start count once, the likeliest. */
static bool are_one(const struct decoy *d, enum decoy_kind kind, uint64_t a, uint64_t b)
{
    return d->kind == kind && (d->a == a || d->b == b);
}

void acceptance_decoy(struct acceptance *acceptance, enum decoy_kind kind, uint64_t a,
                      uint64_t b, double probability)
{
    struct decoy *kept = acceptance->kept;
    int bin = bin_of(probability);

    if (bin < 0)
        return;
    for (uint32_t i = 0; i < acceptance->kept_count; i++)
        if (are_one(&kept[i], kind, a, b) && kept[i].bin >= bin)
            return;
    for (uint32_t i = acceptance->kept_count; i-- > 0;)
        if (are_one(&kept[i], kind, a, b))
            acceptance_drop_decoy(acceptance, i);
    acceptance->decoys[kind][bin]++;
    if (acceptance->kept_count == DECOYS_KEPT)
        memmove(kept, kept + 1, --acceptance->kept_count * sizeof(*kept));
    kept[acceptance->kept_count++] =
        (struct decoy){.a = a, .b = b, .kind = (uint8_t)kind, .bin = (uint8_t)bin};
}

struct above {
    uint64_t targets, decoys[DECOY_KINDS];
    double doubt;
};

static struct above count_above(const struct acceptance *acceptance, int from)
{
    struct above sum = {.targets = 0};

    for (int i = from; i < ACCEPT_BINS; i++) {
        sum.targets += acceptance->targets[i];
        for (int k = 0; k < DECOY_KINDS; k++)
            sum.decoys[k] += acceptance->decoys[k][i];
        sum.doubt += acceptance->doubt[i];
    }
    return sum;
}

/* How many false ones the decoys of a kind stand for: where fewer pairs were looked at than
 * follow each other, each stands for several. A single one is what chance allows. */
static double stand_for(const struct acceptance *acceptance, enum decoy_kind kind,
                        uint64_t decoys)
{
    double scale = 1;

    if (kind == DECOY_WEEK && acceptance->asked_weeks > 0)
        scale = (double)acceptance->asked_after / (double)acceptance->asked_weeks;
    return decoys < 2 ? 0 : (double)decoys * fmax(1, fmin(SCALE_MOST, scale));
}

/* The largest of the kinds' estimates. */
static double by_decoys(const struct acceptance *acceptance, const struct above *sum)
{
    double most = 0;

    for (int k = 0; k < DECOY_KINDS; k++)
        most = fmax(most, stand_for(acceptance, (enum decoy_kind)k, sum->decoys[k]));
    return most;
}

static int64_t step_of(int64_t now_us)
{
    return now_us - now_us % STEP_US;
}

bool acceptance_is_due(const struct acceptance *acceptance, int64_t now_us)
{
    return step_of(now_us) > acceptance->frozen_us;
}

void acceptance_freeze(struct acceptance *acceptance, double fdr, int64_t now_us)
{
    acceptance->frozen_us = step_of(now_us);

    bool few = count_above(acceptance, bin_of(LEAST)).targets < TARGETS_MIN;
    int bin = bin_of(few ? START_THRESHOLD : LEAST);
    int last = bin_of(MOST);
    struct above sum = count_above(acceptance, bin);

    while (bin < last && (sum.doubt > fdr * (double)sum.targets ||
                          by_decoys(acceptance, &sum) > fdr * (double)sum.targets)) {
        bin++;
        sum = count_above(acceptance, bin);
    }
    acceptance->threshold = fmax(few ? START_THRESHOLD : LEAST, bin_start(bin));
    acceptance->frozen_targets = sum.targets;
    memcpy(acceptance->frozen_decoys, sum.decoys, sizeof(sum.decoys));
    acceptance->bayes = sum.targets == 0 ? 0 : sum.doubt / (double)sum.targets;
    acceptance->decoy =
        sum.targets == 0 ? 0 : fmin(1, by_decoys(acceptance, &sum) / (double)sum.targets);
}

void acceptance_tell(const struct acceptance *acceptance, struct linker_fdr *ret)
{
    *ret = (struct linker_fdr){
        .threshold = acceptance->threshold,
        .bayes = acceptance->bayes,
        .decoy = acceptance->decoy,
        .targets = acceptance->frozen_targets,
        .decoys_before = acceptance->frozen_decoys[DECOY_BEFORE],
        .decoys_week = acceptance->frozen_decoys[DECOY_WEEK],
        .decoys_place = acceptance->frozen_decoys[DECOY_PLACE],
        .frozen_us = acceptance->frozen_us,
    };
}
