/* SPDX-License-Identifier: Apache-2.0 */
#include "report/facts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/span.h"
#include "base/text.h"

const char *fact_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

const char *fact_or_unknown(const json_t *object, const char *name)
{
    const char *text = fact_text(object, name);

    return text[0] == '\0' ? "unknown" : text;
}

double fact_number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

uint64_t fact_count(const json_t *object, const char *name)
{
    double number = fact_number(object, name);

    return number >= 1 && number < 1e18 ? (uint64_t)number : 0;
}

bool fact_true(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

json_t *fact_list(const json_t *object, const char *name)
{
    json_t *list = json_object_get(object, name);

    return json_is_array(list) ? list : NULL;
}

void fact_set_number(json_t *object, const char *name, double number)
{
    (void)json_object_set_new(object, name, isfinite(number) ? json_real(number) : json_null());
}

void fact_set_count(json_t *object, const char *name, uint64_t count)
{
    (void)json_object_set_new(object, name, json_integer((json_int_t)count));
}

void fact_set_text(json_t *object, const char *name, const char *text)
{
    json_t *value = json_string(text);

    (void)json_object_set_new(object, name, value == NULL ? json_string("") : value);
}

void fact_say(json_t *object, const char *list, const char *format, ...)
{
    json_t *sentences = fact_list(object, list);
    char *sentence = NULL;
    va_list args;

    if (sentences == NULL) {
        sentences = json_array();
        if (json_object_set_new(object, list, sentences) < 0)
            return;
    }
    va_start(args, format);
    if (vasprintf(&sentence, format, args) >= 0) {
        (void)json_array_append_new(sentences, json_string(sentence));
        free(sentence);
    }
    va_end(args);
}

const char *fact_percent(double share, char buffer[FACT_TEXT])
{
    double percent = 100 * share;

    if (!isfinite(share))
        (void)snprintf(buffer, FACT_TEXT, "unknown");
    else if (percent > 0 && percent < 0.005)
        (void)snprintf(buffer, FACT_TEXT, "under 0.01 %%");
    else
        (void)snprintf(buffer, FACT_TEXT, "%.*f %%", fabs(percent) >= 1 || percent == 0 ? 1 : 2,
                       percent);
    return buffer;
}

const char *fact_chance(double p, char buffer[FACT_TEXT])
{
    if (p < 1e-300)
        (void)snprintf(buffer, FACT_TEXT, "< 1e-300");
    else
        (void)snprintf(buffer, FACT_TEXT, "= %.2g", p);
    return buffer;
}

static bool day_of(int64_t seconds, struct tm *ret)
{
    time_t when = (time_t)seconds;

    return gmtime_r(&when, ret) != NULL;
}

const char *fact_day(int64_t us, char buffer[FACT_TEXT])
{
    struct tm tm;

    buffer[0] = '\0';
    if (day_of(nj_floor_div(us, US_PER_S), &tm))
        (void)strftime(buffer, FACT_TEXT, "%Y-%m-%d", &tm);
    return buffer;
}

const char *fact_minute(const json_t *object, const char *name, char buffer[FACT_TEXT])
{
    (void)snprintf(buffer, FACT_TEXT, "%.16s", fact_text(object, name));
    if (strlen(buffer) > 10)
        buffer[10] = ' ';
    return buffer;
}

const char *fact_week(int32_t monday, char buffer[FACT_TEXT])
{
    struct tm tm;

    buffer[0] = '\0';
    if (day_of((int64_t)monday * 86400, &tm))
        (void)strftime(buffer, FACT_TEXT, "%G-W%V", &tm);
    return buffer;
}

const char *fact_of(uint64_t count, const char *noun, char buffer[64])
{
    if (count == 1)
        (void)snprintf(buffer, 64, "one %s", noun);
    else
        (void)snprintf(buffer, 64, "%s %s%s", GROUPED(count), noun,
                       strlen(noun) > 2 && strcmp(noun + strlen(noun) - 2, "ss") == 0 ? "es"
                                                                                      : "s");
    return buffer;
}

const char *fact_country(const char *code, char buffer[64])
{
    FILE *in;
    char line[160];

    if (code[0] == '\0' || strcmp(code, "?") == 0)
        return code[0] == '\0' ? "all countries" : "unknown places";
    (void)snprintf(buffer, 64, "%s", code);
    in = fopen("/usr/share/zoneinfo/iso3166.tab", "re");
    while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
        if (strlen(code) != 2 || memcmp(line, code, 2) != 0 || line[2] != '\t')
            continue;
        line[strcspn(line, "\n")] = '\0';
        (void)snprintf(buffer, 64, "%.60s", line + 3);
        break;
    }
    if (in != NULL)
        (void)fclose(in);
    return buffer;
}

void fact_item(struct fact_items *list, const char *format, ...)
{
    va_list args;

    if (list->count < FACT_ITEMS) {
        va_start(args, format);
        (void)vsnprintf(list->items[list->count], sizeof(list->items[0]), format, args);
        va_end(args);
    }
    list->count++;
}

const char *fact_list_text(const struct fact_items *list, char buffer[FACT_LIST])
{
    size_t shown = list->count < FACT_ITEMS ? list->count : FACT_ITEMS, used = 0;
    bool all = shown == list->count;

    buffer[0] = '\0';
    for (size_t i = 0; i < shown; i++) {
        bool last = all && i > 0 && i + 1 == shown;
        const char *before = i == 0 ? "" : !last ? list->between : " and ";

        used += (size_t)snprintf(buffer + used, FACT_LIST - used, "%s%s%s",
                                 last && list->between[0] == ';' ? ";" : "", before,
                                 list->items[i]);
    }
    if (!all)
        (void)snprintf(buffer + used, FACT_LIST - used, " and %zu other%s", list->count - shown,
                       list->count - shown == 1 ? "" : "s");
    return buffer;
}
