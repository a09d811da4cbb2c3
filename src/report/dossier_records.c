/* SPDX-License-Identifier: Apache-2.0 */
/* What others have on record of a dossier's addresses: routes, reverse names, registrations,
 * lists, and the services that were seen there. */
#include <string.h>

#include "report/dossier_places.h"
#include "report/facts.h"

#define ROWS_MAX 40 /* of a table; what is left out is counted */

static const struct doc_column route_columns[] = {
    {"address", false},    {"prefix", false},    {"origin", false},
    {"first seen", false}, {"last seen", false}, {"during its packets", false},
    {"source", false},
};
static const struct doc_column change_columns[] = {
    {"when (UTC)", false}, {"prefix", false}, {"what changed", false}};
static const struct doc_column name_columns[] = {
    {"address", false}, {"reverse name", false}, {"leads back", false}, {"asked on", false}};
static const struct doc_column registration_columns[] = {
    {"address", false},       {"network", false}, {"range", false},
    {"registered to", false}, {"country", false}, {"abuse contact", false},
    {"registered", false},    {"changed", false}, {"who says so", false},
    {"asked on", false},
};
static const struct doc_column list_columns[] = {
    {"address", false}, {"list", false},    {"kind", false},     {"entry", false},
    {"label", false},   {"of when", false}, {"verified", false}, {"source", false},
};
static const struct doc_column service_columns[] = {
    {"address", false}, {"port", false},   {"service", false},
    {"seen on", false}, {"source", false},
};

/* ---- rows of all sources ----
 *
 * The same rows of every source in one table; nothing at all where none has any. */

static size_t rows_of(const json_t *facts, const char *name)
{
    size_t count = 0, i;
    json_t *source;

    json_array_foreach(fact_list(facts, "sources"), i, source)
    {
        count += json_array_size(fact_list(source, name));
    }
    return count;
}

static void each(struct doc *doc, const json_t *facts, const char *name,
                 void (*write)(struct doc *doc, const json_t *source, const json_t *row))
{
    size_t written = 0, i, k;
    json_t *source, *row;

    json_array_foreach(fact_list(facts, "sources"), i, source)
    {
        json_array_foreach(fact_list(source, name), k, row)
        {
            if (written++ < ROWS_MAX)
                write(doc, source, row);
        }
    }
    if (written > ROWS_MAX)
        doc_say(doc, "And %s more.", COUNTED(written - ROWS_MAX, "row"));
}

static void route_row(struct doc *doc, const json_t *source, const json_t *row)
{
    doc_cell(doc, "%s", fact_text(source, "source"));
    doc_cell(doc, "%s", fact_text(row, "prefix"));
    doc_cell(doc, "AS%llu", (unsigned long long)fact_count(row, "origin"));
    doc_cell(doc, "%s", MINUTE(row, "first"));
    doc_cell(doc, "%s", MINUTE(row, "last"));
    doc_cell(doc, "%s", fact_true(row, "during_packets") ? "yes" : "no");
    doc_cell(doc, "%s", fact_text(row, "source"));
}

static void change_row(struct doc *doc, const json_t *source, const json_t *row)
{
    (void)source;
    doc_cell(doc, "%s", MINUTE(row, "time"));
    doc_cell(doc, "%s", fact_text(row, "prefix"));
    doc_cell(doc, "%s", fact_text(row, "change"));
}

static void routes(struct doc *doc, const json_t *facts)
{
    json_t *source;
    size_t i;

    doc_heading(doc, 3, "Routes");
    if (rows_of(facts, "routes") == 0) {
        doc_say(doc,
                "No routing data was imported that holds the address: nothing is claimed of"
                " routes at the time of the packets.");
        return;
    }
    json_array_foreach(fact_list(facts, "sources"), i, source)
    {
        if (fact_text(source, "prefix")[0] != '\0')
            doc_item(doc, "%s: %s of AS%llu, %s", fact_text(source, "source"),
                     fact_text(source, "prefix"),
                     (unsigned long long)fact_count(source, "origin"),
                     fact_text(source, "origin_basis"));
    }
    DOC_TABLE(doc, route_columns);
    each(doc, facts, "routes", route_row);
    if (rows_of(facts, "route_changes") == 0) {
        doc_say(doc, "No change of origin and no more specific announcement was seen.");
        return;
    }
    DOC_TABLE(doc, change_columns);
    each(doc, facts, "route_changes", change_row);
}

static void name_row(struct doc *doc, const json_t *source, const json_t *row)
{
    bool named = fact_text(row, "name")[0] != '\0';
    const char *back = json_is_null(json_object_get(row, "confirmed")) ? "not checked"
                       : fact_true(row, "confirmed")                   ? "yes"
                                                                       : "no";

    doc_cell(doc, "%s", fact_text(source, "source"));
    doc_cell(doc, "%s", named ? fact_text(row, "name") : "there is none");
    doc_cell(doc, "%s", named ? back : " ");
    doc_cell(doc, "%s", fact_or_unknown(row, "date"));
}

