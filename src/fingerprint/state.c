/* SPDX-License-Identifier: Apache-2.0 */
/* The state as a walk (base/saved.h): head, the names of rules and tools, signatures, senders
 * in the order of their places; then the profiles, a state of their own (profile.h). Rules and
 * tools are numbers into the file's lists, so that they may change from version to version. */
#include "fingerprint/state.h"

#include <stdio.h>
#include <string.h>

#include "base/saved.h"
#include "fingerprint/tool_rule.h"

#define MAGIC "NJFINGR\3"
#define NAMES_MAX 64u /* rules or tools in a file */
#define NAME_BYTES 65u

_Static_assert(TOOL_RULES_MAX <= NAMES_MAX && TOOL_COUNT <= NAMES_MAX, "room for our own");

/* The file's rules and tools, as numbers of ours. Writing, they are ours. */
struct names {
    uint8_t rules, tools;
    uint8_t rule[NAMES_MAX]; /* tool_rule_count: we have no such rule any more */
    uint8_t tool[NAMES_MAX]; /* TOOL_COUNT: no such tool */
};

struct walked {
    struct fingerprint *fp;
    struct names names;
};

static const char *rule_name(size_t i)
{
    return tool_rules[i].name;
}

static const char *tool_name(size_t i)
{
    return tool_names[i];
}

/* @param ours     how many of them we have, `name` their names
 * @param numbers  gets ours of each of the file's, `ours` for those we don't know
 * @return how many the file has */
static uint8_t walk_names(struct nj_saved *s, size_t ours, const char *(*name)(size_t i),
                          uint8_t numbers[NAMES_MAX])
{
    uint8_t count = (uint8_t)ours;

    nj_saved_u8(s, &count);
    nj_saved_check(s, count <= NAMES_MAX);
    for (unsigned i = 0; i < count && !nj_saved_bad(s); i++) {
        char text[NAME_BYTES] = "";
        uint8_t length = 0, number = 0;

        if (!nj_saved_reading(s))
            length = (uint8_t)snprintf(text, sizeof(text), "%s", name(i));
        nj_saved_u8(s, &length);
        nj_saved_check(s, length < sizeof(text));
        if (nj_saved_bad(s))
            break;
        nj_saved_bytes(s, text, length);
        while (number < ours && strcmp(name(number), text) != 0)
            number++;
        numbers[i] = number;
    }
    return nj_saved_bad(s) ? 0 : count;
}

static void walk_stacks(struct nj_saved *s, struct stack_table *stacks)
{
    uint32_t count = stack_table_count(stacks);

    nj_saved_u32(s, &count);
    nj_saved_check(s, count <= STACK_MAX);
    for (uint32_t i = 0; i < count && !nj_saved_bad(s); i++) {
        struct stack_key key = {.layout = 0};

        if (!nj_saved_reading(s))
            key = stack_table_key(stacks, i);
        nj_saved_u64(s, &key.layout);
        nj_saved_u64(s, &key.rest);
        if (nj_saved_reading(s) && !nj_saved_bad(s))
            stack_table_add(stacks, key);
    }
}

static void walk_hits(struct nj_saved *s, const struct names *names, struct evidence *evidence)
{
    uint64_t judged = (uint64_t)evidence->syns + evidence->others;

    for (unsigned i = 0; i < names->rules; i++) {
        bool known = names->rule[i] < tool_rule_count;
        uint32_t hits = 0;

        if (!nj_saved_reading(s) && known)
            hits = tool_hits(evidence, names->rule[i]);
        nj_saved_u32(s, &hits);
        nj_saved_check(s, hits <= judged);
        if (nj_saved_reading(s) && known)
            tool_set_hits(evidence, names->rule[i], hits);
    }
}

