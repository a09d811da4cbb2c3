/* SPDX-License-Identifier: Apache-2.0 */
#include "report/dossier_places.h"

#include <stdio.h>
#include <string.h>

#include "report/facts.h"

#define ROWS_MAX 40 /* of a table; what is left out is counted */

static const struct doc_column place_columns[] = {
    {"who says", false}, {"of when", false}, {"address", false}, {"country", false},
    {"place", false},    {"AS", false},      {"ISP", false},     {"disagreement", false},
};
static const struct doc_column disagreement_columns[] = {
    {"address", false}, {"about", false}, {"who says what", false}};
static const struct doc_column database_columns[] = {
    {"database", false}, {"kind", false}, {"built", false}};
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

/* A table's cell that may be empty: blank, so that Markdown keeps it. */
static const char *or_blank(const char *text)
{
    return text[0] == '\0' ? " " : text;
}

static const char *asn_text(const json_t *row, char text[160])
{
    uint64_t asn = fact_count(row, "asn");
    const char *name = fact_text(row, "as_name");

    if (asn == 0)
        (void)snprintf(text, 160, " ");
    else
        (void)snprintf(text, 160, "AS%llu%s%.100s", (unsigned long long)asn,
                       name[0] == '\0' ? "" : " ", name);
    return text;
}

/* ---- places ---- */

/* In which of the disputed fields this row has a say: "country, asn". */
static const char *disputed(const json_t *source, const json_t *row, char text[100])
{
    json_t *about;
    size_t i;

    text[0] = '\0';
    json_array_foreach(fact_list(source, "disagreements"), i, about)
    {
        const char *field = fact_text(about, "field");
        size_t length = strlen(text);

        if (!json_is_null(json_object_get(row, field)))
            (void)snprintf(text + length, 100 - length, "%s%s", length > 0 ? ", " : "", field);
    }
    return text[0] == '\0' ? "none" : text;
}

static void answers(struct doc *doc, const json_t *source)
{
    char place[220], as[160], fields[100];
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(source, "testimony"), i, row)
    {
        const char *region = fact_text(row, "region"), *city = fact_text(row, "city");

        (void)snprintf(place, sizeof(place), "%s%s%s", region,
                       region[0] != '\0' && city[0] != '\0' ? ", " : "", city);
        doc_cell(doc, "%s", fact_text(row, "source"));
        doc_cell(doc, "%s", fact_or_unknown(row, "date"));
        doc_cell(doc, "%s", fact_text(source, "source"));
        doc_cell(doc, "%s", or_blank(fact_text(row, "country")));
        doc_cell(doc, "%s", or_blank(place));
        doc_cell(doc, "%s", asn_text(row, as));
        doc_cell(doc, "%s", or_blank(fact_text(row, "isp")));
        doc_cell(doc, "%s", disputed(source, row, fields));
    }
}

/* The first answer about an address that has a text of that name, or NULL. */
static const json_t *first_with(const json_t *source, const char *name)
{
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(source, "testimony"), i, row)
    {
        if (fact_text(row, name)[0] != '\0')
            return row;
    }
    return NULL;
}

static bool is_disputed(const json_t *source, const char *field)
{
    json_t *about;
    size_t i;

    json_array_foreach(fact_list(source, "disagreements"), i, about)
    {
        if (strcmp(fact_text(about, "field"), field) == 0)
            return true;
    }
    return false;
}

/* One row for all that is said of a further address of the actor. */
static void answers_in_short(struct doc *doc, const json_t *source)
{
    size_t count = json_array_size(fact_list(source, "testimony")), i;
    const json_t *with_city = first_with(source, "city"), *row, *network = NULL;
    const json_t *place = with_city != NULL ? with_city : first_with(source, "region");
    const char *region = fact_text(place, "region"), *city = fact_text(place, "city");
    const char *country = fact_text(first_with(source, "country"), "country");
    bool agreed = json_array_size(fact_list(source, "disagreements")) == 0;
    char as[160];

    json_array_foreach(fact_list(source, "testimony"), i, row)
    {
        if (network == NULL && fact_count(row, "asn") > 0)
            network = row;
    }
    doc_cell(doc, "%s", COUNTED(count, "source"));
    doc_cell(doc, " ");
    doc_cell(doc, "%s", fact_text(source, "source"));
    doc_cell(doc, "%s", is_disputed(source, "country") ? "disputed" : or_blank(country));
    doc_cell(doc, "%s%s%s ", region, region[0] != '\0' && city[0] != '\0' ? ", " : "", city);
    doc_cell(doc, "%s", asn_text(network, as));
    doc_cell(doc, "%s", or_blank(fact_text(first_with(source, "isp"), "isp")));
    doc_cell(doc, "%s", agreed ? "none" : "see below");
}

