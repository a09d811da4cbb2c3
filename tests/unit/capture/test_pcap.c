/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"

#include <stdio.h>
#include <stdlib.h>

static struct build sample(void)
{
    static struct build b;

    assert_true(build_sample(&b, 0));
    return b;
}

static void both_byte_orders_and_all_magics_are_read(void **state)
{
    static const struct {
        uint32_t magic;
        int64_t fraction_ns;
    } magics[] = {{0xa1b2c3d4, 123456000}, {0xa1b23c4d, 123456}, {0xa1b2cd34, 123456000}};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct build frame = sample();
        struct build file = {.big_endian = i % 2 == 1};
        struct frame frames[2];
        struct capture c;

        build_pcap(&file, magics[i / 2].magic, 65535, 113);
        for (uint32_t k = 0; k < 2; k++) {
            build_pcap_record(&file, 1600000000 + k, 123456, &frame, 30);
            if (i / 2 == 2) { /* "modified": eight more bytes behind the header */
                file.length -= 30;
                build_zeros(&file, 8);
                build_bytes(&file, frame.bytes, 30);
            }
        }
        assert_int_equal(capture_read_all(&c, &file, frames, 2), 2);
        assert_string_equal(reader_format(c.reader), "pcap");
        assert_null(reader_problem(c.reader));
        assert_true(frames[1].time_ns ==
                    1600000001 * INT64_C(1000000000) + magics[i / 2].fraction_ns);
        assert_int_equal(frames[1].captured, 30);
        assert_int_equal(frames[1].length, frame.length);
        assert_int_equal(frames[1].link, 113);
        capture_close(&c);
    }
}

static void check_sequence_bits_are_no_part_of_the_link_type(void **state)
{
    struct build frame = sample(), file = {.length = 0};
    struct frame first;
    struct capture c;

    (void)state;
    build_pcap(&file, 0xa1b2c3d4, 65535, 0x24000001);
    build_pcap_record(&file, 1, 1, &frame, frame.length);
    assert_int_equal(capture_read_all(&c, &file, &first, 1), 1);
    assert_int_equal(first.link, 1);
    capture_close(&c);
}

/* What a batch returns stays whole until the next call, wherever the buffer's border falls. */
static void frames_of_a_batch_are_valid_together(void **state)
{
    struct build frame = sample(), *chunk = calloc(1, sizeof(*chunk));
    size_t length = 0, count = 0, seen = 0, got;
    uint8_t *bytes = malloc(2u << 20);
    struct frame frames[100];
    struct capture c;

    (void)state;
    assert_non_null(chunk);
    assert_non_null(bytes);
    build_pcap(chunk, 0xa1b2c3d4, 65535, 1);
    while (length + chunk->length < 2u << 20) {
        memcpy(bytes + length, chunk->bytes, chunk->length);
        length += chunk->length;
        chunk->length = 0;
        frame.length = 60 + count % 1399;
        memset(frame.bytes, (int)(count % 251), frame.length);
        build_pcap_record(chunk, (uint32_t)count++, 0, &frame, frame.length);
    }
    count--; /* the last one built did not fit */
    assert_int_equal(capture_open(&c, bytes, length, NULL), 0);
    while (reader_read(c.reader, frames, 100, &got, NULL) == 0) {
        for (size_t i = 0; i < got; i++, seen++) {
            assert_true(frames[i].time_ns == (int64_t)seen * 1000000000);
            assert_int_equal(frames[i].captured, 60 + seen % 1399);
            for (uint32_t k = 0; k < frames[i].captured; k++)
                assert_true(frames[i].data[k] == seen % 251);
        }
    }
    assert_int_equal(seen, count);
    capture_close(&c);
    free(chunk);
    free(bytes);
}

static void every_prefix_gives_its_whole_records(void **state)
{
    struct build frame = sample(), file = {.length = 0};
    size_t record;

    (void)state;
    build_pcap(&file, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < 3; i++)
        build_pcap_record(&file, i, 0, &frame, frame.length);
    record = (file.length - 24) / 3;
    for (size_t length = 1; length <= file.length; length++) {
        struct build prefix = {.length = length};
        struct nj_err err;
        struct capture c;

        memcpy(prefix.bytes, file.bytes, length);
        if (length < 24) {
            assert_int_equal(capture_open(&c, prefix.bytes, length, &err),
                             length < 4 ? READER_NOT_CAPTURE : -1);
        } else {
            bool cut = (length - 24) % record != 0;

            assert_int_equal(capture_read_all(&c, &prefix, NULL, 0), (length - 24) / record);
            assert_int_equal(reader_counts(c.reader)->truncated, cut);
            assert_int_equal(reader_counts(c.reader)->malformed, 0);
            assert_int_equal(reader_problem(c.reader) != NULL, cut);
            assert_int_equal(nj_stream_offset(c.stream), length - (length - 24) % record);
        }
        capture_close(&c);
    }
}

