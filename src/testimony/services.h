/* SPDX-License-Identifier: Apache-2.0 */
/* What answers at addresses, from an exposure search engine's export, found by content:
 *
 *   Shodan   JSON lines, one a service (ip_str, port, transport, product, version, timestamp),
 *            or one a host (ip_str, ports or data)
 *   Censys   JSON lines, one a host (ip, services: [{port, transport_protocol, service_name,
 *            observed_at}], last_updated_at); also inside of "result" or "host"
 *   CSV      with a header that names ip and port, and may name proto, service, product,
 *            version and date
 *
 * A host without a service is a statement too. */
#ifndef NJ_TESTIMONY_SERVICES_H
#define NJ_TESTIMONY_SERVICES_H

#include "testimony/statement.h"

#define SERVICES_OF_HOST_MAX 1024u /* further ones of one line are refused */

/**
 * Read an export. The value of a statement is {"port": N, "proto": "tcp", "service": TEXT,
 * "product": TEXT}, the last two if known; of a host without services {"none": true}.
 *
 * @return 0, with everything refused counted in *ret; -1 from `fn`, NJ_FORMAT (a CSV file
 * without ip and port in its header), NJ_LIMIT, NJ_NOMEM
 */
int services_read(const char *bytes, size_t length, statement_fn fn, void *ctx,
                  struct reading *ret, struct nj_err *err);

#endif
