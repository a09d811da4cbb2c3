/* SPDX-License-Identifier: Apache-2.0 */
#include "order/sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/gcd.h"

#define TELL_FROM 20u
#define SEQUENTIAL 0.9 /* rank correlation of address and time */
#define RANKS_TELL 8u  /* different values: fewer come in order by chance */
#define RANKS_GUARD 5u /* with fewer nobody is taken for one of a pool */
#define RANKS_ANY 2u   /* in order as far as can be seen, and not called permuted */

#define PERMUTED_BITS 10.0 /* against drawing with replacement */
#define PORTS_SEEN 4u      /* times, each on average: then few have not been seen */
#define REPEATS_LEAST 4u
#define DRAWN_BITS 4.3f   /* repeats so late are those of one in twenty */
#define PASSES_BITS 10.0f /* one in a thousand */
#define MODULUS_MAX 256u

bool sample_add(struct target_sample *sample, uint32_t dst, uint16_t port, int64_t time_ns)
{
    uint32_t n = sample->count;

    for (uint32_t i = n; i-- > 0;)
        if (sample->dst[i] == dst && sample->port[i] == port) {
            if (n - i > 2 && sample->repeats++ == 0)
                sample->once = n;
            return false;
        }
    if (n == ORDER_TARGETS)
        return false;
    if (n > 0 && time_ns < sample->time_ns[n - 1])
        time_ns = sample->time_ns[n - 1];
    sample->dst[n] = dst;
    sample->port[n] = port;
    sample->time_ns[n] = time_ns;
    sample->count++;
    return true;
}

/* ---- order ---- */

/* What may go up or down: the addresses, or the ports of few addresses. */
struct series {
    uint32_t count;
    uint32_t value[ORDER_TARGETS];
};

static uint32_t distinct(const struct series *s)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < s->count; i++) {
        bool again = false;

        for (uint32_t k = 0; k < i && !again; k++)
            again = s->value[k] == s->value[i];
        count += !again;
    }
    return count;
}

static struct series addresses_of(const struct target_sample *s)
{
    struct series series = {.count = s->count};

    for (uint32_t i = 0; i < s->count; i++)
        series.value[i] = s->dst[i];
    return series;
}

static struct series ports_of(const struct target_sample *s)
{
    struct series series = {.count = s->count};

    for (uint32_t i = 0; i < s->count; i++)
        series.value[i] = s->port[i];
    return series;
}

/* Whether values differ so often that their ranks say something. */
static bool has_ranks(const struct series *s, uint32_t least)
{
    return distinct(s) >= least;
}

/* Spearman's rank correlation of value and coming. Equal values share the mean of their ranks:
 * a sweep asks for some ports of each host, in any order. */
static double correlation(const struct series *s)
{
    const double mean = (s->count - 1) / 2.0;
    double both = 0, ranks = 0, comings = 0;

    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t below = 0, equal = 0;
        double rank, coming = i - mean;

        for (uint32_t k = 0; k < s->count; k++) {
            below += s->value[k] < s->value[i];
            equal += s->value[k] == s->value[i];
        }
        rank = below + (equal - 1) / 2.0 - mean;
        both += rank * coming;
        ranks += rank * rank;
        comings += coming * coming;
    }
    return ranks > 0 ? both / sqrt(ranks * comings) : 0;
}

struct step {
    int64_t size;   /* the commonest between values, if it is that of a half; else 0 */
    uint32_t times; /* that it comes */
    uint32_t of;    /* steps from a value to another one */
};

/* By a vote: each step strikes out one that is another, and what more than a half is stays. */
static struct step common_step(const struct series *s)
{
    struct step step = {.size = 0};
    uint32_t lead = 0;

    for (uint32_t i = 1; i < s->count; i++) {
        int64_t size = (int64_t)s->value[i] - s->value[i - 1];

        if (size == 0)
            continue;
        step.of++;
        if (lead == 0)
            step.size = size;
        lead += size == step.size ? 1 : UINT32_MAX;
    }
    for (uint32_t i = 1; i < s->count && step.size != 0; i++)
        step.times += (int64_t)s->value[i] - s->value[i - 1] == step.size;
    return step.times * 2 > step.of ? step : (struct step){.of = step.of};
}

/* Nine steps of ten are the same: a sweep that begins anew, for another port say. */
static bool goes_on(const struct series *s)
{
    const struct step step = common_step(s);

    return step.times > 0 && step.times * 10 >= step.of * 9;
}

