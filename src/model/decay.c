/* SPDX-License-Identifier: Apache-2.0 */
#include "model/decay.h"

#include <math.h>
#include <string.h>

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

/* ---- bytes ---------------------------------------------------------------------------------
 *
 * A byte of flags (1 declared, 2 cold, 4 an exploit, 8, 16, 32 below the floor of a level),
 * level and level before in a byte (4 bits each), groups that contribute and groups that are
 * inherited (2 bytes each), base_s and changed_s. Then what the flags name: strength and
 * sessions of the exploit, below_s of each level, and the contributions. Little-endian; times
 * in 6 bytes, numbers in 8, a double by its bits. */

#define TIME_BYTES 6
#define NUMBER_BYTES 8
#define HEAD_BYTES (6 + 2 * TIME_BYTES)
#define FLAG_EXPLOIT 4u
#define FLAG_BELOW 4u /* shifted left by the level */
_Static_assert(RISK_STATE_MAX >= HEAD_BYTES + (2 + RISK_GROUPS) * NUMBER_BYTES +
                                     (RISK_LEVELS - 1) * TIME_BYTES,
               "the state's size");

static uint8_t *put(uint8_t *at, uint64_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *at++ = (uint8_t)(number >> 8 * i);
    return at;
}

static uint64_t take(const uint8_t **at, unsigned bytes)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < bytes; i++)
        number |= (uint64_t) * (*at)++ << 8 * i;
    return number;
}

static int64_t take_time(const uint8_t **at)
{
    uint64_t sign = UINT64_C(1) << (8 * TIME_BYTES - 1);

    return (int64_t)((take(at, TIME_BYTES) ^ sign) - sign);
}

static uint64_t bits_of(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

static double take_double(const uint8_t **at)
{
    uint64_t bits = take(at, NUMBER_BYTES);
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

size_t risk_state_pack(const struct risk_state *state, uint8_t ret_bytes[RISK_STATE_MAX])
{
    const struct path *path = &state->path;
    const struct level_state *level = &state->level;
    bool exploit = path->limits.exploit_strength > 0 || path->limits.exploit_sessions > 0;
    unsigned flags =
                 path->limits.declared | path->limits.cold * 2u | (exploit ? FLAG_EXPLOIT : 0),
             groups = 0;
    uint8_t *at = ret_bytes;

    for (enum risk_level i = RISK_ELEVATED; i < RISK_LEVELS; i++)
        flags |= level->below_s[i] != 0 ? FLAG_BELOW << i : 0;
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        groups |= path->value[k] > 0 ? 1u << k : 0;
    at = put(at, flags, 1);
    at = put(at, (unsigned)level->level | (unsigned)level->previous << 4, 1);
    at = put(at, groups, 2);
    at = put(at, state->inherited, 2);
    at = put(at, (uint64_t)path->base_s, TIME_BYTES);
    at = put(at, (uint64_t)level->changed_s, TIME_BYTES);
    if (exploit) {
        at = put(at, bits_of(path->limits.exploit_strength), NUMBER_BYTES);
        at = put(at, path->limits.exploit_sessions, NUMBER_BYTES);
    }
    for (enum risk_level i = RISK_ELEVATED; i < RISK_LEVELS; i++)
        if (level->below_s[i] != 0)
            at = put(at, (uint64_t)level->below_s[i], TIME_BYTES);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if (path->value[k] > 0)
            at = put(at, bits_of(path->value[k]), NUMBER_BYTES);
    return (size_t)(at - ret_bytes);
}

/* How long a state with this head is. */
static size_t size_of(unsigned flags, unsigned groups)
{
    size_t size = HEAD_BYTES + (flags & FLAG_EXPLOIT ? 2 * NUMBER_BYTES : 0);

    for (unsigned i = RISK_ELEVATED; i < RISK_LEVELS; i++)
        size += flags & FLAG_BELOW << i ? TIME_BYTES : 0;
    return size + NUMBER_BYTES * (size_t)__builtin_popcount(groups);
}

bool risk_state_unpack(const uint8_t *bytes, size_t size, struct risk_state *ret)
{
    const uint8_t *at = bytes;
    unsigned flags, levels, groups;

    if (size < HEAD_BYTES)
        return false;
    flags = (unsigned)take(&at, 1);
    levels = (unsigned)take(&at, 1);
    groups = (unsigned)take(&at, 2);
    if (flags >= FLAG_BELOW << RISK_LEVELS || groups >> RISK_GROUPS != 0 ||
        (levels & 15) >= RISK_LEVELS || levels >> 4 >= RISK_LEVELS ||
        size != size_of(flags, groups))
        return false;
    *ret = (struct risk_state){
        .path.limits = {.declared = flags & 1, .cold = flags >> 1 & 1},
        .level = {.level = (enum risk_level)(levels & 15),
                  .previous = (enum risk_level)(levels >> 4)},
        .inherited = (uint16_t)take(&at, 2),
    };
    ret->path.base_s = take_time(&at);
    ret->level.changed_s = take_time(&at);
    if (flags & FLAG_EXPLOIT) {
        ret->path.limits.exploit_strength = take_double(&at);
        ret->path.limits.exploit_sessions = take(&at, NUMBER_BYTES);
    }
    for (enum risk_level i = RISK_ELEVATED; i < RISK_LEVELS; i++)
        if (flags & FLAG_BELOW << i)
            ret->level.below_s[i] = take_time(&at);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        if (groups >> k & 1)
            ret->path.value[k] = take_double(&at);
    return true;
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
