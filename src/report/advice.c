/* SPDX-License-Identifier: Apache-2.0 */
#include "report/advice.h"

#include <string.h>

#include "base/text.h"

const struct advice advices[] = {
    {.category = "remote-access",
     .name = "remote access",
     .what = "Reach it through a VPN or a jump host only, allow keys or a second factor instead"
             " of passwords, limit attempts, and patch its known faults first; another port"
             " number does not hide it."},
    {.category = "database",
     .name = "databases",
     .what = "Bind it to inner addresses, block its port at the border, require a password that"
             " is not the default, and check that backups can be restored."},
    {.category = "iot",
     .name = "cameras, routers and other devices",
     .what = "Take its administration off the Internet, change default passwords, update or"
             " replace firmware that is no longer maintained, and keep devices in a network of"
             " their own."},
    {.category = "web",
     .name = "web",
     .what = "Publish only what is meant for the public, patch applications and their plug-ins,"
             " and keep administration pages behind a login on an inner address."},
    {.category = "mail",
     .name = "mail",
     .what = "Refuse relaying, require a login for submission, limit attempts, and patch the"
             " mail server."},
    {.category = "file-sharing",
     .name = "file sharing",
     .what = "Block it at the border in both directions, switch off SMBv1 and anonymous access,"
             " and patch file servers."},
    {.category = "industrial",
     .name = "industrial control",
     .what = "Nothing of it belongs on the Internet: separate the network, allow only named"
             " stations, and watch for any contact from outside."},
    {.category = "cloud",
     .name = "containers and orchestration",
     .what = "Close unauthenticated interfaces, require client certificates, bind them to inner"
             " addresses, and rotate keys that were within reach."},
    {.category = "name-time",
     .name = "names and time",
     .what = "Do not answer strangers recursively, switch off what amplifies, limit the rate of"
             " answers, and filter forged sources at the edge."},
    {.category = "voip",
     .name = "telephony",
     .what = "Allow registration only from known networks, use long passwords, and bar costly"
             " numbers by default."},
    {.category = "proxy",
     .name = "proxies",
     .what = "Allow only own clients, and test from outside that nothing is relayed."},
    {.category = "network",
     .name = "network services",
     .what = "Switch it off where it is not needed, and block it at the border."},
    {.category = "gaming",
     .name = "games",
     .what = "Limit the rate of answers to unknown clients, and keep the server up to date."},
    {.category = "malware",
     .name = "ports of malware",
     .what = "Look for it inside: a host of yours that listens there should be taken off the"
             " network and examined."},
    {.category = "other",
     .name = "other and unknown",
     .what = "Find out whether anything of yours listens there; if so, decide whether it has to"
             " be reached from the Internet."},
};
const size_t advice_count = sizeof(advices) / sizeof(advices[0]);

size_t advice_find(const char *category)
{
    for (size_t i = 0; i < advice_count; i++)
        if (strcmp(advices[i].category, category) == 0)
            return i;
    return advice_count - 1;
}

/* When it became known: "2021-12" or "2016" in parentheses, else the year that its CVE number
 * was given in; "" without either. */
static void since(const char *entry, size_t length, char date[sizeof("2021-12")])
{
    static const char cve[] = "CVE-";
    const char *at = memchr(entry, '(', length);
    const char *number = memmem(entry, length, cve, sizeof(cve) - 1);
    size_t taken = 0, most = sizeof("2021-12") - 1;

    if (at != NULL && at[1] >= '0' && at[1] <= '9') {
        at++;
    } else {
        at = number == NULL ? "" : number + sizeof(cve) - 1;
        most = sizeof("2021") - 1;
    }
    while (taken < most && ((at[taken] >= '0' && at[taken] <= '9') || at[taken] == '-')) {
        date[taken] = at[taken];
        taken++;
    }
    date[taken] = '\0';
}

void advice_known(json_t *row, const char *known, const char *day)
{
    struct text text = {0};

    while (known[0] != '\0') {
        size_t length = strcspn(known, ";");
        char date[sizeof("2021-12")];

        since(known, length, date);
        if (strncmp(date, day, strlen(date)) <= 0) {
            text_add_z(&text, text.length > 0 ? "; " : "");
            text_add(&text, known, length);
        }
        known += length;
        known += strspn(known, "; ");
    }
    (void)json_object_set_new(row, "known",
                              json_stringn(text.length > 0 ? text.bytes : "", text.length));
    text_done(&text);
}
