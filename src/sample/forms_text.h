/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses written as text, in any encoding that gives each character a place of its own. Not
 * for other modules; forms.h has the list. */
#ifndef NJ_SAMPLE_FORMS_TEXT_H
#define NJ_SAMPLE_FORMS_TEXT_H

#include "sample/forms.h"

/* A character and where it stands. */
struct unit {
    uint16_t at;
    char c;
    char kind; /* 0: as a byte; 'x': as two hexadecimal digits; 'd': as two decimal ones */
};

enum encoding {
    ENCODING_ASCII,
    ENCODING_LABELS, /* a byte below 32 is the length of the label behind it */
    ENCODING_PERCENT,
    ENCODING_BACKWARD, /* from the end to the beginning */
    ENCODING_ESCAPED,  /* \xHH, \u00HH, =HH, %25HH, &#xHH; and &#DD; as in code and mail */
    ENCODING_HEX_EVEN, /* two digits a character, from the first or second digit of a run on */
    ENCODING_HEX_ODD,
    ENCODING_WIDE, /* without bytes of 0: UTF-16 and UTF-32 of either byte order */
    ENCODINGS,
};

struct view {
    enum encoding encoding;
    size_t count;
    struct unit units[FORMS_BYTES_MAX];
};

/** Read bytes as an encoding. @return false: nothing in them can be an address; a name may */
bool view_read(struct view *view, enum encoding encoding, const uint8_t *bytes, size_t length);

enum form {
    FORM_QUAD,
    FORM_NUMBER,
    FORM_DIGITS, /* hexadecimal, each digit at a place of its own */
    FORM_V6,
    FORM_ODD,  /* forms_odd.c */
    FORM_ATON, /* forms_aton.c */
    FORM_NAME, /* forms_name.c */
};

struct match {
    enum form form;
    size_t first, count; /* units */
    struct addr address;
    bool reversed;       /* last byte first */
    uint16_t places[32]; /* FORM_DIGITS: units of the digits, as they stand */
    /* 8, 32, or 16 for a first half; 12: a hardware address, in `address.lo` */
    unsigned digits;
    bool by_digit; /* reversed digit by digit, not byte by byte */
};

/** The address of ours that is written from unit `first` on. @return false if there is none */
bool view_match(const struct view *view, size_t first, const struct ours *ours,
                struct match *ret);

/** Write what stands for it in its place, of the same length. */
void view_replace(struct view *view, const struct match *match, uint8_t *bytes,
                  const struct mask *mask, const struct ours *ours);

/** The same as a text, with its own length. @return its length; 0: this form has none */
size_t match_text(const struct view *view, const struct match *match, const struct mask *mask,
                  char text[static 64]);

/** Write a character in the place of unit `i`. */
void view_set(const struct view *view, size_t i, char c, uint8_t *bytes);

/** Four numbers with anything short between, or three with points, that name us. */
bool odd_match(const struct view *view, size_t first, const struct ours *ours,
               struct match *ret);

/** Draw their digits anew; `view` follows. */
void odd_replace(struct view *view, const struct match *match, uint8_t *bytes,
                 const struct mask *mask, const struct ours *ours);

/** The forms that inet_aton(3) takes beyond a dotted quad. */
bool aton_match(const struct view *view, size_t first, const struct ours *ours,
                struct match *ret);
void aton_replace(struct view *view, const struct match *match, uint8_t *bytes,
                  const struct mask *mask, const struct ours *ours);

/** A sensor's name, in letters of any case. */
bool name_match(const struct view *view, size_t first, const struct ours *ours,
                struct match *ret);
void name_replace(struct view *view, const struct match *match, uint8_t *bytes,
                  const struct mask *mask, const struct ours *ours);

/** Twelve hexadecimal digits with at most one of : - . or a space between two of them, that
 * are a hardware address of ours: FORM_DIGITS. */
bool mac_match(const struct view *view, size_t first, const struct ours *ours,
               struct match *ret);

#endif
