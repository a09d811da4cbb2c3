/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/name.h"

#include <stdbool.h>
#include <string.h>

/* Length in bytes of the valid, printable UTF-8 character that starts here, or 0. */
static size_t character(const uint8_t *at, size_t left)
{
    size_t length;
    uint8_t low = 0x80, high = 0xbf; /* bounds of the second byte, RFC 3629 section 4 */

    if (at[0] < 0x80)
        return at[0] >= 0x20 && at[0] != 0x7f ? 1 : 0;
    if (at[0] >= 0xc2 && at[0] <= 0xdf) {
        length = 2;
        low = at[0] == 0xc2 ? 0xa0 : 0x80; /* U+0080 to U+009F are control characters */
    } else if (at[0] >= 0xe0 && at[0] <= 0xef) {
        length = 3;
        low = at[0] == 0xe0 ? 0xa0 : 0x80;
        high = at[0] == 0xed ? 0x9f : 0xbf;
    } else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
        length = 4;
        low = at[0] == 0xf0 ? 0x90 : 0x80;
        high = at[0] == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    if (length > left || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

size_t name_clean(const void *text, size_t length, char *ret_name, size_t size)
{
    const uint8_t *at = text;
    size_t used = 0;

    for (size_t i = 0; i < length;) {
        size_t step = character(at + i, length - i);
        size_t width = step == 0 ? 1 : step;

        if (used + width >= size)
            break;
        if (width == 1)
            ret_name[used] = step == 0 ? '?' : (char)at[i];
        else
            memcpy(ret_name + used, at + i, width);
        used += width;
        i += width;
    }
    ret_name[used] = '\0';
    return used;
}
