/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the later stages in the catalog, and what brings an older store to them.
 *
 * Every row that the stages may change carries the number of the checkpoint behind which it was
 * written, its `era`. The first time a row is changed in an era a trigger keeps the version
 * before in a table beside it (`episode_old`, ...), with the era that ended it in `until`. So
 * everything behind a checkpoint can be taken back: rows of its era and later go, and what they
 * replaced returns (checkpoint.c). Rows that are only added (events, history of scores) have
 * neither: they are numbered, and a checkpoint keeps their last numbers. */
#include "store/derived_internal.h"

/* The columns stand once for the table and its old versions. The id of an episode is an INT, no
 * INTEGER, so that rows stand in the order in which they were written and not, at the price of
 * moving others, by their ids. */
#define EPISODE_COLUMNS                                                                        \
    "id INT NOT NULL, source BLOB NOT NULL, country TEXT, asn INTEGER,"                        \
    " declared INTEGER NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,"         \
    " ceased_us INTEGER, sessions INTEGER NOT NULL, packets INTEGER NOT NULL,"                 \
    " targets INTEGER NOT NULL, sensors INTEGER NOT NULL, hours INTEGER NOT NULL,"             \
    " bursts INTEGER NOT NULL, rate REAL NOT NULL, ports TEXT NOT NULL,"                       \
    " ports_seen INTEGER NOT NULL, sport_model TEXT, sport_min INTEGER, sport_max INTEGER,"    \
    " sport_bands INTEGER NOT NULL, tool TEXT, stack TEXT, stacks INTEGER NOT NULL,"           \
    " window INTEGER, ttl_min INTEGER, ttl_max INTEGER, instances TEXT,"                       \
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
    "source BLOB NOT NULL, at_us INTEGER NOT NULL, risk REAL NOT NULL,"                        \
    " uncapped REAL NOT NULL, level INTEGER NOT NULL, previous_level INTEGER NOT NULL,"        \
    " changed_us INTEGER NOT NULL, grade INTEGER NOT NULL, grade_reason TEXT,"                 \
    " reason TEXT, receipt TEXT NOT NULL, stage TEXT, technique TEXT,"                         \
    " version INTEGER NOT NULL, state BLOB NOT NULL, era INTEGER NOT NULL"

/* BY_KEY: a table sorted by a key that is no number */
#define BY_KEY " WITHOUT ROWID"
#define BY_NUMBER ""

#define KEPT(name, columns, key, order)                                                        \
    "CREATE TABLE " name "(" columns ", PRIMARY KEY(" key "))" order ";"                       \
    "CREATE TABLE " name "_old(" columns ", until INTEGER NOT NULL);"                          \
    "CREATE INDEX " name "_era ON " name "(era);"                                              \
    "CREATE TRIGGER " name "_keep BEFORE UPDATE ON " name " WHEN OLD.era < NEW.era BEGIN "

