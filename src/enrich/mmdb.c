/* SPDX-License-Identifier: Apache-2.0 */
/* libmaxminddb opens the file and walks its tree, mmdb_record.c reads the records. Many
 * addresses share a record, so the answers are kept by the record's offset. */
#include "enrich/mmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enrich/mmdb_record.h"

#define KEPT_BITS 12u     /* 4096 records remembered; a country file has about 250 */
#define PROBE_RECORDS 16u /* records looked at to learn what a file holds */
#define PROBE_NODES 65536u
#define DEPTH_MAX 128u /* bits of an address */

/* The metadata starts behind the last marker in the last 128 kB (specification 2.0). */
#define METADATA_MAX 131072

/* Bytes between search tree and data section, counted in what a node says of a record. */
#define SEPARATOR 16u

static const char marker[] = "\xab\xcd\xefMaxMind.com";

struct kept {
    uint32_t offset_1; /* of the record, plus 1; 0: free */
    struct mmdb_place place;
};

struct mmdb {
    MMDB_s db;
    struct record_section section;
    struct mmdb_about about;
    struct kept kept[1u << KEPT_BITS];
};

/* ---- the file -----------------------------------------------------------------------------*/

static bool has_detail(const struct mmdb_detail *detail)
{
    return detail->region[0] != '\0' || detail->city[0] != '\0' || !isnan(detail->lat);
}

/* Learn from the first records of the tree what the file holds. */
static int probe(struct mmdb *m, struct nj_err *err)
{
    uint32_t stack[DEPTH_MAX + 1];
    unsigned depth = 0, records = 0;

    stack[depth++] = 0;
    for (unsigned nodes = 0; depth > 0 && nodes < PROBE_NODES && records < PROBE_RECORDS;
         nodes++) {
        MMDB_search_node_s node;

        if (MMDB_read_node(&m->db, stack[--depth], &node) != MMDB_SUCCESS)
            return nj_fail(err, NJ_FORMAT, "its search tree is damaged");
        for (unsigned side = 2; side-- > 0;) {
            uint64_t to = side == 0 ? node.left_record : node.right_record;
            uint8_t type = side == 0 ? node.left_record_type : node.right_record_type;
            struct mmdb_place place;
            struct mmdb_detail detail;
            size_t offset;

            if (type == MMDB_RECORD_TYPE_INVALID)
                return nj_fail(err, NJ_FORMAT, "its search tree is damaged");
            if (type == MMDB_RECORD_TYPE_SEARCH_NODE) {
                if (depth > DEPTH_MAX)
                    return nj_fail(err, NJ_FORMAT, "its search tree is too deep");
                stack[depth++] = (uint32_t)to;
            }
            if (type != MMDB_RECORD_TYPE_DATA)
                continue;
            offset = side == 0 ? node.left_record_entry.offset : node.right_record_entry.offset;
            if (mmdb_record_place(&m->section, offset, &place, err) < 0 ||
                mmdb_record_detail(&m->section, offset, &detail, err) < 0)
                return -1;
            records++;
            m->about.country = m->about.country || place.country[0] != '\0';
            m->about.asn = m->about.asn || place.asn != 0;
            m->about.detail = m->about.detail || has_detail(&detail);
        }
    }
    return records > 0 ? 0 : nj_fail(err, NJ_FORMAT, "no records found in its search tree");
}

bool mmdb_is(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    uint8_t *tail = NULL;
    bool found = false;
    struct stat st;

    if (file >= 0 && fstat(file, &st) == 0 && S_ISREG(st.st_mode) &&
        (tail = malloc(METADATA_MAX)) != NULL) {
        off_t from = st.st_size > METADATA_MAX ? st.st_size - METADATA_MAX : 0;
        ssize_t got = pread(file, tail, METADATA_MAX, from);

        found = got > 0 && memmem(tail, (size_t)got, marker, sizeof(marker) - 1) != NULL;
    }
    free(tail);
    if (file >= 0)
        (void)close(file);
    return found;
}

