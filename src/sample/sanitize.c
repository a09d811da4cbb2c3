/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/sanitize.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "sample/checksum.h"
#include "sample/forms.h"
#include "sample/relation.h"
#include "sample/rewrite.h"

/* One packet on its way. */
struct item {
    size_t sample;
    struct probe before, after;
    struct shape shape;
};

/* ---- strict: numbers and times
 * -------------------------------------------------------------------- */

enum {
    DRAW_TIME = 1,
    DRAW_SEQ,
    DRAW_CONSTANT,
    DRAW_ACK,
    DRAW_TS,
    DRAW_ID,
    DRAW_ECHO,
    DRAW_NMAP
};

static uint64_t draw(const struct mask *mask, unsigned label, struct addr src, uint64_t of)
{
    return mask_draw(mask, label, src.lo ^ src.hi * 0x9e3779b97f4a7c15u, of);
}

/* Equal values stay equal, and 0 stays 0. */
static uint32_t draw_value(const struct mask *mask, unsigned label, struct addr src,
                           uint32_t value, uint32_t most)
{
    uint32_t new = (uint32_t)draw(mask, label, src, value) & most;

    return value == 0 ? 0 : new == 0 ? 1 : new;
}

/* What the tool that a source runs asks of a sequence number that is drawn anew. */
static uint32_t draw_seq(const struct mask *mask, const struct probe *before, const char *tool)
{
    uint32_t seq = before->values[SLOT_SEQ];

    if (strcmp(tool, "nmap") == 0) { /* both halves xor-ed together tell the phase of a scan */
        uint64_t flip = draw(mask, DRAW_NMAP, before->src, (seq >> 16 ^ seq) & 0xffff);

        return seq ^ (uint32_t)flip;
    }
    if (strcmp(tool, "xmap") == 0) /* the lower half follows from the source port */
        return ((uint32_t)draw(mask, DRAW_SEQ, before->src, seq) & 0xffff0000u) |
               (seq & 0xffffu);
    return draw_value(mask, DRAW_SEQ, before->src, seq, UINT32_MAX);
}

/* A scan's start in Unix seconds stays one. */
static uint32_t draw_timestamp(const struct mask *mask, const struct probe *before,
                               int64_t time_ns)
{
    uint32_t value = before->values[SLOT_TS_VALUE];
    int64_t age = time_ns / 1000000000 - (int64_t)value;

    if (before->values[SLOT_TS_ECHO] == 0 && age > -30 * 86400 && age < 30 * 86400)
        return value - value % 86400 +
               (uint32_t)(draw(mask, DRAW_TS, before->src, value) % 86400);
    return draw_value(mask, DRAW_TS, before->src, value, UINT32_MAX);
}

/* An identification that all packets of the source have, or ZMap's, tells nothing of time. */
static uint32_t draw_id(const struct mask *mask, const struct probe *before, bool constant)
{
    uint32_t id = before->values[SLOT_ID];

    return constant || id == 54321 ? id : draw_value(mask, DRAW_ID, before->src, id, 0xffff);
}

/* Later packets of a connection keep their distance to its first one. */
static const struct item *first_of(const struct item *items, size_t at)
{
    const struct item *item = &items[at];

    for (size_t i = at; i-- > 0 && addr_equal(items[i].before.src, item->before.src);) {
        const struct probe *other = &items[i].before;

        if (other->values[SLOT_SPORT] == item->before.values[SLOT_SPORT] &&
            other->dport == item->before.dport &&
            memcmp(other->words, item->before.words, sizeof(other->words)) == 0)
            at = i;
    }
    return &items[at];
}

