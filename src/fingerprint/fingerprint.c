/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a packet: signature, sender, episode, evidence, verdict. */
#include "fingerprint/fingerprint.h"

#include <stdlib.h>
#include <string.h>

#include "fingerprint/state.h"
#include "fingerprint/tool_rule.h"

#define TOLD_AGAIN 4.0f /* evidence has grown enough to tell it again */

int fingerprint_new(struct nj_intern *names, size_t max_senders, trait_fn sink, void *sink_ctx,
                    struct fingerprint **ret_fingerprint, struct nj_err *err)
{
    struct fingerprint *fp = calloc(1, sizeof(*fp));

    if (fp == NULL)
        return nj_fail(err, NJ_NOMEM, "fingerprints");
    fp->stacks = stack_table_new(names);
    fp->senders = sender_table_new(max_senders);
    fp->profiles = profile_table_new(max_senders / PROFILE_SENDERS + 1);
    if (fp->stacks == NULL || fp->senders == NULL || fp->profiles == NULL) {
        fingerprint_free(fp);
        return nj_fail(err, NJ_NOMEM, "tables for %zu senders", max_senders);
    }
    fp->names = names;
    fp->sink = sink;
    fp->sink_ctx = sink_ctx;
    fp->now_ns = INT64_MIN;
    tool_choice_init(&fp->choice);
    for (unsigned i = TOOL_NONE + 1; i < TOOL_COUNT; i++)
        fp->tool_ids[i] = nj_intern_z(names, tool_names[i]);
    *ret_fingerprint = fp;
    return 0;
}

void fingerprint_free(struct fingerprint *fp)
{
    if (fp == NULL)
        return;
    stack_table_free(fp->stacks);
    sender_table_free(fp->senders);
    profile_table_free(fp->profiles);
    free(fp);
}

const struct fingerprint_counts *fingerprint_counts(const struct fingerprint *fp)
{
    return &fp->counts;
}

void fingerprint_prepare(struct fingerprint *fp, struct packet *packet)
{
    packet->stack = NJ_INTERN_NONE;
    if (packet->proto == PROTO_TCP && (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
        !packet->no_fields && !packet->fragment) {
        struct option_set options;

        option_set_read(packet, &options);
        packet->stack = stack_find(fp->stacks, packet, &options);
    }
    packet->src_hash = sender_hash(packet->src, packet->sensor);
    sender_prefetch_index(fp->senders, packet->src_hash);
    profile_table_prefetch_index(fp->profiles, packet->src_hash);
}

void fingerprint_prefetch(const struct fingerprint *fp, const struct packet *packet)
{
    sender_prefetch(fp->senders, packet->src_hash);
    profile_table_prefetch(fp->profiles, packet->src_hash);
}

static int tell(struct fingerprint *fp, struct sender *sender, int64_t time_ns,
                struct tool_verdict verdict, struct nj_err *err)
{
    struct trait trait = {
        .time_ns = time_ns,
        .src = sender->src,
        .sensor = sender->sensor,
        .packets = verdict.packets,
        .bits = verdict.bits,
        .kind = "tool",
    };

    sender->told_bits = verdict.bits;
    if (fp->sink == NULL)
        return 0;
    (void)strncpy(trait.value, tool_names[verdict.tool], sizeof(trait.value) - 1);
    return fp->sink(fp->sink_ctx, &trait, err);
}

/* End a sender's episode, telling its evidence if it has become much stronger. */
static int end_episode(struct fingerprint *fp, struct sender *sender, struct nj_err *err)
{
    int rc = 0;

    if (sender->evidence.verdict != TOOL_NONE) {
        struct tool_verdict verdict = tool_verdict(&sender->evidence);

        if (verdict.bits >= TOLD_AGAIN * sender->told_bits)
            rc = tell(fp, sender, sender->last_ns, verdict, err);
    }
    memset(&sender->evidence, 0, sizeof(sender->evidence));
    sender->told_bits = 0;
    sender->episode_packets = 0;
    return rc;
}

/* The clock is the highest time seen. A big step back (an older file, or after one packet with
 * a wrong time) sets it back, so that silence is always counted from where packets are now. */
static void clock_tick(struct fingerprint *fp, int64_t time_ns)
{
    if (time_ns > fp->now_ns || sender_distance(fp->now_ns, time_ns) > EPISODE_GAP_NS)
        fp->now_ns = time_ns;
}

static struct sender *new_sender(struct fingerprint *fp, const struct packet *packet,
                                 struct nj_err *err)
{
    struct sender_place room = sender_room(fp->senders, fp->now_ns);

    if (room.place == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "sender %zu", sender_count(fp->senders) + 1);
        return NULL;
    }
    if (room.held && end_episode(fp, room.place, err) < 0)
        return NULL;
    fp->counts.senders_evicted += room.forced;
    sender_put(fp->senders, room, packet->src_hash, packet->src, packet->sensor);
    fp->counts.senders = sender_count(fp->senders);
    room.place->last_ns = packet->time_ns;
    return room.place;
}

