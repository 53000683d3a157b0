/* SPDX-License-Identifier: Apache-2.0 */

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/plural.h"
#include "pokerd/chef/rule_command.h"
#include "pokerd/runner/queue_restore.h"
#include "pokerd/runner/runs_private.h"
#include "pokerd/verify/rules.h"
#include "pokerd/queue/run_queue.h"
#include "pokerd/run/exit_meaning.h"
#include "pokerd/run/run_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
	GRACE_MS = 10000,
	POSTPONE_MS = 5000,   /* delay before a run that could not be started is tried again, */
	NOT_BEGUN_MS = 1000,  /* or one whose supervisor was started and ended before the command was executed */
	LOOK_AGAIN_MS = 5000, /* delay before the state of a run is checked again, if unknown */
};

void runs_rebuild_queue(struct runs *runs)
{
	struct queue_restore from = {
		.settings = runs_settings(runs),
		.journal = runs->options.journal,
		.is_running = runs->is_on,
	};

	run_queue_destroy(runs->queue);
	if (runs->is_on) {
		if (!rules_find_path(&from.settings->rules, runs->rule_path, &runs->rule))
			runs->rule = 0;
		from.running_rule = runs->rule;
	}
	runs->queue = queue_restore(&from);
	if (runs->foreign.is_on)
		run_queue_foreign(runs->queue, RUN_QUEUE_FOREIGN, runs->probe_ms);
}

/* ---- the end of a run ---- */

static void log_end(const struct run_record *record)
{
	bool is_success = record->result == RUN_SUCCESS;

	(is_success ? log_info : log_warning)("run %s: %s after %lld.%03lld s: %s", record->id,
	    run_result_name(record->result), (long long)record->duration_ms / 1000, (long long)record->duration_ms % 1000,
	    record->reason ? record->reason : "");
	if (record->report_error)
		log_warning("run %s: what it left in POKERD_REPORT_FILE is ignored: %s", record->id, record->report_error);
}

/* What the end of a run means for its pokes, and for the queue. */
struct run_end {
	enum journal_outcome outcome;
	enum run_then then;
	enum run_result result; /* RUN_RUNNING: it has not begun */
};

static struct run_end end_of(const struct run_record *record)
{
	if (record->result == RUN_LOST) /* without pokes that are pending again, nothing else would repeat it */
		return (struct run_end){ JOURNAL_AGAIN, record->pokes.count ? RUN_THEN_LOST : RUN_THEN_RETRY, RUN_LOST };
	if (record->result == RUN_FOREIGN)
		return (struct run_end){ JOURNAL_DONE, RUN_THEN_NOTHING, RUN_FOREIGN };
	const struct exit_meaning *meaning = exit_meaning_of((int)record->exit_status);
	bool has_exited = record->result == RUN_SUCCESS || record->result == RUN_FAILED;
	return (struct run_end){
		.outcome = record->result == RUN_SUCCESS ? JOURNAL_DONE : JOURNAL_FAILED,
		.then = has_exited ? meaning->then : RUN_THEN_RETRY,
		.result = record->result,
	};
}

/* The result of the run that is gone. */
static struct run_end find_end(const struct runs *runs, enum supervisor_found found)
{
	struct run_record record;
	struct error err;

	if (found == SUPERVISOR_NOT_BEGUN) {
		log_warning("run %s: not started; its pokes are pending again", runs->run_id);
		return (struct run_end){ .outcome = JOURNAL_NOT_BEGUN };
	}
	if (!run_record_read(runs->options.runs_directory, runs->run_id, &record, &err)) {
		log_error("run %s: result unknown: %s", runs->run_id, err.text);
		return (struct run_end){ JOURNAL_AGAIN, RUN_THEN_RETRY, RUN_LOST }; /* it may have had no pokes */
	}
	struct run_end end = end_of(&record);
	log_end(&record);
	run_record_finish(&record);
	return end;
}

/* Says what is new: an operator has to act. */
static void log_holds(const struct runs *runs, enum run_then then, unsigned failures_before)
{
	unsigned failures = run_queue_failures(runs->queue, runs->rule);

	if (then == RUN_THEN_ALERT)
		log_error("run %s has converged, but the reboot that it requested failed", runs->run_id);
	if (then == RUN_THEN_BOOT || then == RUN_THEN_BOOT_AND_AGAIN)
		log_warning("run %s asks for a reboot: no run starts before the machine has been booted, or pokerd release "
		            "--all",
		    runs->run_id);
	if (then == RUN_THEN_CONFIGURE)
		log_error("run %s is not retried until pokerd is reloaded or its rule is changed, or pokerd release",
		    runs->run_id);
	if (failures > failures_before && failures >= (unsigned)runs_settings(runs)->runs.failures_to_hold)
		log_error("rule %s: %u %s in a row failed: its runs are held, until one that is let through succeeds or pokerd "
		          "release",
		    runs->rule_path, failures, plural(failures, "run", "runs"));
}

