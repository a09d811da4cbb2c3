/* SPDX-License-Identifier: Apache-2.0 */
/* The state as a stream of bytes. Numbers are little-endian.
 *
 *   8   "NJFINGER"
 *   4   version, 2
 *   8   clock: highest packet time, ns
 *   8   senders evicted so far
 *   2   rules, then for each: 1 length, name
 *   2   tools, then for each: 1 length, name
 *   4   signatures, then for each: 8 layout, 8 rest (struct stack_key)
 *   8   the moving hand
 *   8   senders, then for each: 8 src.hi, 8 src.lo, 8 last_ns, 4 sensor, 4 episode_packets,
 *       4 told_bits (IEEE 754), 6 x 4 evidence words, 2 last_sport, 1 known, 1 verdict (number
 *       in the list of tools above), 4 hits for each rule above
 *   8   XXH3-64 of all before
 *
 * then the profiles (profile.h).
 */
#include "fingerprint/state.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <xxhash.h>

#include "fingerprint/tool_rule.h"

#define MAGIC "NJFINGER"
#define VERSION 2u
#define NAMES_MAX 64u /* rules or tools in a file */
#define NAME_MAX_LENGTH 64u

/* Both directions: a stream, its digest, and whether something went wrong. */
struct stream {
    FILE *file;
    XXH3_state_t *digest;
    uint64_t offset;
    bool bad;
    size_t pending; /* bytes of `buffer` that are yet to be written */
    uint8_t buffer[16384];
};

static bool stream_open(struct stream *s, FILE *file)
{
    s->file = file;
    s->digest = XXH3_createState();
    s->offset = 0;
    s->bad = false;
    s->pending = 0;
    return s->digest != NULL && XXH3_64bits_reset(s->digest) == XXH_OK;
}

static void stream_close(struct stream *s)
{
    (void)XXH3_freeState(s->digest);
}

/* Write what is pending. */
static void flush(struct stream *s)
{
    (void)XXH3_64bits_update(s->digest, s->buffer, s->pending);
    if (!s->bad && fwrite(s->buffer, 1, s->pending, s->file) != s->pending)
        s->bad = true;
    s->pending = 0;
}

/* @param n  at most the buffer's size */
static void put_bytes(struct stream *s, const void *bytes, size_t n)
{
    if (n > sizeof(s->buffer) - s->pending)
        flush(s);
    memcpy(s->buffer + s->pending, bytes, n);
    s->pending += n;
}

static void put(struct stream *s, uint64_t value, unsigned bytes)
{
    uint8_t text[8];

    for (unsigned i = 0; i < bytes; i++)
        text[i] = (uint8_t)(value >> 8 * i);
    put_bytes(s, text, bytes);
}

static void get_bytes(struct stream *s, void *ret_bytes, size_t n)
{
    if (s->bad || fread(ret_bytes, 1, n, s->file) != n) {
        s->bad = true;
        memset(ret_bytes, 0, n);
        return;
    }
    (void)XXH3_64bits_update(s->digest, ret_bytes, n);
    s->offset += n;
}

static uint64_t get(struct stream *s, unsigned bytes)
{
    uint8_t text[8] = {0};
    uint64_t value = 0;

    get_bytes(s, text, bytes);
    for (unsigned i = bytes; i-- > 0;)
        value = value << 8 | text[i];
    return value;
}

static void put_name(struct stream *s, const char *name)
{
    put(s, strlen(name), 1);
    put_bytes(s, name, strlen(name));
}

/* Evidence words in the order of the file. */
#define EVIDENCE_WORDS 6u

static void evidence_words(const struct evidence *evidence, uint32_t ret_words[EVIDENCE_WORDS])
{
    uint32_t words[EVIDENCE_WORDS] = {
        evidence->syns,        evidence->others,   evidence->last_seq,
        evidence->last_target, evidence->last_key, evidence->nmap_seq,
    };

    memcpy(ret_words, words, sizeof(words));
}

static void put_sender(struct stream *s, const struct sender *sender)
{
    uint32_t words[EVIDENCE_WORDS];
    uint32_t told;

    memcpy(&told, &sender->told_bits, sizeof(told));
    put(s, sender->src.hi, 8);
    put(s, sender->src.lo, 8);
    put(s, (uint64_t)sender->last_ns, 8);
    put(s, sender->sensor, 4);
    put(s, sender->episode_packets, 4);
    put(s, told, 4);
    evidence_words(&sender->evidence, words);
    for (unsigned i = 0; i < EVIDENCE_WORDS; i++)
        put(s, words[i], 4);
    put(s, sender->evidence.last_sport, 2);
    put(s, sender->evidence.known, 1);
    put(s, sender->evidence.verdict, 1);
    for (size_t i = 0; i < tool_rule_count; i++)
        put(s, tool_hits(&sender->evidence, i), 4);
}

