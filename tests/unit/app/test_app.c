/* SPDX-License-Identifier: Apache-2.0 */
#include "app/app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct nj_intern *names;
static struct app *app;
static char told[TRAIT_VALUE_MAX];
static unsigned told_count;
static char user[VISIT_USER_MAX];

static int tell(void *ctx, const struct trait *trait, struct nj_err *err)
{
    (void)ctx;
    (void)err;
    memcpy(told, trait->value, sizeof(told));
    told_count++;
    return 0;
}

static int setup(void **state)
{
    (void)state;
    names = nj_intern_new(1000);
    told[0] = '\0';
    told_count = 0;
    return app_new(names, tell, NULL, &app, NULL);
}

static int teardown(void **state)
{
    (void)state;
    app_free(app);
    nj_intern_free(names);
    return 0;
}

struct sample {
    const char *app; /* "" if nothing is recognised */
    uint8_t proto;
    uint16_t sport, dport;
    const char *payload;
    size_t length;
    const char *told; /* NULL: nothing */
    const char *user; /* NULL: none */
};
#define TCP(APP, PORT, PAYLOAD, TOLD, USER)                                                    \
    {                                                                                          \
        APP, PROTO_TCP, 50000, PORT, PAYLOAD, sizeof(PAYLOAD) - 1, TOLD, USER                  \
    }
#define UDP(APP, PORT, PAYLOAD, TOLD)                                                          \
    {                                                                                          \
        APP, PROTO_UDP, 50000, PORT, PAYLOAD, sizeof(PAYLOAD) - 1, TOLD, NULL                  \
    }
#define ZEROS8 "\0\0\0\0\0\0\0\0"
#define ZEROS32 ZEROS8 ZEROS8 ZEROS8 ZEROS8

