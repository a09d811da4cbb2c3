/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/document.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text_json.h"
#include "base/whole.h"
#include "cli/output.h"

static const char *const suffixes[DOCUMENT_FORMS] = {
    [DOCUMENT_HTML] = ".html",
    [DOCUMENT_MARKDOWN] = ".md",
    [DOCUMENT_JSON] = ".json",
    [DOCUMENT_PDF] = ".pdf",
};

int document_form(const char *path, enum document_form *ret_form, struct nj_err *err)
{
    size_t length = strlen(path);

    if (strcmp(path, "-") == 0) {
        *ret_form = DOCUMENT_MARKDOWN;
        return 0;
    }
    for (size_t i = 0; i < DOCUMENT_FORMS; i++) {
        size_t own = strlen(suffixes[i]);

        if (length > own && strcmp(path + length - own, suffixes[i]) == 0) {
            *ret_form = (enum document_form)i;
            return 0;
        }
    }
    return nj_fail(err, NJ_CONFIG,
                   "%s: expected a name that ends with .html, .md, .json or"
                   " .pdf",
                   path);
}

/* A file beside `path` that nobody else has. @return its descriptor; -1 */
static int open_beside(const char *path, const char *suffix, char name[PATH_MAX],
                       struct nj_err *err)
{
    int fd;

    if (snprintf(name, PATH_MAX, "%s.XXXXXX%s", path, suffix) >= PATH_MAX)
        return nj_fail(err, NJ_IO, "%s: the name is too long", path);
    fd = mkostemps(name, (int)strlen(suffix), O_CLOEXEC);
    if (fd < 0)
        return nj_fail(err, NJ_IO, "create %s", path);
    return fd;
}

static int write_all(int fd, const struct text *text, const char *name, struct nj_err *err)
{
    size_t done = 0;

    while (done < text->length) {
        ssize_t written = write(fd, text->bytes + done, text->length - done);

        if (written < 0 && errno != EINTR)
            return nj_fail(err, NJ_IO, "write %s", name);
        if (written > 0)
            done += (size_t)written;
    }
    return 0;
}

int document_write_text(const char *path, const struct text *text, struct nj_err *err)
{
    struct nj_whole whole;
    int rc = 0;

    if (text->no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for %s", path);
    if (strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, text, "standard output", err);
    if (nj_whole_begin(&whole, path, 0, err) < 0)
        return -1;
    if (fwrite(text->bytes, 1, text->length, whole.out) != text->length)
        rc = nj_fail(err, NJ_IO, "write %s", path);
    return nj_whole_end(&whole, rc, err);
}

/* ---- PDF ---- */

static int remove_entry(const char *path, const struct stat *stat, int kind, struct FTW *place)
{
    (void)stat;
    (void)kind;
    (void)place;
    (void)remove(path);
    return 0;
}

/* Run it and wait. @return its exit status; 127: it is not there; -1 */
static int run(const char *program, const char *page, const char *output)
{
    char print[PATH_MAX + 32], profile[] = "/tmp/nightjar-print-XXXXXX";
    char user_data[sizeof(profile) + 32];
    char *const arguments[] = {(char *)(uintptr_t)program,
                               (char *)(uintptr_t) "--headless",
                               (char *)(uintptr_t) "--no-sandbox",
                               (char *)(uintptr_t) "--disable-gpu",
                               (char *)(uintptr_t) "--disable-dev-shm-usage",
                               (char *)(uintptr_t) "--no-pdf-header-footer",
                               user_data,
                               print,
                               (char *)(uintptr_t)page,
                               NULL};
    posix_spawn_file_actions_t actions;
    int status = 0, rc;
    pid_t child;

    if (mkdtemp(profile) == NULL)
        return -1;
    (void)snprintf(print, sizeof(print), "--print-to-pdf=%s", output);
    (void)snprintf(user_data, sizeof(user_data), "--user-data-dir=%s", profile);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    rc = posix_spawnp(&child, program, &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (rc == 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    (void)nftw(profile, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (rc != 0)
        return rc == ENOENT ? 127 : -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What Chromium has made, to where every document goes. */
static int put_in_place(const char *made, const char *path, struct nj_err *err)
{
    struct text pdf = {0};
    FILE *in = fopen(made, "rbe");
    char bytes[16384];
    size_t length;
    int rc;

    if (in == NULL)
        return nj_fail(err, NJ_IO, "open %s", made);
    while ((length = fread(bytes, 1, sizeof(bytes), in)) > 0)
        text_add(&pdf, bytes, length);
    rc = ferror(in) ? nj_fail(err, NJ_IO, "read %s", made)
                    : document_write_text(path, &pdf, err);
    (void)fclose(in);
    text_done(&pdf);
    return rc;
}

static int write_pdf(const char *path, const struct text *html, struct nj_err *err)
{
    static const char *const programs[] = {"chromium", "chromium-browser", "google-chrome"};
    char page[PATH_MAX], made[PATH_MAX], url[PATH_MAX + 8], full[PATH_MAX];
    int fd = open_beside(path, ".html", page, err), status = 127, rc;

    if (fd < 0)
        return -1;
    rc = write_all(fd, html, page, err);
    (void)close(fd);
    if (rc == 0 && realpath(page, full) == NULL)
        rc = nj_fail(err, NJ_IO, "find %s", page);
    if (rc == 0) {
        (void)snprintf(url, sizeof(url), "file://%s", full);
        (void)snprintf(made, sizeof(made), "%.*s.pdf", PATH_MAX - 8, page);
        for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]) && status == 127; i++)
            status = run(programs[i], url, made);
        if (status == 127)
            rc = nj_fail(err, NJ_CONFIG,
                         "%s: a PDF is printed by Chromium, which is not installed (Debian: apt"
                         " install chromium); .html can be printed by any browser",
                         path);
        else if (status != 0 || access(made, R_OK) != 0)
            rc = nj_fail(err, NJ_STORE, "%s: Chromium failed with status %d", path, status);
        else
            rc = put_in_place(made, path, err);
        (void)unlink(made);
    }
    (void)unlink(page);
    return rc;
}

int document_write(const char *path, enum document_form form, const struct doc *doc,
                   const json_t *facts, struct nj_err *err)
{
    struct text text = {0};
    int rc;

    if (form == DOCUMENT_JSON) {
        text_json_value(&text, facts, true, 0);
        text_add_z(&text, "\n");
    } else if (form == DOCUMENT_MARKDOWN) {
        doc_markdown(doc, &text);
    } else {
        doc_html(doc, &text);
    }
    if (text.no_memory)
        rc = nj_fail(err, NJ_NOMEM, "no memory for %s", path);
    else if (form == DOCUMENT_PDF)
        rc = write_pdf(path, &text, err);
    else
        rc = document_write_text(path, &text, err);
    text_done(&text);
    return rc;
}