static bool in_order(const struct series *s)
{
    return fabs(correlation(s)) > SEQUENTIAL || goes_on(s);
}

static bool is_sequential(const struct series *s, uint32_t least)
{
    return has_ranks(s, least) && in_order(s);
}

static void say_sequential(const struct series *s, const char *what,
                           struct order_statement *ret)
{
    const struct step step = common_step(s);
    const double rho = correlation(s);

    if (fabs(rho) > SEQUENTIAL) {
        /* a rank correlation of r over n points has t = r sqrt((n-2)/(1-r^2)); equal values
         * are one point */
        ret->bits = (float)((distinct(s) - 2.0) / 2 * -log2(fmax(1 - rho * rho, 0x1p-10)));
    } else {
        /* each such step but the first is one of as many as there are targets, at least */
        ret->bits = (float)(step.times - 1) * log2f((float)step.of + 1);
    }
    if (step.size != 0)
        (void)snprintf(ret->value, sizeof(ret->value), "%ssequential, step %lld", what,
                       (long long)step.size);
    else
        (void)snprintf(ret->value, sizeof(ret->value), "%ssequential, %s", what,
                       rho > 0 ? "upward" : "downward");
}

bool sample_is_sequential(const struct target_sample *s)
{
    const struct series addresses = addresses_of(s);

    return is_sequential(&addresses, RANKS_GUARD);
}

/* From how many places n draws with replacement hit d different ones: d = m (1 - e^(-n/m)). */
static double places_of(double draws, double hit)
{
    double low = hit, high = draws * draws * hit;

    while (high > low * 1.01) {
        double m = sqrt(low * high);

        *(m * (1 - exp(-draws / m)) < hit ? &low : &high) = m;
    }
    return high;
}

/* Who goes over a permutation, and then over another one, repeats late: who draws with
 * replacement from as many places as all the repeats let us think (a deviation fewer, to be
 * sure) would hardly have hit so many before the first one. In between nothing is said. */
static void say_repeats(const struct target_sample *s, struct order_statement *ret)
{
    const double repeats = s->repeats - sqrt(s->repeats);
    const double places = places_of(s->count + repeats, s->count);
    double late = 0;

    for (uint32_t i = 1; i < s->once; i++)
        late -= log2(1 - i / places);
    if (late <= DRAWN_BITS) {
        ret->bits = (float)s->repeats;
        ret->drawn = true;
        (void)snprintf(ret->value, sizeof(ret->value), "random, targets repeat");
    } else if (late >= PASSES_BITS) {
        ret->bits = (float)late;
        (void)snprintf(ret->value, sizeof(ret->value), "permuted, in passes");
    }
}

/* n draws with replacement from m places repeat n^2 / 2m times; there are not more places than
 * the span of the addresses has, for each port. Of who asks for many ports we do not know how
 * many more there are. */
static void say_permuted(const struct target_sample *s, const struct series *ports,
                         struct order_statement *ret)
{
    uint32_t low = UINT32_MAX, high = 0, port_count = distinct(ports);
    double room, bits;

    if (port_count * PORTS_SEEN > s->count)
        return;
    for (uint32_t i = 0; i < s->count; i++) {
        low = s->dst[i] < low ? s->dst[i] : low;
        high = s->dst[i] > high ? s->dst[i] : high;
    }
    room = ((double)high - low + 1) * port_count;
    bits = (double)s->count * s->count / (2 * room) / M_LN2;
    if (bits < PERMUTED_BITS)
        return;
    ret->bits = (float)bits;
    (void)snprintf(ret->value, sizeof(ret->value), "permuted");
}

void sample_order(const struct target_sample *s, struct order_statement *ret)
{
    const struct series addresses = addresses_of(s), ports = ports_of(s);
    bool up, ports_up;

    *ret = (struct order_statement){.bits = 0};
    if (s->count < TELL_FROM)
        return;
    up = is_sequential(&addresses, RANKS_ANY);
    if (up && has_ranks(&addresses, RANKS_TELL)) {
        say_sequential(&addresses, "", ret);
        return;
    }
    ports_up = is_sequential(&ports, RANKS_GUARD);
    if (ports_up && has_ranks(&ports, RANKS_TELL) && distinct(&addresses) * 2 <= s->count)
        say_sequential(&ports, "ports ", ret);
    else if (up || ports_up)
        return; /* more of it may tell */
    else if (s->repeats == 0)
        say_permuted(s, &ports, ret);
    else if (s->repeats >= REPEATS_LEAST)
        say_repeats(s, ret);
}

