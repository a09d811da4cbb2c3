/* SPDX-License-Identifier: Apache-2.0 */
/* Has the kernel hand packets of a capture (pcap, Ethernet) to an interface as if they had
 * arrived on it, without a sender's work: BPF_PROG_TEST_RUN with live frames (Linux 5.18,
 * Documentation/bpf/bpf_prog_run.rst). A small program copies one of the packets that stand in
 * a map over each frame, the next one each time. Frames have 80 bytes: a shorter packet has
 * padding behind it, a longer one is left out.
 *
 *     inject INTERFACE FILE PACKETS-A-SECOND|0 SECONDS THREADS
 *
 * prints how many were handed over, and the rate. */
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FRAME 80
/* Frames of one call. It costs up to a tenth of a second of its own, in which others run, so a
 * rate is kept in bursts. */
#define ROUND_MAX 65536
#define ROUNDS_A_SECOND 3
#define BATCH 256
#define PACKETS_MAX 65536 /* a power of two */
#define THREADS_MAX 16

static int program, interface_index;
static double rate, seconds; /* of a thread */

struct injector {
    pthread_t thread;
    unsigned long long sent;
    double begun, ended;
    int failed; /* errno */
};

static int fail(const char *what)
{
    (void)fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
    return 1;
}

static int bpf(int command, union bpf_attr *attr)
{
    return (int)syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static double now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int make_map(uint32_t value_size, uint32_t entries)
{
    union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY,
                           .key_size = 4,
                           .value_size = value_size,
                           .max_entries = entries};

    return bpf(BPF_MAP_CREATE, &attr);
}

static int put(int map, uint32_t key, const void *value)
{
    union bpf_attr attr = {.map_fd = (uint32_t)map,
                           .key = (uint64_t)(uintptr_t)&key,
                           .value = (uint64_t)(uintptr_t)value};

    return bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

/* Fill the map with the packets that fit, over and over. */
static int load(const char *path, int map)
{
    static uint8_t frames[PACKETS_MAX][FRAME];
    FILE *file = fopen(path, "rbe");
    uint32_t head[6], record[4], count = 0;

    if (file == NULL || fread(head, 1, sizeof(head), file) != sizeof(head))
        return fail(path);
    /* pcap in this machine's byte order: seconds, fraction, captured, length */
    while (count < PACKETS_MAX && fread(record, sizeof(record), 1, file) == 1) {
        if (record[2] <= FRAME && fread(frames[count], record[2], 1, file) == 1)
            count++;
        else if (record[2] > FRAME && fseek(file, (long)record[2], SEEK_CUR) != 0)
            break;
    }
    (void)fclose(file);
    if (count == 0)
        return fail("no packets");
    for (uint32_t i = 0; i < PACKETS_MAX; i++)
        if (put(map, i, frames[i % count]) < 0)
            return fail("fill the map");
    return 0;
}

#define INSN(c, d, s, o, i)                                                                    \
    ((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define MOVE(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD(d, i) INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LOAD(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define STORE(size, d, s, o) INSN(BPF_STX | BPF_MEM | (size), d, s, o, 0)
#define CALL(f) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define MAP(fd)                                                                                \
    INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)

static struct bpf_insn code[96];
static size_t code_length;

static void add(const struct bpf_insn *insns, size_t count)
{
    memcpy(code + code_length, insns, count * sizeof(*insns));
    code_length += count;
}
#define EMIT(...)                                                                              \
    add((struct bpf_insn[]){__VA_ARGS__},                                                      \
        sizeof((struct bpf_insn[]){__VA_ARGS__}) / sizeof(struct bpf_insn))

/* r6: the context; packets[n++ & mask] over the frame. Whatever fails passes the frame on. */
static int make_program(int packets, int counter)
{
    static char log[65536];
    size_t exits[8], exit_count = 0, out;
    union bpf_attr attr;

    EMIT(MOVE(6, 1), INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0), MAP(counter), MOVE(2, 10),
         ADD(2, -4), CALL(BPF_FUNC_map_lookup_elem));
    exits[exit_count++] = code_length;
    EMIT(INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0, 0),
         INSN(BPF_ALU64 | BPF_MOV | BPF_K, 7, 0, 0, 1),
         INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 7, 0, BPF_ADD | BPF_FETCH),
         INSN(BPF_ALU64 | BPF_AND | BPF_K, 7, 0, 0, PACKETS_MAX - 1), STORE(BPF_W, 10, 7, -4),
         MAP(packets), MOVE(2, 10), ADD(2, -4), CALL(BPF_FUNC_map_lookup_elem));
    exits[exit_count++] = code_length;
    EMIT(INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0, 0), LOAD(BPF_W, 2, 6, 0),
         LOAD(BPF_W, 3, 6, 4), MOVE(4, 2), ADD(4, FRAME));
    exits[exit_count++] = code_length;
    EMIT(INSN(BPF_JMP | BPF_JGT | BPF_X, 4, 3, 0, 0));
    for (int16_t at = 0; at < FRAME; at += 8)
        EMIT(LOAD(BPF_DW, 5, 0, at), STORE(BPF_DW, 2, 5, at));
    out = code_length;
    EMIT(INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_PASS),
         INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
    for (size_t i = 0; i < exit_count; i++)
        code[exits[i]].off = (int16_t)(out - exits[i] - 1);
    memset(&attr, 0, sizeof(attr));
    attr.prog_type = BPF_PROG_TYPE_XDP;
    attr.insns = (uint64_t)(uintptr_t)code;
    attr.insn_cnt = (uint32_t)code_length;
    attr.license = (uint64_t)(uintptr_t) "Apache-2.0";
    attr.log_buf = (uint64_t)(uintptr_t)log;
    attr.log_size = sizeof(log);
    attr.log_level = 1;
    program = bpf(BPF_PROG_LOAD, &attr);
    if (program < 0)
        (void)fprintf(stderr, "%s", log);
    return program;
}

