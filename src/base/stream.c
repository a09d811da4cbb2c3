/* SPDX-License-Identifier: Apache-2.0 */
/* A sliding buffer over one of three sources: a file descriptor, memory, or either of them
 * unpacked: gzip by base/gunzip.h, what else is packed by libarchive (format "raw", the one
 * filter that the first bytes ask for).
 *
 *      0      hashed     pos              end      capacity
 *      +--------+---------+----------------+----------+
 *      | in the | consumed| shown by peek  |   room   |
 *      | digest |         |                |          |
 *      +--------+---------+----------------+----------+
 *
 * When a peek asks for more than there is, what was consumed goes into the digest, the rest
 * moves to the front and the source fills the room. The buffer is small enough to stay in a
 * core's L2 cache: reading and hashing a file runs at 10 GB/s, against 15 for a mapping. */
#include "base/stream.h"

#include <archive.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/gunzip.h"

#define BUFFER_SIZE (1u << 18) /* measured: 64 KiB to 1 MiB do alike, less is slower */
#define MAGIC_MAX 6

struct nj_stream {
    int fd; /* -1: from memory */
    const uint8_t *memory;
    size_t memory_left;
    uint64_t disk_size, disk_read;

    uint8_t *packed;      /* what is unpacked next; NULL: plain */
    size_t packed_length; /* read ahead when the stream was opened */
    int read_errno;       /* why the source below the unpacking failed, or 0 */
    struct nj_gunzip *gunzip;
    struct archive *archive; /* where it is not gzip */
    const uint8_t *block;    /* unpacked by libarchive, not yet in the buffer */
    size_t block_left;

    uint8_t *buffer;
    size_t capacity;
    size_t hashed, pos, end;
    uint64_t base; /* stream offset of buffer[0] */
    XXH3_state_t *digest;
    bool ended; /* the source gives no more */
    bool failed;
    struct nj_err failure; /* why, if `failed` */
};

struct packing {
    const char *name;
    const char *magic;
    size_t magic_length;
    int filter; /* of libarchive; ARCHIVE_FILTER_NONE: gunzip */
};

static const struct packing packings[] = {
    {.name = "gzip", .magic = "\x1f\x8b", .magic_length = 2},
    {.name = "zstd",
     .magic = "\x28\xb5\x2f\xfd",
     .magic_length = 4,
     .filter = ARCHIVE_FILTER_ZSTD},
    {.name = "zstd",
     .magic = "\x50\x2a\x4d\x18",
     .magic_length = 4, /* a frame to be skipped: pzstd writes one before each of its frames */
     .filter = ARCHIVE_FILTER_ZSTD},
    {.name = "xz",
     .magic = "\xfd"
              "7zXZ",
     .magic_length = 6, /* with the NUL behind it */
     .filter = ARCHIVE_FILTER_XZ},
    {.name = "bzip2", .magic = "BZh", .magic_length = 3, .filter = ARCHIVE_FILTER_BZIP2},
    {.name = "lz4",
     .magic = "\x04\x22\x4d\x18",
     .magic_length = 4,
     .filter = ARCHIVE_FILTER_LZ4},
};

/* Bytes as they lie on disk or in memory. @return their number, 0 at the end, -1 and errno */
static ssize_t read_disk(struct nj_stream *stream, uint8_t *room, size_t size)
{
    ssize_t got;

    if (stream->fd < 0) {
        if (size > stream->memory_left)
            size = stream->memory_left;
        memcpy(room, stream->memory, size);
        stream->memory += size;
        stream->memory_left -= size;
        got = (ssize_t)size;
    } else {
        do
            got = read(stream->fd, room, size);
        while (got < 0 && errno == EINTR);
    }
    if (got > 0)
        stream->disk_read += (uint64_t)got;
    return got;
}

static ssize_t read_packed(void *ctx, const uint8_t **ret_bytes)
{
    struct nj_stream *stream = ctx;
    ssize_t got = (ssize_t)stream->packed_length;

    stream->packed_length = 0;
    if (got == 0)
        got = read_disk(stream, stream->packed, BUFFER_SIZE);
    if (got < 0)
        stream->read_errno = errno;
    *ret_bytes = stream->packed;
    return got;
}

/* libarchive asks for packed bytes. */
static la_ssize_t on_packed(struct archive *archive, void *ctx, const void **ret_bytes)
{
    const uint8_t *bytes;
    ssize_t got = read_packed(ctx, &bytes);

    if (got < 0)
        archive_set_error(archive, errno, "read");
    *ret_bytes = bytes;
    return got;
}

/* @param packing  name of what it is packed with, or NULL */
static int fail_empty(struct nj_err *err, const char *packing)
{
    (void)nj_fail(err, NJ_FORMAT, packing == NULL ? "empty" : "empty when unpacked (%s)",
                  packing);
    if (err != NULL)
        err->sys = ENODATA;
    return -1;
}

