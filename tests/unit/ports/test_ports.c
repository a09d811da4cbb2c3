/* SPDX-License-Identifier: Apache-2.0 */
#include "ports/ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/packet.h"

static void assert_refused(const char *text, const char *message)
{
    struct ports *ports;
    struct nj_err err = {.code = NJ_OK};

    assert_int_equal(ports_parse(text, strlen(text), "p.tsv", &ports, &err), -1);
    assert_string_equal(err.msg, message);
}

static void a_line_becomes_what_is_known_of_a_port(void **state)
{
    static const char text[] = "# head\n\n53\tudp\tdomain\tDNS\tname-time\t\t0.3\tiana\n"
                               "22\ttcp\tssh\tlogins\tremote-access\tregreSSHion\t.8\tiana";
    const struct port_info *info;
    struct ports *ports;

    (void)state;
    assert_int_equal(ports_parse(text, strlen(text), "p.tsv", &ports, NULL), 0);
    assert_int_equal(ports_count(ports), 2);
    info = ports_find(ports, 22, PROTO_TCP);
    assert_non_null(info);
    assert_string_equal(info->practice, "logins");
    assert_string_equal(info->category, "remote-access");
    assert_string_equal(info->known, "regreSSHion");
    assert_true(info->risk > 0.799 && info->risk < 0.801);
    assert_string_equal(ports_service(ports, 53, PROTO_UDP), "DNS");
    assert_null(ports_find(ports, 53, PROTO_TCP));
    assert_string_equal(ports_service(ports, 53, PROTO_TCP), "");
    assert_true(ports_risk(ports, 53, PROTO_TCP) == PORT_RISK_UNKNOWN);
    ports_free(ports);
}

static void a_service_is_named_by_what_runs_there_or_else_as_registered(void **state)
{
    static const char text[] =
        "9200\ttcp\twap-wsp\tElasticsearch; data wiped\tdatabase\t\t0.9\tiana\n"
        "3389\ttcp\tms-wbt-server\tRemote Desktop (RDP): logins\tremote-access\t\t0.9\t\n"
        "4876\ttcp\ttritium-can\t\tother\t\t0.2\tiana\n"
        "2\ttcp\t\t\tother\t\t0.1\t\n";
    struct ports *ports;

    (void)state;
    assert_int_equal(ports_parse(text, strlen(text), "p.tsv", &ports, NULL), 0);
    assert_string_equal(ports_service(ports, 9200, PROTO_TCP), "Elasticsearch");
    assert_string_equal(ports_service(ports, 3389, PROTO_TCP), "Remote Desktop");
    assert_string_equal(ports_service(ports, 4876, PROTO_TCP), "tritium-can");
    assert_string_equal(ports_service(ports, 2, PROTO_TCP), "");
    assert_string_equal(ports_find(ports, 9200, PROTO_TCP)->practice,
                        "Elasticsearch; data wiped");
    assert_string_equal(ports_find(ports, 9200, PROTO_TCP)->iana, "wap-wsp");
    ports_free(ports);
}

