/* SPDX-License-Identifier: Apache-2.0 */
/* Keys by place: 0-3 instances, 4 tool and exact port set, 5-8 bands of the rarest ports,
 * 9 /24, 10 /48 (IPv6), 11 AS, source ports and the most frequent ports,
 * 12 a constant source port, with tool and most frequent ports,
 * 13 the tool alone: its list overflows soon and then serves as a pool of random partners. */
#include "link/candidate.h"
#include "base/huge.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#define MONTH_US (INT64_C(30) * 86400 * 1000000)

int candidates_init(struct candidates *c, uint64_t secret, struct nj_err *err)
{
    *c = (struct candidates){.count = 0};
    return link_map_init(&c->index, secret, err);
}

void candidates_done(struct candidates *c)
{
    for (uint32_t i = 0; i < c->count; i++)
        free(c->lists[i].digests);
    free(c->lists);
    free(c->free);
    link_map_done(&c->index);
}

static uint64_t hash(uint64_t place, uint64_t a, uint64_t b, uint64_t x)
{
    const uint64_t words[4] = {place, a, b, x};
    uint64_t key = XXH3_64bits(words, sizeof(words));

    return key == 0 ? 1 : key;
}

static uint64_t port_word(const struct digest_port *p)
{
    return (uint64_t)p->proto << 16 | p->port;
}

/* The three most frequent ports; ties by (proto, port). */
static uint64_t top_ports(const struct digest *d)
{
    uint64_t words[3] = {0, 0, 0};
    bool taken[DIGEST_PORTS] = {false};

    for (unsigned k = 0; k < 3 && k < d->port_count; k++) {
        unsigned best = DIGEST_PORTS;

        for (unsigned i = 0; i < d->port_count; i++)
            if (!taken[i] && (best == DIGEST_PORTS || d->ports[i].share > d->ports[best].share))
                best = i;
        taken[best] = true;
        words[k] = port_word(&d->ports[best]);
    }
    return words[0] == 0 ? 0 : hash(0, words[0], words[1], words[2]);
}

void candidate_keys(const struct digest *d, const uint8_t rarest[DIGEST_PORTS],
                    uint64_t ret_keys[DIGEST_KEYS])
{
    uint64_t tool = d->tool_key;
    uint64_t top = top_ports(d);

    memset(ret_keys, 0, DIGEST_KEYS * sizeof(*ret_keys));
    for (unsigned i = 0; i < EPISODE_INSTANCES; i++)
        if (d->instances[i] != 0)
            ret_keys[i] = hash(1, d->instances[i], 0, 0);
    if (d->set != 0)
        ret_keys[4] = hash(4, tool, d->set, 0);
    /* the rarest ports decide: one by one, so that a source that has shown only part of its
     * ports meets a partner that has shown all; whatever the tool, since that may change */
    for (unsigned i = 0; i < 4 && i < d->port_count; i++)
        ret_keys[5 + i] = hash(5, 0, port_word(&d->ports[rarest[i]]), 0);
    ret_keys[9] = hash(9, 0, digest_net24(d->src), 0);
    if (!addr_is_v4(d->src))
        ret_keys[10] = hash(10, 0, digest_net16(d->src), 0);
    if (d->asn != 0 && d->sport_model != SPORT_UNKNOWN && top != 0)
        ret_keys[11] = hash(11, d->asn, digest_sport(d), top);
    if (d->sport_model == SPORT_FIXED && top != 0)
        ret_keys[12] = hash(12, tool, digest_sport(d), top);
    ret_keys[DIGEST_KEYS - 1] = hash(13, tool, 0, 0);
}

uint64_t candidate_basis(const struct digest *d)
{
    const uint64_t words[] = {
        d->set,          d->tool_key,     digest_sport(d), d->asn,          top_ports(d),
        d->instances[0], d->instances[1], d->instances[2], d->instances[3], d->sport_model};

    _Static_assert(EPISODE_INSTANCES == 4, "instances");
    return XXH3_64bits(words, sizeof(words)) | 1;
}

