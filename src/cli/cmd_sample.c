/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar sample IP|ACTOR...: packets as they came, as a capture file or as a table. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "about/sample.h"
#include "base/whole.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/subjects.h"
#include "sample/describe.h"

struct run {
    struct cli *cli;
    const char *path; /* of the capture file; NULL: a table */
    unsigned limit;
    int64_t from_us, to_us;
    bool sanitize, strict;
    const char *key; /* path; NULL: a key for this once */
};

/* ---- as a table
 * ----------------------------------------------------------------------------------- */

static int send_row(const struct row_sink *sink, const struct store_samples *samples,
                    const struct sample *sample, struct nj_err *err)
{
    char proto[8], text[SAMPLE_TEXT_MAX];
    const struct cell cells[] = {
        {.kind = CELL_TIME, .number = sample->time_ns / 1000},
        text_cell(nj_intern_text(samples->names, sample->sensor)),
        {.kind = CELL_ADDRESS, .address = sample->src},
        {.kind = CELL_ADDRESS, .address = sample->dst},
        text_cell(proto_text(sample->proto, proto)),
        count_cell(sample->sport),
        count_cell(sample->dport),
        text_cell(class_names[sample->class]),
        text_cell(nj_intern_text(samples->names, sample->tool)),
        count_cell(sample->nth),
        count_cell(sample->length),
        text_cell(sample_describe(sample, text)),
        {.kind = CELL_BYTES, .text = (const char *)sample->bytes, .length = sample->captured},
    };

    return sink->row(sink->ctx, cells, sizeof(cells) / sizeof(cells[0]), err);
}

static int print_rows(const struct cli *cli, const struct store_samples *samples,
                      struct nj_err *err)
{
    static const char *const names[] = {"ts",     "sensor", "source", "dst",  "proto",
                                        "sport",  "port",   "class",  "tool", "nth",
                                        "length", "text",   "packet"};
    static const char *const brief[] = {"ts",   "source", "dst",  "proto", "sport",
                                        "port", "tool",   "text", NULL};
    struct output *output = output_new(stdout, cli->format, brief);
    struct row_sink sink;
    int rc;

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    sink = output_sink(output);
    rc = sink.head(sink.ctx, names, sizeof(names) / sizeof(names[0]), err);
    for (size_t i = 0; rc == 0 && i < samples->count; i++)
        rc = send_row(&sink, samples, &samples->items[i], err);
    return output_close(output, rc, err);
}

/* ---- as a capture file
 * ---------------------------------------------------------------------------- */

static int write_file(const char *path, const struct store_samples *samples, struct nj_err *err)
{
    struct nj_whole whole;

    if (strcmp(path, "-") == 0)
        return about_samples_write(stdout, samples, err);
    if (nj_whole_begin(&whole, path, 0, err) < 0)
        return -1;
    return nj_whole_end(&whole, about_samples_write(whole.out, samples, err), err);
}

/* ---- without the sensor's addresses
 * --------------------------------------------------------------- */

/* 64 hexadecimal digits, and blanks and line ends around them. */
static int parse_key(const char *path, const char *text, uint8_t key[MASK_KEY_BYTES],
                     struct nj_err *err)
{
    size_t digits = 0;

    memset(key, 0, MASK_KEY_BYTES);
    for (; *text != '\0'; text++) {
        static const char hex[] = "0123456789abcdef";
        const char *digit = strchr(hex, tolower((unsigned char)*text));

        if (isspace((unsigned char)*text) != 0)
            continue;
        if (digit == NULL || digits == MASK_KEY_BYTES * 2) {
            digits = 0;
            break;
        }
        key[digits / 2] = (uint8_t)(key[digits / 2] << 4 | (digit - hex));
        digits++;
    }
    if (digits != MASK_KEY_BYTES * 2)
        return nj_fail(err, NJ_CONFIG,
                       "key %s: expected 64 hexadecimal digits, as `openssl rand -hex 32` "
                       "writes them",
                       path);
    return 0;
}

