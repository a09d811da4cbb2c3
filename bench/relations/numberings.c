/* SPDX-License-Identifier: Apache-2.0 */
/* How many targets does it take to know a ZMap scan whose user blocks and allows other
 * addresses than the default list does? Scans are made here by the definition of model/zmap.h,
 * seen by telescopes of several sizes, and looked for with search_walk and search_numberings;
 * beside them sources in other orders, which must never be taken for one.
 *
 * What is enumerated is tried in a window around the truth, since a whole round takes a second;
 * strangers go through whole rounds. Prints tables; the seeds are fixed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "order/search.h"

#define TRIALS 50u
#define EACH 25u /* scans with the same list */
#define SCAN_S 10800.0
#define NET 0x2d210000u /* 45.33.0.0 */
#define SIZE_MAX_BITS 16u

enum reach_kind { KNOWN, FEW, WINDOW, LEARNED };

struct setting {
    const char *name;
    enum reach_kind reach;
    struct numbering truth; /* base: see `shift` */
    int64_t shift;          /* below 0: drawn from 1 .. -shift blocks of 16384 */
    unsigned ports;
    unsigned parts; /* threads */
    double drift;   /* of each thread's rate; and packets come 20 ms off their time */
};

struct seen {
    double at;
    uint32_t dst;
    uint16_t port;
};

static int by_time(const void *left, const void *right)
{
    const struct seen *a = left, *b = right;

    return a->at < b->at ? -1 : a->at > b->at;
}

static struct nj_logs *logs_of(const struct zmap_size *size)
{
    static struct nj_logs *all[ZMAP_SIZES];
    struct nj_logs **logs = &all[size - zmap_sizes];

    if (*logs == NULL)
        *logs = nj_logs_new(size->group);
    if (*logs == NULL)
        abort();
    return *logs;
}

static unsigned bits_of(unsigned count)
{
    unsigned bits = 0;

    while (1u << bits < count)
        bits++;
    return bits;
}

static struct seen all[(1u << SIZE_MAX_BITS) * 4];

/* The logarithms of all targets, kept until the numbering changes. */
static const uint64_t *exponents_of(const struct nj_logs *logs, const struct numbering *truth,
                                    uint32_t addresses, unsigned ports)
{
    static uint64_t exponents[sizeof(all) / sizeof(all[0])];
    static struct numbering last;
    static uint32_t last_addresses;
    static unsigned last_ports;

    if (memcmp(&last, truth, sizeof(last)) == 0 && last_addresses == addresses &&
        last_ports == ports)
        return exponents;
    last = *truth;
    last_addresses = addresses;
    last_ports = ports;
    for (uint32_t i = 0; i < addresses; i++)
        for (unsigned k = 0; k < ports; k++)
            exponents[i * ports + k] =
                nj_log(logs, (numbering_index(truth, NET + i) << bits_of(ports) | k) + 1);
    return exponents;
}

/* Mean 0, deviation 1. */
static double noise(struct nj_rng *rng)
{
    double sum = -6;

    for (int i = 0; i < 12; i++)
        sum += (double)nj_rng_u32(rng) / 4294967296.0;
    return sum;
}

/* Popular ones, or a range. */
static uint16_t port_of(const struct setting *s, unsigned k)
{
    static const uint16_t popular[24] = {22,   23,    80,    81,    443,   1433,  2323,  3306,
                                         3389, 5432,  5900,  6379,  8000,  8080,  8443,  9200,
                                         9443, 10000, 11211, 27017, 37215, 50050, 52869, 60001};

    return s->ports <= 24 ? popular[k] : (uint16_t)(8000 + k);
}

