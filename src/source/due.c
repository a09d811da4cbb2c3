/* SPDX-License-Identifier: Apache-2.0 */
/* Silences: when they are due, and what is no silence because the sensor itself was dead.
 *
 * A sensor has an exposure time: capture time less its outages so far. A source's silence is
 * measured in that of its home, the sensor of most of its sessions. While the sensor shows
 * nothing for longer than is usual its exposure stands still, and what would become due waits
 * in a list until it shows life again. All due times follow from the state of source and
 * sensor, so neither heap nor lists are saved. */
#include "source/table_state.h"

#include <math.h>
#include <stdlib.h>

#define SENSOR_KNOWN 16     /* changes of source before a sensor has a usual gap */
#define USUAL (1.0 / 64)    /* weight of a gap in the mean */
#define LONGEST (1.0 / 256) /* how fast the longest gap fades */
#define OUTAGE_LEAST_S 60.0

/* Silence of a sensor that is no chance. */
static double outage_s(const struct sensor_life *life)
{
    double outage = OUTAGE_LEAST_S + seconds(life->lag_us);

    if (20 * life->mean_s > outage)
        outage = 20 * life->mean_s;
    if (3 * life->longest_s > outage)
        outage = 3 * life->longest_s;
    return outage < SILENCE_MAX_S ? outage : SILENCE_MAX_S;
}

/* How long after its last sign of life the exposure goes on. */
static int64_t slack_us(const struct sensor_life *life)
{
    double slack = seconds(life->lag_us) + 30;

    if (outage_s(life) / 4 > slack)
        slack = outage_s(life) / 4;
    return (int64_t)(slack * (double)US_PER_S);
}

static bool life_known(const struct sensor_life *life)
{
    return life->changes >= SENSOR_KNOWN;
}

/* ---- the heap, by (time, number) ---- */

static bool before(const struct due *a, const struct due *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->followed < b->followed;
}

static void put_due(struct source_table *table, size_t i, struct due due)
{
    table->due[i] = due;
    followed_at(table, due.followed)->due_entry = (uint32_t)i;
}

static void sift(struct source_table *table, size_t i, struct due due)
{
    for (; i > 0 && before(&due, &table->due[(i - 1) / 2]); i = (i - 1) / 2)
        put_due(table, i, table->due[(i - 1) / 2]);
    for (size_t child; (child = 2 * i + 1) < table->due_count; i = child) {
        if (child + 1 < table->due_count && before(&table->due[child + 1], &table->due[child]))
            child++;
        if (!before(&table->due[child], &due))
            break;
        put_due(table, i, table->due[child]);
    }
    put_due(table, i, due);
}

static int push(struct source_table *table, struct due due, struct nj_err *err)
{
    if (table->due_count == table->due_room) {
        size_t room = table->due_room * 2 + 64;
        struct due *list = realloc(table->due, room * sizeof(*list));

        if (list == NULL)
            return nj_fail(err, NJ_NOMEM, "due times of sources");
        table->due = list;
        table->due_room = room;
    }
    sift(table, table->due_count++, due);
    return 0;
}

static void take(struct source_table *table, size_t i)
{
    struct due last = table->due[--table->due_count];

    followed_at(table, table->due[i].followed)->due_entry = NOBODY;
    if (i < table->due_count)
        sift(table, i, last);
}

/* ---- waiting for the sensor ---- */

static void wait_for_sensor(struct source_table *table, struct followed *f, uint32_t number)
{
    struct sensor_life *life = home_of(table, f);

    f->waits = true;
    f->waits_before = NOBODY;
    f->waits_after = life->waiting;
    if (life->waiting != NOBODY)
        followed_at(table, life->waiting)->waits_before = number;
    life->waiting = number;
}

void due_unwait(struct source_table *table, struct followed *f)
{
    if (!f->waits)
        return;
    f->waits = false;
    if (f->waits_before == NOBODY)
        home_of(table, f)->waiting = f->waits_after;
    else
        followed_at(table, f->waits_before)->waits_after = f->waits_after;
    if (f->waits_after != NOBODY)
        followed_at(table, f->waits_after)->waits_before = f->waits_before;
}

void due_drop(struct source_table *table, struct followed *f)
{
    due_unwait(table, f);
    if (f->due_entry != NOBODY)
        take(table, f->due_entry);
}

/* ---- due times ---- */

/* The next thing that silence does: make it quiet, then decide. */
static int64_t next_us(const struct followed *f)
{
    return !f->run.quiet && f->quiet_us < f->needed_us ? f->quiet_us : f->needed_us;
}

/* @return capture time at which the silence is decided if nothing comes; TIME_NONE: never, or
 * not while the sensor is silent */
static int64_t due_us(const struct source_table *table, const struct followed *f)
{
    const struct sensor_life *life = home_of(table, f);
    int64_t due;

    if (f->run.sessions == 0 || f->run.ceased_us != 0)
        return TIME_NONE;
    due = f->alive_x + next_us(f) + life->dead_us;
    if (life_known(life) && due > life->last_us + slack_us(life))
        return TIME_NONE;
    return due;
}

