/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/sampler.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/saved.h"
#include "base/span.h"

#define LINES (1u << 13)
#define WAYS 7u
#define TOOLS 256u /* names whose hash is remembered; tools are far fewer */
#define DAY_MS 86400000ll
/* A packet this much older than the day still belongs to it. */
#define JITTER_NS 3600000000000ll
#define MAGIC "NJSAMPL2"

/* One (sensor, source, tool, protocol, port). */
struct place {
    uint32_t tag; /* 0: empty */
    uint32_t count;
};

/* A cache line: places of one day, forgotten when a packet of another day comes. */
struct line {
    int32_t day; /* since 1970 */
    uint32_t unused;
    struct place places[WAYS];
};

struct sampler {
    struct line *lines;
    uint32_t per_day;
    int64_t refilled_ms; /* capture time; INT64_MIN: never */
    uint64_t level;      /* of the budget, in parts of a sample: DAY_MS make one */
    const struct nj_intern *names;
    uint32_t tool_hashes[TOOLS]; /* of the names; 0: not yet known */
    sample_fn sink;
    void *sink_ctx;
    struct sampler_counts counts;
};

int sampler_new(uint32_t per_day, const struct nj_intern *names, sample_fn sink, void *sink_ctx,
                struct sampler **ret_sampler, struct nj_err *err)
{
    struct sampler *sampler = calloc(1, sizeof(*sampler));

    if (sampler != NULL)
        sampler->lines = aligned_alloc(64, LINES * sizeof(*sampler->lines));
    if (sampler == NULL || sampler->lines == NULL) {
        free(sampler);
        return nj_fail(err, NJ_NOMEM, "no memory for the sampler");
    }
    memset(sampler->lines, 0, LINES * sizeof(*sampler->lines));
    sampler->per_day = per_day;
    sampler->refilled_ms = INT64_MIN;
    sampler->names = names;
    sampler->sink = sink;
    sampler->sink_ctx = sink_ctx;
    *ret_sampler = sampler;
    return 0;
}

void sampler_free(struct sampler *sampler)
{
    if (sampler == NULL)
        return;
    free(sampler->lines);
    free(sampler);
}

const struct sampler_counts *sampler_counts(const struct sampler *sampler)
{
    return &sampler->counts;
}

/* ---- counting ---- */

static uint64_t flow_key(const struct packet *packet)
{
    return nj_mix64(packet->src_hash ^ ((uint64_t)packet->proto << 16 | packet->dport));
}

static struct line *line_of(const struct sampler *sampler, uint64_t key)
{
    return &sampler->lines[key % LINES];
}

void sampler_prefetch(const struct sampler *sampler, const struct packet *packet)
{
    if (packet->ip != NULL)
        __builtin_prefetch(line_of(sampler, flow_key(packet)), 1);
}

/* The same number for the same tool in every run, which name numbers are not. */
static uint32_t tool_hash(struct sampler *sampler, uint32_t tool)
{
    const char *name;
    uint32_t hash;

    if (tool < TOOLS && sampler->tool_hashes[tool] != 0)
        return sampler->tool_hashes[tool];
    name = nj_intern_text(sampler->names, tool);
    hash = (uint32_t)XXH3_64bits(name, strlen(name)) | 1;
    if (tool < TOOLS)
        sampler->tool_hashes[tool] = hash;
    return hash;
}

/* A little disorder at midnight does no harm. */
static void choose_day(struct line *line, int64_t time_ns)
{
    int64_t day = nj_floor_div(time_ns, DAY_NS);

    if (day == line->day ||
        (day == line->day - 1 && time_ns - (day + 1) * DAY_NS >= -JITTER_NS))
        return;
    *line = (struct line){.day = (int32_t)day};
}

/* Count the packet. @return its number, from 1 */
static uint32_t count_packet(struct line *line, uint32_t tag)
{
    struct place *least = &line->places[0];

    for (unsigned i = 0; i < WAYS; i++) {
        struct place *place = &line->places[i];

        if (place->tag == tag)
            return place->count == UINT32_MAX ? UINT32_MAX : ++place->count;
        if (place->count < least->count)
            least = place;
    }
    *least = (struct place){.tag = tag, .count = 1};
    return 1;
}

/* ---- choosing ---- */

static uint64_t capacity(const struct sampler *sampler)
{
    return (uint64_t)(sampler->per_day / 8 + 1) * DAY_MS;
}

/* A budget that was never touched is full. Time that goes back pays nothing. */
static void refill(struct sampler *sampler, int64_t time_ns)
{
    const uint64_t most = capacity(sampler);
    int64_t now_ms = time_ns / 1000000;
    uint64_t passed;

    if (sampler->refilled_ms == INT64_MIN) {
        sampler->level = most;
    } else if (now_ms > sampler->refilled_ms) {
        passed = (uint64_t)now_ms - (uint64_t)sampler->refilled_ms;
        if (passed > DAY_MS)
            passed = DAY_MS;
        sampler->level += passed * sampler->per_day;
        if (sampler->level > most)
            sampler->level = most;
    }
    sampler->refilled_ms = now_ms;
}

