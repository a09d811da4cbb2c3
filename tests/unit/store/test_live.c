/* SPDX-License-Identifier: Apache-2.0 */
/* What a filter says of a visit in memory is what the store says when it is stored: any filters
 * over any rows, asked of both. */
#include "store/live.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/span.h"

#define ROWS 400
#define FILTERS 150
#define START_US 1588204800000000ll /* 2020-04-30 */

static char dir[64];

struct kept {
    struct visit visit;
    struct store_place place;
    const char *sensor;
    char user[LIVE_USER_MAX];
    struct live_row row;
};

struct world {
    struct nj_rng rng;
    struct nj_intern *names;
    struct kept kept[ROWS];
    struct store *store;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static uint32_t below(struct world *w, uint32_t n)
{
    return nj_rng_below(&w->rng, n);
}

/* ---- rows ---- */

static const char *const texts[] = {
    "",
    "zmap",
    "masscan",
    "a\"b",
    "it's",
    "back\\slash",
    "\xc3\xbcn\xc3\xaf",
    "a*b",
    "[x]",
    "x y",
    "A",
    "a",
    "zmap:v2,ack",
    "and",
    "(in)",
    "a-z",
    "]",
    "aaaaaaab",
    "ZMAP",
    "64:1460:mss",
    "?",
    "longer than twelve bytes, all of it",
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))
static const char *const countries[] = {"CN", "US", "IN", "", "DE"};

static const char *any_text(struct world *w)
{
    return texts[below(w, TEXTS)];
}

static uint32_t any_name(struct world *w)
{
    return nj_intern_z(w->names, any_text(w));
}

static struct addr any_address(struct world *w)
{
    switch (below(w, 8)) {
    case 0:
        return (struct addr){0, 0};
    case 1:
        return (struct addr){.hi = 0x20010db800000000 | below(w, 4), .lo = below(w, 9)};
    case 2:
        return (struct addr){.hi = UINT64_MAX, .lo = UINT64_MAX - below(w, 3)};
    default:
        return addr_from_v4(0xcb007100 | below(w, 256));
    }
}

static uint32_t any_number(struct world *w)
{
    static const uint32_t edges[] = {0, 1, 22, 23, 1023, 1024, 65535, 255, 64, 4294967295u};

    return below(w, 3) > 0 ? edges[below(w, 10)] : below(w, 40);
}

static void make_row(struct world *w, struct kept *kept, uint64_t seq)
{
    struct visit *v = &kept->visit;
    int64_t at_us = START_US + (int64_t)below(w, 3) * DAY_US;
    const char *user = any_text(w);

    if (below(w, 3) > 0)
        at_us += (int64_t)nj_rng_below64(&w->rng, DAY_US);
    else if (below(w, 2) > 0)
        at_us += DAY_US - 1;
    *v = (struct visit){
        .first_ns = at_us * 1000,
        .last_ns = at_us * 1000,
        .handed_ns = at_us * 1000,
        .seq = seq,
        .src = addr_from_v4(0xcb007100 | below(w, 256)),
        .dst = any_address(w),
        .packets = below(w, 9) == 0 ? UINT64_C(1) << 40 : any_number(w),
        .sessions = 1 + below(w, 5),
        .targets = any_number(w),
        .repeats = any_number(w),
        .answered = any_number(w),
        .rule = any_name(w),
        .tool = any_name(w),
        .stack = any_name(w),
        .app = any_name(w),
        .conn_state = any_name(w),
        .dport = (uint16_t)any_number(w),
        .sport = (uint16_t)any_number(w),
        .proto = (uint8_t)(below(w, 2) > 0 ? 6 : any_number(w)),
        .ttl = (uint8_t)any_number(w),
        .tcp_flags = (uint8_t)any_number(w),
        .window = (uint16_t)any_number(w),
        .class = (uint8_t)below(w, CLASS_COUNT),
        .no_fields = below(w, 4) == 0,
    };
    if (below(w, 4) == 0)
        v->src = (struct addr){.hi = 0x20010db800000000 | below(w, 4), .lo = below(w, 9)};
    v->sport_min = v->sport_max = v->sport;
    v->user_length = (uint16_t)strlen(user);
    memcpy(v->user, user, strlen(user));
    kept->place = (struct store_place){.asn = any_number(w)};
    (void)snprintf(kept->place.country, sizeof(kept->place.country), "%s",
                   countries[below(w, 5)]);
    kept->sensor = below(w, 2) > 0 ? "tokyo" : "a-sensor-with-a-long-name";
}

