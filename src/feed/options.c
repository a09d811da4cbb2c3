/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/options.h"

#include <string.h>

#include "base/suggest.h"

#define NAME_MAX_BYTES 90

int feed_parse_actions(const char *text, unsigned *ret, struct nj_err *err)
{
    const char *names[ACTIONS];
    unsigned bits = 0;

    for (unsigned i = 0; i < ACTIONS; i++)
        names[i] = action_names[i];
    do {
        size_t length = strcspn(text, ",");
        unsigned i = ACTION_MONITOR;
        const char *near;
        char word[32];

        (void)snprintf(word, sizeof(word), "%.*s", (int)(length < 31 ? length : 31), text);
        while (i < ACTIONS && strcmp(word, action_names[i]) != 0)
            i++;
        if (i == ACTIONS) {
            near = nj_suggest(word, names + 1, ACTIONS - 1);
            return nj_fail(err, NJ_CONFIG, "%s: expected block, quarantine or monitor%s%s%s",
                           word, near == NULL ? "" : "; did you mean \"",
                           near == NULL ? "" : near, near == NULL ? "" : "\"?");
        }
        bits |= FEED_ACTION(i);
        text += length;
    } while (*text++ == ',');
    *ret = bits;
    return 0;
}

int feed_parse_family(const char *text, enum feed_family *ret, struct nj_err *err)
{
    if (strcmp(text, "4") == 0)
        *ret = FEED_V4;
    else if (strcmp(text, "6") == 0)
        *ret = FEED_V6;
    else if (strcmp(text, "both") == 0)
        *ret = FEED_BOTH;
    else
        return nj_fail(err, NJ_CONFIG, "%.40s: expected 4, 6 or both", text);
    return 0;
}

/* Letters first, then also digits, "_", "-" and "."; words are parted by one blank. */
static bool is_words(const char *text, unsigned words)
{
    unsigned found = 1;
    bool first = true;

    if (strlen(text) > NAME_MAX_BYTES)
        return false;
    for (const char *c = text; *c != '\0'; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');

        if (*c == ' ' && !first) {
            found++;
            first = true;
            continue;
        }
        if (!letter && (first || strchr("0123456789_-.", *c) == NULL))
            return false;
        first = false;
    }
    return !first && found == words;
}

int feed_parse_name(const char *text, struct nj_err *err)
{
    if (is_words(text, 1))
        return 0;
    return nj_fail(err, NJ_CONFIG,
                   "\"%.40s\": expected a letter, then letters, digits, _ - and .", text);
}

int feed_parse_set(const char *text, struct nj_err *err)
{
    if (is_words(text, 3))
        return 0;
    return nj_fail(err, NJ_CONFIG, "\"%.60s\": expected FAMILY TABLE SET", text);
}

int feed_parse_host(const char *text, struct nj_err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-.:";

    if (text[0] != '\0' && strlen(text) <= 255 && strspn(text, allowed) == strlen(text))
        return 0;
    return nj_fail(err, NJ_CONFIG, "\"%.40s\": expected the name or address of a host", text);
}
