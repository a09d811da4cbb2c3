/* SPDX-License-Identifier: Apache-2.0 */
#include "report/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400

/* ---- from the store ------------------------------------------------------------------------
 */

/* The start of "2014-W38", "2014-09", "2014-09-23", "2014-09-23T10:00:00Z". */
static bool period_start_of(const char *text, enum period by, int64_t *ret_us)
{
    int year = 0, rest = 0, day = 1, hour = 0;
    struct tm tm = {0};
    time_t seconds;

    if (by == PERIOD_WEEK) {
        if (sscanf(text, "%4d-W%2d", &year, &rest) != 2)
            return false;
        tm = (struct tm){.tm_year = year - 1900, .tm_mday = 4}; /* always in week 1 */
        seconds = timegm(&tm);
        seconds -= (seconds / DAY_S + 3) % 7 * DAY_S;
        *ret_us = ((int64_t)seconds + (int64_t)(rest - 1) * 7 * DAY_S) * 1000000;
        return true;
    }
    if (sscanf(text, "%4d-%2d-%2dT%2d", &year, &rest, &day, &hour) < 2)
        return false;
    tm = (struct tm){
        .tm_year = year - 1900, .tm_mon = rest - 1, .tm_mday = day, .tm_hour = hour};
    *ret_us = (int64_t)timegm(&tm) * 1000000;
    return true;
}

static int64_t length_of(enum period by)
{
    switch (by) {
    case PERIOD_HOUR:
        return 3600000000ll;
    case PERIOD_WEEK:
        return 7ll * DAY_S * 1000000;
    case PERIOD_MONTH:
        return 30ll * DAY_S * 1000000;
    default:
        return (int64_t)DAY_S * 1000000;
    }
}

static uint64_t number(const struct cell *cell)
{
    if (cell->kind == CELL_UINT)
        return cell->unsigned_number;
    return cell->kind == CELL_INT && cell->number > 0 ? (uint64_t)cell->number : 0;
}

static uint8_t proto_of(const struct cell *cell)
{
    static const struct {
        const char *name;
        uint8_t number;
    } known[] = {{"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"icmpv6", 58}, {"sctp", 132}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (cell->length == strlen(known[i].name) &&
            memcmp(cell->text, known[i].name, cell->length) == 0)
            return known[i].number;
    return 0;
}

/* Columns of store_timeline: period, source, port, proto, sessions, packets, sport_min,
 * sport_max, sport_bands. */
static int take(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct timeline *timeline = ctx;
    struct timeline_cell cell = {.port = (uint16_t)number(&cells[2]),
                                 .proto = proto_of(&cells[3]),
                                 .sessions = number(&cells[4]),
                                 .sport_min = (uint16_t)number(&cells[6]),
                                 .sport_max = (uint16_t)number(&cells[7])};
    char period[32];

    (void)count;
    (void)snprintf(period, sizeof(period), "%.*s", (int)cells[0].length, cells[0].text);
    if (!period_start_of(period, timeline->by, &cell.start_us))
        return nj_fail(err, NJ_STORE, "the store names a period \"%s\"", period);
    while (cell.source < timeline->source_count &&
           !addr_equal(timeline->sources[cell.source], cells[1].address))
        cell.source++;
    if (cell.source == timeline->source_count)
        return 0;
    if (timeline->count == timeline->room) {
        size_t room = timeline->room == 0 ? 256 : 2 * timeline->room;
        struct timeline_cell *bigger = reallocarray(timeline->cells, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for a timeline");
        timeline->cells = bigger;
        timeline->room = room;
    }
    timeline->cells[timeline->count++] = cell;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct timeline_cell *x = a, *y = b;

    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->start_us != y->start_us)
        return x->start_us < y->start_us ? -1 : 1;
    if (x->port != y->port)
        return x->port < y->port ? -1 : 1;
    return x->proto < y->proto ? -1 : x->proto > y->proto;
}

int timeline_load(struct store *store, const struct addr *sources, size_t count,
                  const struct store_scope *scope, enum period by, struct timeline *ret,
                  struct nj_err *err)
{
    const struct row_sink sink = {.row = take, .ctx = ret};

    *ret = (struct timeline){.by = by};
    if (count > TIMELINE_SOURCES)
        return nj_fail(err, NJ_LIMIT, "%zu addresses, a picture holds %u", count,
                       TIMELINE_SOURCES);
    for (size_t i = 0; i < count; i++) { /* each once */
        size_t k = 0;

        while (k < ret->source_count && !addr_equal(ret->sources[k], sources[i]))
            k++;
        if (k == ret->source_count)
            ret->sources[ret->source_count++] = sources[i];
    }
    if (store_timeline(store, ret->sources, ret->source_count, scope, by, &sink, err) < 0)
        return -1;
    if (ret->count > 0)
        qsort(ret->cells, ret->count, sizeof(*ret->cells), by_place);
    return 0;
}

void timeline_done(struct timeline *timeline)
{
    free(timeline->cells);
    *timeline = (struct timeline){0};
}

/* ---- what is drawn --------------------------------------------------------------------------
 */

struct row {
    uint16_t port;
    uint8_t proto;
    uint64_t sessions;
};

/* The picture's plan: the leading ports by number, and the bounds of all. */
struct plan {
    struct row rows[TIMELINE_ROWS];
    size_t count, others; /* ports that share the last row */
    int64_t from_us, to_us;
    uint64_t most; /* sessions of a cell */
    double sport_low, sport_high;
};

static int by_sessions(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->sessions != y->sessions)
        return x->sessions > y->sessions ? -1 : 1;
    if (x->port != y->port)
        return x->port < y->port ? -1 : 1;
    return x->proto < y->proto ? -1 : x->proto > y->proto;
}

