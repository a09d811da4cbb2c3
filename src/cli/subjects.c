/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/subjects.h"

#include <stdlib.h>
#include <string.h>

#include "store/derived_ask.h"

int subjects_check(const struct cli *cli)
{
    struct nj_err err;
    struct addr source;
    uint64_t actor;

    if (cli->word_count == 0)
        return cli_usage(cli, "expected addresses, or actors like NJ-000042");
    for (size_t i = 0; i < cli->word_count; i++)
        if (addr_parse(cli->words[i], &source, &err) < 0 &&
            actor_parse(cli->words[i], &actor, &err) < 0)
            return cli_usage(cli, "\"%s\" is neither an address nor an actor like NJ-000042",
                             cli->words[i]);
    return 0;
}

static int add(const struct cli *cli, struct subjects *subjects, struct addr source)
{
    size_t at = 0;

    while (at < subjects->count && addr_compare(subjects->sources[at], source) < 0)
        at++;
    if (at < subjects->count && addr_equal(subjects->sources[at], source))
        return 0;
    if (subjects->count == SUBJECTS_MAX) {
        cli_say("%s: more than %d addresses", cli->words[0], SUBJECTS_MAX);
        return CLI_FAILED;
    }
    memmove(&subjects->sources[at + 1], &subjects->sources[at],
            (subjects->count - at) * sizeof(source));
    subjects->sources[at] = source;
    subjects->count++;
    return 0;
}

static int add_actor(const struct cli *cli, struct store *store, const char *word,
                     struct subjects *subjects, struct nj_err *err)
{
    json_t *object = NULL, *member;
    uint64_t actor;
    size_t i;
    int rc;

    if (actor_parse(word, &actor, err) < 0)
        return -1;
    rc = store_actor(store, actor, &object, err);
    if (rc == STORE_UNKNOWN) {
        cli_say("%s: there is no such actor", word);
        return CLI_FAILED;
    }
    if (rc < 0)
        return -1;
    json_array_foreach(json_object_get(object, "sources"), i, member)
    {
        const char *text = json_string_value(json_object_get(member, "source"));
        struct addr source;

        if (rc == 0 && text != NULL && addr_parse(text, &source, err) == 0)
            rc = add(cli, subjects, source);
    }
    json_decref(object);
    return rc;
}

int subjects_read(const struct cli *cli, struct store *store, struct subjects *ret,
                  struct nj_err *err)
{
    int rc = 0;

    ret->count = 0;
    for (size_t i = 0; rc == 0 && i < cli->word_count; i++) {
        struct addr source;

        if (addr_parse(cli->words[i], &source, err) == 0)
            rc = add(cli, ret, source);
        else
            rc = add_actor(cli, store, cli->words[i], ret, err);
    }
    return rc;
}