/* Move the sender's time on; end its episode if it was silent for too long. */
static int visit_sender(struct fingerprint *fp, struct sender *sender, int64_t time_ns,
                        struct nj_err *err)
{
    if (sender_distance(sender->last_ns, time_ns) > EPISODE_GAP_NS) {
        int rc = end_episode(fp, sender, err);

        sender->last_ns = time_ns;
        return rc;
    }
    if (time_ns > sender->last_ns)
        sender->last_ns = time_ns;
    return 0;
}

/* The layout was read for the signature; only coarse ones have forgotten it. */
static uint64_t layout_of(const struct fingerprint *fp, const struct packet *packet)
{
    struct option_set options = {.layout = LAYOUT_NONE};

    if (packet->stack != NJ_INTERN_NONE &&
        !stack_layout(fp->stacks, packet->stack, &options.layout))
        option_set_read(packet, &options);
    return options.layout;
}

/* ---- what a SYN says beside the tool ---- */

#define COPY_NS (1ll * 1000000000) /* nmap sends the copies of one probe in a row */
#define CERTAIN_BITS 64.0f

static int tell_fact(struct fingerprint *fp, struct addr src, uint32_t sensor, int64_t time_ns,
                     const char *kind, const char *value, struct nj_err *err)
{
    struct trait trait = {.time_ns = time_ns,
                          .src = src,
                          .sensor = sensor,
                          .packets = 2,
                          .bits = CERTAIN_BITS,
                          .kind = kind};

    if (fp->sink == NULL)
        return 0;
    (void)strncpy(trait.value, value, sizeof(trait.value) - 1);
    return fp->sink(fp->sink_ctx, &trait, err);
}

/* Once an episode. */
static int tell_decoy(struct fingerprint *fp, struct addr src, struct addr other,
                      const struct packet *packet, struct nj_err *err)
{
    struct sender *sender =
        sender_find(fp->senders, sender_hash(src, packet->sensor), src, packet->sensor);
    char text[ADDR_TEXT_MAX], value[ADDR_TEXT_MAX + 32];

    if (sender == NULL || (sender->evidence.known & KNOWN_DECOY) != 0)
        return 0;
    sender->evidence.known |= KNOWN_DECOY;
    (void)snprintf(value, sizeof(value), "same packets as %s", addr_text(other, text));
    return tell_fact(fp, src, packet->sensor, packet->time_ns, "decoy", value, err);
}

/* nmap -D: the same probe from several sources, only one of which is real. */
static int look_for_copy(struct fingerprint *fp, const struct tool_probe *probe,
                         struct nj_err *err)
{
    const struct packet *packet = probe->packet;
    uint64_t key = (uint64_t)packet->seq << 32 | (uint32_t)packet->sport << 16 | packet->ip_id;
    struct copy *copy;
    struct addr other;

