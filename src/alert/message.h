/* SPDX-License-Identifier: Apache-2.0 */
/* An alert in the words of its receivers. */
#ifndef NJ_ALERT_MESSAGE_H
#define NJ_ALERT_MESSAGE_H

#include "alert/rules.h"
#include "store/alerts.h"

#define ALERT_ID_MAX 33

/** The same for the same event and rule, whenever it is told: receivers drop what
 * comes twice. */
void alert_id(const char *rule, const char *key, char ret[ALERT_ID_MAX]);

/** One line for people: "hop 192.0.2.1 to 192.0.2.9: ...". @return text */
#define ALERT_LINE_MAX 640
char *alert_line(const struct alert_event *event, char text[ALERT_LINE_MAX]);

/** As the receiver wants it: RFC 5424, JSON, or a subject with lines for a mail.
 * @param ret  taken @return 0; -1 NJ_NOMEM */
int alert_message(const struct outlet *outlet, const char *host, const char *rule,
                  const struct alert_event *event, char **ret, size_t *ret_length,
                  struct nj_err *err);

#endif
