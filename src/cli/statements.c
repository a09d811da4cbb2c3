/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/statements.h"

#include <string.h>

int statement_keep(void *ctx, const struct statement *statement, struct nj_err *err)
{
    return testimony_add(ctx, &statement->net, statement->from_us, statement->to_us,
                         statement->value, err);
}

int statements_check_name(const struct cli *cli, const char *name)
{
    if (name[0] != '\0' && strlen(name) < sizeof((struct testimony_list){0}.name) &&
        strcspn(name, " \t\r\n\"'#,;") == strlen(name))
        return 0;
    return cli_usage(cli, "--name \"%s\": expected one word of at most 63 bytes", name);
}