/* @param text  what is wrong with the bytes, or NULL. @return -1 */
static int fail_unpack(struct nj_stream *stream, const char *text, struct nj_err *err)
{
    if (stream->read_errno != 0) {
        errno = stream->read_errno;
        return nj_fail(err, NJ_IO, "read");
    }
    return nj_fail_at(err, NJ_FORMAT, stream->base + stream->end, "unpack: %s",
                      text == NULL ? "damaged" : text);
}

static ssize_t read_unpacked(struct nj_stream *stream, uint8_t *room, size_t size,
                             struct nj_err *err)
{
    const void *block;
    la_int64_t offset;

    while (stream->block_left == 0) {
        int rc = archive_read_data_block(stream->archive, &block, &stream->block_left, &offset);

        if (rc == ARCHIVE_EOF)
            return 0;
        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
            stream->block_left = 0;
            return fail_unpack(stream, archive_error_string(stream->archive), err);
        }
        stream->block = block;
    }
    if (size > stream->block_left)
        size = stream->block_left;
    memcpy(room, stream->block, size);
    stream->block += size;
    stream->block_left -= size;
    return (ssize_t)size;
}

static ssize_t read_source(struct nj_stream *stream, uint8_t *room, size_t size,
                           struct nj_err *err)
{
    const char *why;
    ssize_t got;

    if (stream->gunzip != NULL) {
        got = nj_gunzip_read(stream->gunzip, room, size, &why);
        return got < 0 ? fail_unpack(stream, why, err) : got;
    }
    if (stream->archive != NULL)
        return read_unpacked(stream, room, size, err);
    got = read_disk(stream, room, size);
    return got < 0 ? nj_fail(err, NJ_IO, "read") : got;
}

static void hash_consumed(struct nj_stream *stream)
{
    (void)XXH3_64bits_update(stream->digest, stream->buffer + stream->hashed,
                             stream->pos - stream->hashed);
    stream->hashed = stream->pos;
}

/* Move what is left to the front of a buffer that holds `want` bytes. */
static int make_room(struct nj_stream *stream, size_t want, struct nj_err *err)
{
    size_t left = stream->end - stream->pos;
    size_t capacity = stream->capacity;

    hash_consumed(stream);
    memmove(stream->buffer, stream->buffer + stream->pos, left);
    stream->base += stream->pos;
    stream->hashed = 0;
    stream->pos = 0;
    stream->end = left;
    while (capacity < want)
        capacity *= 2;
    if (capacity > stream->capacity) {
        uint8_t *buffer = realloc(stream->buffer, capacity);

        if (buffer == NULL)
            return nj_fail(err, NJ_NOMEM, "buffer of %zu bytes", capacity);
        stream->buffer = buffer;
        stream->capacity = capacity;
    }
    return 0;
}

static int fill(struct nj_stream *stream, size_t want, struct nj_err *err)
{
    if (want > NJ_STREAM_WANT_MAX)
        return nj_fail(err, NJ_LIMIT, "%zu bytes in one piece, limit %u", want,
                       NJ_STREAM_WANT_MAX);
    if (make_room(stream, want, err) < 0)
        return -1;
    while (stream->end < want && !stream->ended) {
        ssize_t got = read_source(stream, stream->buffer + stream->end,
                                  stream->capacity - stream->end, &stream->failure);

        stream->failed = got < 0;
        stream->ended = got <= 0;
        if (got > 0)
            stream->end += (size_t)got;
    }
    return 0;
}

static int begin_gunzip(struct nj_stream *stream, const struct packing *packing,
                        struct nj_err *err)
{
    stream->gunzip = nj_gunzip_new(read_packed, stream);
    if (stream->gunzip == NULL)
        return nj_fail(err, NJ_NOMEM, "unpacking %s", packing->name);
    if (fill(stream, 1, err) < 0)
        return -1;
    if (stream->end > 0)
        return 0;
    if (!stream->failed)
        return fail_empty(err, packing->name);
    if (err != NULL)
        *err = stream->failure;
    return -1;
}

static int begin_archive(struct nj_stream *stream, const struct packing *packing,
                         struct nj_err *err)
{
    struct archive_entry *entry;
    int rc;

    stream->archive = archive_read_new();
    if (stream->archive == NULL)
        return nj_fail(err, NJ_NOMEM, "unpacking %s", packing->name);
    /* said, not asked for: its own look at the first bytes knows no frame to be skipped */
    rc = archive_read_append_filter(stream->archive, packing->filter);
    if (rc == ARCHIVE_OK)
        rc = archive_read_support_format_raw(stream->archive);
    if (rc == ARCHIVE_OK)
        rc = archive_read_support_format_empty(stream->archive);
    if (rc == ARCHIVE_OK)
        rc = archive_read_open(stream->archive, stream, NULL, on_packed, NULL);
    if (rc == ARCHIVE_OK)
        rc = archive_read_next_header(stream->archive, &entry);
    if (rc == ARCHIVE_EOF)
        return fail_empty(err, packing->name);
    return rc == ARCHIVE_OK ? 0
                            : fail_unpack(stream, archive_error_string(stream->archive), err);
}

/* The first bytes stand in the buffer: they are unpacked first, into a new one. */
static int unpack_with(struct nj_stream *stream, const struct packing *packing,
                       struct nj_err *err)
{
    uint8_t *packed = realloc(stream->buffer, BUFFER_SIZE);

