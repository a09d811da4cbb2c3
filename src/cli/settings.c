/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/settings.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/policy.h"
#include "store/candidates.h"

#define PEM_BYTES_MAX (256u << 10)

/* A file of PEM texts. Taken; NULL with *err. */
static char *read_pem(const char *path, struct nj_err *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    char *text = malloc(PEM_BYTES_MAX + 1);
    ssize_t got = file < 0 || text == NULL ? -1 : read(file, text, PEM_BYTES_MAX);

    if (got < 0) {
        (void)nj_fail(err, NJ_IO, "%s: can't be read", path);
        free(text);
        text = NULL;
    } else {
        text[got] = '\0';
    }
    if (file >= 0)
        (void)close(file);
    return text;
}

static int load_identity(const struct settings_files *files, struct settings *settings,
                         struct nj_err *err)
{
    char *cert = read_pem(files->cert, err);
    char *key = cert == NULL ? NULL : read_pem(files->key, err);
    int rc = -1;

    if (key != NULL) {
        rc = tls_identity_new(cert, files->cert, key, files->key, &settings->identity, err);
        explicit_bzero(key, strlen(key));
    }
    free(cert);
    free(key);
    return rc;
}

/* The policy that counts when none was put in force. That one was tested when it was. */
static int load_policy(const struct setup *setup, struct settings *settings, struct nj_err *err)
{
    size_t count;
    const struct filter_field *fields = candidate_fields(&count);
    struct policy policy;

    settings->policy_path = policy_fallback(setup);
    if (settings->policy_path == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a path");
    if (policy_load(settings->policy_path, fields, count, &policy, &settings->policy_text,
                    err) < 0)
        return -1;
    policy_done(&policy);
    return 0;
}

int settings_load(const struct settings_files *files, const struct setup *setup,
                  struct settings **ret, struct nj_err *err)
{
    struct settings *settings = calloc(1, sizeof(*settings));

    if (settings == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for settings");
    if ((files->tokens != NULL && tokens_load(files->tokens, &settings->tokens, err) < 0) ||
        (files->cert != NULL && load_identity(files, settings, err) < 0) ||
        load_policy(setup, settings, err) < 0) {
        settings_done(settings);
        return -1;
    }
    settings->server = (struct server_settings){
        .config = &setup->config,
        .tokens = settings->tokens,
        .identity = settings->identity,
        .policy_path = settings->policy_path,
        .policy_text = settings->policy_text,
    };
    *ret = settings;
    return 0;
}

void settings_done(struct settings *settings)
{
    while (settings != NULL) {
        struct settings *older = settings->older;

        tokens_free(settings->tokens);
        tls_identity_free(settings->identity);
        free(settings->policy_path);
        free(settings->policy_text);
        free(settings);
        settings = older;
    }
}
