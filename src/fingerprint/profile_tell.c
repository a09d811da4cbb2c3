/* SPDX-License-Identifier: Apache-2.0 */
/* Counting a sender's habits and saying what they are.
 *
 * Source ports: Linux draws from 32768-60999, since 4.2 the even ones first for connect()
 * (commit 07f4c90062f8, 2015), before from 32768-61000, which ZMap copied; IANA's range is
 * 49152-65535 (RFC 6335). With n ports from a range of width W the edge is expected W / (n + 1)
 * from the outermost one. Repeats: Linux after 1, 3, 7, 15, 31 s (RFC 6298, initial timeout 1
 * s), from 6.5 at first 1, 2, 3, 4 s; Windows after 3 and 9 s. */
#include <math.h>
#include <stdio.h>

#include "fingerprint/profile_state.h"

#define FIRST_TELL 16u
#define SHARE_PERCENT 90u /* that a habit holds for: one in ten may be another program's */

/* ---- repeats ---- */

#define REPEATS_MAX 5
#define TOLERANCE_NS 50000000ll /* and a tenth */

struct schedule {
    const char *name;
    uint8_t count;
    uint8_t seconds[REPEATS_MAX]; /* from the first SYN on */
};

static const struct schedule schedules[] = {
    {.name = "linux: 1 3 7 15 31 s", .count = 5, .seconds = {1, 3, 7, 15, 31}},
    {.name = "linux from 6.5: 1 2 3 4 s", .count = 5, .seconds = {1, 2, 3, 4, 5}},
    {.name = "windows: 3 9 s", .count = 2, .seconds = {3, 9}},
};

#define SCHEDULES (sizeof(schedules) / sizeof(schedules[0]))

static bool on_schedule(const struct schedule *schedule, unsigned repeat, int64_t after_ns)
{
    int64_t due_ns, off_ns;

    if (repeat >= schedule->count)
        return false;
    due_ns = schedule->seconds[repeat] * 1000000000ll;
    off_ns = after_ns > due_ns ? after_ns - due_ns : due_ns - after_ns;
    return off_ns <= due_ns / 10 + TOLERANCE_NS;
}

/* @return whether the SYN repeats one that is watched; *ret_schedule is set to the one that two
 * repeats have kept, SCHEDULES if none */
static bool repeats(struct profile *profile, const struct packet *packet, uint32_t target,
                    unsigned *ret_schedule)
{
    *ret_schedule = SCHEDULES;
    for (unsigned i = 0; i < PROFILE_SYNS; i++) {
        struct profile_syn *syn = &profile->recent[i];

        if (syn->first_ns == 0 || syn->seq != packet->seq || syn->target != target ||
            syn->sport != packet->sport)
            continue;
        for (unsigned k = 0; k < SCHEDULES; k++)
            if (!on_schedule(&schedules[k], syn->repeats, packet->time_ns - syn->first_ns))
                syn->schedules &= (uint8_t) ~(1u << k);
        if (syn->repeats < UINT8_MAX)
            syn->repeats++;
        if (syn->repeats >= 2 && syn->schedules != 0)
            *ret_schedule = (unsigned)__builtin_ctz(syn->schedules);
        return true;
    }
    profile->recent[profile->oldest] = (struct profile_syn){
        .first_ns = packet->time_ns,
        .seq = packet->seq,
        .target = target,
        .sport = packet->sport,
        .schedules = (1u << SCHEDULES) - 1,
    };
    profile->oldest = (uint8_t)((profile->oldest + 1) % PROFILE_SYNS);
    return false;
}

/* ---- counting ---- */

static void count_timestamp(struct profile *p, const struct packet *packet,
                            const struct option_set *set)
{
    if (!set->has_ts)
        return;
    if (p->ts_count++ == 0) {
        p->ts_first = p->ts_last = set->ts_value;
        p->ts_first_ns = p->ts_last_ns = packet->time_ns < 0 ? 0 : packet->time_ns;
        return;
    }
    p->ts_same += set->ts_value == p->ts_first;
    if (packet->time_ns > p->ts_last_ns) {
        p->ts_last = set->ts_value;
        p->ts_last_ns = packet->time_ns;
    }
}

