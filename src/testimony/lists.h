/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of addresses that others publish, found by content:
 *
 *   plain      an address, prefix or range A-B a line, "#" and ";" comments, and whatever
 * stands behind it as its label: "192.0.2.7,Example Org", "192.0.2.7 # scan.example.org" ipset
 * as `ipset save` writes it: add NAME 192.0.2.0/24 Tor        "ExitAddress 192.0.2.7 2020-05-01
 * 10:00:00" (TorDNSEL) MISP       a warning list: {"name": ..., "type": "cidr", "list": [...]}
 *   JSON       an array of texts or objects, {"prefixes": [...]}, or an object a line; objects
 *              name the address as ip, address, prefix, ... and the owner as scanner, name, ...
 */
#ifndef NJ_TESTIMONY_LISTS_H
#define NJ_TESTIMONY_LISTS_H

#include "testimony/statement.h"

/* Prefixes shorter than these are refused: a list that names half of the Internet says nothing,
 * and one line of it would change what is said of everybody. */
struct lists_bounds {
    int v4, v6;
};

/**
 * Read a list. The value of a statement is {"label": TEXT}, if there is a label.
 *
 * @return 0, with everything refused counted in *ret; -1 from `fn`, NJ_FORMAT (JSON of no such
 * form), NJ_LIMIT (over STATEMENTS_MAX), NJ_NOMEM
 */
int lists_read(const char *bytes, size_t length, struct lists_bounds bounds, statement_fn fn,
               void *ctx, struct reading *ret, struct nj_err *err);

#endif
