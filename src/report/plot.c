/* SPDX-License-Identifier: Apache-2.0 */
#include "report/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW 20.0
#define LABEL 236.0 /* width of the labels of bars */
#define NOTE 150.0
#define LEFT 52.0
#define RIGHT 222.0

static double largest(double a, double b)
{
    return isfinite(b) && b > a ? b : a;
}

/* "12 %", "0.5 %": as many digits as the steps between ticks need. */
static void percent(struct text *to, const char *class_name, double x, double y,
                    enum svg_anchor anchor, double share, double step)
{
    svg_textf(to, class_name, x, y, anchor, "%.*f %%", step < 0.01 ? 1 : 0, 100 * share);
}

void plot_bars(struct text *to, const struct plot_bars *plot)
{
    struct svg_head head = plot->head;
    struct svg_scale scale;
    double ticks[SVG_TICKS], most = 0, bottom;
    bool before = false;
    size_t tick_count;

    for (size_t i = 0; i < plot->count; i++) {
        most = largest(largest(most, plot->bars[i].value),
                       largest(plot->bars[i].high, plot->bars[i].before));
        before = before || isfinite(plot->bars[i].before);
    }
    if (!(most > 0))
        most = 0.01;
    head.height = SVG_TOP + ROW * (double)plot->count + 40 + SVG_BOTTOM;
    bottom = SVG_TOP + 12 + ROW * (double)plot->count;
    tick_count = svg_ticks(0, most, 5, ticks);
    scale = (struct svg_scale){
        .low = 0, .high = ticks[tick_count - 1], .first = LABEL, .last = head.width - NOTE};
    svg_open(to, &head);
    for (size_t i = 0; i < tick_count; i++) {
        double x = svg_place(&scale, ticks[i]);

        svg_line(to, "grid", x, SVG_TOP + 6, x, bottom);
        percent(to, "small", x, bottom + 14, SVG_MIDDLE, ticks[i], ticks[1] - ticks[0]);
    }
    svg_textf(to, "small", head.width - 12, 22, SVG_END, "%s%s", plot->unit,
              before ? "; | the period before" : "");
    for (size_t i = 0; i < plot->count; i++) {
        const struct plot_bar *bar = &plot->bars[i];
        double y = SVG_TOP + 10 + ROW * (double)i, x = svg_place(&scale, bar->value);
        double end = x;

        svg_text(to, "label", LABEL - 8, y + 11, SVG_END, bar->label, strlen(bar->label));
        svg_bar(to, 0, scale.first, y, x - scale.first, ROW - 6);
        if (isfinite(bar->low) && isfinite(bar->high)) {
            double middle = y + (ROW - 6) / 2;

            end = svg_place(&scale, bar->high);
            svg_line(to, "whisker", svg_place(&scale, bar->low), middle, end, middle);
            svg_line(to, "whisker", end, middle - 3, end, middle + 3);
        }
        if (isfinite(bar->before)) {
            double was = svg_place(&scale, bar->before);

            svg_line(to, "before", was, y - 2, was, y + ROW - 4);
            end = fmax(end, was);
        }
        svg_text(to, "soft", end + 8, y + 11, SVG_START, bar->note, strlen(bar->note));
    }
    svg_close(to);
}

/* Labels at the ends of lines, pushed apart so that none covers another. */
static void place_names(const struct plot_lines *plot, const struct svg_scale *scale,
                        double *ret_ys)
{
    for (size_t i = 0; i < plot->series_count; i++) {
        ret_ys[i] = scale->first;
        for (size_t place = plot->place_count; place > 0; place--)
            if (isfinite(plot->series[i].values[place - 1])) {
                ret_ys[i] = svg_place(scale, plot->series[i].values[place - 1]);
                break;
            }
    }
    for (unsigned round = 0; round < 200; round++) {
        bool moved = false;

        for (size_t i = 0; i < plot->series_count; i++)
            for (size_t j = 0; j < plot->series_count; j++)
                if (i != j && fabs(ret_ys[i] - ret_ys[j]) < 15 &&
                    (ret_ys[i] < ret_ys[j] || (ret_ys[i] == ret_ys[j] && i < j))) {
                    if (ret_ys[i] > SVG_TOP + 12)
                        ret_ys[i] -= 1;
                    ret_ys[j] += 1;
                    moved = true;
                }
        if (!moved)
            break;
    }
}