int mmdb_open(const char *path, struct mmdb **ret_mmdb, struct nj_err *err)
{
    struct mmdb *m;
    struct stat st;
    int status;

    if (stat(path, &st) < 0)
        return nj_fail(err, NJ_IO, "can't be opened");
    if (!S_ISREG(st.st_mode))
        return nj_fail(err, NJ_FORMAT, "is no plain file");
    if (st.st_size == 0)
        return nj_fail(err, NJ_FORMAT, "is empty");
    m = calloc(1, sizeof(*m));
    if (m == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory to open a database");
    errno = 0;
    status = MMDB_open(path, MMDB_MODE_MMAP, &m->db);
    if (status != MMDB_SUCCESS) {
        free(m);
        if (status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR)
            return nj_fail(err, NJ_IO, "can't be read");
        return nj_fail(err, NJ_FORMAT, "is no usable MaxMind-format database (%s)",
                       status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR
                           ? "its metadata lack a field"
                           : MMDB_strerror(status));
    }
    m->section = (struct record_section){
        .bytes = m->db.data_section,
        .size = m->db.data_section_size,
    };
    m->about.built =
        m->db.metadata.build_epoch > INT64_MAX ? 0 : (int64_t)m->db.metadata.build_epoch;
    m->about.nodes = m->db.metadata.node_count;
    if (probe(m, err) < 0) {
        mmdb_close(m);
        return -1;
    }
    *ret_mmdb = m;
    return 0;
}

void mmdb_close(struct mmdb *m)
{
    if (m == NULL)
        return;
    MMDB_close(&m->db);
    free(m);
}

void mmdb_about(const struct mmdb *m, struct mmdb_about *ret_about)
{
    *ret_about = m->about;
}

/* ---- look-up ------------------------------------------------------------------------------*/

/* Where the record of an address stands. An IPv4-only tree has no IPv6 addresses; an IPv6 tree
 * holds the IPv4 ones, if any, under ::/96. */
static int find(const struct mmdb *m, struct addr a, uint32_t *ret_offset, struct nj_err *err)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    MMDB_lookup_result_s result;
    int status;

    if (addr_is_v4(a)) {
        v4.sin_addr.s_addr = htonl(addr_v4(a));
        result = MMDB_lookup_sockaddr(&m->db, (const struct sockaddr *)&v4, &status);
    } else {
        if (m->db.metadata.ip_version == 4)
            return MMDB_ABSENT;
        addr_to_bytes(a, v6.sin6_addr.s6_addr);
        result = MMDB_lookup_sockaddr(&m->db, (const struct sockaddr *)&v6, &status);
    }
    if (status != MMDB_SUCCESS)
        return nj_fail(err, NJ_FORMAT, "its search tree is damaged (%s)",
                       MMDB_strerror(status));
    if (!result.found_entry)
        return MMDB_ABSENT;
    *ret_offset = result.entry.offset;
    return 0;
}

static int place_at(struct mmdb *m, uint32_t offset, struct mmdb_place *ret_place,
                    struct nj_err *err)
{
    /* Records are some tens of bytes apart, so a multiplication spreads them (2^32 / phi). */
    struct kept *kept = &m->kept[offset * 2654435769u >> (32 - KEPT_BITS)];

    if (kept->offset_1 != offset + 1) {
        struct mmdb_place place;

        if (mmdb_record_place(&m->section, offset, &place, err) < 0)
            return -1;
        kept->offset_1 = offset + 1;
        kept->place = place;
    }
    *ret_place = kept->place;
    return 0;
}

int mmdb_place(struct mmdb *m, struct addr a, struct mmdb_place *ret_place, struct nj_err *err)
{
    uint32_t offset = 0;
    int rc = find(m, a, &offset, err);

    return rc != 0 ? rc : place_at(m, offset, ret_place, err);
}

int mmdb_detail(struct mmdb *m, struct addr a, struct mmdb_detail *ret_detail,
                struct nj_err *err)
{
    uint32_t offset = 0;
    int rc = find(m, a, &offset, err);

    return rc != 0 ? rc : mmdb_record_detail(&m->section, offset, ret_detail, err);
}

/* ---- all at once --------------------------------------------------------------------------*/

/* A part of the tree still to be seen: node, record or nothing. */
struct branch {
    uint64_t to; /* node number, or offset of the record */
    struct addr first;
    uint8_t type; /* MMDB_RECORD_TYPE_... */
    uint8_t depth;
};

struct flat {
    struct mmdb *mmdb;
    struct as_names *names;
    struct v4_map *map;
    bool v4; /* in the part of the tree that holds the IPv4 addresses */
};

/* The name of a number is asked for once; most records repeat a number that has one. */
static int learn_name(struct flat *flat, size_t offset, uint32_t asn, struct nj_err *err)
{
    struct record_value value;
    int rc;

    if (asn == 0 || as_names_find(flat->names, asn) != NULL)
        return 0;
    rc = mmdb_record_as_name(&flat->mmdb->section, offset, &value, err);
    if (rc == 0)
        as_names_add(flat->names, asn, value.bytes, value.length);
    return rc < 0 ? -1 : 0;
}

