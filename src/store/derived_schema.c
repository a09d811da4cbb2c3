/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the later stages in the catalog, and what brings an older store to them.
 *
 * Every row that the stages may change carries the number of the checkpoint behind which it was
 * written, its `era`. The first time a row is changed in an era the version before is kept in a
 * table beside it (`episode_old`, ...), with the era that ended it in `until`: by a trigger,
 * or, where rows are many, by the writer (derived.c), since a statement that may run a trigger
 * makes SQLite copy each page that it changes. So everything behind a checkpoint can be taken
 * back: rows of its era and later go, and what they replaced returns (checkpoint.c). The
 * indexes by era leave out the first, which goes only when everything does. Rows that are only
 * added have no old versions: of the history of scores the era goes, events are numbered, and a
 * checkpoint keeps the last number.
 *
 * What is only read by people is stored as facts (model/fact.h, event_fact.h): `reason` of a
 * score is that of its grade, `receipt` its lines, `reason` of its history the
 * first of them. */
#include "store/derived_internal.h"

/* The columns stand once for the table and its old versions. The id of an episode is an INT, no
 * INTEGER, so that rows stand in the order in which they were written and not, at the price of
 * moving others, by their ids. */
#define EPISODE_COLUMNS                                                                        \
    "id INT NOT NULL, source BLOB NOT NULL, country TEXT, asn INTEGER,"                        \
    " declared INTEGER NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,"         \
    " ceased_us INTEGER, sessions INTEGER NOT NULL, packets INTEGER NOT NULL,"                 \
    " targets INTEGER NOT NULL, hours INTEGER NOT NULL,"                                       \
    " bursts INTEGER NOT NULL, rate REAL NOT NULL, ports BLOB NOT NULL,"                       \
    " ports_seen INTEGER NOT NULL, sport_model INTEGER, sport_min INTEGER, sport_max INTEGER," \
    " tool TEXT, stack TEXT, stacks INTEGER NOT NULL,"                                         \
    " window INTEGER, ttl_min INTEGER, ttl_max INTEGER, instances BLOB,"                       \
    " repeats INTEGER NOT NULL, answered INTEGER NOT NULL, era INTEGER NOT NULL"
#define LINK_COLUMNS                                                                           \
    "id INTEGER NOT NULL, kind INTEGER NOT NULL, hop INTEGER NOT NULL,"                        \
    " state INTEGER NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL,"                         \
    " a_source BLOB NOT NULL, b_source BLOB NOT NULL, stopped_us INTEGER NOT NULL,"            \
    " started_us INTEGER NOT NULL, stated_us INTEGER NOT NULL,"                                \
    " first_stated_us INTEGER NOT NULL, probability REAL NOT NULL, bits REAL NOT NULL,"        \
    " prior_bits REAL NOT NULL, actor INTEGER, evidence TEXT NOT NULL, refute TEXT,"           \
    " era INTEGER NOT NULL"
#define ACTOR_COLUMNS                                                                          \
    "id INTEGER NOT NULL, stated_us INTEGER NOT NULL, merged_into INTEGER,"                    \
    " merged_us INTEGER, declared INTEGER NOT NULL, era INTEGER NOT NULL"
#define ACTOR_SOURCE_COLUMNS                                                                   \
    "actor INTEGER NOT NULL, source BLOB NOT NULL, from_us INTEGER NOT NULL, to_us INTEGER,"   \
    " era INTEGER NOT NULL"
#define SCORE_COLUMNS                                                                          \
    "source BLOB NOT NULL, at_us INTEGER NOT NULL, grade INTEGER NOT NULL,"                    \
    " stage INTEGER NOT NULL, version INTEGER NOT NULL, reason BLOB NOT NULL,"                 \
    " receipt BLOB NOT NULL, state BLOB NOT NULL, country TEXT, asn INTEGER,"                  \
    " declared INTEGER, first_us INTEGER, last_us INTEGER, sessions INTEGER, targets INTEGER," \
    " ports_seen INTEGER, era INTEGER NOT NULL"

/* BY_KEY: a table sorted by a key that is no number */
#define BY_KEY " WITHOUT ROWID"
#define BY_NUMBER ""

#define KEPT(name, columns, key, order)                                                        \
    "CREATE TABLE " name "(" columns ", PRIMARY KEY(" key "))" order ";"                       \
    "CREATE TABLE " name "_old(" columns ", until INTEGER NOT NULL);"                          \
    "CREATE INDEX " name "_era ON " name "(era) WHERE era > 0;"
#define BY_TRIGGER(name, columns)                                                              \
    "CREATE TRIGGER " name "_keep BEFORE UPDATE ON " name " WHEN OLD.era < NEW.era BEGIN"      \
    " INSERT INTO " name "_old VALUES(" columns ", OLD.era, NEW.era); END;"

