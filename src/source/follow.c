/* SPDX-License-Identifier: Apache-2.0 */
/* The second tier: sources that are followed. In reading order: places, how a source comes and
 * leaves, and what a row does to it. */
#include "base/huge.h"
#include "source/table_state.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 4096u /* 2 MB and more: huge pages */
#define LOOK 8u
#define PORTS_FIRST 2u      /* room for so many ports, then twice as many */
#define KEYLESS UINT64_MAX  /* a program that has no instance key */
#define PROGRAM_SESSIONS 8u /* from which a run shows what its program is */
#define TTLS_OF_A_STACK 8   /* one host's, by the ways to several sensors; nmap's are of 22 */

struct followed *followed_at(const struct source_table *table, size_t i)
{
    return &table->followed[i / CHUNK][i % CHUNK];
}

int followed_init(struct source_table *table, struct nj_err *err)
{
    table->followed = calloc((table->options.max_followed - 1) / CHUNK + 1, sizeof(void *));
    return table->followed != NULL ? 0 : nj_fail(err, NJ_NOMEM, "followed sources");
}

void followed_done(struct source_table *table)
{
    for (size_t i = 0; table->followed != NULL && i < table->options.max_followed; i += CHUNK) {
        struct followed *chunk = table->followed[i / CHUNK];

        for (size_t k = 0; chunk != NULL && k < CHUNK; k++)
            free(chunk[k].port);
        free(chunk);
    }
    free((void *)table->followed);
    free(table->due);
    free(table->dirty);
    free(table->held);
}

static void blank(struct followed *f)
{
    free(f->port);
    memset(f, 0, sizeof(*f));
    f->due_entry = f->waits_before = f->waits_after = NOBODY;
}

struct followed_port *followed_port_add(struct followed *f, struct nj_err *err)
{
    if (f->port_count == f->port_room) {
        size_t room = f->port_room == 0 ? PORTS_FIRST : 2u * f->port_room;
        struct followed_port *port = reallocarray(f->port, room, sizeof(*port));

        if (port == NULL) {
            nj_fail(err, NJ_NOMEM, "%zu ports of a source", room);
            return NULL;
        }
        f->port = port;
        f->port_room = (uint8_t)room;
    }
    f->port[f->port_count] = (struct followed_port){.port = 0};
    return &f->port[f->port_count++];
}

struct followed *followed_append(struct source_table *table, struct nj_err *err)
{
    size_t i = table->followed_count;
    struct followed **chunk = &table->followed[i / CHUNK];

    if (*chunk == NULL)
        *chunk = nj_huge_zeroed(CHUNK * sizeof(**chunk));
    if (*chunk == NULL) {
        nj_fail(err, NJ_NOMEM, "followed source %zu", i + 1);
        return NULL;
    }
    table->counts.followed = ++table->followed_count;
    blank(followed_at(table, i));
    return followed_at(table, i);
}

int followed_touch(struct source_table *table, struct followed *f, struct nj_err *err)
{
    f->unsaved = true;
    if (f->dirty)
        return 0;
    if (table->dirty_count == table->dirty_room) {
        size_t room = table->dirty_room * 2 + 64;
        uint32_t *list = realloc(table->dirty, room * sizeof(*list));

        if (list == NULL)
            return nj_fail(err, NJ_NOMEM, "changed sources");
        table->dirty = list;
        table->dirty_room = room;
    }
    table->dirty[table->dirty_count++] = place_followed(place_at(table, f->place));
    f->dirty = true;
    return 0;
}

/* ---- coming and leaving ---- */

/* A ceased one before one that goes on, then the longest silent. */
static bool leaves_before(const struct followed *a, const struct followed *b)
{
    bool a_over = a->run.sessions == 0 || a->run.ceased_us != 0;
    bool b_over = b->run.sessions == 0 || b->run.ceased_us != 0;

    return a_over != b_over ? a_over : a->last_us < b->last_us;
}

static uint32_t number_of_leaver(struct source_table *table)
{
    uint32_t leaver = NOBODY;

    for (unsigned i = 0; i < LOOK && i < table->followed_count; i++) {
        uint32_t number;

        if (table->followed_hand >= table->followed_count)
            table->followed_hand = 0;
        number = (uint32_t)table->followed_hand++;
        if (leaver == NOBODY ||
            leaves_before(followed_at(table, number), followed_at(table, leaver)))
            leaver = number;
    }
    return leaver;
}

static uint8_t to_u8(uint64_t v)
{
    return v < UINT8_MAX ? (uint8_t)v : UINT8_MAX;
}

