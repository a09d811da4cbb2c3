/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of rules; the file itself is then a payload, too. */
#include <stdlib.h>

#include "classify/payload_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_intern *names = nj_intern_new(1000);
    struct payload_rules *rules;
    struct packet packet = {
        .proto = PROTO_TCP, .payload = data, .payload_length = (uint32_t)size};
    struct nj_err err;

    if (names == NULL)
        abort();
    if (payload_rules_parse((const char *)data, size, "fuzz", names, &rules, &err) == 0) {
        const struct payload_rule *found = payload_rules_find(rules, &packet);

        if (found != NULL && (found->class >= CLASS_COUNT || found->name[0] == '\0'))
            abort();
        payload_rules_free(rules);
    }
    nj_intern_free(names);
    return 0;
}
