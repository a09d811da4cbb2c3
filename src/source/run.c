/* SPDX-License-Identifier: Apache-2.0 */
/* What an episode counts, row by row.
 *
 * Gaps: a part of n sessions over d is n - 1 gaps of d / (n - 1). But the parts of one source's
 * ports overlap, so rows go into a window first, which is closed by the first row that begins
 * after its end, or when it has been open for 15 minutes; then its sessions, of all ports
 * together, become gaps. Sessions of late rows from before the window make none. */
#include "source/table_state.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

#define WINDOW_US (900 * US_PER_S)
#define MAP_SEED 0x736f7572u /* fixed for good: what is set is told */
#define LEAN 8.0             /* gaps of earlier runs that a new run leans on */
#define SPORT_SAMPLES 16     /* that must agree before a parity is told: 1 in 65,536 */

void map_set(struct map *map, uint64_t value)
{
    uint64_t hash = XXH3_64bits_withSeed(&value, sizeof(value), MAP_SEED);

    map->word[hash >> 6 & (MAP_WORDS - 1)] |= UINT64_C(1) << (hash & 63);
}

/* Linear counting (Whang and others, 1990) less three standard errors, at least
 * the bits set. */
uint32_t map_count(const struct map *map)
{
    double bits = 64.0 * MAP_WORDS, load, least;
    uint32_t set = 0;

    for (unsigned i = 0; i < MAP_WORDS; i++)
        set += (uint32_t)__builtin_popcountll(map->word[i]);
    load = set == 64 * MAP_WORDS ? log(bits) : -log1p(-set / bits);
    least = bits * load - 3 * sqrt(bits * (exp(load) - load - 1));
    return least > set ? (uint32_t)least : set;
}

void top_add(struct top *top, uint32_t value, uint32_t count)
{
    unsigned least = 0;

    if (value == 0 || count == 0)
        return;
    for (unsigned i = 0; i < TOPS; i++) {
        if (top->value[i] == value && top->count[i] > 0) {
            top->count[i] += count;
            return;
        }
        if (top->count[i] < top->count[least])
            least = i;
    }
    top->value[least] = value;
    top->count[least] += count;
}

uint32_t top_first(const struct top *top)
{
    unsigned most = 0;

    for (unsigned i = 1; i < TOPS; i++)
        if (top->count[i] > top->count[most])
            most = i;
    return top->value[most];
}

void run_add_instance(struct run *run, uint64_t key, uint32_t count)
{
    struct top_key *top = &run->instance;
    unsigned least = 0;

    for (unsigned i = 0; i < EPISODE_INSTANCES; i++) {
        if (top->value[i] == key && top->count[i] > 0) {
            top->count[i] += count;
            return;
        }
        if (top->count[i] < top->count[least])
            least = i;
    }
    top->value[least] = key;
    top->count[least] += count;
}

/* ---- gaps ---- */

static unsigned hist_bin(double gap_s)
{
    int bin = gap_s < 1 ? 0 : ilogb(gap_s);

    return bin < EPISODE_GAP_BINS ? (unsigned)bin : EPISODE_GAP_BINS - 1;
}

static void add_gaps(struct followed *f, double gap_s, uint32_t times)
{
    struct run *run = &f->run;

    if (times == 0)
        return;
    if (run->gaps.count >= 1 && gap_s > 10 * run->gaps.total_s / run->gaps.count)
        run->bursts++;
    if (gap_s > (double)run->longest_s)
        run->longest_s = (float)gap_s;
    run->hist[hist_bin(gap_s)] += times;
    run->gaps.count += times;
    run->gaps.total_s += gap_s * times;
    pauses_add(&f->pauses, gap_s, times);
}

static void close_window(struct followed *f)
{
    struct window *w = &f->run.window;
    double gaps = floor(w->sessions + 0.5) - 1;

    if (gaps >= 1 && gaps < UINT32_MAX)
        add_gaps(f, seconds(w->last_us - w->first_us) / gaps, (uint32_t)gaps);
}

void run_histogram(const struct run *run, uint32_t ret[EPISODE_GAP_BINS])
{
    const struct window *w = &run->window;
    double gaps = w->first_us == TIME_NONE ? 0 : floor(w->sessions + 0.5) - 1;

    memcpy(ret, run->hist, sizeof(run->hist));
    if (gaps >= 1 && gaps < UINT32_MAX)
        ret[hist_bin(seconds(w->last_us - w->first_us) / gaps)] += (uint32_t)gaps;
}

static void open_window(struct window *w, struct row_time at, double sessions)
{
    *w = (struct window){.first_us = at.first_us,
                         .last_us = at.last_us,
                         .handed_us = at.handed_us,
                         .sessions = sessions};
}

static void add_to_window(struct followed *f, uint32_t sessions, struct row_time at)
{
    struct window *w = &f->run.window;
    double share = 1;

    if (w->first_us == TIME_NONE) {
        open_window(w, at, sessions);
        return;
    }
    if (at.first_us > w->last_us) {
        int64_t gap_us = at.first_us - w->last_us;

        close_window(f);
        add_gaps(f, seconds(gap_us), 1);
        open_window(w, at, sessions);
        return;
    }
    if (at.last_us < w->first_us)
        return;
    if (at.first_us < w->first_us)
        share = seconds(at.last_us - w->first_us) / seconds(at.last_us - at.first_us);
    w->sessions += share * sessions;
    if (at.last_us > w->last_us)
        w->last_us = at.last_us;
    if (at.handed_us - w->handed_us > WINDOW_US) {
        close_window(f);
        at.first_us = at.last_us = w->last_us;
        open_window(w, at, 1); /* its last session begins the next gap */
    }
}