static int flatten_leaf(struct flat *flat, const struct branch *leaf, struct nj_err *err)
{
    struct mmdb_place place = {.asn = 0};
    uint32_t value = 0;

    if (leaf->type == MMDB_RECORD_TYPE_DATA) {
        if (place_at(flat->mmdb, (uint32_t)leaf->to, &place, err) < 0)
            return -1;
        if (flat->names != NULL && learn_name(flat, (uint32_t)leaf->to, place.asn, err) < 0)
            return -1;
        value = flat->names != NULL ? place.asn : mmdb_country_value(place.country);
    }
    if (flat->v4 && v4_map_add(flat->map, addr_v4(leaf->first), value) < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for its addresses");
    return 0;
}

/* Put the two sides of a node on the stack, the left one on top. */
static int split(const struct mmdb *m, const struct branch *at, struct branch *stack,
                 size_t *depth, struct nj_err *err)
{
    struct branch left = *at, right = *at;
    MMDB_search_node_s node;

    if (MMDB_read_node(&m->db, (uint32_t)at->to, &node) != MMDB_SUCCESS ||
        node.left_record_type == MMDB_RECORD_TYPE_INVALID ||
        node.right_record_type == MMDB_RECORD_TYPE_INVALID || at->depth >= DEPTH_MAX)
        return nj_fail(err, NJ_FORMAT, "its search tree is damaged");
    left.depth = right.depth = (uint8_t)(at->depth + 1);
    left.type = node.left_record_type;
    right.type = node.right_record_type;
    left.to =
        left.type == MMDB_RECORD_TYPE_DATA ? node.left_record_entry.offset : node.left_record;
    right.to = right.type == MMDB_RECORD_TYPE_DATA ? node.right_record_entry.offset
                                                   : node.right_record;
    if (at->depth < 64)
        right.first.hi |= 1ull << (63 - at->depth);
    else
        right.first.lo |= 1ull << (127 - at->depth);
    stack[(*depth)++] = right;
    stack[(*depth)++] = left;
    return 0;
}

/* See all leaves below `root`, in the order of their addresses. An IPv6 tree has its IPv4 part
 * again under other prefixes (::ffff:0:0/96, 2002::/16): such a branch is passed over. */
static int walk(struct flat *flat, struct branch root, struct nj_err *err)
{
    const struct mmdb *m = flat->mmdb;
    struct branch stack[2 * DEPTH_MAX + 2];
    size_t depth = 0;
    uint64_t nodes = 0;

    for (stack[depth++] = root; depth > 0;) {
        struct branch at = stack[--depth];
        bool again = at.depth != root.depth && at.to == m->db.ipv4_start_node.node_value;

        if (at.type == MMDB_RECORD_TYPE_SEARCH_NODE) {
            if (again)
                continue;
            if (++nodes > m->about.nodes)
                return nj_fail(err, NJ_FORMAT, "its search tree is damaged");
            if (split(m, &at, stack, &depth, err) < 0)
                return -1;
        } else if (flatten_leaf(flat, &at, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The IPv4 part of the tree, as a branch at the depth where 32 bits are left. */
static struct branch v4_root(const struct mmdb *m)
{
    struct branch root = {.first = addr_from_v4(0), .depth = 96};

    if (m->db.metadata.ip_version == 4)
        return root;
    root.to = m->db.ipv4_start_node.node_value;
    if (root.to == m->about.nodes) {
        root.type = MMDB_RECORD_TYPE_EMPTY;
    } else if (root.to > m->about.nodes) {
        root.type = MMDB_RECORD_TYPE_DATA;
        root.to -= m->about.nodes + SEPARATOR;
    }
    return root;
}

int mmdb_flatten(struct mmdb *m, struct as_names *names, struct v4_map **ret_map,
                 struct nj_err *err)
{
    struct flat flat = {.mmdb = m, .names = names, .v4 = true};
    int rc;

    if (m->about.nodes > MMDB_FLAT_NODES)
        return nj_fail(err, NJ_LIMIT, "has more than %u nodes", MMDB_FLAT_NODES);
    flat.map = v4_map_new();
    if (flat.map == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for its addresses");
    rc = walk(&flat, v4_root(m), err);
    if (rc == 0 && names != NULL && m->db.metadata.ip_version == 6) {
        flat.v4 = false;
        rc = walk(&flat, (struct branch){.depth = 0}, err);
    }
    if (rc < 0) {
        v4_map_free(flat.map);
        return -1;
    }
    v4_map_finish(flat.map);
    *ret_map = flat.map;
    return 0;
}