/* ---- schedule ---- */

#define STEADY 0.2 /* standard deviation of gaps by their mean; 1 for what comes at random */
#define PAUSE 10   /* times the median gap */
#define BURSTS_LEAST 4u
#define REGULAR 0.1
#define STEP 4.0 /* the half with the longer gaps by the other */

struct spread {
    double mean, relative; /* standard deviation by mean */
};

static struct spread spread_of(const double *values, uint32_t count)
{
    double sum = 0, squares = 0, mean;

    for (uint32_t i = 0; i < count; i++)
        sum += values[i];
    mean = sum / count;
    for (uint32_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return (struct spread){mean, mean > 0 ? sqrt(squares / count) / mean : 0};
}

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

static bool say_bursts(const struct target_sample *s, const double *gaps, double median,
                       struct order_statement *ret)
{
    double between[ORDER_TARGETS];
    int64_t begin = s->time_ns[0];
    uint32_t bursts = 0;
    struct spread spread;

    for (uint32_t i = 0; i + 1 < s->count; i++)
        if (gaps[i] > PAUSE * median) {
            between[bursts++] = (double)(s->time_ns[i + 1] - begin) / 1e9;
            begin = s->time_ns[i + 1];
        }
    if (bursts < BURSTS_LEAST)
        return false;
    spread = spread_of(between, bursts);
    if (spread.relative > REGULAR)
        return false;
    ret->bits = (float)bursts * -(float)log2(fmax(spread.relative, 0x1p-10));
    (void)snprintf(ret->value, sizeof(ret->value), "bursts of %u each %.3g s",
                   (s->count + bursts) / (bursts + 1), spread.mean);
    return true;
}

void sample_schedule(const struct target_sample *s, struct order_statement *ret)
{
    double gaps[ORDER_TARGETS], sorted[ORDER_TARGETS], ratio;
    uint32_t n = s->count - 1, half = n / 2;
    struct spread all, first, second;

    ret->bits = 0;
    if (s->count < TELL_FROM)
        return;
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = gaps[i] = (double)(s->time_ns[i + 1] - s->time_ns[i]) / 1e9;
    qsort(sorted, n, sizeof(sorted[0]), ascending);
    all = spread_of(gaps, n);
    if (all.mean <= 0)
        return;
    if (all.relative <= STEADY) {
        ret->bits = (float)n * -(float)log2(fmax(all.relative, 0x1p-6));
        (void)snprintf(ret->value, sizeof(ret->value), "one each %.3g s", all.mean);
        return;
    }
    if (say_bursts(s, gaps, sorted[n / 2], ret))
        return;
    first = spread_of(gaps, half);
    second = spread_of(gaps + half, n - half);
    ratio = first.mean > 0 ? second.mean / first.mean : 0;
    if (first.relative > 1.2 || second.relative > 1.2 || ratio <= 0 ||
        (ratio < STEP && ratio > 1 / STEP))
        return;
    /* exponential gaps: log of the ratio of two means of `half` has deviation sqrt(2 / half) */
    ret->bits = (float)(pow(log(ratio), 2) * half / 4 / M_LN2);
    (void)snprintf(ret->value, sizeof(ret->value), "rate %s %.0f-fold",
                   ratio > 1 ? "fell" : "rose", ratio > 1 ? ratio : 1 / ratio);
}

/* ---- pools ---- */

uint32_t sample_modulus(const struct target_sample *s, uint32_t common, float *ret_bits)
{
    uint32_t modulus = 0, addresses = 0;

    *ret_bits = 0;
    for (uint32_t i = 1; i < s->count && modulus != 1; i++) {
        bool again = false;

        for (uint32_t k = 0; k < i && !again; k++)
            again = s->dst[k] == s->dst[i];
        addresses += !again;
        modulus = (uint32_t)nj_gcd(modulus, s->dst[i] > s->dst[0] ? s->dst[i] - s->dst[0]
                                                                  : s->dst[0] - s->dst[i]);
    }
    if (modulus < 2 || modulus > MODULUS_MAX || common == 0 || modulus <= common)
        return 0;
    /* each address but the first: one in modulus / common; MODULUS_MAX of them were possible */
    *ret_bits =
        (float)addresses * log2f((float)modulus / (float)common) - log2f((float)MODULUS_MAX);
    return modulus;
}
