/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/asn_kept.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/folders.h"
#include "base/saved.h"
#include "base/whole.h"

#define MAGIC "NJranges"
#define FORMAT 2u   /* of what walk() gives, and of what asn_csv.c and mmdb.c make of a file */
#define SETTLED_S 2 /* a file may change again within one step of its file system's clock */
#define IDENTITY 7  /* device, inode, size, and two times of two numbers */
#define BORDER_SIZE 8u /* the least that a border takes */

/* What a kept table is: of which file, and what it says. */
struct kept {
    uint64_t identity[IDENTITY]; /* of the file */
    bool countries;
    struct asn_table *table; /* reading: NULL until it is known how large */
    struct asn_csv_counts counts;
    uint64_t size_max; /* reading: no count can be above it */
};

/* ---- the bytes ----------------------------------------------------------------------------*/

/* Reading: refused unless it is what was written. */
static void walk_same(struct nj_saved *saved, uint64_t value)
{
    uint64_t found = value;

    nj_saved_u64(saved, &found);
    nj_saved_check(saved, found == value);
}

/* Reading: room for that many borders. @return whether there is memory */
static bool make_table(struct kept *kept, size_t v4_count, size_t v6_count)
{
    kept->table = asn_table_new(v6_count);
    if (kept->table == NULL || (v4_count > 0 && v4_map_room(kept->table->v4, v4_count) < 0))
        return false;
    kept->table->v4->count = v4_count;
    kept->table->v6_count = v6_count;
    return true;
}

static int walk(struct nj_saved *saved, void *state, struct nj_err *err)
{
    struct kept *kept = state;
    struct asn_table *table = kept->table;
    uint64_t v4_count = table == NULL ? 0 : table->v4->count;
    uint64_t v6_count = table == NULL ? 0 : table->v6_count;

    walk_same(saved, FORMAT);
    for (unsigned i = 0; i < IDENTITY; i++)
        walk_same(saved, kept->identity[i]);
    walk_same(saved, kept->countries);
    nj_saved_u64(saved, &kept->counts.rows);
    nj_saved_u64(saved, &kept->counts.refused);
    nj_saved_u64(saved, &kept->counts.bad_line);
    nj_saved_u64(saved, &v4_count);
    nj_saved_u64(saved, &v6_count);
    if (nj_saved_reading(saved)) {
        nj_saved_check(saved, v4_count <= kept->size_max / BORDER_SIZE &&
                                  v6_count <= kept->size_max / BORDER_SIZE);
        if (nj_saved_bad(saved))
            return 0;
        if (!make_table(kept, v4_count, v6_count))
            return nj_fail(err, NJ_NOMEM, "no memory for a kept table");
        table = kept->table;
    }
    nj_saved_bytes(saved, table->v4->first, v4_count * sizeof(*table->v4->first));
    nj_saved_bytes(saved, table->v4->value, v4_count * sizeof(*table->v4->value));
    nj_saved_bytes(saved, table->v6, v6_count * sizeof(*table->v6));
    nj_saved_bytes(saved, table->v6_asn, v6_count * sizeof(*table->v6_asn));
    return kept->countries ? 0 : as_names_walk(saved, &table->names, err);
}

/* ---- the file -----------------------------------------------------------------------------*/

/* Where the table of a file is kept: a name for each path, so that a newer file's table takes
 * the place of the older one's. @return whether there is such a place */
static bool place_of(const char *folder, const char *path, const char *kind, char *ret_place)
{
    char here[PATH_MAX] = "", full[2 * PATH_MAX];
    int length;

    if (folder == NULL || (path[0] != '/' && getcwd(here, sizeof(here)) == NULL) ||
        snprintf(full, sizeof(full), "%s/%s", here, path) >= (int)sizeof(full))
        return false;
    length = snprintf(ret_place, PATH_MAX, "%s/ranges-%016" PRIx64 ".%s", folder,
                      (uint64_t)XXH3_64bits(full, strlen(full)), kind);
    return length < PATH_MAX;
}

