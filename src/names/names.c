/* SPDX-License-Identifier: Apache-2.0 */
/* A query under way has a place; an address goes through at most two, its PTR record and the
 * addresses of that name. Queries start as the rate allows. */
#include "names/names.h"

#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define TRIES 3
#define CLASS_IN 1 /* RFC 1035, 3.2.4 and 3.2.2 */
#define TYPE_PTR 12
#define REVERSE_MAX 80
#define WAIT_MS 20 /* at most between two looks, so that the rate is kept */

enum stage { FREE, WANTS_NAME, WANTS_ADDRESSES, UNDER_WAY };

struct place {
    struct asking *asking;
    struct names_answer *answer;
    enum stage stage;
};

struct asking {
    ares_channel channel;
    struct place places[NAMES_PARALLEL_MAX];
    size_t parallel, busy;
    double budget, rate; /* queries that may start now, and a millisecond adds */
    int64_t budget_ms;
};

static void leave(struct place *place)
{
    place->stage = FREE;
    place->asking->busy--;
}

/* ---- answers ---- */

/* The addresses of the name. Called by c-ares. */
static void on_addresses(void *ctx, int status, int timeouts, struct hostent *host)
{
    struct place *place = ctx;
    struct names_answer *answer = place->answer;
    uint8_t wanted[16];
    bool v4 = addr_is_v4(answer->addr);

    (void)timeouts;
    addr_to_bytes(answer->addr, wanted);
    answer->checked = status == ARES_SUCCESS || status == ARES_ENOTFOUND ||
                      status == ARES_ENODATA || status == ARES_EBADNAME;
    if (status == ARES_SUCCESS && host != NULL && host->h_length == (v4 ? 4 : 16))
        for (char **at = host->h_addr_list; at != NULL && *at != NULL; at++)
            answer->confirmed |=
                memcmp(*at, v4 ? wanted + 12 : wanted, (size_t)host->h_length) == 0;
    leave(place);
}

/* The name of the address. Called by c-ares. */
static void on_name(void *ctx, int status, int timeouts, unsigned char *packet, int length)
{
    struct place *place = ctx;
    struct names_answer *answer = place->answer;
    struct hostent *host = NULL;
    struct addr literal;
    uint8_t bytes[16];
    bool v4 = addr_is_v4(answer->addr);

    (void)timeouts;
    addr_to_bytes(answer->addr, bytes);
    if (status == ARES_SUCCESS)
        status = ares_parse_ptr_reply(packet, length, v4 ? bytes + 12 : bytes, v4 ? 4 : 16,
                                      v4 ? AF_INET : AF_INET6, &host);
    if (status == ARES_ENOTFOUND || status == ARES_ENODATA)
        answer->result = NAMES_NONE;
    if (status == ARES_SUCCESS && host->h_name != NULL && host->h_name[0] != '\0') {
        answer->result = NAMES_FOUND;
        (void)snprintf(answer->name, sizeof(answer->name), "%s", host->h_name);
        /* "203.0.113.7" as a name leads back to nothing: c-ares would read it, not ask */
        if (addr_parse(answer->name, &literal, NULL) == 0)
            leave(place);
        else
            place->stage = WANTS_ADDRESSES;
    } else {
        leave(place);
    }
    if (host != NULL)
        ares_free_hostent(host);
}

/* ---- queries ---- */

/* 192.0.2.7 is 7.2.0.192.in-addr.arpa (RFC 1035, 3.5); IPv6 by nibbles (RFC 3596, 2.5). */
static const char *reverse_name(const uint8_t bytes[16], bool v4, char name[REVERSE_MAX])
{
    size_t length = 0;

    if (v4) {
        (void)snprintf(name, REVERSE_MAX, "%u.%u.%u.%u.in-addr.arpa", bytes[15], bytes[14],
                       bytes[13], bytes[12]);
        return name;
    }
    for (size_t i = 16; i-- > 0;)
        length += (size_t)snprintf(name + length, REVERSE_MAX - length, "%x.%x.",
                                   (unsigned)(bytes[i] & 15), (unsigned)(bytes[i] >> 4));
    (void)snprintf(name + length, REVERSE_MAX - length, "ip6.arpa");
    return name;
}

static void start(struct place *place)
{
    struct names_answer *answer = place->answer;
    bool v4 = addr_is_v4(answer->addr);
    char name[REVERSE_MAX];
    uint8_t bytes[16];
    enum stage stage = place->stage;

    place->stage = UNDER_WAY;
    addr_to_bytes(answer->addr, bytes);
    if (stage == WANTS_NAME)
        ares_query(place->asking->channel, reverse_name(bytes, v4, name), CLASS_IN, TYPE_PTR,
                   on_name, place);
    else
        ares_gethostbyname(place->asking->channel, answer->name, v4 ? AF_INET : AF_INET6,
                           on_addresses, place);
}

