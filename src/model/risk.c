/* SPDX-License-Identifier: Apache-2.0 */
#include "model/risk.h"

const char *const risk_group_names[RISK_GROUPS] = {
    [RISK_EXPLOIT] = "exploit",     [RISK_INTENT] = "intent",
    [RISK_TARGETS] = "targets",     [RISK_PORTS] = "ports",
    [RISK_INTENSITY] = "intensity", [RISK_PERSISTENCE] = "persistence",
    [RISK_EVASION] = "evasion",     [RISK_TOOL] = "tool",
    [RISK_NOVELTY] = "novelty",     [RISK_SENSORS] = "sensors",
};

const char *const risk_level_names[RISK_LEVELS] = {
    [RISK_LOW] = "LOW",
    [RISK_ELEVATED] = "ELEVATED",
    [RISK_HIGH] = "HIGH",
    [RISK_EXTREME] = "EXTREME",
};