static void names(struct doc *doc, const json_t *facts)
{
    doc_heading(doc, 3, "Reverse names");
    if (rows_of(facts, "names") == 0) {
        doc_say(doc, "Reverse DNS was not asked.");
        return;
    }
    DOC_TABLE(doc, name_columns);
    each(doc, facts, "names", name_row);
}

static void registration_row(struct doc *doc, const json_t *source, const json_t *row)
{
    const char *name = fact_text(row, "network"), *handle = fact_text(row, "handle");
    bool found = fact_text(row, "range")[0] != '\0';

    doc_cell(doc, "%s", fact_text(source, "source"));
    doc_cell(doc, "%s",
             !found ? "the registry has no record" : dossier_or_blank(name[0] ? name : handle));
    doc_cell(doc, "%s", dossier_or_blank(fact_text(row, "range")));
    doc_cell(doc, "%s", found ? fact_or_unknown(row, "organisation") : " ");
    doc_cell(doc, "%s", found ? fact_or_unknown(row, "country") : " ");
    doc_cell(doc, "%s",
             !found                               ? " "
             : fact_text(row, "abuse")[0] == '\0' ? "none named"
                                                  : fact_text(row, "abuse"));
    doc_cell(doc, "%s", dossier_or_blank(fact_text(row, "registered")));
    doc_cell(doc, "%s", dossier_or_blank(fact_text(row, "changed")));
    doc_cell(doc, "%s", dossier_or_blank(fact_text(row, "server")));
    doc_cell(doc, "%s", fact_or_unknown(row, "date"));
}

static void registrations(struct doc *doc, const json_t *facts)
{
    doc_heading(doc, 3, "Registration");
    if (rows_of(facts, "registrations") == 0) {
        doc_say(doc, "The registry was not asked (RDAP).");
        return;
    }
    doc_say(doc, "As the registry answered by RDAP. The country is the one of the registration,"
                 " which need not be where the host stands.");
    DOC_TABLE(doc, registration_columns);
    each(doc, facts, "registrations", registration_row);
}

static void list_row(struct doc *doc, const json_t *source, const json_t *row)
{
    doc_cell(doc, "%s", fact_text(source, "source"));
    doc_cell(doc, "%s", fact_text(row, "list"));
    doc_cell(doc, "%s", fact_text(row, "kind"));
    doc_cell(doc, "%s", fact_text(row, "entry"));
    doc_cell(doc, "%s", dossier_or_blank(fact_text(row, "label")));
    doc_cell(doc, "%s", fact_or_unknown(row, "date"));
    doc_cell(doc, "%s", dossier_or_blank(fact_text(row, "verified")));
    doc_cell(doc, "%s", dossier_or_blank(fact_text(row, "source")));
}

static void lists(struct doc *doc, const json_t *facts)
{
    doc_heading(doc, 3, "Lists of others");
    if (rows_of(facts, "lists") == 0) {
        doc_say(doc, "No imported list names the address.");
        return;
    }
    DOC_TABLE(doc, list_columns);
    each(doc, facts, "lists", list_row);
}

static void service_row(struct doc *doc, const json_t *source, const json_t *row)
{
    const char *service = fact_text(row, "service"), *product = fact_text(row, "product");

    doc_cell(doc, "%s", fact_text(source, "source"));
    doc_cell(doc, "%u/%s", (unsigned)fact_count(row, "port"), fact_text(row, "proto"));
    doc_cell(doc, "%s%s%s ", service, service[0] != '\0' && product[0] != '\0' ? ", " : "",
             product);
    doc_cell(doc, "%s", fact_or_unknown(row, "date"));
    doc_cell(doc, "%s", fact_text(row, "source"));
}

static void exposure(struct doc *doc, const json_t *facts)
{
    json_t *source;
    size_t i;

    doc_heading(doc, 3, "What the address itself offers");
    json_array_foreach(fact_list(facts, "sources"), i, source)
    {
        const char *known = fact_text(source, "exposure");

        doc_item(doc, "%s: %s", fact_text(source, "source"),
                 known[0] == '\0' ? "no exposure search engine's export says anything of it"
                                  : known);
    }
    if (rows_of(facts, "services") == 0)
        return;
    DOC_TABLE(doc, service_columns);
    each(doc, facts, "services", service_row);
}
void dossier_records(struct doc *doc, const json_t *facts)
{
    routes(doc, facts);
    names(doc, facts);
    registrations(doc, facts);
    lists(doc, facts);
    exposure(doc, facts);
}
