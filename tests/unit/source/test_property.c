/* SPDX-License-Identifier: Apache-2.0 */
/* What is told follows from the rows and the steps alone: not from silent steps in between, not
 * from the secret of the index, not from being saved and loaded. Seeded random traffic. */
#include "world.h"

#define ROWS 6000
#define NAMES 40

struct event {
    struct visit visit;
    bool trait;
};

static int by_handed(const void *a, const void *b)
{
    const struct event *left = a, *right = b;

    return left->visit.handed_ns < right->visit.handed_ns   ? -1
           : left->visit.handed_ns > right->visit.handed_ns ? 1
                                                            : 0;
}

static struct visit random_row(struct nj_rng *rng, double at_s)
{
    uint32_t kind = nj_rng_below(rng, 100);
    uint32_t n = kind < 40   ? nj_rng_below(rng, 6)
                 : kind < 80 ? 10 + nj_rng_below(rng, 40)
                             : 100 + nj_rng_below(rng, 1000);
    double lasts = nj_rng_below(rng, 3) == 0 ? nj_rng_below(rng, 500) : 0;
    struct visit v = part(SRC(n), at_s, at_s + lasts,
                          at_s + lasts + (lasts > 0 ? nj_rng_below(rng, 100) : 0),
                          lasts > 0 ? 1 + nj_rng_below(rng, 50) : 1);

    if (n % 7 == 0)
        v.src = (struct addr){.hi = 0x20010db800000000u + n, .lo = nj_rng_next(rng)};
    v.dport = (uint16_t)nj_rng_below(rng, n % 5 == 0 ? 60000 : 4);
    v.sport = (uint16_t)nj_rng_below(rng, 65536);
    v.sensor = nj_rng_below(rng, 100) == 0 ? 70 : n % 3;
    v.class = nj_rng_below(rng, 10) == 0 ? (uint8_t)nj_rng_below(rng, CLASS_COUNT) : CLASS_SCAN;
    v.stack = 2 + nj_rng_below(rng, n % 11 == 0 ? NAMES - 2 : 2);
    v.tool = n % 4 == 0 ? 2 + nj_rng_below(rng, 3) : 0;
    v.rule = 2 + nj_rng_below(rng, 8);
    v.instance = n % 9 == 0 ? 1 + nj_rng_below(rng, 6) : 0;
    v.targets = 1 + nj_rng_below(rng, 100);
    v.dst.lo += nj_rng_below(rng, 256);
    v.ttl_min = (uint8_t)(40 + nj_rng_below(rng, 10));
    v.no_fields = n % 8 == 0;
    return v;
}

/* Sorted by handing on; blocks of activity, hours of silence, one jump of the clock back. */
static struct event *make_events(uint64_t seed)
{
    struct event *events = calloc(ROWS, sizeof(*events));
    struct nj_rng rng = nj_rng(seed, 1);
    double at_s = 0;

    assert_non_null(events);
    for (unsigned i = 0; i < ROWS; i++) {
        uint32_t pause = nj_rng_below(&rng, 1000);

        at_s += pause < 4 ? 3600.0 * nj_rng_below(&rng, 30) : nj_rng_below(&rng, 40);
        events[i].visit = random_row(&rng, at_s);
        events[i].trait = nj_rng_below(&rng, 50) == 0;
    }
    qsort(events, ROWS, sizeof(*events), by_handed);
    events[ROWS / 2].visit.first_ns -= INT64_C(400) * 86400 * 1000000000;
    return events;
}

static void reload(struct world *w, struct nj_intern *names)
{
    struct source_options options = {.max_sources = 300, .max_followed = 60};
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    FILE *in;

    assert_non_null(out);
    assert_int_equal(source_table_save(w->table, names, out, NULL), 0);
    (void)fclose(out);
    source_table_free(w->table);
    assert_int_equal(source_table_new(&options, &w->table, NULL), 0);
    in = fmemopen(bytes, size, "rb");
    assert_non_null(in);
    assert_int_equal(source_table_load(w->table, names, in, NULL), 0);
    assert_int_equal(fgetc(in), EOF);
    (void)fclose(in);
    free(bytes);
}

struct manner {
    bool silent_steps; /* also in minutes without a row */
    unsigned reload;   /* one in so many rows is followed by save and load; 0: none */
};

