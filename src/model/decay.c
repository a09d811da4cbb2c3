/* SPDX-License-Identifier: Apache-2.0 */
#include "model/decay.h"

#include <math.h>
#include <string.h>

#include "base/pack.h"

#define HOUR 3600.0
#define DAY (24 * HOUR)

enum life { DAYS_30, DAYS_14, DAYS_7, DAYS_3, HOURS_12 };

static const double half_lives_s[DECAY_LIVES] = {
    [DAYS_30] = 30 * DAY, [DAYS_14] = 14 * DAY,   [DAYS_7] = 7 * DAY,
    [DAYS_3] = 3 * DAY,   [HOURS_12] = 12 * HOUR,
};

static const uint8_t lives[RISK_GROUPS] = {
    [RISK_EXPLOIT] = DAYS_30, [RISK_INTENT] = DAYS_7,      [RISK_TARGETS] = DAYS_3,
    [RISK_PORTS] = DAYS_3,    [RISK_INTENSITY] = HOURS_12, [RISK_PERSISTENCE] = DAYS_14,
    [RISK_EVASION] = DAYS_30, [RISK_TOOL] = DAYS_14,       [RISK_NOVELTY] = DAYS_7,
    [RISK_SENSORS] = DAYS_7,
};

double decay(enum risk_group group, double value, int64_t seconds)
{
    if (value <= 0 || seconds <= 0)
        return value;
    return value * exp2(-(double)seconds / half_lives_s[lives[group]]);
}

double decay_by(struct decay_factors *factors, enum risk_group group, double value,
                int64_t seconds)
{
    double *factor = &factors->factor[lives[group]];

    if (value <= 0 || seconds <= 0)
        return value;
    if (seconds != factors->seconds)
        *factors = (struct decay_factors){.seconds = seconds};
    if (*factor <= 0)
        *factor = exp2(-(double)seconds / half_lives_s[lives[group]]);
    return value * *factor;
}

void decayed_observe(struct decayed *decayed, enum risk_group group, double value, int64_t at_s)
{
    bool holds;

    if (value <= 0)
        return;
    if (at_s < decayed->at_s)
        holds = decay(group, value, decayed->at_s - at_s) > decayed->value;
    else /* what was has not grown since */
        holds = value >= decayed->value ||
                value >= decay(group, decayed->value, at_s - decayed->at_s);
    if (holds)
        *decayed = (struct decayed){.value = value, .at_s = at_s};
}

