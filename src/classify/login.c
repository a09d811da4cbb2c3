/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/login.h"

#include <string.h>
#include <strings.h>

#include "base/cursor.h"

static bool begins(const uint8_t *payload, size_t length, const char *text)
{
    size_t size = strlen(text);

    return length >= size && memcmp(payload, text, size) == 0;
}

/* In either case. */
static bool has(const uint8_t *payload, size_t length, const char *text)
{
    size_t size = strlen(text);

    for (size_t at = 0; at + size <= length; at++)
        if (strncasecmp((const char *)payload + at, text, size) == 0)
            return true;
    return false;
}

/* The first line that begins so, in either case. @return its length, 0: there is none */
static size_t find_line(const uint8_t *payload, size_t length, const char *begin,
                        const uint8_t **ret_line)
{
    for (size_t at = 0, end; at < length; at = end) {
        for (end = at; end < length && payload[end] != '\n';)
            end++;
        end += end < length;
        if (end - at >= strlen(begin) &&
            strncasecmp((const char *)payload + at, begin, strlen(begin)) == 0) {
            *ret_line = payload + at;
            return end - at;
        }
    }
    return 0;
}

static bool has_line(const uint8_t *payload, size_t length, const char *begin)
{
    const uint8_t *line;

    return find_line(payload, length, begin, &line) > 0;
}

/* An AUTHENTICATE_MESSAGE without a user name, or cut off before it ([MS-NLMP] 2.2.1.3): who
 * comes as nobody is let in, and no answer of SMB 1 says so. */
static bool is_anonymous(const uint8_t *payload, size_t length)
{
    static const uint8_t authenticate[12] = "NTLMSSP\0\3\0\0";
    const uint8_t *message =
        length > 0 ? memmem(payload, length, authenticate, sizeof(authenticate)) : NULL;
    struct nj_cursor c;

    if (message == NULL)
        return false;
    c = nj_cursor(message, (size_t)(payload + length - message));
    (void)nj_take(&c, 36);
    return nj_le16(&c) == 0;
}

bool login_asks(const uint8_t *payload, size_t length)
{
    if (begins(payload, length, "REGISTER ")) /* the first one asks how to log in */
        return has_line(payload, length, "authorization:") ||
               has_line(payload, length, "proxy-authorization:");
    return length > 0 && !begins(payload, length, "USER ") &&
           !begins(payload, length, "POST ") && !is_anonymous(payload, length);
}

bool login_lasts(const uint8_t *payload, size_t length)
{
    return length > 1 && payload[0] == 3 && payload[1] == 0; /* RFC 1006: TPKT */
}

static enum login_answer by_words(const uint8_t *payload, size_t length)
{
    static const struct {
        const char *begin;
        enum login_answer answer;
    } words[] = {
        {"230", LOGIN_IN},           {"530", LOGIN_OUT},          {"235", LOGIN_IN},
        {"535", LOGIN_OUT},          {"+OK", LOGIN_IN},           {"-ERR", LOGIN_OUT},
        {"HTTP/1.1 401", LOGIN_OUT}, {"HTTP/1.1 403", LOGIN_OUT}, {"HTTP/1.0 401", LOGIN_OUT},
        {"HTTP/1.0 403", LOGIN_OUT}, {"HTTP/1.1 2", LOGIN_IN},    {"HTTP/1.1 3", LOGIN_IN},
        {"HTTP/1.0 2", LOGIN_IN},    {"HTTP/1.0 3", LOGIN_IN},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (begins(payload, length, words[i].begin))
            return words[i].answer;
    return LOGIN_UNTOLD;
}

static enum login_answer by_mysql(const uint8_t *payload, size_t length)
{
    if (length < 7 || payload[0] != length - 4 || payload[1] != 0 || payload[2] != 0 ||
        payload[3] < 2 || payload[3] > 4)
        return LOGIN_UNTOLD;
    return payload[4] == 0x00 ? LOGIN_IN : payload[4] == 0xff ? LOGIN_OUT : LOGIN_UNTOLD;
}

/* Type, length with itself, and for 'R' what is wanted: 0 nothing more. */
static enum login_answer by_postgresql(const uint8_t *payload, size_t length)
{
    struct nj_cursor c = nj_cursor(payload, length);
    uint8_t type = nj_u8(&c);
    uint32_t size = nj_be32(&c), wants = nj_be32(&c);

