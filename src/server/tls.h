/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate that the service shows, which can be replaced while it runs. */
#ifndef NJ_SERVER_TLS_H
#define NJ_SERVER_TLS_H

#include "base/err.h"

struct tls_identity;

/**
 * Read certificates and their key and see that they belong together.
 *
 * @param cert, key  PEM texts; the names stand in messages
 * @return 0; -1 NJ_CONFIG, NJ_NOMEM
 */
int tls_identity_new(const char *cert, const char *cert_name, const char *key,
                     const char *key_name, struct tls_identity **ret, struct nj_err *err);
void tls_identity_free(struct tls_identity *identity);

/** Show this one in handshakes from now on; it must stay until the service has ended. There is
 * one for the process: the library's callback knows no context. */
void tls_use(struct tls_identity *identity);

/** For MHD_OPTION_HTTPS_CERT_CALLBACK. */
void *tls_callback(void);

#endif
