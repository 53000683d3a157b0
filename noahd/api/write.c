/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/write.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/memory.h"
#include "noahd/http/caller.h"
#include "noahd/api/routes.h"
#include "noahd/api/entity_tag.h"
#include "noahd/registry/token_table.h"

#include <stdlib.h>

bool write_take_body(struct write *write, struct error *err)
{
	const struct operation *operation = write->operation;
	const struct http_call *call = &write->call;

	return (!operation->keys || body_decode(call->body, call->body_size, operation->keys, &write->body, err)) &&
	       rights_check_whole_write(call, operation, write->body, err) &&
	       route_check_parameters(call, operation, err) &&
	       (!operation->check || operation->check(call, write->body, err)) &&
	       (!operation->take_apart || operation->take_apart(write, err));
}

/* Where GET shows nothing there is nothing that they could be about (RFC 9110, 13.2.1). */
static void read_conditions(struct write *write)
{
	const struct http_call *call = &write->call;

	if (call->request && entity_tag_is_known(call))
		write->conditions = (struct conditions){ http_request_header(call->request, "If-Match"),
			http_request_header(call->request, "If-None-Match") };
}

struct write *write_create(const struct http_call *call, const struct operation *operation, struct error *err)
{
	struct write *write = memory_zeroed(1, sizeof(*write));

	write->operation = operation;
	write->call = *call;
	(void)token_reference(call->caller);
	read_conditions(write);
	if (operation->take_apart || (conditions_check(&write->conditions, err) && write_take_body(write, err)))
		return write;
	write_destroy(write);
	return NULL;
}

struct write *write_create_part(const struct http_call *call)
{
	struct write *part = memory_zeroed(1, sizeof(*part));

	part->call = *call;
	(void)token_reference(call->caller);
	part->own = memory_zeroed(1, sizeof(*part->own));
	return part;
}

struct write *write_create_own(const struct operation *operation,
    void (*finished)(void *context, const struct error *refusal), void *context)
{
	struct write *write = memory_zeroed(1, sizeof(*write));

	write->operation = operation;
	write->finished = finished;
	write->context = context;
	return write;
}

static void own_destroy(struct write_own *own)
{
	if (!own)
		return;
	http_target_finish(&own->target);
	free(own->body);
	free(own);
}

void write_destroy(struct write *write)
{
	if (!write)
		return;
	while (write->parts) {
		struct write *part = write->parts;
		write->parts = part->next;
		write_destroy(part);
	}
	own_destroy(write->own);
	token_release(write->call.caller);
	json_decref(write->body);
	json_decref(write->answer);
	json_decref(write->answers);
	free(write->causes);
	free(write->by);
	free(write);
}

/* What the caller may is asked again: it may have changed while the write was waiting. */
static bool write_is_allowed(const struct write *write, struct error *err)
{
	return rights_check_whole_write(&write->call, write->operation, write->body, err);
}

static bool conditions_held(const struct write *write, struct error *err)
{
	char etag[ETAG_BYTES];

	if (!conditions_are_set(&write->conditions))
		return true;
	return conditions_hold(&write->conditions, entity_tag_find(&write->call, VERSION_PLANNED, etag) ? etag : NULL, err);
}

/* A write that is refused anyway is refused for that and not for its conditions (RFC 9110, 13.2.1). */
static bool plan_if(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	struct error unmet;
	json_t *answer = NULL;
	bool held = conditions_held(write, &unmet);

	if (!write->operation->plan(plan, write, &answer, err))
		return false;
	if (held) {
		*out_answer = answer;
		return true;
	}
	json_decref(answer);
	*err = unmet;
	return false;
}

static bool any_changed(const struct plan *plan, size_t first)
{
	const struct change_list *changes = plan_changes(plan);
	bool changed = false;

	for (size_t i = first; i < changes->count && !changed; i++)
		changed = changes->changes[i]->changed;
	return changed;
}

/* Each counts by itself when it is matched against watches. whole: what it is a part of, or itself. */
static bool plan_one(struct plan *plan, struct write *write, const struct write *whole)
{
	const size_t first = plan_changes(plan)->count;
	const char *writer = caller_token_name(&write->call);

	plan_write(plan, &(struct plan_origin){ .causes = whole->causes, .by = whole->by, .writer = writer });
	const bool shows = rights_show_answer(&write->call, write->operation, write->body);
	if (!plan_if(plan, write, &write->answer, &write->err))
		return false;
	if (!shows)
		rights_prune_answer(write->answer);
	if (!shows || !entity_tag_find(&write->call, VERSION_PLANNED, write->etag))
		*write->etag = '\0';
	write->turn = plan_renewed_turn(plan);
	write->changed = any_changed(plan, first);
	return true;
}

static void refuse_whole(struct write *whole, const struct write *part, size_t i)
{
	whole->err = part->err;
	whole->refused_with = part->refused_with;
	whole->refused_part = i;
}

