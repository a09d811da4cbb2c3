/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0))) static void
fill(struct nj_err *err, enum nj_code code, uint64_t offset, const char *format, va_list args)
{
    int sys = code == NJ_IO ? errno : 0;
    size_t used;

    if (err == NULL)
        return;
    err->code = code;
    err->sys = sys;
    err->offset = offset;
    (void)vsnprintf(err->msg, sizeof(err->msg), format, args);
    used = strlen(err->msg);
    if (sys != 0 && used < sizeof(err->msg))
        (void)snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", strerror(sys));
}

int nj_fail(struct nj_err *err, enum nj_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(err, code, NJ_NO_OFFSET, format, args);
    va_end(args);
    return -1;
}

int nj_fail_at(struct nj_err *err, enum nj_code code, uint64_t offset, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(err, code, offset, format, args);
    va_end(args);
    return -1;
}

int nj_within(struct nj_err *err, const char *format, ...)
{
    char context[256];
    char old[sizeof(err->msg)];
    va_list args;

    if (err == NULL)
        return -1;
    va_start(args, format);
    (void)vsnprintf(context, sizeof(context), format, args);
    va_end(args);
    memcpy(old, err->msg, sizeof(old));
    (void)snprintf(err->msg, sizeof(err->msg), "%.127s: %.125s", context, old);
    return -1;
}
