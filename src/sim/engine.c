/* SPDX-License-Identifier: Apache-2.0 */
/* Event numbers below 2^31 are senders: their next first try is due or, when they have nothing
 * left, their next window begins. Above, tries that are due for a repeat. */
#include "sim/engine.h"

#include <stdlib.h>

#include "sim/order.h"
#include "sim/probe.h"
#include "sim/recent.h"
#include "sim/tool.h"
#include "sim/wheel.h"

#define REPEAT (UINT32_C(1) << 31)
/* A window may run over its end by this, for a last packet that rounding has put there. */
#define OVERRUN_NS 100000

struct waiting {
    struct sim_try attempt;
    int64_t first_ns; /* time of attempt 0 */
    uint32_t sender;
    uint32_t next_free; /* number + 1 */
};

struct engine {
    struct sim_world *world;
    struct sim_sinks sinks;
    struct sim_wheel *wheel;
    struct sim_recent *recent;
    struct sim_orders orders;
    struct waiting *waiting;
    uint32_t waiting_count, waiting_space, waiting_free;
    struct sim_counts counts;
};

static void soon(void *ctx, uint32_t number)
{
    const struct engine *engine = ctx;

    if (number < REPEAT) {
        const char *sender = (const char *)&engine->world->senders[number];

        __builtin_prefetch(sender, 1);
        __builtin_prefetch(sender + 64, 1);
        __builtin_prefetch(sender + sizeof(struct sim_sender) - 1, 1);
    } else {
        __builtin_prefetch(&engine->waiting[number - REPEAT]);
    }
}

/* The sender has nothing left: wait for its next window, if there is one. */
static int await_window(struct engine *engine, uint32_t number, int64_t now, struct nj_err *err)
{
    struct sim_sender *sender = &engine->world->senders[number];
    int64_t from_ns;

    sim_order_end(sender);
    sender->left = 0;
    if (sender->windows_left == 0)
        return 0;
    from_ns = engine->world->windows[sender->windows].from_ns;
    return sim_wheel_add(engine->wheel, from_ns > now ? from_ns : now, number, err);
}

static int open_window(struct engine *engine, uint32_t number, int64_t now, struct nj_err *err)
{
    struct sim_sender *sender = &engine->world->senders[number];
    const struct sim_window *window = &engine->world->windows[sender->windows];
    int64_t from_ns = window->from_ns > now ? window->from_ns : now;

    if (sender->windows_left == 0)
        return 0; /* a repeat has taken what was left */
    if (!sender->tool->keeps || sender->packets == 0)
        sim_tool_start(sender, from_ns);
    sender->windows++;
    sender->windows_left--;
    sender->left = window->count;
    sender->tries = 0;
    sender->window_ns = window->to_ns;
    if (sim_order_begin(&engine->orders, sender, from_ns, err) < 0)
        return -1;
    return sim_wheel_add(engine->wheel, sender->next_ns, number, err);
}

static bool write_packet(struct engine *engine, struct sim_sender *sender,
                         const struct sim_try *attempt, const struct sim_probe *probe,
                         bool *ret_session, struct nj_err *err)
{
    uint8_t unwritten[SIM_FRAME_MAX], *frame = unwritten;
    size_t length;

    if (engine->sinks.pcap != NULL)
        frame = sim_pcap_frame(engine->sinks.pcap, err);
    if (frame == NULL)
        return false;
    length = sim_probe_frame(probe, frame);
    if (engine->sinks.pcap != NULL)
        sim_pcap_put(engine->sinks.pcap, attempt->time_ns, length);

    *ret_session = attempt->attempt == 0 || sender->tool->repeat_is_session;
    if (sender->tool->same_tuple && !sim_recent_add(engine->recent, probe, attempt->time_ns))
        *ret_session = false;
    if (*ret_session && engine->sinks.log != NULL && sender->tool->class == CLASS_SCAN)
        sim_log_put(engine->sinks.log, probe, attempt->time_ns);
    engine->counts.packets++;
    engine->counts.bytes += length;
    engine->counts.sessions += *ret_session;
    if (sender->packets++ == 0)
        sender->first_ns = attempt->time_ns;
    sender->last_ns = attempt->time_ns;
    sender->sessions += *ret_session;
    return true;
}

/* The packet of one try, and its copies from the addresses that are to be blamed as well: they
 * differ in nothing but the source, and come the same way. */
static bool write_try(struct engine *engine, struct sim_sender *sender, struct sim_try *attempt,
                      bool *ret_session, struct nj_err *err)
{
    struct sim_probe probe = {.src = sender->addr, .dst = attempt->dst};
    uint32_t decoys = sender->style == NULL ? 0 : sender->style->decoys;

    sender->tool->build(sender, attempt, &probe);
    probe.ttl = (uint8_t)(probe.ttl - sender->hops);
    if (!write_packet(engine, sender, attempt, &probe, ret_session, err))
        return false;
    for (uint32_t i = 1; i <= decoys; i++) {
        bool session;

        probe.src = sender[i].addr;
        sender[i].ports_used = sender->ports_used;
        if (!write_packet(engine, &sender[i], attempt, &probe, &session, err))
            return false;
    }
    return true;
}

/* Whether a try waits for one more repeat: it has one, the period is not over, and the sender
 * may still send. */
