/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of the patterns is made into an automaton: `next` has for each state and each byte the
 * state that follows, so that a byte costs one look-up. It is kept as the place of its row and
 * whether a pattern ends there, since the way from a look-up to the next is what takes time.
 * Bytes that no pattern has share one column, which keeps the table small enough for the
 * caches. Where no pattern is under way, bytes are stepped over up to the next two with which
 * one begins: these look-ups need not wait for each other. */
#include "classify/search.h"

#include <stdlib.h>
#include <string.h>

#define NO_PATTERN UINT32_MAX

struct state {
    uint32_t pattern; /* that ends here, or NO_PATTERN */
    uint16_t shorter; /* the state of the longest proper suffix that some pattern begins with */
    uint16_t ends;    /* the next state on that way in which a pattern ends, 0: none */
};

struct search {
    uint8_t column[256]; /* of a byte; 0: of bytes that no pattern has */
    unsigned columns;
    size_t count, room; /* states; 0 is the root */
    struct state *states;
    uint16_t *tree; /* [state][256] while patterns are added: 0 none */
    uint32_t *next; /* [state][columns]: 2 * columns * state, + 1: a pattern ends there */
    uint32_t patterns;
    uint64_t begins[65536 / 64]; /* bit 256 a + b: a pattern begins with bytes a, b or is a */
};

static uint8_t fold(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static int add_state(struct search *search, uint16_t *ret_state, struct nj_err *err)
{
    if (search->count > SEARCH_STATES_MAX)
        return nj_fail(err, NJ_LIMIT, "the patterns have more than %u bytes together",
                       SEARCH_STATES_MAX);
    if (search->count == search->room) {
        size_t room = search->room * 2;
        struct state *states = realloc(search->states, room * sizeof(*states));
        uint16_t *tree;

        if (states == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for patterns");
        search->states = states;
        tree = realloc(search->tree, room * 256 * sizeof(*tree));
        if (tree == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for patterns");
        search->tree = tree;
        search->room = room;
    }
    search->states[search->count] = (struct state){.pattern = NO_PATTERN};
    memset(&search->tree[search->count * 256], 0, 256 * sizeof(*search->tree));
    *ret_state = (uint16_t)search->count++;
    return 0;
}

struct search *search_new(void)
{
    struct search *search = calloc(1, sizeof(*search));
    uint16_t root;

    if (search == NULL)
        return NULL;
    search->room = 64;
    search->states = malloc(search->room * sizeof(*search->states));
    search->tree = malloc(search->room * 256 * sizeof(*search->tree));
    if (search->states == NULL || search->tree == NULL || add_state(search, &root, NULL) < 0) {
        search_free(search);
        return NULL;
    }
    return search;
}

void search_free(struct search *search)
{
    if (search == NULL)
        return;
    free(search->states);
    free(search->tree);
    free(search->next);
    free(search);
}

int search_add(struct search *search, const uint8_t *pattern, size_t length,
               uint32_t *ret_number, struct nj_err *err)
{
    uint16_t at = 0;

    for (size_t i = 0; i < length; i++) {
        uint8_t byte = fold(pattern[i]);
        uint16_t follows = search->tree[at * 256u + byte];

        if (follows == 0) {
            if (add_state(search, &follows, err) < 0)
                return -1;
            search->tree[at * 256u + byte] = follows;
        }
        at = follows;
    }
    if (search->states[at].pattern == NO_PATTERN)
        search->states[at].pattern = search->patterns++;
    *ret_number = search->states[at].pattern;
    return 0;
}

static void find_columns(struct search *search)
{
    bool used[256] = {false};

    for (size_t i = 0; i < search->count * 256; i++)
        if (search->tree[i] != 0)
            used[i % 256] = true;
    search->columns = 1;
    for (unsigned byte = 0; byte < 256; byte++)
        if (used[byte]) /* at most 230: capitals are folded */
            search->column[byte] = (uint8_t)search->columns++;
    for (unsigned byte = 'A'; byte <= 'Z'; byte++)
        search->column[byte] = search->column[byte + 32];
}

/* A state whose suffixes are all settled: where its bytes lead. */
static void settle(struct search *search, uint16_t at, uint16_t *queue, size_t *queued)
{
    uint16_t shorter = search->states[at].shorter;
    uint32_t *row = &search->next[at * search->columns];

    for (unsigned byte = 0; byte < 256; byte++) {
        uint16_t child = search->tree[at * 256u + byte];
        unsigned column = search->column[byte];
        uint16_t other =
            at == 0 ? 0 : (uint16_t)search->next[shorter * search->columns + column];

        if (byte >= 'A' && byte <= 'Z')
            continue; /* folded */
        if (child == 0) {
            row[column] = other;
            continue;
        }
        row[column] = child;
        search->states[child].shorter = other;
        search->states[child].ends =
            search->states[other].pattern != NO_PATTERN ? other : search->states[other].ends;
        queue[(*queued)++] = child;
    }
}

static void find_beginnings(struct search *search)
{
    for (unsigned pair = 0; pair < 65536; pair++) {
        uint16_t first = search->tree[fold((uint8_t)(pair >> 8))];

        if (first != 0 && (search->states[first].pattern != NO_PATTERN ||
                           search->tree[first * 256u + fold((uint8_t)pair)] != 0))
            search->begins[pair / 64] |= 1ull << pair % 64;
    }
}

static bool ends(const struct search *search, uint32_t state)
{
    return search->states[state].pattern != NO_PATTERN || search->states[state].ends != 0;
}

int search_build(struct search *search, struct nj_err *err)
{
    uint16_t *queue = calloc(search->count, sizeof(*queue));
    size_t queued = 1; /* the root */

    find_columns(search);
    find_beginnings(search);
    search->next = calloc(search->count * search->columns, sizeof(*search->next));
    if (queue == NULL || search->next == NULL) {
        free(queue);
        return nj_fail(err, NJ_NOMEM, "no memory for patterns");
    }
    for (size_t i = 0; i < queued; i++)
        settle(search, queue[i], queue, &queued);
    free(queue);
    for (size_t i = 0; i < search->count * search->columns; i++)
        search->next[i] = 2 * search->columns * search->next[i] + ends(search, search->next[i]);
    free(search->tree);
    search->tree = NULL;
    return 0;
}

static bool begins(const struct search *search, uint8_t first, uint8_t second)
{
    unsigned pair = (unsigned)first << 8 | second;

    return (search->begins[pair / 64] >> pair % 64 & 1) != 0;
}

void search_run(const struct search *search, const uint8_t *text, size_t length, search_fn hit,
                void *ctx)
{
    const uint32_t *next = search->next;
    uint32_t at = 0;

    for (size_t i = 0; i < length; i++) {
        while (at == 0 && i + 1 < length && !begins(search, text[i], text[i + 1]))
            i++;
        at = next[at / 2 + search->column[text[i]]];
        if ((at & 1) == 0)
            continue;
        for (uint32_t s = at / 2 / search->columns; s != 0; s = search->states[s].ends)
            if (search->states[s].pattern != NO_PATTERN)
                hit(ctx, search->states[s].pattern, i + 1);
    }
}