static uint16_t to_u16(uint64_t v)
{
    return v < UINT16_MAX ? (uint16_t)v : UINT16_MAX;
}

static const uint8_t asked_class[3] = {CLASS_SCAN, CLASS_EXPLOIT, CLASS_CREDENTIAL};
static const uint8_t unasked_class[4] = {CLASS_BACKSCATTER, CLASS_MISCONFIGURATION,
                                         CLASS_SERVICE, CLASS_OTHER};

/* Back to the first tier, as far as it goes. */
static int give_back(struct source_table *table, const struct followed *f, struct nj_err *err)
{
    struct source *s = place_at(table, f->place);
    struct light light = {
        .sensors = f->sensors,
        .packets = f->packets < UINT32_MAX ? (uint32_t)f->packets : UINT32_MAX,
        .days = f->days,
        .answered = to_u8(f->answered),
        .repeats = to_u8(f->repeats),
    };

    for (unsigned i = 0; i < 3; i++)
        light.asked[i] = to_u8(f->class_sessions[asked_class[i]]);
    for (unsigned i = 0; i < 4; i++)
        light.unasked[i] = to_u16(f->class_sessions[unasked_class[i]]);
    for (unsigned i = 0; i < LIGHT_PORTS && i < f->port_count; i++) {
        light.port[i] = f->port[i].port;
        light.port_proto[i] = f->port[i].proto;
    }
    if (source_light_set(table, s, &light, err) < 0)
        return -1;
    s->first_us = f->first_us;
    s->last_us = f->last_us;
    place_leave(s, f);
    return 0;
}

static int leave(struct source_table *table, struct followed *f, struct nj_err *err)
{
    bool goes_on = f->run.sessions > 0 && f->run.ceased_us == 0;

    due_drop(table, f);
    table->counts.followed_evicted += goes_on;
    if (f->run.id != 0 && f->tell_resumed && hold(table, f, EPISODE_RESUMED, err) < 0)
        return -1;
    if (f->run.id != 0 && goes_on && hold(table, f, EPISODE_FORGOTTEN, err) < 0)
        return -1;
    if (f->run.id != 0 && f->tell_ceased && hold_ceased(table, f, err) < 0)
        return -1;
    return give_back(table, f, err);
}

static int begin_from(struct followed *f, const struct source *s, const struct light *l,
                      struct nj_err *err)
{
    uint32_t known = 0;

    f->first_us = s->first_us;
    f->last_us = s->last_us;
    f->packets = l->packets;
    f->sensors = l->sensors;
    f->days = l->days;
    f->answered = l->answered;
    f->repeats = l->repeats;
    for (unsigned i = 0; i < 3; i++)
        known += l->asked[i];
    for (unsigned i = 0; i < 3; i++)
        f->class_sessions[asked_class[i]] = l->asked[i];
    for (unsigned i = 0; i < 4; i++)
        f->class_sessions[unasked_class[i]] = l->unasked[i];
    f->strays = f->class_sessions[CLASS_OTHER]; /* the first tier keeps no protocol of them */
    for (unsigned i = 0; i < LIGHT_PORTS && l->port_proto[i] != 0; i++) {
        struct followed_port *port = followed_port_add(f, err);

        if (port == NULL)
            return -1;
        port->port = l->port[i];
        port->proto = l->port_proto[i];
        port->now = 1;
    }
    /* how the sessions spread over them was not kept */
    if (f->port_count > 0 && known > f->port_count)
        f->port[0].now += known - f->port_count;
    if (s->last_us == TIME_NONE)
        return 0;
    f->day = (int32_t)nj_floor_div(s->last_us, DAY_US);
    f->hour = (int32_t)nj_floor_div(s->last_us, HOUR_US);
    f->hours = 1u + (nj_floor_div(s->first_us, HOUR_US) < f->hour);
    if (l->run > 0) {
        run_begin_known(f, l->run, s->first_us + f->run_after_s * US_PER_S, s->last_us);
        f->run.packets = l->run;
        f->run.sensors = l->sensors;
        f->run.answered = l->answered;
        f->run.repeats = l->repeats;
    }
    return 0;
}

struct followed *follow(struct source_table *table, uint32_t place, struct nj_err *err)
{
    struct source *s = place_at(table, place);
    struct followed *f;
    struct light light;
    uint32_t number = (uint32_t)table->followed_count;
    bool dirty = false;

