/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <archive.h>
#include <cmocka.h>
#include <xxhash.h>

#include "support/pack.h"

#define LARGE (3u << 20)

static uint8_t large[LARGE]; /* bytes that do not repeat soon and pack badly */
static uint8_t packed[2 * LARGE];

static int make_large(void **state)
{
    uint32_t x = 1;

    (void)state;
    for (size_t i = 0; i < LARGE; i++) {
        x = x * 1664525 + 1013904223;
        large[i] = (uint8_t)(x >> 24);
    }
    return 0;
}

/* A file that holds these bytes; its path is good until fd is closed. */
static int make_file(const void *bytes, size_t length, char path[32])
{
    int fd = memfd_create("stream", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), length);
    (void)snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

/* Read to the end in steps of several sizes and compare. @return what the last peek said */
static int read_all(struct nj_stream *stream, const uint8_t *expected, size_t *ret_read,
                    struct nj_err *err)
{
    static const size_t steps[] = {1, 70000, 16, 300000, 5};
    const uint8_t *bytes;
    size_t length, at = 0;

    for (size_t i = 0;; i++) {
        size_t want = steps[i % 5];
        int rc = nj_stream_peek(stream, want, &bytes, &length, err);

        if (rc < 0 || length == 0) {
            *ret_read = at + length;
            assert_memory_equal(bytes, expected + at, length);
            return rc;
        }
        if (length > want)
            length = want;
        assert_memory_equal(bytes, expected + at, length);
        nj_stream_consume(stream, length);
        at += length;
        assert_int_equal(nj_stream_offset(stream), at);
    }
}

static void plain_file_comes_as_it_is(void **state)
{
    struct nj_stream *stream = NULL;
    uint64_t done, total;
    char path[32];
    int fd = make_file(large, LARGE, path);
    size_t got;

    (void)state;
    assert_int_equal(nj_stream_open(path, &stream, NULL), 0);
    assert_int_equal(read_all(stream, large, &got, NULL), 0);
    assert_int_equal(got, LARGE);
    assert_true(nj_stream_digest(stream) == XXH3_64bits(large, LARGE));
    nj_stream_progress(stream, &done, &total);
    assert_int_equal(done, LARGE);
    assert_int_equal(total, LARGE);
    nj_stream_free(stream);
    (void)close(fd);
}

static void digest_covers_what_was_consumed_and_no_more(void **state)
{
    struct nj_stream *stream = NULL;
    const uint8_t *bytes;
    size_t length;

    (void)state;
    assert_int_equal(nj_stream_open_bytes(large, LARGE, &stream, NULL), 0);
    assert_true(nj_stream_digest(stream) == XXH3_64bits(large, 0));
    for (size_t at = 0; at < LARGE / 2; at += 777) {
        assert_int_equal(nj_stream_peek(stream, 5000, &bytes, &length, NULL), 0);
        nj_stream_consume(stream, 777);
        if (at % 5 == 0)
            assert_true(nj_stream_digest(stream) == XXH3_64bits(large, at + 777));
    }
    nj_stream_free(stream);
}

static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_XZ,
                              ARCHIVE_FILTER_BZIP2};

static void packed_files_give_what_was_packed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        struct nj_stream *stream = NULL;
        size_t used = pack(filters[i], large, 1000000, packed, sizeof(packed)), got;
        char path[32];
        int fd = make_file(packed, used, path);

        assert_memory_not_equal(packed, large, 16);
        assert_int_equal(nj_stream_open(path, &stream, NULL), 0);
        assert_int_equal(read_all(stream, large, &got, NULL), 0);
        assert_int_equal(got, 1000000);
        assert_true(nj_stream_digest(stream) == XXH3_64bits(large, 1000000));
        nj_stream_free(stream);
        (void)close(fd);
    }
}

static void cut_packed_file_gives_its_good_part_and_then_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        struct nj_stream *stream = NULL;
        size_t used = pack(filters[i], large, LARGE, packed, sizeof(packed)), got;
        struct nj_err err;

        assert_int_equal(nj_stream_open_bytes(packed, used * 9 / 10, &stream, NULL), 0);
        assert_int_equal(read_all(stream, large, &got, &err), -1);
        assert_int_equal(err.code, NJ_FORMAT);
        assert_true(got >= LARGE / 2 && got < LARGE);
        nj_stream_free(stream);
    }
}

static void packed_members_one_behind_the_other_are_one_input(void **state)
{
    struct nj_stream *stream = NULL;
    size_t used = pack(ARCHIVE_FILTER_GZIP, large, 1000, packed, sizeof(packed)), got;

    (void)state;
    memcpy(packed + used, packed, used);
    assert_int_equal(nj_stream_open_bytes(packed, 2 * used, &stream, NULL), 0);
    memcpy(packed + LARGE, large, 1000);
    memcpy(packed + LARGE + 1000, large, 1000);
    assert_int_equal(read_all(stream, packed + LARGE, &got, NULL), 0);
    assert_int_equal(got, 2000);
    nj_stream_free(stream);
}

/* Read to the end, whatever it says. @return bytes; *ret_rc as of the last peek */
static size_t drain(struct nj_stream *stream, int *ret_rc, struct nj_err *err)
{
    const uint8_t *bytes;
    size_t length, read = 0;

    while ((*ret_rc = nj_stream_peek(stream, 1, &bytes, &length, err)) == 0 && length > 0) {
        nj_stream_consume(stream, length);
        read += length;
    }
    return read;
}

/* Noise packs into blocks that are stored as they are: each value of their bytes is as good as
 * another, only the checksum behind them tells. */
