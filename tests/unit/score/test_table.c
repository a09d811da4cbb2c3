/* SPDX-License-Identifier: Apache-2.0 */
/* The table of scores as its callers see it: the story of the reference table, links that come
 * and go, silence, floods, overrides. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "story.h"

static void says_the_same_when_stored(const struct risk_fact *fact)
{
    char said[FACT_TEXT_MAX], stored[FACT_TEXT_MAX];
    uint8_t bytes[RISK_FACT_BYTES];
    size_t size = risk_fact_pack(fact, bytes);
    struct risk_fact back;

    assert_int_equal(risk_fact_unpack(bytes, size, &back), size);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(risk_fact_unpack(bytes, i, &back), 0);
    assert_int_equal(risk_fact_unpack(bytes, size, &back), size);
    risk_fact_text(fact, said);
    risk_fact_text(&back, stored);
    assert_true(said[0] != '\0');
    assert_string_equal(stored, said);
}

static struct suspect look(const struct score_table *table, unsigned i, int64_t at_us)
{
    struct suspect s;
    long sum = 0;

    if (!score_table_find(table, host(i), at_us, &s))
        fail_msg("198.51.100.%u is not known", i);
    for (uint32_t k = 0; k < s.receipt.line_count; k++) {
        sum += lround(s.receipt.lines[k].points * 100);
        if (s.receipt.lines[k].group != RISK_CAP_LINE)
            says_the_same_when_stored(&s.receipt.lines[k].fact);
    }
    assert_int_equal(sum, lround(s.receipt.score * 100));
    assert_int_equal(s.receipt.version, 4); /* docs/RISK.md tells what each changed */
    return s;
}

static int score(const struct score_table *table, unsigned i, int64_t at_us)
{
    return (int)lround(look(table, i, at_us).receipt.score * 100);
}

/* Good until the next but one. */
static const char *text_of(const struct suspect *s, enum risk_group group)
{
    static char texts[2][FACT_TEXT_MAX];
    static unsigned next;
    char *text = texts[next++ % 2];
    int uncapped, capped;

    text[0] = '\0';
    for (uint32_t k = 0; k < s->receipt.line_count; k++) {
        if (s->receipt.lines[k].group != group)
            continue;
        if (group == RISK_CAP_LINE)
            return risk_cap_text(
                path_score(&s->state.path, s->state.path.base_s, NULL, &uncapped, &capped));
        risk_fact_text(&s->receipt.lines[k].fact, text);
    }
    return text;
}

static const char *technique(const struct suspect *s)
{
    return stage_techniques[s->stage];
}

static const char *stage_reason(const struct score_table *table, const struct suspect *s)
{
    static char text[FACT_TEXT_MAX];

    score_table_stage_text(table, s->src, sizeof(text), text);
    return text;
}

static void step(struct score_table *table, int64_t now_us)
{
    assert_int_equal(score_table_step(table, now_us, NULL, NULL), 0);
}

static void observe(struct score_table *table, struct source_facts facts)
{
    assert_int_equal(score_table_observe(table, &facts, facts.last_us, NULL), 0);
}

static void add_link(struct score_table *table, struct link link)
{
    assert_int_equal(score_table_link(table, &link, NULL), 0);
}

struct fixture {
    struct nj_intern *names;
    struct score_table *table;
};

static int set_up(void **state)
{
    struct fixture *f = malloc(sizeof(*f));

    f->names = nj_intern_new(1000);
    f->table = table_of(f->names, 1000);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    score_table_free(f->table);
    nj_intern_free(f->names);
    free(f);
    return 0;
}

