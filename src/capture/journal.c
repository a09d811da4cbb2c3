/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES (1u << 20)
#define FILE_HEADER 24
#define RECORD_HEADER 16
#define SNAPLEN 262144u

struct journal {
    pthread_mutex_t lock;
    char *dir;
    uint32_t link;
    bool broken;   /* its last record is cut */
    int folder;    /* holds the lock (flock): one capture writes a journal */
    int fd;        /* -1: none could be made */
    uint64_t size; /* whole records of the present file */
    uint64_t bytes_max;
    struct journal_state state;
};

static void put32(char *to, uint32_t number)
{
    memcpy(to, &number, sizeof(number)); /* the reader takes either byte order */
}

void journal_name(uint64_t number, char ret[JOURNAL_NAME_SIZE])
{
    (void)snprintf(ret, JOURNAL_NAME_SIZE, "%08" PRIu64 ".pcap", number);
}

/* The number in a file's name; 0: it is none of ours. */
static uint64_t number_of(const char *name)
{
    size_t digits = strspn(name, "0123456789");

    return digits < 8 || digits > 18 || strcmp(name + digits, ".pcap") != 0
               ? 0
               : strtoull(name, NULL, 10);
}

/* First and last number, and the sum of sizes. */
static void look(const char *dir, uint64_t *ret_first, uint64_t *ret_last, uint64_t *ret_bytes)
{
    DIR *folder = opendir(dir);
    struct dirent *entry;

    *ret_first = *ret_last = *ret_bytes = 0;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        uint64_t number = number_of(entry->d_name);
        struct stat st;

        if (number == 0)
            continue;
        if (*ret_first == 0 || number < *ret_first)
            *ret_first = number;
        if (number > *ret_last)
            *ret_last = number;
        if (fstatat(dirfd(folder), entry->d_name, &st, 0) == 0)
            *ret_bytes += (uint64_t)st.st_size;
    }
    if (folder != NULL)
        (void)closedir(folder);
}

uint64_t journal_oldest(const char *dir)
{
    uint64_t first, last, bytes;

    look(dir, &first, &last, &bytes);
    return first;
}

static void sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

/* ---- writing ---- */

/* With the lock held: the next file, with its header. */
static int open_next(struct journal *journal, struct nj_err *err)
{
    char name[JOURNAL_NAME_SIZE], path[4096], header[FILE_HEADER] = {0};
    uint16_t major = 2, minor = 4;
    int fd;

    journal_name(journal->state.number + 1, name);
    (void)snprintf(path, sizeof(path), "%s/%s", journal->dir, name);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return nj_fail(err, NJ_IO, "make the journal %s", path);
    put32(header, 0xa1b23c4d);
    memcpy(header + 4, &major, sizeof(major));
    memcpy(header + 6, &minor, sizeof(minor));
    put32(header + 16, SNAPLEN);
    put32(header + 20, journal->link);
    if (pwrite(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header)) {
        (void)nj_fail(err, NJ_IO, "write the journal %s", path);
        (void)close(fd);
        (void)unlink(path);
        return -1;
    }
    if (journal->fd >= 0) {
        (void)fdatasync(journal->fd);
        (void)close(journal->fd);
    }
    journal->fd = fd;
    journal->size = sizeof(header);
    journal->state.number++;
    journal->state.bytes += sizeof(header);
    sync_folder(journal->dir);
    return 0;
}

/* With the lock held: write whole records, or nothing of them. @return whether it did */
static bool write_all(struct journal *journal, const char *bytes, size_t length)
{
    size_t written = 0;
    struct nj_err err;

    /* whoever reads may have seen a part of what was taken back: it is the end of that file */
    if (journal->broken && open_next(journal, &err) < 0)
        return false;
    journal->broken = false;
    while (written < length) {
        ssize_t got = pwrite(journal->fd, bytes + written, length - written,
                             (off_t)(journal->size + written));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            (void)snprintf(journal->state.problem, sizeof(journal->state.problem),
                           "the journal can't be written: %s", strerror(errno));
            journal->broken = true;
            if (ftruncate(journal->fd, (off_t)journal->size) < 0)
                journal->state.bytes += written;
            return false;
        }
        written += (size_t)got;
    }
    journal->size += length;
    journal->state.bytes += length;
    journal->state.problem[0] = '\0';
    return true;
}

/* The lock lives as long as the descriptor. */
static int lock_folder(struct journal *journal, struct nj_err *err)
{
    journal->folder = open(journal->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->folder < 0)
        return nj_fail(err, NJ_IO, "open the folder %s", journal->dir);
    if (flock(journal->folder, LOCK_EX | LOCK_NB) < 0)
        return nj_fail(err, NJ_BUSY, "%s: another process captures into this store",
                       journal->dir);
    return 0;
}

int journal_new(const char *dir, uint32_t link, uint64_t bytes_max,
                struct journal **ret_journal, struct nj_err *err)
{
    struct journal *journal;
    uint64_t first;

