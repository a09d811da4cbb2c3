/* SPDX-License-Identifier: Apache-2.0 */
/* A sampled packet in words, for tables. */
#ifndef NJ_SAMPLE_DESCRIBE_H
#define NJ_SAMPLE_DESCRIBE_H

#include <stddef.h>

#include "model/sample.h"

#define SAMPLE_TEXT_MAX 160

/** "SYN seq 3405803783 window 14600 ttl 52", "46 bytes: GET / HTTP/1.1..", "type 8 code 0":
 * printable ASCII, with payload bytes that are not as dots. @return text */
char *sample_describe(const struct sample *sample, char text[static SAMPLE_TEXT_MAX]);

/** Bytes behind the transport header (or the IP header, if none can be read). @return where
 * they begin, *ret_length of them */
const uint8_t *sample_payload(const struct sample *sample, size_t *ret_length);

#endif
