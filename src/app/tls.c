/* SPDX-License-Identifier: Apache-2.0 */
/* TLS ClientHello (RFC 8446, 4.1.2) and its forerunner (RFC 5246, E.2).
 *
 * Nightjar's own fingerprint of a hello is "V.CC.EE.HHHHHHHHHHHH": highest version offered in
 * hex, number of ciphers, number of extensions, and a hash (FNV-1a, 48 bits) over the ciphers
 * in their order, a separator, and the sorted extension types; GREASE values (RFC 8701) do not
 * count. Sorted, because browsers shuffle them. It says what JA4's parts say, but is not JA4:
 * values cannot be compared with lists of those. A cut hello has none. */
#include <stdio.h>
#include <stdlib.h>

#include "app/sight.h"

#define EXTENSIONS_MAX 64

struct hello {
    uint16_t version, cipher_count, extension_count;
    uint16_t extensions[EXTENSIONS_MAX];
    struct nj_cursor ciphers, name, alpn;
};

static bool grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static void mix(uint64_t *hash, uint16_t value)
{
    *hash = (*hash ^ (value >> 8)) * 0x100000001b3ull;
    *hash = (*hash ^ (value & 0xff)) * 0x100000001b3ull;
}

static int by_value(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static void add_fingerprint(struct sight *sight, struct hello *hello)
{
    uint64_t hash = 0xcbf29ce484222325ull;
    unsigned ciphers = 0;
    char text[48];

    while (nj_cursor_left(&hello->ciphers) >= 2) {
        uint16_t cipher = nj_be16(&hello->ciphers);

        if (grease(cipher))
            continue;
        mix(&hash, cipher);
        ciphers++;
    }
    mix(&hash, 0xffff);
    qsort(hello->extensions, hello->extension_count, sizeof(hello->extensions[0]), by_value);
    for (size_t i = 0; i < hello->extension_count; i++)
        mix(&hash, hello->extensions[i]);
    (void)snprintf(text, sizeof(text), "%x.%02u.%02u.%012llx", hello->version, ciphers,
                   hello->extension_count,
                   (unsigned long long)(hash ^ hash >> 48) & 0xffffffffffffull);
    sight_addz(sight, "fp", text);
}

static void read_extension(struct hello *hello, uint16_t type, struct nj_cursor body)
{
    if (type == 0) { /* server_name: list length, type 0, length, name */
        (void)nj_be16(&body);
        if (nj_u8(&body) == 0)
            hello->name = nj_sub(&body, nj_be16(&body));
    } else if (type == 16) { /* ALPN: list length, length, first protocol */
        (void)nj_be16(&body);
        hello->alpn = nj_sub(&body, nj_u8(&body));
    } else if (type == 43) { /* supported_versions */
        struct nj_cursor list = nj_sub(&body, nj_u8(&body));

        while (nj_cursor_left(&list) >= 2) {
            uint16_t version = nj_be16(&list);

            if (!grease(version) && version > hello->version)
                hello->version = version;
        }
    }
}

/* @return false when the hello is cut off or lies */
static bool read_hello(struct nj_cursor *in, struct hello *hello)
{
    struct nj_cursor list;

    hello->version = nj_be16(in);
    (void)nj_take(in, 32);
    (void)nj_take(in, nj_u8(in)); /* session */
    hello->ciphers = nj_sub(in, nj_be16(in));
    (void)nj_take(in, nj_u8(in)); /* compression */
    if (in->bad)
        return false;
    if (nj_cursor_left(in) == 0)
        return true;
    list = *in;
    list.pos += 2;
    if (nj_cursor_left(in) < 2)
        return false;
    while (nj_cursor_left(&list) > 0) {
        uint16_t type = nj_be16(&list);
        struct nj_cursor body = nj_sub(&list, nj_be16(&list));

        if (list.bad)
            return false;
        if (grease(type))
            continue;
        if (hello->extension_count < EXTENSIONS_MAX)
            hello->extensions[hello->extension_count++] = type;
        read_extension(hello, type, body);
    }
    return true;
}

static void add_version(struct sight *sight, uint16_t version)
{
    char text[8];

    (void)snprintf(text, sizeof(text), "%x", version);
    sight_addz(sight, "version", text);
}

/* SSLv2's form: length with the high bit, type 1, version, three lengths */
static bool old_hello(struct nj_cursor in, struct sight *sight)
{
    uint16_t length = nj_be16(&in);
    uint8_t type = nj_u8(&in);
    uint16_t version = nj_be16(&in);
    uint16_t ciphers = nj_be16(&in);

    if (in.bad || (length & 0x8000) == 0 || (length & 0x7fff) < 9 || type != 1 ||
        (version != 2 && version >> 8 != 3) || ciphers == 0 || ciphers % 3 != 0)
        return false;
    sight->request = true;
    add_version(sight, version);
    return true;
}

bool app_tls(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    struct hello hello = {.name = nj_cursor(in.end, 0), .alpn = nj_cursor(in.end, 0)};
    uint16_t record, length;
    uint8_t type;
    bool whole;

    (void)packet;
    if (in.pos[0] >= 0x80)
        return old_hello(in, sight);
    type = nj_u8(&in);
    record = nj_be16(&in);
    length = nj_be16(&in);
    if (in.bad || record >> 8 != 3 || (record & 0xff) > 4 || length < 2 || length > 0x4800)
        return false;
    if (type == 0x15) /* alert: level 1 or 2 */
        return length == 2 && (nj_u8(&in) + 1u) / 2 == 1 && !in.bad;
    if (type != 0x16)
        return false;
    type = nj_u8(&in);
    (void)nj_take(&in, 3);
    if (in.bad || (type != 1 && type != 2))
        return false;
    if (type == 2)
        return true; /* a server's */
    sight->request = true;
    if (length - 4u < nj_cursor_left(&in))
        in.end = in.pos + (length < 4 ? 0 : length - 4);
    whole = read_hello(&in, &hello);
    add_version(sight, hello.version);
    sight_add(sight, "sni", hello.name.pos, nj_cursor_left(&hello.name));
    sight_add(sight, "alpn", hello.alpn.pos, nj_cursor_left(&hello.alpn));
    if (whole)
        add_fingerprint(sight, &hello);
    return true;
}