/* Whether the n-th of a source's packets is thinned out, and whether the budget has room for
 * first packets of this source. */
static bool first_allowed(const struct sampler *sampler, const struct packet *packet,
                          uint64_t draw)
{
    uint64_t least = capacity(sampler) / 8, half = least * 4;

    if (packet->episode_packets > SAMPLER_SOURCE &&
        (draw >> 32) * packet->episode_packets >= (uint64_t)SAMPLER_SOURCE << 32)
        return false;
    return sampler->level >= half ||
           (nj_mix64(packet->src_hash) >> 40) * ((half - least) >> 24) + least < sampler->level;
}

static bool is_octave_place(uint32_t nth, uint64_t draw)
{
    uint32_t octave = 1u << (31 - __builtin_clz(nth));

    return nth > SAMPLER_FIRST && nth - octave == ((uint32_t)draw & (octave - 1));
}

static int keep(struct sampler *sampler, const struct packet *packet, uint32_t nth,
                struct nj_err *err)
{
    struct sample sample = {
        .time_ns = packet->time_ns,
        .src = packet->src,
        .dst = packet->dst,
        .sensor = packet->sensor,
        .tool = packet->tool,
        .length = packet->ip_length,
        .nth = nth,
        .sport = packet->sport,
        .dport = packet->dport,
        .proto = packet->proto,
        .class = (uint8_t)packet->class,
        .captured = (uint16_t)(packet->ip_captured < SAMPLE_BYTES_MAX ? packet->ip_captured
                                                                      : SAMPLE_BYTES_MAX),
        .bytes = packet->ip,
    };

    sampler->level -= DAY_MS;
    sampler->counts.kept++;
    return sampler->sink(sampler->sink_ctx, &sample, err);
}

int sampler_add(struct sampler *sampler, const struct packet *packet, struct nj_err *err)
{
    struct line *line;
    uint64_t key, place;
    uint32_t nth;
    bool octave;

    if (packet->ip == NULL || packet->direction != DIRECTION_IN || sampler->per_day == 0)
        return 0;
    key = flow_key(packet);
    line = line_of(sampler, key);
    choose_day(line, packet->time_ns);
    place = nj_mix64(key ^ tool_hash(sampler, packet->tool));
    nth = count_packet(line, (uint32_t)(place >> 32) | 1);
    octave = is_octave_place(nth, place);
    if (nth > SAMPLER_FIRST && !octave)
        return 0;
    refill(sampler, packet->time_ns);
    if (sampler->level < DAY_MS ||
        (!octave && !first_allowed(sampler, packet, nj_mix64(place)))) {
        sampler->counts.refused++;
        return 0;
    }
    return keep(sampler, packet, nth, err);
}

/* ---- state ---- */

/* Of each line which places are taken, then their counts. */
static void walk_line(struct nj_saved *saved, struct line *line)
{
    uint32_t day = (uint32_t)line->day;
    uint8_t taken = 0;

    for (unsigned i = 0; i < WAYS; i++)
        taken |= (uint8_t)((line->places[i].tag != 0) << i);
    nj_saved_u8(saved, &taken);
    nj_saved_check(saved, taken < 1u << WAYS);
    if (taken == 0 || nj_saved_bad(saved))
        return;
    nj_saved_u32(saved, &day);
    line->day = (int32_t)day;
    for (unsigned i = 0; i < WAYS; i++)
        if ((taken >> i & 1) != 0) {
            nj_saved_u32(saved, &line->places[i].tag);
            nj_saved_u32(saved, &line->places[i].count);
        }
}

static int walk(struct nj_saved *saved, void *state, struct nj_err *err)
{
    struct sampler *sampler = state;

    (void)err;
    nj_saved_i64(saved, &sampler->refilled_ms);
    nj_saved_u64(saved, &sampler->level);
    if (sampler->level > capacity(sampler)) /* the configuration gives less now */
        sampler->level = capacity(sampler);
    for (size_t i = 0; i < LINES && !nj_saved_bad(saved); i++)
        walk_line(saved, &sampler->lines[i]);
    return 0;
}

int sampler_save(const struct sampler *sampler, FILE *out, struct nj_err *err)
{
    /* a walk that writes changes nothing: the level never is above the capacity */
    if (nj_saved_write(out, MAGIC, NULL, walk, (struct sampler *)(uintptr_t)sampler, err) < 0)
        return nj_within(err, "save what was sampled");
    return 0;
}

int sampler_load(struct sampler *sampler, FILE *in, struct nj_err *err)
{
    int rc = nj_saved_read(in, MAGIC, NULL, walk, sampler, err);

    if (rc < 0) {
        memset(sampler->lines, 0, LINES * sizeof(*sampler->lines));
        sampler->refilled_ms = INT64_MIN;
        sampler->level = 0;
    }
    return rc < 0 ? nj_within(err, "saved samples") : 0;
}
