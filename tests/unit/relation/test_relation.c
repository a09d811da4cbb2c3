/* SPDX-License-Identifier: Apache-2.0 */
#include "relation/relation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../fingerprint/traffic.h"
#include "base/intern.h"
#include "relation/law.h"

#define TRAITS_MAX 4000

struct run {
    struct relations *relations;
    struct trait traits[TRAITS_MAX];
    size_t count;
};

static int keep(void *ctx, const struct trait *trait, struct nj_err *err)
{
    struct run *run = ctx;

    (void)err;
    assert_true(run->count < TRAITS_MAX);
    run->traits[run->count++] = *trait;
    return 0;
}

static struct run *run_new(struct relation_options options)
{
    struct run *run = calloc(1, sizeof(*run));

    assert_non_null(run);
    assert_int_equal(relations_new(&options, keep, run, &run->relations, NULL), 0);
    return run;
}

static void run_free(struct run *run)
{
    relations_free(run->relations);
    free(run);
}

/* The n-th packet of source `who`, from 1. */
static void add(struct run *run, struct packet packet, uint32_t who, uint32_t n)
{
    packet.src = addr_from_v4(0xc6336400 + who);
    packet.src_hash = 0x9e3779b97f4a7c15ull * (who + 1);
    packet.episode_packets = n;
    assert_int_equal(relations_add(run->relations, &packet, NULL), 0);
}

/* A telescope of a /16, several ports, and what the sender computes from them done anew. */
static struct packet wide(struct packet packet, struct traffic *t)
{
    packet.dst = addr_from_v4(0xcb000000 | (traffic_random(t) & 0xffff));
    packet.dport = (uint16_t)traffic_random(t);
    return packet;
}

static struct packet masscan(struct traffic *t)
{
    struct packet p = wide(traffic_masscan(t), t);

    p.ip_id = (uint16_t)(p.seq ^ addr_v4(p.dst) ^ p.dport);
    return p;
}

static struct packet mirai(struct traffic *t)
{
    struct packet p = traffic_mirai(t);
    uint16_t dport = p.dport;

    p = wide(p, t);
    p.dport = dport;
    p.seq = addr_v4(p.dst);
    return p;
}

static struct packet unicornscan(struct traffic *t)
{
    struct packet p = wide(traffic_unicornscan(t), t);

    p.seq = t->key ^ __builtin_bswap32(addr_v4(p.dst)) ^ ((uint32_t)p.dport << 16 | p.sport);
    return p;
}

static struct packet nmap(struct traffic *t)
{
    return wide(traffic_nmap_try(t, traffic_random(t) % 4), t);
}

static struct packet xmap(struct traffic *t)
{
    return wide(traffic_xmap(t), t);
}

static struct packet linux_stack(struct traffic *t)
{
    return wide(traffic_linux(t), t);
}

/* Nobody's: the ID is made of neighbouring bits of the others, the window of port
 * and sequence. */
static struct packet unknown(struct traffic *t)
{
    struct packet p = wide(traffic_syn(t), t);
    uint32_t dst = addr_v4(p.dst);

    p.ip_id = (uint16_t)(p.seq ^ p.seq >> 7 ^ dst >> 1 ^ t->key);
    p.window = (uint16_t)(((p.sport ^ p.seq >> 16 ^ t->key >> 16) & 0xff) | 0x4000);
    return p;
}

typedef struct packet (*maker)(struct traffic *t);

static void send(struct run *run, maker make, uint64_t seed, uint32_t who, unsigned count)
{
    struct traffic t = traffic_new(seed);

    for (uint32_t n = 1; n <= count; n++)
        add(run, make(&t), who, n);
}

/* The first statement on a source, or NULL. */
static const struct trait *said(const struct run *run, uint32_t who)
{
    for (size_t i = 0; i < run->count; i++)
        if (strcmp(run->traits[i].kind, "relation") == 0 &&
            addr_equal(run->traits[i].src, addr_from_v4(0xc6336400 + who)))
            return &run->traits[i];
    return NULL;
}

