/* SPDX-License-Identifier: Apache-2.0 */
/* The table of recognisers. The first byte of a payload and the protocol leave few of them to
 * ask; the first that says yes counts, so the strict stand before the lenient.
 *
 * What a source has said last is remembered by hash, in a table of fixed size in which a place
 * belongs to the source that came last: to lose it costs a repeated trait, never memory. */
#include "app/app.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "app/sight.h"
#include "base/saved.h"

enum { OVER_TCP = 1, OVER_UDP = 2, OVER_BOTH = 3 };

/* `first`: the bytes that a payload may begin with, NULL for any. */
static const struct recogniser {
    const char *name;
    unsigned over;
    const char *first;
    size_t first_length;
    bool (*see)(const struct packet *packet, struct nj_cursor in, struct sight *sight);
} recognisers[] = {
#define FIRST(BYTES) .first = (BYTES), .first_length = sizeof(BYTES) - 1
    {.name = "ssdp", .over = OVER_UDP, FIRST("MNH"), .see = app_ssdp},
    {.name = "sip", .over = OVER_BOTH, FIRST("ABCIMNOPRS"), .see = app_sip},
    {.name = "rtsp", .over = OVER_TCP, FIRST("ADOPRS"), .see = app_rtsp},
    {.name = "ssh", .over = OVER_TCP, FIRST("S"), .see = app_ssh},
    {.name = "vnc", .over = OVER_TCP, FIRST("R"), .see = app_vnc},
    {.name = "adb", .over = OVER_TCP, FIRST("COAWS"), .see = app_adb},
    {.name = "http", .over = OVER_TCP, FIRST("GPHODTCSM"), .see = app_http},
    {.name = "smtp", .over = OVER_TCP, FIRST("2EeHhMmRrAa"), .see = app_smtp},
    {.name = "ftp", .over = OVER_TCP, FIRST("2UuPpQqSsFfEe"), .see = app_ftp},
    {.name = "redis", .over = OVER_TCP, FIRST("*PIQCSFKicsfk"), .see = app_redis},
    {.name = "memcached", .over = OVER_TCP, FIRST("svfgSVE"), .see = app_memcached},
    {.name = "tls", .over = OVER_TCP, FIRST("\x15\x16"), .see = app_tls},
    {.name = "telnet", .over = OVER_TCP, FIRST("\xff"), .see = app_telnet},
    {.name = "rdp", .over = OVER_TCP, FIRST("\x03"), .see = app_tpkt},
    {.name = "mqtt", .over = OVER_TCP, FIRST("\x10"), .see = app_mqtt},
    {.name = "mssql", .over = OVER_TCP, FIRST("\x10\x12"), .see = app_tds},
    {.name = "smb", .over = OVER_TCP, FIRST("\0"), .see = app_smb},
    {.name = "postgresql", .over = OVER_TCP, FIRST("\0"), .see = app_postgresql},
    {.name = "ldap", .over = OVER_BOTH, FIRST("0"), .see = app_ldap},
    {.name = "snmp", .over = OVER_BOTH, FIRST("0"), .see = app_snmp},
    {.name = "bacnet", .over = OVER_UDP, FIRST("\x81"), .see = app_bacnet},
    {.name = "mysql", .over = OVER_TCP, .see = app_mysql},
    {.name = "mongodb", .over = OVER_TCP, .see = app_mongodb},
    {.name = "modbus", .over = OVER_TCP, .see = app_modbus},
    {.name = "tls", .over = OVER_TCP, .see = app_tls},
    {.name = "memcached", .over = OVER_UDP, .see = app_memcached},
    {.name = "ntp", .over = OVER_UDP, .see = app_ntp},
    {.name = "dns", .over = OVER_BOTH, .see = app_dns},
};
#define RECOGNISERS (sizeof(recognisers) / sizeof(recognisers[0]))

#define SAID 8

struct source {
    uint64_t key; /* 0: nobody */
    uint32_t said[SAID];
    uint32_t traits; /* how many were made of it */
};

struct app {
    struct nj_intern *names;
    trait_fn sink;
    void *sink_ctx;
    uint32_t candidates[2][256]; /* TCP, UDP; bit i: ask the i-th */
    uint32_t numbers[RECOGNISERS];
    struct source sources[APP_SOURCES];
};

static_assert(RECOGNISERS <= 32, "candidates have 32 bits");

static void find_candidates(struct app *app)
{
    for (unsigned i = 0; i < RECOGNISERS; i++) {
        const struct recogniser *r = &recognisers[i];

        for (unsigned udp = 0; udp < 2; udp++)
            for (unsigned byte = 0; byte < 256; byte++)
                if ((r->over & (udp ? OVER_UDP : OVER_TCP)) != 0 &&
                    (r->first == NULL || memchr(r->first, (int)byte, r->first_length) != NULL))
                    app->candidates[udp][byte] |= 1u << i;
    }
}

int app_new(struct nj_intern *names, trait_fn sink, void *sink_ctx, struct app **ret_app,
            struct nj_err *err)
{
    struct app *app = calloc(1, sizeof(*app));

