/* SPDX-License-Identifier: Apache-2.0 */
/* The sensor's addresses in bytes that anybody may have written: payloads, options, names.
 *
 * Found, and replaced by what stands for them (mask.h):
 *
 *   binary    both byte orders, complemented, as STUN hides them; IPv6 also its first half;
 *             the hardware address that an IPv6 address was made of
 *   text      192.0.2.7 forward and reversed, with . - _ , or : between; 3221225991; c0000207
 *             and 070200c0; c0:00:02:07 and \xc0\x00\x02\x07
 *             IPv6 as RFC 4291 writes it, with - for : as well, as 32 digits or the first 16,
 *             and as the 32 labels of ip6.arpa
 *             hardware addresses with : - . or nothing between
 *             four numbers with anything short between, decimal or octal (192[.]0[.]2[.]7,
 *             0300.0000.0002.0007), the network alone (2.0.192.in-addr.arpa, 192.0.2), what
 *             inet_aton takes (192.0.519, 192.519, 0xc0.0.2.7, 030000001007), and what an IPv6
 *             address embeds (2002:c000:207::)
 *             names of sensors, as the configuration has them (ours.h)
 *   all text  as ASCII, forward and backward, as UTF-16 and UTF-32 of either byte order, with
 *             %xx, as DNS labels, as hexadecimal digits, escaped as in code, HTML and mail
 *   base64    of all of these, twice at most, at every alignment, with both alphabets
 *   base32    of all of these, once, at every alignment, with both alphabets
 *
 * Not found: what is compressed, encrypted or xor-ed with a key, even of one byte; an address
 * in binary digits, in words, or in parts that stand away from each other; half of an IPv6
 * address but the first; less of an IPv4 address than three of its numbers; a hash of any of
 * it; base64 within base32, and base32 within anything; and names that the configuration does
 * not have.
 *
 * Text keeps its length, since formats of protocols count it: where the stand-in is of another
 * length, digits of as many places are drawn, the same for the same address. The length of a
 * text so stays known, and that alone. Payloads that are text all over may grow instead. */
#ifndef NJ_SAMPLE_FORMS_H
#define NJ_SAMPLE_FORMS_H

#include "sample/mask.h"
#include "sample/ours.h"

#define FORMS_BYTES_MAX 2048

/** Replace what is found in up to FORMS_BYTES_MAX bytes, in place. @return how many */
unsigned forms_replace(uint8_t *bytes, size_t length, const struct mask *mask,
                       const struct ours *ours);

/** The same in a payload that is printable ASCII all over: the stand-in is written as it is.
 * @param length  in and out; never above `room` (what goes beyond is cut off) */
unsigned forms_replace_text(uint8_t *bytes, size_t *length, size_t room,
                            const struct mask *mask, const struct ours *ours);

/** How many forms of our addresses there are. */
unsigned forms_count(const uint8_t *bytes, size_t length, const struct ours *ours);

#endif
