/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/truth.h"

#include <stdio.h>

#include "model/addr.h"
#include "model/packet.h"
#include "sim/tool.h"

static void put_ports(FILE *out, const struct sim_sender *sender)
{
    const char *between = "";

    for (unsigned i = 0; i < sender->ports->count; i++) {
        if ((sender->ports_used >> i & 1) == 0 || sender->ports->port[i] == 0)
            continue; /* ICMP has no ports: its plan says 0 */
        (void)fprintf(out, "%s%u", between, sender->ports->port[i]);
        between = ";";
    }
}

static void put_row(FILE *out, const struct sim_sender *sender,
                    const struct sim_identity *identity)
{
    char source[ADDR_TEXT_MAX], first[SIM_TIME_TEXT], last[SIM_TIME_TEXT];

    (void)fprintf(
        out, "%s,%u,%s,%s,%s,%s,%u,%s,%s,%u,%u,", addr_text(addr_from_v4(sender->addr), source),
        identity->actor, sender->tool->name, class_names[sender->tool->class],
        identity->kind != NULL ? identity->kind : sender->tool->variant,
        identity->place.country, identity->place.asn, sim_time_text(sender->first_ns, first),
        sim_time_text(sender->last_ns, last), sender->packets, sender->sessions);
    put_ports(out, sender);
    if (identity->relation != NULL)
        (void)fprintf(out, ",%s:%u\n", identity->relation, identity->group);
    else
        (void)fputs(",\n", out);
}

static int finish(FILE *out, const char *path, struct nj_err *err)
{
    if (ferror(out)) {
        (void)fclose(out);
        return nj_fail(err, NJ_IO, "write %s", path);
    }
    if (fclose(out) != 0)
        return nj_fail(err, NJ_IO, "close %s", path);
    return 0;
}

int sim_truth_write(const struct sim_world *world, const char *path, struct nj_err *err)
{
    FILE *out = fopen(path, "we");

    if (out == NULL)
        return nj_fail(err, NJ_IO, "create %s", path);
    (void)fputs(
        "source,actor,tool,class,kind,country,asn,first,last,packets,sessions,ports,group\n",
        out);
    for (uint32_t i = 0; i < world->sender_count; i++) {
        if (world->senders[i].packets > 0)
            put_row(out, &world->senders[i], &world->identities[i]);
    }
    return finish(out, path, err);
}

int sim_hops_write(const struct sim_world *world, const char *path, struct nj_err *err)
{
    FILE *out = fopen(path, "we");

    if (out == NULL)
        return nj_fail(err, NJ_IO, "create %s", path);
    (void)fputs("actor,from,to,stopped,started,kind,changed\n", out);
    for (uint32_t i = 0; i < world->hop_count; i++) {
        const struct sim_hop *hop = &world->hops[i];
        const struct sim_sender *from = &world->senders[hop->from];
        const struct sim_sender *to = &world->senders[hop->to];
        char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX], stopped[SIM_TIME_TEXT], started[SIM_TIME_TEXT];

        if (from->packets == 0 || to->packets == 0)
            continue;
        (void)fprintf(out, "%u,%s,%s,%s,%s,%s,%s\n", world->identities[hop->to].actor,
                      addr_text(addr_from_v4(from->addr), a),
                      addr_text(addr_from_v4(to->addr), b),
                      sim_time_text(from->last_ns, stopped),
                      sim_time_text(to->first_ns, started), hop->kind, hop->changed);
    }
    return finish(out, path, err);
}
