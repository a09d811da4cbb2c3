/* SPDX-License-Identifier: Apache-2.0 */
/* The picture for a document or the console. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/facts.h"
#include "report/timeline_plan.h"

#define WIDTH 920.0
#define LEFT_LEAST 132.0
#define RIGHT 52.0 /* half of the last time below the axis */
#define NAME 26.0  /* where an address is written */
#define LABEL_CHAR 7.0
#define SMALL_CHAR 6.2
#define SPAN_ROW 18.0
#define PORT_ROW 24.0
#define LANE 11.0 /* as high as the largest mark */
#define SPORTS 150.0

/* Microseconds between two ticks, so that the times below them do not meet. */
static int64_t tick_step(const struct svg_scale *time)
{
    static const int64_t steps[] = {3600,       3 * 3600,   6 * 3600,    12 * 3600,
                                    DAY_S,      2 * DAY_S,  7 * DAY_S,   14 * DAY_S,
                                    28 * DAY_S, 91 * DAY_S, 182 * DAY_S, 364 * DAY_S};
    size_t i = 0;

    while (i + 1 < sizeof(steps) / sizeof(steps[0]) &&
           svg_place(time, time->low + (double)steps[i] * 1e6) - time->first <
               SMALL_CHAR * (steps[i] < DAY_S ? 18 : 12))
        i++;
    return steps[i] * 1000000;
}

/* Who has no lane has no colour either. */
static void draw_bar(struct text *to, uint32_t lane, double x, double y, double width,
                     double height)
{
    if (lane == PLAN_NO_LANE)
        svg_rect(to, "rest", x, y, width, height);
    else
        svg_bar(to, lane, x, y, width, height);
}

/* A bar for each stretch of periods without a gap. */
static void draw_runs(const struct timeline *timeline, uint32_t source, uint32_t lane,
                      const struct svg_scale *time, double y, double height, struct text *to)
{
    int64_t from = 0, until = INT64_MIN;

    for (size_t i = 0; i <= timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];
        bool own = i < timeline->count && cell->source == source;

        if (until != INT64_MIN && (i == timeline->count || (own && cell->start_us > until))) {
            draw_bar(to, lane, svg_place(time, (double)from), y,
                     svg_place(time, (double)until) - svg_place(time, (double)from), height);
            until = INT64_MIN;
        }
        if (!own)
            continue;
        if (until == INT64_MIN)
            from = cell->start_us;
        until = cell->start_us + plan_period_us(timeline->by);
    }
}

/* When one address was active: bars, and in words beside them, or below where that
 * has no room. */
static void draw_span(const struct timeline *timeline, uint32_t source, uint32_t lane,
                      const struct svg_scale *time, double y, struct text *to)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    uint64_t sessions = 0;
    char from[32], until[32], said[128];
    double x1, x2, wide;

    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];

        if (cell->source != source)
            continue;
        sessions += cell->sessions;
        first = cell->start_us < first ? cell->start_us : first;
        last = cell->start_us > last ? cell->start_us : last;
    }
    if (sessions == 0) {
        svg_textf(to, "small", time->first + 4, y + 12, SVG_START, "no session in this period");
        return;
    }
    plan_stamp(first, timeline->by == PERIOD_HOUR, from);
    plan_stamp(last, timeline->by == PERIOD_HOUR, until);
    (void)snprintf(said, sizeof(said), "%s to %s, %s", from, until,
                   COUNTED(sessions, "session"));
    wide = SMALL_CHAR * (double)strlen(said);
    x1 = svg_place(time, (double)first);
    x2 = svg_place(time, (double)(last + plan_period_us(timeline->by)));
    if (x2 - x1 < wide && x2 + 6 + wide < WIDTH) {
        draw_runs(timeline, source, lane, time, y + 3, 9, to);
        svg_text(to, "small", x2 + 6, y + 12, SVG_START, said, strlen(said));
    } else if (x2 - x1 < wide && x1 - 6 - wide > time->first) {
        draw_runs(timeline, source, lane, time, y + 3, 9, to);
        svg_text(to, "small", x1 - 6, y + 12, SVG_END, said, strlen(said));
    } else {
        double middle = fmin(fmax((x1 + x2) / 2, time->first + wide / 2), WIDTH - 6 - wide / 2);

        draw_runs(timeline, source, lane, time, y + 3, 4, to);
        svg_text(to, "small", middle, y + 16, SVG_MIDDLE, said, strlen(said));
    }
}

