/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts as a mail (RFC 5322), handed to a program that takes the arguments of sendmail. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feed/run.h"
#include "outbox/send.h"

#define SUBJECT_MAX 120

/* A header's text: printable ASCII of one line. */
static void put_header(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length && i < SUBJECT_MAX; i++)
        (void)fputc(text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?', out);
}

/* The body: line ends stay, other control characters do not. */
static void put_body(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        (void)fputc(c == '\n' || (c >= 0x20 && c != 0x7f) ? c : '?', out);
    }
}

static size_t first_line(const struct box_message *message)
{
    const char *newline = memchr(message->body, '\n', message->length);

    return newline == NULL ? message->length : (size_t)(newline - message->body);
}

static void put_head(FILE *out, const struct outlet *outlet, const struct box_message *messages,
                     size_t count, int64_t now_us)
{
    time_t now = (time_t)(now_us / 1000000);
    const char *at = strchr(outlet->from[0] != '\0' ? outlet->from : outlet->url, '@');
    char date[64];
    struct tm tm;

    (void)gmtime_r(&now, &tm);
    (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
    if (outlet->from[0] != '\0')
        (void)fprintf(out, "From: Nightjar <%s>\n", outlet->from);
    (void)fprintf(out, "To: <%s>\nSubject: [nightjar] ", outlet->url);
    if (count == 1)
        put_header(out, messages[0].body, first_line(&messages[0]));
    else
        (void)fprintf(out, "%zu alerts", count);
    (void)fprintf(out,
                  "\nDate: %s\nMessage-ID: <nightjar.%" PRId64 ".%" PRId64
                  "%s>\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
                  "Content-Type: text/plain; charset=utf-8\n"
                  "Content-Transfer-Encoding: 8bit\n\n",
                  date, count == 0 ? 0 : messages[0].id, now_us,
                  at == NULL ? "@localhost" : at);
}

char *send_mail_text(const struct outlet *outlet, const struct box_message *messages,
                     size_t count, int64_t now_us, size_t *ret_length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, ret_length);

    if (out == NULL)
        return NULL;
    put_head(out, outlet, messages, count, now_us);
    for (size_t i = 0; i < count; i++) {
        put_body(out, messages[i].body, messages[i].length);
        (void)fputs(i + 1 < count ? "\n\n" : "\n", out);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

int send_mail(const struct outlet *outlet, const struct box_message *messages, size_t count,
              int64_t now_us, unsigned limit_s, struct nj_err *err)
{
    char quiet_dot[] = "-i", sender[] = "-f", end[] = "--";
    char *argv[8] = {(char *)outlet->program, quiet_dot};
    size_t next = 2, length;
    char *text = send_mail_text(outlet, messages, count, now_us, &length);
    int rc;

    if (text == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a mail");
    if (outlet->from[0] != '\0') {
        argv[next++] = sender;
        argv[next++] = (char *)outlet->from;
    }
    argv[next++] = end;
    argv[next] = (char *)outlet->url;
    rc = feed_run_input(argv, text, length, limit_s, err);
    free(text);
    return rc;
}
