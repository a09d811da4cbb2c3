/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"

#include <archive.h>

#include "support/pack.h"

static void other_content_is_no_capture_and_stays_unread(void **state)
{
    static const char *const texts[] = {
        "a",
        "{\"ts\": 1600000000}\n",
        "\n\r\r\nblank lines, and then a text",
        "1.2.3.4\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const uint8_t *bytes;
        struct capture c;
        size_t length;

        assert_int_equal(capture_open(&c, texts[i], strlen(texts[i]), NULL),
                         READER_NOT_CAPTURE);
        assert_int_equal(nj_stream_offset(c.stream), 0);
        assert_int_equal(nj_stream_peek(c.stream, 1, &bytes, &length, NULL), 0);
        assert_int_equal(length, strlen(texts[i]));
        capture_close(&c);
    }
}

#define FRAMES 500

static void damaged_compression_ends_the_capture_and_is_counted(void **state)
{
    static uint8_t bytes[FRAMES * 1100], packed[FRAMES * 1100];
    struct build frame = {.length = 1000}, record = {.length = 0};
    struct frame frames[64];
    struct capture c;
    uint32_t x = 1;
    size_t length = 0, used, got, count = 0;
    int rc;

    (void)state;
    build_pcap(&record, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < FRAMES; i++) {
        for (size_t k = 0; k < frame.length; k++) {
            x = x * 1664525 + 1013904223;
            frame.bytes[k] = (uint8_t)(x >> 24);
        }
        build_pcap_record(&record, i, 0, &frame, frame.length);
        memcpy(bytes + length, record.bytes, record.length);
        length += record.length;
        record.length = 0;
    }
    used = pack(ARCHIVE_FILTER_GZIP, bytes, length, packed, sizeof(packed));
    assert_int_equal(capture_open(&c, packed, used / 2, NULL), 0);
    while ((rc = reader_read(c.reader, frames, 64, &got, NULL)) == 0)
        count += got;
    assert_int_equal(rc, READER_END);
    assert_in_range(count, FRAMES / 4, FRAMES / 2);
    assert_int_equal(reader_counts(c.reader)->truncated, 1);
    assert_non_null(strstr(reader_problem(c.reader), "unpack: "));
    capture_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_content_is_no_capture_and_stays_unread),
        cmocka_unit_test(damaged_compression_ends_the_capture_and_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