struct gaps run_gaps(const struct followed *f)
{
    const struct window *w = &f->run.window;
    struct gaps gaps = f->run.gaps;

    if (w->first_us != TIME_NONE && w->sessions > 1) {
        gaps.count += w->sessions - 1;
        gaps.total_s += seconds(w->last_us - w->first_us);
    }
    if (f->before.count > 0) {
        double lean = f->before.count < LEAN ? f->before.count : LEAN;

        gaps.total_s += lean * f->before.total_s / f->before.count;
        gaps.count += lean;
    }
    return gaps;
}

/* ---- ports of the source ---- */

static void add_sport(struct run *run, uint16_t sport)
{
    if (run->sport_count > SPORTS)
        return;
    for (unsigned i = 0; i < run->sport_count; i++)
        if (run->sport[i] == sport)
            return;
    if (run->sport_count < SPORTS)
        run->sport[run->sport_count] = sport;
    run->sport_count++;
}

static void add_sports(struct run *run, const struct visit *visit)
{
    bool none = visit->sport_min == 0 && visit->sport_max == 0;
    uint16_t low = none ? visit->sport : visit->sport_min;
    uint16_t high = none ? visit->sport : visit->sport_max;

    if (visit->proto == PROTO_ICMP || visit->proto == PROTO_ICMPV6 || visit->sessions == 0 ||
        high == 0)
        return;
    if (!run->has_ports || low < run->sport_min)
        run->sport_min = low;
    if (!run->has_ports || high > run->sport_max)
        run->sport_max = high;
    run->has_ports = true;
    run->sport_bands |=
        visit->sport_bands != 0 ? visit->sport_bands : UINT64_C(1) << (visit->sport >> 10);
    add_sport(run, visit->sport);
    add_sport(run, low);
    add_sport(run, high);
    for (unsigned i = 0; i < visit->sports_count && i < VISIT_SPORT_SAMPLES; i++)
        add_sport(run, visit->sports[i]);
    if (visit->sports_count == 0) {
        run->sport_even += visit->sport % 2 == 0;
        run->sport_odd += visit->sport % 2 == 1;
    }
    for (unsigned i = 0; i < visit->sports_count && i < VISIT_SPORT_SAMPLES; i++) {
        run->sport_even += visit->sports[i] % 2 == 0;
        run->sport_odd += visit->sports[i] % 2 == 1;
    }
}

/* ---- rows ---- */

static void add_ttl(struct run *run, const struct visit *visit)
{
    if (visit->ttl_min != 0 && (run->ttl_min == 0 || visit->ttl_min < run->ttl_min))
        run->ttl_min = visit->ttl_min;
    if (visit->ttl_max > run->ttl_max)
        run->ttl_max = visit->ttl_max;
}

static void start(struct run *run, struct row_time at)
{
    run->first_us = at.first_us;
    run->last_us = at.last_us;
    run->bursts = 1;
    run->hour = INT32_MIN;
    run->window.first_us = TIME_NONE;
}

static void count_hour(struct run *run, int64_t last_us, uint32_t sessions)
{
    int32_t hour = (int32_t)nj_floor_div(last_us, HOUR_US);

    if (hour > run->hour) {
        run->hour = hour;
        run->hours++;
    }
    run->day_hours[(unsigned)(hour - (int32_t)nj_floor_div(hour, 24) * 24)] += sessions;
}

void run_add(struct followed *f, const struct visit *visit, struct row_time at)
{
    struct run *run = &f->run;

    if (run->packets == 0)
        start(run, at);
    if (at.first_us < run->first_us)
        run->first_us = at.first_us;
    if (at.last_us > run->last_us)
        run->last_us = at.last_us;
    run->sessions += visit->sessions;
    run->packets += visit->packets > 0 ? visit->packets : 1;
    run->repeats += visit->repeats;
    run->answered += proven_answers(visit);
    run->sensors |= UINT64_C(1) << sensor_slot(visit->sensor);
    run->has_fields |= !visit->no_fields;
    add_ttl(run, visit);
    add_sports(run, visit);
    top_add(&run->tool, visit->tool, visit->sessions);
    top_add(&run->stack, visit->stack, visit->sessions);
    if (!visit->no_fields && visit->proto == PROTO_TCP)
        top_add(&run->ttl_window, visit->window + 1u, visit->sessions);
    if (visit->instance != 0)
        run_add_instance(run, visit->instance, visit->sessions > 0 ? visit->sessions : 1);
    if (!addr_is_none(visit->dst))
        map_set(&run->targets, visit->dst.lo ^ visit->dst.hi);
    if (visit->targets > run->largest_part)
        run->largest_part = visit->targets;
    if (visit->sessions > 0) {
        count_hour(run, at.last_us, visit->sessions);
        add_to_window(f, visit->sessions, at);
    }
}

void run_begin_known(struct followed *f, uint32_t sessions, int64_t first_us, int64_t last_us)
{
    struct row_time at = {.first_us = first_us, .last_us = last_us, .handed_us = last_us};
    struct run *run = &f->run;

    start(run, at);
    run->sessions = sessions;
    count_hour(run, last_us, sessions);
    run->hours += nj_floor_div(first_us, HOUR_US) < run->hour;
    open_window(&run->window, at, sessions);
}

void run_end(struct followed *f)
{
    close_window(f);
    f->before.count += f->run.gaps.count;
    f->before.total_s += f->run.gaps.total_s;
    memset(&f->run, 0, sizeof(f->run));
    for (unsigned i = 0; i < f->port_count; i++) {
        struct followed_port *port = &f->port[i];
        uint32_t sum = port->before + (port->now < UINT16_MAX ? port->now : UINT16_MAX);

        port->before = sum < UINT16_MAX ? (uint16_t)sum : UINT16_MAX;
        port->now = 0;
    }
}
