/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pack.h"

#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

size_t pack(int filter, const void *bytes, size_t length, void *room, size_t size)
{
    struct archive *out = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    size_t used = 0;

    archive_entry_set_filetype(entry, AE_IFREG);
    if (archive_write_add_filter(out, filter) != ARCHIVE_OK ||
        archive_write_set_format_raw(out) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(out, 1) != ARCHIVE_OK ||
        archive_write_open_memory(out, room, size, &used) != ARCHIVE_OK ||
        archive_write_header(out, entry) != ARCHIVE_OK ||
        archive_write_data(out, bytes, length) != (la_ssize_t)length ||
        archive_write_close(out) != ARCHIVE_OK)
        abort();
    archive_entry_free(entry);
    (void)archive_write_free(out);
    return used;
}
