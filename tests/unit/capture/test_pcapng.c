/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"

#include <stdlib.h>

#define SECOND INT64_C(1000000000)
#define LAST_S INT64_C(4503599627) /* in September 2112 (base/span.h) */

static struct build frame;

static int make_frame(void **state)
{
    (void)state;
    return build_sample(&frame, 0) ? 0 : -1;
}

static void sections_have_their_own_order_and_interfaces(void **state)
{
    struct build file = {.big_endian = true};
    struct frame frames[3];
    struct capture c;

    (void)state;
    build_pcapng_section(&file);
    build_pcapng_interface(&file, 113, 0, NULL);
    build_pcapng_interface(&file, 101, 0, NULL);
    build_pcapng_packet(&file, 0, 1600000000000001, &frame, 21);
    build_pcapng_packet(&file, 1, 1600000000000002, &frame, 22);
    file.big_endian = false;
    build_pcapng_section(&file);
    build_pcapng_interface(&file, 1, 0, NULL);
    build_pcapng_packet(&file, 0, 1600000000000003, &frame, frame.length);
    assert_int_equal(capture_read_all(&c, &file, frames, 3), 3);
    assert_string_equal(reader_format(c.reader), "pcapng");
    assert_null(reader_problem(c.reader));
    assert_int_equal(frames[0].link, 113);
    assert_int_equal(frames[1].link, 101);
    assert_int_equal(frames[2].link, 1);
    assert_int_equal(frames[0].captured, 21);
    assert_int_equal(frames[0].length, frame.length);
    assert_true(frames[2].time_ns == 1600000000 * SECOND + 3000);
    capture_close(&c);
}

/* An interface with these two options, and one packet. */
static void build_timed(struct build *file, uint8_t tsresol, int64_t tsoffset, uint64_t units)
{
    struct build options = {.big_endian = file->big_endian};
    uint64_t offset = (uint64_t)tsoffset;
    uint32_t high = (uint32_t)(offset >> 32), low = (uint32_t)offset;

    build_u16(&options, 9);
    build_u16(&options, 1);
    build_u8(&options, tsresol);
    build_zeros(&options, 3);
    build_u16(&options, 14);
    build_u16(&options, 8);
    build_u32(&options, file->big_endian ? high : low);
    build_u32(&options, file->big_endian ? low : high);
    build_u32(&options, 0);
    build_pcapng_section(file);
    build_pcapng_interface(file, 1, 0, &options);
    build_pcapng_packet(file, 0, units, &frame, 20);
}

static void time_units_and_offsets_become_nanoseconds(void **state)
{
    static const struct {
        uint8_t tsresol;
        int64_t tsoffset;
        uint64_t units;
        int64_t time_ns;
        bool lies;
    } cases[] = {
        {6, 0, 1600000000123456, 1600000000 * SECOND + 123456000, false},
        {9, 0, 1600000000123456789, 1600000000 * SECOND + 123456789, false},
        {0, 0, 1600000000, 1600000000 * SECOND, false},
        {3, 1500000000, 100000000123, 1600000000 * SECOND + 123000000, false},
        {3, -1600000000, 1600000000500, 500000000, false},
        {12, 0, 1600000000123456, 1600 * SECOND + 123, false},
        {28, 0, UINT64_MAX, 1, false}, /* 1.84 ns */
        {29, 0, UINT64_MAX, 0, false},
        {127, 0, UINT64_MAX, 0, false},
        {0x80 | 20, 0, 3ull << 19, SECOND + SECOND / 2, false},
        {0x80 | 32, 0, 1600000000ull << 32, 1600000000 * SECOND, false},
        {0x80 | 127, 0, UINT64_MAX, 0, false},
        {0, 0, LAST_S, LAST_S * SECOND, false},
        {0, 0, LAST_S + 1, 0, true},
        {6, 0, UINT64_MAX, 0, true},
        {0, 0, UINT64_MAX, 0, true},
        {0x80, 0, UINT64_MAX, 0, true},
        {6, INT64_MAX, 1, 0, true},
        {6, INT64_MIN, 1, 0, true},
        {6, -1, 1, 0, true},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        struct build file = {.big_endian = i % 2 == 1};
        struct frame first = {.time_ns = 0};
        struct capture c;

        build_timed(&file, cases[i / 2].tsresol, cases[i / 2].tsoffset, cases[i / 2].units);
        assert_int_equal(capture_read_all(&c, &file, &first, 1), !cases[i / 2].lies);
        assert_true(first.time_ns == cases[i / 2].time_ns);
        assert_int_equal(reader_counts(c.reader)->malformed, cases[i / 2].lies);
        assert_int_equal(reader_problem(c.reader) != NULL, cases[i / 2].lies);
        capture_close(&c);
    }
}

