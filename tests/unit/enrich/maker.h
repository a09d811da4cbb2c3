/* SPDX-License-Identifier: Apache-2.0 */
/* Builds small MaxMind-format files for tests (MaxMind DB File Format Specification 2.0). */
#ifndef NJ_TESTS_ENRICH_MAKER_H
#define NJ_TESTS_ENRICH_MAKER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/addr.h"

#define MAKER_NODES 1024u
#define MAKER_DATA 16384u
#define MAKER_EMPTY 0xffffffffu
#define MAKER_RECORD 0x80000000u /* the rest is an offset in `data` */

struct maker {
    uint32_t nodes[MAKER_NODES][2];
    uint32_t count;
    uint8_t data[MAKER_DATA];
    size_t length;
    unsigned ip_version; /* 4 or 6 */
};

static inline struct maker *maker_new(unsigned ip_version)
{
    struct maker *m = calloc(1, sizeof(*m));

    if (m == NULL)
        abort();
    m->ip_version = ip_version;
    m->count = 1;
    m->nodes[0][0] = m->nodes[0][1] = MAKER_EMPTY;
    return m;
}

static inline void maker_bytes(struct maker *m, const void *bytes, size_t length)
{
    if (length > MAKER_DATA - m->length)
        abort();
    memcpy(m->data + m->length, bytes, length);
    m->length += length;
}

static inline void maker_head(struct maker *m, unsigned type, size_t length)
{
    uint8_t head[3];
    size_t used = 0;

    if (length > 28 + 256)
        abort();
    head[used++] = (uint8_t)((type < 8 ? type << 5 : 0) | (length < 29 ? length : 29));
    if (type >= 8)
        head[used++] = (uint8_t)(type - 7);
    if (length >= 29)
        head[used++] = (uint8_t)(length - 29);
    maker_bytes(m, head, used);
}

static inline void maker_map(struct maker *m, size_t pairs)
{
    maker_head(m, 7, pairs);
}

static inline void maker_array(struct maker *m, size_t elements)
{
    maker_head(m, 11, elements);
}

static inline void maker_text(struct maker *m, const char *text)
{
    maker_head(m, 2, strlen(text));
    maker_bytes(m, text, strlen(text));
}

static inline void maker_number(struct maker *m, unsigned type, size_t length, uint64_t bits)
{
    maker_head(m, type, length);
    for (size_t i = length; i-- > 0;) {
        uint8_t byte = (uint8_t)(bits >> 8 * i);

        maker_bytes(m, &byte, 1);
    }
}

static inline void maker_u32(struct maker *m, uint32_t number)
{
    maker_number(m, 6, 4, number);
}

static inline void maker_double(struct maker *m, double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    maker_number(m, 3, 8, bits);
}

static inline void maker_float(struct maker *m, float number)
{
    uint32_t bits;

    memcpy(&bits, &number, sizeof(bits));
    maker_number(m, 15, 4, bits);
}

/* A pointer to an offset below 2048. */
static inline void maker_pointer(struct maker *m, size_t offset)
{
    uint8_t bytes[2] = {(uint8_t)(0x20 | offset >> 8), (uint8_t)offset};

    maker_bytes(m, bytes, 2);
}

static inline unsigned maker_bit(const struct maker *m, struct addr a, unsigned i)
{
    if (m->ip_version == 4)
        return addr_v4(a) >> (31 - i) & 1;
    if (addr_is_v4(a))
        a.lo &= UINT32_MAX; /* IPv4 stands under ::/96 */
    return (unsigned)(i < 64 ? a.hi >> (63 - i) : a.lo >> (127 - i)) & 1;
}

/* The addresses of a prefix get the record at `offset`. The length counts in the address's own
 * family. */
static inline void maker_insert(struct maker *m, const char *address, unsigned bits,
                                size_t offset)
{
    struct addr a;
    uint32_t node = 0;

    if (addr_parse(address, &a, NULL) < 0)
        abort();
    if (m->ip_version == 6 && addr_is_v4(a))
        bits += 96;
    for (unsigned i = 0; i + 1 < bits; i++) {
        uint32_t *next = &m->nodes[node][maker_bit(m, a, i)];

        if (*next == MAKER_EMPTY) {
            if (m->count == MAKER_NODES)
                abort();
            m->nodes[m->count][0] = m->nodes[m->count][1] = MAKER_EMPTY;
            *next = m->count++;
        }
        node = *next;
    }
    m->nodes[node][maker_bit(m, a, bits - 1)] = MAKER_RECORD | (uint32_t)offset;
}