/* @return all that was told, to be freed */
static char *run(const struct event *events, struct manner manner, uint64_t seed)
{
    struct nj_intern *names = nj_intern_new(1000);
    struct nj_rng rng = nj_rng(seed, 2);
    struct world w;
    char *log;

    for (unsigned i = 2; i < NAMES; i++) {
        char text[16];

        (void)snprintf(text, sizeof(text), "name %u", i);
        assert_int_equal(nj_intern_z(names, text), i);
    }
    world_open(&w, 300, 60);
    for (unsigned i = 0; i < ROWS; i++) {
        const struct visit *visit = &events[i].visit;
        int64_t handed_s = visit->handed_ns / 1000000000 - T0;
        int64_t end_s = handed_s / 60 * 60 + 60;

        add(&w, visit);
        if (events[i].trait) {
            struct trait trait = {.src = visit->src, .packets = i, .bits = 9, .kind = "tool"};

            assert_int_equal(source_table_trait(w.table, &trait, NULL), 0);
        }
        if (manner.reload != 0 && nj_rng_below(&rng, manner.reload) == 0)
            reload(&w, names);
        if (i + 1 < ROWS && events[i + 1].visit.handed_ns / 1000000000 - T0 < end_s)
            continue;
        world_step(&w, end_s);
        if (!manner.silent_steps || i + 1 == ROWS)
            continue;
        for (int64_t next_s = events[i + 1].visit.handed_ns / 1000000000 - T0;
             (end_s += 60) < next_s;)
            world_step(&w, end_s);
    }
    world_step(&w, w.step_s - T0 + 30 * 86400);
    assert_int_equal(source_table_counts(w.table)->sources, 300);
    assert_true(source_table_counts(w.table)->followed_evicted > 0);
    assert_true(source_table_counts(w.table)->ceased > 0);
    assert_true(source_table_counts(w.table)->resumed > 0);
    (void)fflush(w.log_out);
    log = strdup(w.log);
    world_close(&w);
    nj_intern_free(names);
    return log;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Decisions without the times of telling: a change behind its step's time, lines sorted.
 * Growth is none; that a source was quiet is told only if a step sees it. */
static void forget_steps(char *log)
{
    char **lines = calloc(strlen(log) + 1, sizeof(*lines));
    char *copy = strdup(log), *out = log;
    size_t count = 0;

    assert_true(lines != NULL && copy != NULL);
    for (char *line = strtok(copy, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (strncmp(strchr(line, ' ') + 1, "grew", 4) != 0)
            lines[count++] = strchr(line, ' ') + 1;
    qsort((void *)lines, count, sizeof(*lines), by_text);
    for (size_t i = 0; i < count; i++)
        out += sprintf(out, "%s\n", lines[i]);
    free(copy);
    free((void *)lines);
}

static void assert_same(char *a, char *b, uint64_t seed)
{
    size_t i = 0, line = 0;

    while (a[i] != '\0' && a[i] == b[i])
        if (a[i++] == '\n')
            line = i;
    if (a[i] != b[i]) {
        char *end_a = strchr(a + line, '\n'), *end_b = strchr(b + line, '\n');

        if (end_a != NULL && end_b != NULL)
            *end_a = *end_b = '\0';
        fail_msg("seed %" PRIu64 ":\n%s\n%s", seed, a + line, b + line);
    }
}

static void check(struct manner manner)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct event *events = make_events(seed);
        char *plain = run(events, (struct manner){.reload = 0}, seed);
        char *other = run(events, manner, seed);

        if (manner.silent_steps) {
            forget_steps(plain);
            forget_steps(other);
        }
        assert_same(plain, other, seed);
        free(plain);
        free(other);
        free(events);
    }
}

static void the_secret_of_the_index_decides_nothing(void **state)
{
    (void)state;
    check((struct manner){.reload = 0});
}

static void a_loaded_table_goes_on_as_the_saved_one(void **state)
{
    (void)state;
    check((struct manner){.reload = 60});
}

static void silent_steps_change_no_decision(void **state)
{
    (void)state;
    check((struct manner){.silent_steps = true});
}

static void saved_bytes(uint8_t **ret_bytes, size_t *ret_size, struct nj_intern *names)
{
    struct world w;
    struct event *events = make_events(9);
    FILE *out = open_memstream((char **)ret_bytes, ret_size);

    world_open(&w, 300, 60);
    for (unsigned i = 0; i < 700; i++)
        add(&w, &events[i].visit);
    assert_int_equal(source_table_save(w.table, names, out, NULL), 0);
    (void)fclose(out);
    world_close(&w);
    free(events);
}

static void damaged_bytes_are_refused(void **state)
{
    struct source_options options = {.max_sources = 300, .max_followed = 60};
    struct nj_intern *names = nj_intern_new(1000);
    struct source_table *table = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;

    (void)state;
    saved_bytes(&bytes, &size, names);
    assert_int_equal(source_table_new(&options, &table, NULL), 0);
    for (size_t i = 0; i < size; i += 1 + size / 400) {
        struct nj_err err = {.code = NJ_OK};
        FILE *in;

        bytes[i] ^= 0x41;
        in = fmemopen(bytes, i % 2 == 0 ? size : i + 1, "rb");
        assert_int_equal(source_table_load(table, names, in, &err), -1);
        assert_int_equal(err.code, NJ_FORMAT);
        assert_int_equal(source_table_counts(table)->sources, 0);
        (void)fclose(in);
        bytes[i] ^= 0x41;
    }
    source_table_free(table);
    nj_intern_free(names);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_secret_of_the_index_decides_nothing),
        cmocka_unit_test(a_loaded_table_goes_on_as_the_saved_one),
        cmocka_unit_test(silent_steps_change_no_decision),
        cmocka_unit_test(damaged_bytes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
