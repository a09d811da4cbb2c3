/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs, small: what stands in the file and in the truth. Without geo data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/engine.h"
#include "sim/scenario.h"
#include "sim/tool.h"
#include "sim/truth.h"

struct output {
    struct sim_options options;
    struct sim_world world;
    struct sim_geo *geo;
    struct sim_counts counts;
    uint8_t *bytes; /* of the capture */
    size_t length;
    char truth[64];
};

static void read_file(const char *path, uint8_t **ret_bytes, size_t *ret_length)
{
    FILE *in = fopen(path, "re");
    long length;

    assert_non_null(in);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    length = ftell(in);
    rewind(in);
    *ret_bytes = malloc((size_t)length + 1);
    assert_int_equal(fread(*ret_bytes, 1, (size_t)length, in), length);
    (*ret_bytes)[length] = 0;
    *ret_length = (size_t)length;
    (void)fclose(in);
}

static struct output *run(struct sim_options options)
{
    struct output *output = calloc(1, sizeof(*output));
    char path[] = "/tmp/test_sim_XXXXXX";
    const struct sim_scenario *scenario;
    struct sim_pcap *pcap;
    struct nj_err err;

    (void)close(mkstemp(path));
    (void)snprintf(output->truth, sizeof(output->truth), "%s.csv", path);
    output->options = options;
    assert_int_equal(sim_scenario_choose(&output->options, &scenario, &err), 0);
    output->geo = sim_geo_nowhere();
    sim_world_init(&output->world, &output->options, output->geo);
    assert_int_equal(scenario->plan(&output->world, &err), 0);
    assert_int_equal(sim_pcap_open(path, &pcap, &err), 0);
    assert_int_equal(
        sim_engine_run(&output->world, (struct sim_sinks){.pcap = pcap}, &output->counts, &err),
        0);
    assert_int_equal(sim_pcap_close(pcap, &err), 0);
    assert_int_equal(sim_truth_write(&output->world, output->truth, &err), 0);
    read_file(path, &output->bytes, &output->length);
    (void)unlink(path);
    return output;
}

static void output_free(struct output *output)
{
    (void)unlink(output->truth);
    sim_world_done(&output->world);
    sim_geo_free(output->geo);
    free(output->bytes);
    free(output);
}

static const struct sim_options small_background = {
    .scenario = "background", .seed = 42, .packets = 10000, .sources = 400};

static uint32_t native32(const uint8_t *at)
{
    uint32_t v;

    memcpy(&v, at, 4);
    return v;
}

static uint32_t network32(const uint8_t *at)
{
    return __builtin_bswap32(native32(at));
}

static void same_seed_gives_the_same_bytes_and_another_seed_others(void **state)
{
    struct sim_options other = small_background;
    struct output *a = run(small_background), *b = run(small_background), *c;
    uint8_t *truth_a, *truth_b;
    size_t length_a, length_b;

    (void)state;
    other.seed = 43;
    c = run(other);
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->bytes, b->bytes, a->length);
    assert_true(a->length != c->length || memcmp(a->bytes, c->bytes, a->length) != 0);
    read_file(a->truth, &truth_a, &length_a);
    read_file(b->truth, &truth_b, &length_b);
    assert_int_equal(length_a, length_b);
    assert_memory_equal(truth_a, truth_b, length_a);
    free(truth_a);
    free(truth_b);
    output_free(a);
    output_free(b);
    output_free(c);
}

static void capture_holds_all_packets_in_order_and_to_the_telescope_only(void **state)
{
    struct output *out = run(small_background);
    size_t at = 24, packets = 0;
    uint64_t before = 0;

    (void)state;
    assert_int_equal(native32(out->bytes), 0xa1b2c3d4);
    while (at + 16 <= out->length) {
        const uint8_t *record = out->bytes + at, *ip = record + 16 + 14;
        uint64_t us = native32(record) * UINT64_C(1000000) + native32(record + 4);

        assert_true(us >= before);
        assert_int_equal(native32(record + 8), native32(record + 12));
        assert_int_equal(network32(ip + 16) >> 16, 0xc612); /* 198.18.0.0/16 */
        assert_int_not_equal(network32(ip + 12) >> 16, 0xc612);
        before = us;
        at += 16 + native32(record + 8);
        packets++;
    }
    assert_int_equal(at, out->length);
    assert_int_equal(packets, 10000);
    assert_int_equal(out->counts.packets, 10000);
    output_free(out);
}

/* One row of the truth, as far as these tests look. */
struct row {
    char source[20], kind[32], first[32], last[32];
    unsigned actor;
    unsigned long packets, sessions;
    char ports[128];
};

/* Country and asn are "" and 0 without geo data. @return how many rows of `kind`, or all for
 * NULL; the sums go to *ret_sum, the first two to rows[] */
static unsigned rows_of(const char *path, const char *kind, struct row rows[2],
                        struct row *ret_sum)
{
    FILE *in = fopen(path, "re");
    char line[512];
    unsigned count = 0;

    assert_non_null(in);
    memset(ret_sum, 0, sizeof(*ret_sum));
    assert_non_null(fgets(line, sizeof(line), in));
    assert_string_equal(
        line,
        "source,actor,tool,class,kind,country,asn,first,last,packets,sessions,ports,group\n");
    while (fgets(line, sizeof(line), in) != NULL) {
        struct row row = {.ports = ""};

        assert_in_range(sscanf(line,
                               "%19[^,],%u,%*[^,],%*[^,],%31[^,],,%*u,%31[^,],%31[^,],%lu,%lu,"
                               "%127[0-9;]",
                               row.source, &row.actor, row.kind, row.first, row.last,
                               &row.packets, &row.sessions, row.ports),
                        7, 8);
        if (kind != NULL && strcmp(row.kind, kind) != 0)
            continue;
        if (count < 2)
            rows[count] = row;
        count++;
        ret_sum->packets += row.packets;
        ret_sum->sessions += row.sessions;
    }
    (void)fclose(in);
    return count;
}

