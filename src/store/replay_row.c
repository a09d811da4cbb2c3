/* SPDX-License-Identifier: Apache-2.0 */
#include "store/replay_row.h"

#include <string.h>

void row_reader_close(struct row_reader *reader)
{
    duck_query_close(reader->query);
    *reader = (struct row_reader){.ended = true};
}

/* Step to the next row. @return whether there is one */
bool row_reader_next(struct row_reader *reader)
{
    size_t columns;

    if (reader->ended)
        return false;
    if (++reader->row < reader->rows)
        return true;
    do {
        if (duck_query_next(reader->query, &reader->chunk) != 0) {
            reader->ended = true;
            return false;
        }
        reader->rows = duckdb_data_chunk_get_size(reader->chunk);
    } while (reader->rows == 0);
    columns = duck_query_columns(reader->query);
    for (size_t i = 0; i < columns; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(reader->chunk, i);

        reader->data[i] = duckdb_vector_get_data(vector);
        reader->validity[i] = duckdb_vector_get_validity(vector);
    }
    reader->row = 0;
    return true;
}

int row_reader_open(struct store *store, const char *sql, const struct duck_value *values,
                    size_t count, struct row_reader *ret, struct nj_err *err)
{
    *ret = (struct row_reader){.ended = true};
    if (duck_query_open(store->duck, sql, values, count, &ret->query, err) < 0)
        return -1;
    ret->ended = false;
    (void)row_reader_next(ret);
    return 0;
}

static bool is_null(const struct row_reader *r, unsigned column)
{
    return !duckdb_validity_row_is_valid(r->validity[column], r->row);
}

#define NUMBER(type, r, column)                                                                \
    (is_null(r, column) ? 0 : ((const type *)(r)->data[column])[(r)->row])

int64_t row_number(const struct row_reader *reader, unsigned column)
{
    return NUMBER(int64_t, reader, column);
}

static struct addr address_at(const struct row_reader *r, unsigned column)
{
    if (is_null(r, column))
        return (struct addr){0, 0};
    return addr_of_uuid(((const duckdb_uhugeint *)r->data[column])[r->row]);
}

/* A text cell; length 0 for NULL. */
static const char *text_at(const struct row_reader *r, unsigned column, size_t *ret_length)
{
    duckdb_string_t *text = (duckdb_string_t *)(uintptr_t)r->data[column] + r->row;

    *ret_length = 0;
    if (is_null(r, column))
        return "";
    *ret_length = duckdb_string_t_length(*text);
    return duckdb_string_t_data(text);
}

/* The number of a text cell. @param which  of the columns that are asked for numbers */
static uint32_t name_at(struct row_names *names, const struct row_reader *r, unsigned column,
                        unsigned which,
                        uint32_t (*number_of)(struct row_names *, const char *, size_t))
{
    struct last_name *last = &names->last[which];
    size_t length;
    const char *text = text_at(r, column, &length);

    if (length == 0)
        return 0;
    if (length == last->length && memcmp(text, last->text, length) == 0)
        return last->number;
    if (length > sizeof(last->text))
        return number_of(names, text, length);
    memcpy(last->text, text, length);
    last->length = (uint32_t)length;
    last->number = number_of(names, text, length);
    return last->number;
}

static uint32_t intern(struct row_names *names, const char *text, size_t length)
{
    return nj_intern(names->names, text, length);
}

static void copy_text(const struct row_reader *r, unsigned column, char *to, size_t size)
{
    size_t length;
    const char *text = text_at(r, column, &length);

    if (length >= size)
        length = size - 1;
    memcpy(to, text, length);
    to[length] = '\0';
}

