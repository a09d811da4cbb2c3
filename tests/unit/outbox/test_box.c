/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox/box.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "outbox/deliver.h"
#include "outbox/outlet.h"
#include "outbox/send.h"

static struct box *new_box(void)
{
    struct box *box;
    struct nj_err err;

    if (box_open(NULL, &box, &err) < 0)
        fail_msg("%s", err.msg);
    return box;
}

static void put(struct box *box, const char *receiver, const char *text)
{
    assert_int_equal(box_put(box, receiver, text, strlen(text), 1000, NULL), 0);
}

static struct box_receiver receiver(struct box *box, const char *name)
{
    struct box_receiver ret;

    assert_int_equal(box_receiver(box, name, &ret, NULL), 0);
    return ret;
}

static void messages_leave_in_order_and_are_counted(void **state)
{
    struct box *box = new_box();
    struct box_message messages[4];
    size_t count;

    (void)state;
    put(box, "a", "one");
    put(box, "b", "other");
    put(box, "a", "two");
    assert_int_equal(box_next(box, "a", 4, messages, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_string_equal(messages[0].body, "one");
    assert_string_equal(messages[1].body, "two");
    assert_int_equal(box_sent(box, "a", messages[0].id, messages[1].id, NULL), 0);
    box_message_done(&messages[0]);
    box_message_done(&messages[1]);
    assert_int_equal(receiver(box, "a").waiting, 0);
    assert_int_equal(receiver(box, "a").sent, 2);
    assert_int_equal(receiver(box, "b").waiting, 1); /* between them, and not theirs */
    box_close(box);
}

static void a_full_queue_drops_the_oldest(void **state)
{
    struct box *box = new_box();
    struct box_message message;
    size_t count;

    (void)state;
    assert_int_equal(box_begin(box, NULL), 0);
    for (unsigned i = 0; i < BOX_MESSAGES_MAX + 3; i++) {
        char text[16];

        (void)snprintf(text, sizeof(text), "%u", i);
        put(box, "a", text);
    }
    assert_int_equal(box_end(box, 0, NULL), 0);
    assert_int_equal(receiver(box, "a").waiting, BOX_MESSAGES_MAX);
    assert_int_equal(receiver(box, "a").dropped, 3);
    assert_int_equal(box_next(box, "a", 1, &message, &count, NULL), 0);
    assert_string_equal(message.body, "3");
    box_message_done(&message);
    box_close(box);
}

static void what_waits_too_long_is_given_up(void **state)
{
    struct box *box = new_box();

    (void)state;
    put(box, "a", "old");
    assert_int_equal(box_put(box, "a", "new", 3, 1000 + BOX_AGE_US, NULL), 0);
    assert_int_equal(box_expire(box, 1001 + BOX_AGE_US, NULL), 0);
    assert_int_equal(receiver(box, "a").waiting, 1);
    assert_int_equal(receiver(box, "a").dropped, 1);
    box_close(box);
}

static void an_event_is_told_once(void **state)
{
    struct box *box = new_box();
    struct box_told told = {
        .rule = "r", .key = "hop|a|b|7", .subject = "a", .at_us = 7, .sent = true};
    uint64_t count;

    (void)state;
    assert_int_equal(box_is_told(box, "r", told.key, NULL), 0);
    assert_int_equal(box_tell(box, &told, NULL), 0);
    assert_int_equal(box_is_told(box, "r", told.key, NULL), BOX_TOLD);
    assert_int_equal(box_is_told(box, "other", told.key, NULL), 0);
    assert_int_equal(box_tell(box, &told, NULL), BOX_TOLD);
    told.rule = "other";
    assert_int_equal(box_tell(box, &told, NULL), 0);
    assert_int_equal(box_told_count(box, "r", "a", 0, 7, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_int_equal(box_told_count(box, "r", "b", 0, 7, &count, NULL), 0);
    assert_int_equal(count, 0);
    box_close(box);
}

static void a_change_that_fails_leaves_nothing(void **state)
{
    struct box *box = new_box();
    int64_t position;

    (void)state;
    assert_int_equal(box_begin(box, NULL), 0);
    put(box, "a", "never");
    assert_int_equal(box_set_position(box, "alerts", 7, NULL), 0);
    assert_int_equal(box_end(box, -1, NULL), -1);
    assert_int_equal(receiver(box, "a").waiting, 0);
    assert_int_equal(box_position(box, "alerts", &position, NULL), BOX_NONE);
    box_close(box);
}

static void an_entry_is_sent_again_when_it_changed_or_returned(void **state)
{
    struct box *box = new_box();

    (void)state;
    assert_int_equal(box_list(box, "a", "cef", "192.0.2.1", "block 1", 1, NULL), 0);
    assert_int_equal(box_list(box, "a", "cef", "192.0.2.1", "block 1", 2, NULL), BOX_TOLD);
    assert_int_equal(box_list(box, "b", "cef", "192.0.2.1", "block 1", 2, NULL), 0);
    assert_int_equal(box_list(box, "a", "cef", "192.0.2.1", "block 9", 3, NULL), 0);
    assert_int_equal(box_unlist(box, "a", "cef", 4, NULL), 0); /* it was not in round 4 */
    assert_int_equal(box_list(box, "a", "cef", "192.0.2.1", "block 9", 5, NULL), 0);
    box_close(box);
}

static void what_is_asked_for_is_kept_and_not_noted(void **state)
{
    struct box *box = new_box();

    (void)state;
    assert_int_equal(box_is_listed(box, "a", "cef", "192.0.2.1", "block 1", 1, NULL), 0);
    assert_int_equal(box_list(box, "a", "cef", "192.0.2.1", "block 1", 1, NULL), 0);
    assert_int_equal(box_is_listed(box, "a", "cef", "192.0.2.1", "block 9", 2, NULL), 0);
    assert_int_equal(box_is_listed(box, "a", "cef", "192.0.2.1", "block 1", 2, NULL), BOX_TOLD);
    assert_int_equal(box_unlist(box, "a", "cef", 2, NULL), 0); /* it was in round 2 */
    assert_int_equal(box_list(box, "a", "cef", "192.0.2.1", "block 1", 3, NULL), BOX_TOLD);
    box_close(box);
}

/* ---- receivers ---- */

static void places_of_receivers_are_checked(void **state)
{
    static const char *const wrong[] = {"tls://",         "tls://host:0",   "tls://host:65536",
                                        "tls://[::1",     "ftp://host",     "tls://ho st",
                                        "tcp://host:1\n", "udp://host/path"};
    struct outlet outlet;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(outlet_syslog(wrong[i], &outlet, NULL), -1);
    assert_int_equal(outlet_syslog("tls://[2001:db8::1]:99", &outlet, NULL), 0);
    assert_string_equal(outlet.host, "2001:db8::1");
    assert_string_equal(outlet.port, "99");
    assert_int_equal(outlet_syslog("tls://log.example.net", &outlet, NULL), 0);
    assert_string_equal(outlet.port, "6514");
    assert_int_equal(outlet_webhook("http://192.0.2.1/", &outlet, NULL), -1);
    assert_int_equal(outlet_webhook("http://127.0.0.1.example.net/", &outlet, NULL), -1);
    assert_int_equal(outlet_webhook("https://a@b/", &outlet, NULL), -1);
    assert_int_equal(outlet_webhook("http://127.0.0.1:80/x", &outlet, NULL), 0);
    assert_int_equal(outlet_complete(&outlet, NULL), -1); /* no secret */
    assert_int_equal(outlet_mail("-oQ/tmp@x", &outlet, NULL), -1);
    assert_int_equal(outlet_mail("a b@example.net", &outlet, NULL), -1);
    assert_int_equal(outlet_mail("soc@example.net", &outlet, NULL), 0);
}

static void a_signature_is_what_openssl_says(void **state)
{
    char signature[SEND_SIGNATURE_MAX];

    (void)state;
    /* printf '5.{}' | openssl dgst -sha256 -hmac 0123456789abcdef */
    send_sign("0123456789abcdef", 16, 5, "{}", 2, signature);
    assert_string_equal(signature,
                        "t=5,v1="
                        "6e2cb7401c2f8e178b2f9c3c1303832994a6ed65f18856dbf5e33aba41e3a683");
}

static void a_mail_has_no_header_that_it_was_told(void **state)
{
    struct outlet outlet;
    char body[] = "hop: x\rBcc: all@example.net\ntext\nFrom: me";
    struct box_message message = {.id = 1, .body = body, .length = sizeof(body) - 1};
    size_t length;
    char *text, *end;

    (void)state;
    assert_int_equal(outlet_mail("soc@example.net", &outlet, NULL), 0);
    text = send_mail_text(&outlet, &message, 1, 0, &length);
    assert_non_null(text);
    end = strstr(text, "\n\n");
    assert_non_null(end);
    assert_null(memchr(text, '\r', length));
    assert_non_null(strstr(text, "Subject: [nightjar] hop: x?Bcc: all@example.net\n"));
    assert_true(strstr(text, "From: me") > end);
    free(text);
}

/* ---- delivery ---- */

#define NOW_US 1000000000000

static int64_t now_us(void)
{
    return NOW_US;
}

/* @return a socket of a free port on loopback, which stands in ret_url behind `scheme` */
static int listener(int type, const char *scheme, char *ret_url, size_t url_size)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, type, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(ret_url, url_size, "%s://127.0.0.1:%u", scheme, ntohs(address.sin_port));
    return fd;
}

static void a_clock_that_is_set_back_holds_up_nothing(void **state)
{
    const struct deliver_clock clock = {.now_us = now_us};
    char folder[] = "/tmp/nightjar-outbox-XXXXXX", lock[64], url[64];
    int udp = listener(SOCK_DGRAM, "udp", url, sizeof(url));
    struct deliver_counts counts;
    struct box *box = new_box();
    struct outlet outlet;

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(outlet_syslog(url, &outlet, NULL), 0);
    assert_int_equal(box_put(box, outlet.url, "text", 4, NOW_US, NULL), 0);
    assert_int_equal(box_failed(box, outlet.url, NOW_US + 1000000, "why", NULL), 0);
    assert_int_equal(deliver(box, folder, &outlet, 1, &clock, &counts, NULL), 0);
    assert_int_equal(counts.sent, 0); /* it failed just now */
    assert_int_equal(box_failed(box, outlet.url, NOW_US + HOUR_US, "why", NULL), 0);
    assert_int_equal(deliver(box, folder, &outlet, 1, &clock, &counts, NULL), 0);
    assert_int_equal(counts.sent, 1);
    (void)snprintf(lock, sizeof(lock), "%s/outbox.lock", folder);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(rmdir(folder), 0);
    (void)close(udp);
    box_close(box);
}

/* A web hook that says that it has the message, and breaks off. */
static void *answer_half(void *ctx)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nha";
    char request[4096];
    int client = accept(*(int *)ctx, NULL, NULL);

    assert_true(client >= 0);
    assert_true(recv(client, request, sizeof(request), 0) > 0);
    assert_int_equal(send(client, answer, sizeof(answer) - 1, 0), sizeof(answer) - 1);
    (void)shutdown(client, SHUT_WR);
    while (recv(client, request, sizeof(request), 0) > 0)
        ; /* what was not read would reset the connection */
    (void)close(client);
    return NULL;
}

static void a_web_hook_that_has_said_yes_has_the_message(void **state)
{
    char secret[] = "/tmp/nightjar-secret-XXXXXX", url[64], body[] = "{}";
    const struct box_message message = {.id = 1, .body = body, .length = 2};
    int file = mkstemp(secret), server = listener(SOCK_STREAM, "http", url, sizeof(url));
    struct outlet outlet;
    pthread_t thread;

    (void)state;
    assert_int_equal(write(file, "0123456789abcdef\n", 17), 17);
    (void)close(file);
    assert_int_equal(listen(server, 1), 0);
    assert_int_equal(outlet_webhook(url, &outlet, NULL), 0);
    assert_int_equal(outlet_set(&outlet, "secret", secret, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, answer_half, &server), 0);
    assert_int_equal(send_webhook(&outlet, &message, NOW_US, 5, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(server);
    assert_int_equal(unlink(secret), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_leave_in_order_and_are_counted),
        cmocka_unit_test(a_full_queue_drops_the_oldest),
        cmocka_unit_test(what_waits_too_long_is_given_up),
        cmocka_unit_test(an_event_is_told_once),
        cmocka_unit_test(a_change_that_fails_leaves_nothing),
        cmocka_unit_test(an_entry_is_sent_again_when_it_changed_or_returned),
        cmocka_unit_test(what_is_asked_for_is_kept_and_not_noted),
        cmocka_unit_test(places_of_receivers_are_checked),
        cmocka_unit_test(a_signature_is_what_openssl_says),
        cmocka_unit_test(a_mail_has_no_header_that_it_was_told),
        cmocka_unit_test(a_clock_that_is_set_back_holds_up_nothing),
        cmocka_unit_test(a_web_hook_that_has_said_yes_has_the_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