static void the_story_rises_as_the_reference_table_says(void **state)
{
    struct fixture *f = *state;
    struct source_facts next = hunan(f->names, 58, T0 + 60 * S);
    struct suspect s;

    observe(f->table, hunan(f->names, 43, T0));
    step(f->table, T0);
    assert_int_equal(score(f->table, 43, T0), 7884);
    s = look(f->table, 43, T0);
    assert_int_equal(s.receipt.level, RISK_HIGH);
    assert_string_equal(text_of(&s, RISK_PERSISTENCE), "active on 30 of the last 30 days");

    /* the successor's first minutes: what it did itself is little, what it took over is much */
    next.last_us = T0;
    next.sessions = next.packets = 40;
    next.class_sessions[CLASS_SCAN] = 40;
    next.targets = 40;
    next.days = 1;
    for (unsigned p = 0; p < 9; p++)
        next.ports[p].sessions = 5;
    observe(f->table, next);
    add_link(f->table, hop(1, 43, 58, HOP_FIRST, 0.999, T0));
    step(f->table, T0);
    s = look(f->table, 58, T0);
    assert_in_range(lround(s.receipt.score * 100), 8760, 8772);
    assert_int_equal(s.receipt.level, RISK_HIGH);
    assert_string_equal(text_of(&s, RISK_EVASION), "hop from 198.51.100.43 (p 0.999)");
    assert_non_null(strstr(text_of(&s, RISK_PERSISTENCE),
                           "inherited from 198.51.100.43 (p 0.999): active on 30"));

    /* and back */
    observe(f->table, hunan(f->names, 43, T0));
    add_link(f->table, hop(2, 58, 43, HOP_RETURN, 0.999, T0));
    step(f->table, T0);
    assert_int_equal(score(f->table, 43, T0), 9152);
    s = look(f->table, 43, T0);
    assert_int_equal(s.receipt.level, RISK_EXTREME);
    assert_int_equal(s.previous_level, RISK_HIGH);
    assert_string_equal(text_of(&s, RISK_EVASION), "returned from 198.51.100.58 (p 0.999)");
    if (getenv("NJ_PRINT_RECEIPT") != NULL) {
        s = look(f->table, 58, T0);
        for (uint32_t k = 0; k < s.receipt.line_count; k++)
            print_message("%6.2f  %-11s %s\n", s.receipt.lines[k].points,
                          risk_group_names[s.receipt.lines[k].group],
                          text_of(&s, s.receipt.lines[k].group));
        print_message("%6.2f\n", s.receipt.score);
    }
}

/* Wrong checksums, answers to forged packets, strays: a tool may be told of such a source, but
 * it has done nothing. */
static void more_ports_than_are_kept_are_told_as_a_least_number(void **state)
{
    struct risk_fact fact = {.group = RISK_PORTS, .ports.count = EPISODE_PORTS};
    char text[FACT_TEXT_MAX];

    (void)state;
    risk_fact_text(&fact, text);
    assert_string_equal(text, "64 ports");
    fact.ports.count++;
    risk_fact_text(&fact, text);
    assert_string_equal(text, "at least 65 ports");
}

static void a_source_that_asked_for_nothing_is_no_suspect(void **state)
{
    struct fixture *f = *state;
    struct source_facts facts = hunan(f->names, 43, T0);
    struct suspect s;

    facts.class_sessions[CLASS_OTHER] = facts.class_sessions[CLASS_SCAN];
    facts.class_sessions[CLASS_SCAN] = 0;
    observe(f->table, facts);
    step(f->table, T0);
    assert_false(score_table_find(f->table, host(43), T0, &s));
    assert_int_equal(score_table_counts(f->table)->sources, 0);
    facts.class_sessions[CLASS_CREDENTIAL] = 1;
    observe(f->table, facts);
    step(f->table, T0);
    assert_true(look(f->table, 43, T0).receipt.score > 0);
}

static void a_withdrawn_link_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    struct link link = hop(1, 43, 58, HOP_FIRST, 0.999, T0);
    int alone;

    observe(f->table, hunan(f->names, 43, T0));
    observe(f->table, telnet(58, 6, T0));
    step(f->table, T0);
    alone = score(f->table, 58, T0);
    add_link(f->table, link);
    step(f->table, T0);
    assert_true(score(f->table, 58, T0) > alone + 4000);
    link.state = LINK_WITHDRAWN;
    add_link(f->table, link);
    step(f->table, T0 + S);
    assert_int_equal(score(f->table, 58, T0), alone);
    assert_int_equal(score_table_counts(f->table)->links, 0);
    /* the level follows after an hour */
    assert_int_equal(look(f->table, 58, T0 + 3600 * S).receipt.level, RISK_HIGH);
    assert_int_equal(look(f->table, 58, T0 + 3601 * S).receipt.level, RISK_LOW);
}

