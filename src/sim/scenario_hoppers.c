/* SPDX-License-Identifier: Apache-2.0 */
/* s2-hoppers: two hundred operators who change their address one to three times, with gaps of a
 * minute to three days, into the same /24, the same AS, or anywhere; some go back, some go on
 * from two addresses with half the rate each. Port sets of one to thirty ports with at least
 * one that is rare; seven kinds of programs; rates over two orders of magnitude.
 *
 * s7-evasion: a hundred and twenty of them who change something with the address: nothing, one,
 * two or three of rate, source-port range, ports, tool. The hops' table says which. */
#include "sim/crowd.h"
#include "sim/scenario.h"

#define HOPPERS 200u
#define EVADERS 120u

enum { LABEL_HOPPERS = 7200, LABEL_EVADERS = 7300 };
enum { CHANGE_RATE = 1, CHANGE_RANGE = 2, CHANGE_PORTS = 4, CHANGE_TOOL = 8 };

/* What the changes of one hop are called in the truth, by their bits. */
static const char *const change_names[16] = {"",
                                             "rate",
                                             "range",
                                             "rate;range",
                                             "ports",
                                             "rate;ports",
                                             "range;ports",
                                             "rate;range;ports",
                                             "tool",
                                             "rate;tool",
                                             "range;tool",
                                             "rate;range;tool",
                                             "ports;tool",
                                             "rate;ports;tool",
                                             "range;ports;tool",
                                             "rate;range;ports;tool"};

/* An operator on the move: what is true now, and what was drawn at the start. */
struct hopper {
    struct sim_stint stint;
    struct sim_style style;
    uint32_t home;     /* the first address */
    uint32_t latest;   /* sender of the stint added last */
    uint32_t previous; /* of the one before */
    uint32_t port_count;
};

static void defaults(struct sim_options *options)
{
    sim_crowd_defaults(options, 14);
}

/* ---- who they are ---- */

static void choose_tool(struct hopper *hopper, struct nj_rng *rng)
{
    static const char *const tools[] = {"own-random",  "own-permute", "own-sweep",
                                        "masscan-1.3", "zmap-4",      "linux-5",
                                        "unicornscan"};

    hopper->stint.tool = tools[nj_rng_below(rng, sizeof(tools) / sizeof(tools[0]))];
    hopper->style = sim_own_style(rng);
    hopper->style.all_ports = true;
}

static int begin(struct sim_world *world, struct hopper *hopper, const char *kind,
                 struct nj_rng *rng, struct nj_err *err)
{
    static const uint32_t sizes[] = {1, 2, 3, 3, 5, 5, 9, 9, 16, 30};
    uint32_t size = sizes[nj_rng_below(rng, sizeof(sizes) / sizeof(sizes[0]))];
    uint64_t fifth = (uint64_t)(world->to_ns - world->from_ns) / 5;
    uint32_t draw = nj_rng_below(rng, 3);

    *hopper = (struct hopper){.home = sim_claim_any(world, rng), .port_count = size};
    if (hopper->home == 0)
        return nj_fail(err, NJ_LIMIT, "no free addresses");
    choose_tool(hopper, rng);
    hopper->stint.kind = kind;
    hopper->stint.actor = ++world->actor_count;
    hopper->stint.addr = hopper->home;
    hopper->stint.from_ns = world->from_ns + (int64_t)nj_rng_below64(rng, fifth);
    hopper->stint.per_hour_100 = (uint32_t)sim_log_between(rng, 400, 12800);
    /* a run that goes on in blocks needs a program that goes on */
    hopper->stint.schedule = draw == 0 && hopper->stint.tool[0] == 'o' ? SCHEDULE_BLOCKS
                             : draw == 1                               ? SCHEDULE_DAYS
                                                                       : SCHEDULE_STEADY;
    hopper->stint.hour = nj_rng_below(rng, 14);
    return sim_port_set(world, rng, size, size / 3 + 1, &hopper->stint.ports, err);
}

/* ---- one stint and the way to the next ---- */