static void *inject_all(void *arg)
{
    struct injector *injector = arg;
    uint8_t frame[FRAME] = {0};
    struct xdp_md context = {.data_end = FRAME, .ingress_ifindex = (uint32_t)interface_index};

    double wanted = rate > 0 ? rate / ROUNDS_A_SECOND : ROUND_MAX;
    uint32_t round = wanted < ROUND_MAX ? (uint32_t)wanted + 1 : ROUND_MAX;

    injector->begun = now_s();
    for (double passed = 0; passed < seconds; passed = now_s() - injector->begun) {
        union bpf_attr attr;

        if (rate > 0 && (double)injector->sent > passed * rate) { /* ahead of its time */
            (void)usleep(200);
            continue;
        }
        memset(&attr, 0, sizeof(attr));
        attr.test.prog_fd = (uint32_t)program;
        attr.test.data_in = (uint64_t)(uintptr_t)frame;
        attr.test.data_size_in = FRAME;
        attr.test.ctx_in = (uint64_t)(uintptr_t)&context;
        attr.test.ctx_size_in = sizeof(context);
        attr.test.repeat = round;
        attr.test.batch_size = BATCH;
        attr.test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
        if (bpf(BPF_PROG_TEST_RUN, &attr) < 0) {
            injector->failed = errno;
            break;
        }
        injector->sent += round;
    }
    injector->ended = now_s();
    return NULL;
}

int main(int argc, char **argv)
{
    static struct injector injectors[THREADS_MAX];
    unsigned long long sent = 0;
    double pps = 0;
    size_t threads;
    int packets, counter;

    if (argc != 6)
        return 2;
    threads = strtoul(argv[5], NULL, 10);
    if (threads < 1 || threads > THREADS_MAX)
        return 2;
    interface_index = (int)if_nametoindex(argv[1]);
    rate = strtod(argv[3], NULL) / (double)threads;
    seconds = strtod(argv[4], NULL);
    packets = make_map(FRAME, PACKETS_MAX);
    counter = make_map(8, 1);
    if (interface_index == 0 || packets < 0 || counter < 0)
        return fail(argv[1]);
    if (load(argv[2], packets) != 0)
        return 1;
    if (make_program(packets, counter) < 0)
        return fail("load the program");
    for (size_t i = 0; i < threads; i++)
        if (pthread_create(&injectors[i].thread, NULL, inject_all, &injectors[i]) != 0)
            return fail("a thread");
    for (size_t i = 0; i < threads; i++) {
        (void)pthread_join(injectors[i].thread, NULL);
        errno = injectors[i].failed;
        if (injectors[i].failed != 0)
            return fail("inject");
        sent += injectors[i].sent;
        pps += (double)injectors[i].sent / (injectors[i].ended - injectors[i].begun);
    }
    (void)printf("%llu %.0f\n", sent, pps);
    return 0;
}