static int make_world(void **state)
{
    struct store_options options = {.dir = dir, .threads = 1, .memory_mb = 256};
    struct world *w = calloc(1, sizeof(*w));
    struct nj_err err = {0};

    assert_non_null(w);
    (void)snprintf(dir, sizeof(dir), "/tmp/nightjar-live-XXXXXX");
    assert_non_null(mkdtemp(dir));
    w->rng = nj_rng(20, 0);
    w->names = nj_intern_new(100);
    if (store_open_writer(&options, &w->store, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < ROWS; i++) {
        struct kept *kept = &w->kept[i];

        make_row(w, kept, i + 1);
        live_row_of(&kept->visit, kept->sensor, &kept->place, w->names, kept->user, &kept->row);
        assert_int_equal(
            store_add_visit(w->store, &kept->visit, kept->sensor, &kept->place, w->names, &err),
            0);
    }
    if (store_write(w->store, 0, &err) < 0 ||
        store_commit(w->store, "tokyo", NULL, ROWS, &err) < 0)
        fail_msg("%s", err.msg);
    store_close(w->store);
    if (store_open(&options, &w->store, &err) < 0 ||
        store_prepare(w->store, NULL, NULL, &err) < 0)
        fail_msg("%s", err.msg);
    *state = w;
    return 0;
}

static int end_world(void **state)
{
    struct world *w = *state;

    store_close(w->store);
    nj_intern_free(w->names);
    free(w);
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- filters ---- */

static void write_quoted(FILE *out, const char *text)
{
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            (void)fputc('\\', out);
        (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

/* A text with signs of patterns in the place of some of its bytes; not all are right. */
static void write_pattern(struct world *w, FILE *out)
{
    static const char *const signs[] = {"*",     "?",    "[a-z]", "[!a-z]", "\\", "[]x]",
                                        "[!]a]", "[a-]", "[A",    "[a-",    "**", "[a*]"};
    const char *text = any_text(w);
    char pattern[256] = "";
    unsigned stars = 0;

    for (; *text != '\0'; text++) {
        const char *sign = signs[below(w, sizeof(signs) / sizeof(signs[0]))];
        char one[2] = {*text, '\0'};
        /* not in the middle of a character: the filter is UTF-8 */
        bool plain = (text[0] & 0x80) == 0;

        if (plain && below(w, 3) == 0 && (strchr(sign, '*') == NULL || stars++ < 2))
            (void)strcat(pattern, sign);
        if (!plain || below(w, 3) > 0)
            (void)strcat(pattern, one);
    }
    if (below(w, 3) == 0)
        (void)strcat(pattern, "*");
    write_quoted(out, pattern);
}

static void write_time(struct world *w, FILE *out)
{
    int64_t us = w->kept[below(w, ROWS)].row.ts_us + (int64_t)below(w, 3) - 1;
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;
    char text[64];

    assert_non_null(gmtime_r(&seconds, &tm));
    switch (below(w, 3)) {
    case 0:
        (void)strftime(text, sizeof(text), "%Y-%m-%d", &tm);
        break;
    case 1:
        (void)strftime(text, sizeof(text), "'%Y-%m-%d %H:%M'", &tm);
        break;
    default:
        (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
        (void)snprintf(text + strlen(text), 16, ".%06dZ", (int)(us % 1000000));
        break;
    }
    (void)fputs(text, out);
}

static void write_address(struct world *w, FILE *out)
{
    struct addr a = any_address(w);
    bool v4 = addr_is_v4(a);
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];
    uint32_t bits = below(w, 9);

    switch (below(w, 3)) {
    case 0:
        (void)fputs(addr_text(a, first), out);
        break;
    case 1:
        if (below(w, 6) == 0) {
            (void)fputs(below(w, 2) > 0 ? "0.0.0.0/0" : "::/0", out);
            break;
        }
        a.lo &= ~((UINT64_C(1) << bits) - 1);
        (void)fprintf(out, "%s/%u", addr_text(a, first), (v4 ? 32 : 128) - bits);
        break;
    default:
        bits = v4 ? (uint32_t)(a.lo & 0xff) : 0;
        (void)fprintf(
            out, "%s-%s", addr_text(a, first),
            addr_text((struct addr){a.hi, a.lo + (v4 ? below(w, 256 - bits) : 0)}, last));
        break;
    }
}

static void write_number(struct world *w, FILE *out, const struct filter_field *field,
                         bool list)
{
    int64_t number = any_number(w), more;

    if (field->type == FILTER_PROTO && below(w, 2) > 0) {
        (void)fputs(below(w, 2) > 0 ? "tcp" : "icmpv6", out);
        return;
    }
    if (field->type == FILTER_PROTO)
        number %= 256;
    if (list && field->most > 0 && number > field->most)
        number = field->most;
    if (list && below(w, 3) == 0) {
        more = number + below(w, 50);
        if (field->type == FILTER_PROTO && more > 255)
            more = 255;
        (void)fprintf(out, "%lld-%lld", (long long)number, (long long)more);
        return;
    }
    if (!list && below(w, 8) == 0)
        number = below(w, 2) > 0 ? -1 : INT64_MAX;
    (void)fprintf(out, "%lld", (long long)number);
}

static void write_value(struct world *w, FILE *out, const struct filter_field *field, bool list)
{
    switch (field->type) {
    case FILTER_TEXT:
        if (field->words != NULL)
            (void)fputs(field->words[below(w, (uint32_t)field->word_count)], out);
        else if (field->length == 2)
            (void)fputs(below(w, 3) > 0 ? "CN" : "DE", out);
        else
            write_quoted(out, any_text(w));
        break;
    case FILTER_ADDRESS:
        write_address(w, out);
        break;
    case FILTER_TIME:
        write_time(w, out);
        break;
    case FILTER_NUMBER:
    case FILTER_PROTO:
        write_number(w, out, field, list);
        break;
    }
}

static void write_term(struct world *w, FILE *out)
{
    static const char *const orders[] = {"<", "<=", ">", ">="};
    size_t count;
    const struct filter_field *fields = store_filter_fields(&count);
    const struct filter_field *field = &fields[below(w, (uint32_t)count)];
    unsigned values;

    (void)fprintf(out, "%s ", field->name);
    if (field->type == FILTER_TEXT && below(w, 2) > 0) {
        (void)fputs("~ ", out);
        write_pattern(w, out);
        return;
    }
    if ((field->type == FILTER_NUMBER || field->type == FILTER_TIME) && below(w, 2) > 0) {
        (void)fprintf(out, "%s ", orders[below(w, 4)]);
        write_value(w, out, field, false);
        return;
    }
    if (below(w, 2) > 0) {
        (void)fputs(below(w, 2) > 0 ? "= " : "!= ", out);
        write_value(w, out, field, true);
        return;
    }
    (void)fputs(below(w, 2) > 0 ? "in (" : "not in (", out);
    values = 1 + below(w, 8);
    for (unsigned i = 0; i < values; i++) {
        (void)fputs(i > 0 ? ", " : "", out);
        write_value(w, out, field, true);
    }
    (void)fputc(')', out);
}

static void write_filter(struct world *w, FILE *out, unsigned depth)
{
    uint32_t form = depth == 0 ? 0 : below(w, 6);

    switch (form) {
    case 0:
    case 1:
        write_term(w, out);
        break;
    case 2:
        (void)fputs("not (", out);
        write_filter(w, out, depth - 1);
        (void)fputc(')', out);
        break;
    default:
        (void)fputc('(', out);
        write_filter(w, out, depth - 1);
        (void)fputs(form < 5 ? " and " : " or ", out);
        write_filter(w, out, depth - 1);
        if (below(w, 3) == 0) {
            (void)fputs(" or ", out);
            write_filter(w, out, depth - 1);
        }
        (void)fputc(')', out);
        break;
    }
}

/* ---- both ---- */

static int mark(void *ctx, const struct map_visit *visit, struct nj_err *err)
{
    bool *chosen = ctx;

    (void)err;
    assert_in_range(visit->seq, 1, ROWS);
    chosen[visit->seq - 1] = true;
    return 0;
}

/* @return how many rows fit */
static size_t ask_both(struct world *w, const char *text)
{
    const struct map_question question = {
        .scope = {.all_classes = true,
                  .from_us = INT64_MIN,
                  .to_us = INT64_MAX,
                  .filter = text},
        .rows = ROWS,
    };
    bool stored[ROWS] = {false};
    size_t count, fit = 0;
    const struct filter_field *fields = store_filter_fields(&count);
    struct filter_match *match;
    struct nj_err err = {0};

    if (store_map(w->store, &question, mark, stored, &err) < 0 ||
        filter_match_new(text, fields, count, &match, &err) < 0)
        fail_msg("%s: %s", text, err.msg);
    for (size_t i = 0; i < ROWS; i++) {
        enum filter_answer live = filter_match_row(match, &w->kept[i].row, UINT64_MAX);

        if (live != (stored[i] ? FILTER_YES : FILTER_NO))
            fail_msg("%s: row %zu is%s in the store, and %d in memory", text, i + 1,
                     stored[i] ? "" : " not", (int)live);
        fit += stored[i];
    }
    filter_match_free(match);
    return fit;
}

static void any_filter_says_of_a_visit_what_the_store_says_later(void **state)
{
    struct world *w = *state;
    size_t some = 0;

    for (unsigned i = 0; i < FILTERS; i++) {
        char *text = NULL;
        size_t size, fit;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        write_filter(w, out, 3);
        assert_int_equal(fclose(out), 0);
        fit = ask_both(w, text);
        some += fit > 0 && fit < ROWS;
        free(text);
    }
    assert_in_range(some, FILTERS / 3, FILTERS); /* or the comparison says little */
}

static void each_pattern_matches_as_the_store_matches(void **state)
{
    struct world *w = *state;

    for (unsigned i = 0; i < FILTERS; i++) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        (void)fputs(i % 2 == 0 ? "tool ~ " : "user ~ ", out);
        write_pattern(w, out);
        assert_int_equal(fclose(out), 0);
        (void)ask_both(w, text);
        free(text);
    }
}

static void an_empty_filter_fits_all(void **state)
{
    assert_int_equal(ask_both(*state, ""), ROWS);
    assert_int_equal(ask_both(*state, "tool = zmap and not tool = zmap"), 0);
}

static void every_field_of_stored_visits_is_known_of_live_ones(void **state)
{
    size_t count;
    const struct filter_field *fields = store_filter_fields(&count);

    (void)state;
    for (size_t i = 0; i < count; i++)
        if (fields[i].member == 0)
            fail_msg("%s", fields[i].name);
}

/* A source that tries two ports in turn: every second row. */
static void a_sample_under_a_filter_is_never_empty(void **state)
{
    struct world *w = *state;
    bool stored[ROWS] = {false};
    struct map_question question = {
        .scope = {.all_classes = true,
                  .from_us = INT64_MIN,
                  .to_us = INT64_MAX,
                  .filter = "sensor = tokyo"},
    };
    size_t all = ask_both(w, question.scope.filter);
    struct nj_err err = {0};

    for (uint64_t rows = 1; rows < 20; rows++) {
        size_t shown = 0, step = (all + rows - 1) / rows;

        question.rows = rows;
        memset(stored, 0, sizeof(stored));
        assert_int_equal(store_map(w->store, &question, mark, stored, &err), 0);
        for (size_t i = 0; i < ROWS; i++)
            shown += stored[i];
        assert_int_equal(shown, all / step);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_filter_says_of_a_visit_what_the_store_says_later),
        cmocka_unit_test(each_pattern_matches_as_the_store_matches),
        cmocka_unit_test(an_empty_filter_fits_all),
        cmocka_unit_test(every_field_of_stored_visits_is_known_of_live_ones),
        cmocka_unit_test(a_sample_under_a_filter_is_never_empty),
    };

    return cmocka_run_group_tests(tests, make_world, end_world);
}
