/* SPDX-License-Identifier: Apache-2.0 */
/* One line per entry: plain lists, Snort, Suricata, Zeek, CSV. */
#include <string.h>

#include "feed/escape.h"
#include "feed/write.h"

/* ---- plain lists ---------------------------------------------------------------------------
 *
 * The strictest of them allow an address or prefix a line and nothing else. PAN-OS keeps its
 * last copy when a list is empty, so "nobody" is an address that nobody has (RFC 5737). */

#define NOBODY_V4 "192.0.2.1"
#define NOBODY_V6 "2001:db8::1" /* RFC 3849 */

int write_edl(const struct feed_list *list, const struct feed_about *about, FILE *out,
              struct nj_err *err)
{
    char text[PREFIX_TEXT_MAX];

    (void)about;
    (void)err;
    if (list->count == 0)
        (void)fputs(list->family == FEED_V6 ? NOBODY_V6 "\n" : NOBODY_V4 "\n", out);
    for (size_t i = 0; i < list->count; i++)
        (void)fprintf(out, "%s\n", prefix_text(&list->items[i].net, text));
    return 0;
}

/* What people read behind an entry: "EXTREME 89.8 NJ-000001 until 2014-10-21T22:36:24Z". */
static void short_words(FILE *out, const struct decision *decision)
{
    char actor[FEED_TIME_MAX], until[FEED_TIME_MAX];

    (void)fprintf(out, "%s %s %.1f%s%s until %s", action_names[decision->action],
                  risk_level_names[decision->level], decision->risk,
                  decision->actor != 0 ? " " : "", feed_actor(decision->actor, actor),
                  feed_time(decision->until_us, false, until));
}

/* Addresses and CIDR, "#" comments; /0 is refused by Snort, and by feed_select. */
int write_snort(const struct feed_list *list, const struct feed_about *about, FILE *out,
                struct nj_err *err)
{
    char text[PREFIX_TEXT_MAX];

    (void)err;
    feed_head(out, "# ", list, about);
    for (size_t i = 0; i < list->count; i++) {
        (void)fprintf(out, "%s # ", prefix_text(&list->items[i].net, text));
        short_words(out, &list->items[i]);
        (void)fputc('\n', out);
    }
    return 0;
}

/* ---- Suricata ------------------------------------------------------------------------------
 *
 * Category 0 can't be named by a rule; scores go to 127. A list may hold "/32": such entries
 * go into a tree instead of the host table, whose memory bound would end the list silently. */

enum { CATEGORY_BLOCK = 1, CATEGORY_QUARANTINE, CATEGORY_MONITOR };

static int category_of(const struct decision *decision)
{
    return decision->action == ACTION_BLOCK        ? CATEGORY_BLOCK
           : decision->action == ACTION_QUARANTINE ? CATEGORY_QUARANTINE
                                                   : CATEGORY_MONITOR;
}

static int score_127(const struct decision *decision)
{
    int score = (int)(decision->risk * 127 / 100 + 0.5);

    return score < 1 ? 1 : score > 127 ? 127 : score;
}

int write_categories(const struct feed_list *list, const struct feed_about *about, FILE *out,
                     struct nj_err *err)
{
    (void)list;
    (void)about;
    (void)err;
    (void)fprintf(out,
                  "%d,NjBlock,Nightjar: to be blocked\n"
                  "%d,NjQuarantine,Nightjar: to be limited\n"
                  "%d,NjMonitor,Nightjar: to be watched\n",
                  CATEGORY_BLOCK, CATEGORY_QUARANTINE, CATEGORY_MONITOR);
    return 0;
}

int write_iprep(const struct feed_list *list, const struct feed_about *about, FILE *out,
                struct nj_err *err)
{
    char text[ADDR_TEXT_MAX];

    (void)err;
    feed_head(out, "# ", list, about);
    for (size_t i = 0; i < list->count; i++) {
        const struct decision *decision = &list->items[i];

        (void)fprintf(out, "%s/%d,%d,%d\n", addr_text(decision->net.first, text),
                      prefix_length(&decision->net), category_of(decision),
                      score_127(decision));
    }
    return 0;
}

/* datarep: "ADDRESS,SCORE" with an unsigned 16-bit score; no comments, no empty lines. */
int write_dataset(const struct feed_list *list, const struct feed_about *about, FILE *out,
                  struct nj_err *err)
{
    char text[ADDR_TEXT_MAX];

    (void)about;
    (void)err;
    for (size_t i = 0; i < list->count; i++)
        (void)fprintf(out, "%s,%d\n", addr_text(list->items[i].net.first, text),
                      (int)(list->items[i].risk * 100 + 0.5));
    return 0;
}

/* A rule for up to so many addresses of one action, in the order of addresses. */
#define RULE_ADDRESSES 64
#define SID_FIRST 9100000 /* local rules are free from 1,000,000 on; 100,000 an action */

static void write_action_rules(const struct feed_list *list, const struct feed_about *about,
                               enum action action, FILE *out)
{
    int64_t revision = about->generated_us / 60000000; /* grows with each list */
    size_t written = 0, rules = 0;
    char text[PREFIX_TEXT_MAX];

