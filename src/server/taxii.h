/* SPDX-License-Identifier: Apache-2.0 */
/* TAXII 2.1 (OASIS, 2021): what the policy decided as STIX objects, for clients that come back
 * for what is new. Read-only. One API root, two collections; docs/FEEDS.md.
 *
 *   /taxii2/                                          what there is
 *   /taxii2/nightjar/                                 the API root
 *   /taxii2/nightjar/collections/                     and one of them, by id or alias
 *   .../{collection}/objects/, manifest/              pages, in the order of addition
 *   .../{collection}/objects/{object}/, .../versions/
 *
 * When an object was added is kept in the store (store/collection.h). */
#ifndef NJ_SERVER_TAXII_H
#define NJ_SERVER_TAXII_H

#include <pthread.h>

#include "server/answer.h"
#include "server/query.h"
#include "server/route.h"

#define TAXII_TYPE "application/taxii+json;version=2.1"
#define TAXII_STIX_TYPE "application/stix+json;version=2.1"
#define TAXII_PREFIX "/taxii2/"
#define TAXII_PAGE_MAX 1000u /* objects; a larger limit is lowered */
#define TAXII_COLLECTIONS 2u
#define TAXII_WORDS_BYTES 4096u /* of one filter */

/* What a request says. */
struct taxii_question {
    char base[280];      /* "https://host:port" of the request; "" if it names no host */
    unsigned collection; /* number of it */
    char object[160];    /* of the path; "" */
    int64_t added_after_us, next_us; /* INT64_MIN: not given */
    unsigned limit;
    char ids[TAXII_WORDS_BYTES], types[TAXII_WORDS_BYTES], versions[TAXII_WORDS_BYTES],
        specs[TAXII_WORDS_BYTES];
    unsigned given;
};

/* What the service remembers: which state of the store a collection was published of. */
struct taxii {
    pthread_mutex_t lock;
    uint64_t published[TAXII_COLLECTIONS];
};

void taxii_init(struct taxii *taxii);
void taxii_done(struct taxii *taxii);

/* ---- taxii_question.c: what is asked ---- */

/** Whether a client takes TAXII 2.1. @param accept  its header; NULL: none */
bool taxii_accepted(const char *accept);

void taxii_question_init(struct taxii_question *question);

/** A segment of the path. @return 0; TAXII_UNKNOWN: there is no such collection */
#define TAXII_UNKNOWN 1
int taxii_set_path(struct taxii_question *question, const char *name, const char *value);

/** A parameter. @return 0; -1 NJ_CONFIG */
int taxii_set(struct taxii_question *question, const char *name, const char *value,
              struct nj_err *err);

/** Its parameters, for openapi.json. @param route  of ROUTE_TAXII */
json_t *taxii_params(const struct route *route);

/* ---- taxii.c: what is answered ---- */

/** An error as TAXII says it. */
void taxii_error(struct answer *answer, unsigned status, const char *message);

/* The resources. */
int taxii_discovery(struct ask *ask, struct nj_err *err);
int taxii_root(struct ask *ask, struct nj_err *err);
int taxii_status(struct ask *ask, struct nj_err *err);
int taxii_collections(struct ask *ask, struct nj_err *err);
int taxii_collection(struct ask *ask, struct nj_err *err);
int taxii_objects(struct ask *ask, struct nj_err *err);
int taxii_manifest(struct ask *ask, struct nj_err *err);
int taxii_object(struct ask *ask, struct nj_err *err);
int taxii_versions(struct ask *ask, struct nj_err *err);
int taxii_read_only(struct ask *ask, struct nj_err *err);

/* ---- between the files about it ---- */

struct taxii_collection_info {
    const char *id, *alias, *title, *description;
    unsigned actions; /* FEED_ACTION bits */
};

extern const struct taxii_collection_info taxii_collections_info[TAXII_COLLECTIONS];

/** taxii_publish.c: bring a collection up to date with the store. @return 0; -1 */
int taxii_publish(struct ask *ask, unsigned collection, struct nj_err *err);

#endif
