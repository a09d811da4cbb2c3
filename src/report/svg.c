/* SPDX-License-Identifier: Apache-2.0 */
#include "report/svg.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Every rule is inside of .nj, so that several pictures on a page agree. */
static const char style[] =
    "<style>.nj{font-family:system-ui,'DejaVu Sans',sans-serif;font-size:12px;--ink:#1a1a1a;"
    "--soft:#5a5f66;--grid:#d9dce0;--paper:#fff;--c0:#0072b2;--c1:#d55e00;--c2:#009e73;"
    "--c3:#b0568c;--c4:#8a6d00;--c5:#3d7fb0;--c6:#444}"
    ".nj .paper{fill:var(--paper)}.nj text{fill:var(--ink)}"
    ".nj .title{font-size:15px;font-weight:600}.nj .soft{fill:var(--soft)}"
    ".nj .small{font-size:10.5px;fill:var(--soft)}.nj .strong{font-weight:600}"
    ".nj .grid{stroke:var(--grid);stroke-width:1}"
    ".nj .axis{stroke:var(--soft);stroke-width:1}.nj .whisker{stroke:var(--ink);"
    "stroke-width:1.2}.nj .before{stroke:var(--ink);stroke-width:2.2}"
    ".nj .stripe{fill:var(--grid);opacity:.28}.nj .rest{fill:var(--soft);"
    "opacity:.5}"
    ".nj .s0{fill:var(--c0);stroke:var(--c0)}.nj .s1{fill:var(--c1);stroke:var(--c1)}"
    ".nj .s2{fill:var(--c2);stroke:var(--c2)}.nj .s3{fill:var(--c3);stroke:var(--c3)}"
    ".nj .s4{fill:var(--c4);stroke:var(--c4)}.nj .s5{fill:var(--c5);stroke:var(--c5)}"
    ".nj .s6{fill:var(--c6);stroke:var(--c6)}"
    ".nj .path{fill:none;stroke-width:2;stroke-linejoin:round}"
    ".nj .band{stroke:none;opacity:.16}.nj .bar{stroke:none}"
    ".nj .mark{stroke-width:1.1}.nj .open{fill:var(--paper)}"
    "@media (prefers-color-scheme:dark){.nj{--ink:#e8eaed;--soft:#a9b0b8;--grid:#3a4047;"
    "--paper:#15181c;--c0:#56b4e9;--c1:#f08a4b;--c2:#34c79a;--c3:#dd94bd;--c4:#e6c229;"
    "--c5:#9ccbee;--c6:#c9ced4}}"
    "@media print{.nj{--ink:#000;--soft:#444;--grid:#ccc;--paper:#fff;--c0:#0072b2;"
    "--c1:#d55e00;--c2:#009e73;--c3:#b0568c;--c4:#8a6d00;--c5:#3d7fb0;--c6:#444}}</style>";

/* A number as short as pixels deserve; what is no number is 0. */
static void number(struct text *to, double value)
{
    char digits[32];
    size_t length;

    if (!isfinite(value))
        value = 0;
    length = (size_t)snprintf(digits, sizeof(digits), "%.2f", value);
    while (length > 0 && digits[length - 1] == '0')
        length--;
    if (length > 0 && digits[length - 1] == '.')
        length--;
    if (length == 2 && memcmp(digits, "-0", 2) == 0)
        text_add(to, "0", 1);
    else
        text_add(to, digits, length);
}

static void attribute(struct text *to, const char *name, double value)
{
    text_addf(to, " %s=\"", name);
    number(to, value);
    text_add(to, "\"", 1);
}

static void escaped(struct text *to, const char *z)
{
    text_html(to, z, strlen(z));
}

void svg_open(struct text *to, const struct svg_head *head)
{
    text_addf(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"nj\" role=\"img\""
                  " viewBox=\"0 0 ");
    number(to, head->width);
    text_add(to, " ", 1);
    number(to, head->height);
    text_addf(to, "\" aria-labelledby=\"t%u d%u\"><title id=\"t%u\">", head->id, head->id,
              head->id);
    escaped(to, head->title);
    text_addf(to, "</title><desc id=\"d%u\">", head->id);
    escaped(to, head->description);
    text_add_z(to, "</desc>");
    text_add_z(to, style);
    svg_rect(to, "paper", 0, 0, head->width, head->height);
    svg_text(to, "title", 12, 22, SVG_START, head->title, strlen(head->title));
    svg_text(to, "small", 12, head->height - 8, SVG_START, head->source, strlen(head->source));
}

void svg_close(struct text *to)
{
    text_add_z(to, "</svg>\n");
}

void svg_line(struct text *to, const char *class_name, double x1, double y1, double x2,
              double y2)
{
    text_addf(to, "<line class=\"%s\"", class_name);
    attribute(to, "x1", x1);
    attribute(to, "y1", y1);
    attribute(to, "x2", x2);
    attribute(to, "y2", y2);
    text_add_z(to, "/>");
}

