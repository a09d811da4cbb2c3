/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file. */
#include <stdint.h>

#include "model/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;

    if (config_parse((const char *)data, size, "fuzz/nightjar.conf", &config, NULL) == 0)
        config_done(&config);
    return 0;
}
