/* SPDX-License-Identifier: Apache-2.0 */
#include "testimony/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int on_statement(void *ctx, const struct statement *statement, struct nj_err *err)
{
    struct text *text = ctx;
    char address[ADDR_TEXT_MAX];

    (void)err;
    text_addf(text, "%s %s ", addr_text(statement->net.first, address), statement->value);
    if (statement->to_us != 0)
        text_date(text, statement->to_us / 86400000000ll);
    text_add_z(text, "\n");
    return 0;
}

static void expect(const char *input, const char *output, uint64_t refused)
{
    struct text text = {0};
    struct reading reading;
    struct nj_err err;

    assert_int_equal(services_read(input, strlen(input), on_statement, &text, &reading, &err),
                     0);
    text_add(&text, "", 1);
    assert_string_equal(text.bytes, output);
    assert_int_equal(reading.refused, refused);
    text_done(&text);
}

static void exports_of_search_engines_are_known(void **state)
{
    (void)state;
    expect(
        "{\"ip_str\": \"192.0.2.7\", \"port\": 53, \"transport\": \"udp\","
        " \"product\": \"BIND\", \"version\": \"9\", \"timestamp\": \"2020-05-01T01:00:00\"}\n"
        "\n{\"ip_str\": \"192.0.2.8\", \"ports\": [22, 80], \"last_update\": \"2020-05-02\"}\n",
        "192.0.2.7 {\"port\":53,\"proto\":\"udp\",\"product\":\"BIND 9\"} 2020-05-01\n"
        "192.0.2.8 {\"port\":22,\"proto\":\"tcp\"} 2020-05-02\n"
        "192.0.2.8 {\"port\":80,\"proto\":\"tcp\"} 2020-05-02\n",
        0);
    expect("{\"result\": {\"ip\": \"2001:db8::1\", \"services\": [{\"port\": 443,"
           " \"transport_protocol\": \"TCP\", \"service_name\": \"HTTP\"}],"
           " \"last_updated_at\": \"2020-05-03T00:00:00Z\"}}",
           "2001:db8::1 {\"port\":443,\"proto\":\"tcp\",\"service\":\"HTTP\"} 2020-05-03\n", 0);
    expect("[\n{\"ip\": \"192.0.2.7\", \"services\": []}]\n", "192.0.2.7 {\"none\":true} \n",
           0);
    expect("# from a desk\nhost,Port,name,protocol\n192.0.2.7,22,\"ssh, \"\"x\"\"\",tcp\n"
           "192.0.2.8,,,\n",
           "192.0.2.7 {\"port\":22,\"proto\":\"tcp\",\"service\":\"ssh, \\\"x\\\"\"} \n"
           "192.0.2.8 {\"none\":true} \n",
           0);
}

static void what_can_not_be_used_is_counted(void **state)
{
    (void)state;
    expect("{\"ip_str\": \"x\", \"port\": 1}\n{\"ip_str\": \"192.0.2.7\"}\nno json\n"
           "{\"ip_str\": \"192.0.2.7\", \"port\": 70000}\n",
           "", 4);
    expect("ip,port\n192.0.2.7,-1\n192.0.2.7,22x\n,22\n", "", 3);
}

static void a_host_has_a_bounded_number_of_services(void **state)
{
    struct text input = {0}, output = {0};
    struct reading reading;
    struct nj_err err;

    (void)state;
    text_add_z(&input, "{\"ip\":\"192.0.2.7\",\"ports\":[1");
    for (int i = 0; i < 3000; i++)
        text_add_z(&input, ",2");
    text_add_z(&input, "]}");
    assert_int_equal(
        services_read(input.bytes, input.length, on_statement, &output, &reading, &err), 0);
    assert_int_equal(reading.statements, SERVICES_OF_HOST_MAX);
    assert_int_equal(reading.refused, 1);
    text_done(&input);
    text_done(&output);
}

static void a_table_without_its_columns_is_refused(void **state)
{
    struct reading reading;
    struct nj_err err;

    (void)state;
    assert_int_equal(services_read("a,b\n1,2\n", 8, on_statement, NULL, &reading, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exports_of_search_engines_are_known),
        cmocka_unit_test(what_can_not_be_used_is_counted),
        cmocka_unit_test(a_host_has_a_bounded_number_of_services),
        cmocka_unit_test(a_table_without_its_columns_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
