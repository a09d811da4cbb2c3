/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads that are text all over, such as HTTP and SIP: they may change their length. Not for
 * other modules. */
#ifndef NJ_SAMPLE_TEXT_PAYLOAD_H
#define NJ_SAMPLE_TEXT_PAYLOAD_H

#include "sample/forms.h"

/** Printable ASCII and line ends, at least one byte. */
bool text_payload(const uint8_t *bytes, size_t length);

/** Write stand-ins as they are, and mend the Content-Length of a body that grew.
 * @param length  in and out; at most `room`
 * @return how much longer the payload is on the wire */
long text_payload_replace(uint8_t *bytes, size_t *length, size_t room, const struct mask *mask,
                          const struct ours *ours);

#endif
