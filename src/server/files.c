/* SPDX-License-Identifier: Apache-2.0 */
/* The console's files. A path is walked folder by folder without following links, from the
 * console's folder down, and its parts are of few characters: nothing outside
 * can be reached. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/internal.h"
#include "server/respond.h"

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".map", "application/json"},
};

static const char *type_of(const char *path)
{
    size_t length = strlen(path);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t ending = strlen(types[i].ending);

        if (length > ending && strcmp(path + length - ending, types[i].ending) == 0)
            return types[i].type;
    }
    return NULL; /* not a file of a console */
}

/* Letters, digits, "-", "_", "." and no leading dot. */
static bool is_name(const char *name, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-";

    return length > 0 && length <= NAME_MAX && name[0] != '.' &&
           strspn(name, letters) >= length;
}

/* Open DIR/PATH with an ending. @return a descriptor of a regular file, or -1 */
static int open_below(const char *dir, const char *path, const char *ending, struct stat *st)
{
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int file = -1;

    while (folder >= 0) {
        size_t length = strcspn(path, "/");
        bool last = path[length] == '\0';
        char name[NAME_MAX + 8];
        int next = -1;

        if (is_name(path, length)) {
            (void)snprintf(name, sizeof(name), "%.*s%s", (int)length, path, last ? ending : "");
            next = openat(folder, name,
                          O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
                              (last ? 0 : O_DIRECTORY));
        }
        (void)close(folder);
        folder = last ? -1 : next;
        file = last ? next : -1;
        path += length + 1;
    }
    if (file >= 0 && (fstat(file, st) < 0 || !S_ISREG(st->st_mode))) {
        (void)close(file);
        file = -1;
    }
    return file;
}

static enum MHD_Result send_file(struct MHD_Connection *connection, int file,
                                 const struct stat *st, const char *type, bool packed,
                                 const char *path)
{
    const char *known =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    struct MHD_Response *response;
    enum MHD_Result rc;
    unsigned status = 200;
    char etag[64];

    (void)snprintf(etag, sizeof(etag), "\"%llx-%llx-%lx\"", (unsigned long long)st->st_ino,
                   (unsigned long long)st->st_mtim.tv_sec * 1000 +
                       (unsigned long long)st->st_mtim.tv_nsec / 1000000,
                   (unsigned long)st->st_size);
    if (known != NULL && strstr(known, etag) != NULL) {
        (void)close(file);
        status = 304;
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    } else {
        response = MHD_create_response_from_fd64((uint64_t)st->st_size, file);
        if (response == NULL)
            (void)close(file);
    }
    if (response == NULL)
        return MHD_NO;
    http_secure(response);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
    if (packed)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    /* a bundler names files of its assets folder by their content */
    (void)MHD_add_response_header(
        response, MHD_HTTP_HEADER_CACHE_CONTROL,
        strncmp(path, "assets/", 7) == 0 ? "public, max-age=31536000, immutable" : "no-cache");
    rc = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

enum MHD_Result files_answer(struct server *server, struct MHD_Connection *connection,
                             const char *path)
{
    const char *dir = server->options.console_dir, *type;
    bool packed = false;
    struct stat st;
    int file = -1;

    path += path[0] == '/';
    if (path[0] == '\0')
        path = "index.html";
    type = type_of(path);
    if (dir == NULL && strcmp(path, "index.html") == 0)
        return http_error(connection, 404,
                          "no console is installed (--console DIR); /api/v1/openapi.json"
                          " describes the API");
    if (dir != NULL && type != NULL) {
        if (respond_takes_gzip(connection)) {
            file = open_below(dir, path, ".gz", &st);
            packed = file >= 0;
        }
        if (file < 0)
            file = open_below(dir, path, "", &st);
    }
    if (file < 0)
        return http_error(connection, 404, "there is no such file");
    return send_file(connection, file, &st, type, packed, path);
}
