/* SPDX-License-Identifier: Apache-2.0 */
/* The least that any program of this kind must do: map a capture, read the Ethernet, IPv4 and
 * TCP headers of each packet, and touch one table entry per source.
 *
 *   floor FILE.pcap
 *   packets 20000000 sources 400000 other 0 syn 19876543 ns_per_packet 25.1
 *
 * Prints what it counted and its wall time per packet. Packets are read in rounds: headers
 * first, each source's entry is then on its way from memory when the second pass updates it.
 * Only pcap in this machine's byte order with link type Ethernet or raw IP; everything but IPv4
 * is "other". Built by bench/ingest with `cc -O2`; no part of the program. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROUND 64u
#define TABLE_BITS 22u /* 4 M entries of 32 bytes, at most half of them taken */

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define LINK_ETHERNET 1u
#define LINK_RAW 101u

struct source {
    uint32_t address;
    uint32_t packets; /* 0: free */
    uint64_t bytes;
    uint32_t first_s, last_s;
    uint32_t ports; /* or-ed bits of the destination ports */
    uint32_t syn;
};

struct seen {
    uint32_t address, bytes, time_s;
    uint16_t port;
    uint8_t flags;
    uint32_t slot;
};

struct counts {
    uint64_t packets, other, sources, syn;
};

static uint32_t u32(const uint8_t *at)
{
    uint32_t v;

    memcpy(&v, at, sizeof(v));
    return v;
}

static uint16_t be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static int fail(const char *what, const char *path)
{
    (void)fprintf(stderr, "floor: %s: %s\n", path, what);
    return 1;
}

/* Source, destination port and flags of one frame. @return false if it is no IPv4 */
static bool decode(const uint8_t *frame, size_t length, uint32_t link, struct seen *seen)
{
    const uint8_t *ip = frame;
    size_t header;

    if (link == LINK_ETHERNET) {
        if (length < 14 || be16(frame + 12) != 0x0800)
            return false;
        ip += 14;
        length -= 14;
    }
    if (length < 20 || ip[0] >> 4 != 4)
        return false;
    header = (size_t)(ip[0] & 15) * 4;
    seen->address = __builtin_bswap32(u32(ip + 12));
    seen->bytes = be16(ip + 2);
    seen->port = 0;
    seen->flags = 0;
    if (ip[9] == 6 && header >= 20 && length >= header + 14) {
        seen->port = be16(ip + header + 2);
        seen->flags = ip[header + 13];
    }
    return true;
}

static void update(struct source *table, const struct seen *seen, struct counts *counts)
{
    const uint32_t mask = (1u << TABLE_BITS) - 1;
    uint32_t slot = seen->slot;
    struct source *s;

    while (table[slot].packets != 0 && table[slot].address != seen->address)
        slot = (slot + 1) & mask;
    s = &table[slot];
    if (s->packets == 0) {
        s->address = seen->address;
        s->first_s = seen->time_s;
        counts->sources++;
    }
    s->packets++;
    s->bytes += seen->bytes;
    s->last_s = seen->time_s;
    s->ports |= 1u << (seen->port & 31);
    if ((seen->flags & 0x12) == 0x02) {
        s->syn++;
        counts->syn++;
    }
}

/* @return 0; 1 when the table is full */
static int count(const uint8_t *bytes, size_t size, uint32_t link, struct source *table,
                 struct counts *counts)
{
    size_t at = 24;
    bool more = true;

    while (more) {
        struct seen round[ROUND];
        unsigned n = 0;

        while (n < ROUND && (more = size - at >= 16)) {
            uint32_t length = u32(bytes + at + 8);

            if (length > size - at - 16) {
                more = false; /* cut off */
                break;
            }
            counts->packets++;
            round[n].time_s = u32(bytes + at);
            if (decode(bytes + at + 16, length, link, &round[n])) {
                /* 2^32 / phi: the upper bits depend on all of the address */
                round[n].slot = round[n].address * 2654435769u >> (32 - TABLE_BITS);
                __builtin_prefetch(&table[round[n].slot], 1);
                n++;
            } else {
                counts->other++;
            }
            at += 16 + length;
        }
        for (unsigned i = 0; i < n; i++)
            update(table, &round[i], counts);
        if (counts->sources > 1u << (TABLE_BITS - 1))
            return 1;
    }
    return 0;
}

static double now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    double start = now_ns();
    struct counts counts = {.packets = 0};
    struct source *table;
    const uint8_t *bytes;
    struct stat st;
    uint32_t link;
    int file;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: floor FILE.pcap\n");
        return 2;
    }
    file = open(argv[1], O_RDONLY);
    if (file < 0 || fstat(file, &st) < 0 || st.st_size < 24)
        return fail("can't be opened, or is no capture", argv[1]);
    bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (bytes == MAP_FAILED)
        return fail("can't be mapped", argv[1]);
    link = u32(bytes + 20) & 0xffff;
    if ((u32(bytes) != MAGIC_US && u32(bytes) != MAGIC_NS) ||
        (link != LINK_ETHERNET && link != LINK_RAW))
        return fail("needs pcap in this machine's byte order, Ethernet or raw IP", argv[1]);
    table = calloc(1u << TABLE_BITS, sizeof(*table));
    if (table == NULL)
        return fail("no memory", argv[1]);
    if (count(bytes, (size_t)st.st_size, link, table, &counts) != 0)
        return fail("more sources than the table holds", argv[1]);
    printf("packets %" PRIu64 " sources %" PRIu64 " other %" PRIu64 " syn %" PRIu64
           " ns_per_packet %.1f\n",
           counts.packets, counts.sources, counts.other, counts.syn,
           counts.packets == 0 ? 0 : (now_ns() - start) / (double)counts.packets);
    free(table);
    return 0;
}
