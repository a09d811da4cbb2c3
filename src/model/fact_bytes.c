/* SPDX-License-Identifier: Apache-2.0 */
/* Facts as bytes: a head (the group, or the form of a grade; the high bit: inherited, or
 * `also`) and its numbers, as base/pack.h has them. The fields of a fact are named once, for
 * both directions. */
#include <string.h>

#include "base/pack.h"
#include "model/fact.h"

#define HIGH_BIT 0x80u
#define NAME_BYTES 167 /* of a name; part of the stored format */

_Static_assert(RISK_FACT_BYTES > 1 + 24 + NAME_BYTES + 1 + 12 * NJ_COUNT_BYTES + 2 * 24,
               "any fact finds room");

/* Bytes that are written, or read. */
struct codec {
    uint8_t *out; /* NULL: reading */
    struct nj_cursor in;
};

static void byte(struct codec *c, uint8_t *value)
{
    if (c->out != NULL)
        *c->out++ = *value;
    else
        *value = nj_u8(&c->in);
}

static void count_64(struct codec *c, uint64_t *number)
{
    if (c->out != NULL)
        c->out = nj_put_count(c->out, *number);
    else
        *number = nj_count(&c->in);
}

static void count_32(struct codec *c, uint32_t *number)
{
    uint64_t value = *number;

    count_64(c, &value);
    c->in.bad = c->in.bad || value > UINT32_MAX;
    *number = (uint32_t)value;
}

static void real(struct codec *c, double *number)
{
    if (c->out != NULL)
        c->out = nj_put_real(c->out, *number);
    else
        *number = nj_real(&c->in);
}

static void address(struct codec *c, struct addr *a)
{
    if (c->out != NULL) {
        addr_to_bytes(*a, c->out);
        c->out += 16;
    } else {
        const uint8_t *bytes = nj_take(&c->in, 16);

        *a = bytes == NULL ? (struct addr){0, 0} : addr_from_bytes(bytes);
    }
}

static void text(struct codec *c, const char **name)
{
    if (c->out != NULL) {
        c->out = nj_put_text(c->out, *name, NAME_BYTES);
        return;
    }
    *name = nj_text(&c->in);
    c->in.bad = c->in.bad || strlen(*name) > NAME_BYTES;
}

/* Flags, the first the lowest bit. */
static unsigned flags(struct codec *c, unsigned value)
{
    uint8_t byte_of = (uint8_t)value;

    byte(c, &byte_of);
    return byte_of;
}

static void port(struct codec *c, struct fact_port *port)
{
    uint32_t number = port->port;

    count_32(c, &number);
    port->port = (uint16_t)number;
    byte(c, &port->proto);
    byte(c, &port->tenths);
    count_32(c, &port->sessions);
}

static void evasion(struct codec *c, struct risk_fact *fact)
{
    bool like = !addr_is_none(fact->evasion.like);
    unsigned set =
        flags(c, (unsigned)like | (unsigned)fact->evasion.decoys << 1 |
                     (unsigned)fact->evasion.slow << 2 |
                     (unsigned)fact->evasion.disguised << 3 | (unsigned)fact->evasion.hop << 4);

    fact->evasion.decoys = set >> 1 & 1;
    fact->evasion.slow = set >> 2 & 1;
    fact->evasion.disguised = set >> 3 & 1;
    c->in.bad = c->in.bad || set >> 4 > FACT_SPLIT;
    fact->evasion.hop = c->in.bad ? FACT_NO_HOP : (enum fact_hop)(set >> 4);
    if (fact->evasion.hop != FACT_NO_HOP) {
        address(c, &fact->evasion.hop_from);
        real(c, &fact->evasion.hop_probability);
    }
    if ((set & 1) != 0) {
        address(c, &fact->evasion.like);
        real(c, &fact->evasion.like_probability);
    }
}