static void a_tentative_link_and_one_below_a_half_raise_nothing(void **state)
{
    struct fixture *f = *state;
    struct link link = hop(1, 43, 58, HOP_FIRST, 0.999, T0);
    int alone;

    observe(f->table, hunan(f->names, 43, T0));
    observe(f->table, telnet(58, 40, T0));
    alone = score(f->table, 58, T0);
    link.state = LINK_TENTATIVE;
    add_link(f->table, link);
    assert_int_equal(score(f->table, 58, T0), alone);
    add_link(f->table, hop(1, 43, 58, HOP_FIRST, 0.49, T0));
    assert_int_equal(score(f->table, 58, T0), alone);
}

static void a_chain_that_returns_does_not_feed_itself(void **state)
{
    struct fixture *f = *state;
    int first, a;

    observe(f->table, hunan(f->names, 43, T0));
    observe(f->table, telnet(58, 40, T0));
    add_link(f->table, hop(1, 43, 58, HOP_FIRST, 0.9, T0));
    add_link(f->table, hop(2, 58, 43, HOP_RETURN, 0.9, T0 + 5 * S));
    step(f->table, T0 + 10 * S);
    first = score(f->table, 58, T0 + 10 * S);
    a = score(f->table, 43, T0 + 10 * S);
    for (int i = 0; i < 100; i++) {
        add_link(f->table, hop(1, 43, 58, HOP_FIRST, 0.9, T0));
        step(f->table, T0 + 10 * S);
    }
    assert_int_equal(score(f->table, 58, T0 + 10 * S), first);
    assert_int_equal(score(f->table, 43, T0 + 10 * S), a);
    /* and both decay as if the other were not there */
    assert_true(score(f->table, 58, T0 + 100 * DAY) < 2500);
}

static void the_second_hop_of_a_chain_counts_in_full(void **state)
{
    struct fixture *f = *state;
    struct suspect s;

    observe(f->table, hunan(f->names, 1, T0));
    observe(f->table, telnet(3, 40, T0));
    add_link(f->table, hop(1, 1, 2, HOP_FIRST, 1, T0 - 9 * S));
    add_link(f->table, hop(2, 2, 3, HOP_FIRST, 1, T0));
    s = look(f->table, 3, T0);
    assert_non_null(strstr(text_of(&s, RISK_EVASION), "second or later hop"));
    assert_non_null(strstr(text_of(&s, RISK_PERSISTENCE), "inherited from 198.51.100.1 "));
    /* all of the reference row after the return, but for what zmap was */
    assert_in_range(lround(s.receipt.score * 100), 9140, 9160);
}

static void a_bot_whose_line_gets_another_address_evades_nobody(void **state)
{
    struct fixture *f = *state;
    struct link first = hop(1, 1, 2, HOP_FIRST, 1, T0 - 9 * S);
    struct link second = hop(2, 2, 3, HOP_FIRST, 1, T0);
    struct suspect s;

    first.process = second.process = 1;
    observe(f->table, hunan(f->names, 1, T0));
    observe(f->table, telnet(3, 40, T0));
    add_link(f->table, first);
    add_link(f->table, second);
    s = look(f->table, 3, T0);
    assert_non_null(strstr(text_of(&s, RISK_PERSISTENCE), "inherited from 198.51.100.1 "));
    for (unsigned i = 0; i < s.receipt.line_count; i++)
        assert_int_not_equal(s.receipt.lines[i].group, RISK_EVASION);
    assert_in_range(lround(s.receipt.score * 100), 7870, 7900); /* the row before the hop */
}

/* Its line's address was another's before, whose bot went on elsewhere. */
static void what_a_bot_did_goes_with_that_bot_alone(void **state)
{
    struct fixture *f = *state;
    struct link others = hop(1, 1, 2, HOP_FIRST, 1, T0 - 9 * S);
    struct link its_own = hop(2, 2, 3, HOP_FIRST, 1, T0);
    struct suspect s;

    others.process = 1;
    its_own.process = 2;
    observe(f->table, hunan(f->names, 1, T0));
    observe(f->table, telnet(3, 40, T0));
    add_link(f->table, others);
    add_link(f->table, its_own);
    s = look(f->table, 3, T0);
    for (unsigned i = 0; i < s.receipt.line_count; i++)
        assert_null(
            strstr(text_of(&s, s.receipt.lines[i].group), "inherited from 198.51.100.1 "));
}

