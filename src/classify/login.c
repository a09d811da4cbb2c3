/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/login.h"

#include <string.h>

#include "base/cursor.h"

static bool begins(const uint8_t *payload, size_t length, const char *text)
{
    size_t size = strlen(text);

    return length >= size && memcmp(payload, text, size) == 0;
}

bool login_asks(const uint8_t *payload, size_t length)
{
    return length > 0 && !begins(payload, length, "USER ") && !begins(payload, length, "POST ");
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

enum login_answer login_answer(const uint8_t *payload, size_t length)
{
    enum login_answer (*const ways[])(const uint8_t *, size_t) = {by_words, by_mysql,
                                                                  by_postgresql, by_tds};
    enum login_answer answer = LOGIN_UNTOLD;

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && answer == LOGIN_UNTOLD; i++)
        answer = ways[i](payload, length);
    return answer;
}
