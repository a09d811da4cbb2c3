/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger of any bytes: refused, or rows that a store could hold. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/span.h"
#include "saved_input.h"
#include "store/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SOURCES 40u
#define DAY 18000

static struct addr source_of(uint32_t i)
{
    return addr_from_v4(0xc0000200 | i);
}

/* A file for replay.c to keep. */
static void keep_seed(void)
{
    struct ledger_writer *writer;
    char *text = NULL;
    size_t length = 0;
    uint16_t sports[3];
    FILE *out = open_memstream(&text, &length);

    for (uint16_t i = 0; i < 3; i++)
        sports[i] = (uint16_t)(1000 + 300 * i);
    if (out == NULL || ledger_writer_new(out, DAY, &writer, NULL) < 0)
        abort();
    for (uint32_t i = 0; i < SOURCES * 4; i++) {
        const struct ledger_entry entry = {.src = source_of(i / 4),
                                           .first_us = DAY * DAY_US + i,
                                           .last_us = DAY * DAY_US + i % 7 * HOUR_US,
                                           .sport_count = i / 4 % 4,
                                           .exact = i % 3 == 0};
        const struct ledger_row row = {.sensor = "tokyo",
                                       .class = i % 3 == 0 ? "exploit" : "scan",
                                       .rule = "syn",
                                       .tool = i % 5 == 0 ? "zmap" : NULL,
                                       .stack = i % 2 == 0 ? "4:64:0:1460" : NULL,
                                       .sessions = i,
                                       .packets = i * i,
                                       .dport = (uint16_t)(i % 4),
                                       .sport_min = 1000,
                                       .sport_max = (uint16_t)(1000 + 300 * i),
                                       .sport_bands = i,
                                       .proto = 6};

        if (i % 4 == 0 && ledger_writer_begin(writer, &entry, sports, NULL) < 0)
            abort();
        if (ledger_writer_add(writer, &row, NULL) < 0)
            abort();
    }
    if (ledger_writer_end(writer, NULL) < 0 || fclose(out) != 0)
        abort();
    ledger_writer_free(writer);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ledger_rows rows = {0};
    struct addr sources[SOURCES];
    int fd = memfd_create("ledger", MFD_CLOEXEC);

    if (size == 0)
        keep_seed();
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    for (uint32_t i = 0; i < SOURCES; i++)
        sources[i] = source_of(i);
    if (ledger_read(fd, size, DAY, sources, SOURCES, &rows, NULL) == 0)
        saved_input_loads += rows.count > 0;
    for (size_t i = 0; i < rows.count; i++)
        if (rows.items[i].sport_max < rows.items[i].sport_min || rows.items[i].sensor == NULL ||
            rows.items[i].entry >= rows.entry_count)
            abort();
    for (size_t i = 0; i < rows.entry_count; i++)
        if (rows.entries[i].sport_start + rows.entries[i].sport_count > rows.sport_count)
            abort();
    ledger_rows_done(&rows);
    (void)close(fd);
    return 0;
}
