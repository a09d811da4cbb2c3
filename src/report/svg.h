/* SPDX-License-Identifier: Apache-2.0 */
/* A small writer of SVG 1.1: shapes with a class, texts that are escaped, marks of a series in
 * its own colour and shape, axes with round steps. All plots are made of it.
 *
 * The picture carries its own style: dark on light, light on dark where the reader's screen
 * asks for it, black on white in print. The colours are those of Okabe and Ito (2008), which
 * colour-blind readers can tell apart; each also has a shape of its own. */
#ifndef NJ_REPORT_SVG_H
#define NJ_REPORT_SVG_H

#include "base/text.h"

enum svg_anchor {
    SVG_START,
    SVG_MIDDLE,
    SVG_END,
};

/** Series beyond these begin again from the first. */
#define SVG_SERIES 7u

struct svg_head {
    double width, height;
    const char *title;       /* shown on top, and read out */
    const char *description; /* read out in place of the picture */
    const char *source;      /* line below the picture: where the numbers are from */
    unsigned id;             /* differs between the pictures of a page */
};

/** Where the plot itself may begin and must end, below the title and above the source. */
#define SVG_TOP 40.0
#define SVG_BOTTOM 26.0

void svg_open(struct text *to, const struct svg_head *head);
void svg_close(struct text *to);

void svg_line(struct text *to, const char *class_name, double x1, double y1, double x2,
              double y2);
void svg_rect(struct text *to, const char *class_name, double x, double y, double width,
              double height);
/** One line of text, escaped, not NUL-terminated. */
void svg_text(struct text *to, const char *class_name, double x, double y,
              enum svg_anchor anchor, const char *bytes, size_t length);
void svg_textf(struct text *to, const char *class_name, double x, double y,
               enum svg_anchor anchor, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/** A mark of a series, `size` high and wide. */
void svg_mark(struct text *to, unsigned series, double x, double y, double size);
/** A rectangle in the colour of a series. */
void svg_bar(struct text *to, unsigned series, double x, double y, double width, double height);
/** A path through points in the colour of a series; a point that is NAN interrupts it. */
void svg_path(struct text *to, unsigned series, const double *xs, const double *ys,
              size_t count);
/** The area between two lines, in the colour of a series; NAN interrupts it. */
void svg_band(struct text *to, unsigned series, const double *xs, const double *lows,
              const double *highs, size_t count);

/* ---- scales ---- */

/* A range of values on a range of pixels. */
struct svg_scale {
    double low, high;   /* values */
    double first, last; /* their places */
};

double svg_place(const struct svg_scale *scale, double value);

/** Round steps (1, 2, 5 times a power of ten) from `low` to at least `high`.
 * @return how many, from 2 to SVG_TICKS */
#define SVG_TICKS 12u
size_t svg_ticks(double low, double high, unsigned wanted, double ret_ticks[SVG_TICKS]);

#endif
