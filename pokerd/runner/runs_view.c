/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "common/memory.h"
#include "common/plural.h"
#include "pokerd/run/run_record.h"
#include "pokerd/runner/queue_restore.h"
#include "pokerd/runner/runs_private.h"

#include <stdlib.h>
#include <string.h>

enum { POKES_SHOWN_MAX = 20 };

/* ---- gates ---- */

/* Why the gate is closed. The caller frees it. */
static char *gate_text(const struct runs *runs, size_t rule, enum gate gate)
{
	const struct gates *gates = run_queue_all_gates(runs->queue);
	const struct run_want *want = run_queue_wanted(runs->queue, rule);
	unsigned failures = run_queue_failures(runs->queue, rule);

	switch (gate) {
	case GATE_OPERATOR:
		return *gates->held_reason ? memory_format("held by an operator: %s", gates->held_reason)
		                           : memory_text("held by an operator, who gave no reason");
	case GATE_REBOOT:
		return memory_format("run %s asks for a reboot", gates->reboot_run);
	case GATE_BREAKER:
		return failures >= (unsigned)runs_settings(runs)->runs.failures_to_hold
		           ? memory_format("%u %s of rule %s in a row failed", failures, plural(failures, "run", "runs"),
		                 runs_rule(runs, rule)->path)
		           : memory_format("%lld runs have started within an hour (runs.per_hour)",
		                 (long long)runs_settings(runs)->runs.per_hour);
	case GATE_FOREIGN:
		return runs->foreign.pid
		           ? memory_format("a run that pokerd did not start is in progress, process %d", (int)runs->foreign.pid)
		           : memory_text("a run that pokerd did not start is in progress");
	case GATE_SPACING:
		return memory_text("runs.burst is used up");
	case GATE_DISK:
		return memory_text("a run could not be started");
	case GATE_QUIET:
		return memory_text("further pokes may follow");
	case GATE_RETRY:
		return memory_format("run %s failed and is retried", want->attempt_of);
	case GATE_CONFIGURATION:
		return memory_format("run %s found its configuration or licence wrong: change it, then reload pokerd",
		    want->attempt_of);
	case GATES:
		break;
	}
	return memory_text("");
}

static int64_t wall_of(int64_t monotonic_ms)
{
	return clock_wall_ms() + (monotonic_ms - clock_monotonic_ms());
}

static json_t *gate_json(const struct runs *runs, size_t rule, const struct run_queue_gate *gate)
{
	char *text = gate_text(runs, rule, gate->gate);
	json_t *until = gate->until_ms == GATE_UNTIL_EVENT ? json_null() : json_integer(wall_of(gate->until_ms));
	json_t *json = json_pack("{s:s, s:s, s:o}", "reason", gate_name(gate->gate), "text", text, "until_ms", until);

	free(text);
	return json;
}

/* Those of the rule alone, or those of all rules. */
enum gates_shown { GATES_OF_RULE, GATES_OF_ALL };

static bool is_shown(enum gate gate, enum gates_shown which)
{
	bool is_of_all = gate != GATE_BREAKER && gate < GATE_QUIET;

	return is_of_all == (which == GATES_OF_ALL);
}

static json_t *gates_json(const struct runs *runs, size_t rule, enum gates_shown which)
{
	struct run_queue_gate gates[GATES];
	size_t count = run_queue_gates(runs->queue, rule, clock_monotonic_ms(), gates);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		if (is_shown(gates[i].gate, which))
			json_array_append_new(list, gate_json(runs, rule, &gates[i]));
	return list;
}

/* The gates of all rules, each once: a rule with something pending shows more of them. */
static json_t *common_gates_json(const struct runs *runs)
{
	json_t *list = json_array();

	for (size_t rule = 0; rule < runs_settings(runs)->rules.count; rule++) {
		json_t *more = gates_json(runs, rule, GATES_OF_ALL);
		if (json_array_size(more) > json_array_size(list)) {
			json_array_clear(list);
			json_array_extend(list, more);
		}
		json_decref(more);
	}
	return list;
}

/* ---- status ---- */

static const char *state_text(const struct runs *runs, size_t rule)
{
	enum run_queue_state state = run_queue_state(runs->queue, rule);
	bool is_on = state == RUN_QUEUE_RUNNING || state == RUN_QUEUE_DIRTY;

	return !is_on && runs_is_held(runs, rule) ? "held" : run_queue_state_name(state);
}

/* The newest, which have the latest state. */
static json_t *waiting_json(const struct runs *runs, const struct run_pokes *waiting)
{
	size_t first = waiting->count > POKES_SHOWN_MAX ? waiting->count - POKES_SHOWN_MAX : 0;
	struct run_pokes shown = { 0 };

	for (size_t i = first; i < waiting->count; i++)
		queue_describe_poke(runs->options.journal, &waiting->list[i], &shown);
	json_t *list = run_record_pokes_json(&shown);
	run_pokes_finish(&shown);
	return list;
}

static json_t *rule_json(const struct runs *runs, size_t rule)
{
	const struct run_pokes *waiting = run_queue_waiting(runs->queue, rule);
	json_t *events = json_array();

	for (size_t i = 0; i < waiting->count && i < POKES_SHOWN_MAX; i++)
		json_array_append_new(events, json_string(waiting->list[i].event));
	return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}", "path", runs_rule(runs, rule)->path, "state",
	    state_text(runs, rule), "waiting", (json_int_t)waiting->count, "events", events, "pokes",
	    waiting_json(runs, waiting), "gates", gates_json(runs, rule, GATES_OF_RULE));
}

