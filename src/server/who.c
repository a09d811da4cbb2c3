/* SPDX-License-Identifier: Apache-2.0 */
#include "server/who.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "server/internal.h"

struct addr who_address(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *client = info == NULL ? NULL : info->client_addr;

    if (client != NULL && client->sa_family == AF_INET)
        return addr_from_v4(
            ntohl(((const struct sockaddr_in *)(const void *)client)->sin_addr.s_addr));
    if (client != NULL && client->sa_family == AF_INET6)
        return addr_from_bytes(
            ((const struct sockaddr_in6 *)(const void *)client)->sin6_addr.s6_addr);
    return (struct addr){0, 0};
}

/* A token as the password of HTTP's Basic scheme: what firewalls and TAXII clients can send. */
static unsigned basic_scope(const struct tokens *tokens, struct MHD_Connection *connection)
{
    char *password = NULL;
    char *name = MHD_basic_auth_get_username_password(connection, &password);
    unsigned scope = tokens_scope(tokens, password);

    if (password != NULL) {
        explicit_bzero(password, strlen(password));
        MHD_free(password);
    }
    if (name != NULL)
        MHD_free(name);
    return scope;
}

unsigned who_scope(const struct server *server, struct MHD_Connection *connection)
{
    const struct server_settings *settings = server->settings;
    const char *text =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);

    if (settings->tokens == NULL)
        return SCOPE_READ | SCOPE_WRITE | SCOPE_FEEDS;
    if (text != NULL && strncasecmp(text, "Bearer ", 7) == 0)
        return tokens_scope(settings->tokens, text + 7);
    if (text != NULL && strncasecmp(text, "Basic ", 6) == 0)
        return basic_scope(settings->tokens, connection);
    /* the console's streams can't set headers */
    return tokens_scope(settings->tokens,
                        MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, "nightjar"));
}

bool who_names_us(const struct server *server, struct MHD_Connection *connection)
{
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    char name[80];
    size_t length;

    if (server->settings->tokens != NULL || host == NULL)
        return true;
    if (host[0] == '[')
        return true;
    length = strcspn(host, ":");
    if (length >= sizeof(name))
        return false;
    memcpy(name, host, length);
    name[length] = '\0';
    return strcasecmp(name, "localhost") == 0 ||
           addr_parse(name, &(struct addr){0, 0}, NULL) == 0;
}

bool who_is_foreign(struct MHD_Connection *connection)
{
    const char *origin =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN);
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    const char *name = origin == NULL ? NULL : strstr(origin, "://");

    if (origin == NULL)
        return false;
    return host == NULL || name == NULL || strcasecmp(name + 3, host) != 0;
}
