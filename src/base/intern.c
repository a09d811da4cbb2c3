/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing over XXH3; the texts stand in chunks that are never reallocated. */
#include "base/intern.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define CHUNK_TEXTS 1024u
#define CHUNKS 1024u /* 1 M texts at most, whatever `max` says */

struct nj_intern {
    uint32_t max, count;
    uint64_t refused;
    uint32_t *slots; /* id + 1, 0 = free; twice `max`, a power of two */
    uint32_t mask;
    const char **chunks[CHUNKS];
};

static int store_text(struct nj_intern *table, const char *text, size_t length)
{
    uint32_t chunk = table->count / CHUNK_TEXTS;
    char *copy;

    if (table->chunks[chunk] == NULL)
        table->chunks[chunk] = calloc(CHUNK_TEXTS, sizeof(char *));
    copy = malloc(length + 1);
    if (table->chunks[chunk] == NULL || copy == NULL) {
        free(copy);
        return -1;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    table->chunks[chunk][table->count % CHUNK_TEXTS] = copy;
    table->count++;
    return 0;
}

struct nj_intern *nj_intern_new(uint32_t max)
{
    struct nj_intern *table = calloc(1, sizeof(*table));
    uint32_t slots = 16;

    if (table == NULL)
        return NULL;
    if (max > CHUNKS * CHUNK_TEXTS)
        max = CHUNKS * CHUNK_TEXTS;
    while (slots < 2 * max)
        slots *= 2;
    table->max = max;
    table->mask = slots - 1;
    table->slots = calloc(slots, sizeof(*table->slots));
    if (table->slots == NULL) {
        nj_intern_free(table);
        return NULL;
    }
    (void)nj_intern(table, "", 0);
    (void)nj_intern(table, "other", 5);
    if (table->count != 2) {
        nj_intern_free(table);
        return NULL;
    }
    return table;
}

void nj_intern_free(struct nj_intern *table)
{
    if (table == NULL)
        return;
    for (uint32_t id = 0; id < table->count; id++)
        free((void *)(uintptr_t)nj_intern_text(table, id));
    for (uint32_t i = 0; i < CHUNKS; i++)
        free(table->chunks[i]);
    free(table->slots);
    free(table);
}

uint32_t nj_intern(struct nj_intern *table, const char *text, size_t length)
{
    uint32_t slot = (uint32_t)XXH3_64bits(text, length) & table->mask;

    for (; table->slots[slot] != 0; slot = (slot + 1) & table->mask) {
        const char *known = nj_intern_text(table, table->slots[slot] - 1);

        if (strncmp(known, text, length) == 0 && known[length] == '\0')
            return table->slots[slot] - 1;
    }
    if (table->count >= table->max || store_text(table, text, length) < 0) {
        table->refused++;
        return NJ_INTERN_OTHER;
    }
    table->slots[slot] = table->count;
    return table->count - 1;
}

uint32_t nj_intern_z(struct nj_intern *table, const char *text)
{
    return nj_intern(table, text, strlen(text));
}

const char *nj_intern_text(const struct nj_intern *table, uint32_t id)
{
    return table->chunks[id / CHUNK_TEXTS][id % CHUNK_TEXTS];
}

uint32_t nj_intern_count(const struct nj_intern *table)
{
    return table->count;
}

uint64_t nj_intern_refused(const struct nj_intern *table)
{
    return table->refused;
}
