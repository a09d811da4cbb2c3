/* SPDX-License-Identifier: Apache-2.0 */
/* nftables and ipset: sets whose elements end by themselves. */
#include <string.h>

#include "feed/escape.h"
#include "feed/write.h"

#define ELEMENTS_MAX 1000 /* of one statement: netlink messages have a bound */
#define COMMENT_MAX 100   /* nftables takes 128 bytes, ipset 255 */

/* The sets, one for each action and family: addresses of two families share none. */
static const struct set {
    const char *name;
    enum action action;
    bool v4;
} sets[] = {
    {"block4", ACTION_BLOCK, true},
    {"block6", ACTION_BLOCK, false},
    {"quarantine4", ACTION_QUARANTINE, true},
    {"quarantine6", ACTION_QUARANTINE, false},
};
#define SETS (sizeof(sets) / sizeof(sets[0]))

static bool in_set(const struct decision *decision, const struct set *set)
{
    return decision->action == set->action && feed_is_v4(decision) == set->v4;
}

static void write_comment(FILE *out, const struct decision *decision)
{
    char actor[FEED_TIME_MAX];
    size_t length;

    (void)fprintf(out, "\"%s %.1f ", risk_level_names[decision->level], decision->risk);
    length = strlen(feed_actor(decision->actor, actor));
    if (length > 0)
        (void)fprintf(out, "%s ", actor);
    escape_plain(out, decision->rule, COMMENT_MAX - 60);
    (void)fputc('"', out);
}

/* ---- nftables ------------------------------------------------------------------------------
 *
 * One file is one transaction: whatever fails, nothing changes. "add" of what is there changes
 * nothing, so that the first load and the next are the same file; elements begin anew by
 * "flush". "{ }" is a syntax error: nobody listed is a set that is only flushed. */

static void write_elements(const struct feed_list *list, const struct feed_about *about,
                           const char *set_name,
                           bool (*wanted)(const struct decision *, const struct set *),
                           const struct set *set, FILE *out)
{
    const struct decision *wider = NULL; /* intervals of a set must not overlap */
    char text[PREFIX_TEXT_MAX];
    size_t written = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct decision *decision = &list->items[i];

        if (!wanted(decision, set) ||
            (wider != NULL && addr_compare(decision->net.last, wider->net.last) <= 0))
            continue;
        if (!prefix_is_host(&decision->net))
            wider = decision;
        if (written % ELEMENTS_MAX == 0)
            (void)fprintf(out, "%sadd element %s {\n", written > 0 ? "\n}\n" : "", set_name);
        else
            (void)fputs(",\n", out);
        (void)fprintf(out, "  %s timeout %" PRId64 "s comment ",
                      prefix_text(&decision->net, text), feed_seconds_left(decision, about));
        write_comment(out, decision);
        written++;
    }
    if (written > 0)
        (void)fputs("\n}\n", out);
}

static bool any_of_family(const struct decision *decision, const struct set *set)
{
    return feed_is_v4(decision) == set->v4;
}

/* Only the set that the user named: flushed and filled, nothing else is touched. Its family is
 * that of most entries, as its type must be the user's. */
static int refresh_set(const struct feed_list *list, const struct feed_about *about, FILE *out,
                       struct nj_err *err)
{
    struct set set = {.v4 = list->count == 0 || feed_is_v4(&list->items[0])};

    for (size_t i = 0; i < list->count; i++) {
        if (!any_of_family(&list->items[i], &set))
            return nj_fail(err, NJ_CONFIG,
                           "the set %s can hold one family only: choose --family 4 or 6",
                           about->set);
    }
    (void)fprintf(out, "flush set %s\n", about->set);
    write_elements(list, about, about->set, any_of_family, &set, out);
    return 0;
}

int write_nftables(const struct feed_list *list, const struct feed_about *about, FILE *out,
                   struct nj_err *err)
{
    const char *table = feed_prefix(about);
    char name[160];

    feed_head(out, "# ", list, about);
    if (about->set != NULL)
        return refresh_set(list, about, out, err);
    (void)fprintf(out, "add table inet %s\n", table);
    for (size_t i = 0; i < SETS; i++)
        (void)fprintf(out,
                      "add set inet %s %s { type ipv%c_addr; flags interval, timeout; }\n"
                      "flush set inet %s %s\n",
                      table, sets[i].name, sets[i].v4 ? '4' : '6', table, sets[i].name);
    (void)fprintf(
        out,
        "add chain inet %s input { type filter hook prerouting priority raw; "
        "policy accept; }\n"
        "flush chain inet %s input\n"
        "add rule inet %s input ip saddr @block4 counter drop\n"
        "add rule inet %s input ip6 saddr @block6 counter drop\n"
        "add rule inet %s input ip saddr @quarantine4 limit rate over 10/minute burst "
        "20 packets counter drop\n"
        "add rule inet %s input ip6 saddr @quarantine6 limit rate over 10/minute "
        "burst 20 packets counter drop\n",
        table, table, table, table, table, table);
    for (size_t i = 0; i < SETS; i++) {
        (void)snprintf(name, sizeof(name), "inet %.100s %s", table, sets[i].name);
        write_elements(list, about, name, in_set, &sets[i], out);
    }
    return 0;
}

/* ---- ipset ---------------------------------------------------------------------------------
 *
 * Not atomic: a second set is filled and swapped in. Both need the same type. hash:net, since
 * hash:ip writes a prefix out as addresses. A set's name has at most 31 characters. */

#define NAME_MAX_BYTES 12 /* and "-quarantine6-new" */
/* The bound of a set, which costs nothing: always the same, since "create -exist" refuses a set
 * that is there with another one, and with it all lists to come. */
#define ROOM 4194304

static size_t elements_of(const struct feed_list *list, const struct set *set)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += in_set(&list->items[i], set);
    return count;
}

static void write_set(const struct feed_list *list, const struct feed_about *about,
                      const struct set *set, FILE *out)
{
    char name[32], text[PREFIX_TEXT_MAX], options[128];
    size_t room = ROOM;

    while (room < elements_of(list, set) * 2)
        room *= 2;
    (void)snprintf(name, sizeof(name), "%.*s-%s", NAME_MAX_BYTES, feed_prefix(about),
                   set->name);
    (void)snprintf(options, sizeof(options),
                   "hash:net family %s hashsize 4096 maxelem %zu timeout 86400 comment",
                   set->v4 ? "inet" : "inet6", room);
    (void)fprintf(out, "create %s %s -exist\ncreate %s-new %s -exist\nflush %s-new\n", name,
                  options, name, options, name);
    for (size_t i = 0; i < list->count; i++) {
        int64_t seconds = feed_seconds_left(&list->items[i], about);

        if (!in_set(&list->items[i], set))
            continue;
        (void)fprintf(out, "add %s-new %s timeout %" PRId64 " comment ", name,
                      prefix_text(&list->items[i].net, text),
                      seconds > 2147483 ? 2147483 : seconds); /* the kernel's bound */
        write_comment(out, &list->items[i]);
        (void)fputc('\n', out);
    }
    (void)fprintf(out, "swap %s-new %s\ndestroy %s-new\n", name, name, name);
}

int write_ipset(const struct feed_list *list, const struct feed_about *about, FILE *out,
                struct nj_err *err)
{
    (void)err;
    for (size_t i = 0; i < SETS; i++)
        write_set(list, about, &sets[i], out);
    return 0;
}