/* What the stages make, all of it from stored rows. */
static const char *const derived_tables[] = {
    KEPT("episode", EPISODE_COLUMNS, "id", BY_NUMBER),
    "CREATE INDEX episode_source ON episode(source)",

    KEPT("link", LINK_COLUMNS, "id", BY_NUMBER),
    BY_TRIGGER("link", "OLD.id, OLD.kind, OLD.hop, OLD.state, OLD.a, OLD.b, OLD.a_source,"
                       " OLD.b_source, OLD.stopped_us, OLD.started_us, OLD.stated_us,"
                       " OLD.first_stated_us, OLD.probability, OLD.bits, OLD.prior_bits,"
                       " OLD.actor, OLD.evidence, OLD.refute"),
    "CREATE INDEX link_a ON link(a_source); CREATE INDEX link_b ON link(b_source)",

    KEPT("actor", ACTOR_COLUMNS, "id", BY_NUMBER),
    BY_TRIGGER("actor", "OLD.id, OLD.stated_us, OLD.merged_into, OLD.merged_us, OLD.declared"),

    KEPT("actor_source", ACTOR_SOURCE_COLUMNS, "actor, source, from_us", BY_KEY),
    BY_TRIGGER("actor_source", "OLD.actor, OLD.source, OLD.from_us, OLD.to_us"),
    "CREATE INDEX actor_source_source ON actor_source(source)",

    KEPT("score", SCORE_COLUMNS, "source", BY_KEY),

    "CREATE TABLE score_history(source BLOB NOT NULL, at_us INTEGER NOT NULL,"
    " grade INTEGER NOT NULL, reason BLOB NOT NULL, state BLOB NOT NULL,"
    " era INTEGER NOT NULL, PRIMARY KEY(source, at_us)) WITHOUT ROWID;"
    "CREATE INDEX score_history_era ON score_history(era) WHERE era > 0;"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, at_us INTEGER NOT NULL,"
    " packet_us INTEGER NOT NULL, kind INTEGER NOT NULL, source BLOB, other BLOB,"
    " actor INTEGER, link INTEGER, episode INTEGER, text NOT NULL);"
    "CREATE INDEX event_at ON event(at_us);"

    /* where the later stages stand (derived.h) */
    "CREATE TABLE derive_mark(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " position_us INTEGER NOT NULL, commit_id INTEGER NOT NULL, checkpoint INTEGER NOT NULL,"
    " complete INTEGER NOT NULL);"
    "INSERT INTO derive_mark VALUES(1, -9223372036854775807, 0, 0, 0);"
    "CREATE TABLE checkpoint(id INTEGER PRIMARY KEY, position_us INTEGER NOT NULL,"
    " path TEXT NOT NULL, digest INTEGER NOT NULL, size INTEGER NOT NULL,"
    " last_event INTEGER NOT NULL);",
};

/* What people say, which no stage ever changes; figures of the stages as of the mark; and when
 * the rows of a segment were handed on: a cache, filled as segments are met. Stores of the
 * second version have the first ones of them, or all. */
static const char kept_tables[] =
    "CREATE TABLE IF NOT EXISTS note(id INTEGER PRIMARY KEY, source BLOB, actor INTEGER,"
    " text TEXT NOT NULL, said_by TEXT, confidence TEXT, noted_us INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS override(id INTEGER PRIMARY KEY, source BLOB NOT NULL,"
    " level INTEGER, reason TEXT NOT NULL, said_by TEXT, noted_us INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS note_source ON note(source);"
    "CREATE INDEX IF NOT EXISTS override_source ON override(source);"
    "CREATE TABLE IF NOT EXISTS derive_figure(name TEXT PRIMARY KEY, value REAL NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS segment_span(path TEXT PRIMARY KEY, first_us INTEGER NOT NULL,"
    " last_us INTEGER NOT NULL) WITHOUT ROWID;";

/* The second to the seventh version kept them otherwise. They are made anew by
 * the next pass. */
static const char drop_older[] =
    "DROP TABLE episode; DROP TABLE episode_old; DROP TABLE link; DROP TABLE link_old;"
    "DROP TABLE actor; DROP TABLE actor_old; DROP TABLE actor_source;"
    "DROP TABLE actor_source_old; DROP TABLE score; DROP TABLE score_old;"
    "DROP TABLE score_history; DROP TABLE event; DROP TABLE derive_mark;"
    "DROP TABLE checkpoint;";

int derived_follow(struct store *store, int64_t commit, struct nj_err *err)
{
    sqlite3_stmt *stmt;

    if (catalog_prepare(store, "UPDATE derive_mark SET commit_id = ?1 WHERE commit_id = ?1 - 1",
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int64(stmt, 1, commit);
    return catalog_run(store, stmt, err);
}

int derived_upgrade(struct store *store, int64_t version, struct nj_err *err)
{
    if ((version >= 2 && catalog_exec(store, drop_older, err) < 0) ||
        catalog_exec(store, kept_tables, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(derived_tables) / sizeof(derived_tables[0]); i++)
        if (catalog_exec(store, derived_tables[i], err) < 0)
            return -1;
    return 0;
}