static void gzip_whose_checksum_differs_is_damaged(void **state)
{
    struct nj_stream *stream = NULL;
    size_t used = pack(ARCHIVE_FILTER_GZIP, large, 100000, packed, sizeof(packed));
    struct nj_err err = {0};
    int rc;

    (void)state;
    packed[used / 2] ^= 1;
    assert_int_equal(nj_stream_open_bytes(packed, used, &stream, NULL), 0);
    assert_int_equal(drain(stream, &rc, &err), 100000);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, NJ_FORMAT);
    assert_non_null(strstr(err.msg, "incorrect data check"));
    nj_stream_free(stream);
}

static void what_follows_gzip_and_is_none_is_left_alone(void **state)
{
    struct nj_stream *stream = NULL;
    size_t used = pack(ARCHIVE_FILTER_GZIP, large, 1000, packed, sizeof(packed)), got;

    (void)state;
    memset(packed + used, 0, 512); /* as tapes pad */
    assert_int_equal(nj_stream_open_bytes(packed, used + 512, &stream, NULL), 0);
    assert_int_equal(read_all(stream, large, &got, NULL), 0);
    assert_int_equal(got, 1000);
    nj_stream_free(stream);
}

static void nothing_to_read_is_refused_with_the_reason(void **state)
{
    struct nj_stream *stream = NULL;
    struct nj_err err;
    char path[32];
    int fd = make_file("", 0, path);
    size_t used;

    (void)state;
    assert_int_equal(nj_stream_open("/nowhere/at/all", &stream, &err), -1);
    assert_int_equal(err.code, NJ_IO);
    assert_string_equal(err.msg, "/nowhere/at/all: open: No such file or directory");
    assert_int_equal(nj_stream_open("/", &stream, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    assert_string_equal(err.msg, "/: is a directory");
    assert_int_equal(nj_stream_open(path, &stream, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    used = pack(ARCHIVE_FILTER_GZIP, large, 0, packed, sizeof(packed));
    assert_int_equal(nj_stream_open_bytes(packed, used, &stream, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    assert_string_equal(err.msg, "empty when unpacked (gzip)");
    (void)close(fd);
}

/* Standard input becomes a pipe that holds these bytes. @return its other end */
static int pipe_to_stdin(const void *bytes, size_t length)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, length), length);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    (void)close(ends[0]);
    return ends[1];
}

static void open_pipe_gives_what_has_arrived(void **state)
{
    struct nj_stream *stream = NULL;
    const uint8_t *bytes;
    size_t length;
    int end = pipe_to_stdin(large, 100);

    (void)state;
    assert_int_equal(nj_stream_open("-", &stream, NULL), 0);
    assert_int_equal(nj_stream_peek(stream, 100, &bytes, &length, NULL), 0);
    assert_int_equal(length, 100);
    nj_stream_consume(stream, 100);
    assert_int_equal(write(end, large + 100, 50), 50);
    assert_int_equal(nj_stream_peek(stream, 20, &bytes, &length, NULL), 0);
    assert_int_equal(length, 50);
    assert_memory_equal(bytes, large + 100, 50);
    (void)close(end);
    nj_stream_free(stream);
}

static void packed_pipe_is_unpacked(void **state)
{
    struct nj_stream *stream = NULL;
    uint64_t done, total;
    size_t used = pack(ARCHIVE_FILTER_ZSTD, large, 20000, packed, sizeof(packed)), got;

    (void)state;
    (void)close(pipe_to_stdin(packed, used));
    assert_int_equal(nj_stream_open("-", &stream, NULL), 0);
    assert_int_equal(read_all(stream, large, &got, NULL), 0);
    assert_int_equal(got, 20000);
    nj_stream_progress(stream, &done, &total);
    assert_int_equal(total, 0);
    nj_stream_free(stream);
}

static void file_that_shrinks_while_read_ends_early(void **state)
{
    struct nj_stream *stream = NULL;
    char path[32];
    int fd = make_file(large, LARGE, path);
    size_t got;

    (void)state;
    assert_int_equal(nj_stream_open(path, &stream, NULL), 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(read_all(stream, large, &got, NULL), 0);
    assert_true(got < LARGE);
    nj_stream_free(stream);
    (void)close(fd);
}

static void peek_beyond_the_limit_is_refused(void **state)
{
    struct nj_stream *stream = NULL;
    const uint8_t *bytes;
    struct nj_err err;
    size_t length;

    (void)state;
    assert_int_equal(nj_stream_open_bytes(large, LARGE, &stream, NULL), 0);
    assert_int_equal(
        nj_stream_peek(stream, (size_t)NJ_STREAM_WANT_MAX + 1, &bytes, &length, &err), -1);
    assert_int_equal(err.code, NJ_LIMIT);
    assert_int_equal(nj_stream_peek(stream, NJ_STREAM_WANT_MAX, &bytes, &length, &err), 0);
    assert_int_equal(length, LARGE);
    assert_memory_equal(bytes, large, LARGE);
    nj_stream_free(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_file_comes_as_it_is),
        cmocka_unit_test(digest_covers_what_was_consumed_and_no_more),
        cmocka_unit_test(packed_files_give_what_was_packed),
        cmocka_unit_test(cut_packed_file_gives_its_good_part_and_then_says_so),
        cmocka_unit_test(gzip_whose_checksum_differs_is_damaged),
        cmocka_unit_test(what_follows_gzip_and_is_none_is_left_alone),
        cmocka_unit_test(packed_members_one_behind_the_other_are_one_input),
        cmocka_unit_test(nothing_to_read_is_refused_with_the_reason),
        cmocka_unit_test(open_pipe_gives_what_has_arrived),
        cmocka_unit_test(packed_pipe_is_unpacked),
        cmocka_unit_test(file_that_shrinks_while_read_ends_early),
        cmocka_unit_test(peek_beyond_the_limit_is_refused),
    };

    return cmocka_run_group_tests(tests, make_large, NULL);
}
