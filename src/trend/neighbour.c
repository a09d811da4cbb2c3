/* SPDX-License-Identifier: Apache-2.0 */
/* Ports beside those of well-known services: 3389 and 3390, 23 and 2323. Who moves a service to
 * the next number hides it badly; who asks there hunts it. A port stands out from its
 * surroundings when it has more sources than the ports within 50 of it explain. A port with a
 * service of its own, as 1080 for proxies beside 80, hides no other and is not looked at. */
#include <math.h>
#include <stdlib.h>

#include "base/stat.h"
#include "trend/internal.h"

/* Services worth hiding, all TCP: remote access, web, mail, databases. */
static const uint16_t known[] = {21,   22,   23,   25,   80,   110,  143,  443,
                                 445,  1433, 1521, 2375, 3306, 3389, 5432, 5555,
                                 5900, 5985, 6379, 8080, 9200, 27017};
#define KNOWN (sizeof(known) / sizeof(known[0]))

#define PROTO 6         /* TCP */
#define REACH 20        /* neighbours are at most so far, */
#define STEP 2          /* and those who stand out at most so far from each other */
#define SURROUNDINGS 50 /* ports on each side that tell what is usual there */
#define SCATTER 0.5     /* 1/k of counts of neighbouring unregistered ports, when not known */

static bool is_known(uint32_t port)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (known[i] == port)
            return true;
    return false;
}

/* The forms in which a port is moved far: written twice, with a digit in front or behind. */
static size_t forms_of(uint16_t port, uint32_t forms[64])
{
    uint32_t digits = 10;
    size_t count = 0;

    while (digits <= port)
        digits *= 10;
    forms[count++] = port * digits + port;
    for (uint32_t i = 1; i <= 6; i++) {
        if (port < 10000)
            forms[count++] = 10000 * i + port;
        if (port < 1000)
            forms[count++] = 1000 * i + port;
    }
    for (uint32_t i = 0; i <= 9; i++)
        forms[count++] = port * 10 + i;
    if (port < 1000)
        forms[count++] = port * 100;
    return count;
}

/* Whether who asks for a port looks for what is known to run there. */
static bool has_own_service(const struct week_test *test, uint32_t port, uint16_t near)
{
    const struct findings_question *question = test->question;

    return is_known(port) ||
           (question->own_service != NULL &&
            question->own_service(question->service_ctx, (uint16_t)port, PROTO, near));
}

/* Counts of the week by port, so that surroundings are looked up at once. */
struct counts {
    double of[65536];
};

/* The usual count of unregistered ports around a port, that port and its like left out. */
static double usual(const struct counts *counts, uint32_t port, uint16_t near)
{
    double around[2 * SURROUNDINGS], sum = 0;
    uint32_t low = port > SURROUNDINGS ? port - SURROUNDINGS : 1;
    uint32_t high = port + SURROUNDINGS < 65536 ? port + SURROUNDINGS : 65535;
    size_t count = 0, kept;

    for (uint32_t other = low; other <= high; other++) {
        if (other == port || is_known(other) || abs((int)other - (int)near) <= REACH)
            continue;
        around[count++] = counts->of[other];
    }
    if (count == 0)
        return 0;
    qsort(around, count, sizeof(*around), nj_by_value);
    /* the middle of small counts is below what chance gives; their mean without the largest
     * tenth, which may be interest of its own, is not */
    kept = count - count / 10;
    for (size_t i = 0; i < kept; i++)
        sum += around[i];
    return fmax(around[count / 2], sum / (double)kept);
}

/* The share of the group's sources of a port that ask for another as well. */
static int ask_both(struct week_test *test, uint32_t group, struct finding *finding,
                    struct nj_err *err)
{
    const struct history_port near = {.port = finding->near, .proto = PROTO};
    const struct pairs *pairs;
    uint32_t with_port = 0, with_both = 0;

