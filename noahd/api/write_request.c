/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/write_request.h"

#include "common/http_server.h"
#include "noahd/api/answer.h"
#include "noahd/api/audit.h"
#include "noahd/api/entity_tag.h"
#include "noahd/api/rights.h"
#include "noahd/api/routes.h"
#include "noahd/http/by.h"
#include "noahd/http/cause.h"

static bool write_request_admit(struct write *write, struct error *err)
{
	write->by = by_text(&write->call, err);
	return write->by && cause_parse(http_request_header(write->call.request, "Noah-Cause"), &write->causes, err);
}

bool write_request_take_body(struct write *write, struct error *err)
{
	const struct operation *operation = write->operation;
	const struct http_call *call = &write->call;

	return (!operation->keys || body_decode(call->body, call->body_size, operation->keys, &write->body, err)) &&
	       rights_check_whole_write(call, operation, write->body, err) &&
	       route_check_parameters(call, operation, err) &&
	       (!operation->check || operation->check(call, write->body, err)) &&
	       (!operation->take_apart || operation->take_apart(write, err));
}

/* What the caller may is asked again: it may have changed while the write was waiting. */
static bool write_request_allows(const struct write *write, struct error *err)
{
	return rights_check_whole_write(&write->call, write->operation, write->body, err);
}

static bool write_request_shows_answer(const struct write *write)
{
	return rights_show_answer(&write->call, write->operation, write->body);
}

static bool write_request_find_etag(const struct write *write, enum version version, char out[ETAG_BYTES])
{
	return entity_tag_find(&write->call, version, out);
}

static void write_request_finish(struct write *write, enum write_end end, const struct error *err)
{
	switch (end) {
	case WRITE_SETTLED:
		if (write->parts && write_is_done(write))
			audit_parts(write);
		answer_write(write);
		break;
	case WRITE_TURNED_AWAY:
		answer_error(&write->call, err);
		break;
	case WRITE_LOST:
		http_request_abandon(write->call.request);
		break;
	case WRITE_FORGOTTEN: /* the HTTP server has stopped: its requests are gone */
		break;
	}
}

static const struct write_rules request_rules = {
	.admit = write_request_admit,
	.take_body = write_request_take_body,
	.allows = write_request_allows,
	.shows_answer = write_request_shows_answer,
	.prune_answer = rights_prune_answer,
	.find_etag = write_request_find_etag,
	.finish = write_request_finish,
};

struct write *write_request_create(const struct http_call *call, const struct operation *operation, struct error *err)
{
	struct write *write = write_create(call, operation, &request_rules);

	/* Where GET shows nothing there is nothing that conditions could be about (RFC 9110, 13.2.1). */
	if (call->request && entity_tag_is_known(&write->call))
		write->conditions = (struct conditions){ http_request_header(call->request, "If-Match"),
			http_request_header(call->request, "If-None-Match") };
	if (write->parts || (conditions_check(&write->conditions, err) && write_request_take_body(write, err)))
		return write;
	write_destroy(write);
	return NULL;
}