enum visit_column {
    V_TS,
    V_DURATION,
    V_HANDED,
    V_SEQ,
    V_SRC,
    V_DST,
    V_SENSOR,
    V_PROTO,
    V_DPORT,
    V_SESSIONS,
    V_PACKETS,
    V_BYTES,
    V_TARGETS,
    V_SPORT,
    V_SPORT_MIN,
    V_SPORT_MAX,
    V_SPORT_BANDS,
    V_REPEATS,
    V_ANSWERED,
    V_TTL,
    V_TTL_MIN,
    V_TTL_MAX,
    V_TCP_FLAGS,
    V_WINDOW,
    V_CLASS,
    V_RULE,
    V_TOOL,
    V_STACK,
    V_INSTANCE,
    V_APP,
    V_COUNTRY,
    V_ASN,
};

static uint32_t class_of(struct row_names *names, const char *text, size_t length)
{
    (void)names;
    for (unsigned i = 0; i < CLASS_COUNT; i++)
        if (strlen(class_names[i]) == length && memcmp(class_names[i], text, length) == 0)
            return i;
    return CLASS_OTHER;
}

enum name_column { N_SENSOR, N_CLASS, N_RULE, N_TOOL, N_STACK, N_APP };
_Static_assert(N_APP + 1 == ROW_NAMES, "columns whose last text is kept");

void row_visit(struct row_names *names, const struct row_reader *r, struct visit *ret,
               struct store_place *ret_place)
{
    int64_t ts = NUMBER(int64_t, r, V_TS);

    ret->class = is_null(r, V_CLASS) ? CLASS_OTHER
                                     : (uint8_t)name_at(names, r, V_CLASS, N_CLASS, class_of);
    ret->first_ns = ts * 1000;
    ret->last_ns = (ts + NUMBER(int64_t, r, V_DURATION)) * 1000;
    ret->handed_ns = NUMBER(int64_t, r, V_HANDED) * 1000;
    ret->seq = NUMBER(uint64_t, r, V_SEQ);
    ret->src = address_at(r, V_SRC);
    ret->dst = address_at(r, V_DST);
    ret->sensor = name_at(names, r, V_SENSOR, N_SENSOR, intern);
    ret->proto = NUMBER(uint8_t, r, V_PROTO);
    ret->dport = NUMBER(uint16_t, r, V_DPORT);
    ret->sessions = NUMBER(uint32_t, r, V_SESSIONS);
    ret->packets = NUMBER(uint64_t, r, V_PACKETS);
    ret->bytes = NUMBER(uint64_t, r, V_BYTES);
    ret->targets = NUMBER(uint32_t, r, V_TARGETS);
    ret->sport = NUMBER(uint16_t, r, V_SPORT);
    if (is_null(r, V_SPORT_MIN)) { /* all were `sport` */
        ret->sport_min = ret->sport_max = ret->sport;
        ret->sport_bands = UINT64_C(1) << (ret->sport >> 10);
    } else {
        ret->sport_min = NUMBER(uint16_t, r, V_SPORT_MIN);
        ret->sport_max = NUMBER(uint16_t, r, V_SPORT_MAX);
        ret->sport_bands = NUMBER(uint64_t, r, V_SPORT_BANDS);
    }
    ret->repeats = NUMBER(uint32_t, r, V_REPEATS);
    ret->answered = NUMBER(uint32_t, r, V_ANSWERED);
    ret->no_fields = is_null(r, V_TTL);
    ret->ttl = NUMBER(uint8_t, r, V_TTL);
    ret->ttl_min = NUMBER(uint8_t, r, V_TTL_MIN);
    ret->ttl_max = NUMBER(uint8_t, r, V_TTL_MAX);
    ret->tcp_flags = NUMBER(uint8_t, r, V_TCP_FLAGS);
    ret->window = NUMBER(uint16_t, r, V_WINDOW);
    ret->rule = name_at(names, r, V_RULE, N_RULE, intern);
    ret->tool = name_at(names, r, V_TOOL, N_TOOL, intern);
    ret->stack = name_at(names, r, V_STACK, N_STACK, intern);
    ret->instance = NUMBER(uint64_t, r, V_INSTANCE);
    ret->app = name_at(names, r, V_APP, N_APP, intern);
    ret->country = 0;
    ret_place->asn = NUMBER(uint32_t, r, V_ASN);
    copy_text(r, V_COUNTRY, ret_place->country, sizeof(ret_place->country));
}