/* The same facts and links in any order within a step. */
static void order_inside_a_step_is_of_no_effect(void **state)
{
    struct fixture *f = *state;
    struct suspect expected[6];

    for (unsigned seed = 0; seed < 50; seed++) {
        struct nj_rng rng = nj_rng(seed, 7);
        struct score_table *table = table_of(f->names, 1000);
        unsigned order[10];

        for (unsigned i = 0; i < 10; i++)
            order[i] = i;
        for (unsigned i = 9; i > 0 && seed > 0; i--) {
            unsigned j = nj_rng_below(&rng, i + 1), t = order[i];

            order[i] = order[j];
            order[j] = t;
        }
        for (unsigned i = 0; i < 10; i++) {
            unsigned what = order[i];

            if (what < 5)
                observe(table, what == 0 ? hunan(f->names, 0, T0) : telnet(what, 7 * what, T0));
            else if (what < 9)
                add_link(table, hop(what, what - 5, what - 4, HOP_FIRST, 0.9, T0 + what));
            else
                assert_int_equal(
                    score_table_novelty(table, host(5), 1e-4, 23, PROTO_TCP, T0, NULL), 0);
        }
        step(table, T0);
        for (unsigned i = 0; i < 6; i++) {
            struct suspect s = look(table, i, T0 + DAY);

            if (seed == 0)
                expected[i] = s;
            assert_memory_equal(&s, &expected[i], sizeof(s));
        }
        score_table_free(table);
    }
}

/* Two sources do the same, but one does more: it never scores less. */
static void sending_more_never_lowers_a_score(void **state)
{
    struct fixture *f = *state;

    for (unsigned seed = 0; seed < 300; seed++) {
        struct nj_rng rng = nj_rng(seed, 11);
        struct source_facts less = telnet(1, 1 + nj_rng_below(&rng, 30), T0), more;
        int64_t now = T0;

        less.tool = nj_rng_below(&rng, 2) ? nj_intern_z(f->names, "mirai") : 0;
        less.tool_bits = 32;
        more = less;
        more.src = host(2);
        score_table_free(f->table);
        f->table = table_of(f->names, 1000);
        observe(f->table, less);
        observe(f->table, more);
        for (unsigned round = 0; round < 20; round++) {
            static const uint16_t ports[] = {80, 443, 8080, 9999, 22};
            uint32_t n = nj_rng_below(&rng, 50);

            now += nj_rng_below(&rng, 40000) * S;
            more.last_us = now;
            more.sessions += n;
            more.packets += n;
            more.class_sessions[nj_rng_below(&rng, CLASS_COUNT)] += n;
            more.targets += nj_rng_below(&rng, n + 1);
            more.days |= 1u << nj_rng_below(&rng, 30);
            more.rate = nj_rng_below(&rng, 100) / 1e4; /* of its present episode */
            if (more.port_count < 40)
                add_port(&more, ports[nj_rng_below(&rng, 5)], n);
            if (nj_rng_below(&rng, 4) == 0)
                more.tool = nj_intern_z(f->names, "mixed");
            observe(f->table, more);
            step(f->table, now);
            if (score(f->table, 2, now) < score(f->table, 1, now))
                fail_msg("seed %u, round %u: %d < %d", seed, round, score(f->table, 2, now),
                         score(f->table, 1, now));
        }
    }
}

static void silence_only_lowers(void **state)
{
    struct fixture *f = *state;
    int before = 10000;

    observe(f->table, hunan(f->names, 1, T0));
    step(f->table, T0);
    for (int day = 0; day < 400; day += 3) {
        int now = score(f->table, 1, T0 + day * DAY);

        assert_true(now <= before);
        before = now;
    }
    assert_true(before < 100);
}

