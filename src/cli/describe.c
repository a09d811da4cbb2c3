/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/describe.h"

#include <math.h>

static json_t *text_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : json_string(text);
}

json_t *describe_source(struct enrich *enrich, struct addr source)
{
    struct place_detail detail;
    char text[ADDR_TEXT_MAX];
    json_t *object = json_object();

    enrich_detail(enrich, source, &detail);
    (void)json_object_set_new(object, "source", json_string(addr_text(source, text)));
    (void)json_object_set_new(object, "hostname", json_null());
    (void)json_object_set_new(object, "isp", json_null());
    (void)json_object_set_new(object, "organisation", json_null());
    (void)json_object_set_new(object, "country", text_or_null(detail.place.country));
    (void)json_object_set_new(
        object, "asn", detail.place.asn == 0 ? json_null() : json_integer(detail.place.asn));
    (void)json_object_set_new(object, "as_name", text_or_null(detail.as_name));
    (void)json_object_set_new(object, "region", text_or_null(detail.region));
    (void)json_object_set_new(object, "city", text_or_null(detail.city));
    return object;
}

double describe_addresses(const struct sensor *sensor)
{
    double sum = 0;

    for (size_t i = 0; i < sensor->prefix_count; i++) {
        const struct prefix *prefix = &sensor->prefixes[i].prefix;
        bool inside = false; /* of one that is counted */

        for (size_t k = 0; k < sensor->prefix_count; k++)
            inside =
                inside || (k != i && prefix_has(&sensor->prefixes[k].prefix, prefix->first) &&
                           prefix_has(&sensor->prefixes[k].prefix, prefix->last));
        if (addr_is_v4(prefix->first) && !inside)
            sum += (double)(addr_v4(prefix->last) - addr_v4(prefix->first)) + 1;
    }
    return sum > 0 ? sum : NAN;
}
