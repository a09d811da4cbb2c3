/* SPDX-License-Identifier: Apache-2.0 */
#include "about/about.h"

#include <math.h>

#include "base/text_json.h"

static json_t *degrees_or_null(double degrees)
{
    return isnan(degrees) ? json_null() : json_real(degrees);
}

json_t *about_place(struct addr source, const struct place_detail *detail)
{
    char text[ADDR_TEXT_MAX];
    json_t *object = json_object();

    (void)json_object_set_new(object, "source", json_string(addr_text(source, text)));
    (void)json_object_set_new(object, "hostname", json_null());
    (void)json_object_set_new(object, "isp", text_json_or_null(detail->isp));
    (void)json_object_set_new(object, "organisation", text_json_or_null(detail->organisation));
    (void)json_object_set_new(object, "country", text_json_or_null(detail->place.country));
    (void)json_object_set_new(
        object, "asn", detail->place.asn == 0 ? json_null() : json_integer(detail->place.asn));
    (void)json_object_set_new(object, "as_name", text_json_or_null(detail->as_name));
    (void)json_object_set_new(object, "region", text_json_or_null(detail->region));
    (void)json_object_set_new(object, "city", text_json_or_null(detail->city));
    (void)json_object_set_new(object, "lat", degrees_or_null(detail->lat));
    (void)json_object_set_new(object, "lon", degrees_or_null(detail->lon));
    return object;
}

int about_source(struct store *store, struct addr source, const struct place_detail *detail,
                 json_t **ret, struct nj_err *err)
{
    json_t *known = NULL, *object;
    int rc = store_source(store, source, &known, err);

    if (rc != 0)
        return rc;
    object = about_place(source, detail);
    if (object == NULL || json_object_update(object, known) < 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for the answer");
    else
        rc = about_testimony(store, source, detail, object, err);
    if (rc < 0)
        json_decref(object);
    else
        *ret = object;
    json_decref(known);
    return rc;
}
