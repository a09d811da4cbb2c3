/* SPDX-License-Identifier: Apache-2.0 */
/* What users say about a list they want, in words: one reading for the command and the service.
 * Each gives 0, or -1 NJ_CONFIG with one line that begins with the word and says what was
 * expected. */
#ifndef NJ_FEED_OPTIONS_H
#define NJ_FEED_OPTIONS_H

#include "feed/feed.h"

/** "block,quarantine": FEED_ACTION bits. */
int feed_parse_actions(const char *text, unsigned *ret, struct nj_err *err);

/** "4", "6", "both". */
int feed_parse_family(const char *text, enum feed_family *ret, struct nj_err *err);

/** A name for tables, sets and sources: a letter, then letters, digits, "_", "-", ".". */
int feed_parse_name(const char *text, struct nj_err *err);

/** "FAMILY TABLE SET" of nftables. */
int feed_parse_set(const char *text, struct nj_err *err);

/** A host name in syslog messages. */
int feed_parse_host(const char *text, struct nj_err *err);

#endif
