/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the words of a client and of a server. */
#include <stdlib.h>

#include "classify/login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum login_answer answer = login_answer(data, size);

    if (answer != LOGIN_UNTOLD && answer != LOGIN_IN && answer != LOGIN_OUT)
        abort();
    if (size == 0 && (login_asks(data, size) || login_lasts(data, size)))
        abort();
    (void)login_asks(data, size);
    (void)login_lasts(data, size);
    return 0;
}
