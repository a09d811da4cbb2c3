/* SPDX-License-Identifier: Apache-2.0 */
/* What events say, as facts: most are told of sources at whose line nobody ever looks, so that
 * the sentence is made when somebody does. */
#ifndef NJ_STORE_EVENT_FACT_H
#define NJ_STORE_EVENT_FACT_H

#include <sqlite3.h>

#include "model/fact.h"

#define EVENT_TEXT_MAX (FACT_TEXT_MAX + 48) /* a line of a receipt, and both levels */
#define EVENT_FACT_BYTES (RISK_FACT_BYTES + 32)

enum event_form { EVENT_SAYS, EVENT_EPISODE, EVENT_RISK };

struct event_fact {
    enum event_form form;
    union {
        char says[EVENT_TEXT_MAX]; /* for people, one line */
        struct {
            uint64_t sessions;
            uint32_t ports;
            char tool[120], country[4]; /* "": unknown */
        } episode;
        struct {
            enum risk_level before, after;
            uint32_t score; /* hundredths of a point */
            bool has_fact;
            struct risk_fact fact; /* the first line of the receipt */
        } risk;
    };
};

void event_fact_text(const struct event_fact *fact, char ret_text[EVENT_TEXT_MAX]);

/** The bytes of a fact that isn't EVENT_SAYS. @return how many */
size_t event_fact_pack(const struct event_fact *fact, uint8_t ret_bytes[EVENT_FACT_BYTES]);

/** Names in it are borrowed from the bytes. @return whether they are a fact */
bool event_fact_unpack(const uint8_t *bytes, size_t size, struct event_fact *ret);

/**
 * Add to a connection: event_text(text), which is text or a packed fact; event_name(number) and
 * event_kind(name) of derived.h's kinds.
 *
 * @return 0; -1: SQLite says why
 */
int event_functions(sqlite3 *catalog);

#endif