/* Start what the rate allows. @param next  address that has no place yet */
static size_t start_some(struct asking *a, size_t next, size_t count,
                         struct names_answer *answers)
{
    int64_t now = nj_monotonic_ms();

    a->budget += (double)(now - a->budget_ms) * a->rate;
    if (a->budget > (double)a->parallel)
        a->budget = (double)a->parallel;
    a->budget_ms = now;
    for (size_t i = 0; i < a->parallel; i++) {
        struct place *place = &a->places[i];

        if (place->stage == FREE && next < count) {
            place->answer = &answers[next++];
            place->stage = WANTS_NAME;
            a->busy++;
        }
        if (a->budget >= 1 && (place->stage == WANTS_NAME || place->stage == WANTS_ADDRESSES)) {
            a->budget -= 1;
            start(place);
        }
    }
    return next;
}

static int wait_for_some(struct asking *a, struct nj_err *err)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd fds[ARES_GETSOCK_MAXNUM];
    unsigned bits = (unsigned)ares_getsock(a->channel, sockets, ARES_GETSOCK_MAXNUM);
    nfds_t count = 0;

    for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        /* as the macros of c-ares do, which shift a signed 1 into the sign */
        short events = (short)(((bits >> i & 1) != 0 ? POLLIN : 0) |
                               ((bits >> (i + ARES_GETSOCK_MAXNUM) & 1) != 0 ? POLLOUT : 0));

        if (events != 0)
            fds[count++] = (struct pollfd){.fd = sockets[i], .events = events};
    }
    if (poll(fds, count, WAIT_MS) < 0 && errno != EINTR)
        return nj_fail(err, NJ_IO, "wait for name servers");
    ares_process_fd(a->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* what is out of time */
    for (nfds_t i = 0; i < count; i++) {
        if (fds[i].revents != 0)
            ares_process_fd(a->channel,
                            (fds[i].events & POLLIN) != 0 ? fds[i].fd : ARES_SOCKET_BAD,
                            (fds[i].events & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD);
    }
    return 0;
}

static int open_channel(struct asking *a, const struct names_options *options,
                        struct nj_err *err)
{
    char lookups[] = "b"; /* name servers only, no hosts file */
    struct ares_options own = {.timeout = (int)options->timeout_ms,
                               .tries = TRIES,
                               .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
                               .lookups = lookups};
    int status = ares_init_options(&a->channel, &own,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS |
                                       ARES_OPT_LOOKUPS);

    if (status != ARES_SUCCESS)
        return nj_fail(err, status == ARES_ENOMEM ? NJ_NOMEM : NJ_CONFIG, "name look-up: %s",
                       ares_strerror(status));
    if (options->servers == NULL)
        return 0;
    status = ares_set_servers_ports_csv(a->channel, options->servers);
    if (status == ARES_SUCCESS)
        return 0;
    ares_destroy(a->channel);
    return nj_fail(err, NJ_CONFIG, "name servers \"%.100s\": %s", options->servers,
                   ares_strerror(status));
}

int names_ask(const struct addr *addrs, size_t count, const struct names_options *options,
              struct names_answer *ret_answers, struct nj_err *err)
{
    struct asking *a;
    size_t next = 0;
    int rc = 0;

    if (count > NAMES_ADDRESSES_MAX || options->parallel < 1 ||
        options->parallel > NAMES_PARALLEL_MAX || options->rate < 1 ||
        options->rate > NAMES_RATE_MAX)
        return nj_fail(err, NJ_LIMIT,
                       "names: at most %u addresses, 1 to %u queries at once, 1 to %u a second",
                       NAMES_ADDRESSES_MAX, NAMES_PARALLEL_MAX, NAMES_RATE_MAX);
    a = calloc(1, sizeof(*a));
    if (a == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory to ask for names");
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
        free(a);
        return nj_fail(err, NJ_IO, "c-ares does not start");
    }
    if (open_channel(a, options, err) < 0) {
        free(a);
        return -1;
    }
    a->parallel = options->parallel;
    a->rate = options->rate / 1000.0;
    a->budget = 1;
    a->budget_ms = nj_monotonic_ms();
    for (size_t i = 0; i < a->parallel; i++)
        a->places[i].asking = a;
    for (size_t i = 0; i < count; i++)
        ret_answers[i] = (struct names_answer){.addr = addrs[i], .result = NAMES_FAILED};
    while (rc == 0 && (next < count || a->busy > 0)) {
        next = start_some(a, next, count, ret_answers);
        rc = wait_for_some(a, err);
    }
    ares_destroy(a->channel);
    ares_library_cleanup();
    free(a);
    return rc;
}
