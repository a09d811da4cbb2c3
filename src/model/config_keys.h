/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration file may say: its sections and their keys. For config.c, which reads it,
 * and config_values.c, which takes the values. */
#ifndef NJ_MODEL_CONFIG_KEYS_H
#define NJ_MODEL_CONFIG_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum config_section {
    SECTION_STORE,
    SECTION_SENSOR,
    SECTION_GEO,
    SECTION_RDAP,
    SECTION_INGEST,
    SECTION_DUCKDB,
    SECTION_RETENTION,
    SECTION_COUNT,
    SECTION_NONE = SECTION_COUNT
};

extern const char *const config_sections[SECTION_COUNT];

enum config_kind {
    KEY_PATH,
    KEY_FILES,
    KEY_NUMBER,
    KEY_GATHER,
    KEY_DARK,
    KEY_LIT,
    KEY_PLACE,
    KEY_TUNNELS,
    KEY_SWITCH,
    KEY_URL
};

struct config_key {
    enum config_section section;
    const char *name;
    enum config_kind kind;
    size_t offset;       /* in struct config; of a sensor's keys unused */
    int64_t least, most; /* for KEY_NUMBER and KEY_GATHER */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count; /* at most CONFIG_KEYS_MAX */
#define CONFIG_KEYS_MAX 32

#endif
