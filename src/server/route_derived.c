/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about what the later stages found, and what people say. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "server/body.h"
#include "server/internal.h"
#include "store/derived_ask.h"

#define NOTE_BYTES_MAX 8192u

static int list(struct ask *ask, enum derived_kind what, struct nj_err *err)
{
    const struct query *query = ask->query;
    const struct derived_question question = {
        .what = what,
        .filter = query->filter,
        .source = query->source,
        .actor = query->of_actor,
        .all = query->all,
        .limit = query->offset + query->limit + 1,
        .at_us = query->at_us,
        .from_us = query->from_us,
        .to_us = query->to_us,
    };
    struct answer_rows rows;
    struct row_sink sink;

    answer_rows_init(&rows, ask->answer, query->offset, query->limit);
    sink = answer_rows_sink(&rows);
    return answer_rows_finish(&rows, store_derived(ask->store, &question, &sink, err), err);
}

int route_episodes(struct ask *ask, struct nj_err *err)
{
    return list(ask, DERIVED_EPISODES, err);
}

int route_links(struct ask *ask, struct nj_err *err)
{
    return list(ask, DERIVED_LINKS, err);
}

int route_hops(struct ask *ask, struct nj_err *err)
{
    return list(ask, DERIVED_HOPS, err);
}

int route_actors(struct ask *ask, struct nj_err *err)
{
    return list(ask, DERIVED_ACTORS, err);
}

int route_suspects(struct ask *ask, struct nj_err *err)
{
    return list(ask, DERIVED_SUSPECTS, err);
}

int route_actor(struct ask *ask, struct nj_err *err)
{
    json_t *object = NULL;
    int rc = store_actor(ask->store, ask->query->actor, &object, err);

    if (rc == STORE_UNKNOWN) {
        answer_error(ask->answer, 404, "there is no such actor");
        return 0;
    }
    if (rc == 0)
        rc = answer_object(ask->answer, object, err);
    json_decref(object);
    return rc;
}

int route_events(struct ask *ask, struct nj_err *err)
{
    return list(ask, DERIVED_EVENTS, err);
}

/* ---- notes ---- */

static int read_level(const char *text, struct store_note *note, struct nj_err *err)
{
    note->sets_level = true;
    if (strcasecmp(text, "computed") == 0)
        return 0;
    for (unsigned i = 0; i < RISK_LEVELS; i++) {
        if (strcasecmp(text, risk_level_names[i]) != 0)
            continue;
        note->level = (enum risk_level)i;
        note->has_level = true;
        return 0;
    }
    return nj_fail(err, NJ_CONFIG,
                   "level: expected LOW, ELEVATED, HIGH, EXTREME or computed, found \"%.40s\"",
                   text);
}

static int read_note(const json_t *object, struct store_note *note, struct nj_err *err)
{
    const char *subject, *level;

    if (body_text(object, "subject", NOTE_BYTES_MAX, &subject, err) < 0 ||
        body_text(object, "text", NOTE_BYTES_MAX, &note->text, err) < 0 ||
        body_text(object, "source", NOTE_BYTES_MAX, &note->said_by, err) < 0 ||
        body_text(object, "confidence", NOTE_BYTES_MAX, &note->confidence, err) < 0 ||
        body_text(object, "level", NOTE_BYTES_MAX, &level, err) < 0)
        return -1;
    if (subject == NULL || note->text == NULL || note->text[0] == '\0')
        return nj_fail(err, NJ_CONFIG, "the body: expected \"subject\" and \"text\"");
    if (addr_parse(subject, &note->source, NULL) < 0) {
        note->source = (struct addr){0, 0};
        if (actor_parse(subject, &note->actor, NULL) < 0)
            return nj_fail(err, NJ_CONFIG,
                           "subject: \"%.60s\" is neither an address nor an actor", subject);
    }
    if (level != NULL && note->actor != 0)
        return nj_fail(err, NJ_CONFIG, "level is for addresses: risk belongs to them");
    return level == NULL ? 0 : read_level(level, note, err);
}

int route_note(struct ask *ask, struct nj_err *err)
{
    struct store_note note = {.text = NULL};
    json_t *object, *done;
    int rc;

    if (body_object(ask, &object, err) < 0)
        return -1;
    note.noted_us = nj_wall_us();
    rc = read_note(object, &note, err);
    if (rc == 0)
        rc = store_add_note(ask->store, &note, err);
    json_decref(object);
    if (rc < 0)
        return -1;
    done = json_pack("{sb}", "noted", 1);
    rc = answer_object(ask->answer, done, err);
    json_decref(done);
    return rc;
}
