/* SPDX-License-Identifier: Apache-2.0 */
/* How many packets does it take to know a ZMap scan by the order of its targets? Walks are made
 * here by the definition of model/zmap.h, seen by telescopes of several sizes, and judged by
 * walk_find; besides them, targets in other orders, which must never be taken for one.
 *
 * Prints tables; the seeds are fixed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "model/zmap.h"
#include "order/walk.h"

#define TRIALS 100u
#define BITS 30.0f
#define SCAN_S 10800.0 /* the whole address space in three hours */
#define SIZE_MAX_BITS 16u

struct telescope {
    uint32_t size;
    uint64_t *logs;
};

struct setting {
    const char *name;
    uint32_t parts;  /* sender threads */
    double loss;     /* share of packets */
    double jitter_s; /* of each packet's time */
    double drift;    /* of each thread's rate, standard deviation */
    uint64_t limit;  /* of the generator */
    double begin;    /* share of the scan at which the telescope begins to look */
    uint32_t pool;   /* source addresses: each has one residue class of the targets */
};

struct sight {
    double time_s;
    uint64_t log;
};

static double normal(struct nj_rng *rng)
{
    double sum = -6;

    for (int i = 0; i < 12; i++)
        sum += (double)nj_rng_u32(rng) / 4294967296.0;
    return sum;
}

static double unit(struct nj_rng *rng)
{
    return (double)nj_rng_u32(rng) / 4294967296.0;
}

static int by_time(const void *left, const void *right)
{
    const struct sight *a = left, *b = right;

    return a->time_s < b->time_s ? -1 : a->time_s > b->time_s;
}

static uint64_t draw_generator(uint64_t limit, struct nj_rng *rng)
{
    uint64_t g;

    do {
        g = 2 + nj_rng_below64(rng, limit - 2);
    } while (!nj_group_generates(&zmap_ipv4, g));
    return g;
}

/* One scan as a telescope sees it. @return the number of packets put into `points` */
static unsigned scan(const struct nj_logs *logs, const struct telescope *t,
                     const struct setting *s, uint64_t g, struct nj_rng *rng,
                     struct walk_point *points, unsigned most)
{
    static struct sight sights[1u << SIZE_MAX_BITS];
    uint64_t m = zmap_ipv4.prime - 1, part = m / s->parts;
    uint64_t u = nj_mod_inverse(nj_log(logs, g), m), offset = nj_rng_below64(rng, m);
    double pace[64];
    uint32_t count = 0, kept = 0;

    for (uint32_t i = 0; i < s->parts; i++)
        pace[i] = SCAN_S / (double)part * (1 + s->drift * normal(rng));
    for (uint32_t i = 0; i < t->size; i++) {
        uint64_t n = nj_mod_mul((t->logs[i] + m - offset) % m, u, m);
        uint64_t thread = n / part < s->parts ? n / part : s->parts - 1;
        double at = (double)(n - thread * part) * pace[thread];

        if (at >= s->begin * SCAN_S && i % s->pool == 0 && unit(rng) >= s->loss)
            sights[count++] = (struct sight){at + s->jitter_s * normal(rng), t->logs[i]};
    }
    qsort(sights, count, sizeof(sights[0]), by_time);
    for (; kept < count && kept < most; kept++)
        points[kept] =
            (struct walk_point){.log = sights[kept].log, .time_s = sights[kept].time_s};
    return kept;
}

static struct telescope look(const struct nj_logs *logs, unsigned bits, uint32_t first)
{
    struct telescope t = {.size = 1u << bits};

    t.logs = malloc(t.size * sizeof(*t.logs));
    if (t.logs == NULL)
        abort();
    for (uint32_t i = 0; i < t.size; i++)
        t.logs[i] = nj_log(logs, (uint64_t)zmap_index(first + i, ZMAP_BLOCK) + 1);
    return t;
}

static const unsigned packets[] = {6, 8, 10, 12, 16, 20, 24, 32};
#define COLUMNS (sizeof(packets) / sizeof(packets[0]))
static uint32_t wrong, judged;
static double spent_s;

static bool found(struct nj_logs *logs, struct walk_point *points, unsigned count,
                  struct walk *ret)
{
    clock_t begin = clock();
    bool is = walk_find(logs, NULL, points, count, BITS, WALK_THOROUGH, ret);

    spent_s += (double)(clock() - begin) / CLOCKS_PER_SEC;
    judged++;
    return is;
}