/* Redraw what follows from no address. `after` has the new words; rules come later. */
static void redraw(const struct mask *mask, struct item *items, size_t at, const char *tool,
                   bool constant_id, int64_t time_ns)
{
    const struct probe *before = &items[at].before;
    const struct item *first = first_of(items, at);
    struct probe *after = &items[at].after;

    if (first != &items[at] && first->before.has[SLOT_SEQ])
        after->values[SLOT_SEQ] = before->values[SLOT_SEQ] - first->before.values[SLOT_SEQ] +
                                  first->after.values[SLOT_SEQ];
    else
        after->values[SLOT_SEQ] = draw_seq(mask, before, tool);
    if (before->values[SLOT_ACK] != 0)
        after->values[SLOT_ACK] =
            before->values[SLOT_ACK] + (uint32_t)draw(mask, DRAW_ACK, before->src,
                                                      (uint64_t)before->words[0] << 32 |
                                                          (uint64_t)before->dport << 16 |
                                                          before->values[SLOT_SPORT]);
    after->values[SLOT_TS_VALUE] = draw_timestamp(mask, before, time_ns);
    after->values[SLOT_ID] = draw_id(mask, before, constant_id);
    after->values[SLOT_ECHO] =
        draw_value(mask, DRAW_ECHO, before->src, before->values[SLOT_ECHO] >> 16, 0xffff)
            << 16 |
        draw_value(mask, DRAW_ECHO, before->src, before->values[SLOT_ECHO] & 0xffff, 0xffff);
}