/* What the stages make, all of it from stored rows. */
static const char *const derived_tables[] = {
    KEPT("episode", EPISODE_COLUMNS, "id",
         BY_NUMBER) "INSERT INTO episode_old VALUES(OLD.id, OLD.source, OLD.country, OLD.asn, "
                    "OLD.declared,"
                    " OLD.first_us, OLD.last_us, OLD.ceased_us, OLD.sessions, OLD.packets, "
                    "OLD.targets,"
                    " OLD.sensors, OLD.hours, OLD.bursts, OLD.rate, OLD.ports, OLD.ports_seen,"
                    " OLD.sport_model, OLD.sport_min, OLD.sport_max, OLD.sport_bands, "
                    "OLD.tool, OLD.stack,"
                    " OLD.stacks, OLD.window, OLD.ttl_min, OLD.ttl_max, OLD.instances, "
                    "OLD.repeats,"
                    " OLD.answered, OLD.era, NEW.era); END;"
                    "CREATE INDEX episode_source ON episode(source, first_us);",

    KEPT(
        "link", LINK_COLUMNS, "id",
        BY_NUMBER) "INSERT INTO link_old VALUES(OLD.id, OLD.kind, OLD.hop, OLD.state, OLD.a, "
                   "OLD.b,"
                   " OLD.a_source, OLD.b_source, OLD.stopped_us, OLD.started_us, OLD.stated_us,"
                   " OLD.first_stated_us, OLD.probability, OLD.bits, OLD.prior_bits, OLD.actor,"
                   " OLD.evidence, OLD.refute, OLD.era, NEW.era); END;"
                   "CREATE INDEX link_a ON link(a_source);"
                   "CREATE INDEX link_b ON link(b_source);",

    KEPT("actor", ACTOR_COLUMNS, "id",
         BY_NUMBER) "INSERT INTO actor_old VALUES(OLD.id, OLD.stated_us, OLD.merged_into, "
                    "OLD.merged_us,"
                    " OLD.declared, OLD.era, NEW.era); END;",

    KEPT("actor_source", ACTOR_SOURCE_COLUMNS, "actor, source, from_us",
         BY_KEY) "INSERT INTO actor_source_old VALUES(OLD.actor, OLD.source, OLD.from_us, "
                 "OLD.to_us,"
                 " OLD.era, NEW.era); END;"
                 "CREATE INDEX actor_source_source ON actor_source(source);",

    KEPT("score", SCORE_COLUMNS, "source",
         BY_KEY) "INSERT INTO score_old VALUES(OLD.source, OLD.at_us, OLD.risk, OLD.uncapped, "
                 "OLD.level,"
                 " OLD.previous_level, OLD.changed_us, OLD.grade, OLD.grade_reason, OLD.reason,"
                 " OLD.receipt, OLD.stage, OLD.technique, OLD.version, OLD.state, OLD.era, "
                 "NEW.era); END;",

    "CREATE TABLE score_history(id INTEGER PRIMARY KEY, source BLOB NOT NULL,"
    " at_us INTEGER NOT NULL, risk REAL NOT NULL, level INTEGER NOT NULL,"
    " previous_level INTEGER NOT NULL, changed_us INTEGER NOT NULL, grade INTEGER NOT NULL,"
    " reason TEXT, state BLOB NOT NULL);"
    "CREATE UNIQUE INDEX score_history_source ON score_history(source, at_us);"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, at_us INTEGER NOT NULL,"
    " packet_us INTEGER NOT NULL, kind TEXT NOT NULL, source BLOB, other BLOB,"
    " actor INTEGER, link INTEGER, episode INTEGER, text TEXT NOT NULL);"
    "CREATE INDEX event_at ON event(at_us);"

    /* where the later stages stand (derived.h) */
    "CREATE TABLE derive_mark(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " position_us INTEGER NOT NULL, commit_id INTEGER NOT NULL, checkpoint INTEGER NOT NULL,"
    " complete INTEGER NOT NULL);"
    "INSERT INTO derive_mark VALUES(1, -9223372036854775807, 0, 0, 0);"
    "CREATE TABLE checkpoint(id INTEGER PRIMARY KEY, position_us INTEGER NOT NULL,"
    " path TEXT NOT NULL, digest INTEGER NOT NULL, size INTEGER NOT NULL,"
    " last_history INTEGER NOT NULL, last_event INTEGER NOT NULL);",
};

/* What people say, which no stage ever changes; figures of the stages as of the mark; and when
 * the rows of a segment were handed on: a cache, filled as segments are met. */
static const char kept_tables[] =
    "CREATE TABLE note(id INTEGER PRIMARY KEY, source BLOB, actor INTEGER, text TEXT NOT NULL,"
    " said_by TEXT, confidence TEXT, noted_us INTEGER NOT NULL);"
    "CREATE TABLE override(id INTEGER PRIMARY KEY, source BLOB NOT NULL, level INTEGER,"
    " reason TEXT NOT NULL, said_by TEXT, noted_us INTEGER NOT NULL);"
    "CREATE INDEX note_source ON note(source);"
    "CREATE INDEX override_source ON override(source);"
    "CREATE TABLE derive_figure(name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE segment_span(path TEXT PRIMARY KEY, first_us INTEGER NOT NULL,"
    " last_us INTEGER NOT NULL) WITHOUT ROWID;";

/* The second version kept them otherwise. They are made anew by the next pass. */
static const char drop_version_2[] =
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
    if (catalog_exec(store, version < 2 ? kept_tables : drop_version_2, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(derived_tables) / sizeof(derived_tables[0]); i++)
        if (catalog_exec(store, derived_tables[i], err) < 0)
            return -1;
    return catalog_exec(store, "UPDATE fact SET value = '3' WHERE name = 'version'", err);
}
