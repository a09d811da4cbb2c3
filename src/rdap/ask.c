/* SPDX-License-Identifier: Apache-2.0 */
#include "rdap/ask.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "rdap/servers.h"

#define SERVERS_MAX 32 /* whose faults are counted; there are five registries */
#define FAULTS_IN_A_ROW 2

/* What became of the last questions to one server. */
struct faults {
    const char *server;
    unsigned in_a_row;
};

struct asking {
    struct rdap_client *client;
    struct faults faults[SERVERS_MAX];
    size_t server_count;
    int64_t next_ns, gap_ns; /* when the next question may start; CLOCK_MONOTONIC */
};

static struct faults *faults_of(struct asking *asking, const char *server)
{
    for (size_t i = 0; i < asking->server_count; i++) {
        if (strcmp(asking->faults[i].server, server) == 0)
            return &asking->faults[i];
    }
    if (asking->server_count == SERVERS_MAX)
        return NULL;
    asking->faults[asking->server_count] = (struct faults){.server = server};
    return &asking->faults[asking->server_count++];
}

/* Sleep until the rate allows another question. */
static void wait_for_turn(struct asking *asking)
{
    int64_t now_ns = nj_monotonic_ns();
    struct timespec turn;

    if (asking->next_ns > now_ns) {
        turn = (struct timespec){.tv_sec = asking->next_ns / 1000000000,
                                 .tv_nsec = asking->next_ns % 1000000000};
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &turn, NULL);
        now_ns = asking->next_ns;
    }
    asking->next_ns = now_ns + asking->gap_ns;
}

static int ask_one(struct asking *asking, struct rdap_answer *answer, struct nj_err *err)
{
    struct rdap_reply reply;
    char url[RDAP_URL_MAX], address[ADDR_TEXT_MAX];
    int rc;

    (void)snprintf(url, sizeof(url), "%sip/%s", answer->server,
                   addr_text(answer->addr, address));
    wait_for_turn(asking);
    rc = rdap_client_get(asking->client, url, &reply, err);
    if (rc < 0)
        return -1;
    (void)snprintf(answer->host, sizeof(answer->host), "%s", reply.host);
    if (rc == RDAP_NO_RECORD) {
        answer->result = RDAP_NONE;
        return 0;
    }
    if (rdap_read_network(reply.bytes, reply.length, answer->addr, &answer->network, err) < 0)
        return nj_within(err, "%s", reply.host);
    answer->result = RDAP_FOUND;
    return 0;
}

int rdap_ask(struct rdap_answer *answers, size_t count, const struct rdap_options *options,
             struct nj_err *err)
{
    struct asking asking = {.next_ns = 0};
    struct nj_err why;

    if (count > RDAP_QUESTIONS_MAX || options->rate < 1 || options->rate > RDAP_RATE_MAX)
        return nj_fail(err, NJ_LIMIT, "RDAP: at most %u questions, 1 to %u a second",
                       RDAP_QUESTIONS_MAX, RDAP_RATE_MAX);
    if (rdap_client_new(options->timeout_ms, options->local, &asking.client, err) < 0)
        return -1;
    asking.gap_ns = 1000000000 / options->rate;
    for (size_t i = 0; i < count; i++) {
        struct rdap_answer *answer = &answers[i];
        struct faults *faults;

        answer->result = RDAP_NOT_ASKED;
        if (answer->server == NULL)
            continue;
        faults = faults_of(&asking, answer->server);
        if (faults == NULL || faults->in_a_row >= FAULTS_IN_A_ROW) {
            (void)snprintf(answer->why, sizeof(answer->why),
                           "its server gave no answer before");
            continue;
        }
        if (ask_one(&asking, answer, &why) == 0) {
            faults->in_a_row = 0;
            continue;
        }
        answer->result = RDAP_FAILED;
        (void)snprintf(answer->why, sizeof(answer->why), "%.199s", why.msg);
        if (why.code == NJ_BUSY)
            faults->in_a_row = FAULTS_IN_A_ROW;
        else
            faults->in_a_row = why.code == NJ_IO ? faults->in_a_row + 1 : 0;
    }
    rdap_client_free(asking.client);
    return 0;
}