/* The first statement names this tool. */
static void expect_tool(const struct run *run, uint32_t who, const char *tool)
{
    const struct trait *trait = said(run, who);
    char name[32], found[32];

    assert_non_null(trait);
    assert_int_equal(sscanf(strchr(trait->value, ';') + 1, "%31s %31s", name, found), 2);
    assert_string_equal(found, tool);
    assert_int_equal(strncmp(name, "rel-", 4), 0);
}

static void expect_words(const struct run *run, const char *words)
{
    char all[1024] = "";

    for (size_t i = 0; i < run->count; i++)
        if (strcmp(run->traits[i].kind, "family") == 0)
            strncat(all, strchr(strchr(run->traits[i].value, ' ') + 1, ' ') + 1,
                    sizeof(all) - strlen(all) - 1);
    assert_string_equal(all, words);
}

static void known_tools_come_out_of_the_finder(void **state)
{
    static const struct {
        maker make;
        const char *tool, *words;
    } cases[] = {
        {masscan, "masscan",
         "IP ID = low 16 bits of sequence xor port xor low 16 bits of destination"},
        {mirai, "mirai", "sequence = destination"},
        {unicornscan, "unicornscan",
         "high 16 bits of sequence = port xor high 16 bits of reversed destination; "
         "low 16 bits of sequence = source port xor low 16 bits of reversed destination"},
        {nmap, "nmap", "high 16 bits of sequence = low 16 bits of sequence"},
        {xmap, "xmap",
         "source port = reversed low 16 bits of sequence modulo 28233 + constant"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run *run = run_new((struct relation_options){.max_light = 0});

        send(run, cases[i].make, 7 + i, 1, 200);
        expect_tool(run, 1, cases[i].tool);
        expect_words(run, cases[i].words);
        assert_int_equal(relations_counts(run->relations)->found, 1);
        assert_int_equal(relations_counts(run->relations)->mixed, 0);
        run_free(run);
    }
}

static void a_small_telescope_and_one_port_show_the_same_family(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});

    (void)state;
    send(run, traffic_masscan, 3, 1, 200); /* a /24, port 443 alone */
    send(run, masscan, 4, 2, 200);
    expect_tool(run, 1, "masscan");
    expect_tool(run, 2, "masscan");
    assert_int_equal(relations_counts(run->relations)->families, 1);
    run_free(run);
}

static void an_unknown_relation_is_found_within_d_and_twenty_packets(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic t = traffic_new(5);
    struct columns varying = {{0}}, first = {{0}};
    unsigned packets = 0;

    (void)state;
    while (said(run, 1) == NULL && packets < 200) {
        struct packet p = unknown(&t);
        struct sight sight;
        struct columns at;

        add(run, p, 1, ++packets);
        assert_true(sight_counts(&p));
        sight_read(&p, &sight);
        at = sight_columns(&sight);
        first = packets == 1 ? at : first;
        for (unsigned i = 0; i < COLUMN_WORDS; i++)
            varying.word[i] |= at.word[i] ^ first.word[i];
    }
    expect_tool(run, 1, "-");
    assert_int_equal(packets, columns_count(&varying) + 20);
    assert_true(said(run, 1)->bits >= 20 && said(run, 1)->bits <= (float)packets);
    assert_non_null(strstr(said(run, 1)->value, " - 24 whole"));
    assert_int_equal(strchr(said(run, 1)->value, ';') - said(run, 1)->value, 16); /* a key */
    run_free(run);
}

/* "rel-7f3a12cd" of the first statement on a source, which has a key. */
static const char *family_of(const struct run *run, uint32_t who)
{
    const struct trait *trait = said(run, who);

    assert_non_null(trait);
    return trait == NULL ? "" : trait->value + strcspn(trait->value, ";");
}

static void light_sources_are_recognised_by_what_a_heavy_one_taught(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});

    (void)state;
    send(run, unknown, 5, 1, 200);
    send(run, unknown, 6, 2, 1);
    assert_null(said(run, 2)); /* one packet of unknown constants says nothing */
    send(run, unknown, 7, 3, 4);
    assert_non_null(said(run, 3));
    assert_int_equal(strncmp(family_of(run, 1), family_of(run, 3), 13), 0);
    assert_memory_not_equal(said(run, 1)->value, said(run, 3)->value, 16); /* another run */
    assert_true(said(run, 3)->bits >= 29);
    assert_true(said(run, 3)->bits <= 24.0f * 3); /* what was counted */
    assert_true(said(run, 3)->packets <= 4);
    assert_int_equal(relations_counts(run->relations)->recognised, 1);
    run_free(run);
}

