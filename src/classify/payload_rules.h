/* SPDX-License-Identifier: Apache-2.0 */
/* What a payload wants, by the rules of data/payload-rules.txt (its head explains the form):
 * exploits, login attempts, probes. All patterns are searched in one pass. Called by
 * classify(). Read-only after loading, so any thread may ask. */
#ifndef NJ_CLASSIFY_PAYLOAD_RULES_H
#define NJ_CLASSIFY_PAYLOAD_RULES_H

#include "base/err.h"
#include "base/intern.h"
#include "model/packet.h"

#define PAYLOAD_RULES_MAX 1024u
#define PAYLOAD_FILE_MAX (1u << 20)
#define PAYLOAD_SEARCHED 2048u /* bytes of a payload that are looked at */

struct payload_rules;

struct payload_rule {
    const char *name;
    enum class class; /* exploit, credential or scan */
    const char *cve;  /* CVE numbers or a campaign's name; "" if none */
    const char *source;
    uint32_t rule; /* name number of "payload:NAME" */
};

/**
 * Read a file of rules, or a text of that form.
 *
 * @param names  borrowed; gets the names of rules and applications
 * @param name   of the text, for messages
 * @return 0; -1 NJ_IO, NJ_NOMEM, NJ_LIMIT, NJ_FORMAT "NAME:LINE: ..."
 */
int payload_rules_load(const char *path, struct nj_intern *names,
                       struct payload_rules **ret_rules, struct nj_err *err);
int payload_rules_parse(const char *text, size_t length, const char *name,
                        struct nj_intern *names, struct payload_rules **ret_rules,
                        struct nj_err *err);
void payload_rules_free(struct payload_rules *rules);

/** The first rule of the file that matches the packet's payload, application and port; NULL if
 * none does. Cost: about 2.5 ns a byte (270 ns for a request of 110 bytes) that matches
 * nothing. */
const struct payload_rule *payload_rules_find(const struct payload_rules *rules,
                                              const struct packet *packet);

#endif
