/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar filter FILE...: marks or drops the lines of any log whose address is known noise. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "policy/noise.h"

#define LINE_MAX_BYTES NJ_STREAM_WANT_MAX /* a longer one is treated as several */
#define LONG_LINE 65536u
#define MARKS 4096u /* that are remembered, a power of two */

enum mode { MARK, DROP, ONLY };

/* What is written about a source: behind a line, and into an object of JSON. */
struct mark {
    const struct noise_source *source;
    struct text plain, json;
};

struct filtering {
    const struct noise *noise;
    enum mode mode;
    uint64_t lines, marked;
    struct mark *marks; /* by the address of the source in memory */
};

/* ---- marks ---------------------------------------------------------------------------------
 *
 * "  # nightjar: 192.0.2.7 HIGH 78.98 grade B NJ-000001 CN last 2014-10-13T15:18:49Z", and
 * ,"nightjar":{"address":"192.0.2.7","level":"HIGH",...} as the last member of an object. */

static void make_mark(const struct noise_source *source, struct mark *mark)
{
    struct text *plain = &mark->plain, *json = &mark->json;
    const char *level = risk_level_names[source->level];
    char grade = "ABCD"[source->grade & 3], address[ADDR_TEXT_MAX];

    plain->length = json->length = 0;
    mark->source = source;
    (void)addr_text(source->source, address);
    text_addf(plain, "  # nightjar: %s %s %.2f grade %c", address, level, (double)source->risk,
              grade);
    text_addf(
        json,
        ",\"nightjar\":{\"address\":\"%s\",\"level\":\"%s\",\"risk\":%.2f,\"grade\":\"%c\"",
        address, level, (double)source->risk, grade);
    if (source->actor != 0) {
        text_addf(plain, " NJ-%06" PRIu32, source->actor);
        text_addf(json, ",\"actor\":\"NJ-%06" PRIu32 "\"", source->actor);
    }
    if (source->country[0] != '\0') {
        text_addf(plain, " %s", source->country);
        text_addf(json, ",\"country\":\"%s\"", source->country);
    }
    if (source->last_us != 0) {
        text_add_z(plain, " last ");
        text_time(plain, source->last_us / 1000000 * 1000000);
        text_add_z(json, ",\"last\":\"");
        text_time(json, source->last_us / 1000000 * 1000000);
        text_add_z(json, "\"");
    }
    text_add_z(json, "}");
}

