/* SPDX-License-Identifier: Apache-2.0 */
#include "testimony/lists.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/addr.h"

#define TOKEN_MAX 100 /* two addresses and what is between them */

struct reader {
    struct lists_bounds bounds;
    statement_fn fn;
    void *ctx;
    struct reading *reading;
    struct text value; /* of the present statement */
    bool headed;       /* the one line that may be a header was seen */
    struct nj_err *err;
};

/* ---- entries ---- */

/* Count and check what goes out. */
static int on_statement(void *ctx, const struct statement *statement, struct nj_err *err)
{
    struct reader *r = ctx;

    if (r->reading->statements == STATEMENTS_MAX)
        return nj_fail(err, NJ_LIMIT, "more than %u entries", STATEMENTS_MAX);
    r->reading->statements++;
    if (statement->to_us > r->reading->newest_us)
        r->reading->newest_us = statement->to_us;
    return r->fn(r->ctx, statement, err);
}

/* An address, a prefix or a range. @return 0; 1 with *ret_why: it is none, or too wide */
static int read_net(const struct reader *r, const char *text, struct prefix *ret_net,
                    const char **ret_why)
{
    const struct addr mapped = addr_from_v4(0);
    const char *dash = strchr(text, '-');
    struct nj_err ignored;
    struct prefix last;
    char first[TOKEN_MAX];
    int bound;

    *ret_why = "no address, prefix or range";
    if (dash != NULL) {
        (void)snprintf(first, sizeof(first), "%.*s", (int)(dash - text), text);
        if (addr_parse(first, &ret_net->first, &ignored) < 0 ||
            addr_parse(dash + 1, &last.last, &ignored) < 0)
            return 1;
        ret_net->last = last.last;
    } else if (prefix_parse(text, ret_net, &ignored) < 0) {
        if (strstr(ignored.msg, "host bits") != NULL)
            *ret_why = "a prefix with host bits";
        return 1;
    }
    *ret_why = "a range that ends before it begins, or in the other family";
    if (addr_is_v4(ret_net->first) != addr_is_v4(ret_net->last) ||
        addr_compare(ret_net->first, ret_net->last) > 0)
        return 1;
    *ret_why = "a prefix that is too wide for a list of this kind";
    if (r->bounds.v6 > 0 && !addr_is_v4(ret_net->first) && prefix_has(ret_net, mapped))
        return 1; /* all of IPv4 stands in it */
    bound = addr_is_v4(ret_net->first) ? 96 + r->bounds.v4 : r->bounds.v6;
    if (bound <= 0)
        return 0;
    if (bound >= 64)
        return ret_net->last.hi != ret_net->first.hi ||
               (ret_net->last.lo - ret_net->first.lo) > (UINT64_MAX >> (bound - 64));
    return ret_net->last.hi - ret_net->first.hi > (UINT64_MAX >> bound);
}

/* @return 0; 1: refused; -1 */
static int add_entry(struct reader *r, const char *net_text, const char *label,
                     size_t label_length, int64_t at_us, uint64_t line)
{
    struct statement statement = {.from_us = 0, .to_us = at_us};
    struct prefix net;
    const char *why;
    int rc;

    if (read_net(r, net_text, &net, &why) != 0) {
        reading_refuse(r->reading, line, why);
        return 1;
    }
    r->value.length = 0;
    statement_member(&r->value, "label", label, label_length);
    statement.value = statement_value(&r->value);
    if (r->value.no_memory)
        return nj_fail(r->err, NJ_NOMEM, "no memory for a label");
    rc = statement_range(net.first, net.last, &statement, on_statement, r, r->err);
    return rc < 0 ? -1 : 0;
}

/* ---- lines ---- */

static const char blanks[] = " \t\r\"";
static const char separators[] = " \t\r,;#\"";

static size_t trim(const char **at, size_t length, const char *what)
{
    while (length > 0 && strchr(what, **at) != NULL && **at != '\0') {
        (*at)++;
        length--;
    }
    while (length > 0 && strchr(blanks, (*at)[length - 1]) != NULL)
        length--;
    return length;
}

static size_t token_length(const char *at, size_t length)
{
    size_t end = 0;

    while (end < length && (at[end] == '\0' || strchr(separators, at[end]) == NULL))
        end++;
    return end;
}

static bool begins(const char *at, size_t length, const char *word)
{
    size_t n = strlen(word);

    return length > n && memcmp(at, word, n) == 0;
}