static void fields(struct codec *c, struct risk_fact *fact)
{
    unsigned set;

    switch (fact->group) {
    case RISK_EXPLOIT:
        count_64(c, &fact->exploit.exploits);
        count_64(c, &fact->exploit.logins);
        text(c, &fact->exploit.rule);
        return;
    case RISK_INTENT:
        count_32(c, &fact->intent.count);
        count_32(c, &fact->intent.all);
        if (fact->intent.count > FACT_PORTS) {
            c->in.bad = true;
            return;
        }
        for (uint32_t i = 0; i < fact->intent.count; i++)
            port(c, &fact->intent.ports[i]);
        return;
    case RISK_TARGETS:
        fact->targets.unwatched = flags(c, fact->targets.unwatched) & 1;
        count_64(c, &fact->targets.count);
        real(c, &fact->targets.coverage);
        return;
    case RISK_PORTS:
        count_32(c, &fact->ports.count);
        return;
    case RISK_INTENSITY:
        set = flags(c, fact->intensity.unwatched | (unsigned)fact->intensity.local << 1);
        fact->intensity.unwatched = set & 1;
        fact->intensity.local = set & 2;
        real(c, &fact->intensity.pps);
        return;
    case RISK_PERSISTENCE:
        count_32(c, &fact->persistence.days);
        return;
    case RISK_EVASION:
        evasion(c, fact);
        return;
    case RISK_TOOL:
        if ((flags(c, fact->tool.tool != NULL) & 1) == 0) {
            text(c, &fact->tool.stack);
            return;
        }
        text(c, &fact->tool.tool);
        count_32(c, &fact->tool.packets);
        count_32(c, &fact->tool.bits);
        return;
    case RISK_NOVELTY:
        real(c, &fact->novelty.p);
        port(c, &fact->novelty.port);
        return;
    case RISK_SENSORS:
        count_32(c, &fact->sensors.seen);
        count_32(c, &fact->sensors.all);
        return;
    case RISK_GROUPS:
        c->in.bad = true;
        return;
    }
}

static void inheritance(struct codec *c, struct risk_fact *fact)
{
    address(c, &fact->from);
    real(c, &fact->probability);
}

size_t risk_fact_pack(const struct risk_fact *fact, uint8_t ret_bytes[RISK_FACT_BYTES])
{
    struct risk_fact copy = *fact; /* what is written stays the same, but is named as if read */
    bool inherited = !addr_is_none(fact->from);
    struct codec c = {.out = ret_bytes};

    (void)flags(&c, (unsigned)fact->group | (inherited ? HIGH_BIT : 0));
    if (inherited)
        inheritance(&c, &copy);
    fields(&c, &copy);
    return (size_t)(c.out - ret_bytes);
}

size_t risk_fact_unpack(const uint8_t *bytes, size_t size, struct risk_fact *ret)
{
    struct codec c = {.in = nj_cursor(bytes, size)};
    unsigned head;

    *ret = (struct risk_fact){.group = RISK_GROUPS};
    head = flags(&c, 0);
    if ((head & ~HIGH_BIT) >= RISK_GROUPS)
        return 0;
    *ret = (struct risk_fact){.group = (enum risk_group)(head & ~HIGH_BIT)};
    if ((head & HIGH_BIT) != 0)
        inheritance(&c, ret);
    fields(&c, ret);
    return c.in.bad ? 0 : (size_t)(c.in.pos - bytes);
}

size_t receipt_pack(const struct receipt *receipt, uint8_t ret_bytes[RECEIPT_BYTES])
{
    size_t size = 0;

    for (uint32_t i = 0; i < receipt->line_count; i++)
        if (receipt->lines[i].group != RISK_CAP_LINE)
            size += risk_fact_pack(&receipt->lines[i].fact, ret_bytes + size);
    return size;
}

/* ---- the grade ---- */

static void grade_fields(struct codec *c, struct grade_fact *fact)
{
    count_64(c, &fact->count);
    if (fact->form != GRADED_SCATTER && fact->form != GRADED_STEADY &&
        fact->form != GRADED_UNPROVEN)
        return;
    byte(c, &fact->ttl_min);
    byte(c, &fact->ttl_max);
    count_32(c, &fact->stacks);
    count_32(c, &fact->hours);
}

size_t grade_fact_pack(const struct grade_fact *fact, uint8_t ret_bytes[GRADE_FACT_BYTES])
{
    struct grade_fact copy = *fact;
    struct codec c = {.out = ret_bytes};

    (void)flags(&c, (unsigned)fact->form | (fact->also ? HIGH_BIT : 0));
    grade_fields(&c, &copy);
    return (size_t)(c.out - ret_bytes);
}

size_t grade_fact_unpack(const uint8_t *bytes, size_t size, struct grade_fact *ret)
{
    struct codec c = {.in = nj_cursor(bytes, size)};
    unsigned head;

    *ret = (struct grade_fact){.form = GRADE_FORMS};
    head = flags(&c, 0);
    if ((head & ~HIGH_BIT) >= GRADE_FORMS)
        return 0;
    *ret = (struct grade_fact){.form = (enum grade_form)(head & ~HIGH_BIT),
                               .also = (head & HIGH_BIT) != 0};
    grade_fields(&c, ret);
    return c.in.bad ? 0 : (size_t)(c.in.pos - bytes);
}
