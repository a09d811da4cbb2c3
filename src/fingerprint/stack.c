/* SPDX-License-Identifier: Apache-2.0 */
/* A packet becomes a key of 16 bytes, the key becomes a text once.
 *
 * Few distinct texts are the aim, since visits are split by them: a window is named only if it
 * says something about the program (a multiple of the MSS, or a constant that stacks and tools
 * are known for), and an MSS that is not a usual one only roughly. */
#include "fingerprint/stack.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Windows that are constants of some stack or tool: powers of two; 1025 masscan; 4128
 * unicornscan and Cisco; 1480 nping; the rest Linux, Windows, BSD, macOS and embedded systems,
 * written when the path has changed the MSS they are multiples of. */
static const uint16_t windows[] = {
    0,     1,     2,     3,     4,     16,    31,    63,    128,   256,   512,   1024,  1025,
    1400,  1460,  1480,  2048,  2920,  3072,  4096,  4128,  4380,  5360,  5720,  5792,  5808,
    5840,  8192,  8760,  13600, 14480, 14600, 16000, 16384, 16616, 17520, 18904, 25200, 26280,
    26844, 26880, 26883, 27200, 28000, 28200, 28400, 28560, 28800, 28960, 29040, 29200, 31337,
    32120, 32767, 32768, 33304, 42340, 42600, 43690, 44620, 49152, 49640, 60352, 61440, 62727,
    63443, 64000, 64240, 64512, 64800, 64860, 65160, 65228, 65320, 65392, 65495, 65535,
};

/* MSS of usual links and tunnels, and those that tools send. */
static const uint16_t sizes[] = {
    0,    256,  265,  536,  640,  1024, 1200, 1220,  1240,  1260,  1300,  1310,  1318, 1320,
    1340, 1344, 1350, 1352, 1354, 1355, 1356, 1358,  1360,  1361,  1362,  1363,  1366, 1368,
    1370, 1372, 1374, 1375, 1376, 1378, 1380, 1382,  1386,  1388,  1390,  1392,  1394, 1396,
    1398, 1400, 1402, 1404, 1406, 1408, 1410, 1412,  1414,  1416,  1418,  1420,  1422, 1424,
    1426, 1428, 1430, 1432, 1434, 1436, 1438, 1440,  1442,  1444,  1446,  1448,  1450, 1452,
    1454, 1456, 1458, 1460, 4660, 8460, 8960, 16344, 16396, 65475, 65483, 65495,
};

enum window_form { WINDOW_ANY, WINDOW_EXACT, WINDOW_MSS };
enum ts_class { TS_NONE, TS_ZERO, TS_SET, TS_UNKNOWN };

#define MSS_MULTIPLE_MAX 64u
#define MSS_MULTIPLE_SMALLEST 536u /* RFC 9293 3.7.1; smaller ones divide too many windows */
#define MSS_ROUGH 128u
#define SCALE_OVER 16u /* code of a scale over 14, which RFC 7323 2.3 forbids */

enum quirk {
    QUIRK_ACK = 1 << 0,
    QUIRK_URG = 1 << 1,
    QUIRK_SEQ0 = 1 << 2,
    QUIRK_ID0 = 1 << 3,
    QUIRK_ECN = 1 << 4,
    QUIRK_RESERVED = 1 << 5,
    QUIRK_FLAGS = 1 << 6,
    QUIRK_ECHO = 1 << 7,
    QUIRK_PADDING = 1 << 8,
    QUIRK_DATA = 1 << 9,
    QUIRK_FRAGMENT = 1 << 10,
};

static const char *const quirk_words[] = {
    "ack+", "urg+", "seq0", "id0", "ecn", "res", "flags", "echo+", "pad+", "data", "frag",
};

static const char *const option_words[OPTION_COUNT] = {
    [OPTION_END] = "",        [OPTION_EOL] = "eol", [OPTION_NOP] = "nop",
    [OPTION_MSS] = "mss",     [OPTION_WS] = "ws",   [OPTION_SOK] = "sok",
    [OPTION_SACK] = "sack",   [OPTION_TS] = "ts",   [OPTION_TFO] = "tfo",
    [OPTION_MPTCP] = "mptcp", [OPTION_MD5] = "md5", [OPTION_EXP] = "exp",
    [OPTION_OTHER] = "other", [OPTION_BAD] = "bad", [OPTION_MORE] = "more",
    [OPTION_UNKNOWN] = "?",
};

