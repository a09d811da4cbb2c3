/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into a batch comes out of it, and a batch that is not full has room
 * for one more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "pipeline/queue.h"

static struct visit visit_of(struct nj_rng *rng)
{
    struct visit visit = {.src = addr_from_v4(nj_rng_u32(rng)), .sessions = nj_rng_u32(rng)};

    if (nj_rng_below(rng, 2) == 0)
        visit.payload_length = (uint16_t)nj_rng_below(rng, VISIT_PAYLOAD_MAX + 1);
    if (nj_rng_below(rng, 2) == 0)
        visit.user_length = (uint16_t)nj_rng_below(rng, VISIT_USER_MAX + 1);
    for (unsigned i = 0; i < visit.payload_length; i++)
        visit.payload[i] = (uint8_t)nj_rng_next(rng);
    for (unsigned i = 0; i < visit.user_length; i++)
        visit.user[i] = (char)nj_rng_next(rng);
    return visit;
}

static void a_visit_comes_out_of_a_batch_as_it_went_in(void **state)
{
    static struct visit visits[BATCH_ROWS];
    static uint8_t packet[SAMPLE_BYTES_MAX];
    struct batch *batch = calloc(1, sizeof(*batch));
    struct nj_rng rng = nj_rng(5, 0);
    size_t count = 0;

    (void)state;
    while (!batch_is_full(batch)) {
        visits[count] = visit_of(&rng);
        batch_add_visit(batch, &visits[count], count + 7);
        count++;
        if (batch->sample_count < BATCH_SAMPLES / 2 && !batch_is_full(batch)) {
            const struct sample sample = {.captured = (uint16_t)(1 + nj_rng_below(&rng, 512)),
                                          .bytes = packet};

            memset(packet, (int)batch->sample_count, sizeof(packet));
            batch_add_sample(batch, &sample);
        }
    }
    assert_true(batch->byte_count <= BATCH_BYTES);
    assert_int_equal(batch->visit_count, count);
    for (size_t i = 0; i < count; i++) {
        struct visit visit = {.user_length = 0};

        visits[i].seq = i + 7;
        batch_visit(batch, i, &visit);
        assert_true(addr_equal(batch_visit_src(batch, i), visits[i].src));
        assert_memory_equal(&visit, &visits[i], offsetof(struct visit, payload));
        assert_memory_equal(visit.payload, visits[i].payload, visit.payload_length);
        assert_memory_equal(visit.user, visits[i].user, visit.user_length);
    }
    for (size_t i = 0; i < batch->sample_count; i++)
        for (size_t k = 0; k < batch->samples[i].captured; k++)
            assert_int_equal(batch->samples[i].bytes[k], i);
    free(batch);
}

static void a_batch_of_empty_visits_holds_all_its_rows(void **state)
{
    struct batch *batch = calloc(1, sizeof(*batch));
    const struct visit visit = {.sessions = 1};

    (void)state;
    for (size_t i = 0; i < BATCH_ROWS; i++) {
        assert_false(batch_is_full(batch));
        batch_add_visit(batch, &visit, i);
    }
    assert_true(batch_is_full(batch));
    free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_visit_comes_out_of_a_batch_as_it_went_in),
        cmocka_unit_test(a_batch_of_empty_visits_holds_all_its_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