    if (table->followed_count < table->options.max_followed) {
        f = followed_append(table, err);
        if (f == NULL)
            return NULL;
    } else {
        number = number_of_leaver(table);
        f = followed_at(table, number);
        if (leave(table, f, err) < 0)
            return NULL;
        dirty = f->dirty; /* its number stands in the list */
        blank(f);
    }
    f->place = place;
    f->dirty = dirty;
    f->last_x = f->alive_x = TIME_NONE;
    f->hour = f->day = INT32_MIN;
    f->run.window.first_us = TIME_NONE;
    place_follow(s, f, number);
    source_light(table, s, &light);
    if (begin_from(f, s, &light, err) < 0)
        return NULL;
    if (f->run.packets > 0) {
        f->home = (uint8_t)__builtin_ctzll(light.sensors | UINT64_C(1) << (SENSORS - 1));
        f->last_x = f->alive_x = f->run.last_us - home_of(table, f)->dead_us;
        due_recount(table, f);
        if (due_file(table, f, err) < 0)
            return NULL;
    }
    return f;
}

/* ---- what a row does ---- */

static uint64_t port_code(const struct followed_port *port)
{
    return (uint64_t)port->proto << 16 | port->port;
}

/* All places are taken: a port of this run goes before the rarest of earlier ones; and a port
 * that is asked more often before one asked once, so that a sweep first does not hide what
 * follows. @return whose place it is; NULL: nobody's */
static struct followed_port *port_to_replace(struct followed *f)
{
    struct followed_port *least = NULL;

    for (unsigned k = 0; k < EPISODE_PORTS; k++)
        if (f->port[k].now == 0 && (least == NULL || f->port[k].before < least->before))
            least = &f->port[k];
    for (unsigned k = 0; least == NULL && k < EPISODE_PORTS; k++)
        if (f->port[k].now + f->port[k].before <= 1)
            least = &f->port[k];
    return least;
}

/* The place of a port that is not kept yet. @return NULL: it is counted apart, with *ret_rc 0,
 * or memory ended, with -1 */
static struct followed_port *place_of_port(struct followed *f, const struct visit *visit,
                                           int *ret_rc, struct nj_err *err)
{
    uint64_t code = (uint64_t)visit->proto << 16 | visit->dport;
    struct followed_port *place;

    *ret_rc = 0;
    if (f->port_count < EPISODE_PORTS) {
        place = followed_port_add(f, err);
        *ret_rc = place == NULL ? -1 : 0;
        return place;
    }
    place = port_to_replace(f);
    map_set(&f->ports, code);
    if (place == NULL || !class_asks(visit->class)) {
        map_set(&f->run.ports, code);
        return NULL;
    }
    map_set(&f->ports, port_code(place));
    if (place->now > 0) {
        map_set(&f->run.ports, port_code(place));
        map_set(&f->run.ports, code);
    }
    return place;
}

static int add_port(struct followed *f, const struct visit *visit, struct nj_err *err)
{
    struct followed_port *port = NULL;
    int rc;

    for (unsigned i = 0; i < f->port_count && port == NULL; i++)
        if (f->port[i].port == visit->dport && f->port[i].proto == visit->proto)
            port = &f->port[i];
    if (port == NULL) {
        port = place_of_port(f, visit, &rc, err);
        if (port == NULL)
            return rc;
        *port = (struct followed_port){.port = visit->dport, .proto = visit->proto};
    }
    if (class_asks(visit->class))
        port->now += visit->sessions;
    else
        port->before = to_u16((uint64_t)port->before + visit->sessions);
    return 0;
}

static void add_stack(struct followed *f, uint32_t stack)
{
    unsigned i = 0, known = f->stacks < STACKS ? f->stacks : STACKS;

    if (stack == 0)
        return;
    while (i < known && f->stack_list[i] != stack)
        i++;
    if (i == known) {
        i = f->stacks % STACKS; /* the one met first makes room */
        f->stack_list[i] = stack;
        f->run.stacks_met &= (uint16_t) ~(1u << i);
        if (f->stacks < 255)
            f->stacks++;
    }
    if ((f->run.stacks_met >> i & 1) == 0 && f->run.stacks < 255)
        f->run.stacks++;
    f->run.stacks_met |= (uint16_t)(1u << i);
}

static void add_day(struct followed *f, int64_t last_us)
{
    int32_t day = (int32_t)nj_floor_div(last_us, DAY_US);
    int32_t hour = (int32_t)nj_floor_div(last_us, HOUR_US);

    if (f->day == INT32_MIN) {
        f->day = day;
        f->days = 1;
    } else if (day > f->day) {
        f->days = day - f->day < 32 ? f->days << (day - f->day) | 1 : 1;
        f->day = day;
    } else if (f->day - day < 32) {
        f->days |= 1u << (f->day - day);
    }
    if (hour > f->hour) {
        f->hour = hour;
        f->hours++;
    }
}

