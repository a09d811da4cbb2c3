/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/known.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

int known_head_read(struct nj_stream *stream, struct known_head *ret_head, struct nj_err *err)
{
    const uint8_t *bytes;
    size_t length;

    if (nj_stream_peek(stream, KNOWN_HEAD, &bytes, &length, err) < 0 && length == 0)
        return -1;
    ret_head->length = length < KNOWN_HEAD ? length : KNOWN_HEAD;
    memcpy(ret_head->bytes, bytes, ret_head->length);
    return 0;
}

bool known_head_begins(const struct known_head *head, uint64_t length, uint64_t digest)
{
    return length <= head->length && XXH3_64bits(head->bytes, length) == digest;
}

/* Consume up to `position`. @return 0; 1 when the input is shorter; -1 */
static int advance(struct nj_stream *stream, uint64_t position, struct nj_err *err)
{
    while (nj_stream_offset(stream) < position) {
        uint64_t left = position - nj_stream_offset(stream);
        const uint8_t *bytes;
        size_t length;

        if (nj_stream_peek(stream, 1, &bytes, &length, err) < 0)
            return -1;
        if (length == 0)
            return 1;
        nj_stream_consume(stream, length < left ? length : (size_t)left);
    }
    return 0;
}

/* The longest of the candidates (sorted, longest first) that the file begins with. */
static int longest_match(const char *path, const struct store_input *inputs, size_t count,
                         const struct store_input **ret_match, struct nj_err *err)
{
    struct nj_stream *stream;
    int rc = 0;

    *ret_match = NULL;
    if (nj_stream_open(path, &stream, err) < 0)
        return -1;
    for (size_t i = count; i > 0 && rc == 0; i--) {
        rc = advance(stream, inputs[i - 1].position, err);
        if (rc == 0 && nj_stream_digest(stream) == inputs[i - 1].digest)
            *ret_match = &inputs[i - 1];
    }
    nj_stream_free(stream);
    return rc < 0 ? -1 : 0;
}

int known_find(struct store *store, const char *path, const struct known_head *head,
               struct store_input *record, uint64_t *ret_alike, struct nj_err *err)
{
    struct store_input *inputs;
    const struct store_input *match = NULL;
    size_t count, kept = 0;
    int rc = 0;

    if (store_find_inputs(store, record->sensor, record->format, &inputs, &count, err) < 0)
        return -1;
    *ret_alike = 0;
    for (size_t i = 0; i < count; i++) {
        if (!known_head_begins(head, inputs[i].head_length, inputs[i].head_digest))
            continue;
        if (inputs[i].head_length > *ret_alike)
            *ret_alike = inputs[i].head_length;
        inputs[kept++] = inputs[i];
    }
    if (kept > 0 && strcmp(path, "-") == 0)
        match = &inputs[0];
    else if (kept > 0)
        rc = longest_match(path, inputs, kept, &match, err);
    if (match != NULL) {
        *record = *match;
        *ret_alike = 0;
    } else {
        record->head_length = head->length;
        record->head_digest = XXH3_64bits(head->bytes, head->length);
    }
    free(inputs);
    return rc;
}
