/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "server/internal.h"

/* The last segment of a route's path if it is a parameter: "{NAME}". */
static const char *parameter(const struct route *route)
{
    const char *last = strrchr(route->path, '/') + 1;

    return last[0] == '{' ? last : NULL;
}

const char *route_path_param(const struct route *route, char name[32])
{
    const char *last = parameter(route);

    if (last == NULL)
        return NULL;
    (void)snprintf(name, 32, "%.*s", (int)strlen(last + 1) - 1, last + 1);
    return name;
}

/* @return whether the path is the route's */
static bool matches(const struct route *route, const char *path, const char **ret_rest)
{
    const char *last = parameter(route);
    size_t fixed = last == NULL ? 0 : (size_t)(last - route->path);

    *ret_rest = NULL;
    if (last == NULL)
        return strcmp(path, route->path) == 0;
    if (strncmp(path, route->path, fixed) != 0 || path[fixed] == '\0' ||
        strchr(path + fixed, '/') != NULL)
        return false;
    *ret_rest = path + fixed;
    return true;
}

const struct route *route_find(const char *method, const char *path, const char **ret_rest,
                               char ret_methods[32])
{
    size_t used = 0;

    ret_methods[0] = '\0';
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    for (size_t i = 0; i < route_count; i++) {
        if (!matches(&routes[i], path, ret_rest))
            continue;
        if (strcmp(method, routes[i].method) == 0)
            return &routes[i];
        used += (size_t)snprintf(ret_methods + used, 32 - used, "%s%s", used > 0 ? ", " : "",
                                 routes[i].method);
    }
    return NULL;
}
