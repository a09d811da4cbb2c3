/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the packets of a capture (pcap, Ethernet) over and over, many with one system call and
 * past the queueing discipline, from several threads: a sender that is faster than what is
 * measured. Each thread sends its own part of the packets.
 *
 *     send INTERFACE FILE PACKETS-A-SECOND|0 SECONDS THREADS
 *
 * prints how many were sent, and the rate. */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define PACKETS_MAX 200000
#define THREADS_MAX 16

static struct iovec packets[PACKETS_MAX];
static size_t count;
static double rate, seconds; /* of a thread */

struct sender {
    pthread_t thread;
    int fd;
    size_t first, count; /* its packets */
    unsigned long long sent;
    double begun, ended;
    int failed; /* errno */
};

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

static void *send_all(void *arg)
{
    struct sender *sender = arg;
    struct mmsghdr batch[BATCH];

    memset(batch, 0, sizeof(batch));
    sender->begun = now_s();
    for (double passed = 0; passed < seconds; passed = now_s() - sender->begun) {
        int done;

        if (rate > 0 && (double)sender->sent > passed * rate) { /* ahead of its time */
            (void)usleep(200);
            continue;
        }
        for (size_t i = 0; i < BATCH; i++) {
            batch[i].msg_hdr.msg_iov =
                &packets[sender->first + (sender->sent + i) % sender->count];
            batch[i].msg_hdr.msg_iovlen = 1;
        }
        done = sendmmsg(sender->fd, batch, BATCH, 0);
        if (done < 0 && errno != ENOBUFS && errno != EAGAIN) {
            sender->failed = errno;
            break;
        }
        sender->sent += done < 0 ? 0 : (unsigned long long)done;
    }
    sender->ended = now_s();
    return NULL;
}

int main(int argc, char **argv)
{
    static struct sender senders[THREADS_MAX];
    unsigned long long sent = 0;
    double pps = 0;
    size_t threads;

    if (argc != 6)
        return 2;
    threads = strtoul(argv[5], NULL, 10);
    if (threads < 1 || threads > THREADS_MAX)
        return 2;
    rate = strtod(argv[3], NULL) / (double)threads;
    seconds = strtod(argv[4], NULL);
    if (load(argv[2]) != 0)
        return 1;
    for (size_t i = 0; i < threads; i++) {
        senders[i].first = i * (count / threads);
        senders[i].count = count / threads;
        senders[i].fd = open_socket(argv[1]);
        if (senders[i].fd < 0)
            return fail(argv[1]);
    }
    for (size_t i = 0; i < threads; i++)
        if (pthread_create(&senders[i].thread, NULL, send_all, &senders[i]) != 0)
            return fail("a thread");
    for (size_t i = 0; i < threads; i++) {
        (void)pthread_join(senders[i].thread, NULL);
        errno = senders[i].failed;
        if (senders[i].failed != 0)
            return fail("send");
        sent += senders[i].sent;
        pps += (double)senders[i].sent / (senders[i].ended - senders[i].begun);
    }
    (void)printf("%llu %.0f\n", sent, pps);
    return 0;
}
