/* SPDX-License-Identifier: Apache-2.0 */
#include "filter/filter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "filter/tree.h"

int filter_compile(const char *text, const struct filter_field *fields, size_t field_count,
                   struct filter *ret_filter, struct nj_err *err)
{
    return filter_compile_bytes(text, strlen(text), fields, field_count, ret_filter, err);
}

int filter_compile_bytes(const char *text, size_t length, const struct filter_field *fields,
                         size_t field_count, struct filter *ret_filter, struct nj_err *err)
{
    struct filter_tree tree;
    int rc;

    assert(field_count <= FILTER_FIELDS_MAX);
    if (filter_tree_parse(text, length, fields, field_count, &tree, err) < 0)
        return -1;
    rc = filter_tree_to_sql(&tree, ret_filter, err);
    filter_tree_done(&tree);
    return rc;
}

void filter_done(struct filter *filter)
{
    for (size_t i = 0; i < filter->value_count; i++)
        free(filter->values[i].text);
    free(filter->values);
    free(filter->sql);
    *filter = (struct filter){0};
}