static bool repeats_again(const struct engine *engine, const struct sim_sender *sender,
                          const struct sim_try *attempt, int64_t first_ns, int64_t *ret_time_ns)
{
    const struct sim_tool *tool = sender->tool;

    if (tool->repeat_ms == NULL || attempt->attempt >= sender->repeats ||
        tool->repeat_ms[attempt->attempt] == 0)
        return false;
    *ret_time_ns = first_ns + tool->repeat_ms[attempt->attempt] * INT64_C(1000000);
    return *ret_time_ns < engine->world->to_ns &&
           (engine->world->count_sessions || sender->left > 0);
}

static int keep_waiting(struct engine *engine, const struct waiting *waiting, int64_t time_ns,
                        struct nj_err *err)
{
    uint32_t number = engine->waiting_free;

    if (number != 0) {
        number--;
        engine->waiting_free = engine->waiting[number].next_free;
    } else {
        if (engine->waiting_count == engine->waiting_space) {
            uint32_t space = engine->waiting_space == 0 ? 4096 : engine->waiting_space * 2;
            struct waiting *larger = realloc(engine->waiting, space * sizeof(*larger));

            if (larger == NULL)
                return nj_fail(err, NJ_NOMEM, "repeats");
            engine->waiting = larger;
            engine->waiting_space = space;
        }
        number = engine->waiting_count++;
    }
    engine->waiting[number] = *waiting;
    return sim_wheel_add(engine->wheel, time_ns, REPEAT | number, err);
}

/* The repeat of a try. Where packets count, it is taken from what is left at once, so that the
 * sum is exact. */
static int plan_repeat(struct engine *engine, uint32_t number, const struct sim_try *attempt,
                       int64_t first_ns, struct nj_err *err)
{
    struct sim_sender *sender = &engine->world->senders[number];
    int64_t time_ns;

    if (!repeats_again(engine, sender, attempt, first_ns, &time_ns))
        return 0;
    if (!engine->world->count_sessions)
        sender->left--;
    return keep_waiting(
        engine, &(struct waiting){.attempt = *attempt, .first_ns = first_ns, .sender = number},
        time_ns, err);
}

static int on_sender(struct engine *engine, uint32_t number, int64_t now, struct nj_err *err)
{
    struct sim_sender *sender = &engine->world->senders[number];
    struct sim_try attempt = {.time_ns = now};
    bool session;

    if (sender->left == 0)
        return open_window(engine, number, now, err);
    sim_order_target(&engine->orders, sender, &attempt);
    if (!write_try(engine, sender, &attempt, &session, err))
        return -1;
    if (session || !engine->world->count_sessions)
        sender->left--;
    if (plan_repeat(engine, number, &attempt, now, err) < 0)
        return -1;
    if (sender->left > 0) {
        if (sim_order_next(&engine->orders, sender, err) < 0)
            return -1;
        if (sender->next_ns < sender->window_ns + OVERRUN_NS)
            return sim_wheel_add(engine->wheel, sender->next_ns, number, err);
    }
    return await_window(engine, number, now, err);
}

static int on_repeat(struct engine *engine, uint32_t number, int64_t now, struct nj_err *err)
{
    struct waiting waiting = engine->waiting[number];
    struct sim_sender *sender = &engine->world->senders[waiting.sender];
    bool session;

    engine->waiting[number].next_free = engine->waiting_free;
    engine->waiting_free = number + 1;
    waiting.attempt.time_ns = now;
    waiting.attempt.attempt++;
    if (engine->world->count_sessions && sender->tool->repeat_is_session && sender->left == 0)
        return 0;
    if (!write_try(engine, sender, &waiting.attempt, &session, err))
        return -1;
    if (engine->world->count_sessions && session)
        sender->left--;
    return plan_repeat(engine, waiting.sender, &waiting.attempt, waiting.first_ns, err);
}

static uint64_t planned(const struct sim_world *world)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < world->window_count; i++)
        sum += world->windows[i].count;
    return sum;
}

static int play(struct engine *engine, struct nj_err *err)
{
    struct sim_event event;
    int rc;

    for (uint32_t i = 0; i < engine->world->sender_count; i++) {
        if (await_window(engine, i, engine->world->from_ns, err) < 0)
            return -1;
    }
    while ((rc = sim_wheel_take(engine->wheel, soon, engine, &event, err)) == 1) {
        rc = event.number < REPEAT
                 ? on_sender(engine, event.number, event.time_ns, err)
                 : on_repeat(engine, event.number - REPEAT, event.time_ns, err);
        if (rc < 0)
            return -1;
    }
    return rc;
}

int sim_engine_run(struct sim_world *world, struct sim_sinks sinks,
                   struct sim_counts *ret_counts, struct nj_err *err)
{
    struct engine engine = {
        .world = world,
        .sinks = sinks,
        .wheel = sim_wheel_new(world->from_ns, world->to_ns, planned(world)),
        .recent = sim_recent_new(),
        .orders = {.net = world->net},
    };
    int rc;

    if (engine.wheel == NULL || engine.recent == NULL)
        rc = nj_fail(err, NJ_NOMEM, "event queue");
    else
        rc = play(&engine, err);
    for (uint32_t i = 0; i < world->sender_count; i++)
        sim_order_end(&world->senders[i]);
    sim_orders_done(&engine.orders);
    sim_wheel_free(engine.wheel);
    sim_recent_free(engine.recent);
    free(engine.waiting);
    if (rc == 0)
        *ret_counts = engine.counts;
    return rc;
}