/* The first targets of one scan. @return its generator */
static uint64_t scan(const struct setting *s, const struct numbering *truth, unsigned bits,
                     struct nj_rng *rng, unsigned count, struct target_sample *ret)
{
    unsigned port_bits = bits_of(s->ports);
    const struct zmap_size *size = zmap_size_for(truth->ip_bits + port_bits);
    const struct nj_logs *logs = logs_of(size);
    uint64_t m = size->group->prime - 1, part = m / s->parts, g, u;
    uint64_t limit = m < ZMAP_ROOT_LIMIT ? m : ZMAP_ROOT_LIMIT, start = nj_rng_below64(rng, m);
    uint32_t addresses = 1u << bits, n = 0;
    const uint64_t *exponents;
    double pace[16];

    while (addresses * s->ports > sizeof(all) / sizeof(all[0]))
        addresses /= 2;
    do {
        g = 2 + nj_rng_below64(rng, limit - 2);
    } while (!nj_group_generates(size->group, g));
    u = nj_mod_inverse(nj_log(logs, g), m);
    exponents = exponents_of(logs, truth, addresses, s->ports);
    for (unsigned i = 0; i < s->parts; i++)
        pace[i] = SCAN_S * (1 + s->drift * noise(rng));
    for (uint32_t i = 0; i < addresses; i++)
        for (unsigned k = 0; k < s->ports; k++) {
            uint64_t e = exponents[i * s->ports + k];

            uint64_t step = nj_mod_mul((e + m - start) % m, u, m), thread = step / part;

            thread = thread < s->parts ? thread : s->parts - 1;
            all[n++] = (struct seen){
                .at = (double)(step - thread * part) / (double)part * pace[thread] +
                      (s->drift > 0 ? 0.02 * noise(rng) : 0),
                .dst = NET + i,
                .port = port_of(s, k),
            };
        }
    qsort(all, n, sizeof(all[0]), by_time);
    memset(ret, 0, sizeof(*ret));
    for (uint32_t i = 0; i < n && i < count; i++)
        (void)sample_add(ret, all[i].dst, all[i].port, (int64_t)(all[i].at * 1e9));
    return g;
}

static struct numbering draw(const struct setting *s, struct nj_rng *rng)
{
    struct numbering truth = s->truth;

    if (s->shift < 0)
        truth.base += (int64_t)(1 + nj_rng_below64(rng, (uint64_t)-s->shift)) * ZMAP_BLOCK;
    return truth;
}

/* Begin the enumeration some tries before the truth. */
static bool aim(struct numbering_memory *memory, const struct numbering *truth, unsigned bits)
{
    const struct numbering_piece piece = {NET, NET + (1u << bits) - 1};

    for (uint32_t n = 0; n < NUMBERINGS; n++) {
        struct numbering one;

        if (numbering_enumerated(piece, n, &one) &&
            zmap_size_for(one.ip_bits) == zmap_size_for(truth->ip_bits) &&
            numbering_index(&one, NET) == numbering_index(truth, NET)) {
            memory->cursor = (n + NUMBERINGS - 20) % NUMBERINGS;
            return true;
        }
    }
    return false;
}

static uint32_t wrong, found_in_all;

static bool is_found(const struct setting *s, const struct numbering *truth, unsigned bits,
                     const struct target_sample *sample, struct search_found *ret)
{
    static struct searcher *searcher;
    struct numbering_memory memory = {.count = 0};
    uint32_t tries = s->reach == WINDOW ? 160 : NUMBERINGS_PLAUSIBLE;

    if (searcher == NULL)
        searcher = searcher_new();
    if (search_walk(searcher, sample, SEARCH_THOROUGH, ret, NULL) > 0)
        return true;
    if (s->reach == KNOWN)
        return false;
    if (s->reach == LEARNED)
        numbering_learn(&memory, truth);
    if (s->reach == WINDOW && !aim(&memory, truth, bits))
        return false;
    return search_numberings(searcher, sample, &memory,
                             s->reach == LEARNED ? REACH_LEARNED
                             : s->reach == FEW   ? REACH_PLAUSIBLE
                                                 : REACH_ALL,
                             &tries, ret, NULL) > 0;
}

static const unsigned targets[] = {8, 10, 12, 16, 24, 32, 40};
#define COLUMNS (sizeof(targets) / sizeof(targets[0]))