    if (test->store == NULL)
        return 0;
    pairs = week_pairs(test, err);
    if (pairs == NULL)
        return -1;
    for (size_t i = 0, end; i < pairs->count; i = end) {
        bool has_port = false, has_near = false;

        for (end = i; end < pairs->count && pairs->items[end].source == pairs->items[i].source;
             end++) {
            has_port = has_port || port_equal(pairs->items[end].port, finding->port);
            has_near = has_near || port_equal(pairs->items[end].port, near);
        }
        if (has_port && pair_in(&pairs->items[i], group)) {
            with_port++;
            with_both += has_near;
        }
    }
    if (with_port > 0)
        finding->together = (double)with_both / with_port;
    return 0;
}

/* ---- the test ---- */

static int test_port(struct week_test *test, const struct surprise_model *model,
                     const struct counts *counts, uint32_t port, uint16_t near, bool *ret_out,
                     struct nj_err *err)
{
    const struct history_port key = {.port = (uint16_t)port, .proto = PROTO};
    struct surprise surprise = {.count = counts->of[port], .mean = usual(counts, port, near)};
    struct history_series series;
    struct finding finding;
    size_t place;

    *ret_out = false;
    if (surprise.count + surprise.mean < SURPRISE_COUNT_MIN)
        return 0;
    surprise.ratio = (surprise.count + 0.5) / (surprise.mean + 0.5);
    surprise.p = nj_nb_tail(surprise.count, surprise.mean + 0.5, 1 / SCATTER);
    place = family_add(test, surprise.p, err);
    if (place == SIZE_MAX)
        return -1;
    if (surprise.p > test->question->q || surprise.ratio < RATIO_MIN ||
        surprise.count - surprise.mean < RISE_MIN)
        return 0;
    *ret_out = true;
    series = history_series_of(test->history, model->group, key);
    finding = finding_of(test, FINDING_NEIGHBOUR, series, &surprise);
    finding.near = near;
    finding.state = FINDING_CONFIRMED; /* stands by itself, within its week */
    return ask_both(test, model->group, &finding, err) < 0
               ? -1
               : candidate_add(test, &finding, place, err);
}

/* Walk away from a known port as long as something stands out. */
static int test_run(struct week_test *test, const struct surprise_model *model,
                    const struct counts *counts, bool *asked, uint16_t near, int step,
                    struct nj_err *err)
{
    int last = 0; /* distance of what stood out last */

    for (int d = 1; d <= REACH && d <= last + STEP; d++) {
        int port = near + step * d;
        bool out;

        if (port < 1024 || port > 65535 || asked[port] ||
            has_own_service(test, (uint32_t)port, near))
            continue;
        asked[port] = true;
        if (test_port(test, model, counts, (uint32_t)port, near, &out, err) < 0)
            return -1;
        if (out)
            last = d;
    }
    return 0;
}

static int test_forms(struct week_test *test, const struct surprise_model *model,
                      const struct counts *counts, bool *asked, uint16_t near,
                      struct nj_err *err)
{
    uint32_t forms[64];
    size_t count = forms_of(near, forms);

    for (size_t i = 0; i < count; i++) {
        bool out;

        if (forms[i] > 65535 || asked[forms[i]] || has_own_service(test, forms[i], near))
            continue;
        asked[forms[i]] = true;
        if (test_port(test, model, counts, forms[i], near, &out, err) < 0)
            return -1;
    }
    return 0;
}

int neighbour_test(struct week_test *test, const struct surprise_model *model,
                   struct nj_err *err)
{
    struct counts *counts = calloc(1, sizeof(*counts));
    bool *asked = calloc(65536, sizeof(*asked));
    struct history_series series;
    size_t at = 0;
    int rc = -1;

    if (counts == NULL || asked == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for the ports of a week");
        goto out;
    }
    while (history_next(test->history, &at, &series)) {
        const struct history_cell *cell = history_cell_of(series, test->week);

        if (cell != NULL && cell->group == model->group && cell->port.proto == PROTO)
            counts->of[cell->port.port] = (double)cell->count;
    }
    for (size_t i = 0; i < KNOWN; i++)
        if (test_run(test, model, counts, asked, known[i], -1, err) < 0 ||
            test_run(test, model, counts, asked, known[i], 1, err) < 0 ||
            test_forms(test, model, counts, asked, known[i], err) < 0)
            goto out;
    rc = 0;
out:
    free(counts);
    free(asked);
    return rc;
}