static void simple_packets_take_snaplen_and_the_time_before(void **state)
{
    struct build file = {.length = 0}, body = {.length = 0};
    struct frame frames[2];
    struct capture c;

    (void)state;
    build_pcapng_section(&file);
    build_pcapng_interface(&file, 1, 50, NULL);
    build_pcapng_packet(&file, 0, 7000000, &frame, 20);
    build_u32(&body, (uint32_t)frame.length);
    build_bytes(&body, frame.bytes, 50);
    build_pcapng_block(&file, 3, &body);
    assert_int_equal(capture_read_all(&c, &file, frames, 2), 2);
    assert_int_equal(frames[1].captured, 50);
    assert_int_equal(frames[1].length, frame.length);
    assert_true(frames[1].time_ns == 7 * SECOND);
    capture_close(&c);
}

static void obsolete_packet_blocks_are_read(void **state)
{
    struct build file = {.length = 0}, body = {.length = 0};
    struct frame first;
    struct capture c;

    (void)state;
    build_pcapng_section(&file);
    build_pcapng_interface(&file, 1, 0, NULL);
    build_pcapng_interface(&file, 228, 0, NULL);
    build_u16(&body, 1);
    build_u16(&body, 9); /* drops */
    build_u32(&body, 0);
    build_u32(&body, 8000000);
    build_u32(&body, 33);
    build_u32(&body, 60);
    build_bytes(&body, frame.bytes, 33);
    build_pcapng_block(&file, 2, &body);
    assert_int_equal(capture_read_all(&c, &file, &first, 1), 1);
    assert_int_equal(first.captured, 33);
    assert_int_equal(first.length, 60);
    assert_int_equal(first.link, 228);
    assert_true(first.time_ns == 8 * SECOND);
    capture_close(&c);
}

static void other_blocks_are_stepped_over_and_unknown_ones_counted(void **state)
{
    static const uint32_t types[] = {4, 5, 0xa, 0xbad, 0x40000bad, 0x80001234, 77};
    struct build file = {.length = 0}, body = {.length = 0};
    struct capture c;

    (void)state;
    build_pcapng_section(&file);
    build_pcapng_interface(&file, 1, 0, NULL);
    build_zeros(&body, 24);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        build_pcapng_packet(&file, 0, i, &frame, 20);
        build_pcapng_block(&file, types[i], &body);
    }
    assert_int_equal(capture_read_all(&c, &file, NULL, 0), 7);
    assert_int_equal(reader_counts(c.reader)->unsupported, 2);
    assert_null(reader_problem(c.reader));
    capture_close(&c);
}

static void packet_that_lies_is_counted_and_the_next_one_read(void **state)
{
    struct build file = {.length = 0};
    struct capture c;
    size_t lie;

    (void)state;
    build_pcapng_section(&file);
    build_pcapng_interface(&file, 1, 0, NULL);
    build_pcapng_packet(&file, 0, 1, &frame, 20);
    build_pcapng_packet(&file, 1, 2, &frame, 20); /* no such interface */
    lie = file.length;
    build_pcapng_packet(&file, 0, 3, &frame, 20);
    build_pcapng_packet(&file, 0, 4, &frame, 20);
    file.bytes[lie + 20] = 25; /* captured bytes: more than the block holds */
    assert_int_equal(capture_read_all(&c, &file, NULL, 0), 2);
    assert_int_equal(reader_counts(c.reader)->malformed, 2);
    assert_non_null(strstr(reader_problem(c.reader), "frame 2, at byte 100"));
    capture_close(&c);
}

