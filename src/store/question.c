/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's own parser says what a statement is (json_serialize_sql takes a SELECT and
 * nothing else) and which functions it calls. Nothing is prepared before: some statements make
 * folders when they are. */
#include "store/question.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "store/rows.h"

#define OPTION_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_, \t\r\n"

/* Functions that change the engine, write files, or run what a text says. */
static bool acts(const char *function)
{
    static const char *const names[] = {"query",      "json_execute_serialized_sql",
                                        "write_log",  "truncate_duckdb_logs",
                                        "checkpoint", "force_checkpoint"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(function, names[i]) == 0)
            return true;
    return strncasecmp(function, "enable_", 7) == 0 ||
           strncasecmp(function, "disable_", 8) == 0;
}

/* The first function in a parsed statement that acts, or NULL. jansson parses nothing that is
 * nested very deeply. */
static const char *find_acting(const json_t *parsed)
{
    const char *key, *found = NULL;
    const json_t *value;
    size_t i;

    json_array_foreach(parsed, i, value)
    {
        if (found == NULL)
            found = find_acting(value);
    }
    json_object_foreach((json_t *)(uintptr_t)parsed, key, value)
    {
        if (found == NULL && strcmp(key, "function_name") == 0 && json_is_string(value) &&
            acts(json_string_value(value)))
            found = json_string_value(value);
        if (found == NULL)
            found = find_acting(value);
    }
    return found;
}

static int check_parsed(const json_t *parsed, struct nj_err *err)
{
    const char *function;

    if (!json_is_false(json_object_get(parsed, "error")))
        return nj_fail(err, NJ_CONFIG, "sql: only SELECT and EXPLAIN are allowed");
    function = find_acting(parsed);
    if (function != NULL)
        return nj_fail(err, NJ_CONFIG, "sql: %.60s does more than answer, which is not allowed",
                       function);
    return 0;
}

static int check_one(struct store *store, const char *sql, struct nj_err *err)
{
    const struct duck_value value = {.kind = DUCK_TEXT, .text = sql};
    json_t *rows =
        rows_json(store, "SELECT json_serialize_sql($1::VARCHAR) AS parsed", &value, 1, err);
    const char *text = json_string_value(json_object_get(json_array_get(rows, 0), "parsed"));
    json_t *parsed;
    int rc;

    if (rows == NULL)
        return -1;
    /* places without a query are numbers of 64 bits without sign, which jansson
     * does not take */
    parsed = text == NULL ? NULL : json_loads(text, JSON_DECODE_INT_AS_REAL, NULL);
    rc = check_parsed(parsed, err);
    json_decref(parsed);
    json_decref(rows);
    return rc;
}

static int check_question(struct store *store, const char *sql, struct nj_err *err)
{
    duckdb_extracted_statements statements = NULL;
    idx_t count = duckdb_extract_statements(duck_connection(store->duck), sql, &statements);
    int rc;

    if (count == 0 && duckdb_extract_statements_error(statements) == NULL)
        rc = nj_fail(err, NJ_CONFIG, "sql: no statement");
    else if (count == 0)
        rc = duck_fail(err, "sql", duckdb_extract_statements_error(statements));
    else if (count > 1)
        rc = nj_fail(err, NJ_CONFIG, "sql: %llu statements, expected one",
                     (unsigned long long)count);
    else
        rc = check_one(store, sql, err);
    duckdb_destroy_extracted(&statements);
    return rc;
}

/* ---- EXPLAIN ---- */

/* Behind blanks and comments, which nest. */
static const char *skip_blanks(const char *sql)
{
    unsigned depth = 0;

    for (; *sql != '\0'; sql++) {
        if (sql[0] == '/' && sql[1] == '*') {
            depth++;
            sql++;
        } else if (depth > 0 && sql[0] == '*' && sql[1] == '/') {
            depth--;
            sql++;
        } else if (depth == 0 && sql[0] == '-' && sql[1] == '-') {
            sql += strcspn(sql, "\n\r");
            if (*sql == '\0')
                break;
        } else if (depth == 0 && strchr(" \t\n\r\f\v", *sql) == NULL) {
            break;
        }
    }
    return sql;
}

/* Step over a word; whether it stands there. */
static bool takes_word(const char **sql, const char *word)
{
    const char *at = skip_blanks(*sql);
    size_t length = strlen(word);

    if (strncasecmp(at, word, length) != 0 || isalnum((unsigned char)at[length]) ||
        at[length] == '_')
        return false;
    *sql = at + length;
    return true;
}

/* Behind options in parentheses, of words alone; at `sql` if no such stand there. */
static const char *skip_options(const char *sql)
{
    const char *end;

    sql = skip_blanks(sql);
    end = *sql == '(' ? sql + 1 + strspn(sql + 1, OPTION_BYTES) : sql;
    return *end == ')' ? end + 1 : sql;
}

/* EXPLAIN ANALYZE runs what it explains, so that is looked at alone. Its options look like a
 * statement in parentheses, which is tried first. */
int question_check(struct store *store, const char *sql, struct nj_err *err)
{
    if (!takes_word(&sql, "explain"))
        return check_question(store, sql, err);
    (void)takes_word(&sql, "analyze");
    if (check_question(store, sql, err) == 0)
        return 0;
    return check_question(store, skip_options(sql), err);
}
