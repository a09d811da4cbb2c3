/* SPDX-License-Identifier: Apache-2.0 */
/* Databases: MySQL ("Client/Server Protocol", Connection Phase), PostgreSQL (manual, chapter
 * "Message Formats"), MongoDB ("Wire Protocol"), Redis (RESP), memcached (protocol.txt). */
#include "app/sight.h"

bool app_mysql(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    uint32_t length = nj_u8(&in) | (uint32_t)nj_u8(&in) << 8 | (uint32_t)nj_u8(&in) << 16;
    uint8_t number = nj_u8(&in);
    struct nj_cursor user;

    (void)packet;
    if (in.bad || length < 5 || length != nj_cursor_left(&in))
        return false;
    if (number == 0) { /* a server: version 10, its name, or an error 0xff */
        uint8_t first = nj_u8(&in);
        struct nj_cursor name = take_until(&in, 0);

        if (first == 0xff && length > 3)
            return memmem(name.pos, nj_cursor_left(&name), "MySQL", 5) != NULL;
        if (first != 10 || nj_cursor_left(&name) < 3 || nj_cursor_left(&in) < 13)
            return false;
        sight_add(sight, "server", name.pos, nj_cursor_left(&name));
        return true;
    }
    if (number != 1 || length < 32)
        return false;
    (void)nj_take(&in, 9); /* capabilities, packet size, character set */
    for (unsigned i = 0; i < 19; i++)
        if (nj_u8(&in) != 0)
            return false;
    (void)nj_take(&in, 4); /* MariaDB's capabilities */
    sight->request = true;
    if (in.bad || nj_cursor_left(&in) == 0) /* the request for TLS ends here */
        return !in.bad;
    user = take_until(&in, 0);
    sight_add(sight, "user", user.pos, nj_cursor_left(&user));
    sight_user(sight, user.pos, nj_cursor_left(&user), 1);
    return true;
}

bool app_postgresql(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    size_t all = nj_cursor_left(&in);
    uint32_t length = nj_be32(&in), code = nj_be32(&in);

    (void)packet;
    if (in.bad || length != all)
        return false;
    sight->request = true;
    if (code == 80877103 || code == 80877104) { /* TLS, GSSAPI */
        sight_addz(sight, "message", code == 80877103 ? "ssl" : "gss");
        return length == 8;
    }
    if (code == 80877102)
        return length == 16; /* cancel */
    if (code != 0x00030000)
        return false;
    for (unsigned i = 0; i < 16 && nj_cursor_left(&in) > 1; i++) {
        struct nj_cursor key = take_until(&in, 0), value = take_until(&in, 0);

        if (nj_cursor_left(&key) == 4 && begins(&key, "user")) {
            sight_add(sight, "user", value.pos, nj_cursor_left(&value));
            sight_user(sight, value.pos, nj_cursor_left(&value), 1);
        } else if (nj_cursor_left(&key) == 8 && begins(&key, "database")) {
            sight_add(sight, "database", value.pos, nj_cursor_left(&value));
        }
    }
    return sight->user_length > 0;
}

bool app_mongodb(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    uint32_t length = nj_le32(&in);
    size_t left;
    uint32_t answers, operation;

    (void)packet;
    (void)nj_le32(&in);
    answers = nj_le32(&in);
    operation = nj_le32(&in);
    left = nj_cursor_left(&in);
    if (in.bad || length < 17 || length > 48000000 || length - 16 < left)
        return false;
    sight->request = answers == 0 && operation != 1;
    if (operation == 2004) { /* query: flags, collection */
        struct nj_cursor name;

        (void)nj_le32(&in);
        if (in.bad)
            return false;
        name = take_until(&in, 0);
        sight_add(sight, "collection", name.pos, nj_cursor_left(&name));
        return true;
    }
    if (operation == 2013) { /* message: flags, section 0, document, type, first name */
        struct nj_cursor name;

        (void)nj_le32(&in);
        if (nj_u8(&in) != 0)
            return !in.bad;
        (void)nj_le32(&in);
        (void)nj_u8(&in);
        if (in.bad)
            return false;
        name = take_until(&in, 0);
        if (sight->request)
            sight_add(sight, "command", name.pos, nj_cursor_left(&name));
        return true;
    }
    return operation == 1 || operation == 2012 || operation == 2010 || operation == 2011 ||
           operation == 2005;
}

/* "*3\r\n$6\r\nCONFIG\r\n...", or a command in plain words. */
bool app_redis(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    static const char *const words[] = {"PING\r\n", "INFO\r\n", "QUIT\r\n", "CONFIG ",
                                        "SLAVEOF ", "FLUSHALL", "KEYS *",   "info\r\n",
                                        "config ",  "slaveof ", "flushall", "keys *"};
    struct nj_cursor word;

    (void)packet;
    sight->request = true;
    if (in.pos[0] != '*') {
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (!begins(&in, words[i]))
                continue;
            word = take_until(&in, '\n');
            sight_add(sight, "command", word.pos, strcspn(words[i], " \r"));
            return true;
        }
        return false;
    }
    word = take_until(&in, '\n');
    if (nj_cursor_left(&word) < 3 || nj_cursor_left(&word) > 9 || word.end[-1] != '\r' ||
        word.pos[1] < '1' || word.pos[1] > '9')
        return false;
    if (nj_cursor_left(&in) == 0)
        return true;
    if (nj_u8(&in) != '$')
        return false;
    (void)take_until(&in, '\n');
    word = take_until(&in, '\r');
    if (nj_cursor_left(&word) <= 16)
        sight_add(sight, "command", word.pos, nj_cursor_left(&word));
    return true;
}

bool app_memcached(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    static const char *const words[] = {"stats", "version\r\n", "flush_all", "get ",
                                        "gets ", "set ",        "verbosity "};
    static const char *const answers[] = {"STAT ", "VALUE ", "END\r\n", "VERSION ",
                                          "STORED\r\n"};

    if (packet->proto == PROTO_UDP) { /* id, number, count, reserved */
        struct nj_cursor head = in;
        uint16_t number, count, reserved;

        (void)nj_be16(&head);
        number = nj_be16(&head);
        count = nj_be16(&head);
        reserved = nj_be16(&head);
        if (head.bad || count == 0 || number >= count || reserved != 0)
            return false;
        in = head;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!begins(&in, words[i]) || memchr(in.pos, '\n', nj_cursor_left(&in)) == NULL)
            continue;
        sight->request = true;
        sight_add(sight, "command", words[i], strcspn(words[i], " \r"));
        return true;
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (begins(&in, answers[i]))
            return true;
    return false;
}
