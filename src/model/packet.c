/* SPDX-License-Identifier: Apache-2.0 */
#include "model/packet.h"

const char *const class_names[CLASS_COUNT] = {
    [CLASS_SCAN] = "scan",
    [CLASS_BACKSCATTER] = "backscatter",
    [CLASS_MISCONFIGURATION] = "misconfiguration",
    [CLASS_EXPLOIT] = "exploit",
    [CLASS_CREDENTIAL] = "credential",
    [CLASS_SERVICE] = "service",
    [CLASS_OTHER] = "other",
};