static void curve(const struct setting *s, unsigned bits)
{
    (void)printf("| %s | /%u |", s->name, 32 - bits);
    for (size_t c = 0; c < COLUMNS; c++) {
        struct nj_rng rng = nj_rng(bits * 100 + c, (uint64_t)s->truth.ip_bits * 20 + s->ports);
        struct numbering truth;
        unsigned right = 0;

        for (unsigned trial = 0; trial < TRIALS; trial++) {
            struct target_sample sample;
            struct search_found found;
            uint64_t g;

            if (trial % EACH == 0)
                truth = draw(s, &rng);
            g = scan(s, &truth, bits, &rng, targets[c], &sample);
            if (!is_found(s, &truth, bits, &sample, &found))
                continue;
            right += found.walk.generator == g;
            wrong += found.walk.generator != g;
            found_in_all++;
        }
        (void)printf(" %.2f |", (double)right / TRIALS);
        (void)fflush(stdout);
    }
    (void)printf("\n");
}

/* Targets in no such order: all that is plausible for many, whole rounds for a few. */
static void strangers(unsigned bits, unsigned sources, uint32_t tries)
{
    struct searcher *searcher = searcher_new();
    static const char *const names[] = {"random", "sequential", "stride 7"};

    for (unsigned kind = 0; kind < 3; kind++) {
        struct nj_rng rng = nj_rng(bits, 2000 + kind);
        unsigned told = 0;
        clock_t begin = clock();
        uint64_t tried = 0;

        for (unsigned i = 0; i < sources; i++) {
            struct numbering_memory memory = {.count = 0};
            struct target_sample sample = {.count = 0};
            uint32_t left = tries, at = nj_rng_u32(&rng), mask = (1u << bits) - 1;
            struct search_found found;

            for (uint32_t n = 0; sample.count < ORDER_TARGETS; n++)
                (void)sample_add(&sample,
                                 NET + ((kind == 0   ? nj_rng_u32(&rng)
                                         : kind == 1 ? at + n
                                                     : at + 7 * n) &
                                        mask),
                                 80,
                                 (int64_t)((n + 0.3 * nj_rng_below(&rng, 1000) / 1000) * 1e9));
            told += search_walk(searcher, &sample, SEARCH_THOROUGH, &found, NULL) > 0 ||
                    search_numberings(searcher, &sample, &memory, REACH_ALL, &left, &found,
                                      NULL) > 0;
            tried += tries - left;
        }
        (void)printf("| /%u | %s | %u | %llu | %u | %.1f us |\n", 32 - bits, names[kind],
                     sources, (unsigned long long)tried, told,
                     (double)(clock() - begin) / CLOCKS_PER_SEC / (double)tried * 1e6);
        (void)fflush(stdout);
    }
    searcher_free(searcher);
}

#define DEFAULT                                                                                \
    {                                                                                          \
        .ip_bits = 32, .block = ZMAP_BLOCK                                                     \
    }

/* The same with ports of a range: what guesses of ports cost, and whether they find what is not
 * there. */
static void many_ports(unsigned ports, unsigned sources)
{
    struct searcher *searcher = searcher_new();
    struct nj_rng rng = nj_rng(ports, 3000);
    clock_t begin = clock();
    unsigned told = 0;

    for (unsigned i = 0; i < sources; i++) {
        struct target_sample sample = {.count = 0};
        struct search_found found;

        for (uint32_t n = 0; sample.count < ORDER_TARGETS; n++)
            (void)sample_add(&sample, NET + nj_rng_below(&rng, 4096),
                             (uint16_t)(8000 + nj_rng_below(&rng, ports)),
                             (int64_t)n * INT64_C(1000000000));
        told += search_walk(searcher, &sample, SEARCH_THOROUGH, &found, NULL) > 0;
    }
    (void)printf("| %u | %u | %u | %.0f us |\n", ports, sources, told,
                 (double)(clock() - begin) / CLOCKS_PER_SEC / sources * 1e6);
    searcher_free(searcher);
}

