/* SPDX-License-Identifier: Apache-2.0 */
#include "report/dossier_places.h"

#include <stdio.h>
#include <string.h>

#include "report/facts.h"

static const struct doc_column place_columns[] = {
    {"who says", false}, {"of when", false}, {"address", false}, {"country", false},
    {"place", false},    {"AS", false},      {"ISP", false},     {"disagreement", false},
};
static const struct doc_column disagreement_columns[] = {
    {"address", false}, {"about", false}, {"who says what", false}};
static const struct doc_column database_columns[] = {
    {"database", false}, {"kind", false}, {"built", false}};

const char *dossier_or_blank(const char *text)
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
        doc_cell(doc, "%s", dossier_or_blank(fact_text(row, "country")));
        doc_cell(doc, "%s", dossier_or_blank(place));
        doc_cell(doc, "%s", asn_text(row, as));
        doc_cell(doc, "%s", dossier_or_blank(fact_text(row, "isp")));
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

const char *dossier_fact(const json_t *source, const char *field, const char *value,
                         const char *country, char text[DOSSIER_FACT])
{
    const json_t *by = first_with(source, field);
    const char *there = fact_text(by, "country");
    bool place = strcmp(field, "region") == 0 || strcmp(field, "city") == 0;

    if (value[0] == '\0')
        (void)snprintf(text, DOSSIER_FACT, "unknown");
    else if (place && there[0] != '\0' && country[0] != '\0' && strcmp(there, country) != 0)
        (void)snprintf(text, DOSSIER_FACT, "%.160s (in %s, says %.120s)", value, COUNTRY(there),
                       fact_text(by, "source"));
    else
        (void)snprintf(text, DOSSIER_FACT, "%.300s%s", value,
                       is_disputed(source, field) ? " (disputed: see Where it is)" : "");
    return text;
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
    doc_cell(doc, "%s",
             is_disputed(source, "country") ? "disputed" : dossier_or_blank(country));
    doc_cell(doc, "%s%s%s ", region, region[0] != '\0' && city[0] != '\0' ? ", " : "", city);
    doc_cell(doc, "%s", asn_text(network, as));
    doc_cell(doc, "%s", dossier_or_blank(fact_text(first_with(source, "isp"), "isp")));
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
    dossier_records(doc, facts);
}
