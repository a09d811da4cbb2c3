/* SPDX-License-Identifier: Apache-2.0 */
/* What makes sending exactly once: alerts that were told, and what of a feed a receiver has. */
#include "outbox/box_statement.h"

/* ---- what was told ---- */

int box_position(struct box *box, const char *who, int64_t *ret_us, struct nj_err *err)
{
    return ASK(box, "SELECT at_us FROM position WHERE who = ?", ret_us, err, TEXT(who));
}

int box_set_position(struct box *box, const char *who, int64_t at_us, struct nj_err *err)
{
    return CHANGE(box, "INSERT OR REPLACE INTO position VALUES(?, ?)", err, TEXT(who),
                  NUMBER(at_us));
}

int box_tell(struct box *box, const struct box_told *told, struct nj_err *err)
{
    if (CHANGE(box, "INSERT OR IGNORE INTO told VALUES(?, ?, ?, ?, ?)", err, TEXT(told->rule),
               TEXT(told->key), TEXT(told->subject), NUMBER(told->at_us),
               NUMBER(told->sent)) < 0)
        return -1;
    return sqlite3_changes(box->db) > 0 ? 0 : BOX_TOLD;
}

int box_is_told(struct box *box, const char *rule, const char *key, struct nj_err *err)
{
    int64_t count = 0;
    int rc = ASK(box, "SELECT count(*) FROM told WHERE rule = ?1 AND key = ?2", &count, err,
                 TEXT(rule), TEXT(key));

    return rc < 0 ? -1 : count > 0 ? BOX_TOLD : 0;
}

int box_told_count(struct box *box, const char *rule, const char *subject, int64_t from_us,
                   int64_t to_us, uint64_t *ret, struct nj_err *err)
{
    int64_t count = 0;
    int rc = ASK(box,
                 "SELECT count(*) FROM told WHERE rule = ?1 AND at_us BETWEEN ?2 AND ?3"
                 " AND sent AND (?4 = '' OR subject = ?4)",
                 &count, err, TEXT(rule), NUMBER(from_us), NUMBER(to_us),
                 TEXT(subject == NULL ? "" : subject));

    *ret = (uint64_t)count;
    return rc < 0 ? -1 : 0;
}

int box_forget_told(struct box *box, int64_t before_us, struct nj_err *err)
{
    return CHANGE(box, "DELETE FROM told WHERE at_us < ?", err, NUMBER(before_us));
}

/* ---- entries of feeds ---- */

int box_list(struct box *box, const char *receiver, const char *feed, const char *entry,
             const char *what, int64_t round, struct nj_err *err)
{
    int64_t same = 0;
    int rc = ASK(box,
                 "SELECT what = ?4 FROM listed WHERE receiver = ?1 AND feed = ?2"
                 " AND entry = ?3",
                 &same, err, TEXT(receiver), TEXT(feed), TEXT(entry), TEXT(what));

    if (rc < 0 ||
        CHANGE(box, "INSERT OR REPLACE INTO listed VALUES(?, ?, ?, ?, ?)", err, TEXT(receiver),
               TEXT(feed), TEXT(entry), TEXT(what), NUMBER(round)) < 0)
        return -1;
    return rc == 0 && same != 0 ? BOX_TOLD : 0;
}

int box_is_listed(struct box *box, const char *receiver, const char *feed, const char *entry,
                  const char *what, int64_t round, struct nj_err *err)
{
    if (CHANGE(box,
               "UPDATE listed SET round = ?5 WHERE receiver = ?1 AND feed = ?2 AND entry = ?3"
               " AND what = ?4",
               err, TEXT(receiver), TEXT(feed), TEXT(entry), TEXT(what), NUMBER(round)) < 0)
        return -1;
    return sqlite3_changes(box->db) > 0 ? BOX_TOLD : 0;
}

int box_unlist(struct box *box, const char *receiver, const char *feed, int64_t round,
               struct nj_err *err)
{
    return CHANGE(box, "DELETE FROM listed WHERE receiver = ? AND feed = ? AND round <> ?", err,
                  TEXT(receiver), TEXT(feed), NUMBER(round));
}