/* The fields of stack_key.rest: first bit, number of bits. */
struct field {
    unsigned shift, bits;
};

static const struct field field_v6 = {0, 1};
static const struct field field_ttl = {1, 2};
static const struct field field_df = {3, 1};
static const struct field field_scale = {4, 5}; /* 0 none, else scale + 1, SCALE_OVER */
static const struct field field_mss = {9, 16};
static const struct field field_rough = {25, 1};
static const struct field field_window = {26, 16};
static const struct field field_form = {42, 2};
static const struct field field_ts = {44, 2};
static const struct field field_padding = {46, 6};
static const struct field field_quirks = {52, 11};
static const struct field field_coarse = {63, 1}; /* only the first three are kept */

static uint64_t put(struct field field, uint64_t value)
{
    return value << field.shift;
}

static unsigned get(uint64_t rest, struct field field)
{
    return (unsigned)(rest >> field.shift & ((1u << field.bits) - 1));
}

#define SLOTS (4 * STACK_MAX)

struct slot {
    struct stack_key key;
    uint32_t name; /* 0: free */
};

/* What stack_layout answers. */
struct layout {
    uint64_t layout;
    bool known;
};

struct stack_table {
    struct nj_intern *names;
    uint32_t count;
    uint32_t order[STACK_MAX]; /* the slots in use, in the order of their coming */
    uint64_t known_windows[65536 / 64];
    uint64_t known_sizes[65536 / 64];
    struct slot slots[SLOTS];
    uint32_t layout_count;
    struct layout *layouts; /* by name number */
};

static void mark(uint64_t *set, const uint16_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        set[values[i] / 64] |= 1ull << values[i] % 64;
}

static bool marked(const uint64_t *set, uint16_t value)
{
    return (set[value / 64] >> value % 64 & 1) != 0;
}

struct stack_table *stack_table_new(struct nj_intern *names)
{
    struct stack_table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return NULL;
    table->names = names;
    mark(table->known_windows, windows, sizeof(windows) / sizeof(windows[0]));
    mark(table->known_sizes, sizes, sizeof(sizes) / sizeof(sizes[0]));
    return table;
}

void stack_table_free(struct stack_table *table)
{
    if (table != NULL)
        free(table->layouts);
    free(table);
}

void stack_table_clear(struct stack_table *table)
{
    memset(table->slots, 0, sizeof(table->slots));
    table->count = 0;
}

/* The next usual initial TTL: 32, 64, 128, 255. */
static unsigned ttl_class(uint8_t ttl)
{
    return (unsigned)(ttl > 32) + (ttl > 64) + (ttl > 128);
}

static unsigned quirks_of(const struct packet *p, const struct option_set *set)
{
    unsigned quirks = 0;

    if (p->ack != 0)
        quirks |= QUIRK_ACK;
    if (p->urgent != 0)
        quirks |= QUIRK_URG;
    if (p->seq == 0 && !p->no_seq)
        quirks |= QUIRK_SEQ0;
    if (p->ip_id == 0 && p->ip_version == 4)
        quirks |= QUIRK_ID0;
    if ((p->tcp_flags & (TCP_ECE | TCP_CWR)) != 0)
        quirks |= QUIRK_ECN;
    if (p->tcp_reserved != 0)
        quirks |= QUIRK_RESERVED;
    if ((p->tcp_flags & (TCP_FIN | TCP_RST | TCP_PSH | TCP_URG)) != 0)
        quirks |= QUIRK_FLAGS;
    if (set->ts_echo != 0)
        quirks |= QUIRK_ECHO;
    if (set->dirty_padding)
        quirks |= QUIRK_PADDING;
    if (p->payload_length != 0)
        quirks |= QUIRK_DATA;
    if (p->first_fragment)
        quirks |= QUIRK_FRAGMENT;
    return quirks;
}

