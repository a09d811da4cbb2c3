/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of lines and terminals: SSH (RFC 4253, 4.2), FTP (RFC 959), SMTP (RFC 5321), POP3
 * where its port tells it from FTP (RFC 1939), Telnet (RFC 854). */
#include <strings.h>

#include "app/sight.h"

static struct nj_cursor first_line(struct nj_cursor in)
{
    struct nj_cursor line = take_until(&in, '\n');

    if (line.pos < line.end && line.end[-1] == '\r')
        line.end--;
    return line;
}

static bool begins_any_case(const struct nj_cursor *in, const char *text)
{
    size_t length = strlen(text);

    return nj_cursor_left(in) >= length &&
           strncasecmp((const char *)in->pos, text, length) == 0;
}

static bool contains(const struct nj_cursor *in, const char *text)
{
    return memmem(in->pos, nj_cursor_left(in), text, strlen(text)) != NULL;
}

bool app_ssh(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    struct nj_cursor line = first_line(in);

    if (!begins(&line, "SSH-2.0-") && !begins(&line, "SSH-1."))
        return false;
    sight->request = packet->dport < packet->sport || packet->sport == 0;
    sight_add(sight, "version", line.pos, nj_cursor_left(&line));
    return true;
}

bool app_ftp(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    static const char *const alone[] = {"QUIT", "SYST", "FEAT", "PASV", "EPSV", "PWD"};
    struct nj_cursor line = first_line(in);

    if (begins(&line, "220") && (contains(&line, "FTP") || contains(&line, "FileZilla"))) {
        sight_add(sight, "banner", line.pos, nj_cursor_left(&line));
        return true;
    }
    if (packet->dport == 110 || packet->dport == 995)
        sight->name = "pop3";
    sight->request = true;
    if (begins_any_case(&line, "USER ")) {
        line.pos += 5;
        if (nj_cursor_left(&line) == 0 || memchr(line.pos, ' ', nj_cursor_left(&line)) != NULL)
            return false; /* IRC's has more words */
        sight_add(sight, "user", line.pos, nj_cursor_left(&line));
        sight_user(sight, line.pos, nj_cursor_left(&line), 1);
        return true;
    }
    if (begins_any_case(&line, "PASS ")) {
        sight_addz(sight, "command", "PASS"); /* what was tried is not kept */
        return true;
    }
    for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
        if (nj_cursor_left(&line) == strlen(alone[i]) && begins_any_case(&line, alone[i]) &&
            packet->dport != 25 && packet->dport != 587)
            return line.end != in.end; /* a whole line */
    return false;
}

bool app_smtp(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    struct nj_cursor line = first_line(in);

    (void)packet;
    if (begins(&line, "220") && contains(&line, "SMTP")) {
        sight_add(sight, "banner", line.pos, nj_cursor_left(&line));
        return true;
    }
    sight->request = true;
    if (begins_any_case(&line, "EHLO ") || begins_any_case(&line, "HELO ")) {
        sight_add(sight, "helo", line.pos + 5, nj_cursor_left(&line) - 5);
        return true;
    }
    if (begins_any_case(&line, "MAIL FROM:") || begins_any_case(&line, "RCPT TO:")) {
        sight_add(sight, "command", line.pos, nj_cursor_left(&line));
        return true;
    }
    return begins_any_case(&line, "AUTH LOGIN") || begins_any_case(&line, "AUTH PLAIN");
}

/* Commands of negotiation, IAC WILL/WONT/DO/DONT option or IAC SB, at the very beginning. */
bool app_telnet(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    char options[64];
    size_t length = 0;

    while (nj_cursor_left(&in) >= 3 && in.pos[0] == 0xff && in.pos[1] >= 0xfa) {
        static const char *const verbs[] = {"sb", "will", "wont", "do", "dont"};
        uint8_t verb, option;

        (void)nj_u8(&in);
        verb = nj_u8(&in);
        option = nj_u8(&in);
        if (verb == 0xff)
            return false; /* an escaped byte 255 */
        if (length + 16 < sizeof(options)) {
            const char *word = verbs[verb - 0xfa];

            if (length > 0)
                options[length++] = ',';
            memcpy(options + length, word, strlen(word));
            length += strlen(word);
            if (option >= 100)
                options[length++] = (char)('0' + option / 100);
            if (option >= 10)
                options[length++] = (char)('0' + option / 10 % 10);
            options[length++] = (char)('0' + option % 10);
        }
        if (verb == 0xfa) /* up to IAC SE */
            while (nj_cursor_left(&in) > 0 && in.pos[0] != 0xff)
                in.pos++;
        if (verb == 0xfa && nj_cursor_left(&in) >= 2 && in.pos[1] == 0xf0)
            in.pos += 2;
    }
    sight->request = packet->dport < packet->sport;
    sight_add(sight, "options", options, length);
    return length > 0;
}