    if (packed == NULL)
        return nj_fail(err, NJ_NOMEM, "buffer of %u bytes", BUFFER_SIZE);
    stream->packed = packed;
    stream->packed_length = stream->end;
    stream->end = 0;
    stream->ended = false;
    stream->capacity = BUFFER_SIZE;
    stream->buffer = malloc(BUFFER_SIZE);
    if (stream->buffer == NULL)
        return nj_fail(err, NJ_NOMEM, "unpacking %s", packing->name);
    return packing->filter == ARCHIVE_FILTER_NONE ? begin_gunzip(stream, packing, err)
                                                  : begin_archive(stream, packing, err);
}

/* Look at the first bytes and choose the way to read. */
static int start(struct nj_stream *stream, size_t capacity, struct nj_err *err)
{
    stream->digest = XXH3_createState();
    stream->buffer = malloc(capacity);
    stream->capacity = capacity;
    if (stream->digest == NULL || stream->buffer == NULL)
        return nj_fail(err, NJ_NOMEM, "stream");
    (void)XXH3_64bits_reset(stream->digest);
    if (fill(stream, MAGIC_MAX, err) < 0)
        return -1;
    if (stream->failed) {
        if (err != NULL)
            *err = stream->failure;
        return -1;
    }
    if (stream->end == 0)
        return fail_empty(err, NULL);
    for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
        if (stream->end >= packings[i].magic_length &&
            memcmp(stream->buffer, packings[i].magic, packings[i].magic_length) == 0)
            return unpack_with(stream, &packings[i], err);
    }
    return 0;
}

static int open_file(struct nj_stream *stream, const char *path, struct nj_err *err)
{
    struct stat info;

    stream->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                        : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (stream->fd < 0 || fstat(stream->fd, &info) < 0)
        return nj_fail(err, NJ_IO, "open");
    if (S_ISDIR(info.st_mode))
        return nj_fail(err, NJ_FORMAT, "is a directory");
    if (S_ISREG(info.st_mode)) {
        stream->disk_size = (uint64_t)info.st_size;
        (void)posix_fadvise(stream->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    return start(stream, BUFFER_SIZE, err);
}

int nj_stream_open(const char *path, struct nj_stream **ret_stream, struct nj_err *err)
{
    struct nj_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return nj_fail(err, NJ_NOMEM, "%s: stream", path);
    if (open_file(stream, path, err) < 0) {
        nj_within(err, "%s", path);
        nj_stream_free(stream);
        return -1;
    }
    *ret_stream = stream;
    return 0;
}

int nj_stream_open_bytes(const void *bytes, size_t length, struct nj_stream **ret_stream,
                         struct nj_err *err)
{
    struct nj_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return nj_fail(err, NJ_NOMEM, "stream");
    stream->fd = -1;
    stream->memory = bytes;
    stream->memory_left = length;
    stream->disk_size = length;
    /* a buffer without slack lets the address sanitizer see reads past the end */
    if (start(stream, length > 0 && length < BUFFER_SIZE ? length : BUFFER_SIZE, err) < 0) {
        nj_stream_free(stream);
        return -1;
    }
    *ret_stream = stream;
    return 0;
}

void nj_stream_free(struct nj_stream *stream)
{
    if (stream == NULL)
        return;
    nj_gunzip_free(stream->gunzip);
    (void)archive_read_free(stream->archive);
    if (stream->fd >= 0)
        (void)close(stream->fd);
    (void)XXH3_freeState(stream->digest);
    free(stream->packed);
    free(stream->buffer);
    free(stream);
}

int nj_stream_peek(struct nj_stream *stream, size_t want, const uint8_t **ret_bytes,
                   size_t *ret_length, struct nj_err *err)
{
    int rc = 0;

    if (want > stream->end - stream->pos && !stream->ended)
        rc = fill(stream, want, err);
    *ret_bytes = stream->buffer + stream->pos;
    *ret_length = stream->end - stream->pos;
    if (rc == 0 && stream->failed && want > *ret_length) {
        if (err != NULL)
            *err = stream->failure;
        rc = -1;
    }
    return rc;
}

void nj_stream_consume(struct nj_stream *stream, size_t n)
{
    assert(n <= stream->end - stream->pos);
    stream->pos += n;
}

bool nj_stream_again(struct nj_stream *stream)
{
    if (stream->packed != NULL || stream->fd < 0)
        return false;
    stream->ended = stream->failed = false;
    return true;
}

uint64_t nj_stream_offset(const struct nj_stream *stream)
{
    return stream->base + stream->pos;
}

uint64_t nj_stream_digest(struct nj_stream *stream)
{
    hash_consumed(stream);
    return XXH3_64bits_digest(stream->digest);
}

void nj_stream_progress(const struct nj_stream *stream, uint64_t *ret_done, uint64_t *ret_total)
{
    *ret_done = stream->disk_size == 0 ? 0 : stream->disk_read;
    *ret_total = stream->disk_size;
}
