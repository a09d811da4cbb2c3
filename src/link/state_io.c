/* SPDX-License-Identifier: Apache-2.0 */
#include "link/state_io.h"

#include <stdlib.h>
#include <string.h>

#include "link/linker_state.h"

#define TEXT_MAX 4096

void io_bytes(struct io *io, void *data, size_t length)
{
    if (length == 0)
        return;
    if (io->out != NULL ? fwrite(data, length, 1, io->out) != 1
                        : fread(data, length, 1, io->in) != 1) {
        io->failed = true;
        if (io->in != NULL)
            memset(data, 0, length);
    }
    (void)XXH3_64bits_update(io->digest, data, length);
}

uint64_t io_word(struct io *io, uint64_t value, unsigned width)
{
    uint8_t wire[8] = {0};
    uint64_t result = 0;

    for (unsigned i = 0; i < width; i++)
        wire[i] = (uint8_t)(value >> 8 * i);
    io_bytes(io, wire, width);
    for (unsigned i = 0; i < width; i++)
        result |= (uint64_t)wire[i] << 8 * i;
    return result;
}

void io_bool(struct io *io, bool *value)
{
    uint64_t w = io_word(io, *value, 1);

    io->nonsense |= w > 1;
    *value = w == 1;
}

void io_double(struct io *io, double *value)
{
    uint64_t w;

    memcpy(&w, value, sizeof(w));
    w = io_word(io, w, 8);
    memcpy(value, &w, sizeof(w));
    io->nonsense |= *value != *value || *value > 1e300 || *value < -1e300;
}

void io_float(struct io *io, float *value)
{
    double wide = (double)*value;

    io_double(io, &wide);
    io->nonsense |= wide < 0 || wide > 1e30;
    *value = io->nonsense ? 0 : (float)wide;
}

void io_addr(struct io *io, struct addr *a)
{
    WALK(io, a->hi);
    WALK(io, a->lo);
}

/* An index: below `count`, or LINK_NONE. */
void io_index(struct io *io, uint32_t *index, uint32_t count)
{
    WALK(io, *index);
    if (*index != LINK_NONE && *index >= count) {
        io->nonsense = true;
        *index = LINK_NONE;
    }
}

void io_name(struct io *io, uint32_t *name)
{
    uint32_t number = *name;

    if (io->out != NULL)
        number = number < io->names ? io->name[number] : 0;
    WALK(io, number);
    if (io->in == NULL)
        return;
    io->nonsense |= number >= io->names;
    *name = number < io->names ? io->name[number] : 0;
}

int io_room(struct io *io, void **list, uint32_t at, uint32_t *room, size_t size,
            struct nj_err *err)
{
    if (io->in == NULL || at < *room)
        return 0;

    uint32_t more = *room == 0 ? 64 : *room * 2;
    void *bigger = realloc(*list, more * size);

    if (bigger == NULL)
        return nj_fail(err, NJ_NOMEM, "state of links");
    *list = bigger;
    *room = more;
    return 0;
}

int io_save_names(struct io *io, const struct linker *l, const struct nj_intern *names,
                  struct nj_err *err)
{
    uint32_t count = 1, known = nj_intern_count(names);
    uint32_t *list = calloc(known + 1u, sizeof(*list));

    io->names = known;
    io->name = calloc(known + 1u, sizeof(*io->name));
    if (io->name == NULL || list == NULL) {
        free(list);
        return nj_fail(err, NJ_NOMEM, "names of links");
    }
    for (uint32_t i = 0; i < l->made; i++) {
        const uint32_t used[2] = {l->digests[i].tool, l->digests[i].stack};

        for (unsigned k = 0; k < 2; k++)
            if (used[k] != 0 && used[k] < known && io->name[used[k]] == 0) {
                list[count] = used[k];
                io->name[used[k]] = count++;
            }
    }
    WALK(io, count);
    for (uint32_t i = 1; i < count; i++) {
        const char *text = nj_intern_text(names, list[i]);
        uint16_t length = (uint16_t)strnlen(text, TEXT_MAX);

        WALK(io, length);
        io_bytes(io, (void *)(uintptr_t)text, length);
    }
    free(list);
    return 0;
}

int io_load_names(struct io *io, struct nj_intern *names, struct nj_err *err)
{
    uint32_t count = 0, room = 0;
    char text[TEXT_MAX];

    WALK(io, count);
    for (uint32_t i = 0; i < count && !io->failed && !io->nonsense; i++) {
        uint16_t length = 0;

        if (io_room(io, (void **)&io->name, i, &room, sizeof(*io->name), err) < 0)
            return -1;
        io->name[i] = 0;
        io->names = i + 1;
        if (i == 0)
            continue;
        WALK(io, length);
        if (length == 0 || length > TEXT_MAX) {
            io->nonsense = true;
            break;
        }
        io_bytes(io, text, length);
        if (!io->failed)
            io->name[i] = nj_intern(names, text, length);
    }
    return 0;
}
