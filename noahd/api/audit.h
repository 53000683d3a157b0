/* audit.h - one line in the log for each write, and for each request that access control has refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_AUDIT_H
#define NOAHD_API_AUDIT_H

#include "common/http_server.h"
#include "noahd/writes/write.h"

/* Logs the answer, if it is one of those (doc/protocol.md, "Access"). Fields are name=value; values that clients choose
   are quoted, so that one field cannot pass for two. */
void audit_answer(const struct http_answered *answered);

/* Logs a line for each part of a transaction that was done. They belong to the transaction's line, which has the same
   revision. */
void audit_parts(const struct write *transaction);

#endif
