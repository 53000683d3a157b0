/* api.h - Noah's HTTP interface, on top of the registry. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_API_H
#define NOAHD_API_API_H

#include "common/error.h"
#include "common/http_server.h"
#include "noahd/api/options.h"
#include "noahd/registry/registry.h"
#include "noahd/registry/token_secret.h"
#include "noahd/store/store_thread.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* All on the API thread, which owns the registry. */
struct api;

struct api *api_create(const struct api_options *options);
/* NULL is fine. */
void api_destroy(struct api *api);

/* For the store's load, before api_start. */
struct registry *api_registry(struct api *api);

/* After http_server_start, so that requests are read before a batch is planned. answers: where the store thread's
   answers come back, on the loop. Both outlive the api. epoch: the store's. */
void api_start(struct api *api, const char *epoch, struct store_thread *store, struct inbox *answers);

/* Whether there are tokens: without any, every client may do everything. */
bool api_is_controlled(const struct api *api);

/* Before a stop: answers all long polls with the current state, and ends the streams. */
void api_end_waiting(struct api *api);

/* No write waits, and no batch is in flight. */
bool api_is_idle(const struct api *api);

/* Between these, writes wait. */
void api_pause(struct api *api);
void api_resume(struct api *api);

/* While paused, after the registry was filled and its revision set: informs event streams and long polls. */
void api_note_import(struct api *api);

/* Issues a token on behalf of noahd (registry/token.h). Owned by the caller, and kept until it is done or the api is
   destroyed. */
struct api_token_job {
	const char *name, *node; /* node NULL: any */
	const json_t *rules;
	char secret[TOKEN_SECRET_TEXT_BYTES]; /* once done; "": none */
	size_t unauthorized;                  /* once done: watches whose registrants may not read what they watch */
	void (*done)(struct api_token_job *job, const struct error *refusal);
	struct api *api; /* the api's */
};
void api_issue_token(struct api *api, struct api_token_job *job);

/* For struct http_server_options; context is the api. */
void api_handle(struct http_request *request, void *api);
bool api_may_park(struct http_request *request, void *api);
void api_answered(const struct http_answered *answered, void *api);
size_t api_body_bytes_max(struct http_request *request, void *api);
struct http_response *api_refusal(unsigned status, const struct error *err, void *api);

#endif
