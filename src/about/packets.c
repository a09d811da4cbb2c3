/* SPDX-License-Identifier: Apache-2.0 */
#include "about/packets.h"

#include <math.h>
#include <string.h>

#include "about/hidden.h"
#include "about/sample.h"
#include "base/text.h"
#include "model/packet.h"
#include "report/facts.h"
#include "sample/describe.h"
#include "sample/shape.h"
#include "sample/wire.h"

#define PAYLOAD_BYTES 96u

/* ---- payloads ---- */

static void add_bytes(struct text *text, const uint8_t *at, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (at[i] == '\\')
            text_add_z(text, "\\\\");
        else if (at[i] >= ' ' && at[i] < 0x7f)
            text_add(text, (const char *)at + i, 1);
        else
            text_addf(text, "\\x%02x", at[i]);
    }
}

static void set_payload(json_t *row, const struct sample *sample, const struct sample *hidden)
{
    size_t length, other, head, tail;
    const uint8_t *bytes = sample_payload(sample, &length);
    const uint8_t *masked = sample_payload(hidden, &other);
    struct text text = {0};

    if (length == other && memcmp(bytes, masked, length) == 0) {
        add_bytes(&text, bytes, length < PAYLOAD_BYTES ? length : PAYLOAD_BYTES);
        if (length > PAYLOAD_BYTES)
            text_add_z(&text, "...");
    } else {
        hidden_part(bytes, length, masked, other, &head, &tail);
        add_bytes(&text, bytes, head < PAYLOAD_BYTES ? head : PAYLOAD_BYTES);
        if (head > PAYLOAD_BYTES) {
            text_add_z(&text, "...");
        } else {
            text_add_z(&text, HIDDEN);
            add_bytes(&text, bytes + length - tail,
                      tail < PAYLOAD_BYTES ? tail : PAYLOAD_BYTES);
            if (tail > PAYLOAD_BYTES)
                text_add_z(&text, "...");
        }
    }
    text_add(&text, "", 1);
    fact_set_text(row, "payload", text.no_memory ? "" : text.bytes);
    text_done(&text);
}

/* ---- headers ---- */

static void set_flags(json_t *row, const uint8_t *tcp)
{
    static const char *const names[8] = {"FIN", "SYN", "RST", "PSH",
                                         "ACK", "URG", "ECE", "CWR"};
    char text[48] = "";

    for (unsigned i = 0; i < 8; i++)
        if ((tcp[13] >> i & 1) != 0)
            (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                           text[0] == '\0' ? "" : " ", names[i]);
    fact_set_text(row, "flags", text[0] == '\0' ? "none" : text);
    fact_set_count(row, "window", wire_u16(tcp + 14));
}

static void set_headers(json_t *row, const struct sample *sample, bool id_follows)
{
    const uint8_t *bytes = sample->bytes;
    struct shape shape;

    if (!shape_read(bytes, sample->captured, &shape))
        return;
    fact_set_count(row, "ttl", bytes[shape.version == 4 ? 8 : 7]);
    if (shape.version == 4) {
        (void)json_object_set_new(row, "id",
                                  id_follows ? json_null() : json_integer(wire_u16(bytes + 4)));
        (void)json_object_set_new(row, "id_hidden", json_boolean(id_follows));
    }
    if (shape.whole && shape.proto == PROTO_TCP)
        set_flags(row, bytes + shape.transport);
    else if (shape.whole && (shape.proto == PROTO_ICMP || shape.proto == PROTO_ICMPV6)) {
        fact_set_count(row, "type", bytes[shape.transport]);
        fact_set_count(row, "code", bytes[shape.transport + 1]);
    }
}

static json_t *packet_row(const struct store_samples *samples, const struct sample *sample,
                          const struct sample *hidden, bool id_follows)
{
    bool ports =
        sample->proto == PROTO_TCP || sample->proto == PROTO_UDP || sample->proto == PROTO_SCTP;
    char source[ADDR_TEXT_MAX], proto[PROTO_TEXT_MAX];
    const char *tool = sample->tool == 0 ? "" : nj_intern_text(samples->names, sample->tool);
    struct text time = {0};
    json_t *row = json_object();

    text_time(&time, sample->time_ns / 1000);
    text_add(&time, "", 1);
    fact_set_text(row, "time", time.no_memory ? "" : time.bytes);
    text_done(&time);
    fact_set_text(row, "source", addr_text(sample->src, source));
    fact_set_text(row, "proto", proto_text(sample->proto, proto));
    fact_set_number(row, "sport", NAN);
    fact_set_number(row, "dport", NAN);
    if (ports) {
        fact_set_count(row, "sport", sample->sport);
        fact_set_count(row, "dport", sample->dport);
    }
    set_headers(row, sample, id_follows);
    fact_set_count(row, "length", sample->length);
    set_payload(row, sample, hidden);
    fact_set_text(row, "tool", tool == NULL ? "" : tool);
    return row;
}

/* ---- all of it ---- */

int about_packets(struct store *store, const struct addr *sources, size_t count,
                  const struct config *config, json_t *facts, struct nj_err *err)
{
    const struct samples_question question = {.sources = sources,
                                              .source_count = count,
                                              .from_us = INT64_MIN,
                                              .to_us = INT64_MAX,
                                              .limit = PACKETS_MAX};
    struct about_hiding hiding = {.drawn = true, .config = config};
    struct store_samples samples = {0}, hidden = {0};
    struct nj_err why = {0};
    const char *problem = "";
    bool id_follows[PACKETS_MAX];
    json_t *rows = json_array();
    int rc = -1;

    if (about_key(hiding.key, err) < 0 ||
        about_samples(store, &question, NULL, &samples, err) < 0)
        goto out;
    if (samples.count == 0)
        problem = "no packet of it was kept";
    else if (about_samples_hide(&samples, &hiding, &hidden, id_follows, &why) < 0)
        problem = "the sensor could not be hidden in them";
    for (size_t i = 0; problem[0] == '\0' && i < samples.count; i++)
        (void)json_array_append_new(
            rows, packet_row(&samples, &samples.items[i], &hidden.items[i], id_follows[i]));
    (void)json_object_set(facts, "packets", rows);
    fact_set_text(facts, "packets_problem", problem);
    rc = 0;
out:
    explicit_bzero(hiding.key, sizeof(hiding.key));
    store_samples_done(&samples);
    store_samples_done(&hidden);
    json_decref(rows);
    return rc;
}