static const struct mark *mark_of(struct filtering *f, const struct noise_source *source)
{
    struct mark *mark = &f->marks[(uintptr_t)source / sizeof(*source) & (MARKS - 1)];

    if (mark->source != source)
        make_mark(source, mark);
    return mark;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the last brace of a line that is one object of JSON with members stands. @return
 * `length`: it is none */
static size_t end_of_object(const char *line, size_t length)
{
    size_t first = 0, last = length, inner;

    while (first < length && is_blank(line[first]))
        first++;
    while (last > first && is_blank(line[last - 1]))
        last--;
    if (last < first + 2 || line[first] != '{' || line[last - 1] != '}')
        return length;
    for (inner = first + 1; is_blank(line[inner]);)
        inner++;
    return line[inner] == '"' ? last - 1 : length;
}

static void write_marked(struct filtering *f, const struct noise_source *source,
                         const char *line, size_t length)
{
    const struct mark *mark = mark_of(f, source);
    const struct text *text = &mark->json;
    size_t shown = end_of_object(line, length);

    if (shown == length) {
        text = &mark->plain;
        while (shown > 0 && (line[shown - 1] == '\n' || line[shown - 1] == '\r'))
            shown--;
    }
    (void)fwrite(line, 1, shown, stdout);
    (void)fwrite(text->bytes, 1, text->length, stdout);
    (void)fwrite(line + shown, 1, length - shown, stdout);
}

/* ---- lines ---- */

static void one_line(struct filtering *f, const char *line, size_t length)
{
    const struct noise_source *source = noise_in_line(f->noise, line, length);

    f->lines++;
    f->marked += source != NULL;
    if ((f->mode == DROP && source != NULL) || (f->mode == ONLY && source == NULL))
        return;
    if (source == NULL || f->mode != MARK)
        (void)fwrite(line, 1, length, stdout);
    else
        write_marked(f, source, line, length);
}

/* All whole lines of the bytes. @return how many bytes they have; 0: the first one is longer */
static size_t whole_lines(struct filtering *f, const char *bytes, size_t length, bool all)
{
    size_t used = 0;

    while (used < length) {
        const char *newline = memchr(bytes + used, '\n', length - used);
        size_t end = newline == NULL ? length : (size_t)(newline - bytes) + 1;

        if (newline == NULL && !all)
            break; /* the rest of it comes with the next bytes */
        one_line(f, bytes + used, end - used);
        used = end;
    }
    return used;
}

/* How many bytes to ask for when `length` have no line's end: one more, since that may be it;
 * of a long line twice as many, since each time they are looked through again. */
static size_t want_after(size_t length)
{
    if (length < LONG_LINE)
        return length + 1;
    return length < LINE_MAX_BYTES / 2 ? length * 2 : LINE_MAX_BYTES;
}

/* What has arrived is filtered at once, so that a pipe that goes on (tail -f)
 * can be watched. */
static int filter_stream(struct filtering *f, struct nj_stream *stream, struct nj_err *err)
{
    const uint8_t *bytes;
    size_t length, used, want = 1;
    int rc;

    do {
        bool all; /* no more of the last line will come */

        rc = nj_stream_peek(stream, want, &bytes, &length, err);
        all = rc < 0 || length < want || length >= LINE_MAX_BYTES;
        used = whole_lines(f, (const char *)bytes, length, all);
        want = used > 0 ? 1 : want_after(length);
        nj_stream_consume(stream, used);
    } while (rc == 0 && length > 0 && fflush(stdout) == 0);
    return rc;
}

static int filter_file(struct filtering *f, const char *path, struct nj_err *err)
{
    struct nj_stream *stream;
    int rc;

    if (nj_stream_open(path, &stream, err) < 0) /* a log that was just rotated is no fault */
        return err->sys == ENODATA ? 0 : -1;
    rc = filter_stream(f, stream, err);
    nj_stream_free(stream);
    return rc;
}

static void free_marks(struct mark *marks)
{
    for (size_t i = 0; marks != NULL && i < MARKS; i++) {
        text_done(&marks[i].plain);
        text_done(&marks[i].json);
    }
    free(marks);
}

static int run(const struct cli *cli, const struct setup *setup, const char *where,
               struct filtering *f, struct nj_err *err)
{
    struct noise *noise = NULL;
    struct store *store;
    int rc;

    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = noise_load(store, where, INT64_MAX, &noise, err);
    store_close(store);
    f->noise = noise;
    f->marks = calloc(MARKS, sizeof(*f->marks));
    if (rc == 0 && f->marks == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for marks");
    for (size_t i = 0; rc == 0 && i < cli->word_count; i++)
        rc = filter_file(f, cli->words[i], err);
    if (rc == 0 && !cli->quiet)
        cli_say("%" PRIu64 " of %" PRIu64 " lines have an address of the %zu known ones",
                f->marked, f->lines, noise_count(noise));
    free_marks(f->marks);
    noise_free(noise);
    return rc;
}

int cmd_filter(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct filtering filtering = {.mode = MARK};
    const char *where = NULL;
    bool drop = false, only = false;
    const struct cli_option options[] = {
        {.name = "drop", .help = "leave these lines out (mark them)", .flag = &drop},
        {.name = "only", .help = "keep these lines only", .flag = &only},
        {.name = "where",
         .argument = "FILTER",
         .help = "known are the suspects that this leaves (all)",
         .text = &where},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc != 0)
        return rc;
    if (cli->word_count == 0)
        return cli_usage(cli, "expected files, or - for standard input");
    if (drop && only)
        return cli_usage(cli, "--drop and --only exclude each other");
    filtering.mode = drop ? DROP : only ? ONLY : MARK;
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    rc = run(cli, &setup, where, &filtering, err);
    setup_done(&setup);
    return rc;
}
