/* SPDX-License-Identifier: Apache-2.0 */
/* Microsoft's protocols and what shares their frame: RDP ([MS-RDPBCGR] 2.2.1.1) and S7comm over
 * TPKT and COTP (RFC 1006, ISO 8073), SMB ([MS-CIFS] 2.2.4.52, [MS-SMB2] 2.2.3), TDS
 * ([MS-TDS] 2.2.3, 2.2.6.4). */
#include <stdio.h>

#include "app/sight.h"

/* ---- TPKT: version 3, 0, length; then COTP: length, type ---- */

static const char *const s7_functions[256] = {
    [0x00] = "cpu-services", [0x04] = "read",        [0x05] = "write",    [0x1a] = "download",
    [0x1d] = "upload",       [0x28] = "plc-control", [0x29] = "plc-stop", [0xf0] = "setup",
};

/* Magic 0x32, type of message, reserved, reference, lengths, then the function */
static bool s7comm(struct nj_cursor in, struct sight *sight)
{
    const char *function;
    uint8_t magic = nj_u8(&in), type = nj_u8(&in);

    (void)nj_take(&in, 8);
    function = s7_functions[nj_u8(&in)];
    if (magic != 0x32 || (type != 1 && type != 2 && type != 3 && type != 7))
        return false;
    sight->name = "s7comm";
    sight->request = type == 1 || type == 7;
    if (!in.bad && function != NULL)
        sight_addz(sight, "function", function);
    return true;
}

static bool has_tsap(struct nj_cursor parameters)
{
    while (nj_cursor_left(&parameters) >= 2) {
        uint8_t code = nj_u8(&parameters);

        if (code == 0xc1 || code == 0xc2)
            return true;
        (void)nj_take(&parameters, nj_u8(&parameters));
    }
    return false;
}

static void rdp_cookie(struct nj_cursor in, struct sight *sight)
{
    static const char user[] = "Cookie: mstshash=", token[] = "Cookie: msts=";

    if (begins(&in, user)) {
        struct nj_cursor line;

        in.pos += sizeof(user) - 1;
        line = take_until(&in, '\r');
        sight_add(sight, "mstshash", line.pos, nj_cursor_left(&line));
        sight_user(sight, line.pos, nj_cursor_left(&line), 1);
        (void)nj_u8(&in); /* line feed */
    } else if (begins(&in, token)) {
        (void)take_until(&in, '\n');
    }
    if (nj_cursor_left(&in) >= 8 && in.pos[0] == 1 && in.pos[2] == 8) /* negotiation request */
        sight_addu(sight, "protocols", in.pos[4]);
}

bool app_tpkt(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    uint8_t version = nj_u8(&in), reserved = nj_u8(&in), size, type;
    uint16_t length = nj_be16(&in);

    size = nj_u8(&in);
    type = nj_u8(&in);
    if (in.bad || version != 3 || reserved != 0 || length < 7 || size < 2 || size > length - 5)
        return false;
    if (type == 0xf0) { /* data: end of transmission, then the protocol above */
        (void)nj_u8(&in);
        if (nj_cursor_left(&in) > 0 && in.pos[0] == 0x32)
            return s7comm(in, sight);
        sight->request = true;
        return nj_cursor_left(&in) > 0 && (in.pos[0] == 0x7f || in.pos[0] == 0x64);
    }
    if ((type != 0xe0 && type != 0xd0) || size < 6)
        return false;
    (void)nj_take(&in, 5); /* references, class */
    sight->request = type == 0xe0;
    if (in.bad)
        return false;
    if (has_tsap(in) || packet->dport == 102 || packet->sport == 102)
        sight->name = "s7comm";
    else if (type == 0xe0)
        rdp_cookie(in, sight);
    return true;
}

/* ---- SMB over NetBIOS sessions: type 0, length of 24 bits ---- */

static void smb1_dialects(struct nj_cursor in, struct sight *sight)
{
    char list[96];
    size_t length = 0;

    while (nj_cursor_left(&in) >= 2 && nj_u8(&in) == 2) {
        struct nj_cursor name = take_until(&in, 0);
        size_t left = nj_cursor_left(&name);

        if (length + left + 2 > sizeof(list))
            break;
        if (length > 0)
            list[length++] = ',';
        memcpy(list + length, name.pos, left);
        length += left;
    }
    sight_add(sight, "dialects", list, length);
}

