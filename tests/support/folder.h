/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for one test, as cmocka's setup and teardown. */
#ifndef NJ_TESTS_FOLDER_H
#define NJ_TESTS_FOLDER_H

/** The folder of the test that runs. */
extern char test_folder[64];

/** Make it, empty. @return 0; -1 */
int folder_make(void **state);

/** Remove it with all that it holds. @return 0; -1 */
int folder_remove(void **state);

#endif
