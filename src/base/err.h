/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as values: what went wrong, where, and which system error was behind it.
 *
 * A function returns 0 (done), a positive outcome of its own, or -1 with *err filled.
 * Messages are one line, outermost context first:
 * "read a.pcap: record 7: length 70000, limit 65535". */
#ifndef NJ_BASE_ERR_H
#define NJ_BASE_ERR_H

#include <stdint.h>

enum nj_code {
    NJ_OK,
    NJ_NOMEM,
    NJ_IO,     /* the system said no: `sys` holds errno */
    NJ_FORMAT, /* the input is not what it claims to be */
    NJ_LIMIT,  /* a named maximum was reached */
    NJ_CONFIG, /* the user's configuration or command is wrong */
    NJ_STORE,  /* the store or its engine refused */
    NJ_BUSY,   /* somebody else holds what is needed */
};

#define NJ_NO_OFFSET UINT64_MAX

struct nj_err {
    enum nj_code code;
    int sys;         /* errno, or 0 */
    uint64_t offset; /* byte in the input, or NJ_NO_OFFSET */
    char msg[256];
};

/** Fill *err (err may be NULL) from a format; NJ_IO keeps errno and appends its text. @return
 * -1 */
int nj_fail(struct nj_err *err, enum nj_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** As nj_fail, with the byte offset in the input that the message is about. @return -1 */
int nj_fail_at(struct nj_err *err, enum nj_code code, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Put context in front of the message: "CONTEXT: old message". @return -1 */
int nj_within(struct nj_err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
