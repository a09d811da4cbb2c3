/* SPDX-License-Identifier: Apache-2.0 */
/* Names of services, as the system's /etc/services has them. */
#ifndef NJ_CLI_SERVICES_H
#define NJ_CLI_SERVICES_H

#include <stdint.h>

/** "ssh" for port 22 of TCP; "" if it has none. Borrowed until this thread's next call. */
const char *service_name(uint16_t port, uint8_t proto);

#endif
