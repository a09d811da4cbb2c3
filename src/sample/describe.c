/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/describe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sample/shape.h"
#include "sample/wire.h"

struct words {
    char *text;
    size_t used;
};

static void add(struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct words *words, const char *format, ...)
{
    size_t room = SAMPLE_TEXT_MAX - words->used;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(words->text + words->used, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        words->used += (size_t)length < room ? (size_t)length : room - 1;
}

static void add_tcp(struct words *words, const uint8_t *at)
{
    static const char *const names[8] = {"FIN", "SYN", "RST", "PSH",
                                         "ACK", "URG", "ECE", "CWR"};
    const char *between = "";

    for (unsigned i = 0; i < 8; i++)
        if ((at[13] >> i & 1) != 0) {
            add(words, "%s%s", between, names[i]);
            between = " ";
        }
    add(words, "%sseq %u", between[0] == '\0' ? "no flags, " : between, wire_u32(at + 4));
    if (wire_u32(at + 8) != 0)
        add(words, " ack %u", wire_u32(at + 8));
    add(words, " window %u", wire_u16(at + 14));
}

static void add_payload(struct words *words, const uint8_t *at, size_t length, size_t more)
{
    if (length + more == 0)
        return;
    add(words, "%s%zu bytes", words->used == 0 ? "" : ", ", length + more);
    for (size_t i = 0; i < length && i < 64; i++)
        add(words, "%s%c", i == 0 ? ": " : "", at[i] >= ' ' && at[i] < 0x7f ? at[i] : '.');
}

char *sample_describe(const struct sample *sample, char text[static SAMPLE_TEXT_MAX])
{
    struct words words = {.text = text};
    const uint8_t *bytes = sample->bytes, *at;
    struct shape shape;
    size_t more = 0;

    text[0] = '\0';
    if (!shape_read(bytes, sample->captured, &shape)) {
        add(&words, "no whole IP header");
        return text;
    }
    at = bytes + shape.transport;
    if (shape.whole && shape.proto == PROTO_TCP)
        add_tcp(&words, at);
    else if (shape.whole && shape.proto != PROTO_UDP)
        add(&words, "type %u code %u", at[0], at[1]);
    else if (!shape.whole)
        add(&words, "%s of protocol %u", shape.fragment ? "fragment" : "packet", shape.proto);
    if (sample->length > shape.end && shape.cut)
        more = sample->length - shape.end;
    add(&words, "%sttl %u", words.used == 0 ? "" : ", ",
        shape.version == 4 ? bytes[8] : bytes[7]);
    add_payload(&words, bytes + shape.payload, shape.end - shape.payload, more);
    return text;
}

const uint8_t *sample_payload(const struct sample *sample, size_t *ret_length)
{
    struct shape shape;

    *ret_length = 0;
    if (!shape_read(sample->bytes, sample->captured, &shape))
        return sample->bytes;
    *ret_length = shape.end - shape.payload;
    return sample->bytes + shape.payload;
}
