/* SPDX-License-Identifier: Apache-2.0 */
/* Who is no scanner where hosts live: the newest verdict of the walk (classify/trw.h) on each
 * source of a sensor with lit prefixes. It overrides the class of stored rows when questions
 * are asked: of a `client` (or `benign` source) sessions of class scan are no scans; of an
 * `own host`, and of a `user` whom a login let in, those of class credential are none either:
 * they log in where they work. Exploits always count, and so does what a scanner's program
 * built, whoever sent it. Of a `scanner` TCP of class other counts too: an ACK alone may be
 * anything, but not from who asks for one door after the other. The verdicts stand in the
 * catalog beside the traits, in the same commit; a store without any pays for a look at one
 * table. */
#ifndef NJ_STORE_VERDICTS_H
#define NJ_STORE_VERDICTS_H

#include "store/internal.h"
#include "store/query.h"

/** Keep the verdicts among the staged traits, sorted by time. Within the commit's
 * transaction. */
int verdicts_keep(struct store *store, struct nj_err *err);

/** Forget verdicts that are older than any visit. Within a transaction. */
int verdicts_expire(struct store *store, int64_t before_us, struct nj_err *err);

/** What the condition below needs: the temporary table verdicts, as of now. Cost: the verdicts,
 * when somebody has committed since. @return 0; -1 */
int verdicts_make(struct store *store, bool *ret_any, struct nj_err *err);

/* Whether a row with the fields sensor, src, proto, class and tool is of the default classes;
 * with and without any verdicts. */
#define COUNTED_CLASSES "class IN ('scan', 'exploit', 'credential')"
#define VERDICTS_HAVE_ONE                                                                      \
    "EXISTS (SELECT 1 FROM verdicts WHERE verdict_src = src AND verdict_sensor = sensor"
#define VERDICTS_COUNTED                                                                       \
    "(" COUNTED_CLASSES " OR (class = 'other' AND proto = 6 AND " VERDICTS_HAVE_ONE            \
    " AND verdict_scans))) AND NOT " VERDICTS_HAVE_ONE                                         \
    " AND NOT verdict_scans AND (class = 'scan'"                                               \
    " OR (verdict_own AND class = 'credential')) AND coalesce(tool, 'connect') IN ('connect'," \
    " 'unknown'))"

/* Sources of which nothing counts. */
struct client_list {
    struct verdicts_version version;
    uint8_t (*sources)[16]; /* ascending */
    size_t count;
};

/** Asked of the summaries when somebody has committed since the handle last asked.
 * @param ret  borrowed until the next call. @return 0; -1 */
int clients_only(struct store *store, const struct client_list **ret, struct nj_err *err);
/** @param list  NULL: has nobody */
bool clients_have(const struct client_list *list, const uint8_t source[16]);
/** Let go what the handle keeps. */
void clients_free(struct store *store);

#endif