static int new_list(struct candidates *c, uint64_t key, uint32_t *ret_list, struct nj_err *err)
{
    uint32_t list;

    if (c->free_count > 0) {
        list = c->free[--c->free_count];
    } else {
        if (c->count == c->room) {
            uint32_t room = c->room == 0 ? 1024 : c->room * 2;
            struct key_list *lists = nj_huge_grown(c->lists, c->room, room, sizeof(*lists));

            if (lists == NULL)
                return nj_fail(err, NJ_NOMEM, "lists of candidates");
            c->lists = lists;
            c->room = room;
        }
        list = c->count++;
        c->lists[list] = (struct key_list){.key = 0};
    }
    if (link_map_set(&c->index, key, list, err) < 0) {
        c->lists[list].key = 0;
        return -1;
    }
    c->lists[list].key = key;
    c->lists[list].overflow_us = 0;
    c->lists[list].count = 0;
    c->lists[list].refs = 0;
    *ret_list = list;
    return 0;
}

int candidates_append(struct candidates *c, uint32_t list, uint32_t number, int64_t now_us,
                      struct nj_err *err)
{
    struct key_list *l = &c->lists[list];

    if (l->count == CANDIDATE_LIST) {
        memmove(l->digests, l->digests + 1, (CANDIDATE_LIST - 1) * sizeof(*l->digests));
        l->count--;
        l->overflow_us = now_us;
    }
    if (l->count == l->room) {
        uint8_t room = (uint8_t)(l->room == 0 ? 2 : l->room * 2);
        uint32_t *digests = realloc(l->digests, room * sizeof(*digests));

        if (digests == NULL)
            return nj_fail(err, NJ_NOMEM, "a list of candidates");
        l->digests = digests;
        l->room = room;
    }
    l->digests[l->count++] = number;
    return 0;
}

static int drop_list(struct candidates *c, uint32_t list, struct nj_err *err)
{
    if (c->free_count == c->free_room) {
        uint32_t room = c->free_room == 0 ? 256 : c->free_room * 2;
        uint32_t *numbers = realloc(c->free, room * sizeof(*numbers));

        if (numbers == NULL)
            return nj_fail(err, NJ_NOMEM, "lists of candidates");
        c->free = numbers;
        c->free_room = room;
    }
    link_map_remove(&c->index, c->lists[list].key);
    free(c->lists[list].digests);
    c->lists[list] = (struct key_list){.key = 0};
    c->free[c->free_count++] = list;
    return 0;
}

static void take_out(struct candidates *c, uint32_t list, uint32_t number)
{
    struct key_list *l = &c->lists[list];

    for (unsigned i = 0; i < l->count; i++)
        if (l->digests[i] == number) {
            memmove(l->digests + i, l->digests + i + 1,
                    (l->count - i - 1u) * sizeof(*l->digests));
            l->count--;
            break;
        }
    if (--l->refs == 0)
        (void)drop_list(c, list, NULL); /* out of memory: an empty list stays */
}

void candidates_remove(struct candidates *c, struct digest *d, uint32_t number)
{
    for (unsigned i = 0; i < DIGEST_KEYS; i++) {
        if (d->keys[i] != LINK_NONE)
            take_out(c, d->keys[i], number);
        d->keys[i] = LINK_NONE;
    }
}

/* A digest that a full list dropped goes on referring to it, for looking up partners. */
int candidates_place(struct candidates *c, struct digest *d, uint32_t number,
                     const uint64_t keys[DIGEST_KEYS], int64_t now_us, struct nj_err *err)
{
    for (unsigned i = 0; i < DIGEST_KEYS; i++) {
        uint32_t list = keys[i] == 0 ? LINK_NONE : link_map_find(&c->index, keys[i]);

        if (d->keys[i] != LINK_NONE && d->keys[i] == list)
            continue;
        if (d->keys[i] != LINK_NONE)
            take_out(c, d->keys[i], number);
        d->keys[i] = LINK_NONE;
        if (keys[i] == 0)
            continue;
        if (list == LINK_NONE && new_list(c, keys[i], &list, err) < 0)
            return -1;
        if (candidates_append(c, list, number, now_us, err) < 0)
            return -1;
        c->lists[list].refs++;
        d->keys[i] = list;
    }
    return 0;
}

const struct key_list *candidates_list(const struct candidates *c, const struct digest *d,
                                       unsigned i, int64_t now_us, bool *ret_too_common)
{
    *ret_too_common = false;
    if (d->keys[i] == LINK_NONE)
        return NULL;

    const struct key_list *list = &c->lists[d->keys[i]];

    *ret_too_common = list->overflow_us != 0 && now_us - list->overflow_us < MONTH_US;
    return *ret_too_common && i != DIGEST_KEYS - 1 ? NULL : list;
}