/* Before anything of it is planned: what is refused for another reason may tell what is there. */
static bool parts_are_allowed(struct write *whole)
{
	size_t i = 0;

	for (struct write *part = whole->parts; part; part = part->next, i++) {
		if (part->is_refused ? !rights_refused(&part->err) : write_is_allowed(part, &part->err))
			continue;
		refuse_whole(whole, part, i);
		return false;
	}
	return true;
}

/* What the part's own answer would say; its tag too, which the next write about the same object may ask for. */
static json_t *take_answer(struct write *part)
{
	json_t *answer = json_pack("{s:i, s:o}", "status", 200, "body", part->answer);

	part->answer = NULL;
	if (*part->etag)
		json_object_set_new(answer, "etag", json_string(part->etag));
	return answer;
}

static bool refuse_as_too_large(const struct plan *plan, struct error *err)
{
	return error_set(err, ERROR_TOO_LARGE,
	    "This would produce more than the %zu bytes that one transaction may (limits.transaction_bytes_max)",
	    plan_bytes_max(plan));
}

/* What it makes counts, its answer too. */
static bool plan_counted(struct plan *plan, struct write *write, const struct write *whole)
{
	if (!plan_one(plan, write, whole))
		return false;
	plan_count(plan, json_bytes(write->answer));
	if (!plan_is_too_large(plan))
		return true;
	json_decref(write->answer);
	write->answer = NULL;
	return refuse_as_too_large(plan, &write->err);
}

/* One step of many: true, and *out_done, or there are more. False: refused. */
static bool plan_next_part(struct plan *plan, struct write *whole, bool *out_done)
{
	struct write *part = whole->next_part;
	const size_t i = json_array_size(whole->answers);

	*out_done = !part;
	if (!part) {
		whole->answer = json_pack("{s:s, s:I, s:O}", "result", "success", "revision", (json_int_t)plan_revision(plan),
		    "answers", whole->answers);
		return true;
	}
	if (part->is_refused || !plan_counted(plan, part, whole)) {
		refuse_whole(whole, part, i);
		return false;
	}
	json_array_append_new(whole->answers, take_answer(part));
	whole->changed |= part->changed;
	whole->next_part = part->next;
	return true;
}

static bool begin_parts(struct write *whole)
{
	if (!parts_are_allowed(whole))
		return false;
	whole->answers = json_array();
	whole->next_part = whole->parts;
	whole->changed = false;
	return true;
}

/* First its body is decoded, then its parts are taken out of it, then they are planned. */
static bool write_take_step(struct plan *plan, struct write *whole, bool *out_done)
{
	*out_done = false;
	if (!whole->parts_end) {
		whole->parts_end = &whole->parts;
		whole->is_refused = !write_take_body(whole, &whole->err);
	}
	if (whole->is_refused)
		return false;
	if (whole->operation->take_next_part(whole))
		return true;
	return whole->answers ? plan_next_part(plan, whole, out_done) : begin_parts(whole);
}

/* At least one step is taken. False: refused. */
static bool plan_parts(struct plan *plan, struct write *whole, int64_t until_us, bool *out_done)
{
	bool goes_on = true;

	do
		goes_on = write_take_step(plan, whole, out_done);
	while (goes_on && !*out_done && !plan_is_blocked(plan) && clock_monotonic_us() < until_us);
	return goes_on;
}

static void forget_planned(struct write *write)
{
	json_decref(write->answer);
	json_decref(write->answers);
	write->answer = write->answers = NULL;
	write->next_part = NULL;
	write->is_begun = false;
}

static void note_applied(const struct write *write)
{
	if (write->operation->applied)
		write->operation->applied(write);
}

void write_applied(const struct write *write)
{
	if (!write->answer)
		return;
	for (const struct write *part = write->parts; part; part = part->next)
		note_applied(part);
	note_applied(write);
}

void write_unplan(struct write *write)
{
	forget_planned(write);
}

enum write_outcome write_plan(struct write *write, struct plan *plan, int64_t until_us)
{
	bool is_done = true, is_refused;

	if (!write->is_begun)
		plan_mark(plan);
	write->is_begun = true;
	if (write->operation->take_apart)
		is_refused = !plan_parts(plan, write, until_us, &is_done);
	else
		is_refused = !write_is_allowed(write, &write->err) || !plan_counted(plan, write, write);
	if (!is_done && !is_refused && !plan_is_blocked(plan))
		return WRITE_UNFINISHED;
	if (is_refused || plan_is_blocked(plan)) {
		plan_undo(plan);
		forget_planned(write);
	}
	write->is_begun = false;
	write->revision = plan_revision(plan);
	return plan_is_blocked(plan) ? WRITE_BLOCKED : WRITE_PLANNED;
}
