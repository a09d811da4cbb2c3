/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/addr.h"

/* Days since 1970-01-01, counted in years that begin in March, so that the leap day is last. */
int64_t sim_date(int year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t from_march = month <= 2 ? month + 9 : month - 3;
    int64_t days =
        365 * y + y / 4 - y / 100 + y / 400 + (153 * from_march + 2) / 5 + (int64_t)day - 1;

    return (days - 719468) * SIM_DAY;
}

int sim_time_parse(const char *text, bool is_end, int64_t *ret_ns, struct nj_err *err)
{
    static const unsigned month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year;
    unsigned month, day, hour = 0, minute = 0, second = 0;
    int end_day = 0, end_minute = 0, end_second = 0;
    size_t length = strlen(text);
    int64_t ns;

    if (sscanf(text, "%4d-%2u-%2u%nT%2u:%2u%n:%2u%n", &year, &month, &day, &end_day, &hour,
               &minute, &end_minute, &second, &end_second) < 3 ||
        ((size_t)end_day != length && (size_t)end_minute != length &&
         (size_t)end_second != length) ||
        year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 ||
        day > month_days[month - 1] || hour > 23 || minute > 59 || second > 59)
        return nj_fail(err, NJ_CONFIG, "\"%.40s\" is no time like 2014-09-23 or %s", text,
                       "2014-09-23T10:21:00");
    ns = sim_date(year, month, day);
    if ((size_t)end_day == length)
        *ret_ns = is_end ? ns + SIM_DAY : ns;
    else
        *ret_ns = ns + hour * SIM_HOUR + (minute * INT64_C(60) + second) * SIM_SECOND;
    return 0;
}

char *sim_time_text(int64_t time_ns, char *text)
{
    int64_t days = time_ns / SIM_DAY, us = time_ns % SIM_DAY / 1000;
    int64_t z = days + 719468, era = z / 146097, day_of_era = z % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    unsigned day = (unsigned)(day_of_year - (153 * from_march + 2) / 5 + 1);
    unsigned month = (unsigned)(from_march < 10 ? from_march + 3 : from_march - 9);
    unsigned year = (unsigned)(era * 400 + year_of_era + (month <= 2));
    unsigned s = (unsigned)(us / 1000000);

    /* the remainders tell the compiler how long the text can get */
    (void)snprintf(text, SIM_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ", year % 10000,
                   month % 100, day % 100, s / 3600 % 24, s / 60 % 60, s % 60,
                   (unsigned)(us % 1000000));
    return text;
}

static int parse_u64(const char *name, const char *text, uint64_t low, uint64_t high,
                     uint64_t *ret_value, struct nj_err *err)
{
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || v < low || v > high)
        return nj_fail(err, NJ_CONFIG, "%s \"%.40s\": must be a number from %llu to %llu", name,
                       text, (unsigned long long)low, (unsigned long long)high);
    *ret_value = v;
    return 0;
}

static int parse_scale(const char *text, double *ret_scale, struct nj_err *err)
{
    char *end;
    double v = strtod(text, &end);

    if (end == text || *end != '\0' || !(v >= 0.0001 && v <= 100))
        return nj_fail(err, NJ_CONFIG, "--scale \"%.40s\": must be a number from 0.0001 to 100",
                       text);
    *ret_scale = v;
    return 0;
}

static int parse_sensor(const char *text, struct sim_net *ret_net, struct nj_err *err)
{
    struct prefix prefix;
    uint64_t size;

    if (prefix_parse(text, &prefix, err) < 0)
        return nj_within(err, "--sensor");
    if (!addr_is_v4(prefix.first) || !addr_is_v4(prefix.last))
        return nj_fail(err, NJ_CONFIG, "--sensor \"%.40s\": must be an IPv4 prefix", text);
    size = prefix.last.lo - prefix.first.lo + 1;
    ret_net->first = addr_v4(prefix.first);
    ret_net->bits = (unsigned)__builtin_ctzll(size);
    if (ret_net->bits > SIM_NET_BITS_MAX)
        return nj_fail(err, NJ_CONFIG, "--sensor \"%.40s\": must be a /%d or smaller", text,
                       32 - SIM_NET_BITS_MAX);
    return 0;
}

