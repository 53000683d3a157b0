/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of chef-client that pokerd did not start: waited for, and recorded if pokes were merged into them. */
#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/plural.h"
#include "pokerd/chef/rule_command.h"
#include "pokerd/runner/queue_restore.h"
#include "pokerd/runner/runs_private.h"

#include <stdlib.h>
#include <string.h>

enum { PROBE_MS = 1000 };

static bool is_something_pending(const struct runs *runs)
{
	for (size_t i = 0; i < runs_settings(runs)->rules.count; i++)
		if (run_queue_waiting(runs->queue, i)->count || run_queue_wanted(runs->queue, i)->kind)
			return true;
	return false;
}

/* Whether a run of chef-client does what this rule's run would do. */
static bool is_chef_rule(const struct rule_settings *rule)
{
	if (!rule->command.count)
		return true;
	const char *slash = strrchr(rule->command.items[0], '/'), *name = slash ? slash + 1 : rule->command.items[0];
	return !strcmp(name, "chef-client") || !strcmp(name, "cinc-client");
}

static void probe(struct runs *runs, struct chef_lock *out)
{
	char *path = rule_command_lock_file(runs_settings(runs)->chef_lock_file);

	*out = (struct chef_lock){ 0 };
	if (path)
		chef_lock_probe(path, out);
	free(path);
}

/* ---- the pokes that are merged ---- */

static struct run_record make_record(const struct runs *runs, const char *run_id, size_t rule,
    const struct run_pokes *pokes)
{
	const struct foreign_run *foreign = &runs->foreign;
	struct run_pokes described = { 0 };
	struct run_record record = {
		.id = memory_text(run_id),
		.rule = memory_text(runs_rule(runs, rule)->path),
		.result = RUN_FOREIGN,
		.queued_ms = runs_accepted_ms(runs, pokes),
		.started_ms = foreign->started_wall_ms,
		.ended_ms = clock_wall_ms(),
		.duration_ms = clock_monotonic_ms() - foreign->started_ms,
		.exit_status = -1,
	};

	record.reason = foreign->pid ? memory_format("started by others, as process %d", (int)foreign->pid)
	                             : memory_text("started by others");
	queue_describe_pokes(runs->options.journal, pokes, &described);
	run_record_set_pokes(&record, &described);
	run_pokes_finish(&described);
	return record;
}

/* The journal knows the run before its record is written, so that a kill between the two neither loses the pokes nor
   leaves them in two records. */
static bool settle_foreign(struct runs *runs, size_t rule, const struct run_pokes *pokes, struct error *err)
{
	char run_id[RUN_ID_BYTES];
	const struct journal_beginning beginning = {
		.run_id = run_id,
		.pokes = pokes,
		.started_ms = runs->foreign.started_wall_ms,
		.starts = journal_starts(runs->options.journal),
	};

	run_id_make(clock_wall_ms(), runs->next_number++, run_id);
	if (!journal_start(runs->options.journal, &beginning, err))
		return false;
	struct run_record record = make_record(runs, run_id, rule, pokes);
	bool written = run_folder_create(runs->options.runs_directory, run_id, err) &&
	               run_record_write(runs->options.runs_directory, &record, err);
	if (!written)
		run_folder_remove(runs->options.runs_directory, run_id);
	journal_end(runs->options.journal, written ? JOURNAL_DONE : JOURNAL_NOT_BEGUN, NULL);
	if (written)
		log_info("run %s: %zu %s merged into it, a foreign run that began after them", run_id, pokes->count,
		    plural(pokes->count, "poke", "pokes"));
	run_record_finish(&record);
	return written;
}

static void merge(struct runs *runs, size_t rule)
{
	const struct run_pokes pokes = run_queue_covered(runs->queue, rule);
	struct error err;

	if (!pokes.count)
		return;
	if (settle_foreign(runs, rule, &pokes, &err))
		run_queue_drop_covered(runs->queue, rule);
	else
		log_warning("the pokes that came before the foreign run cause one more run: %s", err.text);
}

/* ---- the foreign run ---- */

static void foreign_began(struct runs *runs, const struct chef_lock *lock, int64_t now_ms)
{
	runs->foreign = (struct foreign_run){ .is_on = true,
		.pid = lock->pid,
		.started_ms = now_ms,
		.started_wall_ms = clock_wall_ms(),
		.failed_ns = lock->failed_ns };
	if (lock->pid)
		log_info("a foreign run is in progress, process %d: waiting for its end", (int)lock->pid);
	else
		log_info("a foreign run is in progress: waiting for its end");
}

/* A run that failed has converged nothing. */
static void foreign_ended(struct runs *runs, const struct chef_lock *lock)
{
	bool has_failed = lock->failed_ns != runs->foreign.failed_ns;

	log_info("the foreign run has ended%s", has_failed ? ", and failed" : "");
	for (size_t i = 0; i < runs_settings(runs)->rules.count && !has_failed; i++)
		if (is_chef_rule(runs_rule(runs, i)))
			merge(runs, i);
	runs->foreign.is_on = false;
}

int64_t runs_look_for_foreign(struct runs *runs, int64_t now_ms)
{
	struct chef_lock lock;

	if (runs->is_on)
		return INT64_MAX;
	if (!is_something_pending(runs)) {
		runs->foreign.is_on = false;
		run_queue_foreign(runs->queue, RUN_QUEUE_NO_FOREIGN, now_ms);
		return INT64_MAX;
	}
	if (now_ms < runs->probe_ms)
		return runs->probe_ms;
	probe(runs, &lock);
	runs->probe_ms = now_ms + PROBE_MS;
	if (lock.is_held && !runs->foreign.is_on)
		foreign_began(runs, &lock, now_ms);
	else if (!lock.is_held && runs->foreign.is_on)
		foreign_ended(runs, &lock);
	run_queue_foreign(runs->queue, lock.is_held ? RUN_QUEUE_FOREIGN : RUN_QUEUE_NO_FOREIGN, runs->probe_ms);
	return runs->probe_ms;
}
