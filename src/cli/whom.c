/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/whom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/span.h"
#include "store/testimony.h"

#define DAYS_MAX 36500u /* older than anything that is kept */

struct cli_option whom_declared_option(bool *declared)
{
    return (struct cli_option){.name = "declared",
                               .help = "all sources of imported lists of declared scanners",
                               .flag = declared};
}

int whom_check(const struct cli *cli, bool declared)
{
    if (cli->word_count == 0 && !declared)
        return cli_usage(cli,
                         "expected addresses, - for those of standard input, or --declared");
    return 0;
}

int64_t whom_now_us(void)
{
    return nj_wall_us() / US_PER_S * US_PER_S;
}

void whom_say_known(const struct cli *cli, size_t known, unsigned days)
{
    if (known > 0 && !cli->quiet)
        cli_say("%zu not asked for: answers younger than %u days are kept (--age 0 asks again)",
                known, days);
}

static int add(struct whom *whom, struct addr a, struct nj_err *err)
{
    if (whom->count == WHOM_MAX)
        return nj_fail(err, NJ_LIMIT, "more than %u addresses", WHOM_MAX);
    whom->addrs[whom->count++] = a;
    return 0;
}

static int read_lines(struct whom *whom, struct nj_err *err)
{
    char line[256];
    unsigned number = 0;

    while (fgets(line, sizeof(line), stdin) != NULL) {
        struct addr a;

        number++;
        line[strcspn(line, "\r\n\t ,;#")] = '\0';
        if (line[0] == '\0')
            continue;
        if (addr_parse(line, &a, err) < 0) {
            if (number == 1)
                continue; /* the name of a column */
            return nj_within(err, "standard input:%u", number);
        }
        if (add(whom, a, err) < 0)
            return -1;
    }
    return 0;
}

static int on_declared(void *ctx, struct addr a, struct nj_err *err)
{
    return add(ctx, a, err);
}

static int by_address(const void *left, const void *right)
{
    return addr_compare(*(const struct addr *)left, *(const struct addr *)right);
}

static void sort(struct whom *whom)
{
    size_t distinct = 0;

    qsort(whom->addrs, whom->count, sizeof(*whom->addrs), by_address);
    for (size_t i = 0; i < whom->count; i++)
        if (i == 0 || !addr_equal(whom->addrs[i], whom->addrs[i - 1]))
            whom->addrs[distinct++] = whom->addrs[i];
    whom->count = distinct;
}

int whom_gather(const struct cli *cli, struct store *store, bool declared, struct whom *ret,
                struct nj_err *err)
{
    *ret = (struct whom){.addrs = calloc(WHOM_MAX, sizeof(*ret->addrs))};
    if (ret->addrs == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for addresses");
    for (size_t i = 0; i < cli->word_count; i++) {
        const char *word = cli->words[i];
        struct addr a;

        if (strcmp(word, "-") == 0) {
            if (read_lines(ret, err) < 0)
                return -1;
        } else if (addr_parse(word, &a, err) < 0) {
            return cli_usage(cli, "%s", err->msg);
        } else if (add(ret, a, err) < 0) {
            return -1;
        }
    }
    if (declared && testimony_declared_sources(store, on_declared, ret, err) < 0)
        return -1;
    sort(ret);
    return 0;
}

void whom_done(struct whom *whom)
{
    free(whom->addrs);
    *whom = (struct whom){.count = 0};
}

/* Both the addresses and the list's statements come sorted, so one walk finds who is known. */
struct walk {
    struct whom *whom;
    size_t next, kept;
    int64_t oldest_us;
};

/* The list says nothing of the addresses below this one. */
static void keep_below(struct walk *walk, struct addr a)
{
    struct whom *whom = walk->whom;

    while (walk->next < whom->count && addr_compare(whom->addrs[walk->next], a) < 0)
        whom->addrs[walk->kept++] = whom->addrs[walk->next++];
}

static int on_known(void *ctx, const struct testimony *t, struct nj_err *err)
{
    struct walk *walk = ctx;

    (void)err;
    keep_below(walk, t->net.first);
    if (walk->next < walk->whom->count &&
        addr_equal(walk->whom->addrs[walk->next], t->net.first) && t->to_us > walk->oldest_us)
        walk->next++;
    return 0;
}

int whom_leave_out(struct whom *whom, struct store *store, const char *list, int64_t now_us,
                   unsigned days, struct nj_err *err)
{
    struct walk walk = {.whom = whom};

    if (days == 0)
        return 0;
    walk.oldest_us = now_us - (days < DAYS_MAX ? days : DAYS_MAX) * DAY_US;
    if (testimony_of(store, list, on_known, &walk, err) < 0)
        return -1;
    while (walk.next < whom->count)
        whom->addrs[walk.kept++] = whom->addrs[walk.next++];
    whom->known = whom->count - walk.kept;
    whom->count = walk.kept;
    return 0;
}