int fingerprint_save(const struct fingerprint *fp, FILE *out, struct nj_err *err)
{
    struct stream s;
    uint32_t signatures = stack_table_count(fp->stacks);

    if (!stream_open(&s, out)) {
        stream_close(&s);
        return nj_fail(err, NJ_NOMEM, "fingerprint state");
    }
    put_bytes(&s, MAGIC, 8);
    put(&s, VERSION, 4);
    put(&s, (uint64_t)fp->now_ns, 8);
    put(&s, fp->counts.senders_evicted, 8);
    put(&s, tool_rule_count, 2);
    for (size_t i = 0; i < tool_rule_count; i++)
        put_name(&s, tool_rules[i].name);
    put(&s, TOOL_COUNT, 2);
    for (unsigned i = 0; i < TOOL_COUNT; i++)
        put_name(&s, tool_names[i]);
    put(&s, signatures, 4);
    for (uint32_t i = 0; i < signatures; i++) {
        struct stack_key key = stack_table_key(fp->stacks, i);

        put(&s, key.layout, 8);
        put(&s, key.rest, 8);
    }
    put(&s, sender_hand(fp->senders), 8);
    put(&s, sender_count(fp->senders), 8);
    for (size_t i = 0; i < sender_count(fp->senders); i++)
        put_sender(&s, sender_at(fp->senders, i));
    flush(&s);
    put(&s, XXH3_64bits_digest(s.digest), 8);
    flush(&s);
    stream_close(&s);
    if (s.bad)
        return nj_fail(err, NJ_IO, "write fingerprint state");
    return profile_table_save(fp->profiles, out, err);
}

/* The file's rules and tools, as numbers of ours. */
struct names {
    unsigned rules, tools;
    uint8_t rule[NAMES_MAX]; /* tool_rule_count: we have no such rule any more */
    uint8_t tool[NAMES_MAX]; /* TOOL_NONE: no such tool */
};

static int fail_format(const struct stream *s, const char *what, struct nj_err *err)
{
    if (ferror(s->file))
        return nj_fail(err, NJ_IO, "read fingerprint state");
    return nj_fail_at(err, NJ_FORMAT, s->offset, "fingerprint state: %s at byte %llu",
                      s->bad ? "it ends" : what, (unsigned long long)s->offset);
}

static void get_name(struct stream *s, char ret_name[NAME_MAX_LENGTH + 1])
{
    unsigned length = (unsigned)get(s, 1);

    if (length > NAME_MAX_LENGTH) {
        s->bad = true;
        length = 0;
    }
    get_bytes(s, ret_name, length);
    ret_name[length] = '\0';
}

static unsigned rule_named(const char *name)
{
    unsigned i = 0;

    while (i < tool_rule_count && strcmp(tool_rules[i].name, name) != 0)
        i++;
    return i;
}

static unsigned tool_named(const char *name)
{
    for (unsigned i = 0; i < TOOL_COUNT; i++)
        if (strcmp(tool_names[i], name) == 0)
            return i;
    return TOOL_NONE;
}

static void get_names(struct stream *s, struct names *names)
{
    char name[NAME_MAX_LENGTH + 1];

    names->rules = (unsigned)get(s, 2);
    if (names->rules > NAMES_MAX)
        s->bad = true;
    for (unsigned i = 0; i < names->rules && !s->bad; i++) {
        get_name(s, name);
        names->rule[i] = (uint8_t)rule_named(name);
    }
    names->tools = (unsigned)get(s, 2);
    if (names->tools > NAMES_MAX)
        s->bad = true;
    for (unsigned i = 0; i < names->tools && !s->bad; i++) {
        get_name(s, name);
        names->tool[i] = (uint8_t)tool_named(name);
    }
}

static int get_evidence(struct stream *s, const struct names *names, struct evidence *evidence,
                        struct nj_err *err)
{
    uint64_t judged;

