/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to a request as it grows: JSON of rows or of one object. One thread at a time. */
#ifndef NJ_SERVER_ANSWER_H
#define NJ_SERVER_ANSWER_H

#include "base/text_json.h"
#include "store/query.h"

#define ANSWER_BYTES_MAX (32u << 20) /* larger ones are refused: ask for less */

#define ANSWER_HEADERS_MAX 4

struct answer {
    unsigned status; /* HTTP's; 0: not answered yet */
    const char *type;
    struct text body;
    bool packed;        /* the body, with gzip; the ETag is of what it was */
    char etag[24];      /* with its quotes; "" if none */
    int64_t modified_s; /* Last-Modified, of the clock; 0: none */
    bool document;      /* a page for people: it may be shown in a frame of the console, and
                         * runs no script */
    struct {
        const char *name; /* of static storage */
        char value[160];
    } headers[ANSWER_HEADERS_MAX];
    size_t header_count;
};

/** One more header; no line end may be in it. */
void answer_header(struct answer *answer, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** These bytes and nothing else. @param type  of static storage */
void answer_bytes(struct answer *answer, const char *type, const void *bytes, size_t length);

/** The ETag of bytes, with its quotes. @param etag  of 24 bytes */
void answer_etag(const void *bytes, size_t length, char *etag);

void answer_done(struct answer *answer);

/** {"error": "..."} with this status, in place of what is there. */
void answer_error(struct answer *answer, unsigned status, const char *message);

/** The same for a fault: what the client did wrong is 400, a busy store 503, the rest 500. */
void answer_fault(struct answer *answer, const struct nj_err *err);

/** One object. @return 0; -1 NJ_NOMEM */
int answer_object(struct answer *answer, const json_t *object, struct nj_err *err);

/** Rows `{"rows": [...], "next": N or null, ...}`: steps over `offset` of them and takes
 * `limit`; one more than that says that there is a next page. Embedded in the
 * question's frame. */
struct answer_rows {
    struct answer *answer;
    uint64_t offset, limit, seen;
    char *names[64];
    size_t count;
};

void answer_rows_init(struct answer_rows *rows, struct answer *answer, uint64_t offset,
                      uint64_t limit);

/** Where the rows go. */
struct row_sink answer_rows_sink(struct answer_rows *rows);

/** The end of the rows and `next`; the object stays open, so that members can be added as
 * `,"name":...` before answer_rows_end. */
int answer_rows_close(struct answer_rows *rows, struct nj_err *err);
int answer_rows_end(struct answer_rows *rows, struct nj_err *err);

/** All of the end for a question that returned `rc`. @return rc; -1 */
int answer_rows_finish(struct answer_rows *rows, int rc, struct nj_err *err);

/** Frees the names; called in every case but after answer_rows_finish. */
void answer_rows_done(struct answer_rows *rows);

/** Give it its ETag: the digest of its bytes. */
void answer_seal(struct answer *answer);

#endif