static void draw_series(struct text *to, const struct plot_lines *plot, unsigned i,
                        const double *xs, const struct svg_scale *scale, double *ys,
                        double *lows, double *highs)
{
    const struct plot_series *series = &plot->series[i];

    for (size_t place = 0; place < plot->place_count; place++) {
        ys[place] = svg_place(scale, series->values[place]);
        lows[place] = svg_place(scale, series->lows[place]);
        highs[place] = svg_place(scale, series->highs[place]);
    }
    svg_band(to, i, xs, lows, highs, plot->place_count);
    svg_path(to, i, xs, ys, plot->place_count);
    for (size_t place = 0; place < plot->place_count; place++)
        if (isfinite(ys[place]))
            svg_mark(to, i, xs[place], ys[place], 8);
}

void plot_lines(struct text *to, const struct plot_lines *plot)
{
    double bottom = plot->head.height - SVG_BOTTOM - 24, right = plot->head.width - RIGHT;
    double *room = calloc(4 * plot->place_count + plot->series_count + 1, sizeof(*room));
    double *xs = room, *names, ticks[SVG_TICKS], most = 0;
    struct svg_scale scale,
        across = {.low = 0,
                  .high = plot->place_count > 1 ? (double)plot->place_count - 1 : 1,
                  .first = LEFT + 14,
                  .last = right - 14};
    size_t tick_count, every = plot->place_count / 12 + 1;

    if (room == NULL) {
        to->no_memory = true;
        return;
    }
    names = room + 4 * plot->place_count;
    for (size_t i = 0; i < plot->series_count; i++)
        for (size_t place = 0; place < plot->place_count; place++)
            most = largest(largest(most, plot->series[i].values[place]),
                           plot->series[i].highs[place]);
    tick_count = svg_ticks(0, most > 0 ? most : 0.01, 5, ticks);
    scale = (struct svg_scale){
        .low = 0, .high = ticks[tick_count - 1], .first = bottom, .last = SVG_TOP + 10};
    svg_open(to, &plot->head);
    for (size_t i = 0; i < tick_count; i++) {
        double y = svg_place(&scale, ticks[i]);

        svg_line(to, i == 0 ? "axis" : "grid", LEFT, y, right, y);
        percent(to, "small", LEFT - 6, y + 4, SVG_END, ticks[i], ticks[1] - ticks[0]);
    }
    svg_text(to, "small", plot->head.width - 12, 22, SVG_END, plot->unit, strlen(plot->unit));
    for (size_t place = 0; place < plot->place_count; place++) {
        xs[place] = svg_place(&across, (double)place);
        if (place % every == 0)
            svg_text(to, "small", xs[place], bottom + 16, SVG_MIDDLE, plot->places[place],
                     strlen(plot->places[place]));
    }
    place_names(plot, &scale, names);
    for (unsigned i = 0; i < plot->series_count; i++) {
        draw_series(to, plot, i, xs, &scale, xs + plot->place_count, xs + 2 * plot->place_count,
                    xs + 3 * plot->place_count);
        svg_mark(to, i, right + 10, names[i], 8);
        svg_text(to, "label", right + 20, names[i] + 4, SVG_START, plot->series[i].name,
                 strlen(plot->series[i].name));
    }
    svg_close(to);
    free(room);
}

void plot_grid(struct text *to, const struct plot_grid *plot)
{
    struct svg_head head = plot->head;
    double width = (head.width - 60 - 12) / (double)plot->column_count, most = 0;

    for (size_t i = 0; i < plot->row_count * plot->column_count; i++)
        most = largest(most, plot->values[i]);
    head.height = SVG_TOP + ROW * (double)plot->row_count + 28 + SVG_BOTTOM;
    svg_open(to, &head);
    for (size_t row = 0; row < plot->row_count; row++) {
        double y = SVG_TOP + 4 + ROW * (double)row;

        svg_text(to, "label", 52, y + 14, SVG_END, plot->rows[row], strlen(plot->rows[row]));
        for (size_t column = 0; column < plot->column_count; column++) {
            double value = plot->values[row * plot->column_count + column];
            double share = most > 0 && isfinite(value) ? sqrt(value / most) : 0;
            double x = 60 + width * (double)column;

            svg_rect(to, "stripe", x, y, width - 2, ROW - 2);
            if (share > 0) /* the area tells the count */
                svg_bar(to, 0, x + (width - 2) * (1 - share) / 2,
                        y + (ROW - 2) * (1 - share) / 2, (width - 2) * share,
                        (ROW - 2) * share);
        }
    }
    for (size_t column = 0; column < plot->column_count; column += 3)
        svg_textf(to, "small", 60 + width * ((double)column + 0.5) - 1,
                  SVG_TOP + 18 + ROW * (double)plot->row_count, SVG_MIDDLE, "%02zu", column);
    svg_textf(to, "small", head.width - 12, 22, SVG_END, "%s; the largest field is %.0f",
              plot->unit, most);
    svg_close(to);
}