    evidence->syns = (uint32_t)get(s, 4);
    evidence->others = (uint32_t)get(s, 4);
    evidence->last_seq = (uint32_t)get(s, 4);
    evidence->last_target = (uint32_t)get(s, 4);
    evidence->last_key = (uint32_t)get(s, 4);
    evidence->nmap_seq = (uint32_t)get(s, 4);
    evidence->last_sport = (uint16_t)get(s, 2);
    evidence->known = (uint8_t)get(s, 1);
    evidence->verdict = (uint8_t)get(s, 1);
    judged = (uint64_t)evidence->syns + evidence->others;
    if (evidence->known > KNOWN_ALL || evidence->verdict >= names->tools || judged > UINT32_MAX)
        return fail_format(s, "impossible evidence", err);
    evidence->verdict = names->tool[evidence->verdict];
    for (unsigned i = 0; i < names->rules; i++) {
        uint32_t hits = (uint32_t)get(s, 4);

        if (hits > judged)
            return fail_format(s, "more hits than packets", err);
        if (names->rule[i] < tool_rule_count)
            tool_set_hits(evidence, names->rule[i], hits);
    }
    return 0;
}

static int get_sender(struct fingerprint *fp, struct stream *s, const struct names *names,
                      struct nj_err *err)
{
    struct sender read = {.told_bits = 0};
    struct sender_place room;
    uint64_t hash;
    uint32_t told;

    read.src.hi = get(s, 8);
    read.src.lo = get(s, 8);
    read.last_ns = (int64_t)get(s, 8);
    read.sensor = (uint32_t)get(s, 4);
    read.episode_packets = (uint32_t)get(s, 4);
    told = (uint32_t)get(s, 4);
    memcpy(&read.told_bits, &told, sizeof(told));
    if (get_evidence(s, names, &read.evidence, err) < 0)
        return -1;
    hash = sender_hash(read.src, read.sensor);
    if (s->bad || !isfinite(read.told_bits) ||
        sender_find(fp->senders, hash, read.src, read.sensor) != NULL)
        return fail_format(s, "impossible sender", err);

    room = sender_room_loading(fp->senders, read.last_ns);
    if (room.place == NULL)
        return nj_fail(err, NJ_NOMEM, "sender %zu", sender_count(fp->senders) + 1);
    fp->counts.senders_evicted += room.held;
    sender_put(fp->senders, room, hash, read.src, read.sensor);
    *room.place = read;
    return 0;
}

static int get_all(struct fingerprint *fp, struct stream *s, struct nj_err *err)
{
    struct names names = {0};
    char magic[8];
    uint64_t count, hand, digest;

    get_bytes(s, magic, sizeof(magic));
    if (memcmp(magic, MAGIC, 8) != 0)
        return fail_format(s, "no \"" MAGIC "\"", err);
    if (get(s, 4) != VERSION)
        return fail_format(s, "a version other than 2", err);
    fp->now_ns = (int64_t)get(s, 8);
    fp->counts.senders_evicted = get(s, 8);
    get_names(s, &names);
    count = get(s, 4);
    if (s->bad || count > STACK_MAX)
        return fail_format(s, "impossible names or too many signatures", err);
    for (uint64_t i = 0; i < count && !s->bad; i++) {
        struct stack_key key;

        key.layout = get(s, 8);
        key.rest = get(s, 8);
        if (!s->bad)
            stack_table_add(fp->stacks, key);
    }
    hand = get(s, 8);
    count = get(s, 8);
    if (s->bad || hand > count)
        return fail_format(s, "impossible hand", err);
    for (uint64_t i = 0; i < count; i++)
        if (get_sender(fp, s, &names, err) < 0)
            return -1;
    digest = XXH3_64bits_digest(s->digest);
    if (get(s, 8) != digest || s->bad)
        return fail_format(s, "a wrong checksum", err);
    sender_set_hand(fp->senders, hand <= sender_count(fp->senders) ? (size_t)hand : 0);
    return 0;
}

int fingerprint_load(struct fingerprint *fp, FILE *in, struct nj_err *err)
{
    struct stream s;
    int rc;

    if (stream_open(&s, in))
        rc = get_all(fp, &s, err);
    else
        rc = nj_fail(err, NJ_NOMEM, "fingerprint state");
    stream_close(&s);
    if (rc == 0)
        rc = profile_table_load(fp->profiles, in, err);
    if (rc < 0) {
        profile_table_clear(fp->profiles);
        sender_table_clear(fp->senders);
        stack_table_clear(fp->stacks);
        fp->now_ns = INT64_MIN;
        fp->counts = (struct fingerprint_counts){0};
    }
    fp->counts.senders = sender_count(fp->senders);
    return rc;
}