struct told {
    unsigned count;
    struct suspect last;
};

static int tell(void *ctx, const struct suspect *suspect, struct nj_err *err)
{
    struct told *told = ctx;

    (void)err;
    told->count++;
    told->last = *suspect;
    return 0;
}

/* What was told last answers for all times until the next news: exactly while nothing is seen,
 * and to less than a point while something is. */
static void what_was_told_answers_until_the_next_news(void **state)
{
    struct fixture *f = *state;
    struct told told = {0};
    const struct score_sink sink = {.news = tell, .ctx = &told};

    for (int64_t hour = 0; hour < 24 * 400; hour++) {
        int64_t at_us = T0 + hour * 3600 * S;
        struct risk_state known;
        struct suspect s;
        int uncapped, score;

        if (hour < 24 * 20 && hour % 7 == 0)
            observe(f->table, telnet(1, (uint32_t)(10 + hour * 3), at_us));
        assert_int_equal(score_table_step(f->table, at_us, &sink, NULL), 0);
        if (!score_table_find(f->table, host(1), at_us, &s))
            continue;
        known = told.last.state;
        risk_state_advance(&known, at_us / S);
        (void)path_score(&known.path, at_us / S, NULL, &uncapped, &score);
        assert_true(labs(lround(100 * s.receipt.score) - score) <
                    (s.receipt.level == RISK_LOW ? 500 : 100));
        if (hour > 24 * 20)
            assert_int_equal(s.receipt.level, told.last.receipt.level);
    }
    assert_in_range(told.count, 3, 80);
    assert_int_equal(told.last.receipt.level, RISK_LOW);
    assert_int_equal(score_table_counts(f->table)->sources, 0);
    assert_int_equal(score_table_counts(f->table)->sources_forgotten, 1);
}

/* Flushed in each step or once at the end: the last state told of each source is the same. */
static void states_do_not_depend_on_when_they_are_told(void **state)
{
    struct fixture *f = *state;
    struct told often = {0}, once = {0};
    uint8_t bytes[2][RISK_STATE_MAX];
    size_t size;
    struct score_sink sink = {.state = tell, .ctx = &often};

    for (unsigned round = 0; round < 2; round++) {
        for (int day = 0; day < 30; day++) {
            if (day % 3 == 0)
                observe(f->table, telnet(1, (uint32_t)(10 + day * 30), T0 + day * DAY));
            assert_int_equal(score_table_step(f->table, T0 + day * DAY, &sink, NULL), 0);
            if (round == 0)
                assert_int_equal(score_table_flush(f->table, &sink, NULL), 0);
        }
        if (round == 1)
            break;
        score_table_free(f->table);
        f->table = table_of(f->names, 100);
        sink.ctx = &once;
    }
    assert_int_equal(once.count, 0);
    assert_int_equal(score_table_flush(f->table, &sink, NULL), 0);
    assert_int_equal(once.count, 1);
    assert_true(often.count >= 10);
    size = risk_state_pack(&once.last.state, bytes[0]);
    assert_int_equal(risk_state_pack(&often.last.state, bytes[1]), size);
    assert_memory_equal(bytes[0], bytes[1], size);
    assert_int_equal(once.last.receipt.at_us, often.last.receipt.at_us);
    assert_string_equal(text_of(&once.last, RISK_INTENT), text_of(&often.last, RISK_INTENT));
}

static void sources_are_told_by_address(void **state)
{
    struct fixture *f = *state;
    struct told told = {0};
    const struct score_sink sink = {.news = tell, .ctx = &told};

    for (unsigned i = 20; i > 0; i--)
        observe(f->table, telnet(i, 50, T0));
    assert_int_equal(score_table_step(f->table, T0, &sink, NULL), 0);
    assert_int_equal(told.count, 20);
    assert_true(addr_equal(told.last.src, host(20)));
    assert_int_equal(score_table_step(f->table, T0 + S, &sink, NULL), 0);
    assert_int_equal(told.count, 20); /* nothing new */
}

struct flushed {
    struct addr last;
    unsigned count;
};

