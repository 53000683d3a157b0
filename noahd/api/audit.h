/* audit.h - one line in the log for each write, and for each request that access control has turned away. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_AUDIT_H
#define NOAHD_API_AUDIT_H

#include "common/http_server.h"
#include "noahd/api/api.h"
#include "noahd/writes/write.h"

/* Logs the answer, if it is one of those (doc/protocol.md, "Access"). Fields are name=value, values of others' choice
   quoted, so that none can look like two. */
void audit_answer(const struct http_answered *answered);

/* Besides, a line for each write of a transaction that was done: it belongs to the one that names that revision. */
void audit_parts(const struct write *transaction);

#endif
