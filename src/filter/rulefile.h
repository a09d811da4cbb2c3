/* SPDX-License-Identifier: Apache-2.0 */
/* Files of settings and rules whose conditions are of the filter language: what the policy file
 * and the file of alerts have in common. Blanks separate words; "#" at the start of a line, or
 * behind a blank outside of quotes, begins a comment. Faults say "FILE:LINE:COLUMN: ...". */
#ifndef NJ_FILTER_RULEFILE_H
#define NJ_FILTER_RULEFILE_H

#include "filter/filter.h"

#include "base/span.h"
#include "base/suggest.h"

#define RULE_WORD_MAX 512u              /* with its NUL; a longer word is a fault of its line */
#define RULE_NAME_MAX 32u               /* with its NUL */
#define RULES_MAX 64u                   /* of a file */
#define RULE_FILE_MAX 1048576u          /* bytes of a file */
#define RULE_SPAN_MAX_US (400 * DAY_US) /* 400 days */

struct rule_lines {
    const char *path; /* stands in messages */
    unsigned line;
    const char *start, *pos, *end;     /* of the line, without comment and blanks at its end */
    const char *too_long;              /* where a word of the line is that does not fit */
    const struct filter_field *fields; /* what conditions may name */
    size_t field_count;
    char *when, *unless; /* conditions of the rule so far */
    struct {
        char name[RULE_NAME_MAX];
        unsigned line;
    } rules[RULES_MAX]; /* that began */
    size_t rule_count;
    struct nj_err *err;
};

/** Say what is wrong at a place of the line. @return -1 NJ_CONFIG */
int rule_fault(struct rule_lines *r, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void rule_skip_blanks(struct rule_lines *r);

/** The next word of the line. @return where it stands; NULL at the end */
const char *rule_word(struct rule_lines *r, char word[RULE_WORD_MAX]);

/* Words of which one is expected. */
struct rule_choice {
    const char *before, *behind; /* another word, in the message: "there is no event ", "" */
    nj_word_fn name;             /* its ctx: NULL */
    size_t count;
};

/** Which of them a word is that stands there. @return 0; -1 none, said with the nearest one */
int rule_choose(struct rule_lines *r, const struct rule_choice *choice, const char *word,
                const char *at, size_t *ret_i);

/** A number from 0 to `max`, of which messages say that it is `what`. @return 0; -1 */
int rule_number(struct rule_lines *r, const char *what, unsigned max, unsigned *ret);

/** "7d", "36h", "30m". @return 0; -1 */
int rule_span(struct rule_lines *r, int64_t *ret_us);

/** The rest of the line, of at most size - 1 bytes and without control characters. */
int rule_rest(struct rule_lines *r, char *to, size_t size);

/** The line ends here. @return 0; -1 */
int rule_end(struct rule_lines *r);

/** A name of letters, digits, "-" and "_". @return where it stands; NULL with the fault said */
const char *rule_name(struct rule_lines *r, char *to, size_t size);

/** A rule begins: the rest of the line is its name, which no rule before it has.
 * @return 0; -1 */
int rule_begin(struct rule_lines *r, char to[RULE_NAME_MAX]);

/** The rest of the line is a condition: *to becomes "(*to) and (line)" or with "or". */
int rule_condition(struct rule_lines *r, char **to, const char *joined_by);

/** The rule that began in that line is complete: compile its conditions. They are empty again
 * for the next one. @param ret_unless  only set when *ret_has_unless */
int rule_compile(struct rule_lines *r, const char *name, unsigned line, struct filter *ret_when,
                 struct filter *ret_unless, bool *ret_has_unless);

/** Read a text line by line: `read` is called with each line's first word.
 * @return 0; -1 NJ_CONFIG, NJ_LIMIT, or what `read` said */
int rule_read(struct rule_lines *r, const char *text, size_t length,
              int (*read)(void *ctx, const char *word, const char *at), void *ctx);

/** A whole file, at most RULE_FILE_MAX + 1 bytes of it, with a NUL behind. Taken.
 * @return 0; -1 NJ_IO, NJ_NOMEM */
int rule_load(const char *path, char **ret_text, size_t *ret_length, struct nj_err *err);

/** Free what was left of a rule. */
void rule_lines_done(struct rule_lines *r);

#endif