static void a_port_beside_another_has_its_own_service_or_that_one_moved(void **state)
{
    static const struct {
        uint16_t port, other;
        bool own;
    } cases[] = {
        {1080, 80, true},    /* proxies */
        {1025, 25, true},    /* Windows RPC */
        {2379, 2375, true},  /* etcd beside Docker */
        {8086, 8080, true},  /* InfluxDB */
        {3390, 3389, false}, /* RDP moved */
        {2323, 23, false},   {2222, 22, false},   {8081, 8080, false}, {10023, 23, false},
        {5901, 5900, false}, {2376, 2375, false}, {3307, 3306, false}, {33389, 3389, false},
        {3401, 3389, false}, /* nothing is known of it */
    };
    struct nj_err err;
    struct ports *ports;

    (void)state;
    if (ports_load(NJ_SOURCE_DATA "/ports.tsv", &ports, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (ports_own_service(ports, cases[i].port, PROTO_TCP, cases[i].other) != cases[i].own)
            fail_msg("%u beside %u", cases[i].port, cases[i].other);
    ports_free(ports);
}

static void port_0_and_the_requests_of_icmp_have_names(void **state)
{
    struct nj_err err;
    struct ports *ports;

    (void)state;
    if (ports_load(NJ_SOURCE_DATA "/ports.tsv", &ports, &err) < 0)
        fail_msg("%s", err.msg);
    assert_string_equal(ports_service(ports, 0, PROTO_TCP), "reserved, or not told");
    assert_string_equal(ports_service(ports, 0, PROTO_UDP), "reserved, or not told");
    assert_string_equal(ports_service(ports, 8 << 8, PROTO_ICMP), "echo request");
    assert_string_equal(ports_service(ports, 128 << 8, PROTO_ICMPV6), "echo request");
    assert_string_equal(ports_service(ports, 8 << 8, PROTO_TCP), "");
    ports_free(ports);
}

/* They stand in tables, in labels of figures and within sentences. */
static void the_names_of_the_shipped_file_are_short(void **state)
{
    struct nj_err err;
    struct ports *ports;

    (void)state;
    if (ports_load(NJ_SOURCE_DATA "/ports.tsv", &ports, &err) < 0)
        fail_msg("%s", err.msg);
    for (uint32_t port = 1; port < 65536; port++) {
        const char *name = ports_service(ports, (uint16_t)port, PROTO_TCP);

        if (strlen(name) > 36)
            fail_msg("%u: \"%s\"", port, name);
    }
    ports_free(ports);
}

static void faults_are_told_with_their_line(void **state)
{
    (void)state;
    assert_refused("22\ttcp\tssh\n", "p.tsv:1: 3 fields, expected 8 with tabs between");
    assert_refused("#\n-1\ttcp\t\t\tweb\t\t0.1\t\n",
                   "p.tsv:2: port \"-1\", expected 0 to 65535");
    assert_refused("65536\ttcp\t\t\tweb\t\t0.1\t\n",
                   "p.tsv:1: port \"65536\", expected 0 to 65535");
    assert_refused("1\tgre\t\t\tweb\t\t0.1\t\n",
                   "p.tsv:1: protocol \"gre\", expected tcp, udp, sctp, icmp or icmpv6");
    assert_refused("1\ttcp\t\t\tsomething\t\t0.1\t\n",
                   "p.tsv:1: there is no category \"something\"");
    assert_refused("1\ttcp\t\t\tweb\t\t1.1\t\n", "p.tsv:1: risk \"1.1\", expected 0 to 1");
    assert_refused("1\ttcp\t\t\tweb\t\t0,1\t\n", "p.tsv:1: risk \"0,1\", expected 0 to 1");
    assert_refused("1\ttcp\t\t\tweb\t\t\t\n", "p.tsv:1: risk \"\", expected 0 to 1");
    assert_refused("1\ttcp\t\t\tweb\t\t0\t\n1\ttcp\t\t\tweb\t\t0\t\n",
                   "p.tsv: port 1 stands there twice for one protocol");
}

/* Values that other parts rely on: the scale of the risk. */
static void the_shipped_file_knows_the_ports_that_matter(void **state)
{
    static const struct {
        uint16_t port;
        double risk;
        const char *category;
    } expected[] = {
        {21, 0.5, "file-sharing"},  {22, 0.8, "remote-access"},
        {23, 0.9, "remote-access"}, {25, 0.4, "mail"},
        {53, 0.3, "name-time"},     {80, 0.2, "web"},
        {443, 0.1, "web"},          {3389, 0.9, "remote-access"},
        {8080, 0.3, "web"},         {2323, 0.9, "remote-access"},
        {1433, 0.9, "database"},    {445, 0.9, "file-sharing"},
        {9530, 0.9, "iot"},         {502, 0.9, "industrial"},
        {37215, 0.9, "iot"},
    };
    struct nj_err err;
    struct ports *ports;

    (void)state;
    if (ports_load(NJ_SOURCE_DATA "/ports.tsv", &ports, &err) < 0)
        fail_msg("%s", err.msg);
    assert_true(ports_count(ports) >= 500);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct port_info *info = ports_find(ports, expected[i].port, PROTO_TCP);

        assert_non_null(info);
        assert_true(info->risk > expected[i].risk - 0.001 &&
                    info->risk < expected[i].risk + 0.001);
        assert_string_equal(info->category, expected[i].category);
    }
    ports_free(ports);
}

static void a_file_that_is_not_there_is_named(void **state)
{
    struct ports *ports;
    struct nj_err err;

    (void)state;
    assert_int_equal(ports_load("no/such.tsv", &ports, &err), -1);
    assert_int_equal(err.code, NJ_IO);
    assert_non_null(strstr(err.msg, "no/such.tsv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_becomes_what_is_known_of_a_port),
        cmocka_unit_test(a_service_is_named_by_what_runs_there_or_else_as_registered),
        cmocka_unit_test(a_port_beside_another_has_its_own_service_or_that_one_moved),
        cmocka_unit_test(port_0_and_the_requests_of_icmp_have_names),
        cmocka_unit_test(the_names_of_the_shipped_file_are_short),
        cmocka_unit_test(faults_are_told_with_their_line),
        cmocka_unit_test(the_shipped_file_knows_the_ports_that_matter),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