/* clang-format off */
static const struct sample samples[] = {
    TCP("http", 9999, "GET /a b HTTP/1.1\r\nHost: 192.0.2.1\r\nuser-agent:  zgrab/0.x \r\n\r\n",
        "http ua=zgrab/0.x method=GET path=/a b host=192.0.2.1", NULL),
    TCP("http", 80, "GET /\x1b[2J\xff HTTP/1.0\r\n\r\n",
        "http method=GET path=/\\x1b[2J\\xff", NULL),
    TCP("docker", 80, "GET /v1.24/containers/json HTTP/1.1\r\n\r\n",
        "docker method=GET path=/v1.24/containers/json", NULL),
    TCP("", 80, "GETTING somewhere\r\n", NULL, NULL),
    TCP("tls", 1, "\x16\x03\x01\x00\x42\x01\x00\x00\x3e\x03\x03" ZEROS32
        "\x00\x00\x04\x0a\x0a\x13\x01\x01\x00\x00\x11\x00\x00\x00\x0d\x00\x0b\x00\x00\x08"
        "a.exampl", "tls version=303 sni=a.exampl", NULL),
    TCP("ssh", 2222, "SSH-2.0-Go\r\n", "ssh version=SSH-2.0-Go", NULL),
    TCP("rdp", 1, "\x03\x00\x00\x2b\x26\xe0\0\0\0\0\0Cookie: mstshash=hello\r\n"
        "\x01\x00\x08\x00\x03\x00\x00\x00", "rdp mstshash=hello protocols=3", "hello"),
    TCP("s7comm", 1, "\x03\x00\x00\x16\x11\xe0\0\0\0\x01\0\xc1\x02\x01\0\xc2\x02\x01\x02\xc0\x01\x0a",
        NULL, NULL),
    TCP("s7comm", 102, "\x03\x00\x00\x19\x02\xf0\x80\x32\x01\0\0\0\0\0\x08\0\0\xf0\0\0\x01\0\x01\x01\xe0",
        "s7comm function=setup", NULL),
    TCP("smb", 1, "\0\0\0\x2f\xffSMB\x72\0\0\0\0\x18\x01\x28" ZEROS8 "\0\0\0\0\xff\xfe\0\0\0\0\0\0"
        "\0\x0c\0\x02NT LM 0.12\0", "smb version=1 dialects=NT LM 0.12", NULL),
    TCP("telnet", 1, "\xff\xfd\x01\xff\xfb\x1f", "telnet options=do1,will31", NULL),
    TCP("ftp", 1, "USER anonymous\r\n", "ftp user=anonymous", "anonymous"),
    TCP("pop3", 110, "USER bob\r\n", "pop3 user=bob", "bob"),
    TCP("", 6667, "USER a b c :d\r\n", NULL, NULL),
    TCP("smtp", 1, "EHLO example.org\r\n", "smtp helo=example.org", NULL),
    TCP("sip", 1, "OPTIONS sip:nm SIP/2.0\r\nUser-Agent: x\r\n\r\n",
        "sip ua=x method=OPTIONS target=sip:nm", NULL),
    TCP("rtsp", 1, "OPTIONS / RTSP/1.0\r\n\r\n", "rtsp path=/", NULL),
    TCP("redis", 1, "*1\r\n$4\r\nINFO\r\n", "redis command=INFO", NULL),
    TCP("memcached", 1, "stats\r\n", "memcached command=stats", NULL),
    TCP("mssql", 1, "\x12\x01\0\x0f\0\0\0\0\0\0\x06\0\x06\xff\0", NULL, NULL),
    TCP("mysql", 1, "\x26\0\0\x01\x85\xa6\xff\x01\0\0\0\x01\x21" ZEROS8 ZEROS8 "\0\0\0\0\0\0\0"
        "root\0\0", "mysql user=root", "root"),
    TCP("postgresql", 1, "\0\0\0\x08\x04\xd2\x16\x2f", "postgresql message=ssl", NULL),
    TCP("postgresql", 1, "\0\0\0\x17\0\x03\0\0user\0postgres\0\0", "postgresql user=postgres",
        "postgres"),
    TCP("mongodb", 1, "\x25\0\0\0\x01\0\0\0\0\0\0\0\xd4\x07\0\0\0\0\0\0admin.$cmd\0\0\0",
        "mongodb collection=admin.$cmd", NULL),
    TCP("mqtt", 1, "\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01x", "mqtt level=4 client=x", NULL),
    TCP("adb", 1, "CNXN\0\0\0\x01\0\x10\0\0\x07\0\0\0\0\0\0\0\xbc\xb1\xa7\xb1host::\0",
        "adb command=CNXN text=host::", NULL),
    TCP("vnc", 1, "RFB 003.008\n", "vnc version=003.008", NULL),
    TCP("modbus", 502, "\0\x01\0\0\0\x05\x01\x2b\x0e\x01\0", "modbus function=43", NULL),
    TCP("ldap", 1, "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0",
        "ldap bind_version=3", NULL),
    UDP("dns", 1, "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07version\x04" "bind\0\0\x10\0\x03",
        "dns name=version.bind type=16"),
    UDP("", 53, "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07ver", NULL),
    UDP("ntp", 123, "\x17\0\x03\x2a\0\0\0\0", "ntp private=42 version=2"),
    UDP("snmp", 1, "\x30\x18\x02\x01\x01\x04\x06public\xa0\x0b\x02\x01\x01\x02\x01\0\x02\x01\0\x30\0",
        "snmp version=2c community=public"),
    UDP("ssdp", 1, "M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n", "ssdp st=ssdp:all"),
    UDP("memcached", 1, "\0\0\0\0\0\x01\0\0stats\r\n", "memcached command=stats"),
    UDP("bacnet", 1, "\x81\x0a\0\x08\x01\0\x10\x08", NULL),
    UDP("sip", 1, "REGISTER sip:192.0.2.1 SIP/2.0\r\n\r\n",
        "sip method=REGISTER target=sip:192.0.2.1"),
};
/* clang-format on */
#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static struct packet read_cut(const struct sample *sample, size_t length)
{
    uint8_t *copy = malloc(length + 1); /* of its own, so that sanitizers see its end */
    struct packet packet = {.proto = sample->proto,
                            .sport = sample->sport,
                            .dport = sample->dport,
                            .payload = copy,
                            .payload_length = (uint32_t)length};

    assert_non_null(copy);
    memcpy(copy, sample->payload, length);
    assert_int_equal(app_read(app, &packet, user, NULL), 0);
    free(copy);
    return packet;
}