static void impossible_length_ends_the_file_and_is_named(void **state)
{
    struct build frame = sample(), file = {.length = 0};
    struct capture c;
    char expected[128];

    (void)state;
    build_pcap(&file, 0xa1b2c3d4, 65535, 1);
    build_pcap_record(&file, 1, 0, &frame, frame.length);
    (void)snprintf(expected, sizeof(expected),
                   "frame 2, at byte %zu: 262145 bytes captured, limit 262144", file.length);
    build_u32(&file, 2);
    build_u32(&file, 0);
    build_u32(&file, 262145);
    build_u32(&file, 262145);
    build_zeros(&file, 1000);
    assert_int_equal(capture_read_all(&c, &file, NULL, 0), 1);
    assert_int_equal(reader_counts(c.reader)->malformed, 1);
    assert_string_equal(reader_problem(c.reader), expected);
    capture_close(&c);
}

static void larger_snaplen_is_believed(void **state)
{
    size_t length = 300000;
    struct build file = {.length = 0};
    uint8_t *bytes = calloc(1, 40 + length);
    struct frame frame;
    struct capture c;
    size_t got;

    (void)state;
    assert_non_null(bytes);
    build_pcap(&file, 0xa1b2c3d4, 400000, 1);
    build_zeros(&file, 8);
    build_u32(&file, (uint32_t)length);
    build_u32(&file, (uint32_t)length);
    memcpy(bytes, file.bytes, 40);
    bytes[40 + length - 1] = 77;
    assert_int_equal(capture_open(&c, bytes, 40 + length, NULL), 0);
    assert_int_equal(reader_read(c.reader, &frame, 1, &got, NULL), 0);
    assert_int_equal(frame.captured, length);
    assert_int_equal(frame.data[length - 1], 77);
    capture_close(&c);
    free(bytes);
}

static void fraction_of_a_second_or_more_is_clamped_and_counted(void **state)
{
    struct build frame = sample(), file = {.length = 0};
    struct frame frames[2];
    struct capture c;

    (void)state;
    build_pcap(&file, 0xa1b2c3d4, 65535, 1);
    build_pcap_record(&file, 5, 1000000, &frame, 20);
    build_pcap_record(&file, UINT32_MAX, 999999, &frame, 20);
    assert_int_equal(capture_read_all(&c, &file, frames, 2), 2);
    assert_true(frames[0].time_ns == INT64_C(5999999000));
    assert_true(frames[1].time_ns == INT64_C(4294967295999999000));
    assert_int_equal(reader_counts(c.reader)->malformed, 1);
    capture_close(&c);
}

static void old_versions_give_the_wire_length_first(void **state)
{
    struct build frame = sample(), file = {.length = 0};
    struct frame first;
    struct capture c;

    (void)state;
    for (unsigned minor = 2; minor <= 3; minor++) {
        file.length = 0;
        build_pcap(&file, 0xa1b2c3d4, 65535, 1);
        file.bytes[6] = (uint8_t)minor;
        build_u32(&file, 1);
        build_u32(&file, 0);
        build_u32(&file, 64);
        build_u32(&file, 20);
        build_bytes(&file, frame.bytes, 20);
        assert_int_equal(capture_read_all(&c, &file, &first, 1), 1);
        assert_int_equal(first.captured, 20);
        assert_int_equal(first.length, 64);
        capture_close(&c);
    }
}

static void other_version_is_refused_with_the_reason(void **state)
{
    struct build file = {.length = 0};
    struct nj_err err;
    struct capture c;

    (void)state;
    build_pcap(&file, 0xa1b2c3d4, 65535, 1);
    file.bytes[4] = 3;
    assert_int_equal(capture_open(&c, file.bytes, file.length, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    assert_string_equal(err.msg, "pcap: version 3.4, expected 2.0 to 2.4");
    capture_close(&c);
}

static void offset_stands_behind_the_last_frame(void **state)
{
    struct build frame = sample(), file = {.length = 0};
    struct frame frames[2];
    struct capture c;
    size_t got;

    (void)state;
    build_pcap(&file, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < 3; i++)
        build_pcap_record(&file, i, 0, &frame, 20);
    assert_int_equal(capture_open(&c, file.bytes, file.length, NULL), 0);
    assert_int_equal(reader_read(c.reader, frames, 2, &got, NULL), 0);
    assert_int_equal(got, 2);
    assert_int_equal(nj_stream_offset(c.stream), 24 + 2 * 36);
    assert_int_equal(reader_read(c.reader, frames, 2, &got, NULL), 0);
    assert_int_equal(got, 1);
    assert_int_equal(nj_stream_offset(c.stream), file.length);
    capture_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_byte_orders_and_all_magics_are_read),
        cmocka_unit_test(check_sequence_bits_are_no_part_of_the_link_type),
        cmocka_unit_test(frames_of_a_batch_are_valid_together),
        cmocka_unit_test(every_prefix_gives_its_whole_records),
        cmocka_unit_test(impossible_length_ends_the_file_and_is_named),
        cmocka_unit_test(larger_snaplen_is_believed),
        cmocka_unit_test(fraction_of_a_second_or_more_is_clamped_and_counted),
        cmocka_unit_test(old_versions_give_the_wire_length_first),
        cmocka_unit_test(other_version_is_refused_with_the_reason),
        cmocka_unit_test(offset_stands_behind_the_last_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
