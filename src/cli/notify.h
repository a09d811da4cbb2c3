/* SPDX-License-Identifier: Apache-2.0 */
/* Tell the service manager how we are (sd_notify(3)'s protocol: a datagram to
 * NOTIFY_SOCKET). */
#ifndef NJ_CLI_NOTIFY_H
#define NJ_CLI_NOTIFY_H

/** "READY=1", "STOPPING=1", ... Nothing happens when nobody wants to know. */
void notify(const char *state);

#endif
