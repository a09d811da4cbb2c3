/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/asn_csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct loaded {
    struct asn_table *csv;
    struct asn_csv_counts counts;
};

static struct loaded parse(const char *text)
{
    struct loaded l;
    struct nj_err err;

    assert_int_equal(asn_csv_parse(text, strlen(text), false, &l.csv, &l.counts, &err), 0);
    return l;
}

static void done(struct loaded *l)
{
    asn_table_free(l->csv);
}

static uint32_t find(const struct loaded *l, const char *address)
{
    struct addr a;

    assert_int_equal(addr_parse(address, &a, NULL), 0);
    return asn_table_find(l->csv, a);
}

static void an_address_belongs_to_the_range_around_it(void **state)
{
    struct loaded l = parse("192.0.2.0,192.0.2.127,64496,One\n"
                            "198.51.100.0,198.51.100.255,64497,Two\n");

    (void)state;
    assert_int_equal(find(&l, "192.0.1.255"), 0);
    assert_int_equal(find(&l, "192.0.2.0"), 64496);
    assert_int_equal(find(&l, "192.0.2.127"), 64496);
    assert_int_equal(find(&l, "192.0.2.128"), 0);
    assert_int_equal(find(&l, "198.51.100.255"), 64497);
    assert_int_equal(find(&l, "198.51.101.0"), 0);
    assert_int_equal(find(&l, "255.255.255.255"), 0);
    assert_int_equal(find(&l, "2001:db8::1"), 0);
    assert_string_equal(as_names_find(l.csv->names, 64497), "Two");
    assert_int_equal(l.counts.rows, 2);
    done(&l);
}

static void addresses_may_be_numbers_of_either_family(void **state)
{
    struct loaded l = parse("3221225984,3221226239,64496,Four\r\n"
                            "42540766411282592856903984951653826560,"
                            "42540766490510755371168322545197776895,AS64497,Six");

    (void)state;
    assert_int_equal(find(&l, "192.0.2.1"), 64496);
    assert_int_equal(find(&l, "2001:db8::1"), 64497);
    assert_int_equal(find(&l, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), 64497);
    assert_int_equal(find(&l, "2001:db9::"), 0);
    assert_int_equal(l.counts.refused, 0);
    done(&l);
}

