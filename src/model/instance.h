/* SPDX-License-Identifier: Apache-2.0 */
/* Instance keys: what one process or one run of a program has, and no other.
 * A key is 64 bits: its kind in the highest byte, the value below. Keys of packets are made by
 * fingerprint/tool.h, all others from traits of the kinds that the table names. A further kind
 * is a line in `enum instance_kind` and one in the table; source, link and store treat all keys
 * alike, and link counts how many sources show each value, kind by kind. */
#ifndef NJ_MODEL_INSTANCE_H
#define NJ_MODEL_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

enum instance_kind {
    INSTANCE_NONE,
    INSTANCE_BOT,       /* Mirai family: source port, window */
    INSTANCE_UNICORN,   /* unicornscan: K */
    INSTANCE_NMAP,      /* nmap: invariant of its mask, base source port */
    INSTANCE_START,     /* ZMap's options of Linux and BSD: start second */
    INSTANCE_RELATION,  /* trait "relation": constants of relations between fields */
    INSTANCE_GENERATOR, /* trait "zmap": generator of its permutation */
    INSTANCE_POOL,      /* trait "pool": addresses that divide a scan among them */
    INSTANCE_SEED,      /* trait "seed": masscan's, typed by its user */
    INSTANCE_KINDS,
};

struct instance_facts {
    const char *trait; /* kind of trait whose values are keys; NULL: of packets */
    const char *words; /* "process key", ... */
    double bits;       /* log2 of the chance that two strangers do not share a value */
    bool process;      /* lives and dies with a process that moves with its address; else one
                        * run, which whoever moves starts anew */
};

/** @return of the key's kind; never NULL */
const struct instance_facts *instance_facts(uint64_t key);

/** The key of a trait: a hash of its value up to the first ';', if any, so that what differs
 * between the members of one run may stand behind it. @return 0: its kind holds no keys */
uint64_t instance_of_trait(const char *kind, const char *value);

#endif