static inline void maker_record_24(FILE *out, const struct maker *m, uint32_t to)
{
    uint32_t value = to;

    if (to == MAKER_EMPTY)
        value = m->count;
    else if ((to & MAKER_RECORD) != 0)
        value = m->count + 16 + (to & ~MAKER_RECORD);
    (void)putc((int)(value >> 16 & 255), out);
    (void)putc((int)(value >> 8 & 255), out);
    (void)putc((int)(value & 255), out);
}

/* Write the file and free the maker. */
static inline void maker_write(struct maker *m, const char *path)
{
    static const uint8_t separator[16];
    struct maker *meta = maker_new(4);
    FILE *out = fopen(path, "wbe");

    if (out == NULL)
        abort();
    for (uint32_t i = 0; i < m->count; i++) {
        maker_record_24(out, m, m->nodes[i][0]);
        maker_record_24(out, m, m->nodes[i][1]);
    }
    (void)fwrite(separator, 1, sizeof(separator), out);
    (void)fwrite(m->data, 1, m->length, out);
    (void)fputs("\xab\xcd\xefMaxMind.com", out);
    maker_map(meta, 9);
    maker_text(meta, "node_count");
    maker_u32(meta, m->count);
    maker_text(meta, "record_size");
    maker_number(meta, 5, 2, 24);
    maker_text(meta, "ip_version");
    maker_number(meta, 5, 2, m->ip_version);
    maker_text(meta, "database_type");
    maker_text(meta, "Test");
    maker_text(meta, "binary_format_major_version");
    maker_number(meta, 5, 2, 2);
    maker_text(meta, "binary_format_minor_version");
    maker_number(meta, 5, 2, 0);
    maker_text(meta, "build_epoch");
    maker_number(meta, 9, 8, 1700000000);
    maker_text(meta, "languages");
    maker_array(meta, 0);
    maker_text(meta, "description");
    maker_map(meta, 0);
    (void)fwrite(meta->data, 1, meta->length, out);
    if (fclose(out) != 0)
        abort();
    free(meta);
    free(m);
}

/* {"country_code": COUNTRY}. @return its offset */
static inline size_t maker_flat_country(struct maker *m, const char *country)
{
    size_t offset = m->length;

    maker_map(m, 1);
    maker_text(m, "country_code");
    maker_text(m, country);
    return offset;
}

/* A record in MaxMind's layout of a city file, names in two languages. @return its offset */
static inline size_t maker_nested_city(struct maker *m, const char *country, const char *region,
                                       const char *city, double lat, double lon)
{
    size_t offset = m->length;

    maker_map(m, 4);
    maker_text(m, "city");
    maker_map(m, 2);
    maker_text(m, "geoname_id");
    maker_u32(m, 1);
    maker_text(m, "names");
    maker_map(m, 2);
    maker_text(m, "de");
    maker_text(m, "Musterstadt");
    maker_text(m, "en");
    maker_text(m, city);
    maker_text(m, "country");
    maker_map(m, 1);
    maker_text(m, "iso_code");
    maker_text(m, country);
    maker_text(m, "location");
    maker_map(m, 3);
    maker_text(m, "accuracy_radius");
    maker_number(m, 5, 2, 100);
    maker_text(m, "latitude");
    maker_double(m, lat);
    maker_text(m, "longitude");
    maker_double(m, lon);
    maker_text(m, "subdivisions");
    maker_array(m, 1);
    maker_map(m, 1);
    maker_text(m, "names");
    maker_map(m, 1);
    maker_text(m, "en");
    maker_text(m, region);
    return offset;
}

/* A record in MaxMind's layout of an AS file. @return its offset */
static inline size_t maker_as(struct maker *m, uint32_t asn, const char *name)
{
    size_t offset = m->length;

    maker_map(m, 2);
    maker_text(m, "autonomous_system_number");
    maker_u32(m, asn);
    maker_text(m, "autonomous_system_organization");
    maker_text(m, name);
    return offset;
}

#endif
