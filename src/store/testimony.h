/* SPDX-License-Identifier: Apache-2.0 */
/* What others say about addresses, kept with who says so and when: imported lists, services
 * that an exposure search engine saw, reverse names, registries' records, routes. One table of
 * statements about prefixes in the catalog, and one of the lists that they belong to.
 *
 * Nothing here is derived from packets, and no stage changes it. Written by the commands
 * `import`, `lists`, `names`, `rdap` and `routes`; asked by about/, policy/ and pipeline/.
 * Times are microseconds since 1970 UTC. */
#ifndef NJ_STORE_TESTIMONY_H
#define NJ_STORE_TESTIMONY_H

#include "model/nets.h"
#include "store/query.h"

enum testimony_kind {                     /* the numbers are stored: append only */
                      TESTIMONY_LIST,     /* addresses that somebody put together */
                      TESTIMONY_DECLARED, /* scanners that say who they are */
                      TESTIMONY_TOR,      /* exits */
                      TESTIMONY_HOSTING,  /* clouds and hosting */
                      TESTIMONY_SPECIAL,  /* ranges with a meaning of their own */
                      TESTIMONY_WARNING,  /* known to cause false alarms (MISP) */
                      TESTIMONY_SERVICES, /* what answers there */
                      TESTIMONY_NAMES,    /* reverse DNS */
                      TESTIMONY_ROUTES,   /* prefix and origin AS */
                      TESTIMONY_RDAP,     /* the registry's record */
                      TESTIMONY_SERVERS,  /* which RDAP server knows of it */
                      TESTIMONY_KINDS,
};

extern const char *const testimony_kinds[TESTIMONY_KINDS + 1]; /* "list", ...; NULL */

/* A list: its name is its identity, importing it again replaces what it said. */
struct testimony_list {
    char name[64];
    enum testimony_kind kind;
    char source[200], licence[120], file[200]; /* "" if not told */
    int64_t dated_us;                          /* of its content; 0: unknown */
    int64_t imported_us;
    uint64_t entries, refused; /* refused: lines that could not be used */
};

/* The names of the one list of reverse names, of registries' records, of RDAP servers. */
#define TESTIMONY_NAMES_LIST "reverse-dns"
#define TESTIMONY_RDAP_LIST "rdap"
#define TESTIMONY_SERVERS_LIST "rdap-servers"

/* ---- writing: one at a time, all of it or nothing ---- */

struct testimony_writer;

/**
 * Begin to write a list, in one transaction until testimony_end.
 *
 * @param replace  forget what it said before; else statements are added
 * @return 0; -1 NJ_CONFIG (there is a list of that name and another kind), NJ_STORE
 */
int testimony_begin(struct store *store, const struct testimony_list *list, bool replace,
                    struct testimony_writer **ret_writer, struct nj_err *err);

/** One statement. @param from_us,to_us  when it was so; 0: not told
 * @param value  a JSON object, borrowed; NULL: none */
int testimony_add(struct testimony_writer *writer, const struct prefix *net, int64_t from_us,
                  int64_t to_us, const char *value, struct nj_err *err);

/** Forget the list's statements about exactly this prefix. */
int testimony_forget(struct testimony_writer *writer, const struct prefix *net,
                     struct nj_err *err);

/** Make it durable; `list` with its final counts. The writer is gone afterwards, whatever is
 * returned. */
int testimony_end(struct testimony_writer *writer, const struct testimony_list *list,
                  struct nj_err *err);
/** As if nothing had been said. NULL is accepted. */
void testimony_cancel(struct testimony_writer *writer);

/** Remove a list. @return 0; STORE_UNKNOWN; -1 */
int testimony_remove(struct store *store, const char *name, struct nj_err *err);

/* ---- asking ---- */

/** The list of that name. @return 0; STORE_UNKNOWN; -1 */
int testimony_find_list(struct store *store, const char *name, struct testimony_list *ret,
                        struct nj_err *err);

/** All lists by name, as rows (name, kind, entries, refused, date, source, licence, imported,
 * file). */
int testimony_lists(struct store *store, const struct row_sink *sink, struct nj_err *err);

/** A statement about a prefix. All borrowed for the call. */
struct testimony {
    const struct testimony_list *list;
    struct prefix net;
    int64_t from_us, to_us;
    const char *value; /* JSON; NULL: none */
};

typedef int (*testimony_fn)(void *ctx, const struct testimony *testimony, struct nj_err *err);

/** Every statement about a prefix that holds the address, wider prefixes first, in a prefix by
 * list and order of import. Cost: 33 (IPv4) or 129 (IPv6) look-ups in an index for each list:
 * some ms. */
int testimony_about(struct store *store, struct addr a, testimony_fn fn, void *ctx,
                    struct nj_err *err);

/** The statements of one list, by prefix. */
int testimony_of(struct store *store, const char *name, testimony_fn fn, void *ctx,
                 struct nj_err *err);

/** The sources that the later stages know as declared, by address. */
int testimony_declared_sources(struct store *store,
                               int (*fn)(void *ctx, struct addr source, struct nj_err *err),
                               void *ctx, struct nj_err *err);

/** The prefixes of all lists of a kind, each with its label ("label" of the value) or, without
 * one, the list's name. Taken, finished; NULL in *ret if there is none. */
int testimony_nets(struct store *store, enum testimony_kind kind, struct nets **ret,
                   struct nj_err *err);

#endif
