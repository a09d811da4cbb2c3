/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the packets of a capture (pcap, Ethernet) over and over, many with one system call and
 * past the queueing discipline: a sender that is faster than what is measured.
 *
 *     send INTERFACE FILE PACKETS-A-SECOND|0 SECONDS     prints how many were sent, and the
 * rate */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define PACKETS_MAX 200000

static struct iovec packets[PACKETS_MAX];
static size_t count;

static int fail(const char *what)
{
    (void)fprintf(stderr, "send: %s: %s\n", what, strerror(errno));
    return 1;
}

static double now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int load(const char *path)
{
    char text[PCAP_ERRBUF_SIZE];
    pcap_t *file = pcap_open_offline(path, text);
    struct pcap_pkthdr *head;
    const u_char *bytes;

    if (file == NULL)
        return fail(text);
    while (count < PACKETS_MAX && pcap_next_ex(file, &head, &bytes) == 1) {
        void *copy = malloc(head->caplen);

        if (copy == NULL)
            return fail("memory");
        memcpy(copy, bytes, head->caplen);
        packets[count++] = (struct iovec){.iov_base = copy, .iov_len = head->caplen};
    }
    pcap_close(file);
    return count == 0 ? fail("no packets") : 0;
}

static int open_socket(const char *interface)
{
    const int on = 1;
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_ifindex = (int)if_nametoindex(interface)};
    int fd = socket(AF_PACKET, SOCK_RAW, 0);

    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return -1;
    return fd;
}

int main(int argc, char **argv)
{
    struct mmsghdr batch[BATCH];
    double begun, rate, seconds;
    unsigned long long sent = 0;
    int fd;

    if (argc != 5)
        return 2;
    fd = open_socket(argv[1]);
    if (fd < 0)
        return fail(argv[1]);
    if (load(argv[2]) != 0)
        return 1;
    rate = strtod(argv[3], NULL);
    seconds = strtod(argv[4], NULL);
    begun = now_s();
    for (double passed = 0; passed < seconds; passed = now_s() - begun) {
        int done;

        if (rate > 0 && (double)sent > passed * rate) { /* ahead of its time */
            (void)usleep(200);
            continue;
        }
        memset(batch, 0, sizeof(batch));
        for (size_t i = 0; i < BATCH; i++) {
            batch[i].msg_hdr.msg_iov = &packets[(sent + i) % count];
            batch[i].msg_hdr.msg_iovlen = 1;
        }
        done = sendmmsg(fd, batch, BATCH, 0);
        if (done < 0 && errno != ENOBUFS && errno != EAGAIN)
            return fail("send");
        sent += done < 0 ? 0 : (unsigned long long)done;
    }
    (void)printf("%llu %.0f\n", sent, (double)sent / (now_s() - begun));
    return 0;
}
