/* SPDX-License-Identifier: Apache-2.0 */
/* Facts and states of any bytes: refused, or told in words, and kept again as bytes that say
 * the same. */
#include <stdlib.h>
#include <string.h>

#include "model/decay.h"
#include "store/event_fact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const char *said, const char *again)
{
    if (strcmp(said, again) != 0)
        abort();
}

static void fact(const uint8_t *data, size_t size)
{
    char said[FACT_TEXT_MAX], again[FACT_TEXT_MAX];
    uint8_t bytes[RISK_FACT_BYTES];
    struct risk_fact found, back;

    if (risk_fact_unpack(data, size, &found) == 0)
        return;
    if (risk_fact_unpack(bytes, risk_fact_pack(&found, bytes), &back) == 0)
        abort();
    risk_fact_text(&found, said);
    risk_fact_text(&back, again);
    same(said, again);
}

static void grade(const uint8_t *data, size_t size)
{
    char said[FACT_TEXT_MAX], again[FACT_TEXT_MAX];
    uint8_t bytes[GRADE_FACT_BYTES];
    struct grade_fact found, back;

    if (grade_fact_unpack(data, size, &found) == 0)
        return;
    if (grade_fact_unpack(bytes, grade_fact_pack(&found, bytes), &back) == 0)
        abort();
    grade_fact_text(&found, said);
    grade_fact_text(&back, again);
    same(said, again);
}

static void event(const uint8_t *data, size_t size)
{
    char said[EVENT_TEXT_MAX], again[EVENT_TEXT_MAX];
    uint8_t bytes[EVENT_FACT_BYTES];
    struct event_fact found, back;

    if (!event_fact_unpack(data, size, &found))
        return;
    if (!event_fact_unpack(bytes, event_fact_pack(&found, bytes), &back))
        abort();
    event_fact_text(&found, said);
    event_fact_text(&back, again);
    same(said, again);
}

static void state(const uint8_t *data, size_t size)
{
    uint8_t bytes[RISK_STATE_MAX];
    struct risk_state found, back;

    if (!risk_state_unpack(data, size, &found))
        return;
    if (!risk_state_unpack(bytes, risk_state_pack(&found, bytes), &back) ||
        back.path.base_s != found.path.base_s || back.level.level != found.level.level ||
        back.level.changed_s != found.level.changed_s)
        abort();
    risk_state_advance(&back, 1411430400);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fact(data, size);
    grade(data, size);
    event(data, size);
    state(data, size);
    return 0;
}
