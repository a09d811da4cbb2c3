/* SPDX-License-Identifier: Apache-2.0 */
/* How this process and its capture are: what the console shows first when
 * something is wrong. */
#include "base/sandbox.h"
#include "server/internal.h"

static void set_time(json_t *object, const char *name, int64_t us)
{
    struct text text = {0};

    if (us != 0)
        text_time(&text, us);
    (void)json_object_set_new(object, name,
                              us == 0 ? json_null() : json_stringn(text.bytes, text.length));
    text_done(&text);
}

static json_t *interface_json(const struct server_interface *interface)
{
    return json_pack("{s:s, s:b, s:I, s:I, s:I}", "interface", interface->name, "up",
                     interface->up, "packets", (json_int_t)interface->packets, "kernel_dropped",
                     (json_int_t)interface->kernel_dropped, "interface_dropped",
                     (json_int_t)interface->interface_dropped);
}

int route_capture(struct ask *ask, struct nj_err *err)
{
    struct server *server = ask->server;
    struct server_capture capture = {.interface_count = 0};
    json_t *object = json_object(), *interfaces = json_array();
    int rc;

    (void)pthread_mutex_lock(&server->capture_lock);
    if (server->capture != NULL)
        server->capture(server->capture_ctx, &capture);
    (void)pthread_mutex_unlock(&server->capture_lock);
    for (size_t i = 0; i < capture.interface_count; i++)
        (void)json_array_append_new(interfaces, interface_json(&capture.interfaces[i]));
    (void)json_object_set_new(object, "captures", json_boolean(capture.interface_count > 0));
    (void)json_object_set_new(object, "problem",
                              capture.problem[0] == '\0' ? json_null()
                                                         : json_string(capture.problem));
    (void)json_object_set_new(object, "interfaces", interfaces);
    (void)json_object_set_new(object, "dropped", json_integer((json_int_t)capture.dropped));
    (void)json_object_set_new(object, "journal_bytes",
                              json_integer((json_int_t)capture.journal_bytes));
    set_time(object, "last_commit", capture.last_commit_us);
    (void)json_object_set_new(object, "sandboxed", json_boolean(nj_sandbox_is_on()));
    rc = answer_object(ask->answer, object, err);
    json_decref(object);
    return rc;
}