static void first_and_last_address_of_all_are_found(void **state)
{
    struct loaded l = parse("0.0.0.0,0.0.0.255,64496,A\n"
                            "255.255.255.0,255.255.255.255,64497,B\n"
                            "::,::1,64498,C\n"
                            "ffff::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,64499,D\n");

    (void)state;
    assert_int_equal(find(&l, "0.0.0.0"), 64496);
    assert_int_equal(find(&l, "255.255.255.255"), 64497);
    assert_int_equal(find(&l, "::"), 64498);
    assert_int_equal(find(&l, "::2"), 0);
    assert_int_equal(find(&l, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 64499);
    assert_int_equal(find(&l, "fffe::"), 0);
    done(&l);
}

static void names_may_be_quoted_with_doubled_quotes_and_commas(void **state)
{
    struct loaded l = parse("192.0.2.0,192.0.2.0,64496,\"LLC \"\"SPUTNIK\"\"\"\n"
                            "192.0.2.1,192.0.2.1,64497,\"Example, Inc.\"\n"
                            "\"192.0.2.2\",\"192.0.2.2\",\"64498\",\"\"\n"
                            "192.0.2.3,192.0.2.3,64499\n"
                            "192.0.2.4,192.0.2.4,64500,Plain,more,columns\n");

    (void)state;
    assert_string_equal(as_names_find(l.csv->names, 64496), "LLC \"SPUTNIK\"");
    assert_string_equal(as_names_find(l.csv->names, 64497), "Example, Inc.");
    assert_null(as_names_find(l.csv->names, 64498));
    assert_null(as_names_find(l.csv->names, 64499));
    assert_string_equal(as_names_find(l.csv->names, 64500), "Plain");
    assert_int_equal(find(&l, "192.0.2.2"), 64498);
    assert_int_equal(l.counts.rows, 5);
    done(&l);
}

static void the_more_specific_of_overlapping_ranges_counts(void **state)
{
    struct loaded l = parse("192.0.2.0,192.0.2.255,64496,Outer\n"
                            "192.0.2.64,192.0.2.95,64497,Inner\n"
                            "192.0.2.72,192.0.2.79,64498,Innermost\n"
                            "192.0.2.240,192.0.3.15,64499,Across\n"
                            "192.0.2.0,192.0.2.255,64500,Again\n");

    (void)state;
    assert_int_equal(find(&l, "192.0.2.63"), 64496);
    assert_int_equal(find(&l, "192.0.2.64"), 64497);
    assert_int_equal(find(&l, "192.0.2.72"), 64498);
    assert_int_equal(find(&l, "192.0.2.80"), 64497);
    assert_int_equal(find(&l, "192.0.2.96"), 64496);
    assert_int_equal(find(&l, "192.0.2.255"), 64499);
    assert_int_equal(find(&l, "192.0.3.15"), 64499);
    assert_int_equal(find(&l, "192.0.3.16"), 0);
    done(&l);
}

static void an_ipv6_range_around_all_says_nothing_about_ipv4(void **state)
{
    struct loaded l = parse("::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,64496,All\n"
                            "192.0.2.0,192.0.2.255,64497,Four\n");

    (void)state;
    assert_int_equal(find(&l, "192.0.2.9"), 64497);
    assert_int_equal(find(&l, "192.0.3.0"), 0);
    assert_int_equal(find(&l, "192.0.1.0"), 0);
    assert_int_equal(find(&l, "::1"), 64496);
    assert_int_equal(find(&l, "2001:db8::"), 64496);
    done(&l);
}

static void rows_that_do_not_fit_are_counted_with_the_first_line(void **state)
{
    struct loaded l = parse("start,end,asn,name\n"
                            "# a comment\n"
                            "\n"
                            "192.0.2.0,192.0.2.255,64496,Good\n"
                            "192.0.2.9,192.0.2.1,64497,backwards\n"
                            "192.0.2.0,2001:db8::,64497,two families\n"
                            "192.0.2.0,192.0.2.256,64497,no address\n"
                            "192.0.2.0,192.0.2.1,-1,no number\n"
                            "192.0.2.0,192.0.2.1,4294967296,too large\n"
                            "192.0.2.0,192.0.2.1\n"
                            "192.0.2.0,192.0.2.1,64497,\"open\n"
                            "192.0.2.0,192.0.2.1,64497,\"open\"\"\n"
                            "192.0.2.0,192.0.2.1,64497,\"shut\"x\n"
                            "340282366920938463463374607431768211456,1,1,above 2^128\n");

    (void)state;
    assert_int_equal(l.counts.rows, 1);
    assert_int_equal(l.counts.refused, 10);
    assert_int_equal(l.counts.bad_line, 5);
    assert_int_equal(find(&l, "192.0.2.1"), 64496);
    done(&l);
}

static void a_file_without_one_row_is_refused(void **state)
{
    struct asn_csv_counts counts;
    struct asn_table *csv;
    struct nj_err err;

    (void)state;
    assert_int_equal(asn_csv_parse("", 0, false, &csv, &counts, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    assert_int_equal(asn_csv_parse("{}\n[]\n", 6, false, &csv, &counts, &err), -1);
    assert_int_equal(asn_csv_load("/", false, &csv, &counts, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    assert_int_equal(asn_csv_load("/nowhere/at/all", false, &csv, &counts, &err), -1);
    assert_int_equal(err.code, NJ_IO);
}

/* More than one piece of the reader, with lines that are too long in between. */
static void a_long_line_in_a_large_file_costs_that_line_only(void **state)
{
    char path[] = "/tmp/nightjar-asn-XXXXXX";
    FILE *out = fdopen(mkstemp(path), "wb");
    struct loaded l;
    struct nj_err err;

    (void)state;
    assert_non_null(out);
    for (unsigned i = 0; i < 20000; i++) {
        if (i == 7000) {
            for (unsigned j = 0; j < 600000; j++)
                (void)putc('x', out);
            (void)putc('\n', out);
        }
        (void)fprintf(out, "2001:db8:%x::,2001:db8:%x:7f::,%u,Example %u\n", i, i,
                      64496 + i % 8, i % 8);
    }
    assert_int_equal(fclose(out), 0);
    assert_int_equal(asn_csv_load(path, false, &l.csv, &l.counts, &err), 0);
    (void)unlink(path);
    assert_int_equal(l.counts.rows, 20000);
    assert_int_equal(l.counts.refused, 1);
    assert_int_equal(l.counts.bad_line, 7001);
    assert_int_equal(find(&l, "2001:db8::"), 64496);
    assert_int_equal(find(&l, "2001:db8:1b59::5"), 64496 + 7001 % 8);
    assert_int_equal(find(&l, "2001:db8:1b59:80::"), 0);
    assert_int_equal(find(&l, "2001:db8:4e1f:7f::"), 64496 + 19999 % 8);
    assert_string_equal(as_names_find(l.csv->names, 64503), "Example 7");
    done(&l);
}

/* Ranges of any nesting in any order, against asking each range in turn. */
static void random_ranges_answer_like_a_list_of_ranges(void **state)
{
    enum { RANGES = 60, ROUNDS = 200 };
    const unsigned seed = 20201122;

    (void)state;
    srandom(seed);
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned first[RANGES], last[RANGES];
        char text[RANGES * 64] = "";
        size_t used = 0;
        struct loaded l;

        for (unsigned i = 0; i < RANGES; i++) {
            first[i] = (unsigned)random() % 400;
            last[i] = first[i] + (unsigned)random() % (i % 2 == 0 ? 10 : 200);
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%u,%u,%u,x\n",
                                     0xc0000200 + first[i], 0xc0000200 + last[i], i + 1);
        }
        l = parse(text);
        for (unsigned at = 0; at < 700; at++) {
            unsigned best = RANGES;

            for (unsigned i = 0; i < RANGES; i++) {
                if (at < first[i] || at > last[i])
                    continue;
                if (best == RANGES || first[i] > first[best] ||
                    (first[i] == first[best] && last[i] < last[best]))
                    best = i;
            }
            if (asn_table_find(l.csv, addr_from_v4(0xc0000200 + at)) !=
                (best == RANGES ? 0 : best + 1))
                fail_msg("seed %u, round %u, address %u", seed, round, at);
        }
        done(&l);
    }
}

static void tables_of_iptoasn_are_known(void **state)
{
    static const char text[] = "192.0.2.0\t192.0.2.255\t64496\tUS\tFOUR, Inc.\n"
                               "198.51.100.0\t198.51.100.255\t0\tNone\tNot routed\n"
                               "2001:db8::\t2001:db8::ffff\t64497\tNL\tSIX\n"
                               "192.0.2.0\t192.0.2.255\tx\tUS\n";
    struct loaded l = parse(text);
    struct asn_table *countries;
    struct asn_csv_counts counts;
    struct addr a;

    (void)state;
    assert_int_equal(find(&l, "192.0.2.7"), 64496);
    assert_string_equal(as_names_find(l.csv->names, 64496), "FOUR, Inc.");
    assert_int_equal(find(&l, "198.51.100.7"), 0);
    assert_int_equal(find(&l, "2001:db8::7"), 64497);
    assert_int_equal(l.counts.refused, 1);
    assert_int_equal(asn_csv_parse(text, strlen(text), true, &countries, &counts, NULL), 0);
    assert_int_equal(addr_parse("192.0.2.7", &a, NULL), 0);
    assert_int_equal(asn_table_find(countries, a), 'U' << 8 | 'S');
    assert_int_equal(addr_parse("198.51.100.7", &a, NULL), 0);
    assert_int_equal(asn_table_find(countries, a), 0);
    asn_table_free(countries);
    done(&l);
}

static void countries_of_ranges_are_known(void **state)
{
    static const char text[] = "start,end,cc\n192.0.2.0,192.0.2.255,DE\n"
                               "198.51.100.0,198.51.100.255,Germany\n";
    struct asn_table *countries;
    struct asn_csv_counts counts;

    (void)state;
    assert_int_equal(asn_csv_parse(text, strlen(text), true, &countries, &counts, NULL), 0);
    assert_int_equal(asn_table_find(countries, addr_from_v4(0xc0000207)), 'D' << 8 | 'E');
    assert_int_equal(asn_table_find(countries, addr_from_v4(0xc6336407)), 0);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.bad_line, 3);
    asn_table_free(countries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_belongs_to_the_range_around_it),
        cmocka_unit_test(addresses_may_be_numbers_of_either_family),
        cmocka_unit_test(first_and_last_address_of_all_are_found),
        cmocka_unit_test(names_may_be_quoted_with_doubled_quotes_and_commas),
        cmocka_unit_test(the_more_specific_of_overlapping_ranges_counts),
        cmocka_unit_test(an_ipv6_range_around_all_says_nothing_about_ipv4),
        cmocka_unit_test(rows_that_do_not_fit_are_counted_with_the_first_line),
        cmocka_unit_test(a_file_without_one_row_is_refused),
        cmocka_unit_test(a_long_line_in_a_large_file_costs_that_line_only),
        cmocka_unit_test(tables_of_iptoasn_are_known),
        cmocka_unit_test(countries_of_ranges_are_known),
        cmocka_unit_test(random_ranges_answer_like_a_list_of_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