static void block_that_lies_about_its_length_ends_the_file(void **state)
{
    static const struct {
        size_t at; /* from the block's end back */
        uint8_t value;
    } lies[] = {{4, 48}, {48, 53}, {48, 8}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct build file = {.length = 0};
        struct capture c;

        build_pcapng_section(&file);
        build_pcapng_interface(&file, 1, 0, NULL);
        build_pcapng_packet(&file, 0, 1, &frame, 20);
        build_pcapng_packet(&file, 0, 2, &frame, 20);
        file.bytes[file.length - lies[i].at] = lies[i].value;
        build_pcapng_packet(&file, 0, 3, &frame, 20);
        assert_int_equal(capture_read_all(&c, &file, NULL, 0), 1);
        assert_int_equal(reader_counts(c.reader)->malformed, 1);
        assert_int_equal(reader_counts(c.reader)->truncated, 0);
        assert_non_null(reader_problem(c.reader));
        capture_close(&c);
    }
}

static void every_prefix_gives_its_whole_packets(void **state)
{
    struct build file = {.length = 0};
    size_t head;

    (void)state;
    build_pcapng_section(&file);
    build_pcapng_interface(&file, 1, 0, NULL);
    head = file.length;
    for (uint32_t i = 0; i < 3; i++)
        build_pcapng_packet(&file, 0, i, &frame, 22);
    for (size_t length = 1; length <= file.length; length++) {
        struct build prefix = {.length = length};
        struct capture c;

        memcpy(prefix.bytes, file.bytes, length);
        if (length < 12) {
            assert_int_equal(capture_open(&c, prefix.bytes, length, NULL), READER_NOT_CAPTURE);
        } else {
            bool whole = length == 28 || (length >= head && (length - head) % 56 == 0);

            assert_int_equal(capture_read_all(&c, &prefix, NULL, 0),
                             length < head ? 0 : (length - head) / 56);
            assert_int_equal(reader_counts(c.reader)->truncated, !whole);
            assert_int_equal(reader_counts(c.reader)->malformed, 0);
        }
        capture_close(&c);
    }
}

static void block_too_large_for_memory_is_stepped_over(void **state)
{
    size_t huge = 20u << 20;
    struct build head = {.length = 0}, tail = {.length = 0};
    uint8_t *bytes = calloc(1, huge + 1000);
    struct frame first;
    struct capture c;
    size_t got;

    (void)state;
    assert_non_null(bytes);
    build_pcapng_section(&head);
    build_pcapng_interface(&head, 1, 0, NULL);
    build_u32(&head, 0x0bad);
    build_u32(&head, (uint32_t)huge);
    build_u32(&tail, (uint32_t)huge);
    build_pcapng_packet(&tail, 0, 5000000, &frame, 20);
    memcpy(bytes, head.bytes, head.length);
    memcpy(bytes + head.length - 8 + huge - 4, tail.bytes, tail.length);
    assert_int_equal(capture_open(&c, bytes, head.length - 8 + huge - 4 + tail.length, NULL),
                     0);
    assert_int_equal(reader_read(c.reader, &first, 1, &got, NULL), 0);
    assert_true(first.time_ns == 5 * SECOND);
    assert_int_equal(reader_read(c.reader, &first, 1, &got, NULL), READER_END);
    assert_int_equal(reader_counts(c.reader)->malformed, 0);
    capture_close(&c);
    free(bytes);
}