static int tell_state_of(void *ctx, const struct suspect *suspect, struct nj_err *err)
{
    struct flushed *flushed = ctx;

    (void)err;
    assert_true(flushed->count == 0 || addr_compare(flushed->last, suspect->src) < 0);
    flushed->last = suspect->src;
    flushed->count++;
    return 0;
}

static void states_are_told_by_address_wherever_that_is(void **state)
{
    static const char *const falling[] = {
        "ffff::1",     "2001:db8::2", "2001:db8::1", "1::",     "::2:0:0:0", "::1:0:0:0",
        "203.0.113.1", "192.0.2.2",   "192.0.2.1",   "0.0.0.1", "::1:0:0",   "::1"};
    enum { COUNT = sizeof(falling) / sizeof(falling[0]) };
    struct fixture *f = *state;
    struct flushed flushed = {.count = 0};
    const struct score_sink sink = {.state = tell_state_of, .ctx = &flushed};

    for (unsigned i = 0; i < COUNT; i++) {
        struct source_facts facts = telnet(i, 50, T0);

        assert_int_equal(addr_parse(falling[i], &facts.src, NULL), 0);
        observe(f->table, facts);
    }
    assert_int_equal(score_table_step(f->table, T0, NULL, NULL), 0);
    assert_int_equal(score_table_flush(f->table, &sink, NULL), 0);
    assert_int_equal(flushed.count, COUNT);
}

static void a_declared_scanner_stays_low_until_it_attacks(void **state)
{
    struct fixture *f = *state;
    struct source_facts d = hunan(f->names, 1, T0);
    struct suspect s;

    d.declared = true;
    observe(f->table, d);
    s = look(f->table, 1, T0);
    assert_true(s.receipt.score == 39 && s.receipt.uncapped == 78.84);
    assert_string_equal(text_of(&s, RISK_CAP_LINE),
                        "at most 39: a declared scanner, and no exploit attempt");
    d.class_sessions[CLASS_EXPLOIT] = 1;
    d.rule_exploit = nj_intern_z(f->names, "http-download-and-run");
    d.sessions++;
    observe(f->table, d);
    s = look(f->table, 1, T0);
    assert_true(s.receipt.score > 85 && s.receipt.score == s.receipt.uncapped);
    assert_string_equal(technique(&s), "T1190");
    assert_non_null(strstr(stage_reason(f->table, &s), "http-download-and-run"));
}

static void four_packets_are_at_most_thirty(void **state)
{
    struct fixture *f = *state;
    struct source_facts d = telnet(2, 4, T0);

    observe(f->table, hunan(f->names, 1, T0));
    observe(f->table, d);
    add_link(f->table, hop(1, 1, 2, HOP_FIRST, 1, T0));
    assert_int_equal(score(f->table, 2, T0), 3000);
    d.sessions = d.packets = 5;
    observe(f->table, d);
    assert_true(score(f->table, 2, T0) > 8000);
}

static void one_exploit_session_counts_again_only_when_repeated(void **state)
{
    struct fixture *f = *state;
    struct source_facts d = telnet(1, 50, T0);
    struct suspect s;

    d.class_sessions[CLASS_CREDENTIAL] = 3;
    observe(f->table, d);
    s = look(f->table, 1, T0);
    assert_string_equal(technique(&s), "T1110");
    assert_non_null(strstr(text_of(&s, RISK_EXPLOIT), "3 sessions with login attempts"));
    d.last_us = T0 + 30 * DAY;
    d.sessions = 60;
    observe(f->table, d);
    s = look(f->table, 1, T0 + 30 * DAY);
    for (uint32_t k = 0; k < s.receipt.line_count; k++) {
        if (s.receipt.lines[k].group == RISK_EXPLOIT)
            assert_true(s.receipt.lines[k].points < 25);
    }
}

