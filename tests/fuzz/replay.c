/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of some folders, without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1u << 20)

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

int main(int argc, char **argv)
{
    int count = 0;

    if (argc < 2)
        (void)fprintf(stderr, "replay: need folders of inputs\n");
    for (int i = 1; i < argc; i++) {
        int some = replay(argv[i]);

        if (some <= 0)
            return 1;
        count += some;
    }
    printf("%d inputs replayed\n", count);
    return count > 0 ? 0 : 2;
}
