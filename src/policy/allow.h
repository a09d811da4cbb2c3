/* SPDX-License-Identifier: Apache-2.0 */
/* Who is never on a list: allow lists, read last and always winning. */
#ifndef NJ_POLICY_ALLOW_H
#define NJ_POLICY_ALLOW_H

#include <stddef.h>

#include "model/addr.h"
#include "model/sensor.h"
#include "model/special.h"
#include "policy/policy.h"
#include "store/store.h"

#define ALLOW_ENTRIES_MAX 4000000u /* of all lists together */

struct allow;

/* What a file gave: an allow list that shrinks to nothing is suspicious. */
struct allow_file {
    const char *path; /* borrowed from the policy */
    size_t entries;
};

/**
 * Gather what the policy names.
 *
 * Files hold an address or prefix a line, with "#" comments, or are a MISP warning list (JSON
 * with "list"). Imported lists are those of `store`; one that is not there is a fault.
 *
 * @param sensors  whose prefixes are "own"; borrowed for the call
 * @param ret_files  one for each of the policy's files
 * @return 0; -1 NJ_CONFIG with file and line, NJ_IO, NJ_LIMIT, NJ_NOMEM
 */
int allow_new(const struct policy *policy, struct store *store, const struct sensor *sensors,
              size_t sensor_count, struct allow **ret_allow,
              struct allow_file ret_files[POLICY_FILES_MAX], struct nj_err *err);
void allow_free(struct allow *allow);

/** Which list has an address of the prefix, with its entry: "own prefix 192.0.2.0/24".
 * @param text  of ALLOW_TEXT_MAX bytes @return whether there is one */
#define ALLOW_TEXT_MAX 160
bool allow_has(const struct allow *allow, const struct prefix *net, char *text);

#endif