/* As due_us, but for a silent sensor the first instant at which it has to be asked again. */
static int64_t look_us(const struct source_table *table, const struct followed *f)
{
    return f->alive_x + next_us(f) + home_of(table, f)->dead_us;
}

int due_file(struct source_table *table, struct followed *f, struct nj_err *err)
{
    struct due due = {.followed = place_followed(place_at(table, f->place))};

    due_unwait(table, f);
    if (f->run.sessions == 0 || f->run.ceased_us != 0) {
        due_drop(table, f);
        return 0;
    }
    due.at_us = look_us(table, f);
    if (f->due_entry == NOBODY)
        return push(table, due, err);
    if (due.at_us < table->due[f->due_entry].at_us)
        sift(table, f->due_entry, due);
    return 0;
}

void due_recount(struct source_table *table, struct followed *f)
{
    struct gaps gaps = run_gaps(f);
    double run_s = seconds(f->run.last_us - f->run.first_us);
    double life_s = seconds(f->last_us - f->first_us);
    double needed_s =
        silence_needed_s(&gaps, &f->pauses, life_s, run_s, seconds(home_of(table, f)->lag_us));

    double quiet_s = silence_quiet_s(&gaps, &f->pauses, (double)f->run.longest_s, run_s,
                                     seconds(home_of(table, f)->lag_us));

    f->needed_us = (int64_t)(needed_s * (double)US_PER_S);
    f->quiet_us = (int64_t)(quiet_s * (double)US_PER_S);
    f->recount_at = f->run.sessions + f->run.sessions / 16 + 1;
}

static int decide(struct source_table *table, struct followed *f, int64_t at_us,
                  struct nj_err *err)
{
    int64_t step_us = -nj_floor_div(-at_us, MINUTE_US) * MINUTE_US;

    if (!f->run.quiet && f->quiet_us < f->needed_us) {
        f->run.quiet = true;
        return due_file(table, f, err) < 0 ? -1 : followed_touch(table, f, err);
    }
    f->run.ceased_us = step_us > table->decided_us ? step_us : table->decided_us + MINUTE_US;
    f->tell_ceased = true;
    return followed_touch(table, f, err);
}

int due_decide(struct source_table *table, int64_t until_us, struct nj_err *err)
{
    if (until_us <= table->decided_us)
        return 0;
    while (table->due_count > 0 && table->due[0].at_us <= until_us) {
        uint32_t number = table->due[0].followed;
        struct followed *f = followed_at(table, number);
        int64_t at_us = due_us(table, f);

        take(table, 0);
        if (at_us == TIME_NONE) {
            if (look_us(table, f) > until_us) {
                if (due_file(table, f, err) < 0)
                    return -1;
            } else {
                wait_for_sensor(table, f, number);
            }
        } else if (at_us <= until_us) {
            if (decide(table, f, at_us, err) < 0)
                return -1;
        } else if (due_file(table, f, err) < 0) {
            return -1;
        }
    }
    table->decided_us = until_us;
    return 0;
}

/* ---- sensors ---- */

static int release_waiting(struct source_table *table, struct sensor_life *life,
                           struct nj_err *err)
{
    while (life->waiting != NOBODY) {
        struct followed *f = followed_at(table, life->waiting);

        if (due_file(table, f, err) < 0)
            return -1;
    }
    return 0;
}

static void learn_gap(struct sensor_life *life, int64_t at_us)
{
    double gap_s = seconds(at_us - life->change_us);
    double most_s = outage_s(life);

    life->change_us = at_us;
    if (life->changes++ == 0)
        return;
    if (life_known(life) && gap_s > most_s)
        gap_s = most_s;
    life->mean_s +=
        (gap_s - life->mean_s) * (life->changes < 64 ? 1 / (double)(life->changes - 1) : USUAL);
    life->longest_s -= life->longest_s * LONGEST;
    if (gap_s > life->longest_s)
        life->longest_s = gap_s;
}

int sensor_seen(struct source_table *table, const struct visit *visit, int64_t last_us,
                int64_t handed_us, struct nj_err *err)
{
    struct sensor_life *life = &table->sensors[sensor_slot(visit->sensor)];
    struct addr key = addr_source(visit->src);
    int64_t lag_us = handed_us - last_us;

    if (life->last_us == TIME_NONE)
        life->last_us = life->change_us = last_us;
    if (lag_us > 0 && life->lag_us < table->options.part_s * US_PER_S)
        life->lag_us = table->options.part_s * US_PER_S;
    if (last_us > life->last_us) {
        double silent_s = seconds(last_us - life->last_us);

        if (life_known(life) && silent_s > outage_s(life)) {
            /* what it used to be silent may have been learned from longer gaps
             * than count now */
            double lost_s = silent_s > life->mean_s ? silent_s - life->mean_s : 0;

            life->dead_us += (int64_t)(lost_s * (double)US_PER_S);
            table->outages_s += lost_s;
            table->counts.outages_s = (uint64_t)table->outages_s;
        }
        if (!addr_equal(life->last_src, key))
            learn_gap(life, last_us);
        life->last_us = last_us;
    }
    life->last_src = key;
    return release_waiting(table, life, err);
}
