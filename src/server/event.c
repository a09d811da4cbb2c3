/* SPDX-License-Identifier: Apache-2.0 */
#include "server/event.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "store/cell.h"

static void add_text(struct text *text, const char *name, const char *value)
{
    text_addf(text, ",\"%s\":", name);
    if (value[0] == '\0')
        text_add_z(text, "null");
    else
        text_json(text, value, strlen(value));
}

static void add_place(struct text *text, const char *lat_name, double lat, const char *lon_name,
                      double lon)
{
    if (isnan(lat) || isnan(lon))
        return;
    text_addf(text, ",\"%s\":%.3f,\"%s\":%.3f", lat_name, lat, lon_name, lon);
}

static void add_proto(struct text *text, uint8_t proto)
{
    const char *name = proto == 6     ? "tcp"
                       : proto == 17  ? "udp"
                       : proto == 1   ? "icmp"
                       : proto == 58  ? "icmpv6"
                       : proto == 132 ? "sctp"
                                      : NULL;

    if (name != NULL)
        text_addf(text, ",\"proto\":\"%s\"", name);
    else
        text_addf(text, ",\"proto\":\"%u\"", proto);
}

void event_visit(struct server *server, struct batch *batch, const struct map_visit *visit,
                 uint64_t stands_for)
{
    const struct sensor *sensor = config_sensor(server->settings->config, visit->sensor);
    struct text *text = &batch->rows;
    const struct port_info *info;
    struct place_detail detail;
    char address[ADDR_TEXT_MAX];

    lookup_detail(server, visit->src, &detail);
    text_add_z(text, batch->shown == 0 ? "{\"ts\":\"" : ",{\"ts\":\"");
    text_time(text, visit->ts_us);
    text_addf(text, "\",\"src\":\"%s\"", addr_text(visit->src, address));
    add_text(text, "country",
             visit->country[0] != '\0' ? visit->country : detail.place.country);
    if (visit->asn != 0)
        text_addf(text, ",\"asn\":%" PRIu32, visit->asn);
    add_text(text, "city", detail.city);
    add_place(text, "lat", detail.lat, "lon", detail.lon);
    add_text(text, "sensor", visit->sensor);
    if (sensor != NULL)
        add_place(text, "sensor_lat", sensor->lat, "sensor_lon", sensor->lon);
    add_proto(text, visit->proto);
    text_addf(text, ",\"dport\":%u", visit->dport);
    info = ports_find(server->options.ports, visit->dport, visit->proto);
    add_text(text, "service", info == NULL ? "" : info->service);
    add_text(text, "category", info == NULL ? "" : info->category);
    add_text(text, "class", visit->class);
    add_text(text, "tool", visit->tool);
    add_text(text, "app", visit->app);
    text_addf(text, ",\"sessions\":%" PRIu64 ",\"stands_for\":%" PRIu64 "}", visit->sessions,
              stands_for);
    if (batch->shown == 0 || visit->ts_us < batch->first_us)
        batch->first_us = visit->ts_us;
    if (batch->shown == 0 || visit->ts_us > batch->last_us)
        batch->last_us = visit->ts_us;
    batch->shown++;
    batch->shown_sessions += visit->sessions;
}

void event_visits(struct server *server, struct batch *batch, const struct map_visit *visits,
                  size_t count, uint64_t seen, uint64_t sessions)
{
    uint64_t own = 0, shown = 0, told = 0;

    for (size_t i = 0; i < count; i++)
        own += visits[i].sessions;
    for (size_t i = 0; i < count; i++) {
        uint64_t upto;

        shown += visits[i].sessions;
        upto =
            own == 0 ? 0 : (uint64_t)((double)sessions * ((double)shown / (double)own) + 0.5);
        event_visit(server, batch, &visits[i], upto - told);
        told = upto;
    }
    batch->seen += seen;
    batch->sessions += sessions;
}

void event_batch(struct ring *ring, struct batch *batch)
{
    struct text text = {0};

    if (batch->shown == 0 && batch->seen == 0 && batch->unjudged == 0)
        return;
    text_addf(&text, "{\"shown\":%" PRIu64 ",\"visits_seen\":%" PRIu64 ",\"sessions\":%" PRIu64,
              batch->shown, batch->seen, batch->sessions);
    if (batch->unjudged > 0)
        text_addf(&text, ",\"unjudged\":%" PRIu64, batch->unjudged);
    if (batch->shown > 0) {
        text_add_z(&text, ",\"from\":\"");
        text_time(&text, batch->first_us);
        text_add_z(&text, "\",\"to\":\"");
        text_time(&text, batch->last_us);
        text_add_z(&text, "\"");
    }
    text_add_z(&text, ",\"visits\":[");
    text_add(&text, batch->rows.length > 0 ? batch->rows.bytes : "", batch->rows.length);
    text_add_z(&text, "]}");
    if (!text.no_memory && !batch->rows.no_memory)
        (void)ring_add(ring, "visits", text.bytes, text.length, batch->sessions);
    text_done(&text);
    batch->rows.length = 0;
    batch->rows.no_memory = false;
    batch->shown = batch->shown_sessions = batch->seen = batch->sessions = batch->unjudged = 0;
}

void event_batch_done(struct batch *batch)
{
    text_done(&batch->rows);
}

/* Whether visits of an address may fit. */
static bool may_fit(struct server *server, const struct filter_match *match,
                    struct addr address, int64_t ts_us)
{
    struct place_detail detail = {.lat = NAN};
    struct live_row row = {.ts_us = ts_us, .asn = FILTER_NULL, .src = address};

    lookup_detail(server, address, &detail);
    row.country = detail.place.country;
    if (detail.place.asn != 0)
        row.asn = detail.place.asn;
    return filter_match_row(match, &row, live_noticed_fields()) != FILTER_NO;
}

bool event_fits(struct server *server, const struct filter_match *match,
                const struct stored_event *event)
{
    if (addr_is_none(event->source))
        return true;
    return may_fit(server, match, event->source, event->packet_us) ||
           (!addr_is_none(event->other) &&
            may_fit(server, match, event->other, event->packet_us));
}

void event_noticed(struct ring *ring, const struct stored_event *event)
{
    struct cell cells[EVENT_COLUMNS];
    struct text text = {0};
    char actor[32];

    event_cells(event, cells, actor);
    for (size_t i = 0; i < EVENT_COLUMNS; i++) {
        text_addf(&text, "%s\"%s\":", i == 0 ? "{" : ",", event_columns[i]);
        cell_to_json(&text, &cells[i]);
    }
    text_add_z(&text, "}");
    if (!text.no_memory)
        (void)ring_add(ring, "event", text.bytes, text.length, 0);
    text_done(&text);
}

void event_clock(struct ring *ring, int64_t time_us, uint64_t sessions)
{
    struct text text = {0};

    text_add_z(&text, "{\"time\":");
    if (time_us == INT64_MIN) {
        text_add_z(&text, "null");
    } else {
        text_add_z(&text, "\"");
        text_time(&text, time_us);
        text_add_z(&text, "\"");
    }
    text_addf(&text, ",\"sessions\":%" PRIu64 "}", sessions);
    if (!text.no_memory)
        (void)ring_add(ring, "clock", text.bytes, text.length, 0);
    text_done(&text);
}
