/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint/stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "traffic.h"

static struct nj_intern *names;
static struct stack_table *table;

static int setup(void **state)
{
    (void)state;
    names = nj_intern_new(100000);
    table = stack_table_new(names);
    return names == NULL || table == NULL;
}

static int teardown(void **state)
{
    (void)state;
    stack_table_free(table);
    nj_intern_free(names);
    return 0;
}

static const char *signature(const struct packet *packet)
{
    struct option_set set;

    option_set_read(packet, &set);
    return nj_intern_text(names, stack_find(table, packet, &set));
}

static void known_stacks_read_as_documented(void **state)
{
    static const uint8_t macos[] = {2, 4, 5, 0xb4, 1, 3, 3, 6, 1, 1, 8, 10,
                                    1, 2, 3, 4,    0, 0, 0, 0, 4, 2, 0, 0};
    struct traffic t = traffic_new(1);
    struct packet p = traffic_linux(&t);

    (void)state;
    assert_string_equal(signature(&p), "4|64|df|mss,sok,ts,nop,ws|mss*44|7|1460|+|-");
    p = traffic_windows_10(&t);
    assert_string_equal(signature(&p), "4|128|df|mss,nop,ws,nop,nop,sok|mss*44|8|1460|-|-");
    p = traffic_zmap(&t);
    assert_string_equal(signature(&p), "4|255|-|-|65535|-|-|-|-");
    p = traffic_zmap_4(&t);
    assert_string_equal(signature(&p), "4|64|-|mss,nop,ws,nop,nop,sok|65535|8|1460|-|-");
    p = traffic_masscan_new(&t);
    assert_string_equal(signature(&p), "4|255|-|mss|1025|-|1460|-|-");
    p = traffic_hping3(&t);
    assert_string_equal(signature(&p), "4|64|-|-|512|-|-|-|ack+");
    p = traffic_syn(&t);
    p.df = true;
    p.window = 65535;
    traffic_options(&p, macos, sizeof(macos));
    assert_string_equal(signature(&p),
                        "4|64|df|mss,nop,ws,nop,nop,ts,sok,eol+1|65535|6|1460|+|-");
}

static void random_windows_and_sizes_share_few_signatures(void **state)
{
    struct traffic t = traffic_new(2);
    uint32_t before = nj_intern_count(names);

    (void)state;
    for (unsigned i = 0; i < 65536; i++) {
        struct packet p = traffic_syn(&t);

        p.ip_id = 1;
        p.window = (uint16_t)i;
        (void)signature(&p);
    }
    assert_in_range(nj_intern_count(names) - before, 2, 120);
    before = nj_intern_count(names);
    for (unsigned i = 0; i < 65536; i++) {
        struct packet p = traffic_nmap(&t);

        p.ip_id = 1;
        p.ttl = 50;
        p.window = 10007;
        p.options[2] = (uint8_t)(i >> 8);
        p.options[3] = (uint8_t)i;
        (void)signature(&p);
    }
    assert_in_range(nj_intern_count(names) - before, 2, 700);
}

static void unusual_fields_are_named(void **state)
{
    struct traffic t = traffic_new(3);
    struct packet p = traffic_syn(&t);

    (void)state;
    p.window = 10007;
    p.seq = 0;
    p.ip_id = 0;
    p.ack = 1;
    p.urgent = 7;
    p.tcp_reserved = 1;
    p.tcp_flags = TCP_SYN | TCP_ECE | TCP_CWR | TCP_PSH;
    p.payload_length = 3;
    assert_string_equal(signature(&p),
                        "4|64|-|-|*|-|-|-|ack+,urg+,seq0,id0,ecn,res,flags,data");
    p = traffic_linux(&t);
    p.options[12] = 9;                                    /* echo */
    memcpy(p.options + 8, "\0\0\0\0", 4);                 /* value */
    p.options[p.options_length - 1] = 15;                 /* scale */
    p.options[2] = 4, p.options[3] = 1, p.window = 10007; /* MSS 1025 */
    assert_string_equal(signature(&p), "4|64|df|mss,sok,ts,nop,ws|*|15+|~1024|0|echo+");
    p = traffic_syn(&t);
    p.window = 10007;
    traffic_options(&p, "\0\1\2\3", 4);
    assert_string_equal(signature(&p), "4|64|-|eol+3|*|-|-|-|pad+");
}