enum trait_column { T_TS, T_SRC, T_SENSOR, T_KIND, T_VALUE, T_BITS, T_PACKETS };

static uint32_t trait_name(struct row_names *names, const struct row_reader *r, unsigned column)
{
    size_t length;
    const char *text = text_at(r, column, &length);

    return length == 0 ? 0 : nj_intern(names->names, text, length);
}

void row_trait(struct row_names *names, const struct row_reader *r, struct trait *ret)
{
    *ret = (struct trait){
        .time_ns = NUMBER(int64_t, r, T_TS) * 1000,
        .src = address_at(r, T_SRC),
        .sensor = trait_name(names, r, T_SENSOR),
        .packets = NUMBER(uint32_t, r, T_PACKETS),
        .bits = NUMBER(float, r, T_BITS),
    };
    ret->kind = nj_intern_text(names->names, trait_name(names, r, T_KIND));
    copy_text(r, T_VALUE, ret->value, sizeof(ret->value));
}

/* ---- rows of the stage ---- */

void staged_names_begin(struct staged_names *names)
{
    memset(names->known, 0, sizeof(names->known));
}

static uint32_t staged_name(struct staged_names *names, const char *text)
{
    size_t at;

    if (text == NULL || text[0] == '\0')
        return 0;
    at = ((uintptr_t)text >> 4 ^ (uintptr_t)text >> 13) % STAGED_KNOWN;
    if (names->known[at].text != text) {
        names->known[at].number = nj_intern_z(names->names, text);
        names->known[at].text = text;
    }
    return names->known[at].number;
}

static uint8_t staged_class(const char *text)
{
    for (uint8_t i = 0; i < CLASS_COUNT; i++)
        if (text == class_names[i])
            return i;
    return CLASS_OTHER;
}

void staged_visit(struct staged_names *names, const struct row *row, struct visit *ret,
                  struct store_place *ret_place)
{
    bool one_port = row->sport_min == row->sport && row->sport_max == row->sport;
    size_t length;

    *ret = (struct visit){
        .first_ns = row->ts * 1000,
        .last_ns = (row->ts + row->duration_us) * 1000,
        .handed_ns = row->handed * 1000,
        .seq = row->seq,
        .src = row->src,
        .dst = row->dst,
        .packets = row->packets,
        .bytes = row->bytes,
        .sessions = row->sessions,
        .targets = row->targets,
        .repeats = row->repeats,
        .answered = row->answered,
        .sport_bands = one_port ? UINT64_C(1) << (row->sport >> 10) : row->sport_bands,
        .instance = row->instance,
        .sensor = staged_name(names, row->sensor),
        .rule = staged_name(names, row->rule),
        .tool = staged_name(names, row->tool),
        .stack = staged_name(names, row->stack),
        .app = staged_name(names, row->app),
        .dport = row->dport,
        .sport = row->sport,
        .sport_min = row->sport_min,
        .sport_max = row->sport_max,
        .proto = row->proto,
        .class = staged_class(row->class),
        .no_fields = row->no_fields,
    };
    if (!row->no_fields) {
        ret->ttl = row->ttl;
        ret->ttl_min = row->ttl_min;
        ret->ttl_max = row->ttl_max;
        ret->tcp_flags = row->tcp_flags;
        ret->window = row->window;
    }
    ret_place->asn = row->asn;
    length = strnlen(row->country, sizeof(ret_place->country) - 1);
    memcpy(ret_place->country, row->country, length);
    ret_place->country[length] = '\0';
}

void staged_trait(struct staged_names *names, const struct trait_row *row, const uint8_t *heap,
                  struct trait *ret)
{
    *ret = (struct trait){
        .time_ns = row->ts * 1000,
        .src = row->src,
        .sensor = staged_name(names, row->sensor),
        .packets = row->packets,
        .bits = row->bits,
        .kind = nj_intern_text(names->names, staged_name(names, row->kind)),
    };
    if (row->value.length > 0)
        memcpy(ret->value, heap + row->value.start, row->value.length);
}
