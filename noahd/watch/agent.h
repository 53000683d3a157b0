/* agent.h - how deliveries are sent: an agent for each kind of endpoint, found by its scheme. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_AGENT_H
#define NOAHD_WATCH_AGENT_H

#include "common/error.h"
#include "common/event_loop.h"
#include "noahd/watch/address_policy.h"
#include "noahd/watch/message.h"
#include "noahd/watch/retry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a watch may have this endpoint: a URL whose scheme has an agent and whose host the policy permits, as far as
   that is known without resolving it. ERROR_INVALID. Any thread. */
bool endpoint_check(const char *endpoint, const struct address_policy *policy, struct error *err);

/* Whether it has the form of common/endpoint_url.h, which endpoint_check requires; older watches may have another form,
   and then deliveries may not arrive. ERROR_INVALID gives the right spelling. Any thread. */
bool endpoint_check_form(const char *endpoint, struct error *err);

/* The host of a URL as address_policy.h wants it; free() it. NULL: not a URL with a host. */
char *endpoint_host(const char *endpoint);
/* "host:port", with the scheme's port if the URL has none; free() it. NULL: likewise. */
char *endpoint_host_and_port(const char *endpoint);

struct agent_options {
	struct event_loop *loop; /* everything but start is called on its thread */
	const struct address_policy *policy;
	int64_t timeout_ms;
	size_t in_flight_max;                    /* of all agents together */
	const char *ca_file, *certificate, *key; /* "": the system's, none, none */
};

/* One try. The caller's memory, valid until done or agents_cancel. */
struct agent_send {
	const char *endpoint;
	const struct message *message;
	bool fresh;                                                 /* on a new connection: a kept one may be dead */
	void (*done)(void *context, const struct outcome *outcome); /* once, never from within agents_send */
	void *context;
	void *transfer; /* the agent's */
};

/* An agent. To add one: a file in agents/ and a row in agent.c. */
struct agent {
	const char *const *schemes; /* NULL at the end */
	void *(*start)(const struct agent_options *options, struct error *err);
	bool (*send)(void *state, struct agent_send *send, struct error *err);
	void (*cancel)(void *state, struct agent_send *send);
	void (*stop)(void *state); /* nothing is under way; NULL is fine */
};

struct agents;

/* Starts one of each. The options are borrowed until agents_stop. */
struct agents *agents_start(const struct agent_options *options, struct error *err);
/* Nothing may be under way. NULL is fine. */
void agents_stop(struct agents *agents);

/* False: it could not be tried; done is not called. */
bool agents_send(struct agents *agents, struct agent_send *send, struct error *err);
/* done is not called any more. */
void agents_cancel(struct agents *agents, struct agent_send *send);

#endif
