/* SPDX-License-Identifier: Apache-2.0 */
/* The counted facts behind a receipt and a grade, as numbers; the one place that makes
 * sentences of them; and their bytes in the store. So a source that nobody looks at costs a few
 * bytes and no sentence. Pure. Made by score/, read by store/. */
#ifndef NJ_MODEL_FACT_H
#define NJ_MODEL_FACT_H

#include <stddef.h>

#include "model/risk.h"

/** What stands behind a noun: nothing for one, else "s". */
static inline const char *fact_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/** "0.9871"; near certainty "over 0.9999", near impossibility "under 0.0001": for people. */
#define FACT_PROBABILITY_MAX 16
const char *fact_probability(double p, char ret_text[FACT_PROBABILITY_MAX]);

#define FACT_TEXT_MAX 224 /* a sentence with its end; longer ones are cut */

/** The sentence behind a line: "" where there is nothing to say. */
void risk_fact_text(const struct risk_fact *fact, char ret_text[FACT_TEXT_MAX]);

/** Why the grade. */
void grade_fact_text(const struct grade_fact *fact, char ret_text[FACT_TEXT_MAX]);

/* ---- bytes: the same on every machine ---- */

#define RISK_FACT_BYTES 400 /* no fact takes more */
#define GRADE_FACT_BYTES 32
#define RECEIPT_BYTES (RISK_GROUPS * RISK_FACT_BYTES)

/** @return how many bytes were written */
size_t risk_fact_pack(const struct risk_fact *fact, uint8_t ret_bytes[RISK_FACT_BYTES]);
size_t grade_fact_pack(const struct grade_fact *fact, uint8_t ret_bytes[GRADE_FACT_BYTES]);

/** The facts of all lines but the cap, which says nothing of the source. */
size_t receipt_pack(const struct receipt *receipt, uint8_t ret_bytes[RECEIPT_BYTES]);

/** Read the first fact of the bytes, whose names it borrows. @return how many it took; 0: the
 * bytes are none */
size_t risk_fact_unpack(const uint8_t *bytes, size_t size, struct risk_fact *ret);
size_t grade_fact_unpack(const uint8_t *bytes, size_t size, struct grade_fact *ret);

#endif