static void count_fields(struct profile *p, const struct packet *packet)
{
    uint16_t port = packet->sport, id = packet->ip_id;
    uint16_t step = (uint16_t)(id - p->id_last);
    uint16_t swapped = (uint16_t)(__builtin_bswap16(id) - __builtin_bswap16(p->id_last));

    if (p->syns++ == 0) {
        p->port_min = p->port_max = port;
        p->ttl_min = p->ttl_max = packet->ttl;
    } else {
        p->port_same += port == p->port_last;
        p->port_steps += port == (uint16_t)(p->port_last + 1);
        p->id_same += id == p->id_last;
        p->id_steps += step >= 1 && step <= 64;
        p->id_swapped_steps += swapped >= 1 && swapped <= 64;
    }
    p->odd += port & 1;
    p->id_zero += id == 0;
    p->port_last = port;
    p->id_last = id;
    p->port_min = port < p->port_min ? port : p->port_min;
    p->port_max = port > p->port_max ? port : p->port_max;
    p->ttl_min = packet->ttl < p->ttl_min ? packet->ttl : p->ttl_min;
    p->ttl_max = packet->ttl > p->ttl_max ? packet->ttl : p->ttl_max;
}

/* ---- telling ---- */

/* A statement: `code` tells it from others of its kind, 0 for "nothing to say". */
struct statement {
    uint8_t code;
    float bits;
    char value[TRAIT_VALUE_MAX];
};

static bool most(uint32_t part, uint32_t whole)
{
    return (uint64_t)part * 100 >= (uint64_t)whole * SHARE_PERCENT;
}

struct port_range {
    const char *name;
    uint16_t first, last;
};

/* Narrow ones first. */
static const struct port_range ranges[] = {
    {.name = "49152-65535 (IANA)", .first = 49152, .last = 65535},
    {.name = "32768-61000 (ZMap, Linux)", .first = 32768, .last = 61000},
    {.name = "32768-65535", .first = 32768, .last = 65535},
    {.name = "10000-65535", .first = 10000, .last = 65535},
    {.name = "1024-65535", .first = 1024, .last = 65535},
};

