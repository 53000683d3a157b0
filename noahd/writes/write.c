/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/writes/write.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/memory.h"
#include "noahd/http/caller.h"
#include "noahd/registry/token_table.h"

#include <assert.h>
#include <stdlib.h>

enum { WRITE_OVERHEAD_BYTES = 16 << 10 }; /* a parked request with its decoded target */

/* ---- noahd's own ------------------------------------------------------------------------------------------------- */

static bool own_admit(struct write *write, struct error *err)
{
	(void)err;
	write->causes = memory_text("");
	write->by = memory_text("");
	return true;
}

static bool own_allows(const struct write *write, struct error *err)
{
	(void)write, (void)err;
	return true;
}

static bool own_shows_answer(const struct write *write)
{
	(void)write;
	return true;
}

static bool own_find_etag(const struct write *write, enum version version, char out[ETAG_BYTES])
{
	(void)write, (void)version, (void)out;
	return false;
}

static void own_finish(struct write *write, enum write_end end, const struct error *err)
{
	if (end == WRITE_SETTLED)
		write->finished(write->context, write_is_done(write) ? NULL : &write->result.err);
	else if (end == WRITE_TURNED_AWAY)
		write->finished(write->context, err);
}

struct write *write_create_own(const struct operation *operation,
    void (*finished)(void *context, const struct error *refusal), void *context)
{
	static const struct write_rules rules = {
		.admit = own_admit,
		.allows = own_allows,
		.shows_answer = own_shows_answer,
		.find_etag = own_find_etag,
		.finish = own_finish,
	};
	struct write *write = write_create(&(struct http_call){ 0 }, operation, &rules);

	write->finished = finished;
	write->context = context;
	return write;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct write *write_create(const struct http_call *call, const struct operation *operation,
    const struct write_rules *rules)
{
	struct write *write = memory_zeroed(1, sizeof(*write));

	write->operation = operation;
	write->rules = rules;
	write->call = *call;
	write->bytes = call->body_size + WRITE_OVERHEAD_BYTES;
	(void)token_reference(call->caller);
	if (operation && operation->take_apart)
		write->parts = memory_zeroed(1, sizeof(*write->parts));
	return write;
}

struct write *write_create_part(const struct write *whole)
{
	const struct http_call call = { .body = "", .context = whole->call.context, .caller = whole->call.caller };
	struct write *part = write_create(&call, NULL, whole->rules);

	part->own = memory_zeroed(1, sizeof(*part->own));
	return part;
}

void write_parts_add(struct write *whole, struct write *take_part)
{
	struct write_parts *parts = whole->parts;

	*parts->end = take_part;
	parts->end = &take_part->next;
	parts->taken++;
}

static void result_forget_answer(struct write_result *result)
{
	json_decref(result->answer);
	free(result->text);
	result->answer = NULL;
	result->text = NULL;
}

static void parts_destroy(struct write_parts *parts)
{
	if (!parts)
		return;
	while (parts->first) {
		struct write *part = parts->first;
		parts->first = part->next;
		write_destroy(part);
	}
	json_decref(parts->answers);
	free(parts);
}

void write_destroy(struct write *write)
{
	if (!write)
		return;
	parts_destroy(write->parts);
	if (write->own) {
		http_target_finish(&write->own->target);
		free(write->own->body);
		free(write->own);
	}
	token_release(write->call.caller);
	json_decref(write->body);
	result_forget_answer(&write->result);
	free(write->causes);
	free(write->by);
	free(write);
}

/* ---- planning ---------------------------------------------------------------------------------------------------- */

static bool conditions_held(const struct write *write, struct error *err)
{
	char etag[ETAG_BYTES];

	if (!conditions_are_set(&write->conditions))
		return true;
	return conditions_hold(&write->conditions, write->rules->find_etag(write, VERSION_PLANNED, etag) ? etag : NULL,
	    err);
}

/* Text, unless it becomes a part of another answer or is pruned. */
static void write_answer(const struct plan *plan, struct write *write, bool is_shown_alone)
{
	const struct change_list *changes = plan_changes(plan);
	const struct change *last = changes->changes[changes->count - 1];
	struct json_writer out;

	assert(changes->count > 0);
	if (is_shown_alone) {
		json_writer_begin_text(&out);
		write->operation->write_answer(&out, write, last);
		write->result.text = json_writer_end_text(&out, &write->result.text_size);
	} else {
		json_writer_begin_tree(&out);
		write->operation->write_answer(&out, write, last);
		write->result.answer = json_writer_end_tree(&out);
	}
}

/* A write that is refused anyway is refused for that and not for its conditions (RFC 9110, 13.2.1). */
static bool plan_if(struct plan *plan, struct write *write, bool shows, struct error *err)
{
	struct error unmet;
	json_t *answer = NULL;
	bool held = conditions_held(write, &unmet);

	if (!write->operation->plan(plan, write, &answer, err))
		return false;
	if (!held) {
		json_decref(answer);
		*err = unmet;
		return false;
	}
	write->result.answer = answer;
	if (!answer && !plan_is_too_large(plan))
		write_answer(plan, write, shows && !write->own);
	return true;
}

/* Each counts by itself when it is matched against watches. whole: what it is a part of, or itself. */
static bool plan_one(struct plan *plan, struct write *write, const struct write *whole)
{
	const size_t first = plan_changes(plan)->count;
	const char *writer = caller_token_name(&write->call);

	plan_write(plan, &(struct plan_origin){ .causes = whole->causes, .by = whole->by, .writer = writer });
	const bool shows = write->rules->shows_answer(write);
	if (!plan_if(plan, write, shows, &write->result.err))
		return false;
	if (!shows)
		write->rules->prune_answer(write->result.answer);
	if (!shows || !write->rules->find_etag(write, VERSION_PLANNED, write->result.etag))
		*write->result.etag = '\0';
	write->result.turn = plan_renewed_turn(plan);
	const struct change_list *changes = plan_changes(plan);
	write->result.changed = false;
	for (size_t i = first; i < changes->count; i++)
		write->result.changed |= changes->changes[i]->changed;
	return true;
}

static void refuse_whole(struct write *whole, const struct write *part, size_t i)
{
	whole->result.err = part->result.err;
	whole->result.refused_with = part->result.refused_with;
	whole->parts->refused = i;
}

/* Before anything of it is planned: what is refused for another reason may tell what is there. */
static bool parts_are_allowed(struct write *whole)
{
	size_t i = 0;

	for (struct write *part = whole->parts->first; part; part = part->next, i++) {
		if (part->is_refused ? !caller_was_refused(&part->result.err) : part->rules->allows(part, &part->result.err))
			continue;
		refuse_whole(whole, part, i);
		return false;
	}
	return true;
}

/* What the part's own answer would say; its tag too, which the next write about the same object may ask for. */
static json_t *take_answer(struct write *part)
{
	json_t *answer = json_pack("{s:i, s:o}", "status", 200, "body", part->result.answer);

	part->result.answer = NULL;
	if (*part->result.etag)
		json_object_set_new(answer, "etag", json_string(part->result.etag));
	return answer;
}

/* What it makes counts, its answer too. */
static bool plan_counted(struct plan *plan, struct write *write, const struct write *whole)
{
	if (!plan_one(plan, write, whole))
		return false;
	plan_count(plan, write->result.text ? write->result.text_size : json_bytes(write->result.answer));
	if (!plan_is_too_large(plan))
		return true;
	result_forget_answer(&write->result);
	return error_set(&write->result.err, ERROR_TOO_LARGE,
	    "This would produce more than the %zu bytes that one transaction may (limits.transaction_bytes_max)",
	    plan_bytes_max(plan));
}

/* One step of many: true, and *out_done, or there are more. False: refused. */
static bool plan_next_part(struct plan *plan, struct write *whole, bool *out_done)
{
	struct write *part = whole->parts->next;
	const size_t i = json_array_size(whole->parts->answers);

	*out_done = !part;
	if (!part) {
		whole->result.answer = json_pack("{s:s, s:I, s:O}", "result", "success", "revision",
		    (json_int_t)plan_revision(plan), "answers", whole->parts->answers);
		return true;
	}
	if (part->is_refused || !plan_counted(plan, part, whole)) {
		refuse_whole(whole, part, i);
		return false;
	}
	json_array_append_new(whole->parts->answers, take_answer(part));
	whole->result.changed |= part->result.changed;
	whole->parts->next = part->next;
	return true;
}

/* First its body is decoded, then its parts are taken out of it, then they are planned. */
static bool write_take_step(struct plan *plan, struct write *whole, bool *out_done)
{
	*out_done = false;
	if (!whole->parts->end) {
		whole->parts->end = &whole->parts->first;
		whole->is_refused = !whole->rules->take_body(whole, &whole->result.err);
	}
	if (whole->is_refused)
		return false;
	if (whole->operation->take_next_part(whole))
		return true;
	if (whole->parts->answers)
		return plan_next_part(plan, whole, out_done);
	if (!parts_are_allowed(whole))
		return false;
	whole->parts->answers = json_array();
	whole->parts->next = whole->parts->first;
	whole->result.changed = false;
	return true;
}

void write_unplan(struct write *write)
{
	struct write_parts *parts = write->parts;

	result_forget_answer(&write->result);
	write->is_begun = false;
	if (!parts)
		return;
	json_decref(parts->answers);
	parts->answers = NULL;
	parts->next = NULL;
}

static void note_applied(const struct write *write)
{
	if (write->operation->applied)
		write->operation->applied(write);
}

bool write_is_done(const struct write *write)
{
	return write->result.answer || write->result.text;
}

void write_applied(const struct write *write)
{
	if (!write_is_done(write))
		return;
	for (const struct write *part = write->parts ? write->parts->first : NULL; part; part = part->next)
		note_applied(part);
	note_applied(write);
}

enum write_outcome write_plan(struct write *write, struct plan *plan, int64_t until_us)
{
	bool is_done = true, is_refused = false;

	if (!write->is_begun)
		plan_mark(plan);
	write->is_begun = true;
	if (write->operation->take_apart) {
		do /* at least one step */
			is_refused = !write_take_step(plan, write, &is_done);
		while (!is_refused && !is_done && !plan_is_blocked(plan) && clock_monotonic_us() < until_us);
	} else {
		is_refused = !write->rules->allows(write, &write->result.err) || !plan_counted(plan, write, write);
	}
	if (!is_done && !is_refused && !plan_is_blocked(plan))
		return WRITE_UNFINISHED;
	if (is_refused || plan_is_blocked(plan)) {
		plan_undo(plan);
		write_unplan(write);
	}
	write->is_begun = false;
	write->result.revision = plan_revision(plan);
	return plan_is_blocked(plan) ? WRITE_BLOCKED : WRITE_PLANNED;
}