enum risk_cap path_score(const struct path *path, int64_t at_s,
                         double ret_contributions[RISK_GROUPS], int *ret_uncapped,
                         int *ret_score)
{
    double now[RISK_GROUPS], *contributions = ret_contributions;
    struct decay_factors factors = {0};

    if (contributions == NULL)
        contributions = now;
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        contributions[k] = decay_by(&factors, k, path->value[k], at_s - path->base_s);
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

int64_t path_next_fall(const struct path *path, const struct level_state *state, int64_t now_s,
                       int64_t until_s)
{
    int64_t fall;

    if (state->level == RISK_LOW)
        return until_s;
    fall = state->below_s[state->level];
    if (fall == 0)
        fall = path_crossing(path, floor_of(state->level), now_s, until_s);
    return fall != DECAY_NEVER && fall + LEVEL_HOLD_S < until_s ? fall + LEVEL_HOLD_S : until_s;
}

bool path_falls_before(const struct path *path, const struct level_state *state, int64_t now_s,
                       int64_t until_s)
{
    int64_t fall = state->below_s[state->level], last_s = until_s - LEVEL_HOLD_S - 1;

    if (state->level == RISK_LOW)
        return false;
    if (fall != 0)
        return fall <= last_s;
    return now_s <= last_s && score_at(path, last_s) <= floor_of(state->level);
}

/* ---- bytes ---------------------------------------------------------------------------------
 *
 * A byte of flags (1 declared, 2 cold, 4 an exploit, 8, 16, 32 below the floor of a level, 64
 * groups are inherited), level and level before in a byte (4 bits each), the groups that
 * contribute (2 bytes), base_s (6 bytes), and how long before it the level changed. Then what
 * the flags name: inherited groups (2 bytes), strength (a real) and sessions of the exploit,
 * how long before base_s the score fell below each level's floor; and the contributions (4
 * bytes each, in 2^-32). How long is a signed count (base/pack.h). */

#define TIME_BYTES 6
#define REAL_BYTES 8
#define VALUE_SCALE 4294967296.0
#define FLAG_EXPLOIT 4u
#define FLAG_BELOW 4u /* shifted left by the level */
#define FLAG_INHERITED 64u
_Static_assert(RISK_STATE_MAX >= 4 + TIME_BYTES + 2 + REAL_BYTES + NJ_COUNT_BYTES +
                                     RISK_LEVELS * (TIME_BYTES + 1) +
                                     RISK_GROUPS * RISK_STATE_SCALED,
               "the state's size");

uint32_t risk_state_scaled(double value)
{
    double number = value * VALUE_SCALE + 0.5;

    return number >= UINT32_MAX ? UINT32_MAX : number > 0 ? (uint32_t)number : 0;
}

double risk_state_unscaled(uint32_t scaled)
{
    return scaled / VALUE_SCALE;
}

double risk_state_value(double value)
{
    return risk_state_unscaled(risk_state_scaled(value));
}

static int64_t take_time(struct nj_cursor *from)
{
    uint64_t sign = UINT64_C(1) << (8 * TIME_BYTES - 1);

    return (int64_t)((nj_fixed(from, TIME_BYTES) ^ sign) - sign);
}

static int64_t take_before(struct nj_cursor *from, int64_t base_s)
{
    int64_t before = nj_signed(from), reach = INT64_C(1) << (8 * TIME_BYTES);

    if (before >= -reach && before <= reach)
        return base_s - before;
    from->bad = true;
    return 0;
}

size_t risk_state_pack(const struct risk_state *state, uint8_t ret_bytes[RISK_STATE_MAX])
{
    const struct path *path = &state->path;
    const struct level_state *level = &state->level;
    bool exploit = path->limits.exploit_strength > 0 || path->limits.exploit_sessions > 0;
    unsigned flags = path->limits.declared | path->limits.cold * 2u |
                     (exploit ? FLAG_EXPLOIT : 0) |
                     (state->inherited != 0 ? FLAG_INHERITED : 0),
             groups = 0;
    uint8_t *at = ret_bytes;

    for (enum risk_level i = RISK_ELEVATED; i <= level->level; i++)
        flags |= level->below_s[i] != 0 ? FLAG_BELOW << i : 0;
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        groups |= risk_state_scaled(path->value[k]) > 0 ? 1u << k : 0;
    at = nj_put_fixed(at, flags, 1);
    at = nj_put_fixed(at, (unsigned)level->level | (unsigned)level->previous << 4, 1);
    at = nj_put_fixed(at, groups, 2);
    at = nj_put_fixed(at, (uint64_t)path->base_s, TIME_BYTES);
    at = nj_put_signed(at, path->base_s - level->changed_s);
    if (state->inherited != 0)
        at = nj_put_fixed(at, state->inherited, 2);
    if (exploit) {
        at = nj_put_real(at, path->limits.exploit_strength);
        at = nj_put_count(at, path->limits.exploit_sessions);
    }
    for (enum risk_level i = RISK_ELEVATED; i <= level->level; i++)
        if (level->below_s[i] != 0)
            at = nj_put_signed(at, path->base_s - level->below_s[i]);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if (groups >> k & 1)
            at = nj_put_fixed(at, risk_state_scaled(path->value[k]), RISK_STATE_SCALED);
    return (size_t)(at - ret_bytes);
}

bool risk_state_unpack(const uint8_t *bytes, size_t size, struct risk_state *ret)
{
    struct nj_cursor from = nj_cursor(bytes, size);
    unsigned flags, levels, groups;

    flags = (unsigned)nj_fixed(&from, 1);
    levels = (unsigned)nj_fixed(&from, 1);
    groups = (unsigned)nj_fixed(&from, 2);
    if (flags >= 2 * FLAG_INHERITED || groups >> RISK_GROUPS != 0 ||
        (levels & 15) >= RISK_LEVELS || levels >> 4 >= RISK_LEVELS)
        return false;
    *ret = (struct risk_state){
        .path.limits = {.declared = flags & 1, .cold = flags >> 1 & 1},
        .path.base_s = take_time(&from),
        .level = {.level = (enum risk_level)(levels & 15),
                  .previous = (enum risk_level)(levels >> 4)},
    };
    ret->level.changed_s = take_before(&from, ret->path.base_s);
    if (flags & FLAG_INHERITED)
        ret->inherited = (uint16_t)nj_fixed(&from, 2);
    if (flags & FLAG_EXPLOIT) {
        ret->path.limits.exploit_strength = nj_real(&from);
        ret->path.limits.exploit_sessions = nj_count(&from);
    }
    for (enum risk_level i = RISK_ELEVATED; i < RISK_LEVELS; i++)
        if (flags & FLAG_BELOW << i)
            ret->level.below_s[i] = take_before(&from, ret->path.base_s);
        else if (i > ret->level.level)
            ret->level.below_s[i] = ret->path.base_s; /* no need to search for it */
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if (groups >> k & 1)
            ret->path.value[k] =
                risk_state_unscaled((uint32_t)nj_fixed(&from, RISK_STATE_SCALED));
    return !from.bad && nj_cursor_left(&from) == 0;
}

void risk_state_advance(struct risk_state *state, int64_t at_s)
{
    struct path *path = &state->path;

    if (at_s <= path->base_s)
        return;
    level_settle(&state->level, path, path->base_s, at_s);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        path->value[k] = decay(k, path->value[k], at_s - path->base_s);
    path->base_s = at_s;
}
