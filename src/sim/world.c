/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "sim/tool.h"

void sim_world_init(struct sim_world *world, const struct sim_options *options,
                    const struct sim_geo *geo)
{
    *world = (struct sim_world){
        .options = options,
        .geo = geo,
        .net = options->sensor,
        .from_ns = options->from_ns,
        .to_ns = options->to_ns,
    };
}

void sim_world_done(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->ports_count; i++)
        free(world->ports[i]);
    free(world->ports);
    for (uint32_t i = 0; i < world->styles_count; i++)
        free(world->styles[i]);
    free(world->styles);
    free(world->hops);
    free(world->senders);
    free(world->identities);
    free(world->windows);
    free(world->addresses);
}

/* Room for one more element. @return 0, or -1: out of memory */
static int grow(void **array, uint32_t *space, uint32_t count, size_t element)
{
    uint32_t wanted = *space == 0 ? 1024 : *space * 2;
    void *larger;

    if (count < *space)
        return 0;
    larger = realloc(*array, wanted * element);
    if (larger == NULL)
        return -1;
    *array = larger;
    *space = wanted;
    return 0;
}

static int parse_ports(const char *text, struct sim_ports *ports)
{
    uint32_t sum = 0;

    while (*text != '\0') {
        char *end;
        unsigned long port = strtoul(text, &end, 10), weight = 1;

        if (end == text || port > 65535 || ports->count == SIM_PORTS_MAX)
            return -1;
        if (*end == ':')
            weight = strtoul(end + 1, &end, 10);
        if (weight == 0 || weight > 1000000 || (*end != ' ' && *end != '\0'))
            return -1;
        sum += (uint32_t)weight;
        ports->port[ports->count] = (uint16_t)port;
        ports->until[ports->count] = sum;
        ports->count++;
        text = *end == ' ' ? end + 1 : end;
    }
    return ports->count == 0 ? -1 : 0;
}

int sim_world_ports(struct sim_world *world, const char *text,
                    const struct sim_ports **ret_ports, struct nj_err *err)
{
    struct sim_ports *ports;
    void *table = world->ports;

    if (grow(&table, &world->ports_space, world->ports_count, sizeof(*world->ports)) < 0)
        return nj_fail(err, NJ_NOMEM, "port plans");
    world->ports = table;
    ports = calloc(1, sizeof(*ports));
    if (ports == NULL)
        return nj_fail(err, NJ_NOMEM, "port plan");
    world->ports[world->ports_count++] = ports;
    if (parse_ports(text, ports) < 0)
        return nj_fail(err, NJ_CONFIG, "ports \"%.60s\": expected PORT:WEIGHT ...", text);
    *ret_ports = ports;
    return 0;
}

/* ---- addresses ---- */

static uint32_t *address_slot(struct sim_world *world, uint32_t addr)
{
    uint32_t slot = (uint32_t)nj_mix64(addr) & world->address_mask;

    while (world->addresses[slot] != 0 && world->addresses[slot] != addr)
        slot = (slot + 1) & world->address_mask;
    return &world->addresses[slot];
}

/* The set is kept at most half full; senders are the only ones who claim. */
static int grow_addresses(struct sim_world *world)
{
    uint32_t old_slots = world->addresses == NULL ? 0 : world->address_mask + 1;
    uint32_t *old = world->addresses;
    uint32_t slots = old_slots == 0 ? 4096 : old_slots * 4;
    uint32_t *addresses = calloc(slots, sizeof(*addresses));

    if (addresses == NULL)
        return -1;
    world->addresses = addresses;
    world->address_mask = slots - 1;
    for (uint32_t i = 0; i < old_slots; i++) {
        if (old[i] != 0)
            *address_slot(world, old[i]) = old[i];
    }
    free(old);
    return 0;
}

int sim_world_claim(struct sim_world *world, uint32_t addr)
{
    uint32_t *slot;

    if (addr == 0 || (addr ^ world->net.first) >> world->net.bits == 0)
        return 0;
    if (world->addresses == NULL || world->sender_count > world->address_mask / 2) {
        if (grow_addresses(world) < 0)
            return 0;
    }
    slot = address_slot(world, addr);
    if (*slot != 0)
        return 0;
    *slot = addr;
    return 1;
}

