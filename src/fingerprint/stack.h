/* SPDX-License-Identifier: Apache-2.0 */
/* The signature of a SYN: a short readable text that says what the sender's TCP stack looks
 * like. docs/FINGERPRINTS.md has the notation. Called by fingerprint.c. */
#ifndef NJ_FINGERPRINT_STACK_H
#define NJ_FINGERPRINT_STACK_H

#include "base/intern.h"
#include "fingerprint/option.h"

#define STACK_TEXT_MAX 256
/* Distinct signatures in full. A hostile sender can make up as many as it likes; those beyond
 * keep only what cannot be made up endlessly (family, TTL, DF), the rest is written "*". */
#define STACK_MAX 4096u

/* All that decides the text, packed, so that it can be compared and kept. */
struct stack_key {
    uint64_t layout;
    uint64_t rest;
};

struct stack_table;

/** @param names  borrowed; gets the signatures. @return NULL when out of memory */
struct stack_table *stack_table_new(struct nj_intern *names);
void stack_table_free(struct stack_table *table);
void stack_table_clear(struct stack_table *table);

/** The name number of a SYN's signature. Cost: about 10 ns when seen before. */
uint32_t stack_find(struct stack_table *table, const struct packet *packet,
                    const struct option_set *set);

/** The option layout behind a name number that stack_find has given. @return false if it is not
 * known: the number is of a coarse signature, or of none */
bool stack_layout(const struct stack_table *table, uint32_t name, uint64_t *ret_layout);

/** The i-th key of stack_table_count(), for saving; adding one again, for loading. A key is
 * any two numbers: nonsense gives a nonsense text. */
uint32_t stack_table_count(const struct stack_table *table);
struct stack_key stack_table_key(const struct stack_table *table, uint32_t i);
void stack_table_add(struct stack_table *table, struct stack_key key);

/** The signature of a key. @return text */
char *stack_text(struct stack_key key, char text[STACK_TEXT_MAX]);

#endif
