/* SPDX-License-Identifier: Apache-2.0 */
/* The picture for a document or the console. */
#include <string.h>

#include "report/facts.h"
#include "report/timeline_plan.h"

#define WIDTH 920.0
#define LEFT 132.0
#define RIGHT 24.0
#define SPAN_ROW 18.0
#define PORT_ROW 24.0
#define SPORTS 150.0
#define STAMP 84.0 /* as wide as a time below the axis gets */

/* Seconds between two ticks, so that there are at most eight. */
static int64_t tick_step(int64_t span_us)
{
    static const int64_t steps[] = {3600,       3 * 3600,   6 * 3600,    12 * 3600,
                                    DAY_S,      2 * DAY_S,  7 * DAY_S,   14 * DAY_S,
                                    28 * DAY_S, 91 * DAY_S, 182 * DAY_S, 364 * DAY_S};
    size_t i = 0;

    while (i + 1 < sizeof(steps) / sizeof(steps[0]) && span_us / 1000000 / steps[i] > 8)
        i++;
    return steps[i] * 1000000;
}

/* A bar for each stretch of periods without a gap. */
static void draw_runs(const struct timeline *timeline, uint32_t source,
                      const struct svg_scale *time, double y, double height, struct text *to)
{
    int64_t from = 0, until = INT64_MIN;

    for (size_t i = 0; i <= timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];
        bool own = i < timeline->count && cell->source == source;

        if (until != INT64_MIN && (i == timeline->count || (own && cell->start_us > until))) {
            svg_bar(to, source, svg_place(time, (double)from), y,
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

static void draw_spans(const struct timeline *timeline, const struct svg_scale *time,
                       double top, struct text *to)
{
    for (uint32_t source = 0; source < timeline->source_count; source++) {
        double y = top + SPAN_ROW * source;
        int64_t first = INT64_MAX, last = INT64_MIN;
        uint64_t sessions = 0;
        char name[ADDR_TEXT_MAX], from[32], until[32];

        for (size_t i = 0; i < timeline->count; i++) {
            const struct timeline_cell *cell = &timeline->cells[i];

            if (cell->source != source)
                continue;
            sessions += cell->sessions;
            first = cell->start_us < first ? cell->start_us : first;
            last = cell->start_us > last ? cell->start_us : last;
        }
        (void)addr_text(timeline->sources[source], name);
        svg_mark(to, source, 16, y + 8, 9);
        svg_text(to, "label", 26, y + 12, SVG_START, name, strlen(name));
        if (sessions == 0) {
            svg_textf(to, "small", LEFT + 4, y + 12, SVG_START, "no session in this period");
            continue;
        }
        plan_stamp(first, timeline->by == PERIOD_HOUR, from);
        plan_stamp(last, timeline->by == PERIOD_HOUR, until);
        {
            double x1 = svg_place(time, (double)first);
            double x2 = svg_place(time, (double)(last + plan_period_us(timeline->by)));
            bool inside = x2 - x1 > 300;
            const char *counted = COUNTED(sessions, "session");

            draw_runs(timeline, source, time, y + 3, inside ? 4 : 9, to);
            if (inside)
                svg_textf(to, "small", (x1 + x2) / 2, y + 16, SVG_MIDDLE, "%s to %s, %s", from,
                          until, counted);
            else if (x2 > WIDTH - 320)
                svg_textf(to, "small", x1 - 6, y + 12, SVG_END, "%s to %s, %s", from, until,
                          counted);
            else
                svg_textf(to, "small", x2 + 6, y + 12, SVG_START, "%s to %s, %s", from, until,
                          counted);
        }
    }
}

static double middle_of(const struct timeline *timeline, const struct svg_scale *time,
                        const struct timeline_cell *cell)
{
    return svg_place(time, (double)cell->start_us + (double)plan_period_us(timeline->by) / 2);
}

/* Each address has a lane of its own in a row, as long as there are few. */
static double lane(const struct timeline *timeline, uint32_t source, double height)
{
    double lanes = timeline->source_count < 4 ? (double)timeline->source_count : 4;

    return height * ((double)(source % 4) + 0.5) / lanes;
}

static void draw_ports(const struct timeline *timeline, const struct plan *plan,
                       const struct svg_scale *time, double top, struct text *to)
{
    for (size_t row = 0; row < plan->count + (plan->others > 0); row++) {
        double y = top + PORT_ROW * (double)row;
        char name[48];

        plan_row_name(plan, row, name);
        if (row % 2 == 0)
            svg_rect(to, "stripe", LEFT, y, time->last - LEFT, PORT_ROW);
        svg_text(to, "label", LEFT - 8, y + PORT_ROW / 2 + 4, SVG_END, name, strlen(name));
    }
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];
        double share = (double)cell->sessions / (double)plan->most;
        double size = 4 + 6 * (share > 0.5 ? 1 : share > 0.1 ? 0.6 : share > 0.01 ? 0.3 : 0);

        svg_mark(to, cell->source, middle_of(timeline, time, cell),
                 top + PORT_ROW * (double)plan_row(plan, cell) +
                     lane(timeline, cell->source, PORT_ROW),
                 size);
    }
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

    for (size_t i = 0; i < count; i++) {
        double y = svg_place(&scale, ticks[i]);

        svg_line(to, "grid", LEFT, y, time->last, y);
        svg_textf(to, "small", LEFT - 8, y + 4, SVG_END, "%.0f", ticks[i]);
    }
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];
        double x = middle_of(timeline, time, cell) + lane(timeline, cell->source, 6) - 3;
        double low = svg_place(&scale, cell->sport_min);
        double high = svg_place(&scale, cell->sport_max);

        if (low - high > 2)
            svg_bar(to, cell->source, x - 0.6, high, 1.2, low - high);
        svg_mark(to, cell->source, x, low, 4.5);
        if (low - high > 2)
            svg_mark(to, cell->source, x, high, 4.5);
    }
}