static void stages_name_their_technique(void **state)
{
    struct fixture *f = *state;
    struct source_facts d = telnet(1, 50, T0);
    struct suspect s;

    observe(f->table, d);
    s = look(f->table, 1, T0);
    assert_string_equal(stage_names[s.stage], "reconnaissance");
    assert_string_equal(technique(&s), "T1595.001");
    assert_string_equal(stage_reason(f->table, &s), "50 scan sessions, 50 addresses, 1 port");
    d.class_sessions[CLASS_EXPLOIT] = 2;
    d.rule_exploit = nj_intern_z(f->names, "tls-probe");
    d.sessions = 52;
    observe(f->table, d);
    s = look(f->table, 1, T0);
    assert_string_equal(technique(&s), "T1595.002");
    d = telnet(2, 50, T0);
    d.src = addr_from_v4(0xc0a80102);
    observe(f->table, d);
    assert_true(score_table_find(f->table, d.src, T0, &s));
    assert_string_equal(technique(&s), "T1046");
}

static void a_group_and_slowness_are_evasion(void **state)
{
    struct fixture *f = *state;
    struct link link = hop(1, 1, 2, HOP_NONE, 0.99, T0);
    struct source_facts d = telnet(1, 40, T0);
    struct suspect s;

    d.slow = true;
    observe(f->table, d);
    observe(f->table, telnet(2, 40, T0));
    link.kind = LINK_PARALLEL;
    add_link(f->table, link);
    s = look(f->table, 2, T0);
    assert_string_equal(text_of(&s, RISK_EVASION),
                        "one of a group, as with 198.51.100.1 (p 0.990)");
    s = look(f->table, 1, T0);
    assert_non_null(strstr(text_of(&s, RISK_EVASION), "slow for days"));
    assert_true(score(f->table, 1, T0) > score(f->table, 2, T0));
}

static void an_override_is_shown_and_outlives_everything(void **state)
{
    struct fixture *f = *state;
    struct risk_override o = {.set = true,
                              .has_score = true,
                              .score = 12.5,
                              .at_us = T0,
                              .author = "ann",
                              .reason = "our own test scanner"};
    struct nj_err err;
    struct suspect s;
    int own;

    score_table_free(f->table);
    f->table = table_of(f->names, 10);
    observe(f->table, hunan(f->names, 1, T0));
    own = score(f->table, 1, T0);
    assert_int_equal(score_table_override(f->table, host(1), &o, NULL), 0);
    s = look(f->table, 1, T0);
    assert_true(s.shown == 12.5 && s.shown_level == RISK_LOW && s.override.set);
    assert_int_equal(lround(s.receipt.score * 100), own);
    assert_int_equal(s.receipt.level, RISK_HIGH);
    assert_string_equal(s.override.reason, "our own test scanner");

    for (unsigned i = 2; i < 200; i++) { /* neither a full table nor time removes it */
        observe(f->table, telnet(i, 50, T0));
        step(f->table, T0);
    }
    assert_int_equal(score_table_counts(f->table)->sources, 10);
    assert_int_equal(score_table_counts(f->table)->sources_evicted, 189);
    step(f->table, T0 + 900 * DAY);
    assert_true(look(f->table, 1, T0 + 900 * DAY).override.set);

    o.reason[0] = '\0';
    assert_int_equal(score_table_override(f->table, host(1), &o, &err), -1);
    assert_int_equal(err.code, NJ_CONFIG);
    o.set = false;
    assert_int_equal(score_table_override(f->table, host(1), &o, NULL), 0);
    assert_false(look(f->table, 1, T0).override.set);
}

static void a_full_table_loses_the_low_ones_first(void **state)
{
    struct fixture *f = *state;

    score_table_free(f->table);
    f->table = table_of(f->names, 10);
    observe(f->table, hunan(f->names, 1, T0));
    step(f->table, T0);
    for (unsigned i = 2; i < 100; i++) {
        observe(f->table, telnet(i, 2, T0 + i * S));
        step(f->table, T0 + i * S);
    }
    assert_int_equal(look(f->table, 1, T0 + 100 * S).receipt.level, RISK_HIGH);
    assert_int_equal(score_table_counts(f->table)->sources_evicted, 89);
    assert_true(score_table_find(f->table, host(99), T0, &(struct suspect){.shown = 0}));
    assert_false(score_table_find(f->table, host(50), T0, &(struct suspect){.shown = 0}));
}

