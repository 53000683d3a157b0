/* http.h - the agent that POSTs, over http and https. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_AGENTS_HTTP_H
#define NOAHD_WATCH_AGENTS_HTTP_H

#include "noahd/watch/agent.h"

extern const struct agent http_agent;

#endif
