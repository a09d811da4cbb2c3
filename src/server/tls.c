/* SPDX-License-Identifier: Apache-2.0 */
#include "server/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 16u

struct tls_identity {
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
};

static _Atomic(struct tls_identity *) shown;

static gnutls_datum_t datum(const char *text)
{
    return (gnutls_datum_t){.data = (unsigned char *)(uintptr_t)text,
                            .size = (unsigned)strlen(text)};
}

/* Whether the key is the first certificate's. */
static bool belong(struct tls_identity *identity)
{
    unsigned char of_cert[64], of_key[64];
    size_t cert_size = sizeof(of_cert), key_size = sizeof(of_key);
    gnutls_pubkey_t public_key;
    bool same;

    if (gnutls_pubkey_init(&public_key) < 0)
        return false;
    same =
        gnutls_pubkey_import_privkey(public_key, identity->key, 0, 0) == 0 &&
        gnutls_pubkey_get_key_id(public_key, GNUTLS_KEYID_USE_SHA256, of_key, &key_size) == 0 &&
        gnutls_pubkey_get_key_id(identity->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_cert,
                                 &cert_size) == 0 &&
        cert_size == key_size && memcmp(of_cert, of_key, cert_size) == 0;
    gnutls_pubkey_deinit(public_key);
    return same;
}

static int load(struct tls_identity *identity, const char *cert, const char *cert_name,
                const char *key, const char *key_name, struct nj_err *err)
{
    const gnutls_datum_t cert_text = datum(cert), key_text = datum(key);
    unsigned count = CHAIN_MAX;
    int rc = gnutls_pcert_list_import_x509_raw(identity->chain, &count, &cert_text,
                                               GNUTLS_X509_FMT_PEM, 0);

    if (rc < 0)
        return nj_fail(err, NJ_CONFIG, "%s: expected certificates in PEM: %s", cert_name,
                       gnutls_strerror(rc));
    identity->count = count;
    rc = gnutls_privkey_init(&identity->key);
    if (rc == 0)
        rc = gnutls_privkey_import_x509_raw(identity->key, &key_text, GNUTLS_X509_FMT_PEM, NULL,
                                            0);
    if (rc < 0)
        return nj_fail(err, NJ_CONFIG, "%s: expected a private key in PEM: %s", key_name,
                       gnutls_strerror(rc));
    if (!belong(identity))
        return nj_fail(err, NJ_CONFIG, "%s is not the key of %s", key_name, cert_name);
    return 0;
}

int tls_identity_new(const char *cert, const char *cert_name, const char *key,
                     const char *key_name, struct tls_identity **ret, struct nj_err *err)
{
    struct tls_identity *identity = calloc(1, sizeof(*identity));

    if (identity == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a certificate");
    if (load(identity, cert, cert_name, key, key_name, err) < 0) {
        tls_identity_free(identity);
        return -1;
    }
    *ret = identity;
    return 0;
}

void tls_identity_free(struct tls_identity *identity)
{
    if (identity == NULL)
        return;
    for (unsigned i = 0; i < identity->count; i++)
        gnutls_pcert_deinit(&identity->chain[i]);
    if (identity->key != NULL)
        gnutls_privkey_deinit(identity->key);
    free(identity);
}

void tls_use(struct tls_identity *identity)
{
    shown = identity;
}

static int retrieve(gnutls_session_t session, const gnutls_datum_t *names, int name_count,
                    const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                    gnutls_pcert_st **ret_chain, unsigned *ret_count, gnutls_privkey_t *ret_key)
{
    struct tls_identity *identity = shown;

    (void)session;
    (void)names;
    (void)name_count;
    (void)algorithms;
    (void)algorithm_count;
    if (identity == NULL)
        return -1;
    *ret_chain = identity->chain;
    *ret_count = identity->count;
    *ret_key = identity->key;
    return 0;
}

void *tls_callback(void)
{
    gnutls_certificate_retrieve_function2 *function = retrieve;
    void *pointer;

    memcpy(&pointer, &function, sizeof(pointer)); /* as POSIX allows */
    return pointer;
}
