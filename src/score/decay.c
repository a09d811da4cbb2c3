/* SPDX-License-Identifier: Apache-2.0 */
#include "score/decay.h"

#include <math.h>

#define HOUR 3600.0
#define DAY (24 * HOUR)

static const double half_lives_s[RISK_GROUPS] = {
    [RISK_EXPLOIT] = 30 * DAY, [RISK_INTENT] = 7 * DAY,      [RISK_TARGETS] = 3 * DAY,
    [RISK_PORTS] = 3 * DAY,    [RISK_INTENSITY] = 12 * HOUR, [RISK_PERSISTENCE] = 14 * DAY,
    [RISK_EVASION] = 30 * DAY, [RISK_TOOL] = 14 * DAY,       [RISK_NOVELTY] = 7 * DAY,
    [RISK_SENSORS] = 7 * DAY,
};

double decay(enum risk_group group, double value, int64_t seconds)
{
    if (value <= 0 || seconds <= 0)
        return value;
    return value * exp2(-(double)seconds / half_lives_s[group]);
}

void decayed_observe(struct decayed *decayed, enum risk_group group, double value, int64_t at_s)
{
    if (value <= 0)
        return;
    if (at_s >= decayed->at_s ? value < decay(group, decayed->value, at_s - decayed->at_s)
                              : decay(group, value, decayed->at_s - at_s) <= decayed->value)
        return;
    *decayed = (struct decayed){.value = value, .at_s = at_s};
}

enum risk_cap path_score(const struct path *path, int64_t at_s,
                         double ret_contributions[RISK_GROUPS], int *ret_uncapped,
                         int *ret_score)
{
    double now[RISK_GROUPS], *contributions = ret_contributions;

    if (contributions == NULL)
        contributions = now;
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        contributions[k] = decay(k, path->value[k], at_s - path->base_s);
    return risk_score(contributions, &path->limits, ret_uncapped, ret_score);
}

static int score_at(const struct path *path, int64_t at_s)
{
    int uncapped, score;

    (void)path_score(path, at_s, NULL, &uncapped, &score);
    return score;
}

int64_t path_crossing(const struct path *path, int score, int64_t from_s, int64_t until_s)
{
    int64_t high = until_s, low = from_s;

    if (from_s > until_s || score_at(path, until_s) > score)
        return DECAY_NEVER;
    while (low < high) {
        int64_t mid = low + (high - low) / 2;

        if (score_at(path, mid) <= score)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

static int floor_of(enum risk_level level)
{
    return (int)(100 * (risk_level_floor(level) - LEVEL_MARGIN));
}

void level_settle(struct level_state *state, const struct path *path, int64_t quiet_s,
                  int64_t now_s)
{
    int score = score_at(path, now_s);
    enum risk_level want = risk_level_of(score / 100.0);

    for (enum risk_level level = RISK_ELEVATED; level < RISK_LEVELS; level++) {
        if (score > floor_of(level))
            state->below_s[level] = 0;
        else if (state->below_s[level] == 0)
            state->below_s[level] = path_crossing(path, floor_of(level), quiet_s, now_s);
    }
    if (want > state->level) {
        state->previous = state->level;
        state->level = want;
        state->changed_s = now_s;
    }
    while (state->level > RISK_LOW && state->below_s[state->level] != 0 &&
           now_s - state->below_s[state->level] >= LEVEL_HOLD_S) {
        state->changed_s = state->below_s[state->level] + LEVEL_HOLD_S;
        state->previous = state->level--;
    }
}

int64_t path_next_change(const struct path *path, const struct level_state *state, int told,
                         int64_t now_s, int64_t until_s)
{
    int64_t next = told < 100 ? until_s : path_crossing(path, told - 100, now_s, until_s);
    int64_t fall;

    if (next > until_s)
        next = until_s;
    if (state->level == RISK_LOW)
        return next;
    fall = state->below_s[state->level];
    if (fall == 0)
        fall = path_crossing(path, floor_of(state->level), now_s, next);
    if (fall != DECAY_NEVER && fall + LEVEL_HOLD_S < next)
        next = fall + LEVEL_HOLD_S;
    return next;
}
