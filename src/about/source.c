/* SPDX-License-Identifier: Apache-2.0 */
#include "about/about.h"

static json_t *text_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : json_string(text);
}

/* What databases say, in the order that is promised; the store's part follows. */
static json_t *describe(struct addr source, const struct place_detail *detail)
{
    char text[ADDR_TEXT_MAX];
    json_t *object = json_object();

    (void)json_object_set_new(object, "source", json_string(addr_text(source, text)));
    (void)json_object_set_new(object, "hostname", json_null());
    (void)json_object_set_new(object, "isp", json_null());
    (void)json_object_set_new(object, "organisation", json_null());
    (void)json_object_set_new(object, "country", text_or_null(detail->place.country));
    (void)json_object_set_new(
        object, "asn", detail->place.asn == 0 ? json_null() : json_integer(detail->place.asn));
    (void)json_object_set_new(object, "as_name", text_or_null(detail->as_name));
    (void)json_object_set_new(object, "region", text_or_null(detail->region));
    (void)json_object_set_new(object, "city", text_or_null(detail->city));
    return object;
}

int about_source(struct store *store, struct addr source, const struct place_detail *detail,
                 json_t **ret, struct nj_err *err)
{
    json_t *known = NULL, *object;
    int rc = store_source(store, source, &known, err);

    if (rc != 0)
        return rc;
    object = describe(source, detail);
    if (object == NULL || json_object_update(object, known) < 0) {
        json_decref(object);
        rc = nj_fail(err, NJ_NOMEM, "no memory for the answer");
    } else {
        *ret = object;
    }
    json_decref(known);
    return rc;
}