    if (c.bad || size < 8 || size > 4096)
        return LOGIN_UNTOLD;
    return type == 'R' && size == 8 && wants == 0       ? LOGIN_IN
           : type == 'E' && (wants >> 24 & 0xff) == 'S' ? LOGIN_OUT
                                                        : LOGIN_UNTOLD;
}

/* Answer (type 4), length, then tokens; 0xe3 tells of a change that comes with a success. */
static enum login_answer by_tds(const uint8_t *payload, size_t length)
{
    if (length < 9 || payload[0] != 4 || payload[1] > 1)
        return LOGIN_UNTOLD;
    return payload[8] == 0xad || payload[8] == 0xe3 ? LOGIN_IN
           : payload[8] == 0xaa                     ? LOGIN_OUT
                                                    : LOGIN_UNTOLD;
}

#define SMB1 0xff534d42u
#define SMB2 0xfe534d42u
#define STATUS_ERRORS 0xc0000000u /* from here on */
#define STATUS_MORE_PROCESSING_REQUIRED 0xc0000016u

/* Behind the four bytes of length of [MS-SMB2] 2.1. */
static enum login_answer by_smb(const uint8_t *payload, size_t length)
{
    enum {
        SETUP_1 = 0x73,
        SETUP_2 = 1,
        REPLY_1 = 0x80,
        GUEST_1 = 1, /* the bit above tells of a key */
        GUEST_2 = 3, /* a guest; nobody at all */
    };
    struct nj_cursor c = nj_cursor(payload, length);
    bool setup, reply;
    uint32_t magic, status;
    uint16_t guest, guest_bits;

    (void)nj_be32(&c);
    magic = nj_be32(&c);
    if (magic == SMB1) {
        setup = nj_u8(&c) == SETUP_1;
        status = nj_le32(&c);
        reply = (nj_u8(&c) & REPLY_1) != 0;
        guest_bits = GUEST_1;
        (void)nj_take(&c, 22 + 5); /* rest of the header, word count, andX */
    } else if (magic == SMB2) {
        (void)nj_be32(&c);
        status = nj_le32(&c);
        setup = nj_le16(&c) == SETUP_2;
        (void)nj_le16(&c);
        reply = (nj_le32(&c) & 1) != 0;
        guest_bits = GUEST_2;
        (void)nj_take(&c, 44 + 2); /* rest of the header, structure size */
    } else {
        return LOGIN_UNTOLD;
    }
    if (!setup || !reply || status == STATUS_MORE_PROCESSING_REQUIRED)
        return LOGIN_UNTOLD;
    if (status != 0) /* an answer that refuses may be shorter */
        return status >= STATUS_ERRORS ? LOGIN_OUT : LOGIN_UNTOLD;
    guest = nj_le16(&c);
    return c.bad || (guest & guest_bits) != 0 ? LOGIN_UNTOLD : LOGIN_IN;
}

/* The methods that a server allows are no answer to one of them: CSeq names it (RFC
 * 3261 8.2.6). Who comes with an old nonce is asked once more (RFC 3261 22.4). */
static enum login_answer by_sip(const uint8_t *payload, size_t length)
{
    const uint8_t *line;
    size_t size;

    if (!begins(payload, length, "SIP/2.0 "))
        return LOGIN_UNTOLD;
    size = find_line(payload, length, "cseq:", &line);
    if (size == 0 || !has(line, size, " register"))
        return LOGIN_UNTOLD;
    if (begins(payload, length, "SIP/2.0 200"))
        return LOGIN_IN;
    return (begins(payload, length, "SIP/2.0 401") || begins(payload, length, "SIP/2.0 403") ||
            begins(payload, length, "SIP/2.0 407")) &&
                   !has(payload, length, "stale=true")
               ? LOGIN_OUT
               : LOGIN_UNTOLD;
}

enum login_answer login_answer(const uint8_t *payload, size_t length)
{
    enum login_answer (*const ways[])(const uint8_t *, size_t) = {
        by_words, by_mysql, by_postgresql, by_tds, by_smb, by_sip};
    enum login_answer answer = LOGIN_UNTOLD;

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && answer == LOGIN_UNTOLD; i++)
        answer = ways[i](payload, length);
    return answer;
}