static void truth_adds_up_to_the_capture(void **state)
{
    struct output *out = run(small_background);
    struct row rows[2], sum;

    (void)state;
    assert_int_equal(rows_of(out->truth, NULL, rows, &sum), 400);
    assert_int_equal(sum.packets, 10000);
    assert_int_equal(sum.sessions, out->counts.sessions);
    output_free(out);
}

static void norse_moves_to_a_second_address_and_back(void **state)
{
    const struct sim_options options = {.scenario = "norse-2014", .seed = 1, .scale = 0.1};
    struct output *out = run(options);
    struct row rows[2], sum;

    (void)state;
    assert_int_equal(rows_of(out->truth, "norse", rows, &sum), 2);
    assert_int_equal(rows[0].actor, rows[1].actor);
    assert_string_equal(rows[0].ports, "21;22;23;25;53;80;443;3389;8080");
    assert_string_equal(rows[1].ports, "21;22;23;25;53;80;443;3389;8080");
    assert_memory_equal(rows[0].first, "2014-09-08", 10);
    assert_memory_equal(rows[0].last, "2014-10-27", 10);
    assert_memory_equal(rows[1].first, "2014-09-23", 10);
    assert_memory_equal(rows[1].last, "2014-10-13", 10);
    assert_in_range(rows[1].sessions, 19200, 19299); /* a tenth */
    output_free(out);
}

/* Sessions of the sender at an address, by the time of the packets in the capture. */
static void norse_addresses_are_never_active_together(void **state)
{
    const struct sim_options options = {.scenario = "norse-2014", .seed = 5, .scale = 0.02};
    struct output *out = run(options);
    uint32_t first = out->world.senders[0].addr, second = out->world.senders[1].addr;
    int64_t begin = out->world.senders[1].first_ns / 1000;
    int64_t end = out->world.senders[1].last_ns / 1000;
    size_t before = 0, after = 0;

    (void)state;
    for (size_t at = 24; at + 16 <= out->length; at += 16 + native32(out->bytes + at + 8)) {
        const uint8_t *record = out->bytes + at;
        int64_t us = native32(record) * INT64_C(1000000) + native32(record + 4);
        uint32_t src = network32(record + 16 + 14 + 12);

        if (src == second)
            assert_in_range(us, begin, end);
        if (src != first)
            continue;
        assert_false(us >= begin && us <= end);
        before += us < begin;
        after += us > end;
    }
    assert_true(before > 1000 && after > 1000);
    output_free(out);
}

static void packetwatch_has_exactly_its_sessions_and_its_newcomers(void **state)
{
    const struct sim_options options = {
        .scenario = "packetwatch-2020", .seed = 1, .scale = 0.02};
    struct output *out = run(options);
    struct row rows[2], sum;

    (void)state;
    (void)rows_of(out->truth, NULL, rows, &sum);
    assert_int_equal(sum.sessions, 140000);
    assert_int_equal(rows_of(out->truth, "campaign-5977", rows, &sum), 48);
    assert_string_equal(rows[0].ports, "5977");
    assert_true(strcmp(rows[0].first, "2020-06-29") > 0);
    assert_true(rows_of(out->truth, "newcomer-9530", rows, &sum) > 3);
    assert_true(strcmp(rows[0].first, "2020-06-15") > 0);
    assert_true(strcmp(rows[1].first, "2020-06-15") > 0);
    output_free(out);
}

static void unknown_scenario_is_refused(void **state)
{
    struct sim_options options = {.scenario = "norse-2041"};
    const struct sim_scenario *scenario;
    struct nj_err err;

    (void)state;
    assert_int_equal(sim_scenario_choose(&options, &scenario, &err), -1);
    assert_non_null(strstr(err.msg, "\"norse-2041\" is not known"));
}

static void full_disk_is_an_error(void **state)
{
    const struct sim_options options = {
        .scenario = "background", .seed = 1, .packets = 40000, .sources = 100};
    struct sim_options copy = options;
    const struct sim_scenario *scenario;
    struct sim_geo *geo = sim_geo_nowhere();
    struct sim_world world;
    struct sim_counts counts;
    struct sim_pcap *pcap;
    struct nj_err err;

    (void)state;
    assert_int_equal(sim_scenario_choose(&copy, &scenario, &err), 0);
    sim_world_init(&world, &copy, geo);
    assert_int_equal(scenario->plan(&world, &err), 0);
    assert_int_equal(sim_pcap_open("/dev/full", &pcap, &err), 0);
    assert_int_equal(sim_engine_run(&world, (struct sim_sinks){.pcap = pcap}, &counts, &err),
                     -1);
    assert_int_equal(err.code, NJ_IO);
    sim_pcap_free(pcap);
    sim_world_done(&world);
    sim_geo_free(geo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_gives_the_same_bytes_and_another_seed_others),
        cmocka_unit_test(capture_holds_all_packets_in_order_and_to_the_telescope_only),
        cmocka_unit_test(truth_adds_up_to_the_capture),
        cmocka_unit_test(norse_moves_to_a_second_address_and_back),
        cmocka_unit_test(norse_addresses_are_never_active_together),
        cmocka_unit_test(packetwatch_has_exactly_its_sessions_and_its_newcomers),
        cmocka_unit_test(unknown_scenario_is_refused),
        cmocka_unit_test(full_disk_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