static uint64_t window_of(const struct stack_table *table, uint16_t window, uint16_t mss)
{
    if (mss >= MSS_MULTIPLE_SMALLEST && window >= mss && window % mss == 0 &&
        window / mss <= MSS_MULTIPLE_MAX)
        return put(field_form, WINDOW_MSS) | put(field_window, window / mss);
    if (marked(table->known_windows, window))
        return put(field_form, WINDOW_EXACT) | put(field_window, window);
    return put(field_form, WINDOW_ANY);
}

static uint64_t ts_of(const struct option_set *set)
{
    if (set->layout == LAYOUT_UNKNOWN)
        return put(field_ts, TS_UNKNOWN);
    if (!set->has_ts)
        return put(field_ts, TS_NONE);
    return put(field_ts, set->ts_value == 0 ? TS_ZERO : TS_SET);
}

static struct stack_key key_of(const struct stack_table *table, const struct packet *packet,
                               const struct option_set *set)
{
    struct stack_key key = {.layout = set->layout};

    key.rest = put(field_v6, packet->ip_version == 6) | put(field_ttl, ttl_class(packet->ttl)) |
               put(field_df, packet->df) | put(field_padding, set->padding) |
               put(field_quirks, quirks_of(packet, set)) | ts_of(set) |
               window_of(table, packet->window, set->mss);
    if (set->has_scale)
        key.rest |= put(field_scale, set->scale > 14 ? SCALE_OVER : set->scale + 1u);
    if (marked(table->known_sizes, set->mss))
        key.rest |= put(field_mss, set->mss);
    else
        key.rest |= put(field_mss, set->mss / MSS_ROUGH * MSS_ROUGH) | put(field_rough, 1);
    return key;
}