static void a_repeated_packet_is_no_new_evidence(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic t = traffic_new(8);
    struct packet p;

    (void)state;
    send(run, unknown, 5, 1, 200);
    p = unknown(&t);
    for (uint32_t n = 1; n <= 200; n++)
        add(run, p, 2, n);
    assert_null(said(run, 2));
    run_free(run);
}

static void one_run_has_one_key_whatever_its_address(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic a = traffic_new(5), b = traffic_new(6);

    (void)state;
    for (uint32_t n = 1; n <= 190; n++) {
        add(run, unicornscan(&a), 1, n);
        add(run, unicornscan(&a), 2, n);
        add(run, unicornscan(&b), 3, n);
    }
    assert_string_equal(said(run, 1)->value, said(run, 2)->value);
    assert_memory_not_equal(said(run, 1)->value, said(run, 3)->value, 16);
    assert_string_equal(said(run, 1)->value + 16, said(run, 3)->value + 16);
    run_free(run);
}

static void a_tool_without_constants_gives_no_key(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});

    (void)state;
    send(run, mirai, 5, 1, 190);
    expect_tool(run, 1, "mirai");
    assert_int_equal(said(run, 1)->value[0], ';');
    run_free(run);
}

static void random_sources_of_several_stacks_obey_nothing(void **state)
{
    static const maker stacks[] = {linux_stack,    traffic_windows_10, traffic_zmap,
                                   traffic_zmap_4, traffic_iot,        traffic_nping,
                                   traffic_linux};
    struct run *run = run_new((struct relation_options){.max_light = 0});

    (void)state;
    send(run, unknown, 5, 0, 200); /* so that a family is tried on each */
    run->count = 0;
    for (uint32_t who = 1; who <= 700; who++)
        send(run, stacks[who % 7], who, who, 220);
    assert_int_equal(run->count, 0);
    run_free(run);
}

/* A system that counts: IP ID and source port go on by one with each connection. */
static void counters_of_a_system_are_no_relation(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});

    (void)state;
    for (uint32_t who = 1; who <= 50; who++) {
        struct traffic t = traffic_new(who);
        uint16_t base = (uint16_t)traffic_random(&t);
        uint32_t clock = traffic_random(&t);

        for (uint32_t n = 1; n <= 220; n++) {
            struct packet p = linux_stack(&t);

            p.ip_id = (uint16_t)(base + n);
            p.sport = (uint16_t)(49152 + (base + n) % 16384);
            p.seq = clock += 64000 + traffic_random(&t) % 64;
            add(run, p, who, n);
        }
    }
    assert_int_equal(run->count, 0);
    run_free(run);
}

/* Four programs with all fields fixed: their fields vary together, and mean nothing. */
static void few_fixed_values_are_no_relation(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic bots[4];

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        bots[i] = traffic_new(60 + i);
    for (uint32_t n = 1; n <= 220; n++) {
        struct traffic *t = &bots[traffic_random(&bots[0]) % 4];
        struct packet p = wide(traffic_nping(t), t);

        p.window = t->window;
        add(run, p, 1, n);
    }
    assert_int_equal(run->count, 0);
    run_free(run);
}

static void programs_behind_one_address_are_told_apart(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic a = traffic_new(5), b = traffic_new(6);
    size_t mixed = 0;

    (void)state;
    for (uint32_t n = 1; n <= 300; n++)
        add(run, n % 2 == 0 ? masscan(&a) : unicornscan(&b), 1, n);
    for (size_t i = 0; i < run->count; i++)
        mixed += strstr(run->traits[i].value, " mixed") != NULL;
    assert_int_equal(mixed, 2);
    assert_int_equal(relations_counts(run->relations)->mixed, 1);
    run_free(run);
}

