/* SPDX-License-Identifier: Apache-2.0 */
#include "about/sample.h"

#include <string.h>
#include <sys/random.h>

#include "sample/pcap_out.h"

#define KEYS_MAX 64u /* that are tried: with half of IPv4 as our own all fail once in 2^64 */

int about_key(uint8_t key[MASK_KEY_BYTES], struct nj_err *err)
{
    if (getrandom(key, MASK_KEY_BYTES, 0) != MASK_KEY_BYTES)
        return nj_fail(err, NJ_IO, "draw a key");
    return 0;
}

static int hide(const struct store_samples *samples, const struct nj_intern *names,
                const struct about_hiding *hiding, bool *ret_id_follows, struct nj_err *err)
{
    struct sanitize_options options = {.strict = hiding->strict,
                                       .ret_id_follows = ret_id_follows,
                                       .sensors = hiding->config->sensors,
                                       .sensor_count = hiding->config->sensor_count,
                                       .names = names};
    int rc;

    memcpy(options.key, hiding->key, sizeof(options.key));
    for (unsigned tries = 1;; tries++) {
        rc = sanitize(samples->items, samples->bytes, samples->count, &options, err);
        /* of the keys one in 15 leads from a /8 back to it, one in 150 from a /16. Nothing was
         * changed yet when one is refused */
        if (rc == 0 || err->code != NJ_CONFIG || !hiding->drawn || tries == KEYS_MAX)
            break;
        options.key[0]++;
    }
    explicit_bzero(options.key, sizeof(options.key));
    return rc < 0 ? nj_within(err, "sanitize: nothing was written") : 0;
}

int about_samples(struct store *store, const struct samples_question *question,
                  const struct about_hiding *hiding, struct store_samples *ret,
                  struct nj_err *err)
{
    struct store_samples samples = {0};

    if (store_samples(store, question, &samples, err) < 0)
        return -1;
    if (hiding != NULL && hide(&samples, samples.names, hiding, NULL, err) < 0) {
        store_samples_done(&samples);
        return -1;
    }
    *ret = samples;
    return 0;
}

int about_samples_hide(const struct store_samples *samples, const struct about_hiding *hiding,
                       struct store_samples *ret, bool *ret_id_follows, struct nj_err *err)
{
    struct store_samples copy = {.items = calloc(samples->count + 1, sizeof(*copy.items)),
                                 .count = samples->count,
                                 .bytes = calloc(samples->count + 1, sizeof(*copy.bytes))};

    if (copy.items == NULL || copy.bytes == NULL) {
        store_samples_done(&copy);
        return nj_fail(err, NJ_NOMEM, "no memory for samples");
    }
    for (size_t i = 0; i < copy.count; i++) {
        copy.items[i] = samples->items[i];
        memcpy(copy.bytes[i], samples->items[i].bytes, samples->items[i].captured);
        copy.items[i].bytes = copy.bytes[i];
    }
    if (hide(&copy, samples->names, hiding, ret_id_follows, err) < 0) {
        store_samples_done(&copy);
        return -1;
    }
    *ret = copy;
    return 0;
}

int about_samples_write(FILE *out, const struct store_samples *samples, struct nj_err *err)
{
    int rc = sample_pcap_begin(out, err);

    for (size_t i = 0; rc == 0 && i < samples->count; i++)
        rc = sample_pcap_put(out, &samples->items[i], err);
    if (rc == 0 && fflush(out) != 0)
        rc = nj_fail(err, NJ_IO, "write capture");
    return rc;
}
