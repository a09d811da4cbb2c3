/* SPDX-License-Identifier: Apache-2.0 */
#include "filter/tree.h"

#include <stdlib.h>

struct filter_node *filter_node_new(enum filter_node_kind kind, struct nj_err *err)
{
    struct filter_node *node = calloc(1, sizeof(*node));

    if (node == NULL)
        nj_fail(err, NJ_NOMEM, "filter: out of memory");
    else
        node->kind = kind;
    return node;
}

void filter_node_free(struct filter_node *node)
{
    if (node == NULL)
        return;
    while (node->children != NULL) {
        struct filter_node *child = node->children;

        node->children = child->next;
        filter_node_free(child);
    }
    for (size_t i = 0; i < node->item_count; i++)
        free(node->items[i].first.text);
    free(node->items);
    free(node);
}

int filter_node_negate(struct filter_node **node, struct nj_err *err)
{
    struct filter_node *outer = filter_node_new(FILTER_NOT, err);

    if (outer == NULL)
        return -1;
    outer->children = *node;
    *node = outer;
    return 0;
}

void filter_tree_done(struct filter_tree *tree)
{
    filter_node_free(tree->root);
    tree->root = NULL;
}
