/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "server/internal.h"

/* One segment of a path: up to the next "/" or the end. */
static size_t segment(const char *path)
{
    return strcspn(path, "/");
}

/* Take a value for a segment "{NAME}". @return whether it is one */
static bool take(const char *name, size_t name_length, const char *value, size_t length,
                 struct route_path *ret)
{
    if (length == 0 || length >= ROUTE_VALUE_MAX || ret->count == ROUTE_VALUES_MAX)
        return false;
    (void)snprintf(ret->items[ret->count].name, sizeof(ret->items[0].name), "%.*s",
                   (int)name_length - 2, name + 1);
    (void)snprintf(ret->items[ret->count].value, ROUTE_VALUE_MAX, "%.*s", (int)length, value);
    ret->count++;
    return true;
}

/* @return whether the path is the route's */
static bool matches(const char *route, const char *path, struct route_path *ret)
{
    ret->count = 0;
    for (;;) {
        size_t ours = segment(route), theirs = segment(path);

        if (route[0] == '{') {
            if (!take(route, ours, path, theirs, ret))
                return false;
        } else if (ours != theirs || memcmp(route, path, ours) != 0) {
            return false;
        }
        if (route[ours] != path[theirs])
            return false;
        if (route[ours] == '\0')
            return true;
        route += ours + 1;
        path += theirs + 1;
    }
}

const struct route *route_find(const char *method, const char *path, struct route_path *ret,
                               char ret_methods[32])
{
    size_t used = 0;

    ret_methods[0] = '\0';
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    for (size_t i = 0; i < route_count; i++) {
        if (!matches(routes[i].path, path, ret))
            continue;
        if (strcmp(method, routes[i].method) == 0)
            return &routes[i];
        used += (size_t)snprintf(ret_methods + used, 32 - used, "%s%s", used > 0 ? ", " : "",
                                 routes[i].method);
    }
    return NULL;
}
