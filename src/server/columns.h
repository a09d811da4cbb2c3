/* SPDX-License-Identifier: Apache-2.0 */
/* What rows of answers have, described once. Each list ends with a NULL name. */
#ifndef NJ_SERVER_COLUMNS_H
#define NJ_SERVER_COLUMNS_H

#include "server/route.h"

extern const struct route_column top_row[];
extern const struct route_column timeline_row[];
extern const struct route_column findings_row[];
extern const struct route_column episodes_row[];
extern const struct route_column hops_row[];
extern const struct route_column links_row[];
extern const struct route_column actors_row[];
extern const struct route_column suspects_row[];
extern const struct route_column event_row[];
extern const struct route_column decision_row[];
extern const struct route_column history_row[];
extern const struct route_column sensor_row[];
extern const struct route_column feed_row[];
extern const struct route_column field_row[];
extern const struct route_column brief_row[];
extern const struct route_column family_row[];

#endif
