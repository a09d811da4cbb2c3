/* SPDX-License-Identifier: Apache-2.0 */
#include "model/decay.h"

#include <math.h>
#include <string.h>

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
 * 10 contributions, base_s, strength and sessions of the exploit, changed_s, below_s of the
 * levels behind LOW (8 bytes each, little-endian; a double by its bits), then a byte each:
 * limits (1 declared, 2 cold), level, level before, groups that are inherited (2). */

#define WORDS 17
_Static_assert(RISK_STATE_BYTES == WORDS * 8 + 5, "the state's size");

static uint64_t bits_of(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

static double double_of(uint64_t bits)
{
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

void risk_state_pack(const struct risk_state *state, uint8_t ret_bytes[RISK_STATE_BYTES])
{
    const struct path *path = &state->path;
    const struct level_state *level = &state->level;
    uint64_t words[WORDS];
    size_t n = 0;

    for (unsigned k = 0; k < RISK_GROUPS; k++)
        words[n++] = bits_of(path->value[k]);
    words[n++] = (uint64_t)path->base_s;
    words[n++] = bits_of(path->limits.exploit_strength);
    words[n++] = path->limits.exploit_sessions;
    words[n++] = (uint64_t)level->changed_s;
    for (enum risk_level i = RISK_ELEVATED; i < RISK_LEVELS; i++)
        words[n++] = (uint64_t)level->below_s[i];
    for (size_t i = 0; i < WORDS * 8; i++)
        ret_bytes[i] = (uint8_t)(words[i / 8] >> i % 8 * 8);
    ret_bytes[WORDS * 8] = (uint8_t)(path->limits.declared | path->limits.cold << 1);
    ret_bytes[WORDS * 8 + 1] = (uint8_t)level->level;
    ret_bytes[WORDS * 8 + 2] = (uint8_t)level->previous;
    ret_bytes[WORDS * 8 + 3] = (uint8_t)state->inherited;
    ret_bytes[WORDS * 8 + 4] = (uint8_t)(state->inherited >> 8);
}

bool risk_state_unpack(const uint8_t *bytes, size_t size, struct risk_state *ret)
{
    uint64_t words[WORDS] = {0};
    size_t n = 0;

    if (size != RISK_STATE_BYTES || bytes[WORDS * 8 + 1] >= RISK_LEVELS ||
        bytes[WORDS * 8 + 2] >= RISK_LEVELS)
        return false;
    for (size_t i = 0; i < WORDS * 8; i++)
        words[i / 8] |= (uint64_t)bytes[i] << i % 8 * 8;
    *ret = (struct risk_state){.level = {.level = (enum risk_level)bytes[WORDS * 8 + 1],
                                         .previous = (enum risk_level)bytes[WORDS * 8 + 2]}};
    ret->inherited = (uint16_t)(bytes[WORDS * 8 + 3] | bytes[WORDS * 8 + 4] << 8);
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        ret->path.value[k] = double_of(words[n++]);
    ret->path.base_s = (int64_t)words[n++];
    ret->path.limits.exploit_strength = double_of(words[n++]);
    ret->path.limits.exploit_sessions = words[n++];
    ret->path.limits.declared = bytes[WORDS * 8] & 1;
    ret->path.limits.cold = bytes[WORDS * 8] >> 1 & 1;
    ret->level.changed_s = (int64_t)words[n++];
    for (enum risk_level i = RISK_ELEVATED; i < RISK_LEVELS; i++)
        ret->level.below_s[i] = (int64_t)words[n++];
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
