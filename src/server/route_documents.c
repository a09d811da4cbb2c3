/* SPDX-License-Identifier: Apache-2.0 */
/* What people take along of one source or actor: samples and dossiers. The same as the commands
 * make. */
#include <stdlib.h>
#include <string.h>

#include "about/dossier.h"
#include "server/document.h"
#include "server/internal.h"
#include "server/lists.h"

#define MEMBERS_MAX 1000u /* addresses of one sample */

/* ---- samples ---- */

/* @return 0; STORE_UNKNOWN; -1 */
static int find_sources(struct ask *ask, struct addr *sources, size_t *count,
                        struct nj_err *err)
{
    *count = 0;
    if (addr_is_none(ask->query->address))
        return about_members(ask->store, ask->query->actor, sources, MEMBERS_MAX, count, err);
    sources[(*count)++] = ask->query->address;
    return 0;
}

#define SUBJECT_MAX (ADDR_TEXT_MAX + 16)

/* The subject as a name that any file system takes. @return text */
static const char *file_name(const struct query *query, char text[SUBJECT_MAX])
{
    if (addr_is_none(query->address))
        (void)snprintf(text, SUBJECT_MAX, "NJ-%06llu", (unsigned long long)query->actor);
    else
        (void)addr_text(query->address, text);
    for (char *c = text; *c != '\0'; c++)
        if (*c == ':')
            *c = '-';
    return text;
}

static int answer_samples(struct ask *ask, const struct store_samples *samples,
                          struct nj_err *err)
{
    char subject[SUBJECT_MAX], *bytes = NULL;
    size_t length = 0;
    FILE *out;
    int rc;

    if (samples->count == 0) {
        answer_error(ask->answer, 404, "no packet of it was kept");
        return 0;
    }
    out = open_memstream(&bytes, &length);
    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the capture");
    rc = about_samples_write(out, samples, err);
    if (fclose(out) != 0 && rc == 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for the capture");
    if (rc == 0) {
        answer_bytes(ask->answer, "application/vnd.tcpdump.pcap", bytes, length);
        answer_header(ask->answer, "Content-Disposition", "attachment; filename=\"%s%s.pcap\"",
                      file_name(ask->query, subject),
                      ask->query->sanitize == SANITIZE_NO ? "" : "-sanitized");
    }
    free(bytes);
    return rc;
}

int route_sample(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    struct addr *sources = calloc(MEMBERS_MAX, sizeof(*sources));
    struct samples_question question = {.sources = sources,
                                        .from_us = query->from_us,
                                        .to_us = query->to_us,
                                        .limit = query->entries};
    struct about_hiding hiding = {.strict = query->sanitize == SANITIZE_STRICT,
                                  .drawn = true,
                                  .config = ask->server->settings->config};
    struct store_samples samples;
    int rc;

    if (sources == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for addresses");
    memcpy(hiding.key, ask->server->sample_key, sizeof(hiding.key));
    rc = find_sources(ask, sources, &question.source_count, err);
    if (rc == 0) {
        rc = about_samples(ask->store, &question,
                           query->sanitize == SANITIZE_NO ? NULL : &hiding, &samples, err);
        if (rc == 0) {
            rc = answer_samples(ask, &samples, err);
            store_samples_done(&samples);
        }
    } else if (rc == STORE_UNKNOWN) {
        answer_error(ask->answer, 404, "there is no such actor");
        rc = 0;
    }
    explicit_bzero(&hiding, sizeof(hiding));
    free(sources);
    return rc;
}

/* ---- dossiers ---- */

static void detail(void *ctx, struct addr a, struct place_detail *ret)
{
    lookup_detail(ctx, a, ret);
}

int route_dossier(struct ask *ask, struct nj_err *err)
{
    struct policy_wanted policy;
    struct about_dossier_question question = {
        .source = ask->query->address,
        .actor = ask->query->actor,
        .ports = ask->server->options.ports,
        .config = ask->server->settings->config,
        .detail = detail,
        .ctx = ask->server,
        .databases = lookup_databases(ask->server),
    };
    char subject[SUBJECT_MAX], name[SUBJECT_MAX + 16];
    json_t *facts = NULL;
    struct doc doc;
    int rc;

    list_policy(ask->server, &policy);
    question.policy = &policy;
    rc = about_dossier(ask->store, &question, &facts, &doc, err);

    if (rc == 0) {
        (void)snprintf(name, sizeof(name), "dossier-%s", file_name(ask->query, subject));
        rc = document_answer(ask, name, &doc, facts, err);
        doc_done(&doc);
        json_decref(facts);
    } else if (rc == STORE_UNKNOWN) {
        answer_error(ask->answer, 404, "the store holds nothing of it");
        rc = 0;
    }
    json_decref(question.databases);
    return rc;
}