/* Whether nobody else can have written it. */
static bool is_ours(const struct stat *st, mode_t type)
{
    return (st->st_mode & S_IFMT) == type && st->st_uid == geteuid() &&
           (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The folder, and whatever stands at the place. Nobody else can put anything there, such as a
 * link to a file that is then read or written in its stead. */
static bool is_safe(const char *folder, const char *place)
{
    struct stat st;

    return stat(folder, &st) == 0 && is_ours(&st, S_IFDIR) &&
           (lstat(place, &st) < 0 || is_ours(&st, S_IFREG) || unlink(place) == 0);
}

/* @return whether what is kept there is of this file, and whole */
static bool read_kept(const char *place, struct kept *kept)
{
    int file = open(place, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    FILE *in = file < 0 ? NULL : fdopen(file, "rb");
    struct stat st;
    bool good = in != NULL && fstat(file, &st) == 0 && is_ours(&st, S_IFREG);

    kept->size_max = good ? (uint64_t)st.st_size : 0;
    good = good && nj_saved_read(in, MAGIC, NULL, walk, kept, NULL) == 0;
    if (in != NULL)
        (void)fclose(in);
    else if (file >= 0)
        (void)close(file);
    if (!good) {
        asn_table_free(kept->table);
        kept->table = NULL;
        return false;
    }
    v4_map_finish(kept->table->v4);
    return true;
}

/* What a file has as long as it is not changed or replaced.
 * @param ret_settled  whether it could not change any more without a new time
 * @return whether it is there */
static bool identify(const char *path, int64_t now_s, uint64_t ret[IDENTITY], bool *ret_settled)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return false;
    memcpy(ret,
           (uint64_t[IDENTITY]){st.st_dev, st.st_ino, (uint64_t)st.st_size,
                                (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec,
                                (uint64_t)st.st_ctim.tv_sec, (uint64_t)st.st_ctim.tv_nsec},
           IDENTITY * sizeof(*ret));
    *ret_settled =
        now_s - st.st_ctim.tv_sec > SETTLED_S && now_s - st.st_mtim.tv_sec > SETTLED_S;
    return true;
}

/* Whether the file is the one that was read, and can't change without a new time. */
static bool is_same(const char *path, int64_t now_s, const struct kept *kept)
{
    uint64_t after[IDENTITY];
    bool settled;

    return identify(path, now_s, after, &settled) && settled &&
           memcmp(kept->identity, after, sizeof(after)) == 0;
}

/* What does not work is done without. */
static void write_kept(const char *folder, const char *place, struct kept *kept)
{
    struct nj_whole whole;

    if (nj_make_folder(folder, 0700, NULL) < 0 || !is_safe(folder, place) ||
        nj_whole_begin(&whole, place, 0600, NULL) < 0)
        return;
    (void)nj_whole_end(&whole, nj_saved_write(whole.out, MAGIC, NULL, walk, kept, NULL), NULL);
}

int asn_kept_load(const char *folder, int64_t now_s, const char *path, bool countries,
                  struct asn_table **ret_table, struct asn_csv_counts *ret_counts,
                  struct nj_err *err)
{
    struct kept kept = {.countries = countries};
    char place[PATH_MAX];
    bool settled;
    bool can_keep = place_of(folder, path, countries ? "country" : "asn", place) &&
                    identify(path, now_s, kept.identity, &settled);

    if (!can_keep || !is_safe(folder, place) || !read_kept(place, &kept)) {
        if (asn_csv_load(path, countries, &kept.table, &kept.counts, err) < 0)
            return -1;
        if (can_keep && is_same(path, now_s, &kept))
            write_kept(folder, place, &kept);
    }
    *ret_table = kept.table;
    *ret_counts = kept.counts;
    return 0;
}

int asn_kept_flatten(const char *folder, int64_t now_s, const char *path, struct mmdb *mmdb,
                     struct v4_map **ret_map, struct nj_err *err)
{
    struct kept kept = {.countries = true};
    struct v4_map *map = NULL;
    char place[PATH_MAX];
    bool settled;
    bool can_keep =
        place_of(folder, path, "tree", place) && identify(path, now_s, kept.identity, &settled);

    if (!can_keep || !is_safe(folder, place) || !read_kept(place, &kept)) {
        if (mmdb_flatten(mmdb, NULL, &map, err) < 0)
            return -1;
        kept.table = asn_table_new(0);
        if (kept.table == NULL) {
            v4_map_free(map);
            return nj_fail(err, NJ_NOMEM, "no memory for its addresses");
        }
        v4_map_free(kept.table->v4);
        kept.table->v4 = map;
        if (can_keep && is_same(path, now_s, &kept))
            write_kept(folder, place, &kept);
    }
    *ret_map = kept.table->v4;
    kept.table->v4 = NULL; /* now the caller's */
    asn_table_free(kept.table);
    return 0;
}
