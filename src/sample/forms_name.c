/* SPDX-License-Identifier: Apache-2.0 */
/* What names a sensor without its address: the name that it has in the configuration, where
 * that is no common word, and the hardware address that an IPv6 address is made of. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "sample/forms_text.h"

#define MAC_DIGITS 12
#define DRAW_NAME 113

static char at(const struct view *view, size_t i)
{
    return i < view->count ? view->units[i].c : '\0';
}

bool name_match(const struct view *view, size_t first, const struct ours *ours,
                struct match *ret)
{
    const char *name;

    for (size_t i = 0; (name = ours_name(ours, i)) != NULL; i++) {
        size_t length = 0;

        while (name[length] != '\0' &&
               tolower((unsigned char)at(view, first + length)) == name[length])
            length++;
        if (name[length] != '\0')
            continue;
        *ret = (struct match){.form = FORM_NAME, .first = first, .count = length};
        return true;
    }
    return false;
}

/* Letters for letters and digits for digits. */
void name_replace(struct view *view, const struct match *match, uint8_t *bytes,
                  const struct mask *mask, const struct ours *ours)
{
    uint64_t name = 0;
    struct match again;

    for (size_t i = 0; i < match->count; i++)
        name = mask_draw(mask, DRAW_NAME, name,
                         (uint64_t)tolower((unsigned char)at(view, match->first + i)));
    for (unsigned try = 0; try < 64; try++) {
        for (size_t i = 0; i < match->count; i++) {
            size_t unit = match->first + i;
            unsigned char c = (unsigned char)at(view, unit);
            uint64_t draw = mask_draw(mask, DRAW_NAME, name, (uint64_t)i << 8 | try);

            if (!isalnum(c))
                continue;
            c = isdigit(c) ? (unsigned char)('0' + draw % 10)
                           : (unsigned char)((isupper(c) ? 'A' : 'a') + draw % 26);
            view->units[unit].c = (char)c;
            view_set(view, unit, (char)c, bytes);
        }
        if (!name_match(view, match->first, ours, &again))
            return;
    }
}

bool mac_match(const struct view *view, size_t first, const struct ours *ours,
               struct match *ret)
{
    uint64_t mac = 0;
    size_t i = first;

    for (unsigned k = 0; k < MAC_DIGITS; k++) {
        if (k > 0 && strchr(":-. ", at(view, i)) != NULL)
            i++;
        if (text_hex_digit(at(view, i)) < 0)
            return false;
        mac = mac << 4 | (unsigned)text_hex_digit(at(view, i));
        ret->places[k] = (uint16_t)i++;
    }
    if (!ours_mac(ours, mac))
        return false;
    ret->form = FORM_DIGITS;
    ret->first = first;
    ret->count = i - first;
    ret->reversed = ret->by_digit = false;
    ret->digits = MAC_DIGITS;
    ret->address = (struct addr){.lo = mac};
    return true;
}
