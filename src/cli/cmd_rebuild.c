/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar rebuild: derive episodes, links, actors and scores anew from the stored rows. */
#include "cli/commands.h"
#include "cli/derived.h"

static int print(const struct cli *cli, struct derive *derive, struct nj_err *err)
{
    static const char *const names[] = {"rows", "traits", "steps", "events"};
    const struct derive_counts *counts = derive_counts(derive);
    const uint64_t numbers[] = {counts->rows, counts->traits, counts->steps, counts->events};
    struct cell cells[sizeof(numbers) / sizeof(numbers[0])];
    struct output *output = output_new(stdout, cli->format, NULL);
    struct row_sink sink;
    int rc;

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        cells[i] = (struct cell){.kind = CELL_UINT, .unsigned_number = numbers[i]};
    sink = output_sink(output);
    rc = sink.head(sink.ctx, names, sizeof(numbers) / sizeof(numbers[0]), err);
    if (rc == 0)
        rc = sink.row(sink.ctx, cells, sizeof(numbers) / sizeof(numbers[0]), err);
    return output_close(output, rc, err);
}

static int rebuild(struct cli *cli, const struct setup *setup, struct nj_err *err)
{
    struct store_options store_options = setup_writer_options(cli, setup);
    struct derive_options options;
    struct derive *derive = NULL;
    struct ports *ports = NULL;
    struct store *store;
    int rc = -1;

    if (setup_need_store(setup, err) < 0 || store_open_writer(&store_options, &store, err) < 0)
        return -1;
    if (setup_ports(&ports, err) < 0)
        goto out;
    options = derived_options(setup, store, ports);
    if (derive_new(&options, &derive, err) < 0 || derive_rebuild(derive, err) < 0)
        goto out;
    derived_say(cli, derive);
    rc = print(cli, derive, err);
out:
    derive_free(derive);
    ports_free(ports);
    store_close(store);
    return rc;
}

int cmd_rebuild(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    return setup_run(cli, argc, argv, rebuild, err);
}