static void record_end(struct runs *runs, enum supervisor_found found)
{
	struct run_end end = find_end(runs, found);
	bool is_over = end.outcome != JOURNAL_NOT_BEGUN;
	int64_t now_ms = clock_monotonic_ms();
	struct error err;

	if (!is_over) {
		run_queue_not_begun(runs->queue);
	} else {
		unsigned failures = run_queue_failures(runs->queue, runs->rule);
		run_queue_ended(runs->queue, end.then, runs->run_id, now_ms);
		log_holds(runs, end.then, failures);
	}
	json_t *gates = run_queue_save(runs->queue, now_ms);
	size_t given_up = journal_end(runs->options.journal, end.outcome, gates);
	json_decref(gates);
	if (given_up)
		log_error("run %s: %zu of its pokes are given up, as %d runs in a row were lost", runs->run_id, given_up,
		    JOURNAL_ATTEMPTS_MAX);
	if (!run_folder_rotate(runs->options.runs_directory, (size_t)runs_settings(runs)->runs.kept, &err))
		log_warning("cannot remove old runs: %s", err.text);
	runs->is_on = false;
	free(runs->rule_path);
	runs->rule_path = NULL;
	if (!is_over || end.outcome == JOURNAL_AGAIN)
		runs_rebuild_queue(runs); /* its pokes are pending again */
	if (!is_over)
		run_queue_postpone(runs->queue, clock_monotonic_ms() + NOT_BEGUN_MS);
	runs->options.ended(end.result, runs->options.context);
}

static void check_run(struct runs *runs);

/* The watched process has ended. */
static void watched_ended(void *context, uint32_t events)
{
	struct runs *runs = context;

	(void)events;
	event_loop_remove(runs->options.loop, &runs->source);
	supervisor_finish(&runs->supervisor);
	check_run(runs);
}

static bool watch(struct runs *runs, const struct supervisor *supervisor, struct error *err)
{
	runs->supervisor = *supervisor;
	runs->source = (struct event_source){ supervisor->fd, watched_ended, runs };
	return event_loop_add(runs->options.loop, &runs->source, EPOLLIN, err);
}

static void describe_run(void *context, struct run_record *record)
{
	const struct runs *runs = context;

	queue_describe_run(runs->options.journal, record);
	if (!record->rule && runs->rule_path)
		record->rule = memory_text(runs->rule_path);
}

/* The run in progress: continues to watch it, or records its end. No other run begins before the result is known. */
static void check_run(struct runs *runs)
{
	const struct journal_run *run = journal_run(runs->options.journal);
	struct supervisor found_one;
	enum supervisor_found found;
	struct error err;
	const struct supervisor_search search = {
		.runs_directory = runs->options.runs_directory,
		.run_id = runs->run_id,
		.boot = run ? run->boot : "",
		.describe = describe_run,
		.context = runs,
	};

	if (!supervisor_find(&search, &found, &found_one, &err)) {
		log_error("run %s: its state cannot be determined, trying again in %d s: %s", runs->run_id,
		    LOOK_AGAIN_MS / 1000, err.text);
		event_timer_set(runs->options.loop, &runs->check_run_again, clock_monotonic_ms() + LOOK_AGAIN_MS);
		return;
	}
	if (found == SUPERVISOR_LEFTOVERS)
		log_warning("run %s: its supervisor is gone; killing process %d and the rest of the run", runs->run_id,
		    (int)found_one.pid);
	if (found != SUPERVISOR_RUNNING && found != SUPERVISOR_LEFTOVERS) {
		record_end(runs, found);
	} else if (!watch(runs, &found_one, &err)) {
		log_error("run %s cannot be watched: %s", runs->run_id, err.text);
		abort(); /* the next pokerd finds it by its lock */
	}
}

static void check_run_again(void *context, int64_t now_ms)
{
	(void)now_ms;
	check_run(context);
}

/* ---- the start of a run ---- */

static bool read_body(void *context, const char *id, char **out, size_t *out_size)
{
	const struct runs *runs = context;
	struct poke poke;

	if (!journal_read(runs->options.journal, id, &poke, NULL))
		return false;
	*out = poke.body;
	*out_size = poke.body_size;
	poke.body = NULL;
	poke_finish(&poke);
	return true;
}

