/* SPDX-License-Identifier: Apache-2.0 */
#include "store/cell.h"

#include <inttypes.h>
#include <string.h>

#include "model/fact.h"

#define SECOND_US 1000000

/* Numbers, times, addresses and bytes as all machine syntaxes have them. */
static void add_plain(struct text *text, const struct cell *cell)
{
    char address[ADDR_TEXT_MAX];

    switch (cell->kind) {
    case CELL_INT:
        text_addf(text, "%" PRId64, cell->number);
        break;
    case CELL_UINT:
        text_addf(text, "%" PRIu64, cell->unsigned_number);
        break;
    case CELL_REAL:
        text_real(text, cell->real);
        break;
    case CELL_BOOL:
        text_add_z(text, cell->number != 0 ? "true" : "false");
        break;
    case CELL_TIME:
        text_time(text, cell->number);
        break;
    case CELL_DATE:
        text_date(text, cell->number);
        break;
    case CELL_ADDRESS:
        text_add_z(text, addr_text(cell->address, address));
        break;
    case CELL_BYTES:
        for (size_t i = 0; i < cell->length; i++)
            text_addf(text, "%02x", (unsigned char)cell->text[i]);
        break;
    case CELL_JSON:
        text_add(text, cell->text, cell->length);
        break;
    case CELL_NULL:
    case CELL_TEXT:
        break;
    }
}

void cell_to_json(struct text *text, const struct cell *cell)
{
    bool quoted = cell->kind == CELL_TIME || cell->kind == CELL_DATE ||
                  cell->kind == CELL_ADDRESS || cell->kind == CELL_BYTES;

    if (cell->kind == CELL_NULL) {
        text_add_z(text, "null");
        return;
    }
    if (cell->kind == CELL_TEXT) {
        text_json(text, cell->text, cell->length);
        return;
    }
    if (quoted)
        text_add(text, "\"", 1);
    add_plain(text, cell);
    if (quoted)
        text_add(text, "\"", 1);
}

void cell_to_csv(struct text *text, const struct cell *cell)
{
    if (cell->kind == CELL_TEXT || cell->kind == CELL_JSON)
        text_csv(text, cell->text, cell->length);
    else
        add_plain(text, cell);
}

bool cell_is_number(const struct cell *cell)
{
    return cell->kind == CELL_INT || cell->kind == CELL_UINT || cell->kind == CELL_REAL;
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Whether values of this name count something (and are no port, AS number, key). */
static bool cell_counts(const char *name)
{
    static const char *const names[] = {
        "sessions", "sources",   "packets",   "bytes",       "visits",  "rows",
        "targets",  "repeats",   "answered",  "segments",    "days",    "rejected",
        "damaged",  "truncated", "malformed", "unsupported", "refused", "entries",
        "written",  "removed",   "classes",   "tools",       "sensors",
    };

    return is_one_of(name, names, sizeof(names) / sizeof(names[0]));
}

void cell_to_table(struct text *text, const struct cell *cell, const char *name)
{
    static const char *const shares[] = {"share", "cumulative"};
    static const char *const probabilities[] = {"probability", "hop"};
    static const char *const estimates[] = {"baseline", "ratio", "p", "q"};
    char probability[FACT_PROBABILITY_MAX];

    if (cell->kind == CELL_NULL)
        text_add(text, "-", 1);
    else if (cell->kind == CELL_TEXT || cell->kind == CELL_BYTES || cell->kind == CELL_JSON)
        text_shown(text, cell->text, cell->length);
    else if (cell->kind == CELL_REAL && is_one_of(name, shares, 2))
        text_addf(text, "%.2f %%", cell->real * 100);
    else if (cell->kind == CELL_REAL && is_one_of(name, probabilities, 2))
        text_add_z(text, fact_probability(cell->real, probability));
    else if (cell->kind == CELL_REAL)
        text_addf(text, "%.*g", is_one_of(name, estimates, 4) ? 3 : 6, cell->real);
    else if (cell->kind == CELL_INT && cell->number >= 0 && cell_counts(name))
        text_grouped(text, (uint64_t)cell->number);
    else if (cell->kind == CELL_UINT && cell_counts(name))
        text_grouped(text, cell->unsigned_number);
    else if (cell->kind == CELL_BOOL)
        text_add_z(text, cell->number != 0 ? "yes" : "no");
    else if (cell->kind == CELL_TIME)
        text_time(text, cell->number - (cell->number % SECOND_US + SECOND_US) % SECOND_US);
    else
        add_plain(text, cell);
}
