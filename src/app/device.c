/* SPDX-License-Identifier: Apache-2.0 */
/* Things: MQTT (OASIS, 3.1), the Android Debug Bridge (AOSP, protocol.txt), VNC (RFC 6143,
 * 7.1.1), Modbus/TCP (modbus.org, MBAP header). */
#include "app/sight.h"

bool app_mqtt(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    uint32_t length = 0;
    uint8_t byte;
    struct nj_cursor name, client;

    (void)packet;
    if (nj_u8(&in) != 0x10) /* CONNECT */
        return false;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        byte = nj_u8(&in);
        length |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            break;
    }
    name = nj_sub(&in, nj_be16(&in));
    if (in.bad || length < 10 ||
        !((nj_cursor_left(&name) == 4 && begins(&name, "MQTT")) ||
          (nj_cursor_left(&name) == 6 && begins(&name, "MQIsdp"))))
        return false;
    sight->request = true;
    byte = nj_u8(&in); /* level */
    sight_addu(sight, "level", byte);
    (void)nj_take(&in, 3); /* flags, keep alive */
    if (byte < 5) {
        client = nj_sub(&in, nj_be16(&in));
        sight_add(sight, "client", client.pos, nj_cursor_left(&client));
    }
    return true;
}

/* Command, two arguments, length, checksum, and the command's complement. */
bool app_adb(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    uint32_t command = nj_le32(&in), magic;
    struct nj_cursor word = in;

    (void)packet;
    (void)nj_take(&in, 16);
    magic = nj_le32(&in);
    if (in.bad || magic != (command ^ 0xffffffffu))
        return false;
    word.pos -= 4;
    if (!begins(&word, "CNXN") && !begins(&word, "OPEN") && !begins(&word, "AUTH") &&
        !begins(&word, "WRTE") && !begins(&word, "OKAY") && !begins(&word, "CLSE") &&
        !begins(&word, "SYNC") && !begins(&word, "STLS"))
        return false;
    sight->request = packet->dport < packet->sport;
    sight_add(sight, "command", word.pos, 4);
    if (begins(&word, "CNXN") || begins(&word, "OPEN")) {
        struct nj_cursor text = take_until(&in, 0);

        sight_add(sight, "text", text.pos, nj_cursor_left(&text));
    }
    return true;
}

bool app_vnc(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    if (nj_cursor_left(&in) < 12 || !begins(&in, "RFB ") || in.pos[7] != '.' ||
        in.pos[11] != '\n')
        return false;
    sight->request = packet->dport < packet->sport;
    sight_add(sight, "version", in.pos + 4, 7);
    return true;
}

/* Transaction, protocol 0, length of what follows, unit, function. */
bool app_modbus(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    uint16_t protocol, length;
    uint8_t function;

    (void)nj_be16(&in);
    protocol = nj_be16(&in);
    length = nj_be16(&in);
    if (in.bad || protocol != 0 || length < 2 || length > 254 || length != nj_cursor_left(&in))
        return false;
    (void)nj_u8(&in);
    function = nj_u8(&in) & 0x7f; /* the highest bit tells an exception */
    if (in.bad || function == 0 || (function > 24 && function != 43 && function != 90))
        return false;
    sight->request = packet->sport != 502 && packet->dport <= packet->sport;
    sight_addu(sight, "function", function);
    return true;
}