/* ---- senders ---- */

int sim_world_add(struct sim_world *world, const struct sim_new_sender *spec,
                  struct nj_err *err)
{
    const struct sim_tool *tool = sim_tool_find(spec->tool);
    void *senders = world->senders, *identities = world->identities;
    uint32_t space = world->sender_space;
    struct sim_sender *sender;

    if (tool == NULL)
        return nj_fail(err, NJ_CONFIG, "tool \"%s\" is not known", spec->tool);
    if (tool->styled && spec->style == NULL)
        return nj_fail(err, NJ_CONFIG, "tool \"%s\" needs a style", spec->tool);
    if (grow(&identities, &space, world->sender_count, sizeof(*world->identities)) < 0)
        return nj_fail(err, NJ_NOMEM, "senders");
    world->identities = identities;
    if (grow(&senders, &world->sender_space, world->sender_count, sizeof(*sender)) < 0)
        return nj_fail(err, NJ_NOMEM, "senders");
    world->senders = senders;

    sender = &world->senders[world->sender_count];
    *sender = (struct sim_sender){
        .addr = spec->addr,
        .tool = tool,
        .ports = spec->ports,
        .style = spec->style,
        .rng = nj_rng(world->options->seed, (uint64_t)world->sender_count << 32 | spec->addr),
        .windows = world->window_count,
    };
    sender->hops = (uint8_t)nj_rng_between(&sender->rng, 5, 24);
    world->identities[world->sender_count] = (struct sim_identity){
        .actor = spec->actor != 0 ? spec->actor : ++world->actor_count,
        .kind = spec->kind,
        .relation = spec->relation,
        .group = spec->group,
        .place = sim_geo_place(world->geo, spec->addr),
    };
    world->sender_count++;
    return 0;
}

int sim_world_window(struct sim_world *world, int64_t from_ns, int64_t to_ns, uint32_t count,
                     struct nj_err *err)
{
    void *windows = world->windows;
    double whole = (double)(to_ns - from_ns);
    int64_t from = from_ns > world->from_ns ? from_ns : world->from_ns;
    int64_t to = to_ns < world->to_ns ? to_ns : world->to_ns;

    if (from >= to)
        return 0;
    if (from != from_ns || to != to_ns)
        count = (uint32_t)((double)count * ((double)(to - from) / whole));
    if (count == 0)
        return 0;
    if (grow(&windows, &world->window_space, world->window_count, sizeof(*world->windows)) < 0)
        return nj_fail(err, NJ_NOMEM, "windows");
    world->windows = windows;
    world->windows[world->window_count++] =
        (struct sim_window){.from_ns = from, .to_ns = to, .count = count};
    world->senders[world->sender_count - 1].windows_left++;
    return 0;
}

/* ---- styles and hops ---- */

int sim_world_style(struct sim_world *world, const struct sim_style *style,
                    const struct sim_style **ret_style, struct nj_err *err)
{
    void *table = world->styles;
    struct sim_style *copy;

    if (grow(&table, &world->styles_space, world->styles_count, sizeof(*world->styles)) < 0)
        return nj_fail(err, NJ_NOMEM, "styles");
    world->styles = table;
    copy = malloc(sizeof(*copy));
    if (copy == NULL)
        return nj_fail(err, NJ_NOMEM, "style");
    *copy = *style;
    world->styles[world->styles_count++] = copy;
    *ret_style = copy;
    return 0;
}

int sim_world_hop(struct sim_world *world, const struct sim_hop *hop, struct nj_err *err)
{
    void *hops = world->hops;

    if (grow(&hops, &world->hop_space, world->hop_count, sizeof(*world->hops)) < 0)
        return nj_fail(err, NJ_NOMEM, "hops");
    world->hops = hops;
    world->hops[world->hop_count++] = *hop;
    return 0;
}