    if (mkdir(dir, 0777) < 0 && errno != EEXIST)
        return nj_fail(err, NJ_IO, "make the folder %s", dir);
    journal = calloc(1, sizeof(*journal));
    if (journal == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the journal");
    (void)pthread_mutex_init(&journal->lock, NULL);
    journal->fd = journal->folder = -1;
    journal->link = link;
    journal->bytes_max = bytes_max;
    journal->dir = strdup(dir);
    if (journal->dir == NULL) {
        journal_free(journal);
        return nj_fail(err, NJ_NOMEM, "no memory for the journal");
    }
    if (lock_folder(journal, err) < 0) {
        journal_free(journal);
        return -1;
    }
    look(dir, &first, &journal->state.number, &journal->state.bytes);
    if (open_next(journal, err) < 0) {
        journal_free(journal);
        return -1;
    }
    *ret_journal = journal;
    return 0;
}

void journal_free(struct journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->fd >= 0) {
        (void)fdatasync(journal->fd);
        (void)close(journal->fd);
    }
    if (journal->folder >= 0)
        (void)close(journal->folder);
    (void)pthread_mutex_destroy(&journal->lock);
    free(journal->dir);
    free(journal);
}

void journal_flush(struct journal *journal, struct journal_buffer *buffer)
{
    if (buffer->length == 0)
        return;
    (void)pthread_mutex_lock(&journal->lock);
    if (journal->state.bytes + buffer->length > journal->bytes_max) {
        (void)snprintf(journal->state.problem, sizeof(journal->state.problem),
                       "the journal holds %" PRIu64 " MB: the store does not keep up",
                       journal->state.bytes >> 20);
        journal->state.dropped += buffer->frames;
    } else if (!write_all(journal, buffer->bytes, buffer->length)) {
        journal->state.dropped += buffer->frames;
    }
    (void)pthread_mutex_unlock(&journal->lock);
    buffer->length = 0;
    buffer->frames = 0;
}

static void record(char *to, int64_t time_ns, uint32_t captured, uint32_t length)
{
    put32(to, (uint32_t)(time_ns / 1000000000));
    put32(to + 4, (uint32_t)(time_ns % 1000000000));
    put32(to + 8, captured);
    put32(to + 12, length);
}

int journal_add(struct journal *journal, struct journal_buffer *buffer,
                const struct frame *frame, struct nj_err *err)
{
    size_t captured = frame->captured < SNAPLEN ? frame->captured : SNAPLEN;

    if (frame->captured == 0 || frame->time_ns < 0) /* would look like a tick */
        return 0;
    if (buffer->bytes == NULL) {
        buffer->bytes = malloc(BUFFER_BYTES);
        if (buffer->bytes == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for the journal");
        buffer->size = BUFFER_BYTES;
    }
    if (buffer->size - buffer->length < RECORD_HEADER + captured)
        journal_flush(journal, buffer);
    record(buffer->bytes + buffer->length, frame->time_ns, (uint32_t)captured, frame->length);
    memcpy(buffer->bytes + buffer->length + RECORD_HEADER, frame->data, captured);
    buffer->length += RECORD_HEADER + captured;
    buffer->frames++;
    return 0;
}

void journal_tick(struct journal *journal, int64_t now_ns)
{
    char bytes[RECORD_HEADER];

    record(bytes, now_ns, 0, 0);
    (void)pthread_mutex_lock(&journal->lock);
    (void)write_all(journal, bytes, sizeof(bytes));
    (void)pthread_mutex_unlock(&journal->lock);
}

void journal_sync(struct journal *journal)
{
    int fd;

    /* a copy of the descriptor: writers need not wait for the disk */
    (void)pthread_mutex_lock(&journal->lock);
    fd = fcntl(journal->fd, F_DUPFD_CLOEXEC, 0);
    (void)pthread_mutex_unlock(&journal->lock);
    if (fd < 0)
        return;
    if (fdatasync(fd) < 0) {
        (void)pthread_mutex_lock(&journal->lock);
        (void)snprintf(journal->state.problem, sizeof(journal->state.problem),
                       "the journal can't be made durable: %s", strerror(errno));
        (void)pthread_mutex_unlock(&journal->lock);
    }
    (void)close(fd);
}

void journal_rotate(struct journal *journal, uint64_t bytes)
{
    struct nj_err err;

    (void)pthread_mutex_lock(&journal->lock);
    if (journal->size > bytes && open_next(journal, &err) < 0)
        (void)snprintf(journal->state.problem, sizeof(journal->state.problem), "%.190s",
                       err.msg);
    (void)pthread_mutex_unlock(&journal->lock);
}

void journal_state(struct journal *journal, struct journal_state *ret)
{
    (void)pthread_mutex_lock(&journal->lock);
    *ret = journal->state;
    (void)pthread_mutex_unlock(&journal->lock);
}

void journal_remove(struct journal *journal, const char *dir, uint64_t number)
{
    char name[JOURNAL_NAME_SIZE], path[4096];
    struct stat st;

    journal_name(number, name);
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (stat(path, &st) < 0 || unlink(path) < 0 || journal == NULL)
        return;
    (void)pthread_mutex_lock(&journal->lock);
    journal->state.bytes -= (uint64_t)st.st_size < journal->state.bytes ? (uint64_t)st.st_size
                                                                        : journal->state.bytes;
    (void)pthread_mutex_unlock(&journal->lock);
}