static void smb2_dialects(struct nj_cursor in, struct sight *sight)
{
    char list[64];
    size_t length = 0;
    uint16_t size = nj_le16(&in), count = nj_le16(&in);

    (void)nj_take(&in, 32); /* up to the list */
    if (in.bad || size != 36)
        return;
    for (unsigned i = 0; i < count && nj_cursor_left(&in) >= 2 && length + 6 < sizeof(list);
         i++)
        length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%04x",
                                   i > 0 ? "," : "", nj_le16(&in));
    sight_add(sight, "dialects", list, length);
}

bool app_smb(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    uint8_t type = nj_u8(&in);
    uint32_t magic;
    uint16_t command;

    (void)packet;
    (void)nj_take(&in, 3);
    magic = nj_be32(&in);
    if (in.bad || type != 0)
        return false;
    if (magic == 0xff534d42) { /* command, status, flags (reply: 0x80), ... 32 bytes in all */
        command = nj_u8(&in);
        (void)nj_be32(&in);
        sight->request = (nj_u8(&in) & 0x80) == 0;
        (void)nj_take(&in, 22);
        sight_addz(sight, "version", "1");
        if (command == 0x72 && sight->request) {
            (void)nj_take(&in, 3); /* no words, byte count */
            smb1_dialects(in, sight);
        } else {
            sight_addu(sight, "command", command);
        }
        return true;
    }
    if (magic == 0xfe534d42) { /* header of 64 bytes, flags at 16 (reply: 1) */
        (void)nj_take(&in, 8);
        command = nj_le16(&in);
        (void)nj_le16(&in);
        sight->request = (nj_le32(&in) & 1) == 0;
        (void)nj_take(&in, 44);
        sight_addz(sight, "version", "2");
        if (command == 0 && sight->request)
            smb2_dialects(in, sight);
        return true;
    }
    return magic == 0xfd534d42 || magic == 0xfc534d42; /* encrypted, compressed */
}

/* ---- TDS: type, status, length, channel, packet, window ---- */

/* Of the i-th (offset, length) pair of LOGIN7, counted from its beginning. */
static struct nj_cursor login_text(struct nj_cursor login, size_t i)
{
    struct nj_cursor at = login;
    uint16_t offset, length;

    (void)nj_take(&at, 36 + 4 * i);
    offset = nj_le16(&at);
    length = nj_le16(&at);
    at = login;
    (void)nj_take(&at, offset);
    return at.bad ? nj_cursor(login.end, 0) : nj_sub(&at, 2u * (size_t)length);
}

static void add_utf16(struct sight *sight, const char *key, struct nj_cursor text)
{
    char low[64];
    size_t length = 0;

    while (nj_cursor_left(&text) >= 2 && length < sizeof(low)) {
        low[length++] = (char)text.pos[0];
        text.pos += 2;
    }
    sight_add(sight, key, low, length);
}

bool app_tds(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    uint8_t type = nj_u8(&in), status = nj_u8(&in);
    uint16_t length = nj_be16(&in);

    (void)packet;
    (void)nj_take(&in, 4);
    if (in.bad || status > 1 || length < 9 || length - 8u < nj_cursor_left(&in))
        return false;
    if (type == 0x12) { /* PRELOGIN: tokens of 5 bytes, the first is VERSION behind them */
        struct nj_cursor token = in;
        uint8_t code = nj_u8(&token);
        uint16_t offset = nj_be16(&token), size = nj_be16(&token);

        sight->request = true;
        return !token.bad && code == 0 && offset >= 6 && offset < 64 && size == 6;
    }
    if (type == 0x10) { /* LOGIN7: its own length, little-endian */
        struct nj_cursor login = in, user;

        if (nj_le32(&in) > length || in.bad)
            return false;
        user = login_text(login, 1);
        sight->request = true;
        add_utf16(sight, "user", user);
        add_utf16(sight, "app", login_text(login, 3));
        sight_user(sight, user.pos, nj_cursor_left(&user), 2);
        return true;
    }
    return false;
}