static int read_key(const char *path, uint8_t key[MASK_KEY_BYTES], struct nj_err *err)
{
    char text[256];
    FILE *in = fopen(path, "re");
    size_t got;
    int rc;

    if (in == NULL)
        return nj_fail(err, NJ_IO, "open key %s", path);
    got = fread(text, 1, sizeof(text) - 1, in);
    text[got] = '\0';
    rc = ferror(in) != 0 ? nj_fail(err, NJ_IO, "read key %s", path)
                         : parse_key(path, text, key, err);
    (void)fclose(in);
    explicit_bzero(text, sizeof(text));
    return rc;
}

static int read_hiding(const struct run *run, const struct setup *setup,
                       struct about_hiding *ret, struct nj_err *err)
{
    ret->strict = run->strict;
    ret->drawn = run->key == NULL;
    ret->config = &setup->config;
    return run->key != NULL ? read_key(run->key, ret->key, err) : about_key(ret->key, err);
}

/* ---- the command
 * ---------------------------------------------------------------------------------- */

static int give(const struct run *run, const struct setup *setup,
                const struct store_samples *samples, struct nj_err *err)
{
    int rc;

    if (samples->count == 0) {
        cli_say("no packet of %s%s was kept%s", run->cli->words[0],
                run->cli->word_count > 1 ? ", ..." : "",
                setup->config.samples_per_day == 0 ? " (samples_per_day = 0)" : "");
        return CLI_FAILED;
    }
    if (run->path == NULL)
        return print_rows(run->cli, samples, err);
    rc = write_file(run->path, samples, err);
    if (rc == 0 && !run->cli->quiet && strcmp(run->path, "-") != 0)
        cli_say("%zu packets written to %s", samples->count, run->path);
    return rc;
}

static int answer(const struct run *run, const struct setup *setup, struct nj_err *err)
{
    struct samples_question question = {
        .from_us = run->from_us, .to_us = run->to_us, .limit = run->limit};
    struct subjects *subjects = malloc(sizeof(*subjects));
    struct store_samples samples = {0};
    struct about_hiding hiding = {0};
    struct store *store = NULL;
    int rc;

    if (subjects == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for addresses");
    rc = ask_open(setup, &store, err);
    if (rc == 0)
        rc = subjects_read(run->cli, store, subjects, err);
    if (rc == 0) {
        question.sources = subjects->sources;
        question.source_count = subjects->count;
        if (run->sanitize)
            rc = read_hiding(run, setup, &hiding, err);
        if (rc == 0)
            rc = about_samples(store, &question, run->sanitize ? &hiding : NULL, &samples, err);
        explicit_bzero(&hiding, sizeof(hiding));
    }
    if (rc == 0)
        rc = give(run, setup, &samples, err);
    store_samples_done(&samples);
    store_close(store);
    free(subjects);
    return rc;
}

int cmd_sample(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct run run = {.cli = cli, .from_us = INT64_MIN, .to_us = INT64_MAX};
    const char *how = NULL;
    const struct cli_option options[] = {
        {.name = "output",
         .letter = 'o',
         .argument = "FILE",
         .help = "write a pcap file; -: standard output (a table)",
         .text = &run.path},
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "packets at most, chosen fairly (0: all that were kept)",
         .number = &run.limit},
        ASK_PERIOD(&run.from_us, &run.to_us),
        {.name = "sanitize",
         .argument = "strict",
         .help = "hide the sensor from third parties; strict: from the scanner, too",
         .flag = &run.sanitize,
         .text = &how},
        {.name = "key",
         .argument = "FILE",
         .help = "64 hexadecimal digits: the same key, the same stand-ins (one drawn)",
         .text = &run.key},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0 && how != NULL && strcmp(how, "strict") != 0)
        rc = cli_usage(cli, "--sanitize=%s: expected --sanitize or --sanitize=strict", how);
    run.strict = how != NULL;
    if (rc == 0)
        rc = subjects_check(cli);
    if (rc == 0 && run.from_us > run.to_us)
        rc = cli_usage(cli, "--from is later than --to");
    if (rc == 0 && !run.sanitize && run.key != NULL)
        rc = cli_usage(cli, "--key goes with --sanitize");
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        rc = answer(&run, &setup, err);
        setup_done(&setup);
    }
    return rc;
}