/* The strongest rule: of an exploit rather than of credentials, the first met of these. */
static void add_rule(struct followed *f, const struct visit *visit)
{
    bool exploit = visit->class == CLASS_EXPLOIT;

    if ((exploit || visit->class == CLASS_CREDENTIAL) && visit->rule != 0 &&
        (f->rule == 0 || (exploit && !f->rule_exploit))) {
        f->rule = visit->rule;
        f->rule_exploit = exploit;
    }
}

static void add_facts(struct followed *f, const struct visit *visit, uint32_t asn,
                      const char *country, struct row_time at)
{
    if (asn != 0)
        f->asn = asn;
    if (country[0] != '\0')
        memcpy(f->country, country, sizeof(f->country));
    if (f->first_us == TIME_NONE || at.first_us < f->first_us)
        f->first_us = at.first_us;
    if (f->last_us == TIME_NONE || at.last_us > f->last_us)
        f->last_us = at.last_us;
    f->class_sessions[visit->class < CLASS_COUNT ? visit->class : CLASS_OTHER] +=
        visit->sessions;
    if (visit->class == CLASS_OTHER && visit->proto == PROTO_TCP)
        f->strays += visit->sessions;
    f->packets += visit->packets;
    f->sensors |= UINT64_C(1) << sensor_slot(visit->sensor);
    f->answered += proven_answers(visit);
    f->repeats += visit->repeats;
    if (!visit->no_fields && visit->stack != 0)
        f->fields += visit->sessions;
    if (visit->ttl_min != 0 && (f->ttl_min == 0 || visit->ttl_min < f->ttl_min))
        f->ttl_min = visit->ttl_min;
    if (visit->ttl_max > f->ttl_max)
        f->ttl_max = visit->ttl_max;
    if (!addr_is_none(visit->dst))
        map_set(&f->targets, visit->dst.lo ^ visit->dst.hi);
    if (visit->targets > f->largest_part)
        f->largest_part = visit->targets;
    if (visit->sessions > 0)
        add_day(f, at.last_us);
    add_rule(f, visit);
    add_stack(f, visit->stack);
}

/* The row is the first behind the reach of the run: the run is over, the next begins. */
static int end_run(struct source_table *table, struct followed *f, double gap_s,
                   struct nj_err *err)
{
    if (f->run.ceased_us == 0) {
        f->run.ceased_us = table->decided_us + MINUTE_US;
        f->tell_ceased = true;
    }
    if (f->run.id != 0 && f->tell_resumed && hold(table, f, EPISODE_RESUMED, err) < 0)
        return -1;
    if (f->run.id != 0 && f->tell_ceased && hold_ceased(table, f, err) < 0)
        return -1;
    f->tell_ceased = f->tell_resumed = false;
    if (f->run.stack.count[0] > 0)
        f->stack = top_first(&f->run.stack);
    if (f->run.tool.count[0] > 0)
        f->tool = top_first(&f->run.tool);
    run_end(f);
    f->run.window.first_us = TIME_NONE;
    /* one long silence is the end of something; the second like it is a habit */
    if (f->lone_pause_s > 0 && gap_s < 4 * f->lone_pause_s && f->lone_pause_s < 4 * gap_s) {
        pauses_add(&f->pauses, f->lone_pause_s, 1);
        pauses_add(&f->pauses, gap_s, 1);
        f->lone_pause_s = 0;
    } else {
        f->lone_pause_s = gap_s;
    }
    return 0;
}

/* A row after a silence: does it belong to the run, and was the silence judged wrongly? */
static int meet_silence(struct source_table *table, struct followed *f, struct row_time at,
                        struct nj_err *err)
{
    struct gaps gaps;
    double gap_s, reach_s;

    if (f->run.packets == 0)
        return 0;
    if (at.last_us > f->run.last_us)
        f->run.quiet = false;
    gap_s = seconds(at.first_us - home_of(table, f)->dead_us - f->last_x);
    if (gap_s <= SILENCE_LEAST_S && f->run.ceased_us == 0)
        return 0;
    gaps = run_gaps(f);
    reach_s = silence_gap_s(&gaps);
    if (reach_s < seconds(f->needed_us))
        reach_s = seconds(f->needed_us);
    if (gap_s > reach_s)
        return end_run(table, f, gap_s, err);
    if (f->run.ceased_us == 0 || at.last_us <= f->run.last_us)
        return 0;
    if (f->tell_ceased && f->run.id != 0 && hold_ceased(table, f, err) < 0)
        return -1;
    f->tell_ceased = false;
    f->tell_resumed = f->run.id != 0;
    f->run.ceased_us = 0;
    return 0;
}

