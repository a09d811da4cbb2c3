/* SPDX-License-Identifier: Apache-2.0 */
/* The plots of reports. Each is a pure function of its numbers. */
#ifndef NJ_REPORT_PLOT_H
#define NJ_REPORT_PLOT_H

#include "report/svg.h"

/* ---- bars: a ranking ---- */

struct plot_bar {
    const char *label;
    double value, low, high; /* shares, 0 to 1; low and high NAN: no interval */
    double before;           /* the share in the period before; NAN: none */
    const char *note;        /* behind the bar */
};

struct plot_bars {
    struct svg_head head; /* its height is set */
    const char *unit;     /* of the values, as "share of sessions" */
    const struct plot_bar *bars;
    size_t count;
};

void plot_bars(struct text *to, const struct plot_bars *plot);

/* ---- lines: shares week by week ---- */

struct plot_series {
    const char *name;
    const double *values, *lows, *highs; /* one for each place; NAN: not known */
};

struct plot_lines {
    struct svg_head head;
    const char *unit;
    const char *const *places; /* labels of the axis */
    size_t place_count;
    const struct plot_series *series;
    size_t series_count;
};

void plot_lines(struct text *to, const struct plot_lines *plot);

/* ---- grid: counts by weekday and hour
 * --------------------------------------------------------
 */

struct plot_grid {
    struct svg_head head; /* its height is set */
    const char *unit;
    const char *const *rows; /* labels */
    size_t row_count, column_count;
    const double *values; /* row by row */
};

void plot_grid(struct text *to, const struct plot_grid *plot);

#endif
