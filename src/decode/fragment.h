/* SPDX-License-Identifier: Apache-2.0 */
/* Joins later IP fragments to the session of their packet: only the first one has ports (RFC
 * 791 3.2, RFC 8200 4.5). Nothing is put together. Called by pipeline/ behind decode(). One
 * thread.
 *
 * The last 4096 first fragments are remembered, for 30 s of capture time (RFC 1122 3.3.2 lets a
 * receiver wait 60 to 120 s; systems in use wait 15 to 60). A new one takes the place of the
 * oldest, so what is joined never depends on hashes.
 *
 * A later fragment that comes before its first is held back until that has come, for at most
 * 1 s: some systems send the last one first, and ways of several lines change the order. Who
 * is not among the last 960 that were held back, whether those wait yet or not, makes room and
 * goes on alone. What one sender sends costs no packet of another more. The end of a file is no
 * end of waiting: who is held is saved, and the next file's packets say how late it is. */
#ifndef NJ_DECODE_FRAGMENT_H
#define NJ_DECODE_FRAGMENT_H

#include <stdio.h>

#include "base/err.h"
#include "model/packet.h"

struct fragment_table;

struct fragment_counts {
    uint64_t joined;
    uint64_t held;      /* of these and those alone: waited for the first one */
    uint64_t alone;     /* later fragments whose first one is not known */
    uint64_t forgotten; /* first fragments that made room within their 30 s */
    uint64_t hurried;   /* held ones that made room within their second */
};

/** @return NULL when out of memory */
struct fragment_table *fragment_table_new(void);
void fragment_table_free(struct fragment_table *table);

/**
 * Remember a first fragment, or give a later one the protocol and ports of its first: it is
 * then `joined`, no longer `fragment`, and has no payload. Other packets stay as they are.
 *
 * @param packet  as decode() has made it
 * @return whether it goes on; false: it is held back, copied
 */
bool fragment_table_add(struct fragment_table *table, struct packet *packet);

/** Whether fragment_table_take would give one. Cost: a few comparisons. */
bool fragment_table_due(const struct fragment_table *table, int64_t now_ns);

/**
 * Take the next one of those that wait no longer, in the order of their coming: their first one
 * has come, or they had to make room, or their time is over and that of all that came before
 * them and wait.
 *
 * @param now_ns      of the packet at hand; INT64_MAX: none may wait any more
 * @param ret_packet  as it was given, joined or alone, with at most 512 bytes of it. They are
 *                    borrowed until 64 more were held back
 * @return false if there is none
 */
bool fragment_table_take(struct fragment_table *table, int64_t now_ns,
                         struct packet *ret_packet);

/** How many are held back now. */
uint32_t fragment_table_waiting(const struct fragment_table *table);

const struct fragment_counts *fragment_table_counts(const struct fragment_table *table);

/** Write what is remembered and held. @return 0; -1 NJ_IO, NJ_NOMEM */
int fragment_table_save(struct fragment_table *table, FILE *out, struct nj_err *err);
/** Read it back into a new one. @return 0; -1 NJ_FORMAT, NJ_IO, NJ_NOMEM, and it is empty */
int fragment_table_load(struct fragment_table *table, FILE *in, struct nj_err *err);

#endif
