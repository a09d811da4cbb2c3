/* SPDX-License-Identifier: Apache-2.0 */
/* packets('FILE'): SQL straight on captures. The store knows nothing of captures; pipeline/
 * hands it this table of callbacks (pipeline/packets.h). */
#ifndef NJ_STORE_PACKETS_H
#define NJ_STORE_PACKETS_H

#include "base/intern.h"
#include "model/packet.h"
#include "store/store.h"

struct packet_source {
    /** Open a capture. @return 0; -1 */
    int (*open)(void *ctx, const char *path, void **ret_capture, struct nj_err *err);
    /** The next packets, classified and with their stack; valid until the next call.
     * @return 0, with *ret_count 0 at the end; -1 */
    int (*read)(void *capture, const struct packet **ret_packets, size_t *ret_count,
                struct nj_err *err);
    /** What the numbers in packet->rule and packet->stack stand for. */
    const struct nj_intern *(*names)(void *capture);
    void (*close)(void *capture);
    void *ctx;
};

/** Make packets('FILE') known to the SQL of this store. `source` must outlive it.
 * @return 0; -1 NJ_STORE, NJ_NOMEM */
int store_register_packets(struct store *store, const struct packet_source *source,
                           struct nj_err *err);

#endif
