/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the files in the order of the configuration. Sources of traffic come back, and rows of
 * one source come close together, so the last answer for each of 64 k places is kept. */
#include "enrich/enrich.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "enrich/asn_kept.h"
#include "enrich/mmdb.h"
#include "model/special.h"

#define CACHE_BITS 16u
#define TOGETHER 16u /* addresses that are looked up together */

#define REMEDY "fetch it again, or name another in [geo] of the configuration"

/* An open file: `mmdb` or `csv`, or neither if it can't be used. */
struct file {
    struct mmdb *mmdb;
    struct v4_map *flat; /* what `mmdb` says of IPv4; NULL: ask it */
    struct asn_table *csv;
    struct as_names *names; /* of AS numbers in `mmdb`; NULL: it tells none */
};

/* files[i] belongs to sources[i]; the kinds stand one behind the other. */
struct span {
    size_t from, to;
};

struct cached {
    struct addr addr;
    struct place place;
    bool taken;
};

struct enrich {
    struct enrich_source sources[ENRICH_SOURCES_MAX];
    struct file files[ENRICH_SOURCES_MAX];
    size_t count;
    struct span country, city, asn;
    struct cached cache[1u << CACHE_BITS];
};

/* ---- opening ------------------------------------------------------------------------------*/

__attribute__((format(printf, 2, 3))) static void problem(struct enrich_source *source,
                                                          const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(source->problem, sizeof(source->problem), format, args);
    va_end(args);
}

/* @return -1 only without memory; any other fault becomes the source's problem */
static int open_mmdb(const struct enrich_paths *paths, struct enrich_source *source,
                     struct file *file, struct nj_err *err)
{
    bool asn = strcmp(source->kind, "asn") == 0, city = strcmp(source->kind, "city") == 0;
    struct mmdb_about about;
    bool fits;
    int rc = 0;