static void initial_ttl_is_the_next_usual_one(void **state)
{
    static const struct {
        uint8_t ttl;
        const char *text;
    } cases[] = {{1, "4|32|"},   {32, "4|32|"},   {33, "4|64|"},   {64, "4|64|"},
                 {65, "4|128|"}, {128, "4|128|"}, {129, "4|255|"}, {255, "4|255|"}};
    struct traffic t = traffic_new(4);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct packet p = traffic_syn(&t);

        p.ttl = cases[i].ttl;
        assert_memory_equal(signature(&p), cases[i].text, strlen(cases[i].text));
    }
}

static void broken_options_end_with_bad(void **state)
{
    static const struct {
        const char *bytes, *layout;
        size_t length;
    } cases[] = {
        {"\2", "bad", 1},
        {"\2\4\5", "bad", 3},
        {"\2\3\5", "bad", 3},
        {"\1\2\0", "nop,bad", 3},
        {"\1\x63\1", "nop,bad", 3},
        {"\x63\3\0", "other", 3},
        {"\x08\x0a\0\0\0\0\0\0\0", "bad", 9},
        {"\x1e\x08\0", "bad", 3},
        {"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1",
         "nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,more", 18},
    };
    struct traffic t = traffic_new(5);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct packet p = traffic_syn(&t);
        char text[STACK_TEXT_MAX];

        p.window = 10007;
        traffic_options(&p, cases[i].bytes, cases[i].length);
        (void)snprintf(text, sizeof(text), "4|64|-|%s|*|-|-|-|-", cases[i].layout);
        assert_string_equal(signature(&p), text);
    }
}

static void log_row_marks_unknown_options(void **state)
{
    struct traffic t = traffic_new(6);
    struct packet p = traffic_syn(&t);

    (void)state;
    p.no_seq = true;
    p.seq = 0;
    p.window = 1024;
    p.ip_length = 60;
    assert_string_equal(signature(&p), "4|64|-|?|1024|?|?|?|-");
    p.ip_length = 40; /* leaves no room for options */
    assert_string_equal(signature(&p), "4|64|-|-|1024|-|-|-|-");
}

static void options_that_the_capture_cut_are_unknown(void **state)
{
    struct traffic t = traffic_new(6);
    struct packet p = traffic_linux(&t);

    (void)state;
    p.options_cut = true;
    for (p.options_length = 0; p.options_length < 20; p.options_length++)
        assert_string_equal(signature(&p), "4|64|df|?|64240|?|?|?|-");
}

static void endless_signatures_become_coarse_ones(void **state)
{
    struct nj_intern *own = nj_intern_new(100000);
    struct stack_table *full = stack_table_new(own);
    struct traffic t = traffic_new(7);
    struct packet p = {0};
    struct option_set set;

    (void)state;
    for (unsigned i = 0; i < 50000; i++) {
        p = traffic_syn(&t);
        for (unsigned k = 0; k < 10; k++) {
            static const uint8_t four[5][4] = {
                {1, 1, 1, 1}, {4, 2, 1, 1}, {99, 4, 0, 0}, {2, 4, 5, 180}, {30, 4, 0, 0}};

            memcpy(p.options + 4 * k, four[traffic_random(&t) % 5], 4);
        }
        p.options_length = 40;
        option_set_read(&p, &set);
        (void)stack_find(full, &p, &set);
    }
    assert_int_equal(stack_table_count(full), STACK_MAX);
    assert_string_equal(nj_intern_text(own, stack_find(full, &p, &set)), "4|64|-|*|*|*|*|*|*");
    assert_in_range(nj_intern_count(own), STACK_MAX, STACK_MAX + 20);
    stack_table_free(full);
    nj_intern_free(own);
}

static void any_key_makes_a_bounded_text(void **state)
{
    struct traffic t = traffic_new(8);

    (void)state;
    for (unsigned i = 0; i < 10000; i++) {
        struct stack_key key = {
            .layout = (uint64_t)traffic_random(&t) << 32 | traffic_random(&t),
            .rest = (uint64_t)traffic_random(&t) << 32 | traffic_random(&t),
        };
        char text[STACK_TEXT_MAX];

        if (i == 0)
            key = (struct stack_key){UINT64_MAX, UINT64_MAX >> 1};
        assert_in_range(strlen(stack_text(key, text)), 10, STACK_TEXT_MAX - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_stacks_read_as_documented),
        cmocka_unit_test(random_windows_and_sizes_share_few_signatures),
        cmocka_unit_test(unusual_fields_are_named),
        cmocka_unit_test(initial_ttl_is_the_next_usual_one),
        cmocka_unit_test(broken_options_end_with_bad),
        cmocka_unit_test(log_row_marks_unknown_options),
        cmocka_unit_test(options_that_the_capture_cut_are_unknown),
        cmocka_unit_test(endless_signatures_become_coarse_ones),
        cmocka_unit_test(any_key_makes_a_bounded_text),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
