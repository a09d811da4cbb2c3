/* SPDX-License-Identifier: Apache-2.0 */
/* Which sources a walk is looked for in, and how much work that may be. */
#include <string.h>

#include "order/search.h"
#include "order/state.h"

/* Credit in units of the cheapest search, some 8 us, saved up for a burst of sources. Those
 * that may be ZMap have their own: one for 341 packets; for all others one for 2730. Thorough
 * ones leave half of what was saved to those that are cheap and find most. */
#define ZMAP_PACKETS 341u
#define OTHER_PACKETS 2730u

/* And in numberings, some 10 us each: one for 512 packets. What does not look like ZMap leaves
 * some for what does. */
#define TRY_PACKETS 512u
#define TRY_RESERVE 512u
#define TRIES_EACH 2048u

static const char *const other_tools[ORDER_OTHER_TOOLS] = {
    "mirai", "masscan", "unicornscan", "nmap", "hping3", "naabu", "furious", "scapy", "nping",
};

void order_walks_renew(struct order_table *table)
{
    table->zmap_credit = ORDER_ZMAP_CREDIT;
    table->other_credit = ORDER_OTHER_CREDIT;
    table->try_credit = ORDER_TRY_CREDIT;
    table->numberings = (struct numbering_memory){.count = 0};
    seed_init(&table->seeds);
}

void order_walks_init(struct order_table *table, struct nj_intern *names)
{
    order_walks_renew(table);
    table->zmap = nj_intern_z(names, "zmap");
    table->masscan = nj_intern_z(names, "masscan");
    for (unsigned i = 0; i < ORDER_OTHER_TOOLS; i++)
        table->others[i] = nj_intern_z(names, other_tools[i]);
}

void order_walks_earn(struct order_table *table)
{
    table->packets++;
    if (table->packets % ZMAP_PACKETS == 0 && table->zmap_credit < ORDER_ZMAP_CREDIT)
        table->zmap_credit++;
    if (table->packets % OTHER_PACKETS == 0 && table->other_credit < ORDER_OTHER_CREDIT)
        table->other_credit++;
    if (table->packets % TRY_PACKETS != 0)
        return;
    seed_earn(&table->seeds, table->packets);
    table->try_credit += table->try_credit < ORDER_TRY_CREDIT;
}

int order_tell(struct order_table *table, const struct order_source *source, const char *kind,
               const char *value, float bits, uint32_t packets, struct nj_err *err)
{
    struct trait trait = {
        .time_ns = source->last_ns,
        .src = source->src,
        .sensor = source->sensor,
        .packets = packets,
        .bits = bits,
        .kind = kind,
    };

    if (table->sink == NULL)
        return 0;
    (void)snprintf(trait.value, sizeof(trait.value), "%s", value);
    return table->sink(table->sink_ctx, &trait, err);
}

/* What is known of the targets: the usual ones, as many as the group holds, or as many behind
 * another list. */
static void scope_of(const struct numbering *numbering, char *text, size_t size)
{
    if (numbering->ip_bits < 32)
        (void)snprintf(text, size, ", of 2^%u addresses", numbering->ip_bits);
    else
        (void)snprintf(text, size, "%s", numbering->base != 0 ? ", own block list" : "");
}

static int tell_walk(struct order_table *table, struct order_source *source,
                     const struct packet *packet, const struct search_found *found,
                     struct nj_err *err)
{
    const struct walk *walk = &found->walk;
    char value[TRAIT_VALUE_MAX], parts[48] = "one thread", scope[48];

    if (walk->parts > 1)
        (void)snprintf(parts, sizeof(parts), "%u threads or shards", walk->parts);
    scope_of(&found->numbering, scope, sizeof(scope));
    (void)snprintf(value, sizeof(value), "generator %llu of %s; %s%s%s",
                   (unsigned long long)walk->generator, found->size->name, parts,
                   walk->old ? ", before 4.0" : "", scope);
    /* of the smallest group others have the same generator: no key */
    if (order_tell(table, source, found->size->bits < 24 ? "walk" : "zmap", value, walk->bits,
                   found->targets, err) < 0)
        return -1;
    if (packet->tool != 0)
        return 0;
    return order_tell(table, source, "tool", "zmap", walk->bits, found->targets, err);
}

static bool has_other_tool(const struct order_table *table, const struct packet *packet)
{
    for (unsigned i = 0; i < ORDER_OTHER_TOOLS; i++)
        if (packet->tool == table->others[i])
            return true;
    return false;
}

/* ZMap sends to each target once, and so do few programs that ask a kernel to connect, which
 * are what most unknown sources run. */
static bool may_be_zmap(const struct order_table *table, const struct order_source *source,
                        const struct packet *packet)
{
    return packet->tool == table->zmap || (packet->tool == 0 && source->sample.repeats == 0 &&
                                           (source->told & ORDER_RESENT) == 0);
}

static bool pay(struct order_table *table, const struct order_source *source,
                const struct packet *packet, enum search_depth depth)
{
    bool zmap = may_be_zmap(table, source, packet);
    uint32_t *credit = zmap ? &table->zmap_credit : &table->other_credit;
    uint32_t cost = search_cost(&source->sample, depth);
    uint32_t left =
        depth == SEARCH_NARROW ? 0 : (zmap ? ORDER_ZMAP_CREDIT : ORDER_OTHER_CREDIT) / 2;

    if (*credit < left + cost) {
        table->counts.deferred++;
        return false;
    }
    *credit -= cost;
    table->counts.searches++;
    return true;
}

/* Behind other lists than the default ones. */
static int look_further(struct order_table *table, struct order_source *source,
                        const struct packet *packet, enum search_depth depth,
                        struct search_found *ret, struct nj_err *err)
{
    bool zmap = packet->tool == table->zmap;
    enum search_reach reach = depth == SEARCH_NARROW ? REACH_LEARNED
                              : zmap                 ? REACH_ALL
                                                     : REACH_PLAUSIBLE;
    uint32_t reserve = zmap ? 0 : TRY_RESERVE, tries, left;
    int rc;

    if (depth == SEARCH_NARROW && table->numberings.count == 0)
        return 0;
    if (table->try_credit <= reserve) {
        table->counts.deferred++;
        return 0;
    }
    left = table->try_credit - reserve < TRIES_EACH ? table->try_credit - reserve : TRIES_EACH;
    tries = left;
    rc = search_numberings(table->searcher, &source->sample, &table->numberings, reach, &left,
                           ret, err);
    table->try_credit -= tries - left;
    return rc;
}

int order_look_for_walk(struct order_table *table, struct order_source *source,
                        const struct packet *packet, enum search_depth depth,
                        struct nj_err *err)
{
    struct search_found found;
    int rc;

    if ((source->told & ORDER_TOLD_WALK) != 0 || has_other_tool(table, packet) ||
        !pay(table, source, packet, depth))
        return 0;
    rc = search_walk(table->searcher, &source->sample, depth, &found, err);
    if (rc == 0)
        rc = look_further(table, source, packet, depth, &found, err);
    if (rc <= 0)
        return rc;
    table->counts.walks++;
    source->told |= ORDER_TOLD_WALK;
    return tell_walk(table, source, packet, &found, err);
}
