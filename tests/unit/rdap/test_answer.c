/* SPDX-License-Identifier: Apache-2.0 */
#include "rdap/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rdap/servers.h"

#define NETWORK                                                                                \
    "\"objectClassName\": \"ip network\", \"startAddress\": \"203.0.113.0\","                  \
    " \"endAddress\": \"203.0.113.255\""
#define MAIL(mailbox)                                                                          \
    "\"vcardArray\": [\"vcard\", [[\"email\", {}, \"text\", \"" mailbox "\"]]]"

static int read_for(const char *address, const char *answer, struct rdap_network *ret,
                    struct nj_err *err)
{
    struct addr asked;

    assert_int_equal(addr_parse(address, &asked, err), 0);
    return rdap_read_network(answer, strlen(answer), asked, ret, err);
}

static struct rdap_network read_one(const char *answer)
{
    struct rdap_network network;
    struct nj_err err;

    if (read_for("203.0.113.7", answer, &network, &err) < 0)
        fail_msg("%s", err.msg);
    return network;
}

static void refuse(const char *address, const char *answer, const char *why)
{
    struct rdap_network network;
    struct nj_err err;

    assert_int_equal(read_for(address, answer, &network, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    if (strstr(err.msg, why) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", why, err.msg);
}

static void a_record_is_read(void **state)
{
    struct rdap_network network = read_one(
        "{" NETWORK ", \"handle\": \"NET-1\", \"name\": \"EXAMPLE\", \"country\": \"cn\","
        " \"events\": [{\"eventAction\": \"last changed\","
        "               \"eventDate\": \"2020-03-04T05:06:07+08:00\"},"
        "              {\"eventAction\": \"registration\", \"eventDate\": \"2011-05-01\"}],"
        " \"entities\": [{\"roles\": [\"administrative\"], " MAIL(
            "admin@example.org") "},"
                                 "  {\"roles\": [\"registrant\"], \"vcardArray\": [\"vcard\","
                                 "    [[\"version\", {}, \"text\", \"4.0\"], [\"kind\", {}, "
                                 "\"text\", \"org\"],"
                                 "     [\"fn\", {}, \"text\", \"Example Org\"]]]},"
                                 "  {\"roles\": [\"technical\", \"abuse\"], " MAIL(
                                     "abuse@example.net") "}]}");
    char range[RDAP_RANGE_MAX];

    (void)state;
    assert_string_equal(rdap_range(&network.net, range), "203.0.113.0/24");
    assert_string_equal(network.handle, "NET-1");
    assert_string_equal(network.name, "EXAMPLE");
    assert_string_equal(network.country, "CN");
    assert_string_equal(network.organisation, "Example Org");
    assert_string_equal(network.abuse, "abuse@example.net");
    assert_string_equal(network.registered, "2011-05-01");
    assert_string_equal(network.changed, "2020-03-04");
}

static void what_is_not_told_is_empty(void **state)
{
    struct rdap_network network = read_one("{" NETWORK "}");

    (void)state;
    assert_string_equal(network.name, "");
    assert_string_equal(network.country, "");
    assert_string_equal(network.organisation, "");
    assert_string_equal(network.abuse, "");
    assert_string_equal(network.registered, "");
}

/* ARIN puts it below the registrant, and what stands at the network itself comes first. */
static void the_networks_own_contact_comes_before_its_holders(void **state)
{
    const char *below = "{\"roles\": [\"registrant\"], \"entities\":"
                        " [{\"roles\": [\"abuse\"], " MAIL("holder@example.org") "}]}";
    const char *beside = "{\"roles\": [\"abuse\"], " MAIL("network@example.org") "}";
    char answer[1024];

    (void)state;
    (void)snprintf(answer, sizeof(answer), "{" NETWORK ", \"entities\": [%s]}", below);
    assert_string_equal(read_one(answer).abuse, "holder@example.org");
    (void)snprintf(answer, sizeof(answer), "{" NETWORK ", \"entities\": [%s, %s]}", below,
                   beside);
    assert_string_equal(read_one(answer).abuse, "network@example.org");
}

static void a_contact_that_mail_cant_reach_is_none(void **state)
{
    struct rdap_network network = read_one(
        "{" NETWORK ", \"entities\": ["
        " {\"roles\": [\"abuse\"], " MAIL(
            "a@b.example\\r\\nBcc: all@example.org") "},"
                                                     " {\"roles\": [\"abuse\"], " MAIL(
                                                         "<script>") "},"
                                                                     " {\"roles\": "
                                                                     "[\"abuse\"], "
                                                                     "\"vcardArray\": "
                                                                     "[\"vcard\", [[\"email\", "
                                                                     "{}, \"text\", 7],"
                                                                     "   [\"email\", {}, "
                                                                     "\"uri\", "
                                                                     "\"mailto:second@example."
                                                                     "org\"]]]}]}");

    (void)state;
    assert_string_equal(network.abuse, "second@example.org");
}

static void a_persons_name_is_not_kept(void **state)
{
    struct rdap_network network =
        read_one("{" NETWORK ", \"entities\": [{\"roles\": [\"registrant\"],"
                 " \"vcardArray\": [\"vcard\", [[\"fn\", {}, \"text\", \"Jane Doe\"],"
                 " [\"kind\", {}, \"text\", \"individual\"]]]}]}");

    (void)state;
    assert_string_equal(network.organisation, "");
    network = read_one("{" NETWORK ", \"entities\": [{\"roles\": [\"registrant\"],"
                       " \"vcardArray\": [\"vcard\", [[\"kind\", {}, \"text\", \"individual\"],"
                       " [\"org\", {}, \"text\", [\"Example Org\", \"Desk\"]]]]}]}");
    assert_string_equal(network.organisation, "Example Org");
}

static void long_texts_are_cut_between_characters(void **state)
{
    char name[400] = "", answer[600];
    struct rdap_network network;

    (void)state;
    for (size_t i = 0; i < 60; i++)
        strcat(name, "\xe2\x82\xac"); /* three bytes each: 127 is no multiple */
    (void)snprintf(answer, sizeof(answer), "{" NETWORK ", \"name\": \"%s\"}", name);
    network = read_one(answer);
    assert_int_equal(strlen(network.name), 126);
    assert_memory_equal(network.name, name, 126);
}

static void ranges_that_are_no_prefix_are_told_as_such(void **state)
{
    char range[RDAP_RANGE_MAX];
    struct rdap_network network =
        read_one("{\"objectClassName\": \"ip network\", \"startAddress\": \"203.0.113.0\","
                 " \"endAddress\": \"203.0.113.99\"}");
    struct nj_err err;

    (void)state;
    assert_string_equal(rdap_range(&network.net, range), "203.0.113.0 - 203.0.113.99");
    assert_int_equal(
        read_for("2001:db8::7",
                 "{\"objectClassName\": \"ip network\", \"startAddress\": \"2001:db8::\","
                 " \"endAddress\": \"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\"}",
                 &network, &err),
        0);
    assert_string_equal(rdap_range(&network.net, range), "2001:db8::/32");
}

static void an_answer_about_something_else_is_none(void **state)
{
    (void)state;
    refuse("198.51.100.1", "{" NETWORK "}", "without 198.51.100.1");
    refuse("203.0.113.7", "{\"objectClassName\": \"domain\"}", "no \"ip network\"");
    refuse("203.0.113.7", "{\"errorCode\": 400, \"title\": \"no\"}", "is no network");
    refuse("203.0.113.7",
           "{\"objectClassName\": \"ip network\", \"startAddress\": \"0.0.0.0\","
           " \"endAddress\": \"255.255.255.255\"}",
           "nobody's network");
    refuse("2001:db8::7",
           "{\"objectClassName\": \"ip network\", \"startAddress\": \"::1:0:0:0:0\","
           " \"endAddress\": \"ffff::\"}",
           "nobody's network");
    refuse("203.0.113.7",
           "{\"objectClassName\": \"ip network\", \"startAddress\": \"203.0.113.9\","
           " \"endAddress\": \"203.0.113.0\"}",
           "is no network");
    refuse("203.0.113.7",
           "{\"objectClassName\": \"ip network\", \"startAddress\": 5, \"endAddress\": []}",
           "is no network");
}

static void nonsense_is_refused(void **state)
{
    static char deep[200000];
    char *huge = calloc(1, RDAP_ANSWER_MAX + 2);

    (void)state;
    refuse("203.0.113.7", "", "no JSON");
    refuse("203.0.113.7", "<html>no</html>", "no JSON");
    refuse("203.0.113.7", "{" NETWORK, "no JSON");
    refuse("203.0.113.7", "[1]", "is no network");
    memset(deep, '[', sizeof(deep) - 1);
    refuse("203.0.113.7", deep, "no JSON");
    memset(huge, ' ', RDAP_ANSWER_MAX + 1);
    refuse("203.0.113.7", huge, "at most");
    free(huge);
}

/* As RIPE's and LACNIC's were in 2016. */
static void what_registries_do_otherwise_is_read_too(void **state)
{
    struct rdap_network network =
        read_one("{\"startAddress\": \"203.0.113.0/32\", \"endAddress\": \"203.0.113.255/32\","
                 " \"entities\": [{\"roles\": [\"administrative\", \"abuse\"], \"vcardArray\":"
                 "  [\"vcard\", [[\"kind\", {}, \"text\", \"individual\"], [\"adr\", {}, "
                 "\"text\", null],"
                 "   [\"email\", {}, \"text\", \"NOC@EXAMPLE.ORG\"]]], \"entities\":"
                 "  [{\"handle\": \"X-MNT\", \"roles\": [\"registrant\"]}]}]}");
    char range[RDAP_RANGE_MAX];

    (void)state;
    assert_string_equal(rdap_range(&network.net, range), "203.0.113.0/24");
    assert_string_equal(network.abuse, "NOC@EXAMPLE.ORG");
    assert_string_equal(network.organisation, "");
}

static void wrong_types_everywhere_are_harmless(void **state)
{
    static const char *const members[] = {
        "\"entities\": 5",
        "\"entities\": [5, null, [], {\"roles\": {}}]",
        "\"entities\": [{\"roles\": [\"abuse\"], \"vcardArray\": [\"vcard\", [[], [5], 7]]}]",
        "\"entities\": {\"roles\": [\"abuse\"]}",
        "\"events\": [null, {\"eventAction\": 1}]",
        "\"events\": [{\"eventAction\": \"registration\", \"eventDate\": \"2011-99-99\"}]",
        "\"events\": [{\"eventAction\": \"registration\", \"eventDate\": \"201\"}]",
        "\"country\": \"China\"",
        "\"country\": \"1!\"",
        "\"name\": {\"a\": []}",
    };
    char answer[512];

    (void)state;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        struct rdap_network network;

        (void)snprintf(answer, sizeof(answer), "{" NETWORK ", %s}", members[i]);
        network = read_one(answer);
        assert_string_equal(network.abuse, "");
        assert_string_equal(network.country, "");
        assert_string_equal(network.registered, "");
        assert_string_equal(network.name, "");
    }
}

/* ---- servers ---- */

static int on_server(void *ctx, const struct prefix *net, const char *url, struct nj_err *err)
{
    char *text = ctx, range[RDAP_RANGE_MAX];

    (void)err;
    (void)snprintf(text + strlen(text), 500 - strlen(text), "%s %s\n",
                   rdap_range(&net[0], range), url);
    return 0;
}

static void the_list_of_servers_is_read(void **state)
{
    static const char file[] =
        "{\"version\": \"1.0\", \"publication\": \"2020-01-02T03:04:05Z\", \"services\": ["
        "[[\"203.0.113.0/24\", \"198.51.100.0/24\"],"
        " [\"http://plain.example/\", \"https://rdap.example/base\"]],"
        "[[\"192.0.2.0/24\"], [\"http://plain.example/\"]],"
        "[[\"nonsense\", 5, \"2001:db8::/32\"], [\"https://six.example/\"]], 7, {}]}";
    struct rdap_servers_read read;
    struct nj_err err;
    char text[500] = "";

    (void)state;
    assert_int_equal(rdap_read_servers(file, strlen(file), false, on_server, text, &read, &err),
                     0);
    assert_string_equal(text, "203.0.113.0/24 https://rdap.example/base/\n"
                              "198.51.100.0/24 https://rdap.example/base/\n"
                              "2001:db8::/32 https://six.example/\n");
    assert_int_equal(read.taken, 3);
    assert_int_equal(read.refused, 3);
    assert_int_equal(read.published_us, 1577934245000000);
}

static void a_list_without_a_server_is_none(void **state)
{
    static const char *const files[] = {"", "[]", "{}", "{\"services\": []}",
                                        "{\"services\": [[[\"192.0.2.0/24\"], []]]}"};
    struct rdap_servers_read read;
    struct nj_err err;
    char text[500] = "";

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_int_equal(
            rdap_read_servers(files[i], strlen(files[i]), false, on_server, text, &read, &err),
            -1);
    assert_string_equal(text, "");
}

static void only_tls_or_this_machine_is_asked(void **state)
{
    (void)state;
    assert_true(rdap_may_ask("https://rdap.example/", false));
    assert_false(rdap_may_ask("http://rdap.example/", true));
    assert_false(rdap_may_ask("http://127.0.0.1:8080/", false));
    assert_true(rdap_may_ask("http://127.0.0.1:8080/", true));
    assert_false(rdap_may_ask("http://127.0.0.1.example/", true));
    assert_false(rdap_may_ask("http://127.0.0.1@rdap.example/", true));
    assert_false(rdap_may_ask("file:///etc/passwd", true));
    assert_false(rdap_may_ask("https://user@rdap.example/", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_read),
        cmocka_unit_test(what_is_not_told_is_empty),
        cmocka_unit_test(the_networks_own_contact_comes_before_its_holders),
        cmocka_unit_test(a_contact_that_mail_cant_reach_is_none),
        cmocka_unit_test(a_persons_name_is_not_kept),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(ranges_that_are_no_prefix_are_told_as_such),
        cmocka_unit_test(an_answer_about_something_else_is_none),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(what_registries_do_otherwise_is_read_too),
        cmocka_unit_test(wrong_types_everywhere_are_harmless),
        cmocka_unit_test(the_list_of_servers_is_read),
        cmocka_unit_test(a_list_without_a_server_is_none),
        cmocka_unit_test(only_tls_or_this_machine_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
