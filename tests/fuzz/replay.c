/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of a folder, without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1u << 20)

int main(int argc, char **argv)
{
    static uint8_t data[INPUT_MAX];
    struct dirent *entry;
    unsigned count = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;

    if (folder == NULL) {
        (void)fprintf(stderr, "replay: need a folder of inputs\n");
        return 2;
    }
    while ((entry = readdir(folder)) != NULL) {
        char path[4096];
        FILE *in;

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        in = fopen(path, "rbe");
        if (in == NULL) {
            perror(path);
            return 1;
        }
        (void)LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof(data), in));
        (void)fclose(in);
        count++;
    }
    (void)closedir(folder);
    printf("%u inputs replayed\n", count);
    return count > 0 ? 0 : 1;
}
