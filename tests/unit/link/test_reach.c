/* SPDX-License-Identifier: Apache-2.0 */
/* What is left out before it is compared would have come to nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "episodes.h"
#include "link/linker_state.h"

#define SCANNERS 400u

/* Usual scanners, and some with ports of their own who move, in part or in all. */
static void many(struct run *run)
{
    int64_t now = T0;

    run_new(run);
    for (unsigned i = 0; i < SCANNERS; i++)
        run_add(run, background_plan(i, T0, T0 + 5 * DAY));
    for (unsigned i = 0; i < 40; i++) {
        struct plan plan = own_plan(addr_from_v4(0xc6336400u + i * 5), 65000 + i % 3,
                                    T0 + i * 3 * H_US, T0 + (i * 3 + 2) * H_US);

        plan.ports[5] = (uint16_t)(9000 + i / 4);
        plan.port_count -= i % 3;
        plan.rate *= 1 + i % 4;
        if (i % 3 == 0)
            plan.stack = NULL; /* then the window speaks */
        if (i % 5 == 0) {
            plan.model = SPORT_FIXED;
            plan.sport_min = plan.sport_max = 6000;
        } else if (i % 5 == 1) {
            plan.model = SPORT_EVEN;
        }
        if (i % 7 == 0) { /* of a log */
            plan.no_fields = true;
            plan.stack = NULL;
            plan.window = 0;
            plan.ttl = 0;
        }
        if (i % 11 == 0)
            plan.src = (struct addr){.hi = 0x20010db800000000u + (i << 4), .lo = 0};
        run_add(run, plan);
    }
    run_until(run, &now, T0 + 6 * DAY, H_US / 2);
}

/* @return how many of the pairs asked for could not come to `least` bits */
static unsigned ruled_out(const struct linker *l, enum compare_as as, double least,
                          unsigned *ret_asked)
{
    struct nj_rng rng = nj_rng(5, (uint64_t)as);
    unsigned out = 0;

    *ret_asked = 0;
    for (uint32_t i = 0; i < l->made; i++)
        for (unsigned k = 0; k < 60; k++) {
            const struct digest *a = &l->digests[i];
            const struct digest *b = &l->digests[nj_rng_below(&rng, l->made)];
            int64_t gap_us = (int64_t)nj_rng_below64(&rng, 3 * (uint64_t)DAY);
            struct comparison c = {.lines = NULL};
            double came_to;

            if (a == b || !a->used || !b->used)
                continue;
            compare_digests(l, a, b, as, gap_us, &c);
            came_to = as == COMPARE_SETUP ? c.behaviour : c.bits;
            (*ret_asked)++;
            assert_true(compare_may_reach(l, a, b, as, gap_us, came_to));
            if (!compare_may_reach(l, a, b, as, gap_us, least)) {
                assert_true(came_to < least);
                out++;
            }
        }
    return out;
}

static void nothing_is_ruled_out_that_comes_to_as_much(void **state)
{
    unsigned out, asked;
    struct run run;

    (void)state;
    many(&run);
    out = ruled_out(run.linker, COMPARE_HOP, -3, &asked);
    assert_true(asked > 20000 && out > asked / 4); /* or it would be of no use */
    out = ruled_out(run.linker, COMPARE_SETUP, 10, &asked);
    assert_true(out > asked / 4);
    (void)ruled_out(run.linker, COMPARE_RETURN, -3, &asked);
    run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_ruled_out_that_comes_to_as_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
