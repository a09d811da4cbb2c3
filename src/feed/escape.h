/* SPDX-License-Identifier: Apache-2.0 */
/* One escape function per syntax that feeds write; nothing else in feed/ writes a text that did
 * not come from here. Names of tools and reasons hold what senders chose (user agents, paths),
 * so each function gives something that cannot end a field, a line or a quoted text. */
#ifndef NJ_FEED_ESCAPE_H
#define NJ_FEED_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/** In a comment, or between double quotes of nftables, ipset, Suricata: printable ASCII without
 * `"`, `\`, `;`, `#`; all else becomes `?`. At most `max` bytes. */
void escape_plain(FILE *out, const char *text, size_t max);

/** A CSV cell (RFC 4180); what a spreadsheet takes for a formula gets an apostrophe. */
void escape_csv(FILE *out, const char *text);

/** A field of Zeek's TSV: control characters and `\` as \xHH; empty is "(empty)", "-" \x2d. */
void escape_zeek(FILE *out, const char *text);

/** A header field and a value of CEF. */
void escape_cef_header(FILE *out, const char *text);
void escape_cef(FILE *out, const char *text);

/** A value of LEEF, whose delimiter (TAB) can't be escaped: it and line ends become blanks. */
void escape_leef(FILE *out, const char *text);

/** A value of RFC 5424 structured data. */
void escape_syslog(FILE *out, const char *text);

/** A header field of RFC 5424: printable US-ASCII without blanks, "-" if it is empty. */
void escape_syslog_name(FILE *out, const char *text, size_t max);

#endif
