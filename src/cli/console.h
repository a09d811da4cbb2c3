/* SPDX-License-Identifier: Apache-2.0 */
/* Where the console's files lie. */
#ifndef NJ_CLI_CONSOLE_H
#define NJ_CLI_CONSOLE_H

#include <limits.h>
#include <stdbool.h>

/** The console that was built or installed with this program: "../web" (a build folder) or
 * "../share/nightjar/web", seen from the program's folder. @return false: there is none */
bool console_find(char ret_path[PATH_MAX]);

#endif
