/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "common/memory.h"
#include "pokerd/queue/run_queue_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Times are written as differences from the moment of writing, null for GATE_UNTIL_EVENT: a clock that begins again
   with each boot says nothing to the next one. */

static void put_time(json_t *object, const char *key, int64_t at_ms, int64_t now_ms)
{
	json_put(object, key, at_ms == GATE_UNTIL_EVENT ? json_null() : json_integer(at_ms - now_ms));
}

static void put_text(json_t *object, const char *key, const char *text)
{
	if (*text)
		json_object_set_new(object, key, json_string(text));
}

static json_t *want_json(const struct run_want *want, int64_t now_ms)
{
	json_t *json = json_object();

	json_put_text(json, "kind", run_want_name(want->kind));
	put_time(json, "due", want->due_ms, now_ms);
	put_text(json, "configuration", want->configuration);
	put_text(json, "attempt_of", want->attempt_of);
	put_text(json, "run", want->run_id);
	return json;
}

static json_t *memory_rule_json(const struct rule_queue *rule, int64_t now_ms)
{
	json_t *json = json_object();

	if (rule->failures.count) {
		json_put(json, "failures", json_integer(rule->failures.count));
		put_time(json, "until", rule->failures.until_ms, now_ms);
	}
	if (rule->want.kind)
		json_put(json, "want", want_json(&rule->want, now_ms));
	if (rule->taken.kind)
		json_put(json, "taken", want_json(&rule->taken, now_ms));
	return json;
}

static json_t *hour_json(const struct breaker_hour *hour, int64_t now_ms)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < hour->count; i++)
		if (hour->starts[i] > now_ms - BREAKER_HOUR_MS)
			json_array_append_new(list, json_integer(hour->starts[i] - now_ms));
	return list;
}

json_t *run_queue_save(const struct run_queue *queue, int64_t now_ms)
{
	const struct gates *gates = &queue->gates;
	json_t *json = json_object(), *rules = json_object();

	if (gates->held_until_ms > now_ms) {
		put_time(json, "held", gates->held_until_ms, now_ms);
		put_text(json, "reason", gates->held_reason);
	}
	put_text(json, "reboot", gates->reboot_boot);
	put_text(json, "reboot_run", gates->reboot_run);
	json_put(json, "hour", hour_json(&queue->hour, now_ms));
	for (size_t i = 0; i < queue->rule_count; i++)
		json_object_set_new(rules, queue->rules[i].name, memory_rule_json(&queue->rules[i], now_ms));
	json_put(json, "rules", rules);
	return json;
}

json_t *run_queue_save_started(struct run_queue *queue, size_t rule, int64_t now_ms)
{
	struct run_queue *before = memory_allocate(sizeof(*before)); /* without its rules */
	struct rule_queue rule_before = queue->rules[rule];

	memcpy(before, queue, sizeof(*before));
	run_queue_take(queue, &queue->rules[rule], now_ms);
	json_t *json = run_queue_save(queue, now_ms);
	memcpy(queue, before, sizeof(*before));
	queue->rules[rule] = rule_before;
	free(before);
	return json;
}

static bool get_time(const json_t *object, const char *key, int64_t saved_ms, int64_t *out_ms)
{
	const json_t *time = json_object_get(object, key);

	if (json_is_null(time))
		*out_ms = GATE_UNTIL_EVENT;
	else if (json_is_integer(time))
		*out_ms = saved_ms + json_integer_value(time);
	return time != NULL;
}

static void get_text(const json_t *object, const char *key, char *out, size_t out_size)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text)
		snprintf(out, out_size, "%s", text);
}

/* It is due if its configuration has changed. */
static struct run_want load_want(const struct rule_queue *rule, const json_t *json, int64_t saved_ms, int64_t now_ms)
{
	const char *kind = json_string_value(json_object_get(json, "kind"));
	struct run_want want = { 0 };

	if (!kind || !run_want_parse(kind, &want.kind) || !get_time(json, "due", saved_ms, &want.due_ms))
		return (struct run_want){ 0 };
	get_text(json, "configuration", want.configuration, sizeof(want.configuration));
	get_text(json, "attempt_of", want.attempt_of, sizeof(want.attempt_of));
	get_text(json, "run", want.run_id, sizeof(want.run_id));
	if (*want.configuration && strcmp(want.configuration, rule->digest) != 0) {
		want.configuration[0] = '\0';
		want.due_ms = now_ms;
	}
	return want;
}

static void load_rule(struct rule_queue *rule, const json_t *json, int64_t saved_ms, int64_t now_ms)
{
	rule->failures.count = (unsigned)json_integer_value(json_object_get(json, "failures"));
	(void)get_time(json, "until", saved_ms, &rule->failures.until_ms);
	rule->want = load_want(rule, json_object_get(json, "want"), saved_ms, now_ms);
	rule->taken = load_want(rule, json_object_get(json, "taken"), saved_ms, now_ms);
}

static void load_hour(struct breaker_hour *hour, const json_t *list, int64_t saved_ms)
{
	const json_t *start;
	size_t i;

	json_array_foreach (list, i, start) {
		if (json_is_integer(start))
			breaker_started(hour, saved_ms + json_integer_value(start));
	}
}

/* What is wanted of a rule that is no more is wanted of the first: a run too many is right. */
static void load_orphans(struct run_queue *queue, const json_t *rules, int64_t saved_ms, int64_t now_ms)
{
	const char *name;
	json_t *json;

	json_object_foreach ((json_t *)rules, name, json) {
		struct rule_queue orphan = { .digest = (char *)"" };
		bool is_known = false;
		for (size_t i = 0; i < queue->rule_count; i++)
			is_known |= !strcmp(queue->rules[i].name, name);
		if (is_known)
			continue;
		orphan.want = load_want(&orphan, json_object_get(json, "want"), saved_ms, now_ms);
		if (orphan.want.kind == RUN_WANT_MANUAL)
			run_want_add(&queue->rules[0].want, &orphan.want);
	}
}

void run_queue_load(struct run_queue *queue, const json_t *memory, int64_t saved_ms, int64_t now_ms)
{
	const json_t *rules = json_object_get(memory, "rules");
	struct gates *gates = &queue->gates;

	(void)get_time(memory, "held", saved_ms, &gates->held_until_ms);
	get_text(memory, "reason", gates->held_reason, sizeof(gates->held_reason));
	get_text(memory, "reboot", gates->reboot_boot, sizeof(gates->reboot_boot));
	get_text(memory, "reboot_run", gates->reboot_run, sizeof(gates->reboot_run));
	if (*queue->boot && strcmp(gates->reboot_boot, queue->boot) != 0)
		gates->reboot_boot[0] = '\0'; /* the machine was booted */
	load_hour(&queue->hour, json_object_get(memory, "hour"), saved_ms);
	for (size_t i = 0; i < queue->rule_count; i++)
		load_rule(&queue->rules[i], json_object_get(rules, queue->rules[i].name), saved_ms, now_ms);
	load_orphans(queue, rules, saved_ms, now_ms);
}