static void sources_are_known_by_all_of_their_address(void **state)
{
    struct fixture *f = *state;
    struct suspect s;

    score_table_free(f->table);
    f->table = table_of(f->names, 10);
    for (unsigned i = 1; i < 100; i++) {
        struct source_facts facts = telnet(i, 2, T0 + i * S);

        facts.src = (struct addr){i % 2 == 0 ? 0 : UINT64_C(0x20010db800000000), i};
        observe(f->table, facts);
        step(f->table, T0 + i * S);
    }
    for (unsigned i = 1; i < 100; i++)
        for (unsigned wide = 0; wide < 2; wide++) {
            struct addr src = {wide == 0 ? 0 : UINT64_C(0x20010db800000000), i};
            bool known = score_table_find(f->table, src, T0 + 100 * S, &s);

            assert_int_equal(known, i >= 90 && i % 2 == wide);
            if (known)
                assert_true(addr_equal(s.src, src));
        }
}

static void forged_flood_gives_grade_d_and_a_scanner_beside_it_does_not(void **state)
{
    struct fixture *f = *state;
    struct suspect s;

    score_table_free(f->table);
    f->table = table_of(f->names, 100000);
    for (uint32_t i = 0; i < 3000; i++) {
        struct source_facts d = telnet(0, 1, T0 + i * 1000);

        d.src = addr_from_v4(0xcb007100u + i * 65537);
        d.first_us = d.last_us;
        d.fields = d.stacks = 1;
        d.ttl_min = d.ttl_max = 242;
        observe(f->table, d);
    }
    observe(f->table, telnet(7, 60, T0));
    step(f->table, T0 + 60 * S);
    assert_true(score_table_find(f->table, addr_from_v4(0xcb007100u), T0, &s));
    assert_int_equal(s.grade, GRADE_D);
    assert_int_equal(s.reason.form, GRADED_CROWD);
    assert_int_equal(s.reason.count, 3000);
    assert_int_equal(look(f->table, 7, T0).grade, GRADE_C);
}

static void unknown_number_of_addresses_extrapolates_nothing(void **state)
{
    struct fixture *f = *state;
    const struct score_options options = {
        .names = f->names, .port_risk = port_risk, .sensors = 1, .max_sources = 10};
    struct score_table *table = NULL;
    struct suspect s;

    assert_int_equal(score_table_new(&options, &table, NULL), 0);
    observe(table, hunan(f->names, 1, T0));
    s = look(table, 1, T0);
    assert_non_null(strstr(text_of(&s, RISK_TARGETS), "addresses watched unknown"));
    assert_true(s.receipt.score < 78.84);
    score_table_free(table);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_ports_than_are_kept_are_told_as_a_least_number),
        WITH(the_story_rises_as_the_reference_table_says),
        WITH(a_source_that_asked_for_nothing_is_no_suspect),
        WITH(a_withdrawn_link_leaves_nothing_behind),
        WITH(a_tentative_link_and_one_below_a_half_raise_nothing),
        WITH(a_chain_that_returns_does_not_feed_itself),
        WITH(the_second_hop_of_a_chain_counts_in_full),
        WITH(a_bot_whose_line_gets_another_address_evades_nobody),
        WITH(what_a_bot_did_goes_with_that_bot_alone),
        WITH(order_inside_a_step_is_of_no_effect),
        WITH(sending_more_never_lowers_a_score),
        WITH(silence_only_lowers),
        WITH(what_was_told_answers_until_the_next_news),
        WITH(states_do_not_depend_on_when_they_are_told),
        WITH(sources_are_told_by_address),
        WITH(states_are_told_by_address_wherever_that_is),
        WITH(a_declared_scanner_stays_low_until_it_attacks),
        WITH(four_packets_are_at_most_thirty),
        WITH(one_exploit_session_counts_again_only_when_repeated),
        WITH(stages_name_their_technique),
        WITH(a_group_and_slowness_are_evasion),
        WITH(an_override_is_shown_and_outlives_everything),
        WITH(a_full_table_loses_the_low_ones_first),
        WITH(sources_are_known_by_all_of_their_address),
        WITH(forged_flood_gives_grade_d_and_a_scanner_beside_it_does_not),
        WITH(unknown_number_of_addresses_extrapolates_nothing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    open_records = 2;
    return failed + cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
