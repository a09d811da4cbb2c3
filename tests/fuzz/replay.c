/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of some folders, without libFuzzer.
 *
 * A target of saved states (saved_input.h) must be able to load one of them: a seed of an older
 * layout is refused at its first bytes and tests nothing. `replay_NAME --seed FILE` writes a
 * new one, what the target saves when it begins with nothing. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1u << 20)

/* Of saved_input.h; other targets have none. */
extern unsigned saved_input_loads __attribute__((weak));
extern char *saved_input_state __attribute__((weak));
extern size_t saved_input_size __attribute__((weak));

/* @return the number of inputs; -1 */
static int replay(const char *path)
{
    static uint8_t data[INPUT_MAX];
    struct dirent *entry;
    int count = 0;
    DIR *folder = opendir(path);

    if (folder == NULL) {
        perror(path);
        return -1;
    }
    while (count >= 0 && (entry = readdir(folder)) != NULL) {
        char name[4096];
        FILE *in;

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        in = fopen(name, "rbe");
        if (in == NULL) {
            perror(name);
            count = -1;
            continue;
        }
        (void)LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof(data), in));
        (void)fclose(in);
        count++;
    }
    (void)closedir(folder);
    return count;
}

static int write_seed(const char *path)
{
    FILE *out;
    size_t written;

    if (&saved_input_state == NULL) {
        (void)fprintf(stderr, "replay: this target has no saved states\n");
        return 1;
    }
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    out = fopen(path, "wbe");
    if (out == NULL) {
        perror(path);
        return 1;
    }
    written = fwrite(saved_input_state, 1, saved_input_size, out);
    return fclose(out) == 0 && written == saved_input_size ? 0 : 1;
}

int main(int argc, char **argv)
{
    int count = 0;

    if (argc < 2)
        (void)fprintf(stderr, "replay: need folders of inputs\n");
    if (argc == 3 && strcmp(argv[1], "--seed") == 0)
        return write_seed(argv[2]);
    for (int i = 1; i < argc; i++) {
        int some = replay(argv[i]);

        if (some <= 0)
            return 1;
        count += some;
    }
    if (&saved_input_loads != NULL && saved_input_loads == 0) {
        (void)fprintf(stderr, "replay: none of %d inputs is of this layout\n", count);
        return 1;
    }
    printf("%d inputs replayed\n", count);
    return count > 0 ? 0 : 2;
}