static int add_stint(struct sim_world *world, struct hopper *hopper, const char *hop_kind,
                     const char *changed, struct nj_rng *rng, struct nj_err *err)
{
    const struct sim_hop hop = {.from = hopper->previous,
                                .to = world->sender_count,
                                .kind = hop_kind,
                                .changed = changed};

    if (sim_world_style(world, &hopper->style, &hopper->stint.style, err) < 0 ||
        (hop_kind != NULL && sim_world_hop(world, &hop, err) < 0))
        return -1;
    hopper->latest = world->sender_count;
    return sim_stint_add(world, &hopper->stint, rng, err);
}

/* End of the last window: with a schedule a stint ends before its time. */
static int64_t real_end(const struct sim_world *world, const struct hopper *hopper)
{
    const struct sim_sender *sender = &world->senders[hopper->latest];

    if (sender->windows_left == 0)
        return world->to_ns;
    return world->windows[sender->windows + sender->windows_left - 1].to_ns;
}

static enum sim_zone draw_zone(struct nj_rng *rng)
{
    static const enum sim_zone zones[10] = {ZONE_24, ZONE_24, ZONE_24,  ZONE_24,  ZONE_AS,
                                            ZONE_AS, ZONE_AS, ZONE_ANY, ZONE_ANY, ZONE_ANY};

    return zones[nj_rng_below(rng, 10)];
}

/* The next stint begins a minute to three days after the end of this one. In working hours
 * only, the hand-over waits for the next ones. */
static void go_on(const struct sim_world *world, struct hopper *hopper, struct nj_rng *rng)
{
    hopper->stint.from_ns =
        real_end(world, hopper) + (int64_t)sim_log_between(rng, 60, 259200) * SIM_SECOND;
    hopper->previous = hopper->latest;
}

static int64_t stint_length(const struct sim_world *world, struct nj_rng *rng)
{
    uint64_t tenth = (uint64_t)(world->to_ns - world->from_ns) / 10;

    return (int64_t)(tenth + nj_rng_below64(rng, 2 * tenth));
}

/* Two addresses share the work from now on. */
static int split(struct sim_world *world, struct hopper *hopper, enum sim_zone zone,
                 struct nj_rng *rng, struct nj_err *err)
{
    uint32_t near = hopper->stint.addr;

    hopper->stint.relation = "parallel";
    hopper->stint.group = ++world->group_count;
    hopper->stint.per_hour_100 /= 2;
    hopper->stint.to_ns = hopper->stint.from_ns + stint_length(world, rng);
    for (int i = 0; i < 2; i++) {
        hopper->stint.addr = sim_claim_near(world, near, zone, rng);
        if (add_stint(world, hopper, "split", "", rng, err) < 0)
            return -1;
        hopper->stint.from_ns += (int64_t)nj_rng_below(rng, 120) * SIM_SECOND;
    }
    return 0;
}

static int add_hopper(struct sim_world *world, struct nj_rng *rng, struct nj_err *err)
{
    struct hopper hopper;
    uint32_t hops = nj_rng_between(rng, 1, 3);

    if (begin(world, &hopper, "hopper", rng, err) < 0)
        return -1;
    hopper.stint.to_ns = hopper.stint.from_ns + stint_length(world, rng);
    if (add_stint(world, &hopper, NULL, "", rng, err) < 0)
        return -1;
    for (uint32_t h = 0; h < hops && real_end(world, &hopper) < world->to_ns; h++) {
        enum sim_zone zone = draw_zone(rng);
        bool back = h > 0 && hopper.stint.addr != hopper.home && nj_rng_below(rng, 3) == 0;

        if (h < 1 &&
            sim_crowd_beside(world, hopper.stint.addr, real_end(world, &hopper), rng, err) < 0)
            return -1;
        go_on(world, &hopper, rng);
        if (hopper.stint.from_ns >= world->to_ns)
            return 0;
        if (h + 1 == hops && !back && nj_rng_below(rng, 10) == 0)
            return split(world, &hopper, zone, rng, err);
        hopper.stint.addr =
            back ? hopper.home : sim_claim_near(world, hopper.stint.addr, zone, rng);
        hopper.stint.to_ns = hopper.stint.from_ns + stint_length(world, rng);
        if (add_stint(world, &hopper, back ? "return" : "first", "", rng, err) < 0)
            return -1;
    }
    return 0;
}

static int plan_hoppers(struct sim_world *world, struct nj_err *err)
{
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_HOPPERS);

    for (uint32_t i = 0; i < HOPPERS; i++) {
        if (add_hopper(world, &rng, err) < 0)
            return -1;
    }
    return sim_crowd_add(world, (struct sim_crowd){.related = true}, err);
}

