/* SPDX-License-Identifier: Apache-2.0 */
#include "base/whole.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/nightjar-whole-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return chdir("/") < 0 || rmdir(folder) < 0 ? -1 : 0;
}

/* Write `text` there, and fail on the way if `rc` says so. */
static int put(const char *path, const char *text, mode_t mode, int rc)
{
    struct nj_whole whole;
    struct nj_err err;

    if (nj_whole_begin(&whole, path, mode, &err) < 0)
        return -1;
    (void)fputs(text, whole.out);
    return nj_whole_end(&whole, rc, &err);
}

static void assert_holds(const char *path, const char *text)
{
    char found[64] = "";
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_true(read(fd, found, sizeof(found) - 1) >= 0);
    (void)close(fd);
    assert_string_equal(found, text);
}

static mode_t mode_of(const char *path)
{
    struct stat stands;

    assert_int_equal(lstat(path, &stands), 0);
    return stands.st_mode;
}

static void a_file_is_replaced_when_it_is_done(void **state)
{
    struct nj_whole whole;
    struct nj_err err;

    (void)state;
    assert_int_equal(put("a", "first", 0600, 0), 0);
    assert_int_equal(nj_whole_begin(&whole, "a", 0644, &err), 0);
    (void)fputs("second", whole.out);
    (void)fflush(whole.out);
    assert_holds("a", "first");
    assert_int_equal(nj_whole_end(&whole, 0, &err), 0);
    assert_holds("a", "second");
    assert_int_equal(mode_of("a"), S_IFREG | 0644);
    assert_int_equal(unlink("a"), 0);
}

static void nothing_is_left_of_what_failed(void **state)
{
    (void)state;
    assert_int_equal(put("a", "first", 0, 0), 0);
    assert_int_equal(put("a", "second", 0, -1), -1);
    assert_holds("a", "first");
    assert_int_equal(put("none/b", "text", 0, 0), -1);
    assert_int_equal(unlink("a"), 0); /* the folder is empty then */
}

static void a_link_stays_one(void **state)
{
    (void)state;
    assert_int_equal(put("a", "first", 0, 0), 0);
    assert_int_equal(symlink("a", "link"), 0);
    assert_int_equal(put("link", "second", 0, 0), 0);
    assert_true(S_ISLNK(mode_of("link")));
    assert_holds("a", "second");
    assert_int_equal(unlink("a"), 0);
    assert_int_equal(put("link", "third", 0, 0), -1);
    assert_true(S_ISLNK(mode_of("link")));
    assert_int_equal(unlink("link"), 0);
}

static void a_pipe_is_written_to_and_not_replaced(void **state)
{
    int reader;
    char found[16] = "";

    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    reader = open("pipe", O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(put("pipe", "text", 0, 0), 0);
    assert_int_equal(read(reader, found, sizeof(found) - 1), 4);
    assert_string_equal(found, "text");
    assert_true(S_ISFIFO(mode_of("pipe")));
    (void)close(reader);
    assert_int_equal(unlink("pipe"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced_when_it_is_done),
        cmocka_unit_test(nothing_is_left_of_what_failed),
        cmocka_unit_test(a_link_stays_one),
        cmocka_unit_test(a_pipe_is_written_to_and_not_replaced),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
