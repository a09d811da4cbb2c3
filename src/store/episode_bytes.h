/* SPDX-License-Identifier: Apache-2.0 */
/* An episode's ports and instance keys as the catalog keeps them, and as SQL asks for them. */
#ifndef NJ_STORE_EPISODE_BYTES_H
#define NJ_STORE_EPISODE_BYTES_H

#include <stddef.h>

#include <sqlite3.h>

#include "base/cursor.h"
#include "model/episode.h"

#define EPISODE_PORT_BYTES 16 /* no port takes more */

/** @return how many bytes were written */
size_t episode_ports_pack(const struct episode *episode,
                          uint8_t ret_bytes[EPISODE_PORTS * EPISODE_PORT_BYTES]);
size_t episode_instances_pack(const struct episode *episode,
                              uint8_t ret_bytes[EPISODE_INSTANCES * 8]);

/** The next of the packed ports. @return false: there is none */
bool episode_port_next(struct nj_cursor *c, struct episode_port *ret);

/**
 * Add to a connection:
 *
 *   ports_json(bytes)      [{"port": 22, "proto": "tcp", "sessions": 5}, ...]
 *   instances_json(bytes)  ["01000000aeb0babd", ...]; NULL: none
 *   sport_model(number)    "fixed", ...; NULL: none
 *
 * @return 0; -1: SQLite says why
 */
int episode_functions(sqlite3 *catalog);

#endif
