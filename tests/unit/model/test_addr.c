/* SPDX-License-Identifier: Apache-2.0 */
#include "model/addr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void text_and_back(void **state)
{
    static const char *const texts[] = {"203.0.113.7", "0.0.0.0", "255.255.255.255",
                                        "2001:db8::1", "::1",     "2001:db8:0:1::"};
    char text[ADDR_TEXT_MAX];
    struct addr a;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(addr_parse(texts[i], &a, NULL), 0);
        assert_string_equal(addr_text(a, text), texts[i]);
    }
    assert_int_equal(addr_parse("203.0.113.256", &a, NULL), -1);
    assert_int_equal(addr_parse("", &a, NULL), -1);
}

static void prefix_covers_its_addresses_only(void **state)
{
    struct prefix p;
    struct addr a;

    (void)state;
    assert_int_equal(prefix_parse("203.0.113.64/26", &p, NULL), 0);
    (void)addr_parse("203.0.113.127", &a, NULL);
    assert_true(prefix_has(&p, a));
    (void)addr_parse("203.0.113.128", &a, NULL);
    assert_false(prefix_has(&p, a));
    assert_int_equal(prefix_parse("2001:db8::/32", &p, NULL), 0);
    (void)addr_parse("2001:db8:ffff::1", &a, NULL);
    assert_true(prefix_has(&p, a));
}

static void bad_prefixes_are_refused_with_the_reason(void **state)
{
    struct nj_err err;
    struct prefix p;

    (void)state;
    assert_int_equal(prefix_parse("203.0.113.1/24", &p, &err), -1);
    assert_string_equal(err.msg, "\"203.0.113.1/24\": host bits must be zero");
    assert_int_equal(prefix_parse("203.0.113.0/33", &p, &err), -1);
    assert_int_equal(prefix_parse("203.0.113.0/", &p, &err), -1);
    assert_int_equal(prefix_parse("203.0.113.0/2x", &p, &err), -1);
}

static void a_source_is_an_address_or_a_slash_64(void **state)
{
    struct addr v4, v6, first;
    struct prefix net;

    (void)state;
    (void)addr_parse("203.0.113.7", &v4, NULL);
    assert_true(addr_equal(addr_source(v4), v4));
    net = addr_source_net(v4);
    assert_true(addr_equal(net.first, v4) && addr_equal(net.last, v4));

    (void)addr_parse("2001:db8:1:2:3::4", &v6, NULL);
    (void)addr_parse("2001:db8:1:2::", &first, NULL);
    assert_true(addr_equal(addr_source(v6), first));
    net = addr_source_net(v6);
    assert_true(addr_equal(net.first, first) && prefix_has(&net, v6));
    (void)addr_parse("2001:db8:1:2:ffff:ffff:ffff:ffff", &v6, NULL);
    assert_true(addr_equal(net.last, v6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(prefix_covers_its_addresses_only),
        cmocka_unit_test(bad_prefixes_are_refused_with_the_reason),
        cmocka_unit_test(a_source_is_an_address_or_a_slash_64),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
