/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/route.h"
#include "server/taxii.h"

static const char *found(const char *method, const char *url)
{
    struct route_path path;
    static char methods[32];
    const struct route *route = route_find(method, url, &path, methods);

    return route == NULL ? methods : route->path;
}

static void segments_in_braces_stand_for_one_segment(void **state)
{
    struct route_path path;
    char methods[32];

    (void)state;
    assert_string_equal(found("GET", "/feeds/edl"), "/feeds/{feed}");
    assert_string_equal(found("GET", "/feeds/misp/a.json"), "/feeds/{feed}/{file}");
    assert_string_equal(found("GET", "/feeds/"), "");
    assert_string_equal(found("GET", "/feeds//a"), "");
    assert_string_equal(found("GET", "/feeds/misp/a/b"), "");
    assert_string_equal(found("GET", "/taxii2"), "");
    assert_non_null(route_find("GET", "/taxii2/nightjar/collections/a/objects/b/versions/",
                               &path, methods));
    assert_int_equal(path.count, 2);
    assert_string_equal(path.items[0].name, "collection");
    assert_string_equal(path.items[0].value, "a");
    assert_string_equal(path.items[1].value, "b");
}

static void methods_of_a_path_are_told(void **state)
{
    (void)state;
    assert_string_equal(found("PUT", "/api/v1/brief/3"), "GET, DELETE");
    assert_string_equal(found("HEAD", "/api/v1/brief/3"), "/api/v1/brief/{brief}");
}

static void values_that_are_too_long_are_none(void **state)
{
    char url[ROUTE_VALUE_MAX + 16] = "/feeds/";

    (void)state;
    memset(url + 7, 'a', ROUTE_VALUE_MAX);
    assert_string_equal(found("GET", url), "");
    url[7 + ROUTE_VALUE_MAX - 1] = '\0';
    assert_string_equal(found("GET", url), "/feeds/{feed}");
}

static void taxii_is_accepted_in_its_version(void **state)
{
    (void)state;
    assert_true(taxii_accepted("application/taxii+json;version=2.1"));
    assert_true(taxii_accepted("application/taxii+json; version=\"2.1\"; charset=utf-8"));
    assert_true(taxii_accepted("text/html, Application/TAXII+json"));
    assert_true(taxii_accepted("*/*"));
    assert_false(taxii_accepted(NULL));
    assert_false(taxii_accepted(""));
    assert_false(taxii_accepted("application/taxii+json;version=2.0"));
    assert_false(taxii_accepted("application/taxii+json;version=2.10"));
    assert_false(taxii_accepted("application/taxii+jsonx"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_in_braces_stand_for_one_segment),
        cmocka_unit_test(methods_of_a_path_are_told),
        cmocka_unit_test(values_that_are_too_long_are_none),
        cmocka_unit_test(taxii_is_accepted_in_its_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