static json_t *run_json(const struct runs *runs)
{
	if (!runs->is_on)
		return json_null();
	return json_pack("{s:s, s:s, s:i, s:I}", "run", runs->run_id, "rule", runs->rule_path, "supervisor",
	    (int)runs->supervisor.pid, "duration_ms", (json_int_t)(clock_monotonic_ms() - runs->started_ms));
}

json_t *runs_json(const struct runs *runs)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < runs_settings(runs)->rules.count; i++)
		json_array_append_new(rules, rule_json(runs, i));
	return json_pack("{s:o, s:o, s:o}", "run", run_json(runs), "rules", rules, "gates", common_gates_json(runs));
}

void runs_count(const struct runs *runs, struct runs_counts *out)
{
	struct run_queue_gate gates[GATES];

	*out = (struct runs_counts){ .in_progress = runs->is_on };
	for (size_t rule = 0; rule < runs_settings(runs)->rules.count; rule++) {
		size_t count = run_queue_gates(runs->queue, rule, clock_monotonic_ms(), gates);
		out->waiting += run_queue_waiting(runs->queue, rule)->count;
		for (size_t i = 0; i < count; i++)
			out->gates[gates[i].gate]++;
	}
}

/* ---- why ---- */

/* "2 pokes wait" */
static char *pending_text(const struct runs *runs, size_t rule)
{
	size_t count = run_queue_waiting(runs->queue, rule)->count;
	enum run_want_kind kind = run_queue_wanted(runs->queue, rule)->kind;

	if (count)
		return memory_format("%zu %s", count, plural(count, "poke waits", "pokes wait"));
	if (kind == RUN_WANT_MANUAL)
		return memory_text("a run that an operator asked for waits");
	return memory_text(kind ? "a further run waits" : "nothing waits");
}

static char *append_text(char *take_text, const char *more)
{
	char *text = memory_format("%s%s", take_text, more);

	free(take_text);
	return text;
}

/* "until 2026-12-01 14:00:00 UTC (held by an operator: upgrade)" */
static char *append_gate(char *take_text, const json_t *gate, const char *before)
{
	const json_t *until = json_object_get(gate, "until_ms");
	const char *reason = json_string_value(json_object_get(gate, "reason")), *when = "it is released";
	char time[CLOCK_TEXT_BYTES];

	if (json_is_integer(until))
		when = clock_text(json_integer_value(until), time);
	else if (!strcmp(reason, gate_name(GATE_REBOOT)))
		when = "the machine is booted";
	else if (!strcmp(reason, gate_name(GATE_CONFIGURATION)))
		when = "that is changed";
	char *more = memory_format("%suntil %s (%s)", before, when, json_string_value(json_object_get(gate, "text")));
	char *text = append_text(take_text, more);
	free(more);
	return text;
}

static json_t *all_gates_json(const struct runs *runs, size_t rule)
{
	json_t *gates = gates_json(runs, rule, GATES_OF_ALL), *own = gates_json(runs, rule, GATES_OF_RULE);

	json_array_extend(gates, own);
	json_decref(own);
	return gates;
}

/* One sentence. The caller frees it. */
static char *why_text(const struct runs *runs, size_t rule, const json_t *gates)
{
	char *pending = pending_text(runs, rule);
	bool waits = run_queue_waiting(runs->queue, rule)->count || run_queue_wanted(runs->queue, rule)->kind;
	char *text = memory_format("rule %s: %s", runs_rule(runs, rule)->path, pending);
	const json_t *gate;
	size_t i;

	free(pending);
	if (runs->is_on && (waits || runs->rule == rule)) {
		char *run = memory_format("%srun %s, which is in progress%s", waits ? " for the end of " : ", ", runs->run_id,
		    waits ? "" : " now");
		text = append_text(text, run);
		free(run);
	}
	json_array_foreach (gates, i, gate) {
		text = append_gate(text, gate, i || runs->is_on ? ", and " : waits ? " " : "; a poke would wait ");
	}
	return append_text(text, ".");
}

json_t *runs_why(const struct runs *runs)
{
	json_t *rules = json_array();
	char *all = memory_text("");

	for (size_t i = 0; i < runs_settings(runs)->rules.count; i++) {
		json_t *gates = all_gates_json(runs, i);
		char *text = why_text(runs, i, gates);
		all = append_text(append_text(all, i ? "\n" : ""), text);
		json_array_append_new(rules,
		    json_pack("{s:s, s:s, s:o}", "path", runs_rule(runs, i)->path, "text", text, "gates", gates));
		free(text);
	}
	json_t *why = json_pack("{s:s, s:o}", "text", all, "rules", rules);
	free(all);
	return why;
}

/* ---- one run ---- */

static json_t *result_json(const char *run_id, const char *state)
{
	return json_pack("{s:s, s:s}", "run", run_id, "state", state);
}

bool runs_is_on(const struct runs *runs, const char *run_id)
{
	return runs->is_on && !strcmp(runs->run_id, run_id);
}

json_t *runs_result(const struct runs *runs, const char *run_id, struct error *err)
{
	struct run_record record;

	for (size_t i = 0; i < runs_settings(runs)->rules.count; i++)
		if (*run_id && !strcmp(run_queue_wanted(runs->queue, i)->run_id, run_id))
			return result_json(run_id, "pending");
	if (runs_is_on(runs, run_id))
		return result_json(run_id, "running");
	if (!run_id_is_valid(run_id) || !run_record_read(runs->options.runs_directory, run_id, &record, err)) {
		error_set(err, ERROR_NOT_FOUND, "there is no run %.64s", run_id);
		return NULL;
	}
	json_t *json = result_json(run_id, "ended");
	json_object_set_new(json, "record", run_record_json(&record));
	run_record_finish(&record);
	return json;
}