static void curve(struct nj_logs *logs, const struct telescope *t, unsigned prefix,
                  const struct setting *s)
{
    (void)printf("| /%u | %s |", prefix, s->name);
    for (size_t c = 0; c < COLUMNS; c++) {
        struct nj_rng rng = nj_rng(prefix * 100 + c, s->parts);
        unsigned right = 0, asked = 0;

        for (unsigned trial = 0; trial < TRIALS; trial++) {
            struct walk_point points[WALK_POINTS_MAX];
            uint64_t g = draw_generator(s->limit, &rng);
            unsigned count = scan(logs, t, s, g, &rng, points, packets[c]);
            struct walk walk;

            if (count < packets[c])
                continue;
            asked++;
            if (!found(logs, points, count, &walk))
                continue;
            right += walk.generator == g;
            wrong += walk.generator != g && s->limit == ZMAP_ROOT_LIMIT;
        }
        if (asked < TRIALS / 2)
            (void)printf(" - |");
        else
            (void)printf(" %.2f |", (double)right / asked);
    }
    (void)printf("\n");
    (void)fflush(stdout);
}

/* The i-th place of a random order of `size` places, a power of two. */
static uint32_t permuted(uint32_t key, uint32_t i, uint32_t size)
{
    for (int round = 0; round < 4; round++) {
        i = (i + key) * ((key | 1) * 0x9e3779b1u | 1) & (size - 1);
        i ^= i >> 3;
        key = key * 0x85ebca6bu + 0xc2b2ae35u;
    }
    return i;
}

/* Orders that are no walk. */
static void strangers(struct nj_logs *logs, const struct telescope *t, unsigned prefix)
{
    static const char *const names[] = {"random", "sequential", "stride 7", "two by two"};

    for (unsigned kind = 0; kind < 4; kind++) {
        struct nj_rng rng = nj_rng(prefix, 1000 + kind);
        unsigned told = 0, trials = 2000;

        for (unsigned trial = 0; trial < trials; trial++) {
            struct walk_point points[24];
            uint32_t count = t->size < 24 ? t->size : 24;
            uint32_t at = nj_rng_u32(&rng);
            struct walk walk;

            for (uint32_t i = 0; i < count; i++) {
                uint32_t place = kind == 0   ? permuted(at, i, t->size)
                                 : kind == 1 ? at + i
                                 : kind == 2 ? at + 7 * i
                                             : at + (i ^ 1);

                points[i] = (struct walk_point){.log = t->logs[place % t->size],
                                                .time_s = i + 0.3 * unit(&rng)};
            }
            told += found(logs, points, count, &walk);
        }
        (void)printf("| /%u | %s | %u | %u |\n", prefix, names[kind], trials, told);
        (void)fflush(stdout);
    }
}

int main(void)
{
    static const struct setting settings[] = {
        {.name = "1 thread", .parts = 1, .limit = ZMAP_ROOT_LIMIT, .pool = 1},
        {.name = "1 thread, jitter 20 ms",
         .parts = 1,
         .limit = ZMAP_ROOT_LIMIT,
         .jitter_s = 0.02,
         .pool = 1},
        {.name = "1 thread, half lost",
         .parts = 1,
         .limit = ZMAP_ROOT_LIMIT,
         .loss = 0.5,
         .pool = 1},
        {.name = "4 threads, drift 0.1 %, from the middle",
         .parts = 4,
         .limit = ZMAP_ROOT_LIMIT,
         .drift = 0.001,
         .begin = 0.5,
         .pool = 1},
        {.name = "16 threads", .parts = 16, .limit = ZMAP_ROOT_LIMIT, .pool = 1},
        {.name = "pool of 4", .parts = 1, .limit = ZMAP_ROOT_LIMIT, .pool = 4},
        {.name = "before 4.0", .parts = 1, .limit = ZMAP_ROOT_LIMIT_OLD, .pool = 1},
    };
    static const unsigned prefixes[] = {28, 26, 24, 20, 16};
    struct nj_logs *logs = nj_logs_new(&zmap_ipv4);

    if (logs == NULL)
        return 1;
    (void)printf("| telescope | scan |");
    for (size_t c = 0; c < COLUMNS; c++)
        (void)printf(" %u |", packets[c]);
    (void)printf("\n| --- | --- |");
    for (size_t c = 0; c < COLUMNS; c++)
        (void)printf(" --- |");
    (void)printf("\n");
    for (size_t p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++) {
        struct telescope t = look(logs, 32 - prefixes[p], 0x2d210000);

        for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
            curve(logs, &t, prefixes[p], &settings[i]);
        free(t.logs);
    }
    (void)printf("\nwrong generators: %u; %.0f us a search\n\n", wrong, spent_s / judged * 1e6);
    spent_s = judged = 0;
    (void)printf(
        "| telescope | order | sources | taken for ZMap |\n| --- | --- | --- | --- |\n");
    for (size_t p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++) {
        struct telescope t = look(logs, 32 - prefixes[p], 0x2d210000);

        strangers(logs, &t, prefixes[p]);
        free(t.logs);
    }
    (void)printf("\n%.0f us a search\n", spent_s / judged * 1e6);
    nj_logs_free(logs);
    return 0;
}
