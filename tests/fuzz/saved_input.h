/* SPDX-License-Identifier: Apache-2.0 */
/* An input of a fuzz target as a saved state to be loaded. The digests of the states in it are
 * mended, so that the fuzzer gets behind them.
 *
 * What the target saves when it is done is kept: replay.c makes seeds of it, and finds seeds
 * that nobody loads any more, because the layout has changed. Included by targets only. */
#ifndef NJ_TESTS_FUZZ_SAVED_INPUT_H
#define NJ_TESTS_FUZZ_SAVED_INPUT_H

#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct saved_input {
    uint8_t *bytes;
    FILE *in; /* NULL: the input is empty, and the state as new */
};

/* For replay.c. */
unsigned saved_input_loads; /* inputs that were loaded */
char *saved_input_state;    /* what was saved last */
size_t saved_input_size;

/** Keep what was saved. @param text  of an open_memstream that is closed; taken */
static inline void saved_input_keep(char *text, size_t length)
{
    free(saved_input_state);
    saved_input_state = text;
    saved_input_size = length;
}

/* A state ends with the digest of what stands before it. */
static inline void saved_input_mend(uint8_t *state, size_t size)
{
    uint64_t digest;

    if (size < sizeof(digest))
        return;
    digest = htole64(XXH3_64bits(state, size - sizeof(digest)));
    memcpy(state + size - sizeof(digest), &digest, sizeof(digest));
}

/** @param second  magic of a state that stands behind the first one, NULL for none */
static inline struct saved_input saved_input_open(const uint8_t *data, size_t size,
                                                  const char *second)
{
    struct saved_input input = {.bytes = malloc(size + 1)};
    uint8_t *at;

    if (input.bytes == NULL)
        abort();
    if (size == 0)
        return input;
    memcpy(input.bytes, data, size);
    at = second == NULL ? NULL : memmem(input.bytes, size, second, strlen(second));
    if (at == NULL)
        at = input.bytes;
    saved_input_mend(input.bytes, (size_t)(at - input.bytes));
    saved_input_mend(at, size - (size_t)(at - input.bytes));
    input.in = fmemopen(input.bytes, size, "rb");
    if (input.in == NULL)
        abort();
    return input;
}

static inline void saved_input_close(struct saved_input *input)
{
    if (input->in != NULL)
        (void)fclose(input->in);
    free(input->bytes);
}

#endif
