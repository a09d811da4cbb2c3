/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

struct entry {
    char *key; /* NULL: free */
    size_t length;
    uint64_t hash, version, used;
    struct answer answer;
};

struct cache {
    pthread_mutex_t lock;
    uint64_t seed, tick; /* clients choose the keys */
    struct cache_counts counts;
    struct entry entries[CACHE_ENTRIES];
};

struct cache *cache_new(void)
{
    struct cache *cache = calloc(1, sizeof(*cache));

    if (cache == NULL)
        return NULL;
    (void)pthread_mutex_init(&cache->lock, NULL);
    if (getrandom(&cache->seed, sizeof(cache->seed), 0) != (ssize_t)sizeof(cache->seed))
        cache->seed = (uint64_t)(uintptr_t)cache;
    return cache;
}

static void drop(struct cache *cache, struct entry *entry)
{
    if (entry->key == NULL)
        return;
    cache->counts.entries--;
    cache->counts.bytes -= entry->length + entry->answer.body.length;
    free(entry->key);
    answer_done(&entry->answer);
    *entry = (struct entry){.key = NULL};
}

void cache_free(struct cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < CACHE_ENTRIES; i++)
        drop(cache, &cache->entries[i]);
    (void)pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* With the lock held. */
static struct entry *find(struct cache *cache, uint64_t hash, const char *key, size_t length)
{
    for (size_t i = 0; i < CACHE_ENTRIES; i++) {
        struct entry *entry = &cache->entries[i];

        if (entry->key != NULL && entry->hash == hash && entry->length == length &&
            memcmp(entry->key, key, length) == 0)
            return entry;
    }
    return NULL;
}

/* Make room for so many bytes. @return a free entry */
static struct entry *make_room(struct cache *cache, size_t bytes)
{
    for (;;) {
        struct entry *place = NULL, *oldest = NULL;

        for (size_t i = 0; i < CACHE_ENTRIES; i++) {
            struct entry *entry = &cache->entries[i];

            if (entry->key == NULL)
                place = entry;
            else if (oldest == NULL || entry->used < oldest->used)
                oldest = entry;
        }
        if (place != NULL && cache->counts.bytes + bytes <= CACHE_BYTES)
            return place;
        drop(cache, oldest);
    }
}

/* Everything but the body, which is copied if it is wanted. @return whether there was memory */
static bool copy(const struct answer *from, bool body, struct answer *to)
{
    *to = *from;
    to->body = (struct text){0};
    if (body)
        text_add(&to->body, from->body.bytes, from->body.length);
    if (!to->body.no_memory)
        return true;
    answer_done(to);
    return false;
}

bool cache_find(struct cache *cache, const char *key, size_t length, uint64_t version,
                const char *known, struct answer *ret)
{
    uint64_t hash = XXH3_64bits_withSeed(key, length, cache->seed);
    struct entry *entry;
    bool found = false;

    (void)pthread_mutex_lock(&cache->lock);
    entry = find(cache, hash, key, length);
    if (entry != NULL && entry->version == version) {
        bool body = known == NULL || strstr(known, entry->answer.etag) == NULL;

        entry->used = ++cache->tick;
        found = copy(&entry->answer, body, ret);
    }
    if (found)
        cache->counts.found++;
    else
        cache->counts.missed++;
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

void cache_put(struct cache *cache, const char *key, size_t length, uint64_t version,
               struct answer *answer)
{
    uint64_t hash = XXH3_64bits_withSeed(key, length, cache->seed);
    size_t bytes = length + answer->body.length;
    struct entry fresh = {.length = length, .hash = hash, .version = version}, *entry;

    if (answer->body.length > CACHE_ANSWER_BYTES || length > CACHE_KEY_BYTES)
        return;
    fresh.key = malloc(length + 1);
    if (fresh.key == NULL || !copy(answer, true, &fresh.answer)) {
        free(fresh.key);
        return;
    }
    memcpy(fresh.key, key, length);
    (void)pthread_mutex_lock(&cache->lock);
    entry = find(cache, hash, key, length);
    if (entry != NULL && strcmp(entry->answer.etag, answer->etag) == 0)
        fresh.answer.modified_s = answer->modified_s = entry->answer.modified_s;
    if (entry != NULL)
        drop(cache, entry);
    entry = make_room(cache, bytes);
    fresh.used = ++cache->tick;
    *entry = fresh;
    cache->counts.entries++;
    cache->counts.bytes += bytes;
    (void)pthread_mutex_unlock(&cache->lock);
}

struct cache_counts cache_counts(struct cache *cache)
{
    struct cache_counts counts;

    (void)pthread_mutex_lock(&cache->lock);
    counts = cache->counts;
    (void)pthread_mutex_unlock(&cache->lock);
    return counts;
}