static void draw_spans(const struct timeline *timeline, const struct plan *plan,
                       const struct svg_scale *time, double top, struct text *to)
{
    for (uint32_t source = 0; source < timeline->source_count; source++) {
        double y = top + SPAN_ROW * source;
        char name[ADDR_TEXT_MAX];

        (void)addr_text(timeline->sources[source], name);
        if (plan->lane[source] != PLAN_NO_LANE)
            svg_mark(to, plan->lane[source], 16, y + 8, 9);
        svg_text(to, "label", NAME, y + 12, SVG_START, name, strlen(name));
        draw_span(timeline, source, plan->lane[source], time, y, to);
    }
}

static double middle_of(const struct timeline *timeline, const struct svg_scale *time,
                        const struct timeline_cell *cell)
{
    return svg_place(time, (double)cell->start_us + (double)plan_period_us(timeline->by) / 2);
}

/* The middle of a lane, of all lanes together so high or wide. */
static double lane_middle(const struct plan *plan, uint32_t lane, double size)
{
    return size * ((double)lane + 0.5) / (double)plan->lanes;
}

static double row_height(const struct plan *plan)
{
    return fmax(PORT_ROW, LANE * (double)plan->lanes + 4);
}

static void draw_ports(const struct timeline *timeline, const struct plan *plan,
                       const struct svg_scale *time, double top, struct text *to)
{
    double height = row_height(plan);

    for (size_t row = 0; row < plan->count + (plan->others > 0); row++) {
        double y = top + height * (double)row;
        char name[48];

        plan_row_name(plan, row, name);
        if (row % 2 == 0)
            svg_rect(to, "stripe", time->first, y, time->last - time->first, height);
        svg_text(to, "label", time->first - 8, y + height / 2 + 4, SVG_END, name, strlen(name));
    }
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];
        uint32_t lane = plan->lane[cell->source];
        double share = (double)cell->sessions / (double)plan->most;
        double size = 4 + 5 * (share > 0.5 ? 1 : share > 0.1 ? 0.6 : share > 0.01 ? 0.3 : 0);

        if (lane != PLAN_NO_LANE)
            svg_mark(to, lane, middle_of(timeline, time, cell),
                     top + height * (double)plan_row(plan, cell) +
                         lane_middle(plan, lane, height),
                     size);
    }
}

/* What the port rows lack, where not every address has a lane. */
static void say_left_out(const struct timeline *timeline, const struct plan *plan, double x,
                         double y, struct text *to)
{
    if (plan->lanes < timeline->source_count)
        svg_textf(to, "small", x, y, SVG_START,
                  "of the %u addresses with the most sessions; of the other %zu only the times"
                  " above are drawn",
                  plan->lanes, timeline->source_count - plan->lanes);
}

/* No port is above 65535: there the axis ends, and a tick too near to it gives way. */
static size_t sport_ticks(const struct plan *plan, double ret_ticks[SVG_TICKS])
{
    size_t count = svg_ticks(plan->sport_low, plan->sport_high, 4, ret_ticks);
    double step = ret_ticks[1] - ret_ticks[0];

    if (ret_ticks[count - 1] <= UINT16_MAX)
        return count;
    if (count > 2 && UINT16_MAX - ret_ticks[count - 2] < step / 2)
        count--;
    ret_ticks[count - 1] = UINT16_MAX;
    return count;
}

