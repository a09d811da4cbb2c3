/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/mmdb_record.h"

#include <math.h>
#include <string.h>

#include "enrich/name.h"

#define PATH(...)                                                                              \
    (const char *const[])                                                                      \
    {                                                                                          \
        __VA_ARGS__, NULL                                                                      \
    }

/* The first of up to four paths that leads to a value of this type. `paths` ends with NULL. */
static int first_text(const struct record_section *section, size_t offset,
                      const char *const *const *paths, struct record_value *ret_value,
                      struct nj_err *err)
{
    for (; *paths != NULL; paths++) {
        int rc = record_find(section, offset, *paths, ret_value, err);

        if (rc < 0)
            return -1;
        if (rc == 0 && ret_value->type == RECORD_TEXT && ret_value->length > 0)
            return 0;
    }
    return RECORD_ABSENT;
}

#define FIRST_TEXT(section, offset, value, err, ...)                                           \
    first_text(section, offset, (const char *const *const[]){__VA_ARGS__, NULL}, value, err)

static bool is_country(const struct record_value *text)
{
    return text->length == 2 && text->bytes[0] >= 'A' && text->bytes[0] <= 'Z' &&
           text->bytes[1] >= 'A' && text->bytes[1] <= 'Z';
}

/* "AS64496" or "64496"; 0 if it is neither. */
static uint32_t as_number(const struct record_value *text)
{
    size_t i = text->length > 2 && memcmp(text->bytes, "AS", 2) == 0 ? 2 : 0;
    uint64_t number = 0;

    if (text->length - i > 10)
        return 0;
    for (; i < text->length; i++) {
        if (text->bytes[i] < '0' || text->bytes[i] > '9')
            return 0;
        number = 10 * number + (text->bytes[i] - '0');
    }
    return number > UINT32_MAX ? 0 : (uint32_t)number;
}

int mmdb_record_place(const struct record_section *section, size_t offset,
                      struct mmdb_place *ret_place, struct nj_err *err)
{
    struct record_value value;
    int rc;

    *ret_place = (struct mmdb_place){.asn = 0};
    rc = FIRST_TEXT(section, offset, &value, err, PATH("country_code"),
                    PATH("country", "iso_code"), PATH("country"),
                    PATH("registered_country", "iso_code"));
    if (rc < 0)
        return -1;
    if (rc == 0 && is_country(&value))
        memcpy(ret_place->country, value.bytes, 2);

    rc = record_find(section, offset, PATH("autonomous_system_number"), &value, err);
    if (rc == RECORD_ABSENT)
        rc = record_find(section, offset, PATH("asn"), &value, err);
    if (rc < 0)
        return -1;
    if (rc == 0 && value.type == RECORD_TEXT) {
        ret_place->asn = as_number(&value);
    } else if (rc == 0) {
        double number = record_number(&value);

        ret_place->asn = number >= 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
    }
    return 0;
}

/* A number within [-most, most], or NAN. */
static int read_degrees(const struct record_section *section, size_t offset, const char *key,
                        double most, double *ret_degrees, struct nj_err *err)
{
    struct record_value value;
    double number = NAN;
    int rc = record_find(section, offset, PATH(key), &value, err);

    if (rc == RECORD_ABSENT)
        rc = record_find(section, offset, PATH("location", key), &value, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        number = record_number(&value);
    *ret_degrees = number >= -most && number <= most ? number : NAN;
    return 0;
}

int mmdb_record_as_name(const struct record_section *section, size_t offset,
                        struct record_value *ret_name, struct nj_err *err)
{
    return FIRST_TEXT(section, offset, ret_name, err, PATH("autonomous_system_organization"),
                      PATH("as_name"));
}

/* ISP, organisation and the name of the AS, as MaxMind's and IPinfo's files call them. */
static int read_owners(const struct record_section *section, size_t offset,
                       struct mmdb_detail *ret_detail, struct nj_err *err)
{
    struct record_value value;
    int rc = FIRST_TEXT(section, offset, &value, err, PATH("isp"), PATH("traits", "isp"));

    if (rc == 0)
        (void)name_clean(value.bytes, value.length, ret_detail->isp, sizeof(ret_detail->isp));
    if (rc >= 0)
        rc = FIRST_TEXT(section, offset, &value, err, PATH("organization"),
                        PATH("traits", "organization"), PATH("company", "name"));
    if (rc == 0)
        (void)name_clean(value.bytes, value.length, ret_detail->organisation,
                         sizeof(ret_detail->organisation));
    if (rc >= 0)
        rc = mmdb_record_as_name(section, offset, &value, err);
    if (rc == 0)
        (void)name_clean(value.bytes, value.length, ret_detail->as_name,
                         sizeof(ret_detail->as_name));
    return rc < 0 ? -1 : 0;
}

int mmdb_record_detail(const struct record_section *section, size_t offset,
                       struct mmdb_detail *ret_detail, struct nj_err *err)
{
    struct record_value value;
    int rc;

    *ret_detail = (struct mmdb_detail){.lat = NAN, .lon = NAN};
    rc = FIRST_TEXT(section, offset, &value, err, PATH("state1"), PATH("region"),
                    PATH("subdivisions", "0", "names", "en"));
    if (rc == 0)
        (void)name_clean(value.bytes, value.length, ret_detail->region,
                         sizeof(ret_detail->region));
    if (rc >= 0)
        rc =
            FIRST_TEXT(section, offset, &value, err, PATH("city"), PATH("city", "names", "en"));
    if (rc == 0)
        (void)name_clean(value.bytes, value.length, ret_detail->city, sizeof(ret_detail->city));
    if (rc < 0 || read_owners(section, offset, ret_detail, err) < 0 ||
        read_degrees(section, offset, "latitude", 90, &ret_detail->lat, err) < 0)
        return -1;
    return read_degrees(section, offset, "longitude", 180, &ret_detail->lon, err);
}
