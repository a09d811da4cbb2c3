/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "sample/mask.h"

/* The key and the first lines of the sample trace that Crypto-PAn was published with. */
static const uint8_t published[MASK_KEY_BYTES] = {
    21,  34,  23,  141, 51,  164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
    216, 152, 143, 131, 121, 121, 101, 39,  98, 87, 76, 45, 42, 132, 34,  2};

#define V4(a, b, c, d)                                                                         \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static void published_addresses_become_what_was_published(void **state)
{
    struct mask mask;

    (void)state;
    mask_init(&mask, published);
    assert_int_equal(mask_prefix_v4(&mask, V4(128, 11, 68, 132)), V4(135, 242, 180, 132));
    assert_int_equal(mask_prefix_v4(&mask, V4(129, 118, 74, 4)), V4(134, 136, 186, 123));
    assert_int_equal(mask_prefix_v4(&mask, V4(130, 132, 252, 244)), V4(133, 68, 164, 234));
}

static unsigned shared(uint32_t a, uint32_t b)
{
    return a == b ? 32 : (unsigned)__builtin_clz(a ^ b);
}

static void addresses_share_as_many_bits_as_before(void **state)
{
    struct nj_rng rng = nj_rng(1, 1);
    struct mask mask;

    (void)state;
    mask_init(&mask, published);
    for (unsigned i = 0; i < 2000; i++) {
        uint32_t a = 0x0b000000u + nj_rng_below(&rng, 0x60000000u);
        uint32_t b = a ^ 1u << nj_rng_below(&rng, 24);
        uint32_t x = addr_v4(mask_addr(&mask, addr_from_v4(a)));
        uint32_t y = addr_v4(mask_addr(&mask, addr_from_v4(b)));

        assert_int_equal(shared(x, y), shared(a, b));
        assert_true(x >> 24 != 0 && x >> 24 != 127 && x >> 24 < 224);
    }
}

static void global_unicast_stays_global_unicast(void **state)
{
    struct mask mask;
    struct addr a, b;
    struct nj_err err;

    (void)state;
    mask_init(&mask, published);
    assert_int_equal(addr_parse("2001:db8:1::1", &a, &err), 0);
    assert_int_equal(addr_parse("2001:db8:1::2", &b, &err), 0);
    a = mask_addr(&mask, a);
    b = mask_addr(&mask, b);
    assert_int_equal(a.hi >> 61, 1);
    assert_int_equal(a.hi, b.hi);
    assert_int_equal(a.lo >> 2, b.lo >> 2);
    assert_true(a.lo >> 1 != b.lo >> 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_addresses_become_what_was_published),
        cmocka_unit_test(addresses_share_as_many_bits_as_before),
        cmocka_unit_test(global_unicast_stays_global_unicast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
