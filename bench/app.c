/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to recognise a payload: app_read and classify, ns a packet, for payloads that
 * scanners send and for some that nothing recognises. Without traits (the sink is NULL) and
 * with a sink, from one source that says the same again. Best of five rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "classify/classify.h"
#include "classify/payload_rules.h"

#define ROUNDS 5
#define REPEATS 200000

#define TEXT(NAME, PROTO, PORT, BYTES)                                                         \
    {                                                                                          \
        .name = NAME, .proto = PROTO, .dport = PORT, .bytes = (BYTES),                         \
        .length = sizeof(BYTES) - 1                                                            \
    }

static const struct probe {
    const char *name;
    uint8_t proto;
    uint16_t dport;
    const char *bytes;
    size_t length;
} probes[] = {
    TEXT("http", PROTO_TCP, 80,
         "GET / HTTP/1.1\r\nHost: 192.0.2.7\r\nUser-Agent: Mozilla/5.0 zgrab/0.x\r\n"
         "Accept: */*\r\nAccept-Encoding: gzip\r\n\r\n"),
    TEXT(
        "http-long", PROTO_TCP, 8080,
        "GET /shell?id=7&name=index&lang=en HTTP/1.1\r\nConnection: keep-alive\r\n"
        "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nUser-Agent: python-requests/2.6.0\r\n"
        "Host: 192.0.2.7:8080\r\n\r\n"),
    TEXT("tls", PROTO_TCP, 443,
         "\x16\x03\x01\x00\x7b\x01\x00\x00\x77\x03\x03"
         "\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x08"
         "\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x08\x00"
         "\x00\x1a\xc0\x2f\xc0\x2b\xc0\x11\xc0\x07\xc0\x13\xc0\x09\xc0\x14\xc0\x0a\x00\x05"
         "\x00\x2f\x00\x35\xc0\x12\x00\x0a\x01\x00\x00\x34\x00\x05\x00\x05\x01\x00\x00\x00\x00"
         "\x00\x0a\x00\x08\x00\x06\x00\x17\x00\x18\x00\x19\x00\x0b\x00\x02\x01\x00"
         "\x00\x0d\x00\x10\x00\x0e\x04\x01\x04\x03\x02\x01\x02\x03\x04\x01\x05\x01\x06\x01"
         "\xff\x01\x00\x01\x00"),
    TEXT("ssh", PROTO_TCP, 22, "SSH-2.0-Go\r\n"),
    TEXT("rdp", PROTO_TCP, 3389,
         "\x03\x00\x00\x2b\x26\xe0\x00\x00\x00\x00\x00"
         "Cookie: mstshash=hello\r\n\x01\x00\x08\x00\x03\x00\x00\x00"),
    TEXT("redis", PROTO_TCP, 6379, "*1\r\n$4\r\nINFO\r\n"),
    TEXT("sip", PROTO_UDP, 5060,
         "OPTIONS sip:100@192.0.2.7 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9:5060;rport\r\n"
         "From: \"sipvicious\"<sip:100@1.1.1.1>;tag=31\r\nUser-Agent: friendly-scanner\r\n"
         "Content-Length: 0\r\n\r\n"),
    TEXT("dns", PROTO_UDP, 53,
         "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07version\x04"
         "bind\x00\x00\x10\x00\x03"),
    TEXT("ssdp", PROTO_UDP, 1900,
         "M-SEARCH * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nST: ssdp:all\r\n"
         "Man: \"ssdp:discover\"\r\nMX: 3\r\n\r\n"),
    TEXT("text of nobody", PROTO_TCP, 9999,
         "Phasellus vitae est sed arcu porta tempor, nec quisquam dicit quid velit aut cur "
         "venerit; sic transit omnis verborum copia per portas."),
    TEXT("bytes of nobody", PROTO_UDP, 9999,
         "\xd1\x92\x07\x5f\x91\xe2\x00\x33\xaa\x5c\xd1\x92\x07\x5f\x91\xe2\x80\x33\xaa\x5c"
         "\xd1\x92\x07\x5f\x91\xe2\x80\x33\xaa\x5c\xd1\x92\x07\x5f\x91\xe2\x80\x33\xaa\x5c"
         "\xd1\x92\x07\x5f\x91\xe2\x80\x33\xaa\x5c\xd1\x92\x07\x5f\x91\xe2\x80\x33\xaa\x5c"),
};

static int no_trait(void *ctx, const struct trait *trait, struct nj_err *err)
{
    (void)ctx;
    (void)trait;
    (void)err;
    return 0;
}

static double now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

enum part { PART_SEEN, PART_TOLD, PART_CLASS, PARTS };

static double cost(enum part part, struct app *app, const struct classifier *classifier,
                   const struct packet *like)
{
    double best = 1e18;

    for (unsigned round = 0; round < ROUNDS; round++) {
        double began = now_ns(), took;

        for (unsigned i = 0; i < REPEATS; i++) {
            struct packet packet = *like;
            char user[VISIT_USER_MAX];
            struct nj_err err;

            if (part == PART_CLASS)
                classify(classifier, &packet);
            else if (app_read(app, &packet, user, &err) < 0)
                return -1;
            __asm__ volatile("" : : "r"(&packet) : "memory");
        }
        took = (now_ns() - began) / REPEATS;
        best = took < best ? took : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    struct nj_intern *names = nj_intern_new(4096);
    struct payload_rules *rules = NULL;
    struct classifier *classifier;
    struct app *quiet, *telling;
    struct nj_err err;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: bench-app data/payload-rules.txt\n");
        return 2;
    }
    if (names == NULL || payload_rules_load(argv[1], names, &rules, &err) < 0 ||
        (classifier = classifier_new(names, rules)) == NULL ||
        app_new(names, NULL, NULL, &quiet, &err) < 0 ||
        app_new(names, no_trait, NULL, &telling, &err) < 0) {
        (void)fprintf(stderr, "bench-app: %s\n", err.msg);
        return 1;
    }
    (void)printf("%-16s %5s  %-10s %8s %8s %8s\n", "payload", "bytes", "app", "see ns",
                 "tell ns", "class ns");
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        struct packet like = {.src = addr_from_v4(0xcb007109),
                              .dst = addr_from_v4(0xc0000207),
                              .sport = 40000,
                              .dport = probes[i].dport,
                              .proto = probes[i].proto,
                              .tcp_flags = TCP_PSH | TCP_ACK,
                              .ip_version = 4,
                              .payload = (const uint8_t *)probes[i].bytes,
                              .payload_length = (uint32_t)probes[i].length};
        struct packet seen = like;
        char user[VISIT_USER_MAX];

        if (app_read(quiet, &seen, user, &err) < 0)
            return 1;
        (void)printf("%-16s %5zu  %-10s %8.0f %8.0f %8.0f\n", probes[i].name, probes[i].length,
                     seen.app == 0 ? "-" : nj_intern_text(names, seen.app),
                     cost(PART_SEEN, quiet, classifier, &like),
                     cost(PART_TOLD, telling, classifier, &like),
                     cost(PART_CLASS, quiet, classifier, &seen));
    }
    app_free(telling);
    app_free(quiet);
    classifier_free(classifier);
    payload_rules_free(rules);
    nj_intern_free(names);
    return 0;
}
