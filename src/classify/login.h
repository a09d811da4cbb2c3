/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a server let somebody in: what it says after a login, where protocols say it in clear
 * text. For trw.c. Pure.
 *
 *   FTP          230 in, 530 out                                   (RFC 959)
 *   SMTP         235 in, 535 out                                   (RFC 4954)
 *   POP3         +OK in, -ERR out, after PASS                      (RFC 1939)
 *   HTTP Basic   401 and 403 out, 200 to 399 in, after a GET       (RFC 9110)
 *   MySQL        0x00 in, 0xff out, third packet of the handshake  (Client/Server Protocol)
 *   PostgreSQL   'R' with code 0 in, 'E' out                       (manual, Message Formats)
 *   SQL Server   token 0xad in, 0xaa out, first in its answer      ([MS-TDS] 2.2.7)
 *   SMB 1        status of SESSION_SETUP; guests are untold        ([MS-CIFS] 2.2.4.53)
 *   SMB 2, 3     the same                                          ([MS-SMB2] 2.2.6)
 *                what a status means                               ([MS-ERREF] 2.3)
 *   SIP          200 in, 401, 403, 407 out, after a REGISTER       (RFC 3261 22)
 *                with Authorization
 *
 * RDP is encrypted: only how long a talk goes on may tell. All else says nothing. */
#ifndef NJ_CLASSIFY_LOGIN_H
#define NJ_CLASSIFY_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum login_answer { LOGIN_UNTOLD, LOGIN_IN, LOGIN_OUT };

/** Whether these words of a client, which are of class credential, are followed by an answer. A
 * user name alone is not, nor is NTLM without one: nobody asks. */
bool login_asks(const uint8_t *payload, size_t length);

/** Whether no words will say what came of it: RDP ([MS-RDPBCGR] 2.2.1.1). */
bool login_lasts(const uint8_t *payload, size_t length);

/** What a server's words say after such a question. */
enum login_answer login_answer(const uint8_t *payload, size_t length);

#endif