static unsigned said_of(const struct run *run, uint32_t who, const char *words)
{
    unsigned count = 0;

    for (size_t i = 0; i < run->count; i++)
        count += strcmp(run->traits[i].kind, "relation") == 0 &&
                 addr_equal(run->traits[i].src, addr_from_v4(0xc6336400 + who)) &&
                 strstr(run->traits[i].value, words) != NULL;
    return count;
}

/* Of three programs one sends enough to be found, another was known before. */
static void a_known_family_is_found_beside_one_that_was_split_off(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic a = traffic_new(5), b = traffic_new(6), c = traffic_new(7);

    (void)state;
    send(run, masscan, 5, 1, 200);
    for (uint32_t n = 1; n <= 300; n++) {
        struct packet p = n % 2 == 0   ? mirai(&a)
                          : n % 4 == 1 ? masscan(&b)
                                       : wide(traffic_syn(&c), &c);

        p.window = (uint16_t)(n % 2 == 0 ? 14600 : n % 4 == 1 ? 1024 : 512);
        add(run, p, 2, n);
    }
    assert_int_equal(said_of(run, 2, "mirai 32 mixed"), 1);
    assert_int_equal(said_of(run, 2, "masscan 16 mixed"), 1);
    run_free(run);
}

static void a_known_family_is_found_among_other_packets(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic a = traffic_new(5), b = traffic_new(6);

    (void)state;
    send(run, mirai, 5, 1, 200);
    for (uint32_t n = 1; n <= 300; n++) { /* nothing tells the packets apart but the relation */
        struct packet p = mirai(&a);

        if (n % 3 == 0)
            p.seq = traffic_random(&b);
        add(run, p, 2, n);
    }
    expect_tool(run, 2, "mirai"); /* its first two packets obey, which is enough to say so */
    assert_non_null(strstr(run->traits[run->count - 1].value, " mixed"));
    assert_in_range(run->traits[run->count - 1].packets, 150, 175);
    run_free(run);
}

static void constants_that_change_with_each_packet_are_found_by_nothing(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic t = traffic_new(9);

    (void)state;
    send(run, unicornscan, 5, 1, 200);
    for (uint32_t n = 1; n <= 220; n++) {
        t.key = traffic_random(&t);
        add(run, unicornscan(&t), 2, n);
    }
    assert_null(said(run, 2));
    run_free(run);
}

/* Each with keys of its own, which change after every 60 packets: all are of one family, that
 * of who never changes his. */
static void constants_that_change_now_and_then_are_of_one_family(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    char family[LAW_NAME_MAX] = "";

    (void)state;
    for (uint32_t who = 1; who <= 6; who++) {
        struct traffic t = traffic_new(who);
        uint32_t key = 0;

        for (uint32_t n = 0; n < 256; n++) {
            struct packet p = wide(traffic_syn(&t), &t);

            p.window = 1024;
            if (n == 0 || (who < 6 && n % 60 == 10 * who))
                key = traffic_random(&t);
            p.seq = (addr_v4(p.dst) << 16 | p.sport) ^ (addr_v4(p.dst) & 0xffff) ^ key;
            add(run, p, who, n + 1);
        }
        assert_non_null(said(run, who));
        if (who > 1)
            continue;
        assert_int_equal(said(run, who)->value[0], ';'); /* no key: it has changed */
        (void)snprintf(family, sizeof(family), "%.12s", said(run, who)->value + 1);
    }
    for (size_t i = 0; i < run->count; i++)
        if (strcmp(run->traits[i].kind, "relation") == 0)
            assert_non_null(strstr(run->traits[i].value, family));
    run_free(run);
}

static void sums_and_steps_are_found_too(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic t = traffic_new(9);
    uint32_t seq = 77;

    (void)state;
    for (uint32_t n = 1; n <= 60; n++) {
        struct packet p = wide(traffic_syn(&t), &t);

        p.window = 1024;
        p.seq = addr_v4(p.dst) + 0x12345;
        add(run, p, 1, n);
        p = wide(traffic_syn(&t), &t);
        p.window = 1024;
        p.ip_id = (uint16_t)(p.sport + 4711);
        add(run, p, 2, n);
        p = wide(traffic_syn(&t), &t);
        p.window = 1024;
        p.seq = seq += 0x10003;
        add(run, p, 3, n);
    }
    expect_words(run, "sequence = destination + constant modulo 2^32"
                      "IP ID = source port + constant modulo 2^16"
                      "sequence + 65539 from packet to packet");
    run_free(run);
}