/* The home is the sensor of most rows. */
static void vote_home(struct source_table *table, struct followed *f, uint32_t sensor)
{
    uint8_t slot = (uint8_t)sensor_slot(sensor);

    if (f->home == slot) {
        if (f->home_lead < UINT8_MAX)
            f->home_lead++;
    } else if (f->home_lead > 0) {
        f->home_lead--;
    } else {
        due_unwait(table, f);
        f->last_x += home_of(table, f)->dead_us - table->sensors[slot].dead_us;
        f->alive_x += home_of(table, f)->dead_us - table->sensors[slot].dead_us;
        f->home = slot;
        f->home_lead = 1;
    }
}

static void show_life(const struct source_table *table, struct followed *f, struct row_time at)
{
    int64_t dead_us = home_of(table, f)->dead_us;
    int64_t alive_us = at.handed_us - table->options.part_s * US_PER_S;

    if (alive_us < at.last_us) /* else the clock is ahead of the rows: go by the clock */
        alive_us = at.last_us;
    if (at.last_us - dead_us > f->last_x)
        f->last_x = at.last_us - dead_us;
    if (alive_us - dead_us > f->alive_x)
        f->alive_x = alive_us - dead_us;
}

/* Where a stack is no sign of who it is: it holds the TTL's class, which is then any. */
static bool sets_ttls_at_random(const struct run *run)
{
    return run->ttl_max - run->ttl_min > TTLS_OF_A_STACK;
}

/* Which program a row is of: its instance key, KEYLESS for another stack than that of a program
 * that has one, 0 if it does not tell. */
static uint64_t program_of(const struct followed *f, const struct visit *visit)
{
    uint32_t stack = top_first(&f->run.stack);

    if (visit->instance != 0 || f->program == 0)
        return visit->instance;
    if (f->program == KEYLESS || (visit->stack != 0 && stack != 0 && visit->stack != stack &&
                                  !sets_ttls_at_random(&f->run)))
        return KEYLESS;
    return 0;
}

/* A dynamic address is given to the next one: another program, and the former is not met again.
 * If it is, or comes before the former has been told, several share the address and no run is
 * cut any more.
 * @return 1 if the row is a late one of the former program; 0; -1 */
static int meet_program(struct source_table *table, struct followed *f,
                        const struct visit *visit, struct row_time at, struct nj_err *err)
{
    uint64_t program = program_of(f, visit);

    if (program == 0 || f->mixed)
        return 0;
    if (f->run.packets > 0 && program == f->former && at.last_us <= f->run.first_us)
        return 1;
    if (f->program == 0 || program == f->program || f->run.packets == 0) {
        f->program = program;
        return 0;
    }
    if (program == f->former || f->run.sessions < PROGRAM_SESSIONS || f->run.id == 0 ||
        at.first_us < f->run.last_us) {
        f->mixed = true;
        return 0;
    }
    f->former = f->program;
    f->program = program;
    return end_run(table, f, 0, err);
}

static int add_to_run(struct source_table *table, struct followed *f, const struct visit *visit,
                      struct row_time at, struct nj_err *err)
{
    bool pause;
    int late;

    if (f->last_x == TIME_NONE)
        f->home = (uint8_t)sensor_slot(visit->sensor);
    if (meet_silence(table, f, at, err) < 0)
        return -1;
    late = meet_program(table, f, visit, at, err);
    if (late != 0)
        return late < 0 ? -1 : 0;
    vote_home(table, f, visit->sensor);
    pause = f->run.window.first_us != TIME_NONE &&
            seconds(at.first_us - f->run.window.last_us) >= PAUSE_FIRST_S;
    run_add(f, visit, at);
    show_life(table, f, at);
    if (pause || f->run.sessions >= f->recount_at)
        due_recount(table, f);
    return due_file(table, f, err);
}

int followed_add(struct source_table *table, struct followed *f, const struct visit *visit,
                 uint32_t asn, const char *country, struct row_time at, struct nj_err *err)
{
    if (class_asks(visit->class) && add_to_run(table, f, visit, at, err) < 0)
        return -1;
    add_facts(f, visit, asn, country, at);
    if (visit->sessions > 0 && add_port(f, visit, err) < 0)
        return -1;
    f->changed = true;
    return followed_touch(table, f, err);
}