    key ^= (uint64_t)probe->target * 0x9e3779b97f4a7c15ull;
    copy = &fp->copies[(key * 0xff51afd7ed558ccdull) >> 56 & (COPIES - 1)];
    other = copy->src;
    if (copy->key == key && !addr_equal(other, packet->src) &&
        sender_distance(copy->time_ns, packet->time_ns) <= COPY_NS) {
        if (tell_decoy(fp, packet->src, other, packet, err) < 0)
            return -1;
        return tell_decoy(fp, other, packet->src, packet, err);
    }
    *copy = (struct copy){.key = key, .src = packet->src, .time_ns = packet->time_ns};
    return 0;
}

/* A scanner in two phases: a hand-made SYN, then the connection of its real machine to the same
 * place (Hiesgen et al., "Spoki", 2022). Asked before the packet is remembered. */
static bool is_second_phase(const struct evidence *evidence, const struct tool_probe *probe)
{
    return (evidence->known & (KNOWN_IRREGULAR | KNOWN_TWO_PHASE)) == KNOWN_IRREGULAR &&
           evidence->last_target == probe->target && tool_rule_ordinary(probe);
}

/* Judge a SYN or another packet that has fields. @return 0, FINGERPRINT_SCANNER, or -1 */
static int judge(struct fingerprint *fp, struct sender *sender, struct packet *packet,
                 struct nj_err *err)
{
    uint64_t layout = layout_of(fp, packet);
    bool second_phase = false, named;
    struct tool_probe probe;

    if (packet->stack != NJ_INTERN_NONE && tool_probe_read(packet, layout, &probe) &&
        !probe.by_id) {
        second_phase = is_second_phase(&sender->evidence, &probe);
        if (layout == LAYOUT_1(MSS) && packet->window == 1024 &&
            look_for_copy(fp, &probe, err) < 0)
            return -1;
        if (sender->episode_packets >= PROFILE_FROM && sender->episode_packets <= PROFILE_TO) {
            struct option_set set;

            option_set_read(packet, &set);
            if (profile_table_add(fp->profiles, packet, sender->episode_packets, probe.target,
                                  &set, fp->sink, fp->sink_ctx, err) < 0)
                return -1;
        }
    }
    packet->instance = tool_judge(&fp->choice, &sender->evidence, packet, layout, &named);
    if (!second_phase)
        return named && (packet->tcp_flags & TCP_ACK) != 0 && !packet->bad_checksum
                   ? FINGERPRINT_SCANNER
                   : 0;
    sender->evidence.known |= KNOWN_TWO_PHASE;
    return tell_fact(fp, packet->src, packet->sensor, packet->time_ns, "two-phase",
                     nj_intern_text(fp->names, packet->stack), err);
}

int fingerprint_add(struct fingerprint *fp, struct packet *packet, struct nj_err *err)
{
    struct sender *sender;
    uint8_t before;
    int rc = 0;

    packet->tool = NJ_INTERN_NONE;
    packet->instance = 0;
    packet->episode_packets = 0;
    if (packet->direction == DIRECTION_OUT)
        return 0;
    clock_tick(fp, packet->time_ns);
    sender = sender_find(fp->senders, packet->src_hash, packet->src, packet->sensor);
    if (sender == NULL)
        sender = new_sender(fp, packet, err);
    if (sender == NULL || visit_sender(fp, sender, packet->time_ns, err) < 0)
        return -1;

    if (sender->episode_packets < UINT32_MAX)
        sender->episode_packets++;
    before = sender->evidence.verdict;
    if (!packet->no_fields)
        rc = judge(fp, sender, packet, err);
    if (rc < 0)
        return -1;
    packet->tool = fp->tool_ids[sender->evidence.verdict];
    packet->episode_packets = sender->episode_packets;
    if (sender->evidence.verdict != before &&
        tell(fp, sender, packet->time_ns, tool_verdict(&sender->evidence), err) < 0)
        return -1;
    return rc;
}

int fingerprint_flush(struct fingerprint *fp, struct nj_err *err)
{
    for (size_t i = 0; i < sender_count(fp->senders); i++)
        if (end_episode(fp, sender_at(fp->senders, i), err) < 0)
            return -1;
    return 0;
}
