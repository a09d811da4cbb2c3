/* SPDX-License-Identifier: Apache-2.0 */
/* Measures the finder of field relations: how many packets it needs for relations that nobody
 * has named, whether it sees any where there is none, and what it costs. Seeded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "relation/find.h"
#include "relation/relation.h"

#define NS_PER_S 1000000000ll
#define TELESCOPE 0xcb000000u

struct seen {
    unsigned whole, mixed;
    bool words; /* print those of new families */
    char value[TRAIT_VALUE_MAX];
};

static int keep(void *ctx, const struct trait *trait, struct nj_err *err)
{
    struct seen *seen = ctx;

    (void)err;
    if (strcmp(trait->kind, "family") == 0 && seen->words)
        (void)fprintf(stderr, "%s\n", trait->value);
    if (strcmp(trait->kind, "relation") != 0)
        return 0;
    if (strstr(trait->value, " mixed") != NULL)
        seen->mixed++;
    else
        seen->whole++;
    memcpy(seen->value, trait->value, sizeof(seen->value));
    return 0;
}

static struct relations *relations(struct seen *seen)
{
    const struct relation_options options = {.max_light = 0};
    struct relations *r = NULL;
    struct nj_err err;

    memset(seen, 0, sizeof(*seen));
    if (relations_new(&options, keep, seen, &r, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    return r;
}

/* ---- programs
 * ------------------------------------------------------------------------------ */

/* A SYN of random fields to a telescope of 2^bits addresses and one of `ports` ports. */
static struct packet syn(struct nj_rng *rng, unsigned bits, unsigned ports)
{
    return (struct packet){
        .dst = addr_from_v4(TELESCOPE | (nj_rng_u32(rng) & ((1u << bits) - 1))),
        .dport = (uint16_t)(ports == 1 ? 23 : nj_mix64(nj_rng_below(rng, ports))),
        .sport = (uint16_t)nj_rng_between(rng, 1024, 65535),
        .proto = PROTO_TCP,
        .ip_version = 4,
        .ttl = 51,
        .ip_id = (uint16_t)nj_rng_u32(rng),
        .tcp_flags = TCP_SYN,
        .window = 1024,
        .seq = nj_rng_u32(rng),
    };
}

static void send(struct relations *r, struct packet *packet, uint32_t who, uint32_t n)
{
    packet->src = addr_from_v4(0x0a000000 | who);
    packet->src_hash = nj_mix64(who + 1);
    packet->episode_packets = n;
    packet->time_ns = n * NS_PER_S;
    if (relations_add(r, packet, NULL) < 0)
        exit(1);
}

/* A program that computes some bits of its packets from the others, by a random matrix. */
struct program {
    unsigned telescope, ports;
    unsigned bits;           /* that it computes */
    unsigned at[32];         /* columns: of the IP ID, or the sequence number */
    struct columns from[32]; /* what each is the parity of */
    uint32_t constants;
};

static struct program program(struct nj_rng *rng, unsigned bits)
{
    struct program p = {.telescope = nj_rng_between(rng, 8, 20),
                        .ports = 1u << nj_rng_below(rng, 13),
                        .bits = bits,
                        .constants = nj_rng_u32(rng)};
    bool id = bits <= 16 && nj_rng_below(rng, 2) == 0;
    unsigned dense = nj_rng_between(rng, 1, 8); /* terms, or half of all columns */
    struct space rows;

    /* rows that depend on each other, or on a port that is always the same, decide less than
     * `bits` bits: those are drawn anew */
    space_init(&rows, true);
    while (rows.rank < bits) {
        static const enum field others[] = {FIELD_SPORT, FIELD_DPORT, FIELD_DST};
        unsigned i = rows.rank;
        struct columns ports = field_columns(FIELD_DPORT), row = {{0}}, part;

        for (unsigned k = 0; k < (dense == 8 ? 40 : dense); k++)
            columns_flip(&row,
                         field_column(others[nj_rng_below(rng, 3)], nj_rng_below(rng, 8)));
        columns_flip(&row, field_column(FIELD_SPORT, nj_rng_below(rng, 10)));
        if (i >= 8) /* the fields above have not many more dimensions */
            columns_flip(&row,
                         id ? field_column(FIELD_SEQ, i) : field_column(FIELD_ID, i % 16));
        p.from[i] = row;
        p.at[i] = field_column(id ? FIELD_ID : FIELD_SEQ, i);
        part = columns_and(&row, &ports);
        columns_xor(&row, &part);
        (void)space_add(&rows, row);
    }
    return p;
}

static struct packet packet_of(const struct program *p, struct nj_rng *rng)
{
    struct packet packet = syn(rng, p->telescope, p->ports);
    struct sight sight;
    struct columns columns;

    sight_read(&packet, &sight);
    columns = sight_columns(&sight);
    for (unsigned i = 0; i < p->bits; i++) {
        bool bit = columns_dot(&p->from[i], &columns) != (p->constants >> i & 1);

        if (bit != columns_get(&columns, p->at[i]))
            columns_flip(&columns, p->at[i]);
    }
    packet.ip_id = (uint16_t)(columns.word[0] >> 48);
    packet.seq = (uint32_t)(columns.word[0] >> 16);
    return packet;
}

/* ---- what is found
 * ------------------------------------------------------------------------- */

/* Packets until a family of exactly that many bits is told, and D + 20 then; 0: it was not. */
static unsigned packets_needed(const struct program *p, struct nj_rng *rng, unsigned *ret_bound)
{
    struct columns varying = {{0}}, first = {{0}};
    struct seen seen;
    struct relations *r = relations(&seen);
    unsigned n = 0, bits = 0;

    while (n < FIND_SIGHTS && seen.whole + seen.mixed == 0) {
        struct packet packet = packet_of(p, rng);
        struct sight sight;
        struct columns at;

        send(r, &packet, 1, ++n);
        sight_read(&packet, &sight);
        at = sight_columns(&sight);
        first = n == 1 ? at : first;
        for (unsigned i = 0; i < COLUMN_WORDS; i++)
            varying.word[i] |= at.word[i] ^ first.word[i];
    }
    relations_free(r);
    *ret_bound = columns_count(&varying) + FIND_SPARE;
    if (seen.whole == 0 || sscanf(seen.value + strcspn(seen.value, " "), " %*s %u", &bits) != 1)
        return 0;
    return bits == p->bits ? n : 0;
}

static void injected(uint64_t seed, unsigned each)
{
    (void)printf("| bits | programs | found | within D + 20 | packets, median | most |\n"
                 "| --- | --- | --- | --- | --- | --- |\n");
    for (unsigned bits = 8; bits <= 32; bits += 4) {
        struct nj_rng rng = nj_rng(seed, bits);
        unsigned found = 0, within = 0, most = 0, median = 0;
        unsigned histogram[FIND_SIGHTS + 1] = {0};

        for (unsigned i = 0; i < each; i++) {
            struct program p = program(&rng, bits);
            unsigned bound, n = packets_needed(&p, &rng, &bound);

            found += n > 0;
            within += n > 0 && n <= bound;
            most = n > most ? n : most;
            histogram[n]++;
        }
        for (unsigned sum = histogram[0]; sum * 2 < each && median < FIND_SIGHTS;)
            sum += histogram[++median];
        (void)printf("| %u | %u | %u | %u | %u | %u |\n", bits, each, found, within, median,
                     most);
    }
}

/* ---- what is not there
 * --------------------------------------------------------------------- */

enum { LINUX_NEW, LINUX_OLD, WINDOWS, BSD_CLOCK, ZMAP_4, FIXED, UDP, FEW_BOTS, STACKS };
static const char *const stack_names[STACKS] = {
    [LINUX_NEW] = "Linux: even ports, random ID",
    [LINUX_OLD] = "Linux: ports 32768-61000",
    [WINDOWS] = "Windows: ID and port count",
    [BSD_CLOCK] = "BSD: sequence by a clock",
    [ZMAP_4] = "ZMap 4.1: keyed hash",
    [FIXED] = "fixed port, window, sequence",
    [UDP] = "UDP, random port",
    [FEW_BOTS] = "four fixed programs at once",
};

struct host {
    unsigned stack, telescope, ports;
    uint32_t clock, key[4];
    uint16_t id, sport;
};

static struct packet of_host(struct host *h, struct nj_rng *rng)
{
    struct packet p = syn(rng, h->telescope, h->ports);
    uint32_t key = h->key[nj_rng_below(rng, 4)];

    p.df = true;
    switch (h->stack) {
    case LINUX_NEW:
        p.sport = (uint16_t)(32768 + 2 * nj_rng_below(rng, 14116));
        break;
    case LINUX_OLD:
        p.sport = (uint16_t)nj_rng_between(rng, 32768, 61000);
        break;
    case WINDOWS: /* steps: what it sends elsewhere */
        h->id = (uint16_t)(h->id + 1 + nj_rng_below(rng, 3));
        h->sport = (uint16_t)(49152 + (h->sport + 1 + nj_rng_below(rng, 3)) % 16384);
        p.ip_id = h->id;
        p.sport = h->sport;
        break;
    case BSD_CLOCK:
        h->clock += 64000 + nj_rng_below(rng, 2000);
        p.seq = h->clock;
        p.sport = ++h->sport;
        break;
    case ZMAP_4: {
        uint64_t hash = nj_mix64(addr_v4(p.dst) ^ (uint64_t)p.dport << 32 ^ h->key[0]);

        p.seq = (uint32_t)hash;
        p.sport = (uint16_t)(32768 + (hash >> 32) % 28233);
        p.ip_id = (uint16_t)nj_mix64(hash);
        p.df = false;
        break;
    }
    case FIXED:
        p.sport = (uint16_t)h->key[0];
        p.seq = h->key[1];
        break;
    case UDP:
        p.proto = PROTO_UDP;
        break;
    default:
        p.sport = (uint16_t)(key >> 3);
        p.window = (uint16_t)(key >> 16);
        p.seq = key * 2654435761u;
    }
    return p;
}

static void spurious(uint64_t seed, unsigned sources)
{
    unsigned said[STACKS] = {0}, of[STACKS] = {0};
    uint64_t packets = 0;
    struct nj_rng rng = nj_rng(seed, 1000);
    struct seen seen;
    struct relations *r = relations(&seen);
    struct relation_counts counts;

    for (unsigned i = 0; i < 20; i++) { /* families to try on everybody */
        struct program p = program(&rng, 16 + 16 * (i & 1));

        for (uint32_t n = 1; n <= FIND_SIGHTS; n++) {
            struct packet packet = packet_of(&p, &rng);

            send(r, &packet, i, n);
        }
    }
    for (unsigned i = 0; i < sources; i++) {
        struct host host = {.stack = i % STACKS,
                            .telescope = nj_rng_between(&rng, 8, 20),
                            .ports = 1u << nj_rng_below(&rng, 13),
                            .clock = nj_rng_u32(&rng),
                            .id = (uint16_t)nj_rng_u32(&rng),
                            .sport = (uint16_t)nj_rng_u32(&rng)};
        seen.words = true;
        unsigned before = seen.whole + seen.mixed;

        for (unsigned k = 0; k < 4; k++)
            host.key[k] = nj_rng_u32(&rng);
        for (uint32_t n = 1; n <= FIND_SIGHTS + 4; n++) {
            struct packet packet = of_host(&host, &rng);

            send(r, &packet, 100 + i, n);
            packets++;
        }
        if (seen.whole + seen.mixed != before) {
            if (said[host.stack]++ < 3)
                (void)fprintf(stderr, "%s: %s\n", stack_names[host.stack], seen.value);
        }
        of[host.stack]++;
    }
    counts = *relations_counts(r);
    (void)printf("\n| stack | sources | spurious |\n| --- | --- | --- |\n");
    for (unsigned i = 0; i < STACKS; i++)
        (void)printf("| %s | %u | %u |\n", stack_names[i], of[i], said[i]);
    (void)printf("\n%llu packets, %llu families known\n", (unsigned long long)packets,
                 (unsigned long long)counts.families);
    relations_free(r);
}

/* ---- two programs behind one address
 * ------------------------------------------------------- */

static void mixtures(uint64_t seed, unsigned count)
{
    (void)printf("\n| packets of the first | told apart by window | said to be mixed | nothing "
                 "said |\n| --- | --- | --- | --- |\n");
    for (unsigned share = 1; share <= 3; share++)
        for (unsigned apart = 0; apart < 2; apart++) {
            struct nj_rng rng = nj_rng(seed, 2000 + share);
            unsigned mixed = 0, nothing = 0;

            for (unsigned i = 0; i < count; i++) {
                struct program p = program(&rng, 16);
                struct seen seen;
                struct relations *r = relations(&seen);

                for (uint32_t n = 1; n <= FIND_SIGHTS; n++) {
                    bool first = nj_rng_below(&rng, 4) < share;
                    struct packet packet =
                        first ? packet_of(&p, &rng) : syn(&rng, p.telescope, p.ports);

                    packet.window = first || apart == 0 ? 1024 : 4128;
                    send(r, &packet, 1, n);
                }
                mixed += seen.mixed > 0;
                nothing += seen.mixed + seen.whole == 0;
                relations_free(r);
            }
            (void)printf("| %u %% | %s | %u of %u | %u |\n", share * 25,
                         apart == 0 ? "no" : "yes", mixed, count, nothing);
        }
}

/* ---- costs
 * --------------------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ns for a packet of `sources` sources that send `from` to `to` each, in turns; `p` NULL: of a
 * host's random fields. */
static double cost(const struct program *p, unsigned sources, uint32_t from, uint32_t to)
{
    struct nj_rng rng = nj_rng(1, 3000);
    struct seen seen;
    struct relations *r = relations(&seen);
    struct packet *packets = calloc(4096, sizeof(*packets));
    double begin, spent;
    uint64_t count = 0;

    if (packets == NULL)
        exit(1);
    for (unsigned i = 0; i < 4096; i++)
        packets[i] = p != NULL ? packet_of(p, &rng) : syn(&rng, 16, 64);
    begin = seconds();
    for (uint32_t n = from; n <= to; n++)
        for (unsigned i = 0; i < sources; i++, count++)
            send(r, &packets[(i * 257 + n) % 4096], i, n);
    spent = seconds() - begin;
    free(packets);
    relations_free(r);
    return spent / (double)count * 1e9;
}

static void costs(void)
{
    struct nj_rng rng = nj_rng(1, 3001);
    struct program wide = program(&rng, 32);

    (void)printf("\n| what | ns a packet |\n| --- | --- |\n");
    (void)printf("| first 7 packets of 10,000 sources in turns | %.0f |\n",
                 cost(NULL, 10000, 1, 7));
    (void)printf("| 256 packets of 1,000 random sources | %.0f |\n", cost(NULL, 1000, 1, 256));
    (void)printf("| 256 packets of 1,000 sources of one 32-bit relation | %.0f |\n",
                 cost(&wide, 1000, 1, 256));
    (void)printf("| packets 300 to 1,000 of 1,000 sources | %.0f |\n",
                 cost(NULL, 1000, 300, 1000));
    (void)printf("| later ones | %.1f |\n", cost(NULL, 1000, 2000, 9000));
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    unsigned each = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000;
    unsigned sources = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 100000;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    injected(seed, each);
    spurious(seed, sources);
    mixtures(seed, 200);
    costs();
    return 0;
}