int main(int argc, char **argv)
{
    static const struct setting settings[] = {
        {"default list", KNOWN, DEFAULT, 0, 1, 1, 0},
        {"private networks and loopback only", FEW, {32, 0, 1 << 24}, 0, 1, 1, 0},
        {"default and 13 /8", FEW, {32, ZMAP_BLOCK, 13 << 24}, 0, 1, 1, 0},
        {"default and up to 500 entries", WINDOW, DEFAULT, -500, 1, 1, 0},
        {"the same, 4 threads, noise", WINDOW, DEFAULT, -500, 1, 4, 0.001},
        {"the same, list known", LEARNED, DEFAULT, -500, 1, 1, 0},
        {"a prefix /4", FEW, {28, ZMAP_BLOCK, 0x20000000 - 0x2000000}, 0, 1, 1, 0},
        {"a prefix /8", FEW, {24, 0, 0x2d000000}, 0, 1, 1, 0},
        {"a prefix /12", FEW, {20, 0, 0x2d200000}, 0, 1, 1, 0},
        {"a prefix /16", FEW, {16, 0, 0x2d210000}, 0, 1, 1, 0},
        {"allow list of 4 million", WINDOW, {22, 0, 0x2d210000 - 0x200000}, -60, 1, 1, 0},
        {"allow list of 100 million", WINDOW, {27, 0, 0x2d210000 - 0x4000000}, -4000, 1, 1, 0},
        {"2 ports", KNOWN, DEFAULT, 0, 2, 1, 0},
        {"4 ports", KNOWN, DEFAULT, 0, 4, 1, 0},
        {"8 ports", KNOWN, DEFAULT, 0, 8, 1, 0},
        {"12 ports", KNOWN, DEFAULT, 0, 12, 1, 0},
        {"16 ports", KNOWN, DEFAULT, 0, 16, 1, 0},
        {"16 ports, 4 threads, noise", KNOWN, DEFAULT, 0, 16, 4, 0.001},
        {"20 ports", KNOWN, DEFAULT, 0, 20, 1, 0},
        {"24 ports", KNOWN, DEFAULT, 0, 24, 1, 0},
        {"ports 8000-8099", KNOWN, DEFAULT, 0, 100, 1, 0},
        {"ports 8000-8199", KNOWN, DEFAULT, 0, 200, 1, 0},
        {"2 ports of a /8", FEW, {24, 0, 0x2d000000}, 0, 2, 1, 0},
        {"8 ports, private networks only", FEW, {32, 0, 1 << 24}, 0, 8, 1, 0},
    };
    static const unsigned telescopes[] = {6, 8, 12};
    clock_t begin = clock();

    (void)printf("| scan | telescope |");
    for (size_t c = 0; c < COLUMNS; c++)
        (void)printf(" %u |", targets[c]);
    (void)printf("\n| --- | --- |");
    for (size_t c = 0; c < COLUMNS; c++)
        (void)printf(" --- |");
    (void)printf("\n");
    for (size_t i = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
         i < sizeof(settings) / sizeof(settings[0]); i++)
        for (size_t t = 0; t < sizeof(telescopes) / sizeof(telescopes[0]); t++)
            curve(&settings[i], telescopes[t]);
    (void)printf("\nwrong generators: %u of %u; %.0f s\n\n", wrong, found_in_all,
                 (double)(clock() - begin) / CLOCKS_PER_SEC);
    (void)printf("| ports | sources | taken for ZMap | each |\n| --- | --- | --- | --- |\n");
    for (unsigned ports = 1; ports <= 256; ports *= 2)
        many_ports(ports, 2000);
    (void)printf("\n");
    (void)fflush(stdout);
    (void)printf("| telescope | order | sources | numberings tried | taken for ZMap | each |\n"
                 "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t t = 0; t < sizeof(telescopes) / sizeof(telescopes[0]); t++) {
        strangers(telescopes[t], 2000, NUMBERINGS_PLAUSIBLE);
        strangers(telescopes[t], 8, NUMBERINGS);
    }
    return 0;
}
