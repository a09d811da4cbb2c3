/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/candidates.h"
#include "store/decisions.h"

/* ---- which policy --------------------------------------------------------------------------
 */

/* The file that counts when no policy was ever put in force. */
static int default_path(const struct setup *setup, char **ret, struct nj_err *err)
{
    const char *slash = setup->config_path == NULL ? NULL : strrchr(setup->config_path, '/');
    char *path = NULL;
    char shipped[PATH_MAX];

    if (slash != NULL) {
        if (asprintf(&path, "%.*s/policy.conf", (int)(slash - setup->config_path),
                     setup->config_path) < 0)
            return nj_fail(err, NJ_NOMEM, "no memory for a path");
        if (access(path, F_OK) == 0) {
            *ret = path;
            return 0;
        }
        free(path);
    }
    *ret = strdup(setup_data_path("policy.conf", shipped, sizeof(shipped)));
    return *ret == NULL ? nj_fail(err, NJ_NOMEM, "no memory for a path") : 0;
}

static int load(const struct setup *setup, struct store *store, const char *path,
                struct deciding_setup *ready, struct nj_err *err)
{
    size_t count;
    const struct filter_field *fields = candidate_fields(&count);
    char *text = NULL;
    int rc = STORE_UNKNOWN;

    if (path == NULL)
        rc = store_policy(store, &ready->path, &text, err);
    if (rc == 0) {
        rc = policy_parse(text, strlen(text), ready->path, fields, count, &ready->policy, err);
        free(text);
        return rc;
    }
    if (rc < 0)
        return -1;
    if (path != NULL) {
        ready->path = realpath(path, NULL);
        if (ready->path == NULL)
            return nj_fail(err, NJ_IO, "open the policy %s", path);
    } else if (default_path(setup, &ready->path, err) < 0) {
        return -1;
    }
    return policy_load(ready->path, fields, count, &ready->policy, NULL, err);
}

/* An allow list that shrinks to nothing was most likely lost. */
static int check_sizes(struct store *store, const struct deciding_setup *ready,
                       struct nj_err *err)
{
    for (size_t i = 0; i < ready->policy.file_count; i++) {
        int64_t before = 0;
        int rc = store_allow_size(store, ready->files[i].path, &before, err);

        if (rc < 0)
            return -1;
        if (rc == 0 && before > 0 && ready->files[i].entries == 0)
            return nj_fail(
                err, NJ_CONFIG,
                "the allow list %.120s had %lld entries and now has none: nothing is "
                "decided; `nightjar policy confirm` if that is meant",
                ready->files[i].path, (long long)before);
    }
    return 0;
}

int policy_ready(const struct setup *setup, struct store *store, const char *path, bool empty,
                 struct deciding_setup *ret, struct nj_err *err)
{
    struct deciding_setup ready = {0};

    if (load(setup, store, path, &ready, err) < 0) {
        free(ready.path);
        return -1;
    }
    if (allow_new(&ready.policy, store, setup->config.sensors, setup->config.sensor_count,
                  &ready.allow, ready.files, err) < 0 ||
        (!empty && check_sizes(store, &ready, err) < 0)) {
        policy_ready_done(&ready);
        return -1;
    }
    *ret = ready;
    return 0;
}

void policy_ready_done(struct deciding_setup *ready)
{
    allow_free(ready->allow);
    policy_done(&ready->policy);
    free(ready->path);
    *ready = (struct deciding_setup){0};
}

int policy_remember(struct store *store, const struct deciding_setup *ready, struct nj_err *err)
{
    for (size_t i = 0; i < ready->policy.file_count; i++) {
        if (store_set_allow_size(store, ready->files[i].path, (int64_t)ready->files[i].entries,
                                 err) < 0)
            return -1;
    }
    return 0;
}

int policy_instant(struct store *store, int64_t *at_us, struct nj_err *err)
{
    int rc;

    if (*at_us != INT64_MAX)
        return 0;
    rc = store_last_packet(store, at_us, err);
    return rc == STORE_UNKNOWN ? nj_fail(err, NJ_STORE, "the store holds no packets yet") : rc;
}

int policy_now(const struct setup *setup, struct store *store, const char *path, int64_t *at_us,
               struct decisions *ret, struct nj_err *err)
{
    struct deciding_setup ready;
    int rc;

    if (policy_ready(setup, store, path, false, &ready, err) < 0)
        return -1;
    rc = policy_instant(store, at_us, err);
    if (rc == 0)
        rc = policy_decide(store, &ready.policy, ready.allow, *at_us, ret, err);
    policy_ready_done(&ready);
    return rc;
}

/* ---- decisions as rows ---------------------------------------------------------------------
 */

const char *const decision_columns[DECISION_CELLS] = {
    "net", "action",   "state",   "since", "until", "risk",  "level", "grade", "actor",
    "hop", "hop_from", "country", "asn",   "tool",  "ports", "rule",  "reason"};

static struct cell text_cell(const char *text)
{
    if (text[0] == '\0')
        return (struct cell){.kind = CELL_NULL};
    return (struct cell){.kind = CELL_TEXT, .text = text, .length = strlen(text)};
}

static struct cell real_cell(double number, double unit)
{
    return (struct cell){.kind = CELL_REAL,
                         .real = (double)(int64_t)(number * unit + 0.5) / unit};
}

void decision_cells(const struct decision *decision, struct decision_room *room,
                    struct cell cells[DECISION_CELLS])
{
    static const struct cell null = {.kind = CELL_NULL};

    room->actor[0] = '\0';
    if (decision->actor != 0)
        (void)snprintf(room->actor, sizeof(room->actor), "NJ-%06llu",
                       (unsigned long long)decision->actor);
    room->grade[0] = "ABCD"[decision->grade];
    room->grade[1] = '\0';
    cells[0] = text_cell(prefix_text(&decision->net, room->net));
    cells[1] = text_cell(action_names[decision->action]);
    cells[2] = text_cell(decision_state_names[decision->state]);
    cells[3] = (struct cell){.kind = CELL_TIME, .number = decision->since_us};
    cells[4] = (struct cell){.kind = CELL_TIME, .number = decision->until_us};
    cells[5] = real_cell(decision->risk, 100);
    cells[6] = text_cell(risk_level_names[decision->level]);
    cells[7] = text_cell(room->grade);
    cells[8] = text_cell(room->actor);
    cells[9] = decision->hop > 0 ? real_cell(decision->hop, 1000000) : null;
    cells[10] = addr_is_none(decision->hop_from)
                    ? null
                    : (struct cell){.kind = CELL_ADDRESS, .address = decision->hop_from};
    cells[11] = text_cell(decision->country);
    cells[12] = decision->asn == 0
                    ? null
                    : (struct cell){.kind = CELL_INT, .number = (int64_t)decision->asn};
    cells[13] = text_cell(decision->tool);
    cells[14] = text_cell(decision->ports);
    cells[15] = text_cell(decision->rule);
    cells[16] = text_cell(decision->reason);
}