static int by_number(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return x->port != y->port ? (x->port < y->port ? -1 : 1) : x->proto - y->proto;
}

static bool make_plan(const struct timeline *timeline, struct plan *ret)
{
    struct row *rows = calloc(timeline->count + 1, sizeof(*rows));
    size_t count = 0;

    *ret = (struct plan){.sport_low = 65535};
    if (rows == NULL)
        return false;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];
        int64_t end = cell->start_us + length_of(timeline->by);

        rows[i] =
            (struct row){.port = cell->port, .proto = cell->proto, .sessions = cell->sessions};
        if (i == 0 || cell->start_us < ret->from_us)
            ret->from_us = cell->start_us;
        if (i == 0 || end > ret->to_us)
            ret->to_us = end;
        if (cell->sessions > ret->most)
            ret->most = cell->sessions;
        if (cell->sport_min < ret->sport_low)
            ret->sport_low = cell->sport_min;
        if (cell->sport_max > ret->sport_high)
            ret->sport_high = cell->sport_max;
    }
    qsort(rows, timeline->count, sizeof(*rows), by_number);
    for (size_t i = 0; i < timeline->count; i++) {
        if (count > 0 && by_number(&rows[count - 1], &rows[i]) == 0)
            rows[count - 1].sessions += rows[i].sessions;
        else
            rows[count++] = rows[i];
    }
    qsort(rows, count, sizeof(*rows), by_sessions);
    ret->count = count < TIMELINE_ROWS ? count : TIMELINE_ROWS;
    ret->others = count - ret->count;
    memcpy(ret->rows, rows, ret->count * sizeof(*rows));
    qsort(ret->rows, ret->count, sizeof(*rows), by_number);
    free(rows);
    return true;
}

/* The row of a cell; the one behind the last for the others. */
static size_t row_of(const struct plan *plan, const struct timeline_cell *cell)
{
    size_t row = 0;

    while (row < plan->count &&
           (plan->rows[row].port != cell->port || plan->rows[row].proto != cell->proto))
        row++;
    return row;
}

static void row_name(const struct plan *plan, size_t row, char text[48])
{
    const struct row *at = &plan->rows[row];

    if (row == plan->count)
        (void)snprintf(text, 48, "%zu others", plan->others);
    else if (at->proto == 1 || at->proto == 58)
        (void)snprintf(text, 48, "type %u icmp", at->port >> 8);
    else
        (void)snprintf(text, 48, "%u %s", at->port, at->proto == 17 ? "udp" : "tcp");
}

static void stamp(int64_t us, bool hours, char text[32])
{
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;

    text[0] = '\0';
    if (gmtime_r(&seconds, &tm) == NULL)
        return;
    if (hours)
        (void)strftime(text, 32, "%m-%d %H:%M", &tm);
    else
        (void)strftime(text, 32, "%Y-%m-%d", &tm);
}

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

/* ---- SVG ------------------------------------------------------------------------------------
 */

#define WIDTH 920.0
#define LEFT 132.0
#define RIGHT 24.0
#define SPAN_ROW 18.0
#define PORT_ROW 24.0
#define SPORTS 150.0

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
        until = cell->start_us + length_of(timeline->by);
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
        stamp(first, timeline->by == PERIOD_HOUR, from);
        stamp(last, timeline->by == PERIOD_HOUR, until);
        {
            double x1 = svg_place(time, (double)first);
            double x2 = svg_place(time, (double)(last + length_of(timeline->by)));
            bool inside = x2 - x1 > 300;

            draw_runs(timeline, source, time, y + 3, inside ? 4 : 9, to);
            if (inside)
                svg_textf(to, "small", (x1 + x2) / 2, y + 16, SVG_MIDDLE,
                          "%s to %s, %llu sessions", from, until, (unsigned long long)sessions);
            else if (x2 > WIDTH - 320)
                svg_textf(to, "small", x1 - 6, y + 12, SVG_END, "%s to %s, %llu sessions", from,
                          until, (unsigned long long)sessions);
            else
                svg_textf(to, "small", x2 + 6, y + 12, SVG_START, "%s to %s, %llu sessions",
                          from, until, (unsigned long long)sessions);
        }
    }
}