static void runs_forget(void *context)
{
	const struct runs *runs = context;

	runs->options.forget(runs->options.context);
}

int64_t runs_accepted_ms(const struct runs *runs, const struct run_pokes *pokes)
{
	int64_t at_ms = clock_wall_ms();
	struct poke poke;

	if (pokes->count && journal_read(runs->options.journal, pokes->list[0].id, &poke, NULL)) {
		at_ms = poke.at_ms;
		poke_finish(&poke);
	}
	return at_ms;
}

/* The run that this one repeats; NULL: none. */
static const char *attempt_of(const struct runs *runs, size_t rule, const struct run_pokes *pokes)
{
	const char *lost = journal_attempt_of(runs->options.journal, pokes);
	const char *wanted = run_queue_wanted(runs->queue, rule)->attempt_of;

	return lost ? lost : *wanted ? wanted : NULL;
}

static bool start_supervisor(struct runs *runs, size_t rule, const struct run_pokes *pokes, struct supervisor *out,
    struct error *err)
{
	const struct pokerd_settings *settings = runs_settings(runs);
	const struct rule_settings *chosen = runs_rule(runs, rule);
	struct run_pokes described = { 0 };
	struct rule_command command;
	rule_command_find(chosen, &command);
	queue_describe_pokes(runs->options.journal, pokes, &described);
	const struct run_request request = {
		.program = runs->options.program,
		.runs_directory = runs->options.runs_directory,
		.run_id = runs->run_id,
		.rule = chosen->path,
		.attempt_of = attempt_of(runs, rule, pokes),
		.argv = command.argv,
		.environment = &chosen->environment,
		.identity = runs->options.policy->identities[rule],
		.pokes = &described,
		.body = read_body,
		.forget = runs_forget,
		.context = runs,
		.queued_ms = runs_accepted_ms(runs, pokes),
		.time_limit_ms = settings->runs.time_limit_ms,
		.grace_ms = GRACE_MS,
		.output_bytes_max = (uint64_t)settings->runs.output_bytes_max,
	};

	bool started = supervisor_start(&request, out, err);
	run_pokes_finish(&described);
	rule_command_finish(&command);
	return started;
}

static void set_current_run(struct runs *runs, size_t rule, int64_t started_ms)
{
	runs->is_on = true;
	runs->rule = rule;
	runs->rule_path = memory_text(runs_rule(runs, rule)->path);
	runs->started_ms = started_ms;
}

static void name_run(struct runs *runs, size_t rule, int64_t wall_ms)
{
	const char *promised = run_queue_wanted(runs->queue, rule)->run_id;

	if (run_id_is_valid(promised))
		snprintf(runs->run_id, sizeof(runs->run_id), "%s", promised);
	else
		run_id_make(wall_ms, runs->next_number++, runs->run_id);
}

static void log_start_of(const struct runs *runs, size_t rule, const struct run_pokes *pokes)
{
	const char *repeated = attempt_of(runs, rule, pokes);
	bool is_manual = run_queue_wanted(runs->queue, rule)->kind == RUN_WANT_MANUAL;

	log_info("run %s: started for %zu %s, rule %s%s%s%s", runs->run_id, pokes->count,
	    plural(pokes->count, "poke", "pokes"), runs_rule(runs, rule)->path, is_manual ? ", as an operator asked" : "",
	    repeated ? ", repeats " : "", repeated ? repeated : "");
}

static bool try_start(struct runs *runs, size_t rule, const struct run_pokes *pokes, struct error *err)
{
	struct supervisor supervisor;
	int64_t now_ms = clock_monotonic_ms();
	const struct journal_beginning beginning = {
		.run_id = runs->run_id,
		.pokes = pokes,
		.started_ms = clock_wall_ms(),
		.starts = run_queue_starts_after(runs->queue, now_ms),
		.gates = run_queue_save_started(runs->queue, rule, now_ms),
	};

	name_run(runs, rule, beginning.started_ms);
	bool noted = journal_start(runs->options.journal, &beginning, err);
	json_decref(beginning.gates);
	if (!noted)
		return false;
	if (!start_supervisor(runs, rule, pokes, &supervisor, err)) {
		json_t *gates = run_queue_save(runs->queue, now_ms);
		journal_end(runs->options.journal, JOURNAL_NOT_BEGUN, gates);
		json_decref(gates);
		return false;
	}
	log_start_of(runs, rule, pokes);
	set_current_run(runs, rule, now_ms);
	run_queue_started(runs->queue, rule, runs->started_ms, NULL);
	if (!watch(runs, &supervisor, err)) {
		log_error("run %s cannot be watched: %s", runs->run_id, err->text);
		abort(); /* the next pokerd finds it by its lock */
	}
	return true;
}

