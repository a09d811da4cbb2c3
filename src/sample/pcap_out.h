/* SPDX-License-Identifier: Apache-2.0 */
/* Samples as a capture file: pcap with microseconds, link type RAW (the packet begins with its
 * IP header; draft-ietf-opsawg-pcap). There are no link layer addresses in it. */
#ifndef NJ_SAMPLE_PCAP_OUT_H
#define NJ_SAMPLE_PCAP_OUT_H

#include <stdio.h>

#include "model/sample.h"

/** @return 0; -1 NJ_IO */
int sample_pcap_begin(FILE *out, struct nj_err *err);
int sample_pcap_put(FILE *out, const struct sample *sample, struct nj_err *err);

#endif
