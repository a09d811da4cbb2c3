/* SPDX-License-Identifier: Apache-2.0 */
/* A pcap file written through a large buffer: microseconds, Ethernet, the writer's byte order
 * (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html). */
#ifndef SIM_PCAP_OUT_H
#define SIM_PCAP_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sim_pcap;

/** Create FILE, or write to standard output for "-", and write the file header.
 * @return 0; -1 NJ_IO, NJ_NOMEM */
int sim_pcap_open(const char *path, struct sim_pcap **ret_pcap, struct nj_err *err);

/** Where the next frame's bytes go: SIM_FRAME_MAX of them, valid until sim_pcap_put.
 * @return NULL and *err (NJ_IO) when the buffer could not be written */
uint8_t *sim_pcap_frame(struct sim_pcap *pcap, struct nj_err *err);

/** The frame that was just built there is `length` bytes long and was seen at `time_ns`. */
void sim_pcap_put(struct sim_pcap *pcap, int64_t time_ns, size_t length);

/** Write what is left and close. @return 0; -1 NJ_IO */
int sim_pcap_close(struct sim_pcap *pcap, struct nj_err *err);

/** Close without caring what becomes of the file. NULL is fine. */
void sim_pcap_free(struct sim_pcap *pcap);

#endif
