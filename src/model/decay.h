/* SPDX-License-Identifier: Apache-2.0 */
/* How a score falls with time (docs/RISK.md) and when a level follows it. Pure; no
 * timers: everything is computed when asked. Whole seconds since 1970 UTC. Called by score/,
 * and by store/ where a score is read. */
#ifndef NJ_MODEL_DECAY_H
#define NJ_MODEL_DECAY_H

#include "model/formula.h"

#define DECAY_NEVER INT64_MAX
#define LEVEL_MARGIN 3    /* points below its floor at which a level begins to fall */
#define LEVEL_HOLD_S 3600 /* and for how long */

/* The contribution of a group as of one time. All zero: none. */
struct decayed {
    double value;
    int64_t at_s;
};

/** What `value` has decayed to after `seconds` (negative: 0). */
double decay(enum risk_group group, double value, int64_t seconds);

/* Factors of one stretch of time, each worked out when it is first asked for.
 * All zero: none. */
#define DECAY_LIVES 5 /* distinct half-lives */

struct decay_factors {
    int64_t seconds;
    double factor[DECAY_LIVES];
};

/** As decay(), for many contributions over mostly the same time. */
double decay_by(struct decay_factors *factors, enum risk_group group, double value,
                int64_t seconds);

/** A new observation: replaces the old one if it is as strong as what that has decayed to. */
void decayed_observe(struct decayed *decayed, enum risk_group group, double value,
                     int64_t at_s);

/* A score's way down if nothing more is seen. */
struct path {
    double value[RISK_GROUPS]; /* contributions at base_s */
    int64_t base_s;
    struct risk_limits limits;
};

/** Contributions and score at a time, in hundredths of a point; ret_contributions may be NULL.
 * @return the cap in force */
enum risk_cap path_score(const struct path *path, int64_t at_s,
                         double ret_contributions[RISK_GROUPS], int *ret_uncapped,
                         int *ret_score);

/** The first second from `from_s` to `until_s` at which the score is `score` or less, in
 * hundredths. DECAY_NEVER: later */
int64_t path_crossing(const struct path *path, int score, int64_t from_s, int64_t until_s);

struct level_state {
    enum risk_level level, previous;
    int64_t changed_s;
    /* since when the score is LEVEL_MARGIN below a floor; 0: it is not */
    int64_t below_s[RISK_LEVELS];
};

/**
 * Bring a level to `now_s`: up at once, down after LEVEL_HOLD_S.
 *
 * @param quiet_s  since when nothing but decay has changed the score, at most now_s
 */
void level_settle(struct level_state *state, const struct path *path, int64_t quiet_s,
                  int64_t now_s);

/** When the level will fall if nothing is seen; at most `until_s`. */
int64_t path_next_fall(const struct path *path, const struct level_state *state, int64_t now_s,
                       int64_t until_s);

/** Whether path_next_fall, asked for a later time, would say one before
 * `until_s`. Looks once. */
bool path_falls_before(const struct path *path, const struct level_state *state, int64_t now_s,
                       int64_t until_s);

/* ---- kept beside what is stored of a source ---- */

/* From which score and level follow as of any later time until something more is seen. */
struct risk_state {
    struct path path; /* its base_s: as of when */
    struct level_state level;
    uint16_t inherited; /* bit per group: its contribution is another source's */
};

/** A contribution as a state keeps it: a whole number of 2^-32. Whoever stores states scores by
 * these, so that score and reader agree to the last digit. */
double risk_state_value(double value);

#define RISK_STATE_SCALED 4 /* bytes of that number */

/** That number, and what it stands for. */
uint32_t risk_state_scaled(double value);
double risk_state_unscaled(uint32_t scaled);

#define RISK_STATE_MAX 98 /* bytes; most need a third of it, since few groups say something */

/** In bytes that are the same on every machine. Since when the score is below the floor of a
 * level that it does not have, on which nothing depends, is left out. @return how many */
size_t risk_state_pack(const struct risk_state *state, uint8_t ret_bytes[RISK_STATE_MAX]);
/** @return whether the bytes are a state */
bool risk_state_unpack(const uint8_t *bytes, size_t size, struct risk_state *ret);

/** Let the state go on to `at_s` (before its own time: nothing happens) in silence. */
void risk_state_advance(struct risk_state *state, int64_t at_s);

#endif
