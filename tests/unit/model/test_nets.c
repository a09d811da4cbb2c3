/* SPDX-License-Identifier: Apache-2.0 */
#include "model/nets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(struct nets *nets, const char *text, const char *label)
{
    struct prefix net;

    assert_int_equal(prefix_parse(text, &net, NULL), 0);
    assert_int_equal(nets_add(nets, &net, label, NULL), 0);
}

static const char *find(const struct nets *nets, const char *text)
{
    struct addr a;
    size_t found;

    assert_int_equal(addr_parse(text, &a, NULL), 0);
    found = nets_find(nets, a);
    return found == NETS_NONE ? "nothing" : nets_label(nets, found);
}

static void the_most_specific_prefix_around_an_address_is_found(void **state)
{
    struct nets *nets = nets_new();
    size_t found;
    struct addr a;

    (void)state;
    add(nets, "198.51.100.0/24", "wide");
    add(nets, "198.51.100.128/25", "half");
    add(nets, "198.51.100.130", "one");
    add(nets, "2001:db8::/32", "six");
    nets_finish(nets);
    assert_int_equal(nets_count(nets), 4);
    assert_string_equal(find(nets, "198.51.100.1"), "wide");
    assert_string_equal(find(nets, "198.51.100.129"), "half");
    assert_string_equal(find(nets, "198.51.100.130"), "one");
    assert_string_equal(find(nets, "198.51.100.131"), "half");
    assert_string_equal(find(nets, "198.51.101.0"), "nothing");
    assert_string_equal(find(nets, "0.0.0.0"), "nothing");
    assert_string_equal(find(nets, "2001:db8::1"), "six");
    assert_string_equal(find(nets, "2001:db9::"), "nothing");
    assert_int_equal(addr_parse("198.51.100.130", &a, NULL), 0);
    found = nets_wider(nets, nets_find(nets, a));
    assert_string_equal(nets_label(nets, found), "half");
    assert_string_equal(nets_label(nets, nets_wider(nets, found)), "wide");
    assert_true(nets_wider(nets, nets_wider(nets, found)) == NETS_NONE);
    nets_free(nets);
}

static void of_equal_prefixes_the_first_counts(void **state)
{
    struct nets *nets = nets_new();

    (void)state;
    add(nets, "192.0.2.0/24", "first");
    add(nets, "192.0.2.0/24", "second");
    add(nets, "192.0.2.0/24", NULL);
    nets_finish(nets);
    assert_string_equal(find(nets, "192.0.2.77"), "first");
    nets_free(nets);
}

static void an_empty_table_holds_nobody(void **state)
{
    struct nets *nets = nets_new();

    (void)state;
    nets_finish(nets);
    assert_string_equal(find(nets, "192.0.2.1"), "nothing");
    nets_free(nets);
}

/* Against a walk over all prefixes. */
static void random_prefixes_answer_like_a_list(void **state)
{
    struct prefix all[200];
    unsigned seed = 7;

    (void)state;
    for (unsigned round = 0; round < 50; round++) {
        struct nets *nets = nets_new();

        for (size_t i = 0; i < 200; i++) {
            unsigned bits = (unsigned)rand_r(&seed) % 10;
            uint32_t first = 0xc0000200u + ((unsigned)rand_r(&seed) % 512 >> bits << bits);

            all[i] =
                (struct prefix){addr_from_v4(first), addr_from_v4(first | ((1u << bits) - 1))};
            if ((first & ((1u << bits) - 1)) != 0)
                all[i].last = all[i].first;
            assert_int_equal(nets_add(nets, &all[i], NULL, NULL), 0);
        }
        nets_finish(nets);
        for (uint32_t at = 0xc0000100u; at < 0xc0000500u; at++) {
            struct addr a = addr_from_v4(at);
            size_t found = nets_find(nets, a), best = NETS_NONE;

            for (size_t i = 0; i < 200; i++)
                if (prefix_has(&all[i], a) &&
                    (best == NETS_NONE ||
                     all[i].last.lo - all[i].first.lo < all[best].last.lo - all[best].first.lo))
                    best = i;
            if ((found == NETS_NONE) != (best == NETS_NONE) ||
                (found != NETS_NONE &&
                 (!addr_equal(nets_prefix(nets, found)->first, all[best].first) ||
                  !addr_equal(nets_prefix(nets, found)->last, all[best].last))))
                fail_msg("round %u, address %u", round, at);
        }
        nets_free(nets);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_specific_prefix_around_an_address_is_found),
        cmocka_unit_test(of_equal_prefixes_the_first_counts),
        cmocka_unit_test(an_empty_table_holds_nobody),
        cmocka_unit_test(random_prefixes_answer_like_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