    if (mmdb_open(source->path, &file->mmdb, err) < 0) {
        if (err->code == NJ_NOMEM)
            return -1;
        problem(source, "%.120s; " REMEDY, err->msg);
        return 0;
    }
    mmdb_about(file->mmdb, &about);
    source->built = about.built;
    source->entries = about.nodes;
    fits = asn ? about.asn : city ? about.detail : about.country;
    if (!fits) {
        problem(source, "its first records hold no %s; is it under the right key of [geo]?",
                asn    ? "AS number"
                : city ? "region, city or place"
                       : "country code");
        return 0;
    }
    if (asn && (file->names = as_names_new()) == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for names");
    if (asn)
        rc = mmdb_flatten(file->mmdb, file->names, &file->flat, err);
    else if (!city)
        rc = asn_kept_flatten(paths->kept, paths->now_s, source->path, file->mmdb, &file->flat,
                              err);
    if (rc < 0) {
        if (err->code == NJ_NOMEM)
            return -1;
        if (err->code != NJ_LIMIT)
            problem(source, "%.120s; " REMEDY, err->msg);
    }
    return 0;
}

/* A date of a file that does not say its own. scripts/setup notes the packages that it fetched:
 * "asn ip-location-db-asn-2.3.2026061719" in VERSIONS is of the files asn-*, of 2026-06-17. */
static int64_t date_beside(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    char versions[600], line[256], package[64];
    struct stat st;
    FILE *in;
    int64_t date = 0;

    (void)snprintf(versions, sizeof(versions), "%.*sVERSIONS", (int)(name - path), path);
    in = fopen(versions, "re");
    while (in != NULL && date == 0 && fgets(line, sizeof(line), in) != NULL) {
        struct tm tm = {.tm_mday = 1};
        const char *dot = strrchr(line, '.');

        if (dot != NULL && sscanf(line, "%63s", package) == 1 &&
            strncmp(name, package, strlen(package)) == 0 &&
            sscanf(dot, ".%4d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) == 3 &&
            tm.tm_year >= 2000 && tm.tm_mon >= 1 && tm.tm_mon <= 12 && tm.tm_mday >= 1 &&
            tm.tm_mday <= 31) {
            tm.tm_year -= 1900;
            tm.tm_mon--;
            date = (int64_t)timegm(&tm);
        }
    }
    if (in != NULL)
        (void)fclose(in);
    /* Packers give files a date of the last century where the content shall decide alone. */
    if (date == 0 && stat(path, &st) == 0 && st.st_mtim.tv_sec >= 946684800)
        date = (int64_t)st.st_mtim.tv_sec;
    return date;
}

static int open_csv(const struct enrich_paths *paths, struct enrich_source *source,
                    struct file *file, struct nj_err *err)
{
    bool countries = strcmp(source->kind, "asn") != 0;
    struct asn_csv_counts counts;

    if (asn_kept_load(paths->kept, paths->now_s, source->path, countries, &file->csv, &counts,
                      err) < 0) {
        if (err->code == NJ_NOMEM)
            return -1;
        problem(source, "%.120s; " REMEDY, err->msg);
        return 0;
    }
    source->entries = counts.rows;
    source->built = date_beside(source->path);
    if (counts.refused > 0)
        problem(
            source,
            "%" PRIu64
            " lines are no rows START,END,AS,NAME (or COUNTRY) and were left out, the first is "
            "line %" PRIu64 "; " REMEDY,
            counts.refused, counts.bad_line);
    return 0;
}

/* Whether its first line has fields: then it is no MaxMind-format file. */
static bool has_rows(const char *path)
{
    char line[256] = "";
    FILE *in = mmdb_is(path) ? NULL : fopen(path, "re");

    if (in == NULL)
        return false;
    (void)fgets(line, sizeof(line), in);
    (void)fclose(in);
    return strpbrk(line, ",\t") != NULL;
}

static int open_all(struct enrich *enrich, const struct enrich_paths *all, const char *kind,
                    const char *const *paths, struct span *ret_span, struct nj_err *err)
{
    ret_span->from = enrich->count;
    for (size_t i = 0; i < ENRICH_FILES_MAX && paths[i] != NULL; i++) {
        struct enrich_source *source = &enrich->sources[enrich->count];
        struct file *file = &enrich->files[enrich->count];
        int rc;

        enrich->count++;
        (void)snprintf(source->kind, sizeof(source->kind), "%s", kind);
        if (strlen(paths[i]) >= sizeof(source->path)) {
            (void)snprintf(source->path, sizeof(source->path), "%.500s...", paths[i]);
            problem(source, "its path is longer than %zu bytes", sizeof(source->path) - 1);
            continue;
        }
        memcpy(source->path, paths[i], strlen(paths[i]) + 1);
        if (strcmp(kind, "asn") == 0 ? !mmdb_is(source->path)
                                     : strcmp(kind, "country") == 0 && has_rows(source->path))
            rc = open_csv(all, source, file, err);
        else
            rc = open_mmdb(all, source, file, err);
        if (rc < 0)
            return nj_within(err, "%s", source->path);
    }
    ret_span->to = enrich->count;
    return 0;
}

int enrich_open(const struct enrich_paths *paths, struct enrich **ret_enrich,
                struct nj_err *err)
{
    struct enrich *enrich = calloc(1, sizeof(*enrich));
    struct nj_err own;

    if (err == NULL)
        err = &own;
    if (enrich == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for country and AS look-up");
    if (open_all(enrich, paths, "country", paths->country, &enrich->country, err) < 0 ||
        open_all(enrich, paths, "city", paths->city, &enrich->city, err) < 0 ||
        open_all(enrich, paths, "asn", paths->asn, &enrich->asn, err) < 0) {
        enrich_free(enrich);
        return -1;
    }
    *ret_enrich = enrich;
    return 0;
}

void enrich_free(struct enrich *enrich)
{
    if (enrich == NULL)
        return;
    for (size_t i = 0; i < enrich->count; i++) {
        mmdb_close(enrich->files[i].mmdb);
        v4_map_free(enrich->files[i].flat);
        asn_table_free(enrich->files[i].csv);
        as_names_free(enrich->files[i].names);
    }
    free(enrich);
}

size_t enrich_sources(const struct enrich *enrich, const struct enrich_source **ret_sources)
{
    *ret_sources = enrich->sources;
    return enrich->count;
}

/* ---- look-up ------------------------------------------------------------------------------*/

/* A file that opened well can still be damaged inside: the first such place is told. */
static void damaged(struct enrich *enrich, size_t i, const struct nj_err *err)
{
    if (enrich->sources[i].problem[0] == '\0')
        problem(&enrich->sources[i], "%.120s; " REMEDY, err->msg);
}

/* What one file says: country, AS number or both; all unknown if nothing. */
static struct mmdb_place ask(struct enrich *enrich, size_t i, struct addr a)
{
    struct mmdb_place found = {.asn = 0};
    struct nj_err err;

    if (enrich->files[i].mmdb != NULL && mmdb_place(enrich->files[i].mmdb, a, &found, &err) < 0)
        damaged(enrich, i, &err);
    return found;
}

/* The two letters of mmdb_country_value; "" for 0. */
static void country_text(uint32_t value, char ret_country[3])
{
    ret_country[0] = (char)(value >> 8);
    ret_country[1] = (char)(value & 255);
    ret_country[2] = '\0';
}

static void find_country(struct enrich *enrich, struct span span, struct addr a,
                         struct place *place)
{
    for (size_t i = span.from; i < span.to && place->country[0] == '\0'; i++) {
        const struct file *file = &enrich->files[i];

        if (file->csv != NULL) {
            country_text(asn_table_find(file->csv, a), place->country);
        } else if (file->flat != NULL && addr_is_v4(a)) {
            country_text(v4_map_find(file->flat, addr_v4(a)), place->country);
        } else {
            struct mmdb_place found = ask(enrich, i, a);

            memcpy(place->country, found.country, sizeof(place->country));
        }
    }
}

static void find_asn(struct enrich *enrich, struct addr a, struct place *place)
{
    for (size_t i = enrich->asn.from; i < enrich->asn.to && place->asn == 0; i++) {
        const struct file *file = &enrich->files[i];

        if (file->csv != NULL)
            place->asn = asn_table_find(file->csv, a);
        else if (file->flat != NULL && addr_is_v4(a))
            place->asn = v4_map_find(file->flat, addr_v4(a));
        else
            place->asn = ask(enrich, i, a).asn;
    }
}

static struct cached *cached_of(struct enrich *enrich, struct addr a)
{
    /* Odd multipliers near 2^64 / phi: the upper bits of the product depend on all of both. */
    uint64_t mix = (a.hi ^ a.lo * 0x9e3779b97f4a7c15u) * 0x9e3779b97f4a7c15u;

    return &enrich->cache[mix >> (64 - CACHE_BITS)];
}

static bool is_cached(const struct cached *cached, struct addr a)
{
    return cached->taken && addr_equal(cached->addr, a);
}

static struct place place_by(struct enrich *enrich, struct cached *cached, struct addr a)
{
    if (!is_cached(cached, a)) {
        *cached = (struct cached){.addr = a, .taken = true};
        if (special_everywhere(a))
            return cached->place; /* some databases give it a registry's country */
        find_country(enrich, enrich->country, a, &cached->place);
        find_country(enrich, enrich->city, a, &cached->place);
        find_asn(enrich, a, &cached->place);
    }
    return cached->place;
}

struct place enrich_place(struct enrich *enrich, struct addr a)
{
    return place_by(enrich, cached_of(enrich, a), a);
}

/* What the files hold of IPv4 as a table, NULL if it is none. */
static const struct v4_map *v4_of(const struct file *file)
{
    return file->csv != NULL ? file->csv->v4 : file->flat;
}

static void places_together(struct enrich *enrich, const struct addr *addrs, size_t count,
                            struct place *ret_places)
{
    struct cached *cached[TOGETHER];
    uint32_t missing[TOGETHER];
    size_t missing_count = 0;

    for (size_t i = 0; i < count; i++) {
        cached[i] = cached_of(enrich, addrs[i]);
        __builtin_prefetch(cached[i], 1);
    }
    for (size_t i = 0; i < count; i++)
        if (addr_is_v4(addrs[i]) && !is_cached(cached[i], addrs[i]))
            missing[missing_count++] = addr_v4(addrs[i]);
    for (size_t f = 0; f < enrich->count; f++) {
        const struct v4_map *map = v4_of(&enrich->files[f]);

        for (size_t i = 0; map != NULL && i < missing_count; i++)
            v4_map_prefetch(map, missing[i]);
    }
    for (size_t f = 0; f < enrich->count; f++) {
        const struct v4_map *map = v4_of(&enrich->files[f]);

        for (size_t i = 0; map != NULL && i < missing_count; i++)
            v4_map_prefetch_borders(map, missing[i]);
    }
    for (size_t i = 0; i < count; i++)
        ret_places[i] = place_by(enrich, cached[i], addrs[i]);
}

void enrich_places(struct enrich *enrich, const struct addr *addrs, size_t count,
                   struct place *ret_places)
{
    for (size_t at = 0; at < count; at += TOGETHER)
        places_together(enrich, addrs + at, count - at < TOGETHER ? count - at : TOGETHER,
                        ret_places + at);
}

#define FILL(to, from)                                                                         \
    ((to)[0] == '\0' ? (void)snprintf((to), sizeof(to), "%.*s", (int)sizeof(to) - 1, (from))   \
                     : (void)0)

/* What one file says of region, city, owners and position goes where nothing stands yet. */
static void fill(struct place_detail *detail, const struct mmdb_detail *found)
{
    if (detail->region[0] == '\0' && detail->city[0] == '\0') {
        FILL(detail->region, found->region);
        FILL(detail->city, found->city);
    }
    FILL(detail->isp, found->isp);
    FILL(detail->organisation, found->organisation);
    if (isnan(detail->lat) && !isnan(found->lat) && !isnan(found->lon)) {
        detail->lat = found->lat;
        detail->lon = found->lon;
    }
}

static struct place_answer answer_csv(struct enrich *enrich, size_t i, struct addr a)
{
    struct place_answer answer = {.built = enrich->sources[i].built};
    uint32_t value = asn_table_find(enrich->files[i].csv, a);

    if (strcmp(enrich->sources[i].kind, "asn") != 0) {
        country_text(value, answer.place.country);
    } else {
        answer.place.asn = value;
        FILL(answer.as_name, enrich_as_name(enrich, value));
    }
    return answer;
}

static struct place_answer answer_mmdb(struct enrich *enrich, size_t i, struct addr a,
                                       struct place_detail *detail)
{
    struct mmdb_place found = ask(enrich, i, a);
    struct place_answer answer = {.built = enrich->sources[i].built,
                                  .place = {.asn = found.asn}};
    struct mmdb_detail more;
    struct nj_err err;
    int rc = mmdb_detail(enrich->files[i].mmdb, a, &more, &err);

    memcpy(answer.place.country, found.country, sizeof(answer.place.country));
    if (rc < 0)
        damaged(enrich, i, &err);
    if (rc != 0)
        return answer;
    fill(detail, &more);
    FILL(answer.as_name, more.as_name);
    FILL(answer.region, more.region);
    FILL(answer.city, more.city);
    FILL(answer.isp, more.isp);
    FILL(answer.organisation, more.organisation);
    return answer;
}

/* One file's answer, if it has any; a file that is named under two keys answers once. */
static void add_answer(struct enrich *enrich, size_t i, struct addr a,
                       struct place_detail *detail)
{
    const char *path = enrich->sources[i].path;
    struct place_answer answer = {0}, *same = NULL;

    if (enrich->files[i].csv != NULL)
        answer = answer_csv(enrich, i, a);
    else if (enrich->files[i].mmdb != NULL)
        answer = answer_mmdb(enrich, i, a, detail);
    if (answer.place.country[0] == '\0' && answer.place.asn == 0 && answer.region[0] == '\0' &&
        answer.city[0] == '\0' && answer.isp[0] == '\0' && answer.organisation[0] == '\0')
        return;
    answer.path = path;
    for (size_t k = 0; k < detail->answer_count && same == NULL; k++)
        same = strcmp(detail->answers[k].path, path) == 0 ? &detail->answers[k] : NULL;
    if (same == NULL) {
        detail->answers[detail->answer_count++] = answer;
        return;
    }
    FILL(same->place.country, answer.place.country);
    FILL(same->as_name, answer.as_name);
    if (same->place.asn == 0)
        same->place.asn = answer.place.asn;
}

void enrich_detail(struct enrich *enrich, struct addr a, struct place_detail *ret_detail)
{
    *ret_detail = (struct place_detail){
        .place = enrich_place(enrich, a),
        .lat = NAN,
        .lon = NAN,
    };
    (void)snprintf(ret_detail->as_name, sizeof(ret_detail->as_name), "%s",
                   enrich_as_name(enrich, ret_detail->place.asn));
    for (size_t i = 0; i < enrich->count; i++)
        add_answer(enrich, i, a, ret_detail);
}

const char *enrich_as_name(const struct enrich *enrich, uint32_t asn)
{
    const char *name = NULL;

    for (size_t i = enrich->asn.from; i < enrich->asn.to && name == NULL; i++) {
        const struct file *file = &enrich->files[i];
        const struct as_names *names = file->csv != NULL ? file->csv->names : file->names;

        name = names == NULL ? NULL : as_names_find(names, asn);
    }
    return name == NULL ? "" : name;
}
