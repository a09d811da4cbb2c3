/* SPDX-License-Identifier: Apache-2.0 */
/* The anti-framing grade: what proves an address, what doesn't, what speaks against it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/fact.h"
#include "score/grade.h"

static enum grade grade(const struct source_facts *facts, uint32_t crowd, const char *words)
{
    struct nj_intern *names = nj_intern_new(100);
    struct source_facts named = *facts;
    struct grade_facts read;
    struct grade_fact fact;
    char text[FACT_TEXT_MAX];

    if (facts->tool != 0)
        named.tool = nj_intern_z(names, "masscan");
    grade_read(&named, names, &read);
    grade_of(&read, crowd, &fact);
    nj_intern_free(names);
    grade_fact_text(&fact, text);
    if (strstr(text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, words);
    return grade_of_form(fact.form);
}

/* 50 sessions of a scanner to one TCP port, from a capture. */
static struct source_facts steady(void)
{
    return (struct source_facts){
        .sessions = 50,
        .packets = 50,
        .class_sessions = {[CLASS_SCAN] = 50},
        .ports = {{.port = 23, .proto = PROTO_TCP, .sessions = 50}},
        .port_count = 1,
        .ports_seen = 1,
        .fields = 50,
        .stacks = 1,
        .ttl_min = 50,
        .ttl_max = 51,
        .hours = 5,
    };
}

static void a_session_that_went_on_is_a(void **state)
{
    struct source_facts f = steady();

    (void)state;
    f.answered = 2;
    assert_int_equal(grade(&f, 0, "2 TCP sessions went on"), GRADE_A);
    assert_int_equal(grade(&f, 9999, "went on"), GRADE_A);
}

static void udp_and_wanted_traffic_prove_nothing(void **state)
{
    struct source_facts f = steady();

    (void)state;
    f.answered = 10;
    f.class_sessions[CLASS_SCAN] = 40;
    f.class_sessions[CLASS_SERVICE] = 10; /* our own client, in whose name others may scan */
    assert_int_equal(grade(&f, 0, "can still be forged"), GRADE_B);
    f = steady();
    f.answered = 50;
    f.ports[0].proto = PROTO_UDP;
    assert_int_equal(grade(&f, 0, "can still be forged"), GRADE_B);
    f = steady();
    f.answered = 10;
    f.ports[0].sessions = 38; /* 12 at ports that nobody remembers */
    assert_int_equal(grade(&f, 0, "can still be forged"), GRADE_B);
}

static void a_login_in_a_log_is_a_but_one_in_a_packet_is_not(void **state)
{
    struct source_facts f = steady();

    (void)state;
    f.class_sessions[CLASS_SCAN] = 20;
    f.class_sessions[CLASS_CREDENTIAL] = 30;
    assert_int_equal(grade(&f, 0, "can still be forged"), GRADE_B);
    f.fields = 0;
    f.stacks = 0;
    f.ttl_min = f.ttl_max = 0;
    assert_int_equal(grade(&f, 0, "30 login attempts"), GRADE_A);
    f.ttl_min = f.ttl_max = 60; /* packets as well: the logins may have been in them */
    assert_int_equal(grade(&f, 0, "unproven"), GRADE_C);
    f.ttl_min = f.ttl_max = 0;
    f.ports[0].proto = PROTO_UDP;
    assert_int_equal(grade(&f, 0, "unproven"), GRADE_C);
}

static void exploits_in_captured_packets_are_no_proof(void **state)
{
    struct source_facts f = steady();

    (void)state;
    f.sessions = f.fields = f.ports[0].sessions = 10;
    f.class_sessions[CLASS_SCAN] = 0;
    f.class_sessions[CLASS_EXPLOIT] = 10;
    assert_int_equal(grade(&f, 0, "unproven"), GRADE_C);
}

static void b_takes_twenty_sessions_and_several_hours(void **state)
{
    struct source_facts f = steady();

    (void)state;
    assert_int_equal(grade(&f, 0, "can still be forged"), GRADE_B);
    f.hours = 2;
    assert_int_equal(grade(&f, 0, "unproven"), GRADE_C);
    f.hours = 3;
    f.fields = 19;
    assert_int_equal(grade(&f, 0, "unproven"), GRADE_C);
    f.fields = 20;
    f.ttl_max = 54;
    assert_int_equal(grade(&f, 0, "unproven"), GRADE_C);
    f.ttl_max = 53;
    assert_int_equal(grade(&f, 0, "can still be forged"), GRADE_B);
    f.stacks = 5;
    assert_int_equal(grade(&f, 0, "5 stacks"), GRADE_C);
}

static void ttl_scatter_of_one_stack_or_tool_is_d(void **state)
{
    struct source_facts f = steady();

    (void)state;
    f.ttl_max = 60;
    assert_int_equal(grade(&f, 0, "TTL 50 to 60"), GRADE_D);
    f.stacks = 3;
    assert_int_equal(grade(&f, 0, "unproven"), GRADE_C); /* a network behind one address */
    f.tool = 1;
    assert_int_equal(grade(&f, 0, "with one tool"), GRADE_D);
    f.answered = 1;
    assert_int_equal(grade(&f, 0, "others may use the address"), GRADE_A);
}

static void a_flood_is_d(void **state)
{
    struct source_facts f = steady();

    (void)state;
    f.sessions = f.packets = f.fields = f.class_sessions[CLASS_SCAN] = 1;
    assert_int_equal(grade(&f, 37623, "one of 37,623 sources"), GRADE_D);
    assert_int_equal(grade(&f, 0, "unproven"), GRADE_C);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_that_went_on_is_a),
        cmocka_unit_test(udp_and_wanted_traffic_prove_nothing),
        cmocka_unit_test(a_login_in_a_log_is_a_but_one_in_a_packet_is_not),
        cmocka_unit_test(exploits_in_captured_packets_are_no_proof),
        cmocka_unit_test(b_takes_twenty_sessions_and_several_hours),
        cmocka_unit_test(ttl_scatter_of_one_stack_or_tool_is_d),
        cmocka_unit_test(a_flood_is_d),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
