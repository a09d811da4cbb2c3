/* SPDX-License-Identifier: Apache-2.0 */
/* Newcomers to the top ten, and ports that nobody had asked for. Both are tests of one cell
 * against its own weeks; a port is the one or the other, not both. */
#include <math.h>

#include "trend/internal.h"

#define NEW_COUNT_MIN 3.0 /* of a port without history */
#define CERTAINTY_MIN 0.9 /* share of resamplings that have it among the first RANK_TOP */
#define NETWORKS_MIN 3u   /* fewer: one operator's doing, as far as can be seen */

static bool was_in_top(const struct surprise_model *model, struct history_port port)
{
    for (uint32_t i = 0; i < model->baseline_count; i++) {
        uint32_t rank = rank_of(model->history, model->group, model->baseline[i], port);

        if (rank > 0 && rank <= RANK_TOP)
            return true;
    }
    return false;
}

/* What became of it in the week after. */
static enum finding_state state_of(const struct week_test *test, uint32_t group,
                                   struct history_port port, enum finding_kind kind)
{
    const struct history *history = test->history;
    uint32_t next = test->week + 1;
    uint32_t rank;

    if (next >= history->week_count ||
        history->weeks[next].monday != history->weeks[test->week].monday + 7 ||
        history->weeks[next].hours < SURPRISE_HOURS_MIN)
        return FINDING_PROVISIONAL;
    rank = rank_of(history, group, next, port);
    if (kind == FINDING_NEWCOMER)
        return rank > 0 && rank <= RANK_CONFIRM ? FINDING_CONFIRMED : FINDING_PASSED;
    return rank > 0 ? FINDING_CONFIRMED : FINDING_PASSED;
}

static int add(struct week_test *test, const struct surprise_model *model,
               struct history_series series, const struct surprise *surprise,
               enum finding_kind kind, size_t at, struct nj_err *err)
{
    struct finding finding = finding_of(test, kind, series, surprise);

    finding.certainty = 1;
    if (kind == FINDING_NEWCOMER && test->store != NULL) {
        if (rank_certainty(test, model->group, finding.port, &finding.certainty, err) < 0)
            return -1;
        if (finding.certainty < CERTAINTY_MIN)
            return 0;
    }
    finding.single_operator = finding.networks < NETWORKS_MIN;
    finding.state = state_of(test, model->group, finding.port, kind);
    return candidate_add(test, &finding, at, err);
}

int newcomer_test(struct week_test *test, const struct surprise_model *model,
                  struct nj_err *err)
{
    struct history_series series;
    size_t at = 0;

    while (history_next(test->history, &at, &series)) {
        struct surprise surprise;
        size_t place;
        uint32_t rank;

        if (series.cells[0].group != model->group)
            continue;
        surprise = surprise_test(model, series);
        if (isnan(surprise.p))
            continue;
        place = family_add(test, surprise.p, err);
        if (place == SIZE_MAX)
            return -1;
        if (surprise.p > test->question->q) /* can't be accepted any more */
            continue;
        rank = rank_of(test->history, model->group, test->week, series.cells[0].port);
        if (rank <= RANK_TOP && surprise.ratio >= RATIO_MIN &&
            surprise.count - surprise.mean >= RISE_MIN &&
            !was_in_top(model, series.cells[0].port)) {
            if (add(test, model, series, &surprise, FINDING_NEWCOMER, place, err) < 0)
                return -1;
        } else if (surprise.no_history && surprise.count >= NEW_COUNT_MIN) {
            if (add(test, model, series, &surprise, FINDING_NEW_PORT, place, err) < 0)
                return -1;
        }
    }
    return 0;
}
