/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/recent.h"

#include <stdlib.h>

#include "base/rng.h"
#include "model/packet.h"

#define WAYS 4u
#define SETS (1u << 16)
#define SYN_NS INT64_C(120000000000)
#define OTHER_NS INT64_C(60000000000)

struct entry {
    uint64_t key;
    int64_t time_ns; /* 0: free */
};

struct sim_recent {
    struct entry sets[SETS][WAYS];
};

struct sim_recent *sim_recent_new(void)
{
    return calloc(1, sizeof(struct sim_recent));
}

void sim_recent_free(struct sim_recent *recent)
{
    free(recent);
}

static uint64_t key_of(const struct sim_probe *probe, bool syn)
{
    uint64_t key = nj_mix64((uint64_t)probe->src << 32 | probe->dst);

    if (probe->proto == PROTO_ICMP)
        return nj_mix64(key ^ (uint64_t)probe->icmp_type << 32 ^
                        (uint64_t)probe->icmp_code << 40 ^ probe->icmp_rest >> 16);
    key ^= (uint64_t)probe->sport << 16 ^ probe->dport ^ (uint64_t)probe->proto << 56;
    return nj_mix64(syn ? key ^ (uint64_t)probe->seq << 20 : key);
}

bool sim_recent_add(struct sim_recent *recent, const struct sim_probe *probe, int64_t time_ns)
{
    bool syn = probe->proto == PROTO_TCP && probe->flags == TCP_SYN;
    uint64_t key = key_of(probe, syn);
    struct entry *set = recent->sets[key % SETS], *oldest = set;

    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].key == key && set[i].time_ns != 0) {
            bool begins = time_ns - set[i].time_ns >= (syn ? SYN_NS : OTHER_NS);

            set[i].time_ns = time_ns;
            return begins;
        }
        if (set[i].time_ns < oldest->time_ns)
            oldest = &set[i];
    }
    *oldest = (struct entry){.key = key, .time_ns = time_ns};
    return true;
}
