/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/schema.h"

#include "store/fields.h"

static const char head[] =
    "# The stored fields\n"
    "\n"
    "Made by `nightjar doctor --schema`; do not edit. The names are public: they are the "
    "columns"
    " of the\n"
    "Parquet files under `visits/`, `traits/` and `samples/`, the names in `nightjar sql` and "
    "the keys and"
    " headers of\n"
    "`nightjar visits`. Times are in UTC. Addresses are UUIDs whose 16 bytes are those of the"
    " IPv6 address;\n"
    "the commands print them as addresses.\n";

static const char *null_of(const struct field *field)
{
    static const char *const when[] = {
        [NULL_NEVER] = "",
        [NULL_IF_ZERO] = "if 0",
        [NULL_NO_FIELDS] = "log rows that do not say",
        [NULL_ONE_PORT] = "if all ports are `sport`",
        [NULL_AT_LAST] = "if with the last packet",
    };
    static const bool empty_is_null[] = {
        [FIELD_ADDRESS] = true, [FIELD_TEXT] = true,   [FIELD_BYTES] = true,
        [FIELD_STRING] = true,  [FIELD_PORTS] = false,
    };
    bool can_be_empty = field->kind < sizeof(empty_is_null) / sizeof(empty_is_null[0]) &&
                        empty_is_null[field->kind];

    return field->null == NULL_NEVER && can_be_empty ? "if empty" : when[field->null];
}

static void add_fields(struct text *page, const char *title, const char *about,
                       const struct field *fields, size_t count)
{
    text_addf(page,
              "\n## %s\n\n%s\n\n| field | type | unit | NULL | meaning |\n"
              "| --- | --- | --- | --- | --- |\n",
              title, about);
    for (size_t i = 0; i < count; i++)
        text_addf(page, "| `%s` | %s | %s | %s | %s |\n", fields[i].name,
                  field_type(&fields[i]), fields[i].unit, null_of(&fields[i]),
                  fields[i].description);
}

void schema_write(struct text *page)
{
    text_add_z(page, head);
    add_fields(page, "visits",
               "A row is a part of a visit: a run of sessions of one source to one port that"
               " share class and stack.",
               visit_fields, visit_field_count);
    add_fields(page, "traits",
               "A row is a statement about a source that no single visit holds.", trait_fields,
               trait_field_count);
    add_fields(page, "samples",
               "A row is a packet as it came, a few of each source, tool and port.",
               sample_fields, sample_field_count);
}