static void multiples_are_found_where_no_bits_are_moved(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic t = traffic_new(9);

    (void)state;
    for (uint32_t n = 1; n <= 120; n++) {
        struct packet p = traffic_syn(&t); /* to a /24 */

        p.window = 1024;
        p.seq = addr_v4(p.dst) * 2654435769u + 99;
        add(run, p, 1, n);
        p = traffic_syn(&t);
        p.window = 1024;
        p.ip_id = (uint16_t)(3 * p.sport + 7);
        add(run, p, 2, n);
    }
    expect_words(run, "sequence = 2654435769 times destination + constant modulo 2^32"
                      "IP ID = 3 times source port + constant modulo 2^16");
    run_free(run);
}

/* The halves of such a number are alike in a small telescope, as nmap's are. */
static void sequence_that_each_destination_decides_is_not_nmap(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 0});
    struct traffic t = traffic_new(9);

    (void)state;
    for (uint32_t n = 1; n <= 256; n++) {
        struct packet p = traffic_syn(&t);

        p.window = 1024;
        p.seq = addr_v4(p.dst) * 65537;
        add(run, p, 1, n);
    }
    expect_tool(run, 1, "-");
    run_free(run);
}

static void a_full_room_is_counted_and_nothing_grows(void **state)
{
    struct run *run = run_new((struct relation_options){.max_light = 8, .max_lent = 4});
    struct traffic t = traffic_new(9);

    (void)state;
    for (uint32_t n = 1; n <= 8; n++)
        for (uint32_t who = 0; who < 8; who++)
            add(run, linux_stack(&t), who, n);
    assert_int_equal(relations_counts(run->relations)->lent, 8);
    assert_int_equal(relations_counts(run->relations)->evicted, 4);
    run_free(run);
}

static void a_saved_state_goes_on_as_if_nothing_had_been(void **state)
{
    struct run *whole = run_new((struct relation_options){.max_light = 0});
    struct run *first = run_new((struct relation_options){.max_light = 0});
    struct run *second = run_new((struct relation_options){.max_light = 0});
    struct traffic t = traffic_new(5), same;
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);

    (void)state;
    send(whole, masscan, 4, 9, 200);
    send(first, masscan, 4, 9, 200);
    for (uint32_t n = 1; n <= 50; n++) {
        struct packet p = unknown(&t);

        add(whole, p, 1, n);
        add(first, p, 1, n);
    }
    assert_int_equal(relations_save(first->relations, file, NULL), 0);
    (void)fclose(file);
    file = fmemopen(text, length, "rb");
    assert_int_equal(relations_load(second->relations, file, NULL), 0);
    (void)fclose(file);
    same = t;
    for (uint32_t n = 51; n <= 200; n++) {
        add(whole, unknown(&t), 1, n);
        add(second, unknown(&same), 1, n);
    }
    assert_int_equal(whole->count, first->count + second->count);
    assert_memory_equal(whole->traits + first->count, second->traits,
                        second->count * sizeof(struct trait));
    for (size_t cut = 0; cut < length; cut += 997) {
        struct run *damaged = run_new((struct relation_options){.max_light = 0});
        char *copy = malloc(cut + 1);

        memcpy(copy, text, cut);
        file = fmemopen(copy, cut + 1, "rb");
        copy[cut] = (char)(text[cut] ^ 1);
        assert_int_equal(relations_load(damaged->relations, file, NULL), -1);
        assert_int_equal(relations_counts(damaged->relations)->families, 0);
        (void)fclose(file);
        free(copy);
        run_free(damaged);
    }
    free(text);
    run_free(whole);
    run_free(first);
    run_free(second);
}

/* Packets as the fingerprint stage hands them on that knows their tool. */
static void send_named(struct run *run, maker make, uint32_t tool, uint64_t seed, uint32_t who,
                       unsigned count)
{
    struct traffic t = traffic_new(seed);

    for (uint32_t n = 1; n <= count; n++) {
        struct packet packet = make(&t);

        packet.tool = tool;
        add(run, packet, who, n);
    }
}