/* "add censys.io-ipv6 2001:db8::/80": what it is called, then the entry. */
static int ipset_line(struct reader *r, const char *at, size_t length, uint64_t line)
{
    static const char v6[] = "-ipv6";
    char net[TOKEN_MAX];
    const char *name = at + 4;
    size_t left = trim(&name, length - 4, blanks), name_length = token_length(name, left);

    at = name + name_length;
    left = trim(&at, left - name_length, blanks);
    (void)snprintf(net, sizeof(net), "%.*s", (int)token_length(at, left), at);
    if (name_length > sizeof(v6) && memcmp(name + name_length - 5, v6, 5) == 0)
        name_length -= 5;
    return add_entry(r, net, name, name_length, 0, line);
}

/* "ExitAddress 192.0.2.7 2020-05-01 10:00:00" */
static int tor_line(struct reader *r, const char *at, size_t length, uint64_t line)
{
    char net[TOKEN_MAX] = "", day[12] = "", clock[12] = "", when[28], copy[128];

    (void)snprintf(copy, sizeof(copy), "%.*s", (int)length, at);
    (void)sscanf(copy, "ExitAddress %99s %11s %11s", net, day, clock);
    (void)snprintf(when, sizeof(when), "%s %s", day, clock);
    return add_entry(r, net, NULL, 0, statement_time(when), line);
}

/* An entry and what stands behind it; "A,B" with two addresses is a range. */
static int plain_line(struct reader *r, const char *at, size_t length, uint64_t line)
{
    char net[TOKEN_MAX], second[TOKEN_MAX / 2];
    const char *rest = at;
    size_t used = token_length(at, length), left = length - used, label;
    struct addr a;
    bool comment;

    if (used >= sizeof(net)) {
        reading_refuse(r->reading, line, "no address, prefix or range");
        return 1;
    }
    (void)snprintf(net, sizeof(net), "%.*s", (int)used, at);
    rest = at + used;
    comment = left > 0 && memchr(rest, '#', left) != NULL;
    left = trim(&rest, left, separators);
    label = token_length(rest, left);
    if (label < sizeof(second) && strchr(net, '/') == NULL && strchr(net, '-') == NULL) {
        (void)snprintf(second, sizeof(second), "%.*s", (int)label, rest);
        if (addr_parse(net, &a, NULL) == 0 && addr_parse(second, &a, NULL) == 0 &&
            used + 1 + label < sizeof(net)) {
            (void)snprintf(net + used, sizeof(net) - used, "-%s", second);
            rest += label;
            left = trim(&rest, left - label, separators);
        }
    }
    if (!comment) { /* the next field of a CSV line */
        const char *end = memchr(rest, ',', left);

        left = end == NULL ? left : (size_t)(end - rest);
        left = trim(&rest, left, blanks);
    }
    return add_entry(r, net, rest, left, 0, line);
}

static int take_line(struct reader *r, const char *at, size_t length, uint64_t line)
{
    struct reading before = *r->reading;
    int rc;

    length = trim(&at, length, " \t\r\"");
    if (length == 0 || at[0] == '#' || at[0] == ';' || begins(at, length, "//") ||
        begins(at, length, "create ") || begins(at, length, "ExitNode ") ||
        begins(at, length, "Published ") || begins(at, length, "LastStatus "))
        return 0;
    if (begins(at, length, "add "))
        rc = ipset_line(r, at, length, line);
    else if (begins(at, length, "ExitAddress "))
        rc = tor_line(r, at, length, line);
    else
        rc = plain_line(r, at, length, line);
    if (rc > 0 && !r->headed && before.statements == 0 && before.refused == 0 &&
        (at[0] < '0' || at[0] > '9'))
        *r->reading = before; /* the names of the columns */
    r->headed = true;
    return rc < 0 ? -1 : 0;
}

static int read_lines(struct reader *r, const char *bytes, size_t length)
{
    static const char bom[] = "\xef\xbb\xbf";
    uint64_t line = 0;
    size_t at = begins(bytes, length, bom) ? 3 : 0;

    while (at < length) {
        const char *end = memchr(bytes + at, '\n', length - at);
        size_t size = end == NULL ? length - at : (size_t)(end - bytes) - at;

        if (take_line(r, bytes + at, size, ++line) < 0)
            return -1;
        at += size + 1;
    }
    return 0;
}

/* ---- JSON ---- */

/* The first of these members that is a text. */
static const char *text_of(const json_t *object, const char *const *names)
{
    for (; *names != NULL; names++) {
        const char *text = json_string_value(json_object_get(object, *names));

        if (text != NULL)
            return text;
    }
    return NULL;
}

