/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/message.h"

#include <stdlib.h>
#include <string.h>

#include "feed/escape.h"
#include "feed/write.h"

bool feed_is_events(const struct feed *feed)
{
    return feed->write == write_cef || feed->write == write_leef || feed->write == write_ecs ||
           feed->write == write_ocsf || feed->write == write_syslog;
}

/* local0; a block is a warning, a quarantine a notice, the rest information. The identifier
 * follows from what is said, so that what comes twice can be told. */
static void put_header(FILE *out, const struct feed *feed, const struct decision *decision,
                       const struct feed_about *about)
{
    int severity = decision->action == ACTION_BLOCK        ? 4
                   : decision->action == ACTION_QUARANTINE ? 5
                                                           : 6;
    char time[FEED_TIME_MAX], net[PREFIX_TEXT_MAX], name[200], id[FEED_UUID_MAX];

    (void)snprintf(name, sizeof(name), "%s|%s|%s|%" PRId64, feed->name,
                   prefix_text(&decision->net, net), action_names[decision->action],
                   decision->since_us);
    (void)fprintf(out, "<%d>1 %s ", 16 * 8 + severity,
                  feed_time(about->generated_us, true, time));
    escape_syslog_name(out, about->host == NULL ? "" : about->host, 255);
    (void)fprintf(out, " nightjar - DECISION [nightjar@32473 id=\"%s\"] ",
                  feed_uuid(feed_namespace, name, id));
}

int feed_message(const struct feed *feed, const struct decision *decision,
                 const struct feed_about *about, char **ret, size_t *ret_length,
                 struct nj_err *err)
{
    struct decision item = *decision;
    const struct feed_list list = {.items = &item, .count = 1};
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    int rc;

    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a message");
    if (feed->write != write_syslog)
        put_header(out, feed, decision, about);
    rc = feed->write(&list, about, out, err);
    if (fclose(out) != 0 && rc == 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a message");
    if (rc < 0) {
        free(text);
        return -1;
    }
    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    *ret = text;
    *ret_length = length;
    return 0;
}