static void runs_start(struct runs *runs, size_t rule)
{
	struct error err;

	if (try_start(runs, rule, run_queue_waiting(runs->queue, rule), &err))
		return;
	log_error("cannot start a run, trying again in %d s: %s", POSTPONE_MS / 1000, err.text);
	run_queue_postpone(runs->queue, clock_monotonic_ms() + POSTPONE_MS);
}

/* Before each wait, so that a poke is answered first and its run begins right after. */
static int64_t start_due_runs(void *context)
{
	struct runs *runs = context;

	for (;;) {
		int64_t now_ms = clock_monotonic_ms(), look_ms = runs_look_for_foreign(runs, now_ms);
		const struct run_queue_next next = run_queue_next(runs->queue, now_ms);
		if (next.verdict == RUN_QUEUE_START) {
			runs_start(runs, next.rule);
			continue;
		}
		int64_t at_ms = next.verdict == RUN_QUEUE_WAIT && next.at_ms < look_ms ? next.at_ms : look_ms;
		return at_ms == INT64_MAX ? -1 : at_ms > now_ms ? at_ms - now_ms : 0;
	}
}

/* ---- life ---- */

static void read_rule(struct runs *runs)
{
	struct run_record record;

	runs->rule_path = memory_text("");
	runs->started_ms = clock_monotonic_ms();
	if (!run_record_read(runs->options.runs_directory, runs->run_id, &record, NULL))
		return;
	if (record.rule) {
		free(runs->rule_path);
		runs->rule_path = memory_text(record.rule);
	}
	if (record.started_ms)
		runs->started_ms = queue_monotonic_ms(record.started_ms);
	run_record_finish(&record);
}

/* Which run may be in progress: that of the journal; or, should its record be damaged, the newest, if it is. Then its
   pokes are pending, and run again when it has ended. */
static bool find_run(struct runs *runs)
{
	const struct journal_run *run = journal_run(runs->options.journal);
	struct run_ids ids = { 0 };

	if (run) {
		snprintf(runs->run_id, sizeof(runs->run_id), "%s", run->id);
		return true;
	}
	bool found = run_folder_list(runs->options.runs_directory, &ids, NULL) && ids.count &&
	             run_folder_is_on(runs->options.runs_directory, ids.list[0]);
	if (found)
		memcpy(runs->run_id, ids.list[0], sizeof(runs->run_id));
	run_ids_finish(&ids);
	return found;
}

struct runs *runs_create(const struct runs_options *options)
{
	struct runs *runs = memory_zeroed(1, sizeof(*runs));

	runs->options = *options;
	runs->supervisor.fd = -1;
	runs->check_run_again = (struct event_timer){ .fire = check_run_again, .context = runs };
	runs->next_number = run_number_next(options->runs_directory);
	runs->is_on = find_run(runs);
	if (runs->is_on)
		read_rule(runs);
	runs_rebuild_queue(runs);
	if (runs->is_on)
		check_run(runs);
	if (runs->is_on)
		log_info("run %s: still in progress", runs->run_id);
	event_loop_before_wait(options->loop, start_due_runs, runs);
	return runs;
}

void runs_destroy(struct runs *runs)
{
	if (!runs)
		return;
	event_loop_before_wait_end(runs->options.loop, start_due_runs, runs);
	event_timer_cancel(runs->options.loop, &runs->check_run_again);
	if (runs->supervisor.fd >= 0) {
		event_loop_remove(runs->options.loop, &runs->source);
		supervisor_finish(&runs->supervisor);
	}
	run_queue_destroy(runs->queue);
	free(runs->rule_path);
	free(runs);
}

void runs_reload(struct runs *runs)
{
	runs_rebuild_queue(runs);
	run_queue_configured(runs->queue, clock_monotonic_ms());
	(void)runs_keep_gates(runs, NULL); /* if there is no space, a restart waits once more */
}

enum poke_state runs_state_of_next(const struct runs *runs, size_t rule)
{
	return run_queue_waiting(runs->queue, rule)->count ? POKE_MERGED : POKE_QUEUED;
}

bool runs_is_held(const struct runs *runs, size_t rule)
{
	return run_queue_is_held(runs->queue, rule, clock_monotonic_ms());
}

void runs_poke(struct runs *runs, size_t rule, const char *id, const char *event, int64_t told)
{
	run_queue_poke(runs->queue, rule, id, event, told, clock_monotonic_ms());
}