static int json_entry(struct reader *r, const json_t *entry, uint64_t number)
{
    static const char *const nets[] = {"ip",          "ip_str",     "address", "prefix",
                                       "ip_prefix",   "ipv4Prefix", "cidr",    "network",
                                       "ipv6_prefix", "ipv6Prefix", "range",   NULL};
    static const char *const labels[] = {"label", "scanner", "organization", "organisation",
                                         "name",  "service", "class",        NULL};
    static const char *const dates[] = {"last_seen", "date", "updated", "timestamp", NULL};
    const char *net = json_is_string(entry) ? json_string_value(entry) : text_of(entry, nets);
    const char *label = text_of(entry, labels);

    if (net == NULL || strlen(net) >= TOKEN_MAX) {
        reading_refuse(r->reading, number, "no address, prefix or range");
        return 0;
    }
    return add_entry(r, net, label, label == NULL ? 0 : strlen(label),
                     statement_time(text_of(entry, dates)), number) < 0
               ? -1
               : 0;
}

/* Versions of warning lists are mostly days: 20260811, or 26081010 with an hour behind it. */
static int64_t version_date(const json_t *root)
{
    json_int_t version = json_integer_value(json_object_get(root, "version"));
    char day[32];

    if (version >= 20000101 && version <= 21991231 && version / 100 % 100 <= 12)
        (void)snprintf(day, sizeof(day), "%04d-%02d-%02d", (int)(version / 10000),
                       (int)(version / 100 % 100), (int)(version % 100));
    else if (version >= 21000000 && version < 100000000)
        (void)snprintf(day, sizeof(day), "20%02d-%02d-%02d", (int)(version / 1000000),
                       (int)(version / 10000 % 100), (int)(version / 100 % 100));
    else
        return 0;
    return statement_time(day);
}

static int json_root(struct reader *r, const json_t *root)
{
    static const char *const arrays[] = {"list", "prefixes", "entries", "data", NULL};
    static const char *const names[] = {"name", NULL}, *const abouts[] = {"description", NULL};
    static const char *const dates[] = {"date", "updated", "creationTime", "createDate", NULL};
    const json_t *list = json_is_array(root) ? root : NULL;
    const char *text;
    json_t *entry;
    size_t i;

    for (size_t k = 0; list == NULL && arrays[k] != NULL; k++)
        if (json_is_array(json_object_get(root, arrays[k])))
            list = json_object_get(root, arrays[k]);
    if (list == NULL)
        return nj_fail(r->err, NJ_FORMAT,
                       "JSON without a list of addresses (\"list\", \"prefixes\", an array)");
    if ((text = text_of(root, names)) != NULL)
        (void)snprintf(r->reading->name, sizeof(r->reading->name), "%s", text);
    if ((text = text_of(root, abouts)) != NULL)
        (void)snprintf(r->reading->about, sizeof(r->reading->about), "%s", text);
    r->reading->dated_us = version_date(root);
    if (r->reading->dated_us == 0)
        r->reading->dated_us = statement_time(text_of(root, dates));
    json_array_foreach(list, i, entry)
    {
        if (json_entry(r, entry, i + 1) < 0)
            return -1;
    }
    return 0;
}

/* An object a line. */
static int json_lines(struct reader *r, const char *bytes, size_t length)
{
    uint64_t line = 0;

    for (size_t at = 0; at < length;) {
        const char *end = memchr(bytes + at, '\n', length - at);
        size_t size = end == NULL ? length - at : (size_t)(end - bytes) - at;
        json_t *object = json_loadb(bytes + at, size, 0, NULL);
        const char *from = bytes + at;
        int rc = 0;

        line++;
        if (object != NULL)
            rc = json_entry(r, object, line);
        else if (trim(&from, size, blanks) > 0)
            reading_refuse(r->reading, line, "no JSON object");
        json_decref(object);
        if (rc < 0)
            return -1;
        at += size + 1;
    }
    return 0;
}

int lists_read(const char *bytes, size_t length, struct lists_bounds bounds, statement_fn fn,
               void *ctx, struct reading *ret, struct nj_err *err)
{
    struct reader r = {.bounds = bounds, .fn = fn, .ctx = ctx, .reading = ret, .err = err};
    const char *at = bytes;
    size_t left = trim(&at, length, " \t\r\n");
    json_error_t fault;
    json_t *root;
    int rc;

    *ret = (struct reading){0};
    if (left == 0 || (at[0] != '{' && at[0] != '[')) {
        rc = read_lines(&r, bytes, length);
    } else if ((root = json_loadb(at, left, 0, &fault)) != NULL) {
        rc = json_is_string(json_object_get(root, "ip")) /* a file of lines that has but one */
                 ? json_entry(&r, root, 1)
                 : json_root(&r, root);
        json_decref(root);
    } else if (at[0] == '{' && strstr(fault.text, "end of file expected") != NULL) {
        rc = json_lines(&r, bytes, length);
    } else {
        rc = nj_fail(err, NJ_FORMAT, "JSON, line %d, column %d: %.100s", fault.line,
                     fault.column, fault.text);
    }
    text_done(&r.value);
    return rc;
}
