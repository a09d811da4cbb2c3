/* SPDX-License-Identifier: Apache-2.0 */
/* The dossier on an address or actor: who is meant, what databases say, the facts and the
 * document. One making for `nightjar dossier` and the service. */
#ifndef NJ_ABOUT_DOSSIER_H
#define NJ_ABOUT_DOSSIER_H

#include "about/about.h"
#include "model/config.h"
#include "policy/ready.h"
#include "report/doc.h"

struct about_dossier_question {
    struct addr source; /* addr_is_none: the actor is asked for */
    uint64_t actor;
    const struct ports *ports;
    const struct config *config;
    void (*detail)(void *ctx, struct addr a, struct place_detail *ret);
    void *ctx;
    json_t *databases;                  /* about_databases; borrowed */
    const struct policy_wanted *policy; /* which one decides what to do */
};

/** @param ret_facts  taken. @param ret_doc  to be released with doc_done
 * @return 0; STORE_UNKNOWN: the store holds nothing of it; -1 */
int about_dossier(struct store *store, const struct about_dossier_question *question,
                  json_t **ret_facts, struct doc *ret_doc, struct nj_err *err);

/** Which databases answered, of which day. Taken; NULL when out of memory */
json_t *about_databases(struct enrich *enrich);

/**
 * The addresses of an actor, behind those that are there; each once.
 *
 * @param sources  of `max` addresses; what is over is left out
 * @return 0; STORE_UNKNOWN: there is no such actor; -1
 */
int about_members(struct store *store, uint64_t actor, struct addr *sources, size_t max,
                  size_t *count, struct nj_err *err);

#endif