static void walk_evidence(struct nj_saved *s, const struct names *names,
                          struct evidence *evidence)
{
    nj_saved_u32(s, &evidence->syns);
    nj_saved_u32(s, &evidence->others);
    nj_saved_u32(s, &evidence->last_seq);
    nj_saved_u32(s, &evidence->last_target);
    nj_saved_u32(s, &evidence->last_key);
    nj_saved_u32(s, &evidence->nmap_seq);
    nj_saved_u16(s, &evidence->last_sport);
    nj_saved_u8(s, &evidence->known);
    nj_saved_u8(s, &evidence->verdict);
    nj_saved_check(s, evidence->verdict < names->tools &&
                          evidence->others <= UINT32_MAX - evidence->syns);
    if (nj_saved_bad(s))
        return;
    evidence->verdict = names->tool[evidence->verdict];
    if (evidence->verdict == TOOL_COUNT)
        evidence->verdict = TOOL_NONE;
    walk_hits(s, names, evidence);
}

static void walk_sender(struct nj_saved *s, const struct names *names, struct sender *sender)
{
    nj_saved_u64(s, &sender->src.hi);
    nj_saved_u64(s, &sender->src.lo);
    nj_saved_i64(s, &sender->last_ns);
    nj_saved_u32(s, &sender->sensor);
    nj_saved_u32(s, &sender->episode_packets);
    nj_saved_float(s, &sender->told_bits);
    walk_evidence(s, names, &sender->evidence);
}

/* What was read becomes a sender of the table. @return 0, refused or not; -1 NJ_NOMEM */
static int place_sender(struct nj_saved *s, struct fingerprint *fp, const struct sender *read,
                        struct nj_err *err)
{
    uint64_t hash = sender_hash(read->src, read->sensor);
    struct sender_place room;

    nj_saved_check(s, sender_find(fp->senders, hash, read->src, read->sensor) == NULL);
    if (nj_saved_bad(s))
        return 0;
    room = sender_room_loading(fp->senders, read->last_ns);
    if (room.place == NULL)
        return nj_fail(err, NJ_NOMEM, "sender %zu", sender_count(fp->senders) + 1);
    fp->counts.senders_evicted += room.held;
    sender_put(fp->senders, room, hash, read->src, read->sensor);
    *room.place = *read;
    return 0;
}

static int walk_senders(struct nj_saved *s, struct walked *w, struct nj_err *err)
{
    struct sender_table *senders = w->fp->senders;
    uint64_t hand = sender_hand(senders), count = sender_count(senders);

    nj_saved_u64(s, &hand);
    nj_saved_u64(s, &count);
    nj_saved_check(s, hand <= count);
    for (uint64_t i = 0; i < count && !nj_saved_bad(s); i++) {
        struct sender one = {.sensor = 0};

        if (!nj_saved_reading(s))
            one = *sender_at(senders, i);
        walk_sender(s, &w->names, &one);
        if (nj_saved_reading(s) && !nj_saved_bad(s) && place_sender(s, w->fp, &one, err) < 0)
            return -1;
    }
    if (nj_saved_reading(s))
        sender_set_hand(senders, hand <= sender_count(senders) ? (size_t)hand : 0);
    return 0;
}

static int walk(struct nj_saved *s, void *state, struct nj_err *err)
{
    struct walked *w = state;
    struct names *names = &w->names;

    nj_saved_i64(s, &w->fp->now_ns);
    nj_saved_u64(s, &w->fp->counts.senders_evicted);
    names->rules = walk_names(s, tool_rule_count, rule_name, names->rule);
    names->tools = walk_names(s, TOOL_COUNT, tool_name, names->tool);
    walk_stacks(s, w->fp->stacks);
    return walk_senders(s, w, err);
}

int fingerprint_save(const struct fingerprint *fp, FILE *out, struct nj_err *err)
{
    /* a walk that writes changes nothing */
    struct walked w = {.fp = (struct fingerprint *)(uintptr_t)fp};

    if (nj_saved_write(out, MAGIC, NULL, walk, &w, err) < 0)
        return nj_within(err, "save fingerprints");
    return profile_table_save(fp->profiles, out, err);
}

int fingerprint_load(struct fingerprint *fp, FILE *in, struct nj_err *err)
{
    struct walked w = {.fp = fp};
    int rc = nj_saved_read(in, MAGIC, NULL, walk, &w, err);

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
    return rc < 0 ? nj_within(err, "saved fingerprints") : 0;
}