/* ---- those who change more than their address ---- */

/* So many of the four, each at most once. */
static uint32_t draw_changes(uint32_t count, struct nj_rng *rng)
{
    uint32_t changes = 0;

    while ((uint32_t)__builtin_popcount(changes) < count)
        changes |= 1u << nj_rng_below(rng, 4);
    return changes;
}

/* Some three quarters of the ports, or another rare one when there is but one. */
static int fewer_ports(struct sim_world *world, struct hopper *hopper, struct nj_rng *rng,
                       struct nj_err *err)
{
    const struct sim_ports *old = hopper->stint.ports;
    struct sim_ports *kept;

    if (sim_port_set(world, rng, old->count, old->count, &hopper->stint.ports, err) < 0)
        return -1;
    if (old->count < 3)
        return 0;
    kept = world->ports[world->ports_count - 1]; /* the one just made */
    *kept = *old;
    kept->count = (uint8_t)(old->count - (old->count + 3) / 4);
    return 0;
}

static int change(struct sim_world *world, struct hopper *hopper, uint32_t changes,
                  struct nj_rng *rng, struct nj_err *err)
{
    const struct sim_style before = hopper->style;

    if (changes & CHANGE_RATE)
        hopper->stint.per_hour_100 =
            nj_rng_below(rng, 2) == 0 && hopper->stint.per_hour_100 >= 1600
                ? hopper->stint.per_hour_100 / 4
                : hopper->stint.per_hour_100 * 4;
    if (changes & CHANGE_TOOL)
        hopper->stint.tool = hopper->stint.tool[0] == 'o' ? "masscan-1.3" : "own-permute";
    if (changes & CHANGE_RANGE) {
        hopper->style = sim_own_style(rng);
        hopper->style.ttl = before.ttl; /* the range, and not the rest */
        hopper->style.df = before.df;
        hopper->style.window = before.window;
        hopper->style.layout = before.layout;
        hopper->style.seq = before.seq;
        hopper->style.id = before.id;
        hopper->style.ip_id = before.ip_id;
        hopper->style.all_ports = true;
    }
    return (changes & CHANGE_PORTS) != 0 ? fewer_ports(world, hopper, rng, err) : 0;
}

/* @param count  how many of the four change */
static int add_evader(struct sim_world *world, uint32_t count, struct nj_rng *rng,
                      struct nj_err *err)
{
    uint32_t changes = draw_changes(count, rng);
    struct hopper hopper;

    if (begin(world, &hopper, "evader", rng, err) < 0)
        return -1;
    if (hopper.stint.tool[0] != 'o') /* only these have a range to change */
        hopper.stint.tool = "own-random";
    hopper.stint.to_ns =
        hopper.stint.from_ns + stint_length(world, rng) + stint_length(world, rng);
    if (add_stint(world, &hopper, NULL, "", rng, err) < 0)
        return -1;
    if (sim_crowd_beside(world, hopper.stint.addr, real_end(world, &hopper), rng, err) < 0)
        return -1;
    go_on(world, &hopper, rng);
    hopper.stint.addr = sim_claim_near(world, hopper.stint.addr, draw_zone(rng), rng);
    hopper.stint.to_ns = hopper.stint.from_ns + 2 * stint_length(world, rng);
    if (change(world, &hopper, changes, rng, err) < 0)
        return -1;
    return add_stint(world, &hopper, "first", change_names[changes], rng, err);
}

static int plan_evaders(struct sim_world *world, struct nj_err *err)
{
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_EVADERS);

    for (uint32_t i = 0; i < EVADERS; i++) {
        if (add_evader(world, i % 4, &rng, err) < 0)
            return -1;
    }
    return sim_crowd_add(world, (struct sim_crowd){.related = true}, err);
}

const struct sim_scenario sim_scenario_hoppers = {
    .name = "s2-hoppers",
    .summary = "200 operators who change address, near and far, after a minute or three days",
    .defaults = defaults,
    .plan = plan_hoppers,
};

const struct sim_scenario sim_scenario_evasion = {
    .name = "s7-evasion",
    .summary = "120 operators who change up to three habits with the address",
    .defaults = defaults,
    .plan = plan_evaders,
};