enum { OPT_TRUTH = 256, OPT_SEED, OPT_SENSOR, OPT_FROM, OPT_TO, OPT_SCALE, OPT_PACKETS };
enum { OPT_SOURCES = 300, OPT_HOURS, OPT_GEO, OPT_HELP, OPT_VERSION, OPT_LOG, OPT_HOPS };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"log", required_argument, NULL, OPT_LOG},
    {"truth", required_argument, NULL, OPT_TRUTH},
    {"hops", required_argument, NULL, OPT_HOPS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"sensor", required_argument, NULL, OPT_SENSOR},
    {"from", required_argument, NULL, OPT_FROM},
    {"to", required_argument, NULL, OPT_TO},
    {"scale", required_argument, NULL, OPT_SCALE},
    {"packets", required_argument, NULL, OPT_PACKETS},
    {"sources", required_argument, NULL, OPT_SOURCES},
    {"hours", required_argument, NULL, OPT_HOURS},
    {"geo", required_argument, NULL, OPT_GEO},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static int take(struct sim_options *options, int option, const char *value, struct nj_err *err)
{
    uint64_t n = 0;

    switch (option) {
    case 'o':
        options->out = value;
        return 0;
    case OPT_LOG:
        options->log = value;
        return 0;
    case OPT_TRUTH:
        options->truth = value;
        return 0;
    case OPT_HOPS:
        options->hops = value;
        return 0;
    case OPT_GEO:
        options->geo = value;
        return 0;
    case OPT_HELP:
        options->help = true;
        return 0;
    case OPT_VERSION:
        options->version = true;
        return 0;
    case OPT_SEED:
        return parse_u64("--seed", value, 0, UINT64_MAX, &options->seed, err);
    case OPT_SENSOR:
        options->have_sensor = true;
        return parse_sensor(value, &options->sensor, err);
    case OPT_FROM:
        options->have_from = true;
        return sim_time_parse(value, false, &options->from_ns, err);
    case OPT_TO:
        options->have_to = true;
        return sim_time_parse(value, true, &options->to_ns, err);
    case OPT_SCALE:
        return parse_scale(value, &options->scale, err);
    case OPT_PACKETS:
        return parse_u64("--packets", value, 1, 4000000000u, &options->packets, err);
    case OPT_SOURCES:
        if (parse_u64("--sources", value, 1, 50000000, &n, err) < 0)
            return -1;
        options->sources = (uint32_t)n;
        return 0;
    case OPT_HOURS:
        if (parse_u64("--hours", value, 1, 100000, &n, err) < 0)
            return -1;
        options->hours = (uint32_t)n;
        return 0;
    default:
        return nj_fail(err, NJ_CONFIG, "unknown option, or one without its value");
    }
}

int sim_options_parse(int argc, char **argv, struct sim_options *ret_options,
                      struct nj_err *err)
{
    struct sim_options options = {.seed = 1};
    int option;

    opterr = 0;
    optind = 0;
    while ((option = getopt_long(argc, argv, "o:", long_options, NULL)) != -1) {
        if (option == '?')
            return nj_fail(err, NJ_CONFIG, "\"%.60s\": unknown option, or its value is missing",
                           argv[optind > 0 ? optind - 1 : 0]);
        if (take(&options, option, optarg, err) < 0)
            return -1;
    }
    if (!options.help && !options.version) {
        if (argc - optind != 1)
            return nj_fail(err, NJ_CONFIG, "%d scenarios given, expected one", argc - optind);
        options.scenario = argv[optind];
        if (options.out == NULL && options.log == NULL)
            return nj_fail(err, NJ_CONFIG, "-o FILE is missing");
    }
    *ret_options = options;
    return 0;
}