    for (size_t i = 0; i < list->count; i++) {
        const struct decision *decision = &list->items[i];

        if (decision->action != action)
            continue;
        if (written == 0)
            (void)fprintf(out, "%s ip [", action == ACTION_BLOCK ? "drop" : "alert");
        (void)fprintf(out, "%s%s", written == 0 ? "" : ",", prefix_text(&decision->net, text));
        if (++written < RULE_ADDRESSES && i + 1 < list->count) {
            bool more = false;

            for (size_t j = i + 1; !more && j < list->count; j++)
                more = list->items[j].action == action;
            if (more)
                continue;
        }
        (void)fprintf(out,
                      "] any -> $HOME_NET any (msg:\"NIGHTJAR %s, list %zu\"; "
                      "threshold: type limit, track by_src, seconds 3600, count 1; "
                      "classtype:network-scan; sid:%d; rev:%" PRId64 ";)\n",
                      action_names[action], rules + 1,
                      SID_FIRST + (int)action * 100000 + (int)rules, revision);
        written = 0;
        rules++;
    }
}

int write_rules(const struct feed_list *list, const struct feed_about *about, FILE *out,
                struct nj_err *err)
{
    (void)err;
    feed_head(out, "# ", list, about);
    write_action_rules(list, about, ACTION_BLOCK, out);
    write_action_rules(list, about, ACTION_QUARANTINE, out);
    write_action_rules(list, about, ACTION_MONITOR, out);
    return 0;
}

/* ---- Zeek ----------------------------------------------------------------------------------
 *
 * Exactly one TAB between fields; the header line begins with #fields. */

int write_zeek(const struct feed_list *list, const struct feed_about *about, FILE *out,
               struct nj_err *err)
{
    char text[PREFIX_TEXT_MAX];

    (void)err;
    (void)fputs("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.url"
                "\tmeta.do_notice\n",
                out);
    for (size_t i = 0; i < list->count; i++) {
        const struct decision *decision = &list->items[i];

        (void)fprintf(out, "%s\t%s\t", prefix_text(&decision->net, text),
                      prefix_is_host(&decision->net) ? "Intel::ADDR" : "Intel::SUBNET");
        escape_zeek(out, feed_prefix(about));
        (void)fprintf(out, "\t%s: ", action_names[decision->action]);
        escape_zeek(out, decision->reason);
        (void)fprintf(out, "\t-\t%s\n", decision->action > ACTION_MONITOR ? "T" : "F");
    }
    return 0;
}

/* ---- CSV and JSON lines ---- */

int write_csv(const struct feed_list *list, const struct feed_about *about, FILE *out,
              struct nj_err *err)
{
    char text[PREFIX_TEXT_MAX], until[FEED_TIME_MAX], from[ADDR_TEXT_MAX];

    (void)about;
    (void)err;
    (void)fputs("net,action,since,until,risk,level,grade,actor,hop,hop_from,country,asn,tool,"
                "ports,sessions,first,last,rule,reason\n",
                out);
    for (size_t i = 0; i < list->count; i++) {
        const struct decision *d = &list->items[i];

        (void)fprintf(out, "%s,%s,", prefix_text(&d->net, text), action_names[d->action]);
        (void)fprintf(out, "%s,%s,%.2f,%s,%c,", feed_time(d->since_us, false, text),
                      feed_time(d->until_us, false, until), d->risk, risk_level_names[d->level],
                      "ABCD"[d->grade]);
        (void)fprintf(out, "%s,", feed_actor(d->actor, text));
        if (d->hop > 0)
            (void)fprintf(out, "%.6f,%s,", d->hop, addr_text(d->hop_from, from));
        else
            (void)fputs(",,", out);
        escape_csv(out, d->country);
        if (d->asn != 0)
            (void)fprintf(out, ",%" PRIu32 ",", d->asn);
        else
            (void)fputs(",,", out);
        escape_csv(out, d->tool);
        (void)fputc(',', out);
        escape_csv(out, d->ports);
        (void)fprintf(out, ",%.0" PRIu64 ",%s,%s,", d->sessions,
                      d->first_us != 0 ? feed_time(d->first_us, false, text) : "",
                      d->last_us != 0 ? feed_time(d->last_us, false, until) : "");
        escape_csv(out, d->rule);
        (void)fputc(',', out);
        escape_csv(out, d->reason);
        (void)fputc('\n', out);
    }
    return 0;
}

int write_ndjson(const struct feed_list *list, const struct feed_about *about, FILE *out,
                 struct nj_err *err)
{
    char text[FEED_TIME_MAX];

    for (size_t i = 0; i < list->count; i++) {
        json_t *object = feed_json_decision(&list->items[i]);

        (void)json_object_set_new(object, "generated",
                                  json_string(feed_time(about->generated_us, false, text)));
        if (about->publisher[0] != '\0')
            (void)json_object_set_new(object, "publisher", feed_json_text(about->publisher));
        if (about->contact[0] != '\0')
            (void)json_object_set_new(object, "contact", feed_json_text(about->contact));
        if (about->licence[0] != '\0')
            (void)json_object_set_new(object, "licence", feed_json_text(about->licence));
        if (feed_json_line(out, object, err) < 0)
            return -1;
    }
    return 0;
}
