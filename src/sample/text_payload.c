/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/text_payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GROWTH_MAX 1024u /* of one payload */

bool text_payload(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((bytes[i] < ' ' || bytes[i] > '~') && bytes[i] != '\r' && bytes[i] != '\n' &&
            bytes[i] != '\t')
            return false;
    return length > 0;
}

/* Where the body begins; `length` if there is none. */
static size_t body_of(const uint8_t *bytes, size_t length)
{
    const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);

    return end == NULL ? length : (size_t)(end - bytes) + 4;
}

/* The body's length is said in its head: say the new one. @return the growth of the head */
static long mend_length(char *text, size_t *length, size_t room, size_t body, long growth)
{
    static const char name[] = "\r\nContent-Length:";
    size_t at = 0, from, to;
    unsigned long said;
    char number[32];
    int digits;

    while (at + sizeof(name) < body && strncasecmp(text + at, name, sizeof(name) - 1) != 0)
        at++;
    if (at + sizeof(name) >= body)
        return 0;
    from = at + sizeof(name) - 1;
    while (from < body && text[from] == ' ')
        from++;
    said = 0;
    for (to = from; to < body && to - from < 9 && text[to] >= '0' && text[to] <= '9'; to++)
        said = said * 10 + (unsigned long)(text[to] - '0');
    if (to == from || (long)said + growth < 0)
        return 0;
    digits = snprintf(number, sizeof(number), "%ld", (long)said + growth);
    if (*length - to + from + (size_t)digits > room)
        return 0;
    memmove(text + from + digits, text + to, *length - to);
    memcpy(text + from, number, (size_t)digits);
    *length = *length - (to - from) + (size_t)digits;
    return (long)digits - (long)(to - from);
}

long text_payload_replace(uint8_t *bytes, size_t *length, size_t room, const struct mask *mask,
                          const struct ours *ours)
{
    uint8_t text[FORMS_BYTES_MAX];
    size_t body, new_length = *length;
    long growth, body_growth;

    if (*length + GROWTH_MAX > sizeof(text))
        return 0; /* replaced in place */
    memcpy(text, bytes, *length);
    body = body_of(text, *length);
    body_growth = -(long)(*length - body);
    (void)forms_replace_text(text, &new_length, sizeof(text), mask, ours);
    growth = (long)new_length - (long)*length;
    body = body_of(text, new_length);
    body_growth += (long)(new_length - body);
    if (body_growth != 0)
        growth += mend_length((char *)text, &new_length, sizeof(text), body, body_growth);
    *length = new_length < room ? new_length : room;
    memcpy(bytes, text, *length);
    return growth;
}