static void section_of_another_version_ends_the_file(void **state)
{
    struct build file = {.length = 0};
    struct capture c;

    (void)state;
    build_pcapng_section(&file);
    file.bytes[12] = 2;
    build_pcapng_interface(&file, 1, 0, NULL);
    build_pcapng_packet(&file, 0, 5000000, &frame, 20);
    assert_int_equal(capture_read_all(&c, &file, NULL, 0), 0);
    assert_int_equal(reader_counts(c.reader)->unsupported, 1);
    assert_string_equal(reader_problem(c.reader),
                        "frame 1, at byte 0: pcapng section of version 2, expected 1");
    capture_close(&c);
}

static void offset_stands_behind_the_last_frame(void **state)
{
    struct build file = {.length = 0};
    struct frame frames[9];
    struct capture c;
    size_t got, end;

    (void)state;
    build_pcapng_section(&file);
    build_pcapng_interface(&file, 1, 0, NULL);
    build_pcapng_packet(&file, 0, 1, &frame, 20);
    end = file.length;
    build_pcapng_interface(&file, 1, 0, NULL);
    build_pcapng_packet(&file, 1, 2, &frame, 20);
    assert_int_equal(capture_open(&c, file.bytes, file.length, NULL), 0);
    assert_int_equal(reader_read(c.reader, frames, 9, &got, NULL), 0);
    assert_int_equal(got, 1);
    assert_int_equal(nj_stream_offset(c.stream), end);
    assert_int_equal(reader_read(c.reader, frames, 9, &got, NULL), 0);
    assert_int_equal(nj_stream_offset(c.stream), file.length);
    capture_close(&c);
}

static void what_grew_is_read_on_behind_blocks_without_frames(void **state)
{
    struct build file = {.length = 0}, body = {.length = 0};
    struct frame frames[2];
    struct capture c;
    uint64_t end;
    size_t got;

    (void)state;
    build_zeros(&body, 12);
    build_pcapng_section(&file);
    build_pcapng_interface(&file, 1, 0, NULL);
    build_pcapng_packet(&file, 0, 1000000, &frame, 20);
    build_pcapng_packet(&file, 0, UINT64_MAX, &frame, 20); /* its time lies */
    build_pcapng_block(&file, 5, &body);                   /* dumpcap ends with it */
    assert_int_equal(capture_read_all(&c, &file, NULL, 0), 1);
    end = nj_stream_offset(c.stream);
    assert_int_equal(end, file.length);
    capture_close(&c);

    build_pcapng_packet(&file, 0, 2000000, &frame, 20);
    assert_int_equal(capture_open(&c, file.bytes, file.length, NULL), 0);
    assert_int_equal(reader_skip(c.reader, end, NULL), 0);
    assert_int_equal(nj_stream_offset(c.stream), end);
    assert_int_equal(reader_read(c.reader, frames, 2, &got, NULL), 0);
    assert_int_equal(got, 1);
    assert_true(frames[0].time_ns == 2 * SECOND);
    assert_int_equal(reader_read(c.reader, frames, 2, &got, NULL), READER_END);
    capture_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_have_their_own_order_and_interfaces),
        cmocka_unit_test(time_units_and_offsets_become_nanoseconds),
        cmocka_unit_test(simple_packets_take_snaplen_and_the_time_before),
        cmocka_unit_test(obsolete_packet_blocks_are_read),
        cmocka_unit_test(other_blocks_are_stepped_over_and_unknown_ones_counted),
        cmocka_unit_test(packet_that_lies_is_counted_and_the_next_one_read),
        cmocka_unit_test(block_that_lies_about_its_length_ends_the_file),
        cmocka_unit_test(every_prefix_gives_its_whole_packets),
        cmocka_unit_test(block_too_large_for_memory_is_stepped_over),
        cmocka_unit_test(section_of_another_version_ends_the_file),
        cmocka_unit_test(offset_stands_behind_the_last_frame),
        cmocka_unit_test(what_grew_is_read_on_behind_blocks_without_frames),
    };

    return cmocka_run_group_tests(tests, make_frame, NULL);
}