static struct slot *slot_of(struct stack_table *table, struct stack_key key)
{
    uint64_t hash = (key.layout ^ 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;
    uint32_t i;

    hash = (hash ^ hash >> 32 ^ key.rest) * 0xc4ceb9fe1a85ec53ull;
    i = (uint32_t)(hash >> 40) % SLOTS;
    while (table->slots[i].name != 0 &&
           (table->slots[i].key.rest != key.rest || table->slots[i].key.layout != key.layout))
        i = (i + 1) % SLOTS;
    return &table->slots[i];
}

static uint32_t name_of(struct stack_table *table, struct stack_key key)
{
    char text[STACK_TEXT_MAX];

    return nj_intern_z(table->names, stack_text(key, text));
}

/* Only a help: without memory stack_layout knows less. The number of all texts that do not fit
 * into the table of names stands for many layouts. */
static void remember_layout(struct stack_table *table, uint32_t name, uint64_t layout)
{
    if (name == NJ_INTERN_OTHER)
        return;
    if (name >= table->layout_count) {
        uint32_t count = name + 1024;
        struct layout *layouts = realloc(table->layouts, count * sizeof(*layouts));

        if (layouts == NULL)
            return;
        memset(layouts + table->layout_count, 0,
               (count - table->layout_count) * sizeof(*layouts));
        table->layouts = layouts;
        table->layout_count = count;
    }
    table->layouts[name] = (struct layout){.layout = layout, .known = true};
}

bool stack_layout(const struct stack_table *table, uint32_t name, uint64_t *ret_layout)
{
    if (name >= table->layout_count || !table->layouts[name].known)
        return false;
    *ret_layout = table->layouts[name].layout;
    return true;
}

/* Enter a key that is not there. */
static uint32_t enter(struct stack_table *table, struct slot *slot, struct stack_key key)
{
    *slot = (struct slot){.key = key, .name = name_of(table, key)};
    table->order[table->count++] = (uint32_t)(slot - table->slots);
    remember_layout(table, slot->name, key.layout);
    return slot->name;
}

/* The coarse keys are at most 16 and come on top of STACK_MAX. */
static uint32_t coarse_name(struct stack_table *table, struct stack_key key)
{
    struct stack_key coarse = {
        .rest = (key.rest & 15) | put(field_coarse, 1),
    };
    struct slot *slot = slot_of(table, coarse);

    if (slot->name == 0)
        *slot = (struct slot){.key = coarse, .name = name_of(table, coarse)};
    return slot->name;
}

uint32_t stack_find(struct stack_table *table, const struct packet *packet,
                    const struct option_set *set)
{
    struct stack_key key = key_of(table, packet, set);
    struct slot *slot = slot_of(table, key);

    if (slot->name != 0)
        return slot->name;
    if (table->count == STACK_MAX)
        return coarse_name(table, key);
    return enter(table, slot, key);
}

uint32_t stack_table_count(const struct stack_table *table)
{
    return table->count;
}

struct stack_key stack_table_key(const struct stack_table *table, uint32_t i)
{
    return table->slots[table->order[i]].key;
}

void stack_table_add(struct stack_table *table, struct stack_key key)
{
    struct slot *slot = slot_of(table, key);

    if (slot->name == 0 && table->count < STACK_MAX)
        (void)enter(table, slot, key);
}

struct writer {
    char *text;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct writer *out, const char *format,
                                                      ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(out->text + out->used, STACK_TEXT_MAX - out->used, format, args);
    va_end(args);
    if (n > 0)
        out->used += (size_t)n;
    if (out->used > STACK_TEXT_MAX - 1)
        out->used = STACK_TEXT_MAX - 1;
}

static void add_layout(struct writer *out, struct stack_key key)
{
    unsigned padding = get(key.rest, field_padding);

    if (key.layout == LAYOUT_NONE)
        add(out, "-");
    for (uint64_t left = key.layout; left != 0; left >>= 4) {
        add(out, "%s%s", left == key.layout ? "" : ",", option_words[left & 15]);
        if ((left & 15) == OPTION_EOL && padding > 0)
            add(out, "+%u", padding);
    }
}

static void add_window(struct writer *out, uint64_t rest)
{
    switch (get(rest, field_form)) {
    case WINDOW_MSS:
        add(out, "|mss*%u", get(rest, field_window));
        break;
    case WINDOW_EXACT:
        add(out, "|%u", get(rest, field_window));
        break;
    default:
        add(out, "|*");
        break;
    }
}

/* Window scale, MSS and timestamp, as far as the options show them. */
static void add_values(struct writer *out, struct stack_key key)
{
    static const char *const ts_words[] = {"-", "0", "+", "?"};
    unsigned scale = get(key.rest, field_scale);
    bool has_mss = false;

    if (key.layout == LAYOUT_UNKNOWN) {
        add(out, "|?|?|?");
        return;
    }
    for (uint64_t left = key.layout; left != 0; left >>= 4)
        has_mss |= (left & 15) == OPTION_MSS;
    if (scale == 0)
        add(out, "|-");
    else if (scale == SCALE_OVER)
        add(out, "|15+");
    else
        add(out, "|%u", scale - 1);
    if (has_mss)
        add(out, "|%s%u", get(key.rest, field_rough) != 0 ? "~" : "", get(key.rest, field_mss));
    else
        add(out, "|-");
    add(out, "|%s", ts_words[get(key.rest, field_ts)]);
}

static void add_quirks(struct writer *out, unsigned quirks)
{
    const char *between = "|";

    if (quirks == 0)
        add(out, "|-");
    for (unsigned i = 0; i < sizeof(quirk_words) / sizeof(quirk_words[0]); i++)
        if ((quirks >> i & 1) != 0) {
            add(out, "%s%s", between, quirk_words[i]);
            between = ",";
        }
}

char *stack_text(struct stack_key key, char text[STACK_TEXT_MAX])
{
    static const unsigned ttls[] = {32, 64, 128, 255};
    struct writer out = {.text = text};

    text[0] = '\0';
    add(&out, "%u|%u|%s|", get(key.rest, field_v6) != 0 ? 6u : 4u,
        ttls[get(key.rest, field_ttl)], get(key.rest, field_df) != 0 ? "df" : "-");
    if (get(key.rest, field_coarse) != 0) {
        add(&out, "*|*|*|*|*|*");
        return text;
    }
    add_layout(&out, key);
    add_window(&out, key.rest);
    add_values(&out, key);
    add_quirks(&out, get(key.rest, field_quirks));
    return text;
}
