/* SPDX-License-Identifier: Apache-2.0 */
#include "store/address_sql.h"

#include <string.h>

#include "store/internal.h"

#define TEXT_MAX 64u /* the longest prefix in text has 49 characters */

/* A text of one row, NUL-terminated. What is too long or holds a NUL becomes what is no
 * address. */
static void text_at(duckdb_vector texts, idx_t row, char ret_text[TEXT_MAX])
{
    duckdb_string_t *all = duckdb_vector_get_data(texts);
    size_t length = duckdb_string_t_length(all[row]);
    const char *bytes = duckdb_string_t_data(&all[row]);

    if (length >= TEXT_MAX || memchr(bytes, 0, length) != NULL)
        length = 0;
    memcpy(ret_text, bytes, length);
    ret_text[length] = '\0';
}

static bool is_null(duckdb_vector vector, idx_t row)
{
    uint64_t *mask = duckdb_vector_get_validity(vector);

    return mask != NULL && !duckdb_validity_row_is_valid(mask, row);
}

static void address(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
    duckdb_vector texts = duckdb_data_chunk_get_vector(input, 0);
    duckdb_uhugeint *to = duckdb_vector_get_data(output);
    idx_t count = duckdb_data_chunk_get_size(input);
    char text[TEXT_MAX];
    struct nj_err err;
    struct addr a;

    for (idx_t row = 0; row < count; row++) {
        if (is_null(texts, row)) {
            duck_set_null(output, row);
            continue;
        }
        text_at(texts, row, text);
        if (addr_parse(text, &a, &err) < 0) {
            duckdb_scalar_function_set_error(info, err.msg);
            return;
        }
        to[row] = uuid_of(a);
    }
}

static void within(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
    duckdb_vector addresses = duckdb_data_chunk_get_vector(input, 0);
    duckdb_vector texts = duckdb_data_chunk_get_vector(input, 1);
    const duckdb_uhugeint *from = duckdb_vector_get_data(addresses);
    bool *to = duckdb_vector_get_data(output);
    idx_t count = duckdb_data_chunk_get_size(input);
    char text[TEXT_MAX] = "", parsed[TEXT_MAX] = "";
    struct prefix prefix = {0};
    struct nj_err err;

    for (idx_t row = 0; row < count; row++) {
        if (is_null(addresses, row) || is_null(texts, row)) {
            duck_set_null(output, row);
            continue;
        }
        text_at(texts, row, text);
        if (text[0] == '\0' || strcmp(text, parsed) != 0) { /* mostly one prefix in all rows */
            if (prefix_parse(text, &prefix, &err) < 0) {
                duckdb_scalar_function_set_error(info, err.msg);
                return;
            }
            memcpy(parsed, text, sizeof(parsed));
        }
        to[row] = prefix_has(&prefix, addr_of_uuid(from[row]));
    }
}

static void source_of(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
    duckdb_vector addresses = duckdb_data_chunk_get_vector(input, 0);
    const duckdb_uhugeint *from = duckdb_vector_get_data(addresses);
    duckdb_uhugeint *to = duckdb_vector_get_data(output);
    idx_t count = duckdb_data_chunk_get_size(input);

    (void)info;
    for (idx_t row = 0; row < count; row++) {
        if (is_null(addresses, row))
            duck_set_null(output, row);
        else
            to[row] = uuid_of(addr_source(addr_of_uuid(from[row])));
    }
}

int store_register_addresses(struct store *store, struct nj_err *err)
{
    static const duckdb_type of_address[] = {DUCKDB_TYPE_VARCHAR},
                             of_within[] = {DUCKDB_TYPE_UUID, DUCKDB_TYPE_VARCHAR};

    if (duck_add_function(store->duck, "address", of_address, 1, DUCKDB_TYPE_UUID, address,
                          err) < 0 ||
        duck_add_function(store->duck, "source_of", of_within, 1, DUCKDB_TYPE_UUID, source_of,
                          err) < 0)
        return -1;
    return duck_add_function(store->duck, "within", of_within, 2, DUCKDB_TYPE_BOOLEAN, within,
                             err);
}
