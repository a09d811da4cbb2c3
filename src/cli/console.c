/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool console_find(char ret_path[PATH_MAX])
{
    static const char *const places[] = {"../web", "../share/nightjar/web"};
    char program[PATH_MAX], page[PATH_MAX + 64], *slash;
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

    if (length <= 0)
        return false;
    program[length] = '\0';
    slash = strrchr(program, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int used = snprintf(page, sizeof(page), "%s/%s/index.html", program, places[i]);

        if (used < 0 || (size_t)used >= sizeof(page) || access(page, R_OK) < 0)
            continue;
        page[(size_t)used - strlen("/index.html")] = '\0';
        if (realpath(page, ret_path) != NULL)
            return true;
    }
    return false;
}