static void who_has_a_named_tool_and_does_as_it_does_is_told_by_the_eighth_packet(void **state)
{
    struct nj_intern *names = nj_intern_new(100);
    struct run *run = run_new((struct relation_options){.names = names});

    (void)state;
    send_named(run, masscan, nj_intern_z(names, "masscan"), 1, 1, 7);
    assert_null(said(run, 1));
    send_named(run, masscan, nj_intern_z(names, "masscan"), 1, 2, 300);
    assert_string_equal(said(run, 2)->value, ";rel-234f97cc masscan 16 whole");
    assert_int_equal(said(run, 2)->packets, 8);
    assert_true(relations_counts(run->relations)->lent == 0);
    run_free(run);
    nj_intern_free(names);
}

static void who_obeyed_nobodys_family_before_its_tool_had_a_name_is_looked_into(void **state)
{
    struct nj_intern *names = nj_intern_new(100);
    struct run *run = run_new((struct relation_options){.names = names});
    struct traffic t = traffic_new(7);

    (void)state;
    send(run, unknown, 3, 1, 256);
    for (uint32_t n = 1; n <= 8; n++) {
        struct packet packet = unknown(&t);

        packet.tool = n < 8 ? NJ_INTERN_NONE : nj_intern_z(names, "zmap");
        add(run, packet, 2, n);
    }
    assert_int_equal(relations_counts(run->relations)->recognised, 1);
    assert_int_equal(relations_counts(run->relations)->lent, 2);
    run_free(run);
    nj_intern_free(names);
}

static void what_a_named_tool_does_beside_what_is_known_is_still_found(void **state)
{
    static const char *const tools[] = {"zmap", "masscan", "connect", "mixed", "unknown"};

    (void)state;
    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
        struct nj_intern *names = nj_intern_new(100);
        struct run *run = run_new((struct relation_options){.names = names});

        send_named(run, unknown, nj_intern_z(names, tools[i]), 3, 1, 256);
        assert_non_null(strstr(said(run, 1)->value, " - 24 whole"));
        run_free(run);
        nj_intern_free(names);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_tools_come_out_of_the_finder),
        cmocka_unit_test(a_small_telescope_and_one_port_show_the_same_family),
        cmocka_unit_test(an_unknown_relation_is_found_within_d_and_twenty_packets),
        cmocka_unit_test(light_sources_are_recognised_by_what_a_heavy_one_taught),
        cmocka_unit_test(a_repeated_packet_is_no_new_evidence),
        cmocka_unit_test(one_run_has_one_key_whatever_its_address),
        cmocka_unit_test(a_tool_without_constants_gives_no_key),
        cmocka_unit_test(random_sources_of_several_stacks_obey_nothing),
        cmocka_unit_test(counters_of_a_system_are_no_relation),
        cmocka_unit_test(few_fixed_values_are_no_relation),
        cmocka_unit_test(programs_behind_one_address_are_told_apart),
        cmocka_unit_test(a_known_family_is_found_beside_one_that_was_split_off),
        cmocka_unit_test(a_known_family_is_found_among_other_packets),
        cmocka_unit_test(constants_that_change_now_and_then_are_of_one_family),
        cmocka_unit_test(constants_that_change_with_each_packet_are_found_by_nothing),
        cmocka_unit_test(sums_and_steps_are_found_too),
        cmocka_unit_test(multiples_are_found_where_no_bits_are_moved),
        cmocka_unit_test(sequence_that_each_destination_decides_is_not_nmap),
        cmocka_unit_test(who_has_a_named_tool_and_does_as_it_does_is_told_by_the_eighth_packet),
        cmocka_unit_test(who_obeyed_nobodys_family_before_its_tool_had_a_name_is_looked_into),
        cmocka_unit_test(what_a_named_tool_does_beside_what_is_known_is_still_found),
        cmocka_unit_test(a_full_room_is_counted_and_nothing_grows),
        cmocka_unit_test(a_saved_state_goes_on_as_if_nothing_had_been),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