static void each_protocol_is_known_by_its_payload(void **state)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        struct packet packet;

        teardown(state);
        setup(state);
        packet = read_cut(&samples[i], samples[i].length);
        if (strcmp(nj_intern_text(names, packet.app), samples[i].app) != 0)
            fail_msg("sample %zu: found \"%s\", expected \"%s\"", i,
                     nj_intern_text(names, packet.app), samples[i].app);
        if (samples[i].told == NULL)
            assert_string_equal(told, "");
        else if (strncmp(told, samples[i].told, strlen(samples[i].told)) != 0)
            fail_msg("sample %zu: told \"%s\", expected \"%s\"", i, told, samples[i].told);
        if (samples[i].user == NULL)
            assert_null(packet.user);
        else
            assert_string_equal(packet.user, samples[i].user);
    }
}

static void every_cut_of_a_payload_is_harmless(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++)
        for (size_t length = 0; length <= samples[i].length; length++)
            (void)read_cut(&samples[i], length);
}

static void the_fingerprint_of_a_hello_ignores_grease_and_the_order_of_extensions(void **state)
{
#define HELLO(CIPHERS, EXTENSIONS)                                                             \
    "\x16\x03\x01\x00\x39\x01\x00\x00\x35\x03\x03" ZEROS32 "\x00\x00\x04" CIPHERS              \
    "\x01\x00\x00\x08" EXTENSIONS
    static const struct sample hellos[] = {
        TCP("tls", 443, HELLO("\x0a\x0a\x13\x01", "\x00\x17\x00\x00\x00\x23\x00\x00"), NULL,
            NULL),
        TCP("tls", 443, HELLO("\xba\xba\x13\x01", "\x00\x23\x00\x00\x00\x17\x00\x00"), NULL,
            NULL),
        TCP("tls", 443, HELLO("\xba\xba\x13\x02", "\x00\x23\x00\x00\x00\x17\x00\x00"), NULL,
            NULL),
    };

    (void)state;
    (void)read_cut(&hellos[0], hellos[0].length);
    assert_non_null(strstr(told, " fp=303.01.02."));
    (void)read_cut(&hellos[1], hellos[1].length);
    assert_int_equal(told_count, 1);
    (void)read_cut(&hellos[2], hellos[2].length);
    assert_int_equal(told_count, 2);
}

static void what_was_said_is_told_once_also_after_a_restart(void **state)
{
    struct sample hello = TCP("ssh", 22, "SSH-2.0-Go\r\n", NULL, NULL);
    char *bytes = NULL;
    size_t size;
    FILE *file = open_memstream(&bytes, &size);

    (void)read_cut(&hello, hello.length);
    (void)read_cut(&hello, hello.length);
    assert_int_equal(told_count, 1);
    assert_int_equal(app_save(app, file, NULL), 0);
    (void)fclose(file);
    teardown(state);
    setup(state);
    file = fmemopen(bytes, size, "r");
    assert_int_equal(app_load(app, file, NULL), 0);
    (void)fclose(file);
    (void)read_cut(&hello, hello.length);
    assert_int_equal(told_count, 0);
    for (size_t cut = 0; cut < size; cut++) {
        file = fmemopen(bytes, cut == 0 ? 1 : cut, "r");
        assert_int_equal(app_load(app, file, NULL), -1);
        (void)fclose(file);
    }
    free(bytes);
}

static void one_source_is_told_of_a_bounded_number_of_times(void **state)
{
    char payload[] = "SSH-2.0-0000\r\n";
    struct sample hello = {"ssh",   PROTO_TCP,           50000, 22,
                           payload, sizeof(payload) - 1, NULL,  NULL};

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(payload + 8, 7, "%04u\r\n", i);
        (void)read_cut(&hello, hello.length);
    }
    assert_int_equal(told_count, APP_TRAITS);
}

static void long_values_are_cut_and_stay_printable(void **state)
{
    char payload[600];
    struct sample hello = {"http", PROTO_TCP, 50000, 80, payload, sizeof(payload), NULL, NULL};

    (void)state;
    memset(payload, 0xee, sizeof(payload));
    memcpy(payload, "GET /", 5);
    (void)read_cut(&hello, hello.length);
    assert_int_equal(told_count, 1);
    assert_true(strlen(told) < TRAIT_VALUE_MAX);
    assert_string_equal(told + strlen(told) - 3, "...");
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_protocol_is_known_by_its_payload),
        TEST(every_cut_of_a_payload_is_harmless),
        TEST(the_fingerprint_of_a_hello_ignores_grease_and_the_order_of_extensions),
        TEST(what_was_said_is_told_once_also_after_a_restart),
        TEST(one_source_is_told_of_a_bounded_number_of_times),
        TEST(long_values_are_cut_and_stay_printable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
