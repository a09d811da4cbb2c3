/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar filter FILE...: marks or drops the lines of any log whose address is known noise. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "policy/noise.h"

#define WINDOW (1u << 20) /* bytes read at once; a longer line is read in pieces */

enum mode { MARK, DROP, ONLY };

struct filtering {
    const struct noise *noise;
    enum mode mode;
    uint64_t lines, marked, bytes;
};

/* "  # nightjar: HIGH 78.98 grade B NJ-000001 CN, last 2014-10-13T15:18:49Z" */
static void write_mark(const struct noise_source *source)
{
    struct text text = {0};
    char address[ADDR_TEXT_MAX];

    text_addf(&text, "  # nightjar: %s %s %.2f grade %c", addr_text(source->source, address),
              risk_level_names[source->level], (double)source->risk, "ABCD"[source->grade & 3]);
    if (source->actor != 0)
        text_addf(&text, " NJ-%06" PRIu32, source->actor);
    if (source->country[0] != '\0')
        text_addf(&text, " %s", source->country);
    if (source->last_us != 0) {
        text_add_z(&text, " last ");
        text_time(&text, source->last_us / 1000000 * 1000000);
    }
    (void)fwrite(text.bytes, 1, text.length, stdout);
    text_done(&text);
}

static void one_line(struct filtering *f, const char *line, size_t length)
{
    const struct noise_source *source = noise_in_line(f->noise, line, length);
    size_t shown = length;

    f->lines++;
    f->marked += source != NULL;
    if ((f->mode == DROP && source != NULL) || (f->mode == ONLY && source == NULL))
        return;
    if (source == NULL || f->mode != MARK) {
        (void)fwrite(line, 1, length, stdout);
        return;
    }
    while (shown > 0 && (line[shown - 1] == '\n' || line[shown - 1] == '\r'))
        shown--;
    (void)fwrite(line, 1, shown, stdout);
    write_mark(source);
    (void)fwrite(line + shown, 1, length - shown, stdout);
}

static int filter_file(struct filtering *f, const char *path, struct nj_err *err)
{
    struct nj_stream *stream;
    const uint8_t *bytes;
    size_t length;
    int rc;

    if (nj_stream_open(path, &stream, err) < 0)
        return -1;
    for (;;) {
        size_t used = 0;

        rc = nj_stream_peek(stream, WINDOW, &bytes, &length, err);
        if (rc < 0 || length == 0)
            break;
        while (used < length) {
            const uint8_t *newline = memchr(bytes + used, '\n', length - used);
            size_t end = newline == NULL ? length : (size_t)(newline - bytes) + 1;

            if (newline == NULL && used > 0 && length >= WINDOW)
                break; /* the rest of it comes with the next bytes */
            one_line(f, (const char *)bytes + used, end - used);
            used = end;
        }
        f->bytes += used;
        nj_stream_consume(stream, used);
        if (ferror(stdout))
            break;
    }
    nj_stream_free(stream);
    return rc;
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
    for (size_t i = 0; rc == 0 && i < cli->word_count; i++)
        rc = filter_file(f, cli->words[i], err);
    if (rc == 0 && !cli->quiet)
        cli_say("%" PRIu64 " of %" PRIu64 " lines have an address of the %zu known ones",
                f->marked, f->lines, noise_count(noise));
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