static void draw_time(const struct plan *plan, const struct svg_scale *time, double top,
                      double bottom, struct text *to)
{
    int64_t step = tick_step(plan->to_us - plan->from_us);
    int64_t at = plan->from_us - plan->from_us % step;
    char text[32];

    for (; at <= plan->to_us; at += step) {
        double x = svg_place(time, (double)at);

        if (at < plan->from_us)
            continue;
        plan_stamp(at, step < (int64_t)DAY_S * 1000000, text);
        svg_line(to, "grid", x, top, x, bottom);
        svg_text(to, "small", x, bottom + 14, x > WIDTH - STAMP / 2 ? SVG_END : SVG_MIDDLE,
                 text, strlen(text));
    }
    svg_line(to, "axis", LEFT, bottom, time->last, bottom);
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

    if (!plan_make(timeline, &plan)) {
        to->no_memory = true;
        return;
    }
    ports = SVG_TOP + SPAN_ROW * (double)timeline->source_count + 14;
    sports = ports + PORT_ROW * (double)(plan.count + (plan.others > 0)) + 22;
    head.height = timeline->count == 0 ? ports + 60 : sports + SPORTS + 26 + SVG_BOTTOM;
    time = (struct svg_scale){.low = (double)plan.from_us,
                              .high = (double)plan.to_us,
                              .first = LEFT,
                              .last = WIDTH - RIGHT};
    svg_open(to, &head);
    if (timeline->count > 0)
        draw_time(&plan, &time, SVG_TOP, sports + SPORTS, to);
    draw_spans(timeline, &time, SVG_TOP, to);
    if (timeline->count > 0) {
        draw_ports(timeline, &plan, &time, ports, to);
        svg_textf(to, "small", 12, ports - 4, SVG_START, "destination port");
        svg_textf(to, "small", 12, sports - 2, SVG_START, "source port");
        draw_sports(timeline, &plan, &time, sports, to);
    }
    svg_close(to);
}