static int compare_times(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* The packets of a day in their order, at times drawn from it. They stay as close together as a
 * minute each on average: what a tool leaves in several packets is evidence only while they
 * belong to one episode (fingerprint/fingerprint.h). */
static int redraw_times(const struct mask *mask, struct sample *samples, size_t count,
                        struct nj_err *err)
{
    int64_t *times = malloc((count + 1) * sizeof(*times));

    if (times == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for times");
    for (size_t start = 0, end; start < count; start = end) {
        int64_t day = samples[start].time_ns / DAY_NS, span_us, begin_us;

        for (end = start; end < count && samples[end].time_ns / DAY_NS == day; end++)
            ;
        span_us = (int64_t)(end - start) * 60000000;
        if (span_us > DAY_NS / 1000)
            span_us = DAY_NS / 1000;
        begin_us = (int64_t)(mask_draw(mask, DRAW_TIME, (uint64_t)day, UINT64_MAX) %
                             (uint64_t)(DAY_NS / 1000 - span_us + 1));
        for (size_t i = start; i < end; i++) {
            uint64_t at = mask_draw(mask, DRAW_TIME, (uint64_t)day, i - start);

            times[i] = day * DAY_NS + (begin_us + (int64_t)(at % (uint64_t)span_us)) * 1000;
        }
        qsort(times + start, end - start, sizeof(*times), compare_times);
    }
    for (size_t i = 0; i < count; i++)
        samples[i].time_ns = times[i];
    free(times);
    return 0;
}

/* ---- relations
 * ------------------------------------------------------------------------------------ */

static int compare_items(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int by_source = addr_compare(x->before.src, y->before.src);

    if (by_source != 0)
        return by_source;
    return x->sample < y->sample ? -1 : x->sample > y->sample;
}

/* Give the slots that have a rule the value that it asks for. The order is that in which they
 * depend on each other: ports, sequence numbers, identification. */
static void follow_rules(const struct mask *mask, struct item *item, bool strict)
{
    static const enum slot order[SLOTS] = {
        SLOT_SPORT,   SLOT_SEQ,  SLOT_SEQ_HIGH, SLOT_SEQ_LOW, SLOT_ACK,    SLOT_TS_VALUE,
        SLOT_TS_ECHO, SLOT_ECHO, SLOT_ID,       SLOT_WINDOW,  SLOT_URGENT,
    };
    struct probe *after = &item->after;

    after->values[SLOT_SEQ_HIGH] = after->values[SLOT_SEQ] >> 16;
    after->values[SLOT_SEQ_LOW] = after->values[SLOT_SEQ] & 0xffff;
    for (size_t i = 0; i < SLOTS; i++) {
        const struct rule *rule = &item->before.rules[order[i]];
        uint32_t constant = rule->constant;

        if (!rule->set)
            continue;
        if (strict && !rule->fixed && !rule->add && order[i] != SLOT_SPORT)
            constant = (uint32_t)draw(mask, DRAW_CONSTANT, item->before.src, constant);
        after->values[order[i]] = relation_value(after, order[i], rule, constant);
        if (order[i] == SLOT_SEQ_HIGH || order[i] == SLOT_SEQ_LOW)
            after->values[SLOT_SEQ] =
                after->values[SLOT_SEQ_HIGH] << 16 | after->values[SLOT_SEQ_LOW];
    }
}

/* The verdict on a source is that of most of its packets that have one. */
static const char *tool_of(const struct item *items, size_t count, const struct sample *samples,
                           const struct nj_intern *names)
{
    uint32_t best = 0;
    size_t most = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t tool = samples[items[i].sample].tool;
        size_t same = 0;

        for (size_t k = 0; tool != 0 && tool != best && k < count; k++)
            same += samples[items[k].sample].tool == tool;
        if (same > most) {
            most = same;
            best = tool;
        }
    }
    return nj_intern_text(names, best);
}

static bool constant_id(const struct item *items, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (items[i].before.values[SLOT_ID] != items[0].before.values[SLOT_ID])
            return false;
    return count >= 3;
}

/* Of tools whose numbers are known to be no function of the address a relation is an accident
 * of few and small numbers: the scan's own order. */
static void drop_accidents(struct probe *probe, const char *tool)
{
    static const enum slot slots[] = {SLOT_SEQ, SLOT_SEQ_HIGH, SLOT_SEQ_LOW, SLOT_SPORT};

    if (strcmp(tool, "nmap") != 0 && strcmp(tool, "xmap") != 0)
        return;
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
        if (!probe->rules[slots[i]].fixed)
            probe->rules[slots[i]].set = false;
}

/* What all packets of one source get. */
static void plan_source(const struct mask *mask, struct item *items, size_t count,
                        const struct sample *samples, const struct sanitize_options *options)
{
    const char *tool = tool_of(items, count, samples, options->names);
    bool same_id = constant_id(items, count);

    for (size_t i = 0; i < count; i++) {
        struct probe *before = &items[i].before, *after = &items[i].after;
        struct addr dst = mask_addr(mask, samples[items[i].sample].dst);

        drop_accidents(before, tool);
        *after = *before;
        if (!ours_nobody(samples[items[i].sample].dst))
            probe_words(after, dst);
        if (options->strict)
            redraw(mask, items, i, tool, same_id, samples[items[i].sample].time_ns);
        /* what it echoes is our own clock */
        if (before->values[SLOT_TS_ECHO] != 0)
            after->values[SLOT_TS_ECHO] = before->values[SLOT_TS_ECHO] + mask_uptime(mask, dst);
        follow_rules(mask, &items[i], options->strict);
    }
}

/* ---- the self-test
 * -------------------------------------------------------------------------------- */

/* What must not be in the result, by name; NULL when there is nothing of it. */
static const char *find_leak(const struct sample *sample, const struct item *item,
                             const struct ours *ours)
{
    struct probe now = {0};
    struct shape shape;
    struct addr src, dst;

    if (!shape_read(sample->bytes, sample->captured, &shape))
        return "a header that can't be read";
    packet_addresses(sample->bytes, &shape, &src, &dst);
    if (ours_has(ours, src) || ours_has(ours, dst))
        return "an address in the header";
    probe_read(&now, sample->bytes, &shape);
    memcpy(now.words, item->before.words, sizeof(now.words)); /* the true one */
    now.word_count = item->before.word_count;
    now.has[SLOT_ID] = false; /* 16 bits meet by chance */
    if (memcmp(item->after.words, item->before.words, sizeof(now.words)) != 0) {
        relations_find_fixed(&now);
        for (enum slot slot = 0; slot < SLOTS_32; slot++)
            if (now.rules[slot].set)
                return "a field that follows from the address";
    }
    if (shape.version == 4)
        for (size_t i = shape.options; i < shape.transport; i++)
            if (sample->bytes[i] > 1)
                return "an IP option";
    if (shape.version == 6 &&
        forms_count(sample->bytes + shape.options, shape.transport - shape.options, ours) > 0)
        return "an extension header";
    if (forms_count(sample->bytes + shape.payload, shape.end - shape.payload, ours) > 0)
        return "the payload";
    return NULL;
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

/* The stand-in of our network must not be in it. */
static int check_key(const struct mask *mask, const struct ours *ours,
                     const struct sample *samples, size_t count, struct nj_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (!ours_nobody(samples[i].dst) && ours_has(ours, mask_addr(mask, samples[i].dst)))
            return nj_fail(err, NJ_CONFIG,
                           "this key leads from one of our own addresses to another: take "
                           "another key");
    return 0;
}

static int read_items(struct item *items, const struct sample *samples, size_t count,
                      struct nj_err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct item *item = &items[i];

        *item = (struct item){.sample = i};
        if (!shape_read(samples[i].bytes, samples[i].captured, &item->shape))
            return nj_fail(err, NJ_LIMIT, "packet %zu: its IP header can't be read", i + 1);
        probe_read(&item->before, samples[i].bytes, &item->shape);
    }
    qsort(items, count, sizeof(*items), compare_items);
    return 0;
}

/* With a copy of the probes, which must stand side by side. */
static int find_relations(struct item *items, size_t count, struct nj_err *err)
{
    struct probe *probes = malloc((count + 1) * sizeof(*probes));
    int rc;

    if (probes == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for relations");
    for (size_t i = 0; i < count; i++)
        probes[i] = items[i].before;
    rc = relations_find(probes, count, err);
    for (size_t i = 0; i < count; i++)
        items[i].before = probes[i];
    free(probes);
    return rc;
}

static int replace_all(struct sample *samples, uint8_t (*bytes)[SAMPLE_BYTES_MAX], size_t count,
                       struct item *items, const struct mask *mask, const struct ours *ours,
                       const struct sanitize_options *options, struct nj_err *err)
{
    if (read_items(items, samples, count, err) < 0 || find_relations(items, count, err) < 0)
        return -1;
    for (size_t start = 0, end; start < count; start = end) {
        for (end = start + 1;
             end < count && addr_equal(items[end].before.src, items[start].before.src); end++)
            ;
        plan_source(mask, items + start, end - start, samples, options);
    }
    for (size_t i = 0; i < count; i++) {
        struct sample *sample = &samples[items[i].sample];
        uint8_t *to = bytes[items[i].sample];

        memmove(to, sample->bytes, sample->captured);
        sample->bytes = to;
        if (options->ret_id_follows != NULL)
            options->ret_id_follows[items[i].sample] =
                items[i].before.rules[SLOT_ID].set && !ours_nobody(sample->dst);
        rewrite_packet(sample, to, &items[i].after, mask, ours, options->strict);
    }
    if (options->strict && redraw_times(mask, samples, count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const char *leak = find_leak(&samples[items[i].sample], &items[i], ours);

        if (leak != NULL)
            return nj_fail(err, NJ_LIMIT, "packet %zu would still tell who the sensor is by %s",
                           items[i].sample + 1, leak);
    }
    return 0;
}

int sanitize(struct sample *samples, uint8_t (*bytes)[SAMPLE_BYTES_MAX], size_t count,
             const struct sanitize_options *options, struct nj_err *err)
{
    struct item *items = malloc((count + 1) * sizeof(*items));
    struct ours *ours = NULL;
    struct mask mask;
    int rc = -1;

    mask_init(&mask, options->key);
    if (items == NULL)
        (void)nj_fail(err, NJ_NOMEM, "no memory for packets");
    else if (ours_new(samples, count, options->sensors, options->sensor_count, &ours, err) ==
                 0 &&
             check_key(&mask, ours, samples, count, err) == 0)
        rc = replace_all(samples, bytes, count, items, &mask, ours, options, err);
    ours_free(ours);
    free(items);
    return rc;
}