static void draw_sports(const struct timeline *timeline, const struct plan *plan,
                        const struct svg_scale *time, double top, struct text *to)
{
    double ticks[SVG_TICKS];
    size_t count = sport_ticks(plan, ticks);
    struct svg_scale scale = {
        .low = ticks[0], .high = ticks[count - 1], .first = top + SPORTS, .last = top + 6};
    double period = svg_place(time, time->low + (double)plan_period_us(timeline->by));
    /* lanes side by side, as far as the period goes */
    double wide = fmax(6, fmin(6 * (double)plan->lanes, 0.8 * (period - time->first)));

    for (size_t i = 0; i < count; i++) {
        double y = svg_place(&scale, ticks[i]);

        svg_line(to, "grid", time->first, y, time->last, y);
        svg_textf(to, "small", time->first - 8, y + 4, SVG_END, "%.0f", ticks[i]);
    }
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];
        uint32_t lane = plan->lane[cell->source];
        double x = middle_of(timeline, time, cell) + lane_middle(plan, lane, wide) - wide / 2;
        double low = svg_place(&scale, cell->sport_min);
        double high = svg_place(&scale, cell->sport_max);

        if (lane == PLAN_NO_LANE)
            continue;
        if (low - high > 2)
            svg_bar(to, lane, x - 0.6, high, 1.2, low - high);
        svg_mark(to, lane, x, low, 4.5);
        if (low - high > 2)
            svg_mark(to, lane, x, high, 4.5);
    }
}

static void draw_time(const struct plan *plan, const struct svg_scale *time, double top,
                      double bottom, struct text *to)
{
    int64_t step = tick_step(time);
    int64_t at = plan->from_us - plan->from_us % step;
    char text[32];

    for (; at <= plan->to_us; at += step) {
        double x = svg_place(time, (double)at);

        if (at < plan->from_us)
            continue;
        plan_stamp(at, step < (int64_t)DAY_S * 1000000, text);
        svg_line(to, "grid", x, top, x, bottom);
        svg_text(to, "small", x, bottom + 14, SVG_MIDDLE, text, strlen(text));
    }
    svg_line(to, "axis", time->first, bottom, time->last, bottom);
}

/* Where the plot begins: behind the longest address. */
static double left_of(const struct timeline *timeline)
{
    double left = LEFT_LEAST;
    char name[ADDR_TEXT_MAX];

    for (size_t i = 0; i < timeline->source_count; i++) {
        size_t length = strlen(addr_text(timeline->sources[i], name));

        left = fmax(left, NAME + LABEL_CHAR * (double)length + 10);
    }
    return left;
}

void timeline_svg(const struct timeline *timeline, unsigned id, struct text *to)
{
    struct svg_head head = {.width = WIDTH,
                            .title = "Who asked for which ports, and when",
                            .description = "Time runs to the right. Above: when each address"
                                           " was active. Middle: destination ports as rows,"
                                           " marks by sessions. Below: the range of source"
                                           " ports.",
                            .source = "Source: Nightjar. Size of marks: sessions. Below: lowest"
                                      " and highest source port of the period",
                            .id = id};
    struct svg_scale time;
    struct plan plan;
    double ports, sports;

    if (!plan_make(timeline, TIMELINE_LANES, &plan)) {
        to->no_memory = true;
        return;
    }
    ports = SVG_TOP + SPAN_ROW * (double)timeline->source_count + 18;
    sports = ports + row_height(&plan) * (double)(plan.count + (plan.others > 0)) + 22;
    head.height = timeline->count == 0 ? ports + 60 : sports + SPORTS + 26 + SVG_BOTTOM;
    time = (struct svg_scale){.low = (double)plan.from_us,
                              .high = (double)plan.to_us,
                              .first = left_of(timeline),
                              .last = WIDTH - RIGHT};
    svg_open(to, &head);
    if (timeline->count > 0)
        draw_time(&plan, &time, SVG_TOP, sports + SPORTS, to);
    draw_spans(timeline, &plan, &time, SVG_TOP, to);
    if (timeline->count > 0) {
        draw_ports(timeline, &plan, &time, ports, to);
        svg_textf(to, "small", 12, ports - 5, SVG_START, "destination port");
        say_left_out(timeline, &plan, time.first, ports - 5, to);
        svg_textf(to, "small", 12, sports - 2, SVG_START, "source port");
        draw_sports(timeline, &plan, &time, sports, to);
    }
    svg_close(to);
}
