/* SPDX-License-Identifier: Apache-2.0 */
/* Counters in Prometheus' text format (exposition format 0.0.4). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "server/channel.h"

static void head(struct text *text, const char *name, const char *type, const char *help)
{
    text_addf(text, "# HELP nightjar_%s %s\n# TYPE nightjar_%s %s\n", name, help, name, type);
}

static void add(struct text *text, const char *name, const char *type, const char *help,
                uint64_t value)
{
    head(text, name, type, help);
    text_addf(text, "nightjar_%s %" PRIu64 "\n", name, value);
}

/* Pages of memory that the process holds. */
static uint64_t resident_bytes(void)
{
    FILE *in = fopen("/proc/self/statm", "re");
    unsigned long size, resident = 0;

    if (in == NULL)
        return 0;
    if (fscanf(in, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    (void)fclose(in);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void add_interfaces(struct text *text, const struct server_capture *capture)
{
    static const struct {
        const char *name, *help;
        size_t offset;
    } of[] = {
        {"capture_packets_total", "Packets taken from the interface.",
         offsetof(struct server_interface, packets)},
        {"capture_kernel_dropped_total", "Packets the kernel dropped for want of room.",
         offsetof(struct server_interface, kernel_dropped)},
        {"capture_interface_dropped_total", "Packets the interface dropped.",
         offsetof(struct server_interface, interface_dropped)},
    };

    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
        head(text, of[i].name, "counter", of[i].help);
        for (size_t j = 0; j < capture->interface_count; j++) {
            const struct server_interface *interface = &capture->interfaces[j];
            uint64_t value;

            memcpy(&value, (const char *)interface + of[i].offset, sizeof(value));
            text_addf(text, "nightjar_%s{interface=\"%s\"} %" PRIu64 "\n", of[i].name,
                      interface->name, value);
        }
    }
    head(text, "capture_up", "gauge", "Whether the interface is being read.");
    for (size_t j = 0; j < capture->interface_count; j++)
        text_addf(text, "nightjar_capture_up{interface=\"%s\"} %d\n",
                  capture->interfaces[j].name, capture->interfaces[j].up);
}

static void add_capture(struct text *text, const struct server_capture *capture)
{
    add_interfaces(text, capture);
    add(text, "packets_total", "counter", "Packets taken in.", capture->packets);
    add(text, "sessions_total", "counter", "Sessions counted.", capture->sessions);
    add(text, "visits_total", "counter", "Rows handed on.", capture->visits);
    head(text, "rejected_total", "counter", "Packets that were left out, by reason.");
    text_addf(text,
              "nightjar_rejected_total{reason=\"truncated\"} %" PRIu64
              "\nnightjar_rejected_total{reason=\"malformed\"} %" PRIu64
              "\nnightjar_rejected_total{reason=\"unsupported\"} %" PRIu64
              "\nnightjar_rejected_total{reason=\"refused\"} %" PRIu64 "\n",
              capture->truncated, capture->malformed, capture->unsupported, capture->refused);
    add(text, "dropped_total", "counter",
        "Packets this program dropped: the journal was full or could not be written.",
        capture->dropped);
    add(text, "journal_bytes", "gauge", "Captured bytes that no commit holds yet.",
        capture->journal_bytes);
    add(text, "last_commit_seconds", "gauge", "When the last commit was made.",
        (uint64_t)(capture->last_commit_us / 1000000));
    add(text, "capture_problem", "gauge", "Whether capture has a problem (see the log).",
        capture->problem[0] != '\0');
}

/* 1: the system calls of this process are filtered (base/sandbox.h) */
static void add_sandbox(struct text *text)
{
    add(text, "sandboxed", "gauge",
        "Whether the process may make only the system calls it needs.", nj_sandbox_is_on());
}

int metrics_answer(struct ask *ask, struct nj_err *err)
{
    struct server *server = ask->server;
    struct text *text = &ask->answer->body;
    struct server_capture capture = {.interface_count = 0};
    struct ring_counts ring = channels_counts(server->channels);
    struct pool_counts pool = pool_counts(server->pool);
    struct cache_counts cache = cache_counts(server->cache);

    (void)err;
    ask->answer->status = 200;
    ask->answer->type = "text/plain; version=0.0.4; charset=utf-8";
    head(text, "build_info", "gauge", "The program's version.");
    text_addf(text, "nightjar_build_info{version=\"%s\"} 1\n", NJ_VERSION);
    add(text, "start_time_seconds", "gauge", "When the service began.",
        server->counts.started_s);
    add(text, "resident_memory_bytes", "gauge", "Memory of the process.", resident_bytes());
    add_sandbox(text);
    add(text, "http_requests_total", "counter", "Requests.", server->counts.requests);
    add(text, "http_failed_total", "counter", "Questions that were answered with an error.",
        server->counts.failed);
    add(text, "http_limited_total", "counter", "Requests over a client's rate.",
        server->counts.limited);
    add(text, "http_unauthorized_total", "counter", "Requests without the right token.",
        server->counts.unauthorized);
    add(text, "questions_total", "counter", "Questions to the store.", pool.asked);
    add(text, "questions_refused_total", "counter", "Questions for which there was no room.",
        pool.refused);
    add(text, "questions_interrupted_total", "counter", "Questions that took too long.",
        pool.interrupted);
    add(text, "questions_waiting", "gauge", "Questions that wait.", pool.waiting);
    add(text, "cache_found_total", "counter", "Questions that the cache answered.",
        cache.found);
    add(text, "cache_missed_total", "counter", "Questions that it could not answer.",
        cache.missed);
    add(text, "cache_bytes", "gauge", "Bytes of the answers that are kept.", cache.bytes);
    add(text, "decided_total", "counter", "How often decisions on everybody were made.",
        decided_made(server->decided));
    add(text, "streams", "gauge", "Live streams that are open.", server->counts.streams);
    add(text, "replays", "gauge", "Replays that are open.", server->counts.replays);
    add(text, "stream_filters", "gauge", "Different filters of live streams.",
        channels_filters(server->channels));
    add(text, "stream_unjudged_total", "counter",
        "Sessions that there was no time to hold against a filter, for each filter.",
        server->counts.unjudged);
    add(text, "stream_messages_total", "counter", "Messages of the live streams.",
        ring.messages);
    add(text, "stream_missed_total", "counter", "Messages that slow readers missed.",
        ring.missed);
    (void)pthread_mutex_lock(&server->capture_lock);
    if (server->capture != NULL)
        server->capture(server->capture_ctx, &capture);
    (void)pthread_mutex_unlock(&server->capture_lock);
    if (capture.interface_count > 0)
        add_capture(text, &capture);
    return 0;
}
