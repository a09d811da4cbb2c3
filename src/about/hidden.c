/* SPDX-License-Identifier: Apache-2.0 */
#include "about/hidden.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "about/sample.h"
#include "model/trait.h"
#include "sample/forms.h"
#include "store/dossier.h"

static bool of_address(uint8_t byte)
{
    return isxdigit(byte) || byte == '.' || byte == ':' || byte == '-';
}

void hidden_part(const uint8_t *bytes, size_t length, const uint8_t *masked,
                 size_t masked_length, size_t *ret_head, size_t *ret_tail)
{
    size_t least = length < masked_length ? length : masked_length, head = 0, tail = 0;

    while (head < least && bytes[head] == masked[head])
        head++;
    while (tail < least - head && bytes[length - 1 - tail] == masked[masked_length - 1 - tail])
        tail++;
    while (head > 0 && of_address(bytes[head - 1]))
        head--;
    while (tail > 0 && of_address(bytes[length - tail]))
        tail--;
    *ret_head = head;
    *ret_tail = tail;
}

/* ---- the words of traits ---- */

static bool is_said(const json_t *trait)
{
    return strcmp(fact_text(trait, "kind"), "app") == 0;
}

static void hide(json_t *trait, const struct mask *mask, const struct ours *ours)
{
    const char *value = fact_text(trait, "value");
    size_t length = strnlen(value, TRAIT_VALUE_MAX), head, tail;
    uint8_t masked[TRAIT_VALUE_MAX];
    char text[TRAIT_VALUE_MAX + sizeof(HIDDEN)];

    memcpy(masked, value, length);
    if (forms_replace(masked, length, mask, ours) == 0)
        return;
    hidden_part((const uint8_t *)value, length, masked, length, &head, &tail);
    /* a stand-in that is an address of ours tells nothing of where the first one stood */
    if (forms_count(masked, length, ours) > 0 || head == length)
        head = tail = 0;
    (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)head, value, HIDDEN,
                   value + length - tail);
    fact_set_text(trait, "value", text);
}

/* What the sources reached is ours, also where no prefix is configured. */
static int ours_of(struct store *store, const struct addr *sources, size_t count,
                   const struct config *config, struct ours **ret, struct nj_err *err)
{
    struct sample *reached = NULL;
    size_t reached_count = 0;
    int rc = store_dossier_reached(store, sources, count, &reached, &reached_count, err);

    if (rc == 0)
        rc = ours_new(reached, reached_count, config->sensors, config->sensor_count, ret, err);
    free(reached);
    return rc;
}

int hidden_traits(struct store *store, const struct addr *sources, size_t count,
                  const struct config *config, json_t *facts, struct nj_err *err)
{
    uint8_t key[MASK_KEY_BYTES];
    struct ours *ours = NULL;
    struct mask mask;
    bool any = false;
    json_t *trait;
    size_t i;

    json_array_foreach(fact_list(facts, "traits"), i, trait)
    {
        any = any || is_said(trait);
    }
    if (!any)
        return 0;
    if (about_key(key, err) < 0 || ours_of(store, sources, count, config, &ours, err) < 0)
        return -1;
    mask_init(&mask, key);
    json_array_foreach(fact_list(facts, "traits"), i, trait)
    {
        if (is_said(trait))
            hide(trait, &mask, ours);
    }
    explicit_bzero(key, sizeof(key));
    explicit_bzero(&mask, sizeof(mask));
    ours_free(ours);
    return 0;
}