/* What was stored of the first address, and of the others where it is no longer so. */
static void stored(struct doc *doc, const json_t *facts)
{
    const json_t *first = json_array_get(fact_list(facts, "sources"), 0);
    char as[160];
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(facts, "places"), i, row)
    {
        if (strcmp(fact_text(row, "source"), fact_text(first, "source")) != 0 &&
            !fact_true(row, "disagrees"))
            continue;
        doc_cell(doc, "stored at ingest");
        doc_cell(doc, "%s to %s", MINUTE(row, "first"), MINUTE(row, "last"));
        doc_cell(doc, "%s", fact_text(row, "source"));
        doc_cell(doc, "%s", fact_or_unknown(row, "country"));
        doc_cell(doc, " ");
        doc_cell(doc, "%s", asn_text(row, as));
        doc_cell(doc, " ");
        doc_cell(doc, "%s", fact_true(row, "disagrees") ? "differs from now" : "none");
    }
}

static void disagreements(struct doc *doc, const json_t *facts)
{
    size_t count = 0, i, k;
    json_t *source, *row;

    json_array_foreach(fact_list(facts, "sources"), i, source)
    {
        count += json_array_size(fact_list(source, "disagreements"));
    }
    if (count == 0) {
        doc_say(doc, "The sources that answer do not contradict each other.");
        return;
    }
    doc_say(doc, "The sources contradict each other in %s:", COUNTED(count, "point"));
    DOC_TABLE(doc, disagreement_columns);
    json_array_foreach(fact_list(facts, "sources"), i, source)
    {
        json_array_foreach(fact_list(source, "disagreements"), k, row)
        {
            doc_cell(doc, "%s", fact_text(source, "source"));
            doc_cell(doc, "%s", fact_text(row, "field"));
            doc_cell(doc, "%s", fact_text(row, "values"));
        }
    }
}

static void databases(struct doc *doc, const json_t *facts)
{
    json_t *row;
    size_t i;

    if (json_array_size(fact_list(facts, "databases")) == 0) {
        doc_say(doc, "No database is installed that could say more.");
        return;
    }
    DOC_TABLE(doc, database_columns);
    json_array_foreach(fact_list(facts, "databases"), i, row)
    {
        doc_cell(doc, "%s", fact_text(row, "file"));
        doc_cell(doc, "%s", fact_text(row, "kind"));
        doc_cell(doc, "%s",
                 fact_text(row, "built")[0] == '\0' ? "does not say" : fact_text(row, "built"));
    }
}

/* ---- lists of the sources ----
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
             !found ? "the registry has no record" : or_blank(name[0] ? name : handle));
    doc_cell(doc, "%s", or_blank(fact_text(row, "range")));
    doc_cell(doc, "%s", found ? fact_or_unknown(row, "organisation") : " ");
    doc_cell(doc, "%s", found ? fact_or_unknown(row, "country") : " ");
    doc_cell(doc, "%s",
             !found                               ? " "
             : fact_text(row, "abuse")[0] == '\0' ? "none named"
                                                  : fact_text(row, "abuse"));
    doc_cell(doc, "%s", or_blank(fact_text(row, "registered")));
    doc_cell(doc, "%s", or_blank(fact_text(row, "changed")));
    doc_cell(doc, "%s", or_blank(fact_text(row, "server")));
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
    doc_cell(doc, "%s", or_blank(fact_text(row, "label")));
    doc_cell(doc, "%s", fact_or_unknown(row, "date"));
    doc_cell(doc, "%s", or_blank(fact_text(row, "verified")));
    doc_cell(doc, "%s", or_blank(fact_text(row, "source")));
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

void dossier_places(struct doc *doc, const json_t *facts)
{
    json_t *source;
    size_t i;

    doc_heading(doc, 2, "Where it is, and who says so");
    DOC_TABLE(doc, place_columns);
    json_array_foreach(fact_list(facts, "sources"), i, source)
    {
        if (i == 0)
            answers(doc, source);
        else
            answers_in_short(doc, source);
    }
    stored(doc, facts);
    disagreements(doc, facts);
    databases(doc, facts);
    routes(doc, facts);
    names(doc, facts);
    registrations(doc, facts);
    lists(doc, facts);
    exposure(doc, facts);
}
