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

enum grade grade_of_form(enum grade_form form)
{
    static const enum grade grades[GRADE_FORMS] = {
        [GRADED_ANSWERED] = GRADE_A, [GRADED_LOGIN] = GRADE_A,  [GRADED_CROWD] = GRADE_D,
        [GRADED_SCATTER] = GRADE_D,  [GRADED_STEADY] = GRADE_B, [GRADED_LOGS] = GRADE_C,
        [GRADED_UNPROVEN] = GRADE_C,
    };

    return grades[form];
}

const char *const stage_names[STAGES] = {
    [STAGE_NONE] = "",
    [STAGE_SCAN] = "reconnaissance",
    [STAGE_WEAKNESS] = "reconnaissance",
    [STAGE_LOGIN] = "credential access",
    [STAGE_EXPLOIT] = "initial access",
    [STAGE_INSIDE] = "discovery",
};

const char *const stage_techniques[STAGES] = {
    [STAGE_NONE] = "",       [STAGE_SCAN] = "T1595.001", [STAGE_WEAKNESS] = "T1595.002",
    [STAGE_LOGIN] = "T1110", [STAGE_EXPLOIT] = "T1190",  [STAGE_INSIDE] = "T1046",
};
