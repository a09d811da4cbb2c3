/* SPDX-License-Identifier: Apache-2.0 */
/* What relation.c (the way of a packet), lent.c, light.c, families.c and save.c share. */
#ifndef NJ_RELATION_STATE_H
#define NJ_RELATION_STATE_H

#include "relation/law.h"
#include "relation/relation.h"
#include "relation/roster.h"

#define LIGHT_SIGHTS 8u   /* of each source; with the last of them it is lent room */
#define FIRST_PACKETS 64u /* of an episode: the first sights are among them or it is none */
#define LAST_PACKET 1024u /* of an episode that is looked at */
#define KEY_BITS 24u      /* constants of fewer bits are no key */
#define FAMILY_NONE UINT32_MAX
#define UNNAMED_TOOLS 3u

/* A family that some source has taught. */
struct family {
    struct law law;
    uint64_t hash;    /* law_hash */
    const char *tool; /* of known_laws; NULL: nobody's */
    uint64_t used;    /* number of the finding that used it last */
    int64_t told_day; /* day for which its words were told */
};

/* The first packets of a source. */
struct light {
    struct roster_head head;
    uint64_t family;   /* hash, 0: none recognised */
    uint32_t number;   /* episode_packets of its last packet */
    uint8_t count;     /* sights */
    uint8_t lent;      /* it was lent room, and its sights went there */
    uint64_t rejected; /* bit i: the family that stood at place i when it was last asked */
    uint64_t rejected_since; /* state.learned then: places may have changed */
    struct sight sight[LIGHT_SIGHTS];
};

enum lent_state {
    LENT_LOOKING,
    LENT_FOUND, /* told; looked at again when the room is full */
    LENT_WAITS, /* nothing holds for all: maybe for some, when the room is full */
    LENT_STATES,
};

struct lent {
    struct roster_head head;
    uint64_t family; /* hash of what was told, 0: none */
    struct columns varying;
    uint32_t number;
    float told_bits;
    uint16_t count;
    uint16_t due; /* packets with which it is looked at next at the earliest */
    uint8_t state;
    struct sight sight[FIND_SIGHTS];
};

struct relations {
    struct roster *light, *lent;
    struct family *families;
    size_t family_count, max_families;
    uint64_t learned; /* changes of the list of families */
    uint64_t findings;
    struct known_law known[KNOWN_LAWS];
    struct relation_counts counts;
    uint32_t unnamed[UNNAMED_TOOLS]; /* verdicts that name no program */
    trait_fn sink;
    void *sink_ctx;
};

/* What is said of a source. */
struct statement {
    uint32_t family; /* place in the list */
    uint32_t packets;
    float bits;
    bool mixed;
    bool changing;        /* its constants do: they are no key */
    struct sight example; /* a packet that obeys: the constants are its */
};

/* families.c */

/** The family of a finding over GF(2): a known program's, one that was learned,
 * or a new one. */
uint32_t families_meet(struct relations *r, const struct finding *finding);
/** The same for a law that was found otherwise. */
uint32_t families_meet_law(struct relations *r, const struct law *law);
/** @return its place, FAMILY_NONE */
uint32_t families_find(const struct relations *r, uint64_t hash);
/** Tell it, and the family's words if they were not told that day.
 * @return 0; -1 from the sink */
int families_tell(struct relations *r, const struct roster_head *source, int64_t time_ns,
                  const struct statement *said, struct nj_err *err);

/* light.c */

/** Keep one of the first packets; try known families if `unexplained`. @return the source's
 * entry; NULL and *err from the sink */
struct light *light_add(struct relations *r, const struct packet *packet,
                        const struct sight *sight, bool unexplained, struct nj_err *err);

/** Whether the first packets obey what is known of a program with a name; then it is told, and
 * nothing else is looked for. @return 1: they do; 0; -1 from the sink */
int light_known(struct relations *r, struct light *light, int64_t time_ns, struct nj_err *err);

/* lent.c */

/** Lend room to a source whose first packets were kept. */
struct lent *lent_begin(struct relations *r, const struct light *light);
/** Keep a packet, and look if it is time. The entry may be gone afterwards.
 * @param named  its tool has a name: it is looked into only for what it may do beside that
 * @return 0; -1 from the sink */
int lent_add(struct relations *r, struct lent *lent, bool named, int64_t time_ns,
             const struct sight *sight, struct nj_err *err);

#endif
