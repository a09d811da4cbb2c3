/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/sensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sensors {
    const struct sensor *items;
    uint32_t *names; /* name number of each */
    bool *lit;       /* whether it has lit prefixes */
    size_t count;
    bool by_prefix;             /* else all packets are `fallback`'s */
    const struct sensor *fixed; /* the chosen sensor, if it is configured */
    uint32_t fallback;          /* name number of the chosen or default sensor */
    char stream[SENSOR_NAME_MAX];
};

struct sensors *sensors_new(const struct sensor *items, size_t count, const char *chosen,
                            struct nj_intern *names)
{
    struct sensors *sensors = calloc(1, sizeof(*sensors));

    if (sensors == NULL)
        return NULL;
    sensors->items = items;
    sensors->count = count;
    sensors->names = calloc(count + 1, sizeof(*sensors->names));
    sensors->lit = calloc(count + 1, sizeof(*sensors->lit));
    if (sensors->names == NULL || sensors->lit == NULL) {
        sensors_free(sensors);
        return NULL;
    }
    (void)snprintf(sensors->stream, sizeof(sensors->stream), "%s",
                   chosen == NULL ? "default" : chosen);
    sensors->fallback = nj_intern_z(names, sensors->stream);
    for (size_t i = 0; i < count; i++) {
        sensors->names[i] = nj_intern_z(names, items[i].name);
        if (sensors->names[i] == sensors->fallback)
            sensors->fixed = &items[i];
        if (chosen == NULL && items[i].prefix_count > 0)
            sensors->by_prefix = true;
        for (size_t k = 0; k < items[i].prefix_count; k++)
            sensors->lit[i] |= items[i].prefixes[k].lit;
    }
    return sensors;
}

void sensors_free(struct sensors *sensors)
{
    if (sensors == NULL)
        return;
    free(sensors->lit);
    free(sensors->names);
    free(sensors);
}

const char *sensors_stream(const struct sensors *sensors)
{
    return sensors->stream;
}

static bool has_address(const struct sensor *sensor, struct addr a)
{
    for (size_t i = 0; i < sensor->prefix_count; i++)
        if (prefix_has(&sensor->prefixes[i].prefix, a))
            return true;
    return false;
}

/* Towards the sensor, from it, or neither. */
static bool direction_at(const struct sensor *sensor, struct packet *packet)
{
    if (has_address(sensor, packet->dst))
        packet->direction = DIRECTION_IN;
    else if (has_address(sensor, packet->src))
        packet->direction = DIRECTION_OUT;
    else
        return false;
    return true;
}

bool sensors_assign(const struct sensors *sensors, struct packet *packet)
{
    packet->direction = DIRECTION_IN;
    packet->sensor = sensors->fallback;
    if (!sensors->by_prefix)
        return sensors->fixed == NULL || sensors->fixed->prefix_count == 0 ||
               direction_at(sensors->fixed, packet);
    for (size_t i = 0; i < sensors->count; i++) {
        if (direction_at(&sensors->items[i], packet)) {
            packet->sensor = sensors->names[i];
            return true;
        }
    }
    return false;
}

void sensors_assign_row(const struct sensors *sensors, struct packet *packet)
{
    if (packet->sensor != NJ_INTERN_NONE)
        return;
    packet->sensor = sensors->fallback;
    for (size_t i = 0; sensors->by_prefix && i < sensors->count; i++)
        if (has_address(&sensors->items[i], packet->dst))
            packet->sensor = sensors->names[i];
}

bool sensors_have_lit(const struct sensors *sensors)
{
    for (size_t i = 0; i < sensors->count; i++)
        if (sensors->lit[i])
            return true;
    return false;
}

bool sensors_places(const struct sensors *sensors, const struct packet *packet,
                    enum sensor_place *ret_src, enum sensor_place *ret_dst)
{
    for (size_t i = 0; i < sensors->count; i++) {
        if (!sensors->lit[i] || sensors->names[i] != packet->sensor)
            continue;
        *ret_src = sensor_place(&sensors->items[i], packet->src);
        *ret_dst = sensor_place(&sensors->items[i], packet->dst);
        return true;
    }
    return false;
}

int64_t sensors_gather_s(const struct sensors *sensors, const struct packet *packet)
{
    for (size_t i = 0; i < sensors->count; i++)
        if (sensors->names[i] == packet->sensor && sensors->items[i].gather_s >= 0)
            return sensors->items[i].gather_s;
    return packet->row ? 0 : SENSOR_GATHER_DEFAULT_S;
}