static double middle_of(const struct timeline *timeline, const struct svg_scale *time,
                        const struct timeline_cell *cell)
{
    return svg_place(time, (double)cell->start_us + (double)length_of(timeline->by) / 2);
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

        row_name(plan, row, name);
        if (row % 2 == 0)
            svg_rect(to, "stripe", LEFT, y, time->last - LEFT, PORT_ROW);
        svg_text(to, "label", LEFT - 8, y + PORT_ROW / 2 + 4, SVG_END, name, strlen(name));
    }
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];
        double share = (double)cell->sessions / (double)plan->most;
        double size = 4 + 6 * (share > 0.5 ? 1 : share > 0.1 ? 0.6 : share > 0.01 ? 0.3 : 0);

        svg_mark(to, cell->source, middle_of(timeline, time, cell),
                 top + PORT_ROW * (double)row_of(plan, cell) +
                     lane(timeline, cell->source, PORT_ROW),
                 size);
    }
}

static void draw_sports(const struct timeline *timeline, const struct plan *plan,
                        const struct svg_scale *time, double top, struct text *to)
{
    double ticks[SVG_TICKS];
    size_t count = svg_ticks(plan->sport_low, plan->sport_high, 4, ticks);
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
        stamp(at, step < (int64_t)DAY_S * 1000000, text);
        svg_line(to, "grid", x, top, x, bottom);
        svg_text(to, "small", x, bottom + 14, SVG_MIDDLE, text, strlen(text));
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

    if (!make_plan(timeline, &plan)) {
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

/* ---- terminal -------------------------------------------------------------------------------
 */

#define NAME_COLUMNS 26u

static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

static size_t column_of(const struct plan *plan, int64_t us, size_t columns)
{
    double share = (double)(us - plan->from_us) / (double)(plan->to_us - plan->from_us);
    size_t at = (size_t)(share * (double)columns);

    return at < columns ? at : columns - 1;
}

static void draw_line(struct text *to, const char *name, const double *values, size_t columns,
                      double most)
{
    text_addf(to, "%-*.*s ", (int)NAME_COLUMNS, (int)NAME_COLUMNS, name);
    for (size_t i = 0; i < columns; i++) {
        size_t level = values[i] <= 0 ? 0 : 1 + (size_t)(7 * values[i] / most);

        text_add_z(to, blocks[level < 8 ? level : 8]);
    }
    text_add_z(to, "\n");
}

void timeline_text(const struct timeline *timeline, size_t columns, struct text *to)
{
    size_t wide = columns > NAME_COLUMNS + 20 ? columns - NAME_COLUMNS - 1 : 40;
    double *values = calloc(wide, sizeof(*values));
    char from[32], until[32], name[ADDR_TEXT_MAX + 64], port[48];
    struct plan plan;

    if (values == NULL || !make_plan(timeline, &plan)) {
        to->no_memory = true;
        free(values);
        return;
    }
    if (timeline->count == 0)
        text_add_z(to, "no session in this period\n");
    for (size_t row = 0; timeline->count > 0 && row < plan.count + (plan.others > 0); row++) {
        row_name(&plan, row, port);
        for (uint32_t source = 0; source < timeline->source_count; source++) {
            double most = 1, sum = 0;

            memset(values, 0, wide * sizeof(*values));
            for (size_t i = 0; i < timeline->count; i++) {
                const struct timeline_cell *cell = &timeline->cells[i];
                size_t at = column_of(&plan, cell->start_us, wide);
                size_t end = column_of(&plan, cell->start_us + length_of(timeline->by), wide);

                if (cell->source != source || row_of(&plan, cell) != row)
                    continue;
                sum += (double)cell->sessions;
                do { /* a period may be several columns wide, or share one */
                    values[at] += (double)cell->sessions;
                    most = values[at] > most ? values[at] : most;
                } while (++at < end);
            }
            if (sum <= 0)
                continue;
            (void)addr_text(timeline->sources[source], name);
            (void)snprintf(name + strlen(name), sizeof(name) - strlen(name), " %s", port);
            draw_line(to, name, values, wide, most);
        }
    }
    if (timeline->count > 0) {
        stamp(plan.from_us, timeline->by == PERIOD_HOUR, from);
        stamp(plan.to_us, timeline->by == PERIOD_HOUR, until);
        text_addf(to, "%*s %s%*s\n", (int)NAME_COLUMNS, "", from, (int)(wide - strlen(from)),
                  until);
    }
    free(values);
}