void svg_rect(struct text *to, const char *class_name, double x, double y, double width,
              double height)
{
    text_addf(to, "<rect class=\"%s\"", class_name);
    attribute(to, "x", x);
    attribute(to, "y", y);
    attribute(to, "width", fmax(width, 0));
    attribute(to, "height", fmax(height, 0));
    text_add_z(to, "/>");
}

void svg_text(struct text *to, const char *class_name, double x, double y,
              enum svg_anchor anchor, const char *bytes, size_t length)
{
    static const char *const anchors[] = {
        [SVG_START] = "start", [SVG_MIDDLE] = "middle", [SVG_END] = "end"};

    text_addf(to, "<text class=\"%s\"", class_name);
    attribute(to, "x", x);
    attribute(to, "y", y);
    text_addf(to, " text-anchor=\"%s\">", anchors[anchor]);
    text_html(to, bytes, length);
    text_add_z(to, "</text>");
}

void svg_textf(struct text *to, const char *class_name, double x, double y,
               enum svg_anchor anchor, const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    svg_text(to, class_name, x, y, anchor, line, strlen(line));
}

/* Shapes as paths in a square from -1 to 1. */
static const char *const shapes[SVG_SERIES] = {
    "M-1,0A1,1 0 1 1 1,0A1,1 0 1 1 -1,0Z",                /* circle */
    "M-.9,-.9L.9,-.9L.9,.9L-.9,.9Z",                      /* square */
    "M0,-1.1L1.1,.9L-1.1,.9Z",                            /* triangle */
    "M0,-1.25L1.25,0L0,1.25L-1.25,0Z",                    /* diamond */
    "M0,1.1L1.1,-.9L-1.1,-.9Z",                           /* triangle upside down */
    "M-1,-.35H-.35V-1H.35V-.35H1V.35H.35V1H-.35V.35H-1Z", /* cross */
    "M-.6,-1L.6,-1L1.1,0L.6,1L-.6,1L-1.1,0Z"              /* hexagon */
};

void svg_mark(struct text *to, unsigned series, double x, double y, double size)
{
    text_addf(to, "<path class=\"mark s%u\" transform=\"translate(", series % SVG_SERIES);
    number(to, x);
    text_add(to, ",", 1);
    number(to, y);
    text_add_z(to, ") scale(");
    number(to, size / 2);
    text_addf(to, ")\" stroke-width=\"0\" d=\"%s\"/>", shapes[series % SVG_SERIES]);
}

void svg_bar(struct text *to, unsigned series, double x, double y, double width, double height)
{
    char class_name[16];

    (void)snprintf(class_name, sizeof(class_name), "bar s%u", series % SVG_SERIES);
    svg_rect(to, class_name, x, y, width, height);
}

static void point(struct text *to, char command, double x, double y)
{
    text_add(to, &command, 1);
    number(to, x);
    text_add(to, ",", 1);
    number(to, y);
}

void svg_path(struct text *to, unsigned series, const double *xs, const double *ys,
              size_t count)
{
    bool drawing = false;

    text_addf(to, "<path class=\"path s%u\" style=\"fill:none\" d=\"", series % SVG_SERIES);
    for (size_t i = 0; i < count; i++) {
        bool known = isfinite(xs[i]) && isfinite(ys[i]);

        if (known)
            point(to, drawing ? 'L' : 'M', xs[i], ys[i]);
        drawing = known;
    }
    text_add_z(to, "\"/>");
}

void svg_band(struct text *to, unsigned series, const double *xs, const double *lows,
              const double *highs, size_t count)
{
    size_t from = 0;

    text_addf(to, "<path class=\"band s%u\" style=\"stroke:none\" d=\"", series % SVG_SERIES);
    while (from < count) {
        size_t end = from;

        while (end < count && isfinite(lows[end]) && isfinite(highs[end]))
            end++;
        for (size_t i = from; i < end; i++)
            point(to, i == from ? 'M' : 'L', xs[i], highs[i]);
        for (size_t i = end; i > from; i--)
            point(to, 'L', xs[i - 1], lows[i - 1]);
        if (end > from)
            text_add(to, "Z", 1);
        from = end > from ? end : end + 1;
    }
    text_add_z(to, "\"/>");
}

double svg_place(const struct svg_scale *scale, double value)
{
    double span = scale->high - scale->low;

    if (!(span > 0))
        return scale->first;
    return scale->first + (scale->last - scale->first) * (value - scale->low) / span;
}

size_t svg_ticks(double low, double high, unsigned wanted, double ret_ticks[SVG_TICKS])
{
    double step, power;
    size_t count = 0;

    if (!(high > low))
        high = low + 1;
    step = (high - low) / (wanted < 2 ? 2 : wanted);
    power = pow(10, floor(log10(step)));
    step = step / power <= 1   ? power
           : step / power <= 2 ? 2 * power
           : step / power <= 5 ? 5 * power
                               : 10 * power;
    low = floor(low / step + 1e-9) * step;
    do {
        ret_ticks[count] = low + (double)count * step;
        count++;
    } while (ret_ticks[count - 1] < high - 1e-9 * step && count < SVG_TICKS);
    return count;
}
