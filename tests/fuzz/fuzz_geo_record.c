/* SPDX-License-Identifier: Apache-2.0 */
/* The data section of a MaxMind-format file: each path that is asked for, at each offset. */
#include <stdint.h>
#include <stdlib.h>

#include "enrich/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[][5] = {
        {"country_code"},
        {"country", "iso_code"},
        {"subdivisions", "0", "names", "en"},
        {"location", "latitude"},
    };
    struct record_section section = {.bytes = data, .size = size};
    uint8_t sum = 0;

    for (size_t offset = 0; offset < size && offset < 64; offset++) {
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
            struct record_value value;

            if (record_find(&section, offset, paths[i], &value, NULL) != 0)
                continue;
            (void)record_number(&value);
            for (size_t j = 0; value.type == RECORD_TEXT && j < value.length; j++)
                sum ^= value.bytes[j]; /* all of a text stands inside of the section */
        }
    }
    __asm__ volatile("" : : "r"(sum)); /* keeps the loop */
    return 0;
}
