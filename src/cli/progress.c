/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/output.h"

#define FIRST_NS 500000000 /* quick work is not worth a line */
#define EVERY_NS 200000000 /* five times a second reads well */

void progress_init(struct progress *progress, bool quiet)
{
    *progress = (struct progress){.on = !quiet && isatty(STDERR_FILENO)};
}

static void begin(struct progress *progress, const char *name, uint64_t done, uint64_t packets)
{
    (void)snprintf(progress->name, sizeof(progress->name), "%s", name);
    progress->begun_ns = nj_monotonic_ns();
    progress->next_ns = progress->begun_ns + FIRST_NS;
    progress->begun_bytes = done;
    progress->begun_packets = packets;
}

/* "a.pcap  42 %  1,234,567 packets, 3,400,000/s, 12 s left" */
static void describe(const struct progress *progress, double seconds, uint64_t done,
                     uint64_t total, uint64_t packets, struct text *line)
{
    double bytes = (double)(done - progress->begun_bytes);

    text_shown(line, progress->name, strlen(progress->name));
    if (total > 0)
        text_addf(line, "  %.0f %%", 100.0 * (double)done / (double)total);
    text_add_z(line, "  ");
    text_grouped(line, packets);
    text_add_z(line, " packets, ");
    text_grouped(line, (uint64_t)((double)(packets - progress->begun_packets) / seconds));
    text_add_z(line, "/s");
    if (total > done && bytes > 0)
        text_addf(line, ", %.0f s left", (double)(total - done) * seconds / bytes);
}

void progress_show(void *ctx, const char *name, uint64_t done, uint64_t total, uint64_t packets)
{
    struct progress *progress = ctx;
    struct text line = {0};
    int64_t now;

    if (!progress->on)
        return;
    if (progress->begun_ns == 0 ||
        strncmp(name, progress->name, sizeof(progress->name) - 1) != 0)
        begin(progress, name, done, packets);
    now = nj_monotonic_ns();
    if (now < progress->next_ns)
        return;
    progress->next_ns = now + EVERY_NS;
    describe(progress, (double)(now - progress->begun_ns) / 1e9, done, total, packets, &line);
    if (!line.no_memory) {
        size_t width = output_width(stderr);

        (void)fprintf(stderr, "\r\033[K%.*s",
                      (int)text_fit(line.bytes, line.length, width > 1 ? width - 1 : 1),
                      line.bytes);
        (void)fflush(stderr);
        progress->shown = true;
    }
    text_done(&line);
}

void progress_clear(struct progress *progress)
{
    if (!progress->shown)
        return;
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    progress->shown = false;
}
