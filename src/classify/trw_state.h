/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a walk table, for trw.c, trw_login.c, trw_walk.c and trw_save.c. */
#ifndef NJ_CLASSIFY_TRW_STATE_H
#define NJ_CLASSIFY_TRW_STATE_H

#include "classify/trw.h"

#include "base/span.h"

#define MEMO_SET 8
#define SETS_MAX (1u << 16)
#define QUEUE_MAX 16384u /* contacts within 3 s whose answers are awaited */

enum verdict {
    VERDICT_NONE,
    VERDICT_CLIENT,
    VERDICT_UNDECIDED,
    VERDICT_BENIGN,
    VERDICT_SCANNER,
    VERDICT_OWN,  /* one of our hosts: innocent until it scans */
    VERDICT_USER, /* a client or benign, and let in by a login */
    VERDICT_COUNT,
};

enum contact_state {
    CONTACT_OVER,  /* judged, or not to be judged */
    CONTACT_OWN,   /* our host began */
    CONTACT_WAITS, /* for an answer */
    CONTACT_HALF,  /* SYN+ACK has gone out */
    CONTACT_STRAY, /* waits; it began in the middle: words, FIN alone, no flag, ... */
    CONTACT_ACK,   /* the same, by an ACK alone */
    CONTACT_MID,   /* our host goes on with a connection whose beginning was not seen */
    CONTACT_STATES,
};

/* A source: its walk, `state` the verdict told. A contact: `state` and `port`; one to a further
 * port of the same address: `state` alone; of both also the login that is under way. A service,
 * a port that one of our hosts uses, or that packets leave the sensor: when last. */
struct memo {
    uint64_t key; /* 0: free */
    int64_t last_ns;
    union {
        uint32_t answered; /* of a source */
        uint32_t said;     /* of a contact: packets of our host's since a login that may last */
    };
    union {
        uint32_t failed;  /* of a source */
        uint32_t since_s; /* of a contact: when that was, Unix time */
    };
    union {
        uint32_t dark; /* of a source */
        uint32_t port; /* of a contact: the one that it began with */
    };
    int16_t bits; /* log2 of how much likelier it is as a scanner's */
    uint8_t state;
    uint8_t logins; /* of a source: LOGINS_*; of a contact: LOGIN_AWAITS, LOGIN_MAY_LAST */
};

#define LOGIN_AWAITS 1u   /* an answer to a login */
#define LOGIN_MAY_LAST 2u /* the talk behind a login whose answer can't be read */

#define LOGINS_IN 1u  /* one was let in */
#define LOGINS_OUT 2u /* so many were not, at most LOGINS_GUESSES */
#define LOGINS_GUESSES 3u

_Static_assert(sizeof(struct memo) == 32, "a place is half a cache line");

/** Whether a contact waits for an answer. */
static inline bool trw_is_open(const struct memo *contact)
{
    return contact->state == CONTACT_WAITS || contact->state == CONTACT_HALF ||
           contact->state == CONTACT_STRAY || contact->state == CONTACT_ACK;
}

struct memos {
    struct memo *places; /* [sets][MEMO_SET] */
    size_t sets;         /* a power of two */
};

struct wait {
    struct addr src, own;
    int64_t time_ns;
    uint32_t sensor;
    uint16_t port;
    uint8_t proto;
};

struct trw {
    trait_fn sink;
    void *sink_ctx;
    struct memos sources, contacts;
    struct wait *queue; /* a ring */
    uint32_t first, waiting;
    struct trw_counts counts;
};

#define TRW_HOUR_NS HOUR_NS /* how long a service or a way out is believed in */

/* What a key is about, so that keys of different things differ. */
enum about {
    ABOUT_SOURCE,
    ABOUT_CONTACT,
    ABOUT_SERVICE,
    ABOUT_OWN_PORT,
    ABOUT_WAY_OUT,
    ABOUT_FURTHER_PORT,
};

/* Keys of what is remembered. */
uint64_t trw_source_key(uint32_t sensor, struct addr src);
uint64_t trw_way_out_key(uint32_t sensor);
uint64_t trw_contact_key(uint32_t sensor, struct addr own, struct addr other);
uint64_t trw_further_key(uint32_t sensor, struct addr own, struct addr other, uint16_t port);
/** @param about  ABOUT_SERVICE, ABOUT_OWN_PORT */
uint64_t trw_port_key(enum about about, uint32_t sensor, struct addr own, uint8_t proto,
                      uint16_t port);

/** The place with the key, or NULL. */
struct memo *trw_find(const struct memos *memos, uint64_t key);
/** The one with the key, made if there is none: the longest silent of its set makes room, so
 * earlier pointers may now be of others. */
struct memo *trw_need(struct trw *trw, struct memos *memos, uint64_t key, int64_t time_ns);
/** Whether something was seen within the hour. */
bool trw_is_fresh(const struct trw *trw, uint64_t key, int64_t time_ns);

struct memo *trw_source(struct trw *trw, struct addr src, uint32_t sensor, int64_t time_ns);

enum outcome { ANSWERED, FAILED, FAILED_DARK };

/** A contact of the source has come to an outcome: a step, and what it says. @return 0; -1 */
int trw_step(struct trw *trw, struct addr src, uint32_t sensor, enum outcome outcome,
             int64_t time_ns, struct nj_err *err);
/** The same, and the contact is over. */
int trw_judge(struct trw *trw, struct memo *contact, struct addr src,
              const struct packet *packet, enum outcome outcome, struct nj_err *err);
/** Something has changed about a source: tell a new verdict. @return 0; -1 */
int trw_reconsider(struct trw *trw, struct memo *source, struct addr src, uint32_t sensor,
                   int64_t time_ns, struct nj_err *err);
/** Tell what is known of it. @return 0; -1 */
int trw_tell(struct trw *trw, const struct memo *source, struct addr src, uint32_t sensor,
             int64_t time_ns, struct nj_err *err);

/* trw_login.c: `contact` is what passed between the packet's two addresses. */

/** Somebody wants to be let in: the next words of our host may say whether he was. */
void trw_await_login(struct trw *trw, struct memo *contact, const struct packet *packet);
/** A connection begins, be it without a login that we know: what our host says from now on may
 * belong to it. */
void trw_end_lasting_login(struct trw *trw, struct memo *contact, const struct packet *packet);
/** Our host's words: whether somebody was let in, and what that says of the source. @return 0;
 * -1 */
int trw_answer_login(struct trw *trw, struct memo *contact, const struct packet *packet,
                     struct nj_err *err);

#endif
