/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/contact.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "about/about.h"
#include "base/span.h"
#include "base/text.h"
#include "model/addr.h"
#include "outbox/outlet.h"

/* ---- a file of the user ---- */

/* A line "PREFIX,ADDRESS" or "AS64500,ADDRESS". @return how narrow it is, 0: not about it;
 * -1: it is none */
static int look_at_line(const struct contact_question *question, char *line, const char **ret)
{
    char *comma = strpbrk(line, ",;\t");
    struct prefix prefix;

    if (comma == NULL)
        return -1;
    *comma = '\0';
    *ret = comma + 1 + strspn(comma + 1, " \t");
    if ((line[0] == 'A' || line[0] == 'a') && (line[1] == 'S' || line[1] == 's'))
        return question->asn != 0 && strtoul(line + 2, NULL, 10) == question->asn ? 1 : 0;
    if (prefix_parse(line, &prefix, NULL) < 0)
        return -1;
    return prefix_has(&prefix, question->source) ? 2 + prefix_length(&prefix) : 0;
}

static int read_file(const struct contact_question *question, struct contact *ret,
                     struct nj_err *err)
{
    FILE *in = fopen(question->file, "re");
    char line[512];
    unsigned number = 0;
    int best = 0, rc = 0;

    if (in == NULL)
        return nj_fail(err, NJ_IO, "open the contacts %s", question->file);
    while (rc == 0 && fgets(line, sizeof(line), in) != NULL) {
        const char *mailbox = NULL;
        int narrow;

        number++;
        line[strcspn(line, "#\r\n")] = '\0';
        for (size_t end = strlen(line); end > 0 && isspace((unsigned char)line[end - 1]); end--)
            line[end - 1] = '\0';
        if (line[0] == '\0')
            continue;
        narrow = look_at_line(question, line, &mailbox);
        if (narrow < 0 || outlet_check_mailbox(mailbox, NULL) < 0) {
            rc =
                nj_fail(err, NJ_CONFIG, "%.120s:%u: expected PREFIX,MAILBOX or AS64500,MAILBOX",
                        question->file, number);
        } else if (narrow > best) {
            best = narrow;
            (void)snprintf(ret->mailbox, sizeof(ret->mailbox), "%s", mailbox);
        }
    }
    (void)fclose(in);
    return rc;
}

/* ---- the registry ---- */

/* What it said, or that it said nothing. @param day  when it was asked */
static void take(const struct contact_question *question, const struct about_contact *found,
                 const char *day, struct contact *ret)
{
    bool old = question->now_us - found->asked_us > question->age_days * DAY_US;

    if (outlet_check_mailbox(found->mailbox, NULL) == 0) {
        (void)snprintf(ret->mailbox, sizeof(ret->mailbox), "%s", found->mailbox);
        (void)snprintf(ret->basis, sizeof(ret->basis), "%s named for %s by RDAP on %s",
                       found->server, found->range, day);
        if (!question->cli->quiet)
            cli_say("for %s, the contact for abuse that %s%s", ret->mailbox, ret->basis,
                    old ? ", which is long ago: \"nightjar rdap\" asks again" : "");
    } else if (!question->cli->quiet) {
        cli_say(
            "no owner is known: %s has no %s of %s (asked on %s by RDAP); --contact MAILBOX "
            "or --contacts FILE",
            found->server, found->range[0] == '\0' ? "record" : "abuse contact",
            question->cli->words[0], day);
    }
}

static int read_registry(const struct contact_question *question, struct store *store,
                         struct contact *ret, struct nj_err *err)
{
    struct about_contact found;
    struct text day = {0};
    int rc = about_contact(store, question->source, &found, err);

    if (rc < 0)
        return -1;
    if (rc == STORE_UNKNOWN) {
        if (!question->cli->quiet)
            cli_say("no owner is known: \"nightjar rdap %s\" asks the registry; or --contact "
                    "MAILBOX or --contacts FILE",
                    question->cli->words[0]);
        return 0;
    }
    text_date(&day, found.asked_us / DAY_US);
    text_add(&day, "", 1);
    if (day.no_memory)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a date");
    else
        take(question, &found, day.bytes, ret);
    text_done(&day);
    return rc;
}

int contact_find(const struct contact_question *question, struct store *store,
                 struct contact *ret, struct nj_err *err)
{
    *ret = (struct contact){.mailbox = ""};
    if (question->named != NULL)
        (void)snprintf(ret->mailbox, sizeof(ret->mailbox), "%s", question->named);
    else if (question->file != NULL && read_file(question, ret, err) < 0)
        return -1;
    return ret->mailbox[0] == '\0' ? read_registry(question, store, ret, err) : 0;
}