static void tell_ports(const struct profile *p, struct statement *ret)
{
    uint32_t n = p->syns, width = (uint32_t)p->port_max - p->port_min + 1;
    uint32_t gap = width / (n + 1);
    const char *parity = p->odd == 0 ? "even, " : p->odd == n ? "odd, " : "";
    const char *name = "of no known range";
    size_t i = 0;

    if (most(p->port_same, n - 1)) {
        ret->code = 1;
        ret->bits = 16.0f * (float)p->port_same;
        (void)snprintf(ret->value, sizeof(ret->value), "fixed: %u", p->port_last);
        return;
    }
    if (most(p->port_steps, n - 1)) {
        ret->code = 2;
        ret->bits = 16.0f * (float)p->port_steps;
        (void)snprintf(ret->value, sizeof(ret->value), "counter, %u to %u", p->port_min,
                       p->port_max);
        return;
    }
    /* the widest gap that chance leaves at an edge: four times the expected one, e^-4 */
    for (; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (p->port_min >= ranges[i].first && p->port_max <= ranges[i].last &&
            (uint32_t)(p->port_min - ranges[i].first) <= 4 * gap &&
            (uint32_t)(ranges[i].last - p->port_max) <= 4 * gap) {
            name = ranges[i].name;
            ret->bits =
                (float)n * log2f(64512.0f / (float)(ranges[i].last - ranges[i].first + 1));
            break;
        }
    if (parity[0] != '\0')
        ret->bits += (float)n;
    ret->code = (uint8_t)(3 + i + (parity[0] == 'e' ? 16 : parity[0] == 'o' ? 32 : 0));
    (void)snprintf(ret->value, sizeof(ret->value), "range %u-%u, edges within %u: %s%s",
                   p->port_min, p->port_max, gap, parity, name);
}

static void tell_ip_id(const struct profile *p, struct statement *ret)
{
    static const char *const words[] = {"", "zero", "", "counter +1", "counter +256", "random"};
    uint32_t n = p->syns;

    if (most(p->id_zero, n)) {
        ret->code = 1;
        ret->bits = 16.0f * (float)p->id_zero;
    } else if (most(p->id_same, n - 1)) {
        ret->code = 2;
        ret->bits = 16.0f * (float)p->id_same;
    } else if (most(p->id_steps, n - 1)) {
        ret->code = 3;
        ret->bits = 10.0f * (float)p->id_steps; /* log2(65536 / 64) */
    } else if (most(p->id_swapped_steps, n - 1)) {
        ret->code = 4;
        ret->bits = 10.0f * (float)p->id_swapped_steps;
    } else if (p->told[HABIT_IP_ID] != 0) { /* of most senders, so no news but as a change */
        ret->code = 5;
    }
    if (ret->code == 2)
        (void)snprintf(ret->value, sizeof(ret->value), "constant: %u", p->id_last);
    else
        (void)snprintf(ret->value, sizeof(ret->value), "%s", words[ret->code]);
}

static void tell_hops(const struct profile *p, struct statement *ret)
{
    unsigned initial = p->ttl_max <= 32    ? 32
                       : p->ttl_max <= 64  ? 64
                       : p->ttl_max <= 128 ? 128
                                           : 255;

    if (p->ttl_max - p->ttl_min >= 8) {
        ret->code = 1;
        (void)snprintf(ret->value, sizeof(ret->value), "TTL varies: %u to %u", p->ttl_min,
                       p->ttl_max);
        return;
    }
    ret->code = (uint8_t)(initial == 255 ? 5 : 1 + initial / 32);
    (void)snprintf(ret->value, sizeof(ret->value), "%u from TTL %u", initial - p->ttl_max,
                   initial);
}

#define CLOCK_SPAN_NS (10ll * 1000000000) /* shorter ones say little about a rate */

static void tell_timestamp(const struct profile *p, struct statement *ret)
{
    static const double rates[] = {1, 2, 10, 100, 250, 1000};
    double span_s = (double)(p->ts_last_ns - p->ts_first_ns) / 1e9;
    double rate = span_s > 0 ? (double)(uint32_t)(p->ts_last - p->ts_first) / span_s : 0;

    if (p->ts_count < FIRST_TELL || !most(p->ts_count, p->syns))
        return;
    if (most(p->ts_same, p->ts_count - 1)) {
        ret->code = 1;
        ret->bits = 32.0f * (float)p->ts_same;
        (void)snprintf(ret->value, sizeof(ret->value), "constant: %u", p->ts_first);
        return;
    }
    if (p->ts_last_ns - p->ts_first_ns < CLOCK_SPAN_NS)
        return;
    for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
        if (fabs(rate - rates[i]) <= rates[i] / 50) {
            ret->code = (uint8_t)(2 + i);
            ret->bits = 5; /* one rate within 2 % */
            (void)snprintf(ret->value, sizeof(ret->value), "clock of %.0f Hz, 0 at %.0f",
                           rates[i],
                           (double)p->ts_last_ns / 1e9 - (double)p->ts_last / rates[i]);
            return;
        }
    ret->code = 10;
    (void)snprintf(ret->value, sizeof(ret->value), "no common clock");
}

static const struct {
    const char *kind;
    void (*tell)(const struct profile *profile, struct statement *ret);
} habits[HABITS] = {
    [HABIT_PORTS] = {.kind = "ports", .tell = tell_ports},
    [HABIT_IP_ID] = {.kind = "ip-id", .tell = tell_ip_id},
    [HABIT_HOPS] = {.kind = "hops", .tell = tell_hops},
    [HABIT_TIMESTAMP] = {.kind = "timestamp", .tell = tell_timestamp},
    [HABIT_REPEATS] = {.kind = "repeats"},
};

static int tell(struct profile *profile, enum habit habit, const struct statement *statement,
                int64_t time_ns, trait_fn sink, void *ctx, struct nj_err *err)
{
    struct trait trait = {
        .time_ns = time_ns,
        .src = profile->src,
        .sensor = profile->sensor,
        .packets = profile->syns,
        .bits = statement->bits,
        .kind = habits[habit].kind,
    };

    profile->told[habit] = statement->code;
    if (sink == NULL)
        return 0;
    (void)snprintf(trait.value, sizeof(trait.value), "%s", statement->value);
    return sink(ctx, &trait, err);
}

/* 16, 64, 256, ... */
static bool is_time(uint32_t syns)
{
    return syns >= FIRST_TELL && (syns & (syns - 1)) == 0 && __builtin_ctz(syns) % 2 == 0;
}

int profile_count(struct profile *profile, const struct packet *packet, uint32_t target,
                  const struct option_set *set, trait_fn sink, void *ctx, struct nj_err *err)
{
    unsigned schedule;

    if (repeats(profile, packet, target, &schedule)) {
        struct statement kept = {.code = (uint8_t)(1 + schedule), .bits = 12};

        if (schedule == SCHEDULES || profile->told[HABIT_REPEATS] == kept.code)
            return 0;
        (void)snprintf(kept.value, sizeof(kept.value), "%s", schedules[schedule].name);
        return tell(profile, HABIT_REPEATS, &kept, packet->time_ns, sink, ctx, err);
    }
    count_fields(profile, packet);
    count_timestamp(profile, packet, set);
    if (!is_time(profile->syns))
        return 0;
    for (unsigned i = 0; i < HABIT_REPEATS; i++) {
        struct statement statement = {.code = 0};

        if (packet->ip_version == 6 && i == HABIT_IP_ID)
            continue;
        habits[i].tell(profile, &statement);
        if (statement.code != 0 && statement.code != profile->told[i] &&
            tell(profile, (enum habit)i, &statement, packet->time_ns, sink, ctx, err) < 0)
            return -1;
    }
    return 0;
}