    if (app == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for applications");
    app->names = names;
    app->sink = sink;
    app->sink_ctx = sink_ctx;
    for (unsigned i = 0; i < RECOGNISERS; i++)
        app->numbers[i] = nj_intern_z(names, recognisers[i].name);
    find_candidates(app);
    *ret_app = app;
    return 0;
}

void app_free(struct app *app)
{
    free(app);
}

/* ---- traits ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
    return hash ^ hash >> 32;
}

static uint32_t hash_text(const char *text, size_t length)
{
    uint64_t hash = length;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3ull;
    hash = mix(hash, length);
    return (uint32_t)hash | 1; /* 0: nothing said */
}

/* Whether the source has not said this lately; it is remembered. */
static bool is_new(struct app *app, const struct packet *packet, uint32_t hash)
{
    uint64_t key = mix(mix(mix(1, packet->src.hi), packet->src.lo), packet->sensor) | 1;
    struct source *source = &app->sources[key >> 52];

    if (source->key != key)
        *source = (struct source){.key = key};
    for (unsigned i = 0; i < SAID; i++)
        if (source->said[i] == hash)
            return false;
    if (source->traits == APP_TRAITS)
        return false;
    source->said[source->traits++ % SAID] = hash;
    return true;
}

static_assert(APP_SOURCES == 1u << (64 - 52), "a place is the highest bits of the key");

static int tell(struct app *app, const struct packet *packet, const struct sight *sight,
                struct nj_err *err)
{
    const char *name = nj_intern_text(app->names, packet->app);
    struct trait trait = {.time_ns = packet->time_ns,
                          .src = packet->src,
                          .sensor = packet->sensor,
                          .packets = 1,
                          .kind = "app"};
    size_t length = strnlen(name, APP_NAME_MAX), rest = sight->length;

    memcpy(trait.value, name, length);
    memcpy(trait.value + length, sight->detail, rest);
    if (!is_new(app, packet, hash_text(trait.value, length + rest)))
        return 0;
    return app->sink(app->sink_ctx, &trait, err);
}

/* ---- one packet ---- */

int app_read(struct app *app, struct packet *packet, char user[static VISIT_USER_MAX],
             struct nj_err *err)
{
    struct nj_cursor in;
    struct sight sight;
    uint32_t candidates;

    if (packet->payload_length == 0 || packet->app != 0 || packet->direction == DIRECTION_OUT ||
        (packet->proto != PROTO_TCP && packet->proto != PROTO_UDP))
        return 0;
    in = nj_cursor(packet->payload, packet->payload_length);
    candidates = app->candidates[packet->proto == PROTO_UDP][packet->payload[0]];
    for (; candidates != 0; candidates &= candidates - 1) {
        unsigned i = (unsigned)__builtin_ctz(candidates);

        sight.name = NULL;
        sight.request = false;
        sight.length = sight.user_length = 0;
        if (!recognisers[i].see(packet, in, &sight))
            continue;
        packet->app =
            sight.name == NULL ? app->numbers[i] : nj_intern_z(app->names, sight.name);
        packet->request = sight.request;
        if (sight.user_length > 0 && packet->user == NULL) {
            memcpy(user, sight.user, sight.user_length);
            user[sight.user_length] = '\0';
            packet->user = user;
        }
        if (sight.request && sight.length > 0 && app->sink != NULL)
            return tell(app, packet, &sight, err);
        return 0;
    }
    return 0;
}

/* ---- state: each place, whether it is taken, and by whom ---- */

#define MAGIC "NJAPP\0\0\2"

static int walk(struct nj_saved *saved, void *state, struct nj_err *err)
{
    struct app *app = state;

    (void)err;
    for (size_t i = 0; i < APP_SOURCES && !nj_saved_bad(saved); i++) {
        struct source *source = &app->sources[i];
        bool taken = source->key != 0;

        nj_saved_bool(saved, &taken);
        if (!taken)
            continue;
        nj_saved_u64(saved, &source->key);
        nj_saved_u32(saved, &source->traits);
        for (unsigned k = 0; k < SAID; k++)
            nj_saved_u32(saved, &source->said[k]);
        nj_saved_check(saved, source->key >> 52 == i && source->traits <= APP_TRAITS);
    }
    return 0;
}

int app_save(const struct app *app, FILE *out, struct nj_err *err)
{
    /* a walk that writes changes nothing */
    if (nj_saved_write(out, MAGIC, NULL, walk, (struct app *)(uintptr_t)app, err) < 0)
        return nj_within(err, "save what applications said");
    return 0;
}

int app_load(struct app *app, FILE *in, struct nj_err *err)
{
    memset(app->sources, 0, sizeof(app->sources));
    if (nj_saved_read(in, MAGIC, NULL, walk, app, err) == 0)
        return 0;
    memset(app->sources, 0, sizeof(app->sources));
    return nj_within(err, "saved sayings of applications");
}
