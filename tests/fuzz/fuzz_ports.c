/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of ports. */
#include <stdlib.h>
#include <string.h>

#include "ports/ports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ports *ports;
    struct nj_err err;

    if (ports_parse((const char *)data, size, "fuzz", &ports, &err) < 0)
        return 0;
    for (unsigned port = 0; port < 100; port++) {
        double risk = ports_risk(ports, (uint16_t)port, 6);

        if (!(risk >= 0 && risk <= 1) || strlen(ports_service(ports, (uint16_t)port, 6)) > size)
            abort();
    }
    ports_free(ports);
    return 0;
}
