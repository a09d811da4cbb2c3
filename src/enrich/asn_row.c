/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/asn_row.h"

#include <string.h>

#include "enrich/asn_csv.h"

__extension__ typedef unsigned __int128 u128;

struct text {
    const char *at;
    size_t length;
};

/* Take one field off an IPtoASN line, which knows no quotes. */
static bool tab_field(struct text *line, struct text *ret_field)
{
    const char *tab;

    if (line->at == NULL)
        return false;
    tab = memchr(line->at, '\t', line->length);
    *ret_field = (struct text){line->at, tab == NULL ? line->length : (size_t)(tab - line->at)};
    *line = tab == NULL ? (struct text){NULL, 0}
                        : (struct text){tab + 1, line->length - ret_field->length - 1};
    return true;
}

/* Take one field off a line; what was quoted is unquoted into `room`. @return false if the line
 * has no more fields or the quotes don't fit together */
static bool field(struct text *line, char room[ASN_CSV_LINE_MAX], struct text *ret_field)
{
    const char *pos = line->at, *end;
    size_t used = 0;

    if (pos == NULL)
        return false;
    end = pos + line->length;
    if (pos == end || *pos != '"') {
        const char *comma = memchr(pos, ',', (size_t)(end - pos));

        *ret_field = (struct text){pos, (size_t)((comma == NULL ? end : comma) - pos)};
        pos = comma;
    } else {
        bool closed = false;

        for (pos++; pos < end && !closed; pos++) {
            closed = *pos == '"' && (pos + 1 == end || pos[1] != '"');
            if (*pos == '"' && !closed)
                pos++; /* the second of a doubled quote */
            if (!closed)
                room[used++] = *pos;
        }
        if (!closed || (pos < end && *pos != ','))
            return false;
        *ret_field = (struct text){room, used};
        pos = pos == end ? NULL : pos;
    }
    *line =
        pos == NULL ? (struct text){NULL, 0} : (struct text){pos + 1, (size_t)(end - pos) - 1};
    return true;
}

static bool digits(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    }
    return text.length > 0;
}

/* A decimal number of up to 128 bits; below 2^32 it is an IPv4 address. */
static bool number_address(struct text text, struct addr *ret_addr)
{
    u128 number = 0;

    if (text.length > 39)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        unsigned digit = (unsigned)(text.at[i] - '0');

        if (__builtin_mul_overflow(number, (u128)10, &number) ||
            __builtin_add_overflow(number, (u128)digit, &number))
            return false;
    }
    *ret_addr = number <= UINT32_MAX
                    ? addr_from_v4((uint32_t)number)
                    : (struct addr){.hi = (uint64_t)(number >> 64), .lo = (uint64_t)number};
    return true;
}

static bool address(struct text text, struct addr *ret_addr)
{
    char z[ADDR_TEXT_MAX];

    if (digits(text))
        return number_address(text, ret_addr);
    if (text.length >= sizeof(z))
        return false;
    memcpy(z, text.at, text.length);
    z[text.length] = '\0';
    return addr_parse(z, ret_addr, NULL) == 0;
}

static bool as_number(struct text text, uint32_t *ret_asn)
{
    uint64_t number = 0;

    if (text.length > 2 && memcmp(text.at, "AS", 2) == 0) {
        text.at += 2;
        text.length -= 2;
    }
    if (!digits(text) || text.length > 10)
        return false;
    for (size_t i = 0; i < text.length; i++)
        number = 10 * number + (unsigned)(text.at[i] - '0');
    *ret_asn = (uint32_t)number;
    return number <= UINT32_MAX;
}

/* Two letters; what is no country in an IPtoASN file is none. */
static bool country(struct text text, bool iptoasn, uint32_t *ret_value)
{
    bool two = text.length == 2 && text.at[0] >= 'A' && text.at[0] <= 'Z' &&
               text.at[1] >= 'A' && text.at[1] <= 'Z';

    *ret_value = two ? (uint32_t)(unsigned char)text.at[0] << 8 | (unsigned char)text.at[1] : 0;
    return two || iptoasn;
}

static bool in_order(const struct asn_row *row)
{
    return addr_is_v4(row->first) == addr_is_v4(row->last) &&
           addr_compare(row->first, row->last) <= 0;
}

static bool has_tabs(struct text line)
{
    const char *tab = memchr(line.at, '\t', line.length);

    return tab != NULL && memchr(line.at, ',', (size_t)(tab - line.at)) == NULL;
}

/* START, END, AS, COUNTRY, NAME between tabs. */
static bool read_iptoasn(struct text line, struct as_names *names, struct asn_row *ret_row)
{
    struct text asn, place, name;
    uint32_t number;

    if (!tab_field(&line, &asn) || !address(asn, &ret_row->first) || !tab_field(&line, &asn) ||
        !address(asn, &ret_row->last) || !tab_field(&line, &asn) || !as_number(asn, &number) ||
        !tab_field(&line, &place) || !in_order(ret_row))
        return false;
    if (names == NULL)
        return country(place, true, &ret_row->asn);
    ret_row->asn = number;
    if (tab_field(&line, &name) && name.length > 0 && number != 0)
        as_names_add(names, number, name.at, name.length);
    return true;
}

bool asn_row_read(const char *bytes, size_t length, struct as_names *names,
                  struct asn_row *ret_row)
{
    struct text line = {bytes, length}, text;
    char room[ASN_CSV_LINE_MAX];

    if (has_tabs(line))
        return read_iptoasn(line, names, ret_row);
    if (!field(&line, room, &text) || !address(text, &ret_row->first) ||
        !field(&line, room, &text) || !address(text, &ret_row->last) || !in_order(ret_row) ||
        !field(&line, room, &text))
        return false;
    if (names == NULL)
        return country(text, false, &ret_row->asn);
    if (!as_number(text, &ret_row->asn))
        return false;
    if (line.at == NULL)
        return true;
    if (!field(&line, room, &text))
        return false;
    if (text.length > 0 && ret_row->asn != 0)
        as_names_add(names, ret_row->asn, text.at, text.length);
    return true;
}
